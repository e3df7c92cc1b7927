// The key-state table. A row is one or several operations, a cell what kms.md 2.3 prints there:
// a note about what the key can do at all, which depends on the key, and a note about its state.
#include "model/kms/key_states.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>

#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

using Operation = events::KmsOperation;
using KeyState = events::KeyState;

constexpr unsigned kPendingNote = 23;  // "2/3": which exception is a setting
constexpr unsigned kGone = 404;

struct Cell {
  std::uint8_t capability = 0;  // refuses where it applies to the key
  std::uint8_t state = 0;       // refuses always; 0: allowed
  std::uint8_t remark = 0;      // a note that refuses nothing (12, 13)
  bool impossible = false;      // n/a
};

constexpr Cell ok{};
constexpr Cell na{0, 0, 0, true};
constexpr Cell is(std::uint8_t note, std::uint8_t remark = 0) { return {0, note, remark, false}; }
constexpr Cell unless(std::uint8_t note) { return {note, 0, 0, false}; }
constexpr Cell either(std::uint8_t state, std::uint8_t capability) {
  return {capability, state, 0, false};
}
constexpr Cell pd = is(kPendingNote);

enum Column : std::size_t { E, D, PD, PI, UN, CR, UP, kColumns };
using Cells = std::array<Cell, kColumns>;

/// What the guide of 2022 says of the same operations.
struct Former {
  Column column = kColumns;
  Cell cell;
};

struct Row {
  std::initializer_list<Operation> operations;
  Cells cells;  // E, D, PD, PI, UN, CR, UP
  Former former = {};
};

// clang-format off
const Row kRows[] = {
    {{Operation::CANCEL_KEY_DELETION},
     {is(4), is(4), ok, is(4), is(4, 13), is(4), is(4)}},
    {{Operation::CREATE_ALIAS},
     {ok, ok, is(3), ok, ok, ok, ok}},
    {{Operation::CREATE_GRANT},
     {ok, is(1), pd, is(5), ok, is(14), ok}},
    {{Operation::DECRYPT, Operation::ENCRYPT, Operation::RE_ENCRYPT, Operation::GENERATE_DATA_KEY,
      Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT},
     {ok, is(1), pd, is(5), is(11), is(14), ok}},
    {{Operation::GENERATE_DATA_KEY_PAIR, Operation::GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT},
     {ok, is(1), pd, is(5), is(7), is(14), ok}},
    {{Operation::GENERATE_MAC, Operation::VERIFY_MAC, Operation::SIGN, Operation::VERIFY,
      Operation::DERIVE_SHARED_SECRET},
     {ok, is(1), pd, is(5), na, is(14), ok}},
    {{Operation::DELETE_ALIAS},
     {ok, ok, ok, ok, ok, ok, ok}},
    {{Operation::DELETE_IMPORTED_KEY_MATERIAL},
     {unless(9), unless(9), unless(9), ok, na, is(14), is(15)}},
    {{Operation::DESCRIBE_KEY, Operation::GET_KEY_POLICY, Operation::PUT_KEY_POLICY,
      Operation::LIST_KEY_POLICIES, Operation::LIST_ALIASES, Operation::LIST_GRANTS,
      Operation::LIST_RESOURCE_TAGS, Operation::RETIRE_GRANT, Operation::REVOKE_GRANT,
      Operation::GET_KEY_LAST_USAGE},
     {ok, ok, ok, ok, ok, ok, ok}},
    {{Operation::ENABLE_KEY, Operation::DISABLE_KEY},
     {ok, ok, is(3), is(5), Cell{0, 0, 12, false}, is(14), is(15)}},
    {{Operation::ENABLE_KEY_ROTATION, Operation::DISABLE_KEY_ROTATION},
     {unless(7), either(1, 7), either(3, 7), is(6), is(7), is(14), unless(7)}},
    {{Operation::GET_KEY_ROTATION_STATUS},
     {unless(7), unless(7), unless(7), is(6), is(7), unless(7), unless(7)}},
    {{Operation::LIST_KEY_ROTATIONS},
     {unless(7), unless(7), unless(7), ok, is(7), unless(7), unless(7)}},
    {{Operation::ROTATE_KEY_ON_DEMAND},
     {unless(7), either(1, 7), either(3, 7), is(5), is(7), is(14), unless(7)}},
    {{Operation::GET_PARAMETERS_FOR_IMPORT},
     {unless(9), unless(9), either(8, 9), ok, is(9), is(14), is(15)}},
    {{Operation::IMPORT_KEY_MATERIAL},
     {unless(9), unless(9), is(9), ok, is(9), is(14), ok}, {PD, either(8, 9)}},
    {{Operation::GET_PUBLIC_KEY},
     {ok, ok, pd, ok, na, is(14), ok}, {D, is(1)}},
    {{Operation::REPLICATE_KEY},
     {ok, is(1), pd, is(5), na, is(14), is(15)}},
    {{Operation::UPDATE_PRIMARY_REGION},
     {ok, is(1), pd, is(5), na, is(14), ok}},
    {{Operation::SCHEDULE_KEY_DELETION},
     {ok, ok, is(3), ok, ok, ok, is(15)}},
    {{Operation::TAG_RESOURCE, Operation::UNTAG_RESOURCE, Operation::UPDATE_KEY_DESCRIPTION},
     {ok, ok, is(3), ok, ok, ok, ok}},
    {{Operation::UPDATE_ALIAS},
     {ok, ok, unless(10), ok, ok, ok, ok}},
};
// clang-format on

