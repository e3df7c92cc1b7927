// The combinations were probed one by one; what the API's model itself refuses comes in its generic
// form.
#include "model/dynamodb/sse_settings.h"

#include <capnp/message.h>
#include <fmt/format.h>

#include "events/text.h"
#include "model/kms/operation.h"
#include "model/kms/resolve.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using Manager = events::Key::Manager;
using events::text;

// What the API's model refuses before DynamoDB looks: a word that is none, an empty name.
TableRefusal model_refusal(events::SseSpecification::Reader sse) {
  const std::string_view type = text(sse.getSseType());
  if (!type.empty() && type != "KMS" && type != "AES256") {
    return refusal(events::Exception::VALIDATION,
                   fmt::format("1 validation error detected: Value '{}' at "
                               "'sSESpecification.sSEType' failed to satisfy constraint: Member "
                               "must satisfy enum value set: [AES256, KMS]",
                               type));
  }
  const auto key = sse.getKmsMasterKeyId();
  if (key.isText() && key.getText().size() == 0) {
    return refusal(events::Exception::VALIDATION,
                   "1 validation error detected: Value '' at 'sSESpecification.kMSMasterKeyId' "
                   "failed to satisfy constraint: Member must have length greater than or equal "
                   "to 1");
  }
  return {};
}

TableRefusal combination_refusal(events::SseSpecification::Reader sse) {
  const std::string_view type = text(sse.getSseType());
  const bool key = !sse.getKmsMasterKeyId().isNone();
  if (sse.getHasEnabled() && !sse.getEnabled()) {
    if (!type.empty()) return invalid("SSEType can not be specified if Enabled is false");
    if (key) return invalid("KMSMasterKeyId can not be specified if Enabled is false");
  }
  if (type == "AES256") return invalid("SSEType AES256 is not supported");
  if (key && type.empty()) {
    return invalid("SSEType KMS is required if KMSMasterKeyId is specified");
  }
  return {};
}

KeyChoice named_key(const Deciding& d, std::uint32_t table, std::uint32_t session,
                    events::KeyReference::Reader reference) {
  capnp::MallocMessageBuilder message;
  auto call = message.initRoot<events::KmsCall>();
  call.setKeyId(reference);
  kms::KmsRequest request;
  request.operation = events::KmsOperation::DESCRIBE_KEY;
  request.step = 1;  // as a step's, its parameters name the key
  request.parameters = call.asReader();
  request.session = session;
  request.via_service = true;
  request.realm = d.state.family(table).realm;
  request.table = table;
  KeyChoice choice;
  const kms::Refusal refused =
      kms::resolve(d, request, kms::operation_row(events::KmsOperation::DESCRIBE_KEY));
  choice.key = request.key;
  choice.error = refused.error;
  choice.message = refused.message;
  return choice;
}

}  // namespace

TableRefusal sse_shape(const State& state, events::SseSpecification::Reader sse, bool change) {
  if (TableRefusal refused = model_refusal(sse)) return refused;
  if (TableRefusal refused = combination_refusal(sse)) return refused;
  const bool first_era = !state.settings().dynamodb.sse_by_default;
  if (!first_era || change) return {};
  // Only Enabled existed then (dynamodb.md 2.1).
  if (sse.getSseType().size() != 0) return invalid("SSEType is not supported");
  if (!sse.getKmsMasterKeyId().isNone()) return invalid("KMSMasterKeyId is not supported");
  return {};
}

Manager manager_of(const State& state, std::uint32_t key) {
  return key == kNone ? Manager::OWNED : at(state.scenario().reader().getKeys(), key).getManager();
}

std::uint32_t service_key(const State& state, std::uint32_t table, Manager manager) {
  const ScenarioView& scenario = state.scenario();
  const auto keys = scenario.reader().getKeys();
  const std::uint32_t realm = state.family(table).realm;
  std::uint32_t elsewhere = kNone;
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    if (keys[key].getManager() != manager) continue;
    if (scenario.key_realms[key] == realm) return key;
    // The owned key is in an account of DynamoDB's own.
    if (elsewhere == kNone && manager == Manager::OWNED) elsewhere = key;
  }
  return elsewhere;
}

KeyChoice chosen_key(const Deciding& d, std::uint32_t table, std::uint32_t session,
                     events::SseSpecification::Reader sse) {
  KeyChoice choice;
  const auto reference = sse.getKmsMasterKeyId();
  if (reference.isArn()) {
    // KMS tells what it thinks of one in another Region when it is asked.
    choice.key = reference.getArn();
    choice.by_arn = true;
    law(choice.key < d.state.keys.size(), "a key that is named by number is the scenario's");
    return choice;
  }
  if (!reference.isNone()) {
    choice = named_key(d, table, session, reference);
    choice.by_arn = reference.isText() && choice.key != kNone &&
                    text(reference.getText()) == d.state.key_arn(choice.key);
    return choice;
  }
  const bool wanted = sse.getHasEnabled() ? sse.getEnabled() : sse.getSseType().size() != 0;
  if (!wanted && !d.settings().dynamodb.sse_by_default) return choice;
  choice.key = service_key(d.state, table, wanted ? Manager::AWS : Manager::OWNED);
  if (choice.key != kNone) return choice;
  choice.error = events::KmsError::NOT_FOUND;
  choice.message = "Alias alias/aws/dynamodb is not found.";
  return choice;
}

TableRefusal era_refusal(const State& state, std::uint32_t key, bool change) {
  const DynamoDbFigures& figures = state.settings().dynamodb;
  if (change && figures.sse_change == SseChange::none) {
    return invalid("Server-Side Encryption can not be modified on an existing table");
  }
  if (key == kNone) return {};
  const bool customer =
      at(state.scenario().reader().getKeys(), key).getManager() == Manager::CUSTOMER;
  const bool allowed =
      figures.sse_customer_keys && (!change || figures.sse_change == SseChange::any);
  if (!customer || allowed) return {};
  return invalid("KMSMasterKeyId is not supported");
}

}  // namespace tablekey::model::dynamodb
