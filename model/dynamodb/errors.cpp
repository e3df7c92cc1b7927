// DynamoDB's own texts. KMS's message is quoted inside them, in the wording of the AWS SDK for Java
// that DynamoDB uses.
#include "model/dynamodb/errors.h"

#include <fmt/format.h>

#include "model/dynamodb/process.h"
#include "model/dynamodb/realms.h"
#include "model/faults.h"
#include "model/iam/denial.h"
#include "model/kms/key_states.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::Exception;
using events::KmsError;

struct KmsFailure {
  KmsError error;
  Exception exception;
  std::string_view prefix;
  std::string_view java_class;
};

// dynamodb.md 10.1, row by row.
constexpr std::array kFailures{
    KmsFailure{KmsError::DISABLED, Exception::VALIDATION, "KMS key disabled error",
               "DisabledException"},
    KmsFailure{KmsError::KMS_INVALID_STATE, Exception::VALIDATION, "KMS validation error",
               "KMSInvalidStateException"},
    KmsFailure{KmsError::NOT_FOUND, Exception::VALIDATION, "KMS validation error",
               "NotFoundException"},
    KmsFailure{KmsError::ACCESS_DENIED, Exception::ACCESS_DENIED, "KMS key access denied error",
               "AWSKMSException"},
    KmsFailure{KmsError::LIMIT_EXCEEDED, Exception::LIMIT_EXCEEDED, "KMS limit exceeded error",
               "LimitExceededException"},
    KmsFailure{KmsError::INVALID_CIPHERTEXT, Exception::INTERNAL_SERVER_ERROR, "KMS internal error",
               "InvalidCiphertextException"},
    KmsFailure{KmsError::THROTTLING, Exception::THROTTLING, "KMS throttling error",
               "AWSKMSException"},
    KmsFailure{KmsError::KMS_INTERNAL, Exception::INTERNAL_SERVER_ERROR, "KMS internal error",
               "KMSInternalException"},
    KmsFailure{KmsError::KEY_UNAVAILABLE, Exception::INTERNAL_SERVER_ERROR, "KMS internal error",
               "KeyUnavailableException"},
    KmsFailure{KmsError::DEPENDENCY_TIMEOUT, Exception::INTERNAL_SERVER_ERROR, "KMS internal error",
               "DependencyTimeoutException"},
};

const KmsFailure* failure_for(KmsError error) {
  for (const KmsFailure& failure : kFailures) {
    if (failure.error == error) return &failure;
  }
  return nullptr;
}

// What KMS says of a key that is in the way. The failure is a fact of the past: the key may be in
// another state by now.
std::string refusal_text(const State& state, KmsError error, events::KmsOperation operation,
                         std::uint32_t key) {
  const KmsKey& described = state.keys[key];
  const auto setting = state.settings().pending_deletion_error;
  events::KeyState then = described.effective;
  if (kms::state_refusal(operation, then, setting) != error) {
    switch (error) {
      case KmsError::DISABLED:
        then = events::KeyState::DISABLED;
        break;
      case KmsError::KMS_INVALID_STATE:
        then = events::KeyState::PENDING_DELETION;
        break;
      case KmsError::NOT_FOUND:
        then = events::KeyState::DELETED;
        break;
      default:
        return {};  // InvalidCiphertextException has no message (kms.md 7.1)
    }
  }
  return kms::state_message(operation, then, state.key_arn(key));
}

// What KMS says where a data request asked it: the caller named no key.
std::string kms_message(const State& state, KmsError error, std::uint32_t key) {
  switch (error) {
    case KmsError::ACCESS_DENIED:
      return std::string(iam::kMaskedDenialText);
    case KmsError::THROTTLING:
    case KmsError::KMS_INTERNAL:
    case KmsError::KEY_UNAVAILABLE:
    case KmsError::DEPENDENCY_TIMEOUT:
      return std::string(fault_message(error));
    default:
      return refusal_text(state, error, events::KmsOperation::DECRYPT, key);
  }
}

}  // namespace

