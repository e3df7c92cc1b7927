#include "replay/report/state_lanes.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/apply.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/kms/names.h"
#include "replay/inspect_kms.h"
#include "replay/report/hierarchy.h"

namespace tablekey::replay::report {
namespace {

using Event = events::Event;

// Requests that are served or fail change no key and no table; there may be very many of them.
bool is_request(Event::Which which) {
  switch (which) {
    case Event::ITEM_READ:
    case Event::ITEM_WRITTEN:
    case Event::ITEMS_READ:
    case Event::REQUEST_FAILED:
    case Event::TABLE_KEY_REQUESTED:
    case Event::REQUEST_WAITED:
    case Event::CONNECTION_OPENED:
    case Event::CONNECTION_CLOSED:
    case Event::DATA_ANSWERED:
      return true;
    default:
      return false;
  }
}

void add(StateLane& lane, std::int64_t time, std::string_view word, std::string note = {}) {
  auto& phases = lane.phases;
  if (phases.empty() && word.empty()) return;
  if (!phases.empty() && phases.back().word == word && phases.back().note == note) return;
  if (!phases.empty() && phases.back().from == time) {
    phases.back().word = word;
    phases.back().note = std::move(note);
  } else {
    phases.push_back({time, std::string(word), std::move(note)});
  }
}

StateLane& lane_at(std::vector<StateLane>& lanes, std::uint32_t index, StateLane::Kind kind) {
  while (lanes.size() <= index) lanes.push_back({kind, {}, {}});
  return lanes[index];
}

bool only_usual(const StateLane& lane) {
  return std::ranges::all_of(lane.phases, [](const Phase& phase) {
    return phase.word.empty() || phase.word == "CREATING" || phase.word == "ACTIVE";
  });
}

}  // namespace

void StateLanes::event(const model::State& after, events::Event::Reader event) {
  if (is_request(event.which())) return;
  look(after, event.getTime());
}

void StateLanes::look(const model::State& state, std::int64_t time) {
  const auto keys = std::min<std::size_t>(state.keys.size(), kWatched);
  for (std::uint32_t i = 0; i < keys; ++i) look_at_key(state, i, time);
  const auto tables = std::min<std::size_t>(state.tables.size(), kWatched);
  for (std::uint32_t i = 0; i < tables; ++i) look_at_table(state, i, time);
  add(faults_, time, state.faults.empty() ? "" : "fault",
      state.faults.size() > 1 ? fmt::format("{} at once", state.faults.size()) : std::string());
}

void StateLanes::look_at_key(const model::State& state, std::uint32_t key, std::int64_t time) {
  const auto manager = state.scenario().reader().getKeys()[key].getManager();
  if (manager == events::Key::Manager::OWNED) return;
  StateLane& lane = lane_at(keys_, key, StateLane::Kind::key);
  if (lane.name.empty()) lane.name = key_label(state, key);
  const model::KmsKey& described = state.keys[key];
  if (!described.created) return add(lane, time, "");
  const bool pending = described.effective != described.state;
  add(lane, time, model::kms::state_name(described.state),
      pending ? fmt::format("KMS's data plane still acts on {}",
                            model::kms::state_name(described.effective))
              : std::string());
}

void StateLanes::look_at_table(const model::State& state, std::uint32_t table, std::int64_t time) {
  StateLane& key_lane = lane_at(table_keys_, table, StateLane::Kind::table_key);
  StateLane& status_lane = lane_at(tables_, table, StateLane::Kind::table);
  const auto status = model::dynamodb::shown_status(state, table);
  if (status == events::TableStatus::NONE) {
    add(key_lane, time, "");
    return add(status_lane, time, "");
  }
  if (status_lane.name.empty()) {
    status_lane.name = table_label(state, table) + " status";
    key_lane.name = table_label(state, table) + " table key";
  }
  add(status_lane, time, model::dynamodb::status_name(status));
  const std::uint32_t version = model::needed_version(state.tables[table]);
  if (version == 0) return add(key_lane, time, "");
  const std::uint32_t key = state.tables[table].keys[version - 1].key;
  add(key_lane, time, "wrapped",
      fmt::format("version {} under {}", version, key_label(state, key)));
}

std::vector<StateLane> StateLanes::lanes() const {
  std::vector<StateLane> out;
  const auto take = [&out](const StateLane& lane) {
    if (!lane.phases.empty()) out.push_back(lane);
  };
  std::ranges::for_each(keys_, take);
  for (std::size_t i = 0; i < table_keys_.size(); ++i) {
    take(table_keys_[i]);
    if (!only_usual(tables_[i])) take(tables_[i]);
  }
  take(faults_);
  return out;
}

}  // namespace tablekey::replay::report