using CellTable = std::array<Cells, kOperations>;

// Operations without a row (CreateKey, ListKeys, the stores, …) act on no key's state.
CellTable make_table(bool classic_era) {
  CellTable table{};
  for (const Row& row : kRows) {
    for (const Operation operation : row.operations) {
      Cells& cells = table[static_cast<std::size_t>(operation)];
      cells = row.cells;
      if (classic_era && row.former.column != kColumns) {
        cells[row.former.column] = row.former.cell;
      }
    }
  }
  return table;
}

Column column_of(KeyState state) {
  switch (state) {
    case KeyState::DISABLED:
      return D;
    case KeyState::PENDING_DELETION:
    case KeyState::PENDING_REPLICA_DELETION:
      return PD;
    case KeyState::PENDING_IMPORT:
      return PI;
    case KeyState::UNAVAILABLE:
      return UN;
    case KeyState::CREATING:
      return CR;
    case KeyState::UPDATING:
      return UP;
    default:
      return E;
  }
}

const Cell& cell_of(Operation operation, KeyState state, bool classic_era) {
  static const std::array<CellTable, 2> tables{make_table(false), make_table(true)};
  return at(tables[classic_era], static_cast<std::size_t>(operation))[column_of(state)];
}

bool in_custom_store(const KeyFacts& key) {
  return key.origin == events::Origin::AWS_CLOUD_HSM ||
         key.origin == events::Origin::EXTERNAL_KEY_STORE;
}

// Imported material is never rotated automatically (kms.md 4.2); in the classic era such a key has
// nothing to do with rotation at all (note 7 of 2022).
bool imported_cannot_rotate(Operation operation, const KeyFacts& key, bool classic_era) {
  if (key.origin != events::Origin::EXTERNAL) return false;
  return classic_era || operation == Operation::ENABLE_KEY_ROTATION ||
         operation == Operation::DISABLE_KEY_ROTATION;
}

// What the key cannot do in any state (6, 7, 9, 10), or 0.
unsigned capability_note(Operation operation, const KeyFacts& key, bool classic_era) {
  switch (operation) {
    case Operation::ENABLE_KEY_ROTATION:
    case Operation::DISABLE_KEY_ROTATION:
    case Operation::GET_KEY_ROTATION_STATUS:
    case Operation::LIST_KEY_ROTATIONS:
    case Operation::ROTATE_KEY_ON_DEMAND:
      if (in_custom_store(key) || key.spec != events::KeySpec::SYMMETRIC_DEFAULT) return 7;
      if (!imported_cannot_rotate(operation, key, classic_era)) return 0;
      return classic_era ? 7 : 6;
    case Operation::GET_PARAMETERS_FOR_IMPORT:
    case Operation::IMPORT_KEY_MATERIAL:
    case Operation::DELETE_IMPORTED_KEY_MATERIAL:
      return key.origin != events::Origin::EXTERNAL ? 9 : 0;
    case Operation::GENERATE_DATA_KEY_PAIR:
    case Operation::GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT:
      return in_custom_store(key) ? 7 : 0;  // kms.md 1.7
    default:
      return 0;
  }
}

