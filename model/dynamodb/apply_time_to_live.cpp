// Time to live: which items the scanner has still to find, which it has found, and when it comes
// round next (dynamodb.md 9).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/time_to_live.h"

namespace tablekey::model {

void Applier::forget_expiry(const ItemWrite& write) {
  const Table& table = state_.tables[write.table];
  if (!table.detail || table.detail->ttl_ahead.empty()) return;
  const State::ItemView view = state_.item(write.table, write.item);
  const std::uint32_t expires = ttl_seconds(view.expires);
  if (expires == 0) return;
  state_.tables[write.table].detail.make().ttl_ahead.erase({expires, write.item});
}

void Applier::plan_expiry(const ItemWrite& write) {
  const Table& table = state_.tables[write.table];
  if (write.deleted || !table.detail || !expires_items(state_, write.table)) return;
  const State::ItemView view = state_.item(write.table, write.item);
  if (!expiry_applies(state_, write.table, view)) return;
  TableDetail& detail = state_.tables[write.table].detail.make();
  const auto [entry, fresh] =
      detail.ttl_ahead.insert_or_assign({ttl_seconds(view.expires), write.item}, view.version);
  if (entry == detail.ttl_ahead.begin()) look_ahead(write.table);
}

// When the scanner next has something to find or to delete. It comes round at its own times, and
// one that waits for its key, or was refused it, goes on by itself.
void Applier::look_ahead(std::uint32_t index) {
  TableDetail& detail = state_.tables[index].detail.make();
  const ServiceKey& key =
      detail.service_keys[static_cast<std::size_t>(events::ServiceJob::TIME_TO_LIVE)];
  const bool waits =
      key.call != kNone || (key.denied != sim::Time() && state_.agenda_.pending(detail.ttl_scan));
  if (waits) return;
  const sim::Time next = next_scan(state_, index, now());
  state_.agenda_.cancel(detail.ttl_scan);
  detail.ttl_scan = sim::kNoHandle;
  if (next == sim::Time::max()) return;
  detail.ttl_scan = schedule(next, Priority::job, ActionKind::expire_items, index);
}

void Applier::start_time_to_live(std::uint32_t index) {
  const Table& table = at(state_.tables, index);
  if (!table.detail || table.detail->ttl_attribute.empty()) return;
  TableDetail& detail = state_.tables[index].detail.make();
  detail.ttl_ahead.clear();
  detail.ttl_due.clear();
  const std::uint32_t items = state_.item_count(index);
  for (std::uint32_t item = 0; item < items; ++item) {
    const State::ItemView view = state_.item(index, item);
    if (!expiry_applies(state_, index, view)) continue;
    detail.ttl_ahead.insert_or_assign({ttl_seconds(view.expires), item}, view.version);
  }
  look_ahead(index);
}

// Values that callers gave were opened by whoever decided this: the event says what the attribute
// is in them.
void Applier::time_to_live_set(events::ControlAnswered::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  law(step.isControl(), "time to live is set by a step of the control plane");
  const auto call = step.getControl();
  TableDetail& detail = table.detail.make();
  detail.ttl_changed = now();
  state_.agenda_.cancel(detail.ttl_scan);
  detail.ttl_scan = sim::kNoHandle;
  detail.ttl_ahead.clear();
  detail.ttl_due.clear();
  detail.ttl_attribute.clear();
  if (!call.getTtlEnabled()) return;
  detail.ttl_attribute = call.getTtlAttribute().cStr();
  for (const auto& [item, given] : detail.given) {
    if (!given.sealed.empty()) table.items.change(item).expires = 0;
  }
  for (auto expiry : event.getExpiries()) {
    law(detail.given.contains(expiry.getItem()), "only given values are looked into");
    table.items.change(expiry.getItem()).expires =
        ttl_seconds(sim::Time::from_nanoseconds(expiry.getAt()));
  }
  start_time_to_live(index);
}

void Applier::items_expired(events::ItemsExpired::Reader event) {
  const std::uint32_t index = event.getTable();
  law(at(state_.tables, index).detail.operator bool(), "a table with time to live has details");
  TableDetail& detail = state_.tables[index].detail.make();
  detail.ttl_scan = sim::kNoHandle;
  law(event.getPassed() <= detail.ttl_due.size(), "what is due was found before");
  auto end = detail.ttl_due.begin();
  for (std::uint32_t i = 0; i < event.getPassed(); ++i) ++end;
  detail.ttl_due.erase(detail.ttl_due.begin(), end);
  for (auto found : event.getFound()) {
    law(!detail.ttl_ahead.empty(), "what is found was ahead");
    const auto first = detail.ttl_ahead.begin();
    law(first->first.second == found.getItem(), "items are found in the order of their time");
    detail.ttl_due[{found.getAt(), found.getItem()}] = first->second;
    detail.ttl_ahead.erase(first);
  }
  for (auto change : event.getChanges()) {
    law(change.getTable() == index && change.getDeleted(), "time to live deletes");
    write_item(change, true, false);
  }
  if (event.getNext() < 0) return;
  detail.ttl_scan =
      schedule(after(event.getNext()), Priority::job, ActionKind::expire_items, index);
}

}  // namespace tablekey::model
