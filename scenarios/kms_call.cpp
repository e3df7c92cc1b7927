// One call of KMS: its parameters by the tables, then what goes by shorthand, then what a request
// cannot do without.
#include "scenarios/kms_call.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/expectation.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Op = events::KmsOperation;

constexpr std::uint32_t kPlaintextStandard = 32;  // bytes that a shorthand Encrypt encrypts

const KmsOperationRow& row_of(Op operation) {
  return *std::ranges::find(kms_operations(), operation, &KmsOperationRow::operation);
}

bool has(const CallReader& reader, std::string_view parameter) {
  return reader.context.reader.get(parameter) != nullptr;
}

bool is_grant_end(Op operation) {
  return operation == Op::REVOKE_GRANT || operation == Op::RETIRE_GRANT;
}

// `key: Name`: strict, where KeyId is sent as it is.
void read_key_shorthand(CallReader& reader) {
  if (!has(reader, "key")) return;
  const std::uint32_t key = reader.context.key();
  if (key == kNone) return;
  const bool source = reader.row.operation == Op::RE_ENCRYPT;
  (source ? reader.call.getDestinationKeyId() : reader.call.getKeyId()).setArn(key);
}

// `table: Orders`: the call carries what DynamoDB would send for the table.
void read_table_shorthand(CallReader& reader) {
  if (!has(reader, "table")) return;
  if (is_grant_end(reader.row.operation) || reader.row.operation == Op::CREATE_GRANT) {
    return apply_grant_table(reader);
  }
  const std::uint32_t table = reader.context.required_table();
  if (table == kNone) return;
  if (const Node* context = reader.context.reader.get("EncryptionContext")) {
    reader.diagnostics().error(context->place,
                               "give either 'table', which has its own context, or "
                               "'EncryptionContext'");
    return;
  }
  reader.call.setTable(table);
  if (reader.row.operation == Op::DECRYPT) {
    if (!has(reader, "CiphertextBlob")) reader.call.getBlob().setTable(table);
  } else if (reader.call.getKeyId().isNone()) {
    reader.call.getKeyId().setArn(reader.draft().tables[table].key);
  }
}

// A shorthand leaves to us what a request of one's own has to say.
void fill_in(CallReader& reader) {
  if (!has(reader, "key") && !has(reader, "table")) return;
  switch (reader.row.operation) {
    case Op::ENCRYPT:
      if (!has(reader, "Plaintext") && !has(reader, "PlaintextBytes")) {
        reader.call.setPlaintextBytes(kPlaintextStandard);
      }
      return;
    case Op::GENERATE_DATA_KEY:
    case Op::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT:
      if (!has(reader, "KeySpec") && !has(reader, "NumberOfBytes")) {
        reader.call.setKeySpec("AES_256");
      }
      return;
    default:
      return;
  }
}

// What a shorthand stands for.
bool given_by_shorthand(const CallReader& reader, std::string_view parameter) {
  const bool key = has(reader, "key"), table = has(reader, "table");
  if (parameter == "KeyId" || parameter == "TargetKeyId") return key || table;
  if (parameter == "DestinationKeyId") return key;
  if (parameter == "Plaintext") return key || table;
  return false;
}

void require_parameters_of_call(CallReader& reader) {
  for (const ParameterUse& use : parameters_of(reader.row)) {
    if (!use.required) continue;
    const bool given =
        std::ranges::any_of(use.names, [&](std::string_view name) { return has(reader, name); });
    if (given || given_by_shorthand(reader, use.names.front())) continue;
    // Where an action has a shorthand for the key, that is how people write it.
    const bool key = use.names.front() == "KeyId";
    const std::string other = use.names.size() > 1 ? fmt::format("or '{}'", use.names[1]) : "";
    (void)reader.context.reader.require(key ? "key" : use.names.front(),
                                        key ? "or KeyId, which KMS gets as it is written" : other);
  }
}

// Requests whose necessary parameters depend on each other.
void require_more(CallReader& reader) {
  const Op operation = reader.row.operation;
  MapReader& map = reader.context.reader;
  const bool table = has(reader, "table");
  if (operation == Op::DECRYPT || operation == Op::RE_ENCRYPT) {
    if (!table && !has(reader, "CiphertextBlob") && !reader.call.getIgnoreCiphertext()) {
      (void)map.require("CiphertextBlob",
                        "for example !GetAtt step.CiphertextBlob, or { table: Orders }");
    }
  }
  if (operation == Op::CREATE_GRANT && (!table || has(reader, "GranteePrincipal"))) {
    if (!has(reader, "GranteePrincipal") && !has(reader, "GranteeServicePrincipal")) {
      (void)map.require("GranteePrincipal", "or 'table', for a grant such as DynamoDB's own");
    }
    (void)map.require("Operations");
  }
  const bool grant = table || has(reader, "grant") || has(reader, "GrantId");
  if (operation == Op::REVOKE_GRANT && !grant) {
    (void)map.require("GrantId", "or 'table', for the grants that DynamoDB made for it");
  }
  if (operation == Op::RETIRE_GRANT && !grant && !has(reader, "GrantToken")) {
    (void)map.require("GrantToken", "or 'table', for the grants that DynamoDB made for it");
  }
}

// RevokeGrant and the like with a step's grant and no key: the key that the grant is on.
void settle_grant_key(CallReader& reader) {
  if (!is_grant_end(reader.row.operation) || !reader.call.getKeyId().isNone()) return;
  const auto grant = reader.call.getGrant().asReader();
  if (!grant.isStep() || grant.getToken()) return;
  for (const DraftStep& step : reader.draft().steps) {
    if (grant.getStep() < step.first || grant.getStep() >= step.first + step.times) continue;
    const auto* create = std::get_if<KmsCall>(&step.action);
    if (create != nullptr) reader.call.setKeyId(create->call().getKeyId().asReader());
  }
}

void settle(CallReader& reader) {
  settle_grant_key(reader);
  switch (reader.row.operation) {
    case Op::CREATE_KEY:
      return settle_created_key(reader);
    case Op::REPLICATE_KEY:
      return settle_replica(reader);
    case Op::CREATE_CUSTOM_KEY_STORE:
      return settle_created_store(reader);
    default:
      return;
  }
}

}  // namespace

std::optional<StepAction> compile_kms_call(ActionContext& context, const Action& action) {
  const KmsOperationRow& row = row_of(static_cast<Op>(action.variant));
  const std::size_t before = context.diagnostics.errors();
  // Things that the call makes were declared with it.
  KmsCall made = std::get<KmsCall>(context.step.action);
  CallReader reader{context, row, made, made.call()};
  for (const std::string_view name : action.parameters) {
    const Node* node = context.reader.get(name);
    const KmsParameter* parameter = find_parameter(name);
    if (node != nullptr && parameter != nullptr && name != "grant") {
      parameter->read(reader, *node, name);
    }
  }
  read_key_shorthand(reader);
  if (const Node* grant = context.reader.get("grant"); grant != nullptr) {
    read_grant_shorthand(reader, *grant, "grant");
  }
  read_table_shorthand(reader);
  fill_in(reader);
  require_parameters_of_call(reader);
  require_more(reader);
  if (context.diagnostics.errors() != before) return std::nullopt;
  settle(reader);
  return made;
}

}  // namespace tablekey::scenarios
