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

void Applier::time_to_live_set(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::items_expired(events::ItemsExpired::Reader) { law(false, "not yet"); }

}  // namespace tablekey::model
