// A message purges what the cache holds, and what was under way when it arrived is not kept. One
// that was sent to a cache that has been emptied since, as by the end of its connection, says
// nothing about what is there now.
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/cache/holders.h"

namespace tablekey::model {

void Applier::push_change(std::uint32_t key, sim::Time when, std::uint32_t table) {
  if (!settings_.cache.push_delay) return;
  schedule(std::max(when, now()), Priority::job, ActionKind::send_invalidations, key,
           table == kNone ? 0 : table + 1);
}

void Applier::key_invalidations_sent(events::KeyInvalidationsSent::Reader event) {
  for (const auto message : event.getMessages()) {
    CacheSlot& slot = at(state_.cache, message.getEntry());
    ++slot.extras.make().pushes;
    if (message.getAt() == 0) continue;
    schedule(sim::Time::from_nanoseconds(message.getAt()), Priority::job,
             ActionKind::invalidate_key, message.getEntry(), slot.generation);
  }
}

void Applier::key_invalidated(events::KeyInvalidated::Reader event) {
  const CacheSlot& slot = at(state_.cache, event.getEntry());
  law(event.getPurged() == (slot.generation == action_.b),
      "a message is about what the cache held when it was sent");
  law(event.getTable() == slot.table, "a message reaches the cache of a table");
  if (event.getPurged()) empty_slot(event.getEntry(), events::Miss::INVALIDATED);
}

}  // namespace tablekey::model
