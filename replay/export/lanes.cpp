// An entry that nothing uses ends without an event: its end is known beforehand, and may be put off
// by every use. So ends wait in a queue, one an entry, and are looked at again when they are due.
#include "replay/export/lanes.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/dynamodb/control.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/table_key_cache.h"
#include "replay/event_fields.h"

namespace tablekey::replay {
namespace {

// Requests change no key and no table: most events need no second look.
bool changes_no_state(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::ITEM_READ:
    case Event::ITEM_WRITTEN:
    case Event::ITEMS_READ:
    case Event::REQUEST_FAILED:
    case Event::TABLE_KEY_REQUESTED:
    case Event::REQUEST_WAITED:
    case Event::CONNECTION_OPENED:
    case Event::CONNECTION_CLOSED:
    case Event::KEY_POLLED:
    case Event::KEY_REFRESH_REQUESTED:
    case Event::KEY_REFRESHED:
      return true;
    default:
      return false;
  }
}

std::string_view state_name(events::KeyState state) {
  using enum events::KeyState;
  switch (state) {
    case ENABLED:
      return "Enabled";
    case DISABLED:
      return "Disabled";
    case PENDING_DELETION:
      return "PendingDeletion";
    case DELETED:
      return "deleted";
    case PENDING_IMPORT:
      return "PendingImport";
    case UNAVAILABLE:
      return "Unavailable";
    case CREATING:
      return "Creating";
    case UPDATING:
      return "Updating";
    case PENDING_REPLICA_DELETION:
      return "PendingReplicaDeletion";
  }
  return "?";
}

std::string principal_name(const model::State& state, std::uint32_t principal) {
  const auto principals = state.scenario().reader().getPrincipals();
  return principal < principals.size() ? principals[principal].getName().cStr() : "operator";
}

// Who shares the cache of that domain (see model::cache_domain).
std::string sharer_name(const model::State& state, std::uint64_t domain) {
  constexpr std::uint64_t kLow = 0xffffffff;
  const auto low = static_cast<std::uint32_t>(domain & kLow);
  if (const std::uint32_t router = model::router_of_domain(domain); router != model::kNone) {
    const std::string name = fmt::format("router {}", router);
    return low == model::kNone ? name
                               : fmt::format("{} for {}", name, principal_name(state, low - 1));
  }
  if (low == 0) return "operator";
  if (state.settings().cache.scope != model::CacheScope::caller) {
    return principal_name(state, low - 1);
  }
  if (low > state.latest_session.size()) return fmt::format("caller {}", low);
  return short_name_of_id(state, FieldMeaning::session, state.latest_session[low - 1]);
}

std::string holder_name(const model::State& state, std::uint32_t entry) {
  const model::CacheSlot& slot = state.cache[entry];
  const std::string table = state.table_name(slot.table);
  if (entry < state.connections.size()) {
    const std::string connection = name_of_id(state, FieldMeaning::connection, entry);
    return fmt::format("{} → {}", connection, table);
  }
  const bool known = slot.cache < state.caches.size();
  return fmt::format("{} → {}",
                     known ? sharer_name(state, state.caches[slot.cache].domain) : "cache", table);
}

}  // namespace

std::string lane_name(const model::State& state, const Lane& lane) {
  switch (lane.kind) {
    case Lane::Kind::key:
      return state.scenario().reader().getKeys()[lane.index].getLogicalId().cStr();
    case Lane::Kind::table:
      return state.table_name(lane.index);
    case Lane::Kind::holder:
      return holder_name(state, lane.index);
  }
  return {};
}

void Lanes::before(const model::State& state, std::int64_t) {
  if (!holdings_) holdings_.emplace(state);
  holdings_->before(state);
}

void Lanes::event(const model::State& after, events::Event::Reader event, std::uint64_t number) {
  const std::int64_t time = event.getTime();
  expire(time);
  holdings_->event(after, event);
  if (!changes_no_state(event)) look_at_states(after, time, number);
  for (const Holdings::Change& change : holdings_->changed()) {
    look_at(after, change.entry, time, number);
  }
}

void Lanes::look_at_states(const model::State& after, std::int64_t time, std::uint64_t number) {
  keys_.resize(after.keys.size());
  for (std::uint32_t i = 0; i < after.keys.size(); ++i) {
    if (!after.keys[i].created || keys_[i] == after.keys[i].state) continue;
    const Lane lane{Lane::Kind::key, i};
    if (keys_[i]) sink_.ends(lane, time);
    keys_[i] = after.keys[i].state;
    sink_.begins(after, lane, time, state_name(*keys_[i]), number, 0);
  }
  tables_.resize(after.tables.size());
  for (std::uint32_t i = 0; i < after.tables.size(); ++i) {
    const events::TableStatus status = model::dynamodb::shown_status(after, i);
    if (status == tables_[i]) continue;
    const Lane lane{Lane::Kind::table, i};
    if (tables_[i] != events::TableStatus::NONE) sink_.ends(lane, time);
    tables_[i] = status;
    if (status == events::TableStatus::NONE) continue;
    sink_.begins(after, lane, time, model::dynamodb::status_name(status), number, 0);
  }
}

void Lanes::look_at(const model::State& after, std::uint32_t entry, std::int64_t time,
                    std::uint64_t number) {
  if (entry >= held_.size()) held_.resize(std::max<std::size_t>(entry + 1, after.cache.size()));
  Held& held = held_[entry];
  const std::int64_t until = holdings_->until(entry);
  const bool usable = until > time;
  if (held.open && (!usable || holdings_->inserted(entry))) end_holder(entry, time);
  if (!usable) return;
  if (!held.open) {
    held.open = true;
    sink_.begins(after, {Lane::Kind::holder, entry}, time,
                 fmt::format("table key v{}", after.cache[entry].entry.version), number,
                 holdings_->authorized_by(entry));
    if (held.expected > time && held.expected <= until) return;  // it waits in ends_ already
  } else if (held.expected > time && held.expected <= until) {
    return;
  }
  held.expected = until;
  ends_.emplace(until, entry);
}

void Lanes::expire(std::int64_t time) {
  while (!ends_.empty() && ends_.top().first <= time) {
    const auto [due, entry] = ends_.top();
    ends_.pop();
    Held& held = held_[entry];
    if (!held.open || held.expected != due) continue;
    const std::int64_t until = holdings_->until(entry);
    if (until <= due) {
      end_holder(entry, due);
    } else {
      held.expected = until;
      ends_.emplace(until, entry);
    }
  }
}

void Lanes::end_holder(std::uint32_t entry, std::int64_t time) {
  held_[entry].open = false;
  sink_.ends({Lane::Kind::holder, entry}, time);
}

void Lanes::finish(std::int64_t time) {
  expire(time);
  for (std::uint32_t i = 0; i < held_.size(); ++i) {
    if (held_[i].open) end_holder(i, time);
  }
  for (std::uint32_t i = 0; i < tables_.size(); ++i) {
    if (tables_[i] != events::TableStatus::NONE) sink_.ends({Lane::Kind::table, i}, time);
  }
  for (std::uint32_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i]) sink_.ends({Lane::Kind::key, i}, time);
  }
}

}  // namespace tablekey::replay