std::string origin_message(const KeyFacts& key, std::string_view key_arn) {
  return fmt::format("{} origin is {} which is not valid for this operation.", key_arn,
                     origin_name(key.origin));
}

}  // namespace

unsigned refusing_note(Operation operation, const KeyFacts& key, bool classic_era) {
  if (key.state == KeyState::DELETED) return kGone;
  const Cell& cell = cell_of(operation, key.state, classic_era);
  if (const unsigned capability = capability_note(operation, key, classic_era)) return capability;
  if (cell.capability == 10 && key.destination) return 10;
  return cell.state;
}

events::KmsError note_error(unsigned note, PendingDeletionError pending_deletion_error) {
  switch (note) {
    case 0:
      return events::KmsError::NONE;
    case 1:
      return events::KmsError::DISABLED;
    case 6:
    case 7:
    case 9:
      return events::KmsError::UNSUPPORTED_OPERATION;
    case kPendingNote:
      return pending_deletion_error == PendingDeletionError::disabled
                 ? events::KmsError::DISABLED
                 : events::KmsError::KMS_INVALID_STATE;
    case kGone:
      return events::KmsError::NOT_FOUND;
    default:
      return events::KmsError::KMS_INVALID_STATE;
  }
}

std::string note_message(unsigned note, const KeyFacts& key, std::string_view key_arn) {
  switch (note) {
    case 0:
      return {};
    case 1:
      return fmt::format("{} is disabled.", key_arn);
    case 4:
      return fmt::format("{} is not pending deletion.", key_arn);
    case 5:
      return fmt::format("{} is pending import.", key_arn);
    case 7:
      if (key.spec != events::KeySpec::SYMMETRIC_DEFAULT) return {};
      return origin_message(key, key_arn);
    case 6:
    case 9:
      return origin_message(key, key_arn);
    case 11:
      return fmt::format("{} is unavailable.", key_arn);
    case 14:
      return fmt::format("{} is creating.", key_arn);
    case 15:
      return fmt::format("{} is updating.", key_arn);
    case kGone:
      return fmt::format("Key '{}' does not exist", key_arn);
    default:
      return fmt::format("{} is pending {}deletion.", key_arn,
                         key.state == KeyState::PENDING_REPLICA_DELETION ? "replica " : "");
  }
}

std::string cell_text(Operation operation, KeyState state, bool classic_era) {
  const Cell& cell = cell_of(operation, state, classic_era);
  if (cell.impossible) return "n/a";
  std::string text = cell.state == kPendingNote ? "2/3" : fmt::format("{}", cell.state);
  if (cell.state == 0) text = cell.capability == 0 ? "ok" : fmt::format("?{}", cell.capability);
  if (cell.state != 0 && cell.capability != 0) text += fmt::format(" or {}", cell.capability);
  if (cell.remark != 0) text += fmt::format(",{}", cell.remark);
  return text;
}

Refusal state_refusal(const State& state, const OperationRow& row, std::uint32_t index,
                      bool destination) {
  const KmsKey& key = at(state.keys, index);
  const events::Key::Reader described = kms::described(state, index);
  const KeyFacts facts{row.cryptographic ? key.effective : key.state, described.getSpec(),
                       described.getOrigin(), destination};
  const Settings& settings = state.settings();
  const unsigned note = refusing_note(row.operation, facts, settings.classic_era);
  if (note == 0) return {};
  return {note_error(note, settings.pending_deletion_error),
          note_message(note, facts, state.key_arn(index)), events::Decider::KEY_STATE, kNone};
}

events::KmsError state_refusal(Operation operation, KeyState state,
                               PendingDeletionError pending_deletion_error) {
  return note_error(refusing_note(operation, {.state = state}, false), pending_deletion_error);
}

std::string state_message(Operation operation, KeyState state, std::string_view key_arn) {
  const KeyFacts key{.state = state};
  return note_message(refusing_note(operation, key, false), key, key_arn);
}

bool is_cryptographic(Operation operation) { return operation_row(operation).cryptographic; }

}  // namespace tablekey::model::kms
