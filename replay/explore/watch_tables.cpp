#include "replay/explore/watch_tables.h"

namespace tablekey::replay::explore {

using events::Event;
using model::kNone;
using Operation = events::KmsOperation;

WatchTables::WatchTables(const model::ScenarioView& scenario) : scenario_(scenario) {}

std::string WatchTables::name(std::uint32_t key) const {
  if (key == kNone) return "no key";
  return scenario_.reader().getKeys()[key].getLogicalId().cStr();
}

// The key that a step names for the table that it makes or changes, as far as that can be told from
// the request alone.
std::optional<std::uint32_t> WatchTables::asked_for(std::uint32_t step) const {
  const auto described = scenario_.reader().getSteps()[step];
  if (described.isUpdateTable()) return described.getUpdateTable().getToKey();
  if (!described.isControl()) return std::nullopt;
  const auto call = described.getControl();
  if (call.getSse().getGiven()) {
    const auto key = call.getSse().getKmsMasterKeyId();
    return key.isArn() ? std::optional(key.getArn()) : std::nullopt;
  }
  // A restore without an override takes the key of its backup's moment.
  if (call.getOperation() == events::TableOperation::RESTORE_TABLE_FROM_BACKUP &&
      call.getBackup().isStep()) {
    const auto found = backup_.find(call.getBackup().getStep());
    if (found != backup_.end()) return found->second;
  }
  return std::nullopt;
}

void WatchTables::created(std::uint32_t table, std::uint32_t key, std::uint32_t step,
                          std::uint64_t number) {
  key_[table] = key;
  if (step == 0) return;
  const auto asked = asked_for(step - 1);
  if (!asked) return;
  ask();
  if (*asked == key) return;
  broken("asked-key", number, "a table was made under {}, and {} was asked for", name(key),
         name(*asked));
}

void WatchTables::switched(events::SseSwitchStarted::Reader event, std::uint64_t number) {
  key_[event.getTable()] = event.getToKey();
  if (event.getStep() == 0) return;
  const auto asked = asked_for(event.getStep() - 1);
  if (!asked) return;
  ask();
  if (*asked == event.getToKey()) return;
  broken("asked-key", number, "a table moves to {}, and {} was asked for", name(event.getToKey()),
         name(*asked));
}

// The table key itself is made and wrapped under that key.
void WatchTables::answered(Event::KmsAnswered::Reader answered, std::uint64_t number) {
  const bool makes = answered.getOperation() == Operation::GENERATE_DATA_KEY &&
                     answered.getError() == events::KmsError::NONE && answered.getAsService();
  if (!makes || answered.getTable() == kNone || answered.getEffect().getStep() != 0) return;
  const auto expected = key_.find(answered.getTable());
  if (expected == key_.end()) return;
  ask();
  if (expected->second == answered.getKey()) return;
  broken("asked-key", number, "a table key was wrapped under {}, and the table is to be under {}",
         name(answered.getKey()), name(expected->second));
}

void WatchTables::control(events::ControlAnswered::Reader control, std::uint64_t number) {
  if (control.getStep() == 0) return;
  const auto effect = control.getEffect();
  if (effect.isRestoreStarted()) {
    const auto started = effect.getRestoreStarted();
    return created(started.getTarget(), started.getKey(), control.getStep(), number);
  }
  // A backup in the middle of a switch may have either key.
  const auto held = holds_.find(control.getTable());
  if (!effect.isBackupStarted() || held == holds_.end()) return;
  if (key_[control.getTable()] == held->second) backup_[control.getStep() - 1] = held->second;
}

void WatchTables::event(const model::State& after, Event::Reader event, std::uint64_t number) {
  switch (event.which()) {
    case Event::TABLE_CREATION_STARTED: {
      const auto made = event.getTableCreationStarted();
      return created(made.getTable(), made.getKey(), made.getStep(), number);
    }
    case Event::SSE_SWITCH_STARTED:
      return switched(event.getSseSwitchStarted(), number);
    case Event::KMS_ANSWERED:
      return answered(event.getKmsAnswered(), number);
    case Event::TABLE_ACTIVATED:
      holds_[event.getTableActivated().getTable()] = key_[event.getTableActivated().getTable()];
      return;
    case Event::SSE_SWITCH_COMPLETED:
      holds_[event.getSseSwitchCompleted().getTable()] =
          key_[event.getSseSwitchCompleted().getTable()];
      return;
    case Event::TABLE_ENCRYPTED: {  // by DynamoDB itself, in a new era
      const auto encrypted = event.getTableEncrypted();
      if (encrypted.getKey() == kNone) return;
      key_[encrypted.getTable()] = holds_[encrypted.getTable()] = encrypted.getKey();
      return;
    }
    case Event::CONTROL_ANSWERED:
      return control(event.getControlAnswered(), number);
    default:
      static_cast<void>(after);
      return;
  }
}

}  // namespace tablekey::replay::explore
