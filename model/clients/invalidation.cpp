// Push invalidation (cache-theory.md 1, 3.12): when a change of a key that can revoke takes effect
// in KMS's data plane, KMS sends one message to every cache that holds the key or is about to. How
// long each takes is drawn, and so is whether it is lost; one that finds its router cut off from
// KMS is lost too. Policies of identities are IAM's: KMS sends nothing about them.
#include <vector>

#include "events/shares.h"
#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/cache/holders.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/faults.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::kWhole;

// A cache is about to hold the key where an answer is under way that may have been given before.
bool slot_receives(const State& state, const CacheSlot& slot, std::uint32_t key) {
  if (slot.entry.version != 0 && key_held(state, slot) == key) return true;
  for (const std::uint32_t call : {slot.call, slot.refresh}) {
    if (call != kNone && at(state.calls, call).key == key) return true;
  }
  return false;
}

std::vector<std::uint32_t> receivers(const State& state, std::uint32_t key, std::uint32_t table) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < state.cache.size(); ++i) {
    const CacheSlot& slot = state.cache[i];
    if (table != kNone && slot.table != table) continue;
    if (slot_receives(state, slot, key)) found.push_back(i);
  }
  return found;
}

/// When the message reaches the slot; 0: it is lost.
std::int64_t arrival(const Deciding& d, std::uint32_t slot) {
  const CacheFigures& figures = d.settings().cache;
  const std::uint64_t entity = slot_entity(d.state, slot);
  const std::uint64_t ordinal = d.state.cache[slot].extras->pushes;
  const sim::Bits128 loss = draw(d.random, entity, Draw::push_loss, ordinal);
  if (sim::below(kWhole, loss) < figures.push_loss_millionths) return 0;
  if (cut_off(d, router_of_slot(d.state, slot))) return 0;
  const sim::Duration delay =
      figures.push_delay->sample_duration(draw(d.random, entity, Draw::push_delay, ordinal));
  return (d.now + delay).nanoseconds();
}

}  // namespace

void decide_invalidations(Deciding& d) {
  auto event = d.out.initKeyInvalidationsSent();
  event.setKey(d.action.a);
  event.setTable(d.action.b);
  const CacheFigures& figures = d.settings().cache;
  if (!figures.push_delay || figures.scope == CacheScope::none) return;  // an era may have ended it
  const std::uint32_t table = d.action.b == 0 ? kNone : d.action.b - 1;
  const std::vector<std::uint32_t> slots = receivers(d.state, d.action.a, table);
  auto messages = event.initMessages(static_cast<unsigned>(slots.size()));
  for (unsigned i = 0; i < slots.size(); ++i) {
    messages[i].setEntry(slots[i]);
    messages[i].setAt(arrival(d, slots[i]));
  }
}

void decide_invalidated(Deciding& d) {
  const CacheSlot& slot = at(d.state.cache, d.action.a);
  auto event = d.out.initKeyInvalidated();
  event.setEntry(d.action.a);
  event.setTable(slot.table);
  event.setPurged(slot.generation == d.action.b);
}

}  // namespace tablekey::model
