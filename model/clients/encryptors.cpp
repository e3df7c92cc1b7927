// Reading the scenario's encryptors, and what their key stores hold.
#include "model/clients/encryptors.h"

#include <fmt/format.h>

#include <algorithm>

#include "events/text.h"
#include "model/kms/alias_index.h"
#include "model/kms/key_text.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::DataOperation;
using events::Exception;
using Encryptor = events::ItemEncryptor;
using events::string_of;

Refused own(std::string message) { return {Exception::VALIDATION, std::move(message)}; }

// What this program has not: it says so instead of trying.
Refused setup_refusal(Encryptor::Reader encryptor) {
  using Provider = Encryptor::Provider;
  const bool structured = encryptor.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK;
  const Provider provider = encryptor.getProvider();
  if (structured && provider != Provider::DIRECT_KMS && provider != Provider::WRAPPED) {
    return own("NotImplementedError: tablekey has no keyring but those of KMS and of raw keys.");
  }
  return {};
}

// The clients want whole items: of a part they could not verify the signature.
Refused read_refusal(events::DataCall::Reader call) {
  bool projected = call.getProjection().size() != 0;
  for (auto item : call.getItems()) projected = projected || item.getProjection().size() != 0;
  if (projected) {
    return own(
        "InvalidArgumentError: \"ProjectionExpression\" is not supported for this "
        "operation");
  }
  const std::string select = string_of(call.getSelect());
  if (select != "SPECIFIC_ATTRIBUTES" && select != "ALL_PROJECTED_ATTRIBUTES") return {};
  return own(fmt::format("InvalidArgumentError: Scan \"Select\" value of \"{}\" is not supported",
                         select));
}

// Of a transaction one update is enough.
bool updates(events::DataCall::Reader call) {
  bool found = false;
  for (auto item : call.getItems()) {
    found = found || item.getKind() == events::ItemCall::Kind::UPDATE;
  }
  return found;
}

}  // namespace

bool encrypts_writes(DataOperation operation) {
  return operation == DataOperation::PUT_ITEM || operation == DataOperation::BATCH_WRITE_ITEM ||
         operation == DataOperation::TRANSACT_WRITE_ITEMS;
}

bool decrypts_reads(DataOperation operation) {
  return operation == DataOperation::GET_ITEM || operation == DataOperation::QUERY ||
         operation == DataOperation::SCAN || operation == DataOperation::BATCH_GET_ITEM ||
         operation == DataOperation::TRANSACT_GET_ITEMS;
}

bool encrypts(events::DataCall::Reader call) {
  return call.getEncryptor() != kNone && call.getOperation() != DataOperation::DELETE_ITEM;
}

bool makes_material(events::DataCall::Reader call) {
  return encrypts(call) && call.getOperation() == DataOperation::PUT_ITEM &&
         call.getItems().size() == 0;
}

bool caches_keys(events::Scenario::Reader scenario, events::Step::Reader step) {
  if (!step.isRequest() || !encrypts(step.getRequest())) return false;
  return scenario.getEncryptors()[step.getRequest().getEncryptor()].getProvider() ==
         Encryptor::Provider::MOST_RECENT;
}

Encryptor::Reader encryptor_of(const State& state, events::DataCall::Reader call) {
  return at(state.scenario().reader().getEncryptors(), call.getEncryptor());
}

Refused client_refusal(const State& state, events::DataCall::Reader call) {
  const DataOperation operation = call.getOperation();
  const Encryptor::Reader encryptor = encryptor_of(state, call);
  if (updates(call)) {
    return encryptor.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK
               ? own("DynamoDbEncryptionTransformsException: Update Expressions forbidden on "
                     "signed attributes")
               : own("NotImplementedError: \"update_item\" is not yet "
                     "implemented");
  }
  if (!decrypts_reads(operation) && !encrypts_writes(operation)) {
    return own("NotImplementedError: the encryption client does not take this operation.");
  }
  if (Refused bad = setup_refusal(encryptor); bad.exception != Exception::NONE) {
    return bad;
  }
  return decrypts_reads(operation) ? read_refusal(call) : Refused{};
}

Refused client_failure(const encryption::Error& error) {
  return own(fmt::format("{}: {}", encryption::exception_name(error.failure), error.text));
}

void take_client_answer(Request& request, const Call& call) {
  if (call.error != events::KmsError::NONE) return;
  const bool generated = call.operation == events::KmsOperation::GENERATE_DATA_KEY;
  request.client_blobs.push_back(generated ? call.blob : std::vector<std::uint8_t>());
}

std::uint32_t client_key(const State& state, Encryptor::Reader encryptor, std::uint32_t session) {
  const auto key = encryptor.getKey();
  if (key.isArn()) return key.getArn();
  if (key.isId()) return key.getId();
  if (!key.isText()) return kNone;
  const std::string named = string_of(key.getText());
  const kms::KeyText parsed = kms::parse_key_text(named);
  const ScenarioView& scenario = state.scenario();
  const bool arn = parsed.form == kms::KeyTextForm::alias_arn;
  if (!arn && parsed.form != kms::KeyTextForm::alias_name) return kNone;
  std::uint32_t account = scenario.account_index(arn ? parsed.account : scenario.account);
  if (!arn && session != 0) {
    account = at(scenario.principal_accounts, at(state.sessions, session - 1).principal);
  }
  const std::uint32_t region = scenario.region_index(arn ? parsed.region : scenario.region);
  if (account == kNone || region == kNone) return kNone;
  const std::uint32_t found = kms::find_alias(state, scenario.realm(account, region), parsed.name);
  return found == kNone ? kNone : at(state.aliases, found).key;
}

bool reads_plaintext(Encryptor::Reader encryptor) {
  const std::string policy = string_of(encryptor.getPlaintextPolicy());
  return encryptor.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK &&
         (policy == "forceWriteAllowRead" || policy == "forbidWriteAllowRead");
}

bool starts_without_items(const State& state, std::uint32_t family) {
  for (const std::uint32_t workload : at(state.scenario().families, family).workloads) {
    const std::uint32_t number = state.scenario().workloads[workload].encryptor;
    if (number == kNone) continue;
    if (!reads_plaintext(at(state.scenario().reader().getEncryptors(), number))) return true;
  }
  return false;
}

std::uint32_t key_store_of(const State& state, std::uint32_t encryptor) {
  const std::uint32_t store =
      at(state.scenario().reader().getEncryptors(), encryptor).getKeyStore();
  return store == kNone ? kNone : at(state.scenario().families, store).first_table;
}

std::optional<std::uint64_t> newest_version(const State& state, std::uint32_t encryptor) {
  const std::uint32_t store = key_store_of(state, encryptor);
  const auto& items = at(state.scenario().material_items, encryptor);
  for (std::size_t version = items.size(); version-- > 0;) {
    if (state.item(store, items[version]).version != 0) return version;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> version_at(const State& state, std::uint32_t encryptor,
                                        std::uint32_t item) {
  const auto& items = at(state.scenario().material_items, encryptor);
  const auto found = std::find(items.begin(), items.end(), item);
  if (found == items.end()) return std::nullopt;
  return static_cast<std::uint64_t>(found - items.begin());
}

}  // namespace tablekey::model
