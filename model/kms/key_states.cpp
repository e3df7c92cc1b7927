// The key-state table for symmetric keys. A cell is a note of kms.md 2.4; an operation is one row.
#include "model/kms/key_states.h"

#include <fmt/format.h>

#include <array>

namespace tablekey::model::kms {
namespace {

using Operation = events::KmsOperation;
using State = events::KeyState;

enum Note : unsigned char {
  ok,
  n1,    // DisabledException: is disabled
  n23,   // pending deletion; which exception is a setting
  n3,    // KMSInvalidStateException: is pending deletion
  n4,    // KMSInvalidStateException: is not pending deletion
  n5,    // KMSInvalidStateException: is pending import
  n11,   // KMSInvalidStateException: is unavailable
  n14,   // KMSInvalidStateException: is creating
  n15,   // KMSInvalidStateException: is updating
  gone,  // NotFoundException
};

// Columns in the order of the KeyState enum.
constexpr std::size_t kColumns = 9;
struct Row {
  Operation operation;
  //          enabled disabled pendingDel deleted pendingImp unavail creating updating
  //          pendingReplicaDel
  std::array<Note, kColumns> notes;
};

constexpr std::array<Note, kColumns> kCryptographic{ok, n1, n23, gone, n5, n11, n14, ok, n23};
constexpr std::array<Note, kColumns> kAlways{ok, ok, ok, gone, ok, ok, ok, ok, ok};

constexpr std::array kRows{
    Row{Operation::DESCRIBE_KEY, kAlways},
    Row{Operation::ENABLE_KEY, {ok, ok, n3, gone, n5, ok, n14, n15, n3}},
    Row{Operation::DISABLE_KEY, {ok, ok, n3, gone, n5, ok, n14, n15, n3}},
    Row{Operation::SCHEDULE_KEY_DELETION, {ok, ok, n3, gone, ok, ok, ok, n15, n3}},
    Row{Operation::CANCEL_KEY_DELETION, {n4, n4, ok, gone, n4, n4, n4, n4, ok}},
    Row{Operation::PUT_KEY_POLICY, kAlways},
    Row{Operation::CREATE_GRANT, {ok, n1, n23, gone, n5, ok, n14, ok, n23}},
    Row{Operation::RETIRE_GRANT, kAlways},
    Row{Operation::REVOKE_GRANT, kAlways},
    Row{Operation::GENERATE_DATA_KEY, kCryptographic},
    Row{Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT, kCryptographic},
    Row{Operation::DECRYPT, kCryptographic},
    Row{Operation::ENCRYPT, kCryptographic},
    Row{Operation::RE_ENCRYPT, kCryptographic},
};

Note note_of(Operation operation, State state) {
  for (const Row& row : kRows) {
    if (row.operation == operation) return row.notes[static_cast<std::size_t>(state)];
  }
  return ok;
}

}  // namespace

events::KmsError state_refusal(Operation operation, State state,
                               PendingDeletionError pending_deletion_error) {
  switch (note_of(operation, state)) {
    case ok:
      return events::KmsError::NONE;
    case n1:
      return events::KmsError::DISABLED;
    case gone:
      return events::KmsError::NOT_FOUND;
    case n23:
      return pending_deletion_error == PendingDeletionError::disabled
                 ? events::KmsError::DISABLED
                 : events::KmsError::KMS_INVALID_STATE;
    default:
      return events::KmsError::KMS_INVALID_STATE;
  }
}

std::string state_message(Operation operation, State state, std::string_view key_arn) {
  switch (note_of(operation, state)) {
    case ok:
      return {};
    case n1:
      return fmt::format("{} is disabled.", key_arn);
    case n23:
    case n3:
      return fmt::format("{} is pending {}deletion.", key_arn,
                         state == State::PENDING_REPLICA_DELETION ? "replica " : "");
    case n4:
      return fmt::format("{} is not pending deletion.", key_arn);
    case n5:
      return fmt::format("{} is pending import.", key_arn);
    case n11:
      return fmt::format("{} is unavailable.", key_arn);
    case n14:
      return fmt::format("{} is creating.", key_arn);
    case n15:
      return fmt::format("{} is updating.", key_arn);
    case gone:
      return fmt::format("Key '{}' does not exist", key_arn);
  }
  return {};
}

bool is_cryptographic(Operation operation) {
  switch (operation) {
    case Operation::GENERATE_DATA_KEY:
    case Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT:
    case Operation::DECRYPT:
    case Operation::ENCRYPT:
    case Operation::RE_ENCRYPT:
    case Operation::CREATE_GRANT:
      return true;
    default:
      return false;
  }
}

std::string_view operation_name(Operation operation) {
  switch (operation) {
    case Operation::CREATE_KEY:
      return "CreateKey";
    case Operation::DESCRIBE_KEY:
      return "DescribeKey";
    case Operation::ENABLE_KEY:
      return "EnableKey";
    case Operation::DISABLE_KEY:
      return "DisableKey";
    case Operation::SCHEDULE_KEY_DELETION:
      return "ScheduleKeyDeletion";
    case Operation::CANCEL_KEY_DELETION:
      return "CancelKeyDeletion";
    case Operation::PUT_KEY_POLICY:
      return "PutKeyPolicy";
    case Operation::CREATE_GRANT:
      return "CreateGrant";
    case Operation::RETIRE_GRANT:
      return "RetireGrant";
    case Operation::REVOKE_GRANT:
      return "RevokeGrant";
    case Operation::GENERATE_DATA_KEY:
      return "GenerateDataKey";
    case Operation::DECRYPT:
      return "Decrypt";
    case Operation::ENCRYPT:
      return "Encrypt";
    case Operation::RE_ENCRYPT:
      return "ReEncrypt";
    case Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT:
      return "GenerateDataKeyWithoutPlaintext";
  }
  return "?";
}

std::string_view exception_name(events::KmsError error) {
  switch (error) {
    case events::KmsError::NONE:
      return "";
    case events::KmsError::ACCESS_DENIED:
      return "AccessDeniedException";
    case events::KmsError::DISABLED:
      return "DisabledException";
    case events::KmsError::KMS_INVALID_STATE:
      return "KMSInvalidStateException";
    case events::KmsError::NOT_FOUND:
      return "NotFoundException";
    case events::KmsError::INVALID_CIPHERTEXT:
      return "InvalidCiphertextException";
    case events::KmsError::INCORRECT_KEY:
      return "IncorrectKeyException";
    case events::KmsError::MALFORMED_POLICY_DOCUMENT:
      return "MalformedPolicyDocumentException";
    case events::KmsError::LIMIT_EXCEEDED:
      return "LimitExceededException";
    case events::KmsError::VALIDATION:
      return "ValidationException";
    case events::KmsError::UNSUPPORTED_OPERATION:
      return "UnsupportedOperationException";
    case events::KmsError::INVALID_ARN:
      return "InvalidArnException";
  }
  return "?";
}

std::string_view state_name(State state) {
  switch (state) {
    case State::ENABLED:
      return "Enabled";
    case State::DISABLED:
      return "Disabled";
    case State::PENDING_DELETION:
      return "PendingDeletion";
    case State::DELETED:
      return "Deleted";
    case State::PENDING_IMPORT:
      return "PendingImport";
    case State::UNAVAILABLE:
      return "Unavailable";
    case State::CREATING:
      return "Creating";
    case State::UPDATING:
      return "Updating";
    case State::PENDING_REPLICA_DELETION:
      return "PendingReplicaDeletion";
  }
  return "?";
}

}  // namespace tablekey::model::kms
