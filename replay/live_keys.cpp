// History may keep its version where the setting says that switches do not re-wrap it; what is gone
// is not in use.
#include "replay/live_keys.h"

#include <fmt/format.h>

#include "model/dynamodb/control.h"
#include "model/dynamodb/recovery.h"
#include "replay/recorded.h"
#include "replay/table_facts.h"

namespace tablekey::replay {

void LiveKeys::event(const model::State& after, events::Event::Reader event, std::uint64_t number) {
  if (!event.isSseSwitchCompleted()) return;
  ++switches_;
  look_at(after, event.getSseSwitchCompleted().getTable(), fmt::format("event {}", number));
}

void LiveKeys::look_at_all(const model::State& end) {
  for (std::uint32_t table = 0; table < end.tables.size(); ++table) {
    if (end.tables[table].lifecycle != model::Lifecycle::live) continue;
    if (!model::dynamodb::switching(end, table)) look_at(end, table, "the end");
  }
}

InvariantFinding LiveKeys::finding() const {
  if (!broken_.empty()) return {false, broken_};
  return {true, fmt::format("{} data keys under their tables' newest keys, after {} switches",
                            keys_, switches_)};
}

void LiveKeys::look_at(const model::State& state, std::uint32_t index, const std::string& when) {
  const model::Table& table = state.tables[index];
  const auto newest = static_cast<std::uint32_t>(table.keys.size());
  for (std::uint32_t i = 0; i < table.data_keys.size(); ++i) {
    const model::DataKey& key = table.data_keys[i];
    if (key.version == 0 || i >= table.structures.size() || table.structures[i].gone) continue;
    if (!model::switch_rewraps(state.settings(), table.structures[i])) continue;
    ++keys_;
    if (key.version == newest || !broken_.empty()) continue;
    broken_ = fmt::format("{} of {} is under version {} of the table key, not {}, at {}",
                          structure_name(state, index, i), state.table_name(index), key.version,
                          newest, when);
  }
}

std::expected<InvariantFinding, std::string> live_keys_current(const std::filesystem::path& trace) {
  // The settings of the run decide what is history, whatever the defaults are now.
  OpenOptions options;
  options.torn_too = true;
  options.recorded_settings = true;
  const auto recorded = RecordedRun::open(trace, options);
  if (!recorded) return std::unexpected(recorded.error().message);
  LiveKeys keys;
  const std::uint64_t events = recorded->file().event_count();
  if (const auto folded = recorded->fold(events, {&keys}); !folded) {
    return std::unexpected(folded.error().message);
  }
  const auto end = recorded->state_after(events);
  if (!end) return std::unexpected(end.error().message);
  keys.look_at_all(*end);
  return keys.finding();
}

}  // namespace tablekey::replay
