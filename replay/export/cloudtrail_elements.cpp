// requestParameters, responseElements and errors by operation, in the field set of event version
// 1.05 (kms.md 9.4, 9.6). Order of keys is the seed's; JSON objects keep it.
#include <fmt/format.h>

#include "model/iam/denial.h"
#include "model/kms/authorize.h"
#include "model/kms/key_states.h"
#include "replay/event_fields.h"
#include "replay/export/cloudtrail_record.h"
#include "sim/time.h"

namespace tablekey::replay::cloudtrail {
namespace {

using Operation = events::KmsOperation;

std::string key_arn(const Call& call) {
  return call.key() == model::kNone ? std::string() : call.state.key_arn(call.key());
}

Json encryption_context(const Call& call) {
  Json context;
  context["aws:dynamodb:tableName"] = call.state.table_name(call.answered().getTable());
  context["aws:dynamodb:subscriberId"] = call.state.scenario().account;
  return context;
}

bool has_context(const Call& call) { return call.answered().getTable() != model::kNone; }

std::string grant_id(const Call& call, std::uint32_t grant) {
  const auto& id = call.state.grants[grant].id;
  return hex(id.data(), id.size());
}

/// The step's own words, where a step of the timeline called KMS.
std::optional<events::Step::Kms::Reader> step_call(const Call& call) {
  if (!call.step) return std::nullopt;
  return call.state.scenario().reader().getSteps()[*call.step].getKms();
}

Json grant_parameters(const Call& call) {
  const std::string service =
      fmt::format("dynamodb.{}.amazonaws.com", call.state.scenario().region);
  Json parameters;
  parameters["keyId"] = key_arn(call);
  parameters["retiringPrincipal"] = service;
  if (has_context(call)) {
    parameters["constraints"]["encryptionContextSubset"] = encryption_context(call);
  }
  parameters["granteePrincipal"] = service;
  parameters["operations"] = {"DescribeKey",   "GenerateDataKey", "Decrypt",    "Encrypt",
                              "ReEncryptFrom", "ReEncryptTo",     "RetireGrant"};
  return parameters;
}

Json policy_parameters(const Call& call) {
  Json parameters;
  parameters["keyId"] = key_arn(call);
  parameters["policyName"] = "default";
  if (const auto step = step_call(call)) parameters["policy"] = step->getPolicy().cStr();
  parameters["bypassPolicyLockoutSafetyCheck"] = false;
  return parameters;
}

/// "Feb 14, 2018, 4:42:39 PM", the form of dates inside elements (kms.md 9.1).
std::string element_date(std::int64_t nanoseconds) {
  const std::string iso = sim::print(sim::Time::from_nanoseconds(nanoseconds));
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto number = [&](std::size_t at) {
    return static_cast<std::size_t>((iso[at] - '0') * 10 + (iso[at + 1] - '0'));
  };
  const std::size_t hour = number(11);
  return fmt::format("{} {}, {}, {}:{:02}:{:02} {}", kMonths.substr((number(5) - 1) * 3, 3),
                     number(8), iso.substr(0, 4), hour % 12 == 0 ? 12 : hour % 12, number(14),
                     number(17), hour < 12 ? "AM" : "PM");
}

std::string denial(const Call& call) {
  const auto answered = call.answered();
  if (answered.getOperation() == Operation::DECRYPT) {
    return std::string(model::iam::kMaskedDenialText);
  }
  // What AWS forbids its own account on an AWS managed key no policy decides.
  if (answered.getCaller() == 0 && !answered.getAsService()) {
    return fmt::format(
        "User: arn:aws:iam::{}:root is not authorized to perform: kms:{} on resource: {}",
        call.state.scenario().account, event_name(call), key_arn(call));
  }
  model::kms::AccessRequest request;
  request.operation = answered.getOperation();
  request.session = answered.getCaller();
  request.via_service = answered.getViaService();
  request.as_service = answered.getAsService();
  request.key = answered.getKey();
  request.table = answered.getTable();
  request.now = sim::Time::from_nanoseconds(call.time);
  return model::kms::denial_message(call.state, request, true);
}

std::string not_found(const Call& call) {
  const auto operation = call.answered().getOperation();
  const bool of_grant =
      operation == Operation::REVOKE_GRANT || operation == Operation::RETIRE_GRANT;
  const std::uint32_t grant = call.answered().getGrant();
  if (of_grant && grant != model::kNone) {
    return fmt::format("Grant ID {} not found", grant_id(call, grant));
  }
  if (of_grant) return "Grant not found";
  return fmt::format("Key '{}' does not exist", key_arn(call));
}

std::string error_message(const Call& call) {
  const auto answered = call.answered();
  switch (answered.getError()) {
    case events::KmsError::ACCESS_DENIED:
      return answered.getKey() == model::kNone ? std::string(model::iam::kMaskedDenialText)
                                               : denial(call);
    case events::KmsError::DISABLED:
    case events::KmsError::KMS_INVALID_STATE: {
      const model::KmsKey& key = call.state.keys[answered.getKey()];
      const bool crypto = model::kms::is_cryptographic(answered.getOperation());
      return model::kms::state_message(answered.getOperation(), crypto ? key.effective : key.state,
                                       key_arn(call));
    }
    case events::KmsError::NOT_FOUND:
      return not_found(call);
    case events::KmsError::LIMIT_EXCEEDED:
      return fmt::format("The number of grants on {} has reached its limit.", key_arn(call));
    case events::KmsError::MALFORMED_POLICY_DOCUMENT:
      return "The new key policy is not valid.";
    case events::KmsError::VALIDATION:
      return "PendingWindowInDays must be between 7 and 30";
    case events::KmsError::UNSUPPORTED_OPERATION:
      return fmt::format("{} is an AWS managed key.", key_arn(call));
    default:
      return {};
  }
}

}  // namespace

std::string_view event_name(const Call& call) {
  return model::kms::operation_name(call.answered().getOperation());
}

void add_error(Json& record, const Call& call) {
  const events::KmsError error = call.answered().getError();
  record["errorCode"] = error == events::KmsError::ACCESS_DENIED
                            ? std::string_view("AccessDenied")
                            : model::kms::exception_name(error);
  const std::string message = error_message(call);
  if (!message.empty()) record["errorMessage"] = message;
}

Json request_parameters(const Call& call) {
  Json parameters;
  switch (call.answered().getOperation()) {
    case Operation::GENERATE_DATA_KEY:
      if (has_context(call)) parameters["encryptionContext"] = encryption_context(call);
      parameters["keySpec"] = "AES_256";
      parameters["keyId"] = key_arn(call);
      return parameters;
    case Operation::DECRYPT:  // KMS finds the key through the blob
      if (has_context(call)) parameters["encryptionContext"] = encryption_context(call);
      return parameters;
    case Operation::ENCRYPT:
      if (has_context(call)) parameters["encryptionContext"] = encryption_context(call);
      parameters["keyId"] = key_arn(call);
      return parameters;
    case Operation::CREATE_GRANT:
      return grant_parameters(call);
    case Operation::RETIRE_GRANT:
      return nullptr;
    case Operation::REVOKE_GRANT:
      parameters["keyId"] = key_arn(call);
      if (call.answered().getGrant() != model::kNone) {
        parameters["grantId"] = grant_id(call, call.answered().getGrant());
      }
      return parameters;
    case Operation::PUT_KEY_POLICY:
      return policy_parameters(call);
    case Operation::SCHEDULE_KEY_DELETION:
      parameters["keyId"] = key_arn(call);
      if (const auto step = step_call(call); step && step->getPendingWindowInDays() != 0) {
        parameters["pendingWindowInDays"] = step->getPendingWindowInDays();
      }
      return parameters;
    default:
      parameters["keyId"] = key_arn(call);
      return parameters;
  }
}

Json response_elements(const Call& call) {
  const auto answered = call.answered();
  if (answered.getError() != events::KmsError::NONE) return nullptr;
  Json elements;
  switch (answered.getOperation()) {
    case Operation::CREATE_GRANT:
      elements["grantId"] = grant_id(call, answered.getEffect().getGrantCreated().getGrant());
      return elements;
    case Operation::SCHEDULE_KEY_DELETION:
      elements["keyId"] = key_arn(call);
      elements["keyState"] = "PendingDeletion";
      elements["deletionDate"] = element_date(answered.getEffect().getKeyState().getDeletionDate());
      return elements;
    case Operation::CANCEL_KEY_DELETION:
      elements["keyId"] = key_arn(call);
      return elements;
    default:
      return nullptr;
  }
}

Json retired_grant(const Call& call) {
  Json data;
  if (call.answered().getGrant() == model::kNone) return nullptr;
  data["grantId"] = grant_id(call, call.answered().getGrant());
  return data;
}

Json resources(const Call& call) {
  Json list = Json::array();
  if (call.key() == model::kNone) return list;
  Json key;
  key["ARN"] = key_arn(call);
  key["accountId"] = account_of(call);
  key["type"] = "AWS::KMS::Key";
  list.push_back(std::move(key));
  return list;
}

bool read_only(Operation operation) {
  switch (operation) {
    case Operation::GENERATE_DATA_KEY:
    case Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT:
    case Operation::DECRYPT:
    case Operation::ENCRYPT:
    case Operation::RE_ENCRYPT:
    case Operation::DESCRIBE_KEY:
      return true;
    default:
      return false;
  }
}

}  // namespace tablekey::replay::cloudtrail
