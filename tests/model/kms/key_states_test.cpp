// The key-state table of kms.md 2.3, written out a second time as it stands there.
#include "model/kms/key_states.h"

#include <catch2/catch.hpp>

namespace tablekey::model::kms {
namespace {

using Operation = events::KmsOperation;
using State = events::KeyState;
using Error = events::KmsError;

struct Row {
  std::vector<Operation> operations;
  std::array<const char*, 7> cells;  // E D PD PI UN CR UP
};

// clang-format off
const std::vector<Row> kTable = {
    {{Operation::CANCEL_KEY_DELETION},             {"4",  "4",  "ok",  "4",  "4",  "4",  "4"}},
    {{Operation::CREATE_GRANT},                    {"ok", "1",  "2/3", "5",  "ok", "14", "ok"}},
    {{Operation::DECRYPT, Operation::ENCRYPT, Operation::RE_ENCRYPT,
      Operation::GENERATE_DATA_KEY, Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT},
                                                   {"ok", "1",  "2/3", "5",  "11", "14", "ok"}},
    {{Operation::DESCRIBE_KEY, Operation::PUT_KEY_POLICY, Operation::RETIRE_GRANT,
      Operation::REVOKE_GRANT},                    {"ok", "ok", "ok",  "ok", "ok", "ok", "ok"}},
    {{Operation::ENABLE_KEY, Operation::DISABLE_KEY},
                                                   {"ok", "ok", "3",   "5",  "ok", "14", "15"}},
    {{Operation::SCHEDULE_KEY_DELETION},           {"ok", "ok", "3",   "ok", "ok", "ok", "15"}},
};
// clang-format on

const std::vector<std::vector<State>> kColumns = {
    {State::ENABLED},
    {State::DISABLED},
    {State::PENDING_DELETION, State::PENDING_REPLICA_DELETION},
    {State::PENDING_IMPORT},
    {State::UNAVAILABLE},
    {State::CREATING},
    {State::UPDATING}};

/// Exception and message of a note (kms.md 2.4).
std::pair<Error, std::string> note(const std::string& cell, State state,
                                   PendingDeletionError setting) {
  const std::string pending = state == State::PENDING_REPLICA_DELETION
                                  ? "K is pending replica deletion."
                                  : "K is pending deletion.";
  if (cell == "ok") return {Error::NONE, ""};
  if (cell == "1") return {Error::DISABLED, "K is disabled."};
  if (cell == "2/3") {
    return {setting == PendingDeletionError::disabled ? Error::DISABLED : Error::KMS_INVALID_STATE,
            pending};
  }
  if (cell == "3") return {Error::KMS_INVALID_STATE, pending};
  if (cell == "4") return {Error::KMS_INVALID_STATE, "K is not pending deletion."};
  if (cell == "5") return {Error::KMS_INVALID_STATE, "K is pending import."};
  if (cell == "11") return {Error::KMS_INVALID_STATE, "K is unavailable."};
  if (cell == "14") return {Error::KMS_INVALID_STATE, "K is creating."};
  return {Error::KMS_INVALID_STATE, "K is updating."};
}

}  // namespace

TEST_CASE("Every cell of the key-state table is as AWS prints it") {
  for (const auto setting :
       {PendingDeletionError::kms_invalid_state, PendingDeletionError::disabled}) {
    for (const Row& row : kTable) {
      for (const Operation operation : row.operations) {
        for (std::size_t column = 0; column < kColumns.size(); ++column) {
          for (const State state : kColumns[column]) {
            const auto [error, message] = note(row.cells[column], state, setting);
            INFO(operation_name(operation) << " on " << state_name(state));
            CHECK(state_refusal(operation, state, setting) == error);
            CHECK(state_message(operation, state, "K") == message);
          }
        }
      }
    }
  }
}

TEST_CASE("A deleted key does not exist, whatever is asked of it") {
  for (const Row& row : kTable) {
    for (const Operation operation : row.operations) {
      CHECK(state_refusal(operation, State::DELETED, PendingDeletionError::kms_invalid_state) ==
            Error::NOT_FOUND);
      CHECK(state_message(operation, State::DELETED, "K") == "Key 'K' does not exist");
    }
  }
}

TEST_CASE("Names are those of the API") {
  CHECK(operation_name(Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT) ==
        "GenerateDataKeyWithoutPlaintext");
  CHECK(exception_name(Error::KMS_INVALID_STATE) == "KMSInvalidStateException");
  CHECK(exception_name(Error::ACCESS_DENIED) == "AccessDeniedException");
  CHECK(state_name(State::PENDING_REPLICA_DELETION) == "PendingReplicaDeletion");
  CHECK(is_cryptographic(Operation::DECRYPT));
  CHECK_FALSE(is_cryptographic(Operation::DISABLE_KEY));
  CHECK_FALSE(is_cryptographic(Operation::RETIRE_GRANT));
}

}  // namespace tablekey::model::kms