Exception exception_for(KmsError error) {
  if (error == KmsError::NONE) return Exception::NONE;
  const KmsFailure* failure = failure_for(error);
  return failure == nullptr ? Exception::INTERNAL_SERVER_ERROR : failure->exception;
}

Exception exception_for(const Settings& settings, KmsError error) {
  switch (error) {
    case KmsError::THROTTLING:
      return settings.dynamodb.throttled_internal ? Exception::INTERNAL_SERVER_ERROR
                                                  : Exception::THROTTLING;
    case KmsError::KMS_INTERNAL:
    case KmsError::KEY_UNAVAILABLE:
    case KmsError::DEPENDENCY_TIMEOUT:
      return settings.dynamodb.unavailable_503 ? Exception::SERVICE_UNAVAILABLE
                                               : Exception::INTERNAL_SERVER_ERROR;
    default:
      return exception_for(error);
  }
}

std::string uuid(std::uint64_t high, std::uint64_t low) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

std::string kms_failure_message(KmsError error, std::string_view message,
                                std::string_view request_id, std::string_view region) {
  const KmsFailure* failure = failure_for(error);
  const std::string_view prefix =
      failure == nullptr ? std::string_view("KMS internal error") : failure->prefix;
  const std::string_view java_class =
      failure == nullptr ? std::string_view("AWSKMSException") : failure->java_class;
  const std::string where = region.empty() ? std::string() : fmt::format(" for region {}", region);
  return fmt::format(
      "{}{}: com.amazonaws.services.kms.model.{}: {} (Service: AWSKMS; Status Code: 400; "
      "Error Code: {}; Request ID: {}; Proxy: null)",
      prefix, where, java_class, message, kms::exception_name(error), request_id);
}

std::string kms_request_message(const State& state, std::uint32_t table, KmsError error,
                                Uuid request_id) {
  const std::string quoted = kms_message(state, error, at(state.tables, table).key);
  return kms_failure_message(error, quoted, uuid(request_id[0], request_id[1]));
}

std::string request_message(const State& state, events::Event::RequestFailed::Reader failed) {
  if (failed.getKmsError() == KmsError::NONE && failed.getException() == Exception::ACCESS_DENIED) {
    const std::uint32_t identity = at(state.connections, failed.getConnection()).identity;
    return foreign_table_message(state, session_of_identity(state, identity),
                                 operation_name(failed.getOperation()), failed.getTable());
  }
  if (failed.getKmsError() == KmsError::NONE && failed.getException() == Exception::VALIDATION) {
    const Lifecycle lifecycle = at(state.tables, failed.getTable()).lifecycle;
    const bool archived = lifecycle == Lifecycle::archiving || lifecycle == Lifecycle::archived;
    if (archived) return "Table is archived: " + state.table_name(failed.getTable());
    return "One or more parameter values were invalid";
  }
  if (failed.getException() == Exception::ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED) {
    return "Collection size exceeded.";
  }
  if (failed.getKmsError() == KmsError::NONE) {
    return fmt::format("Requested resource not found: Table: {} not found",
                       state.table_name(failed.getTable()));
  }
  return kms_request_message(state, failed.getTable(), failed.getKmsError(),
                             {failed.getRequestHigh(), failed.getRequestLow()});
}

std::string table_message(const State&, events::TableRequestRefused::Reader refused) {
  if (refused.getKmsError() != KmsError::NONE) {
    const std::string_view region(refused.getRegion().cStr(), refused.getRegion().size());
    if (!region.empty() && refused.getKmsError() == KmsError::DISABLED) {
      // AWS's text is known only by what it misleadingly speaks of (dynamodb.md 7.2).
      return fmt::format("Replica in region {} cannot be added: its encryption status is UPDATING",
                         region);
    }
    return kms_failure_message(refused.getKmsError(), refused.getMessage().cStr(),
                               uuid(refused.getRequestHigh(), refused.getRequestLow()), region);
  }
  return refused.getMessage();
}

}  // namespace tablekey::model::dynamodb
