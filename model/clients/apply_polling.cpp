// Polls are planned as long as there is an entry that would otherwise last until then: a use may
// bring them back.
#include "model/applier.h"
#include "model/dynamodb/cache/holders.h"

namespace tablekey::model {

void Applier::arm_poll(std::uint32_t index) {
  if (!settings_.cache.poll_interval) return;
  CacheSlot& slot = at(state_.cache, index);
  if (state_.agenda_.pending(slot.extras->poll)) return;
  if (!slot.extras->poll_planned) {
    slot.extras.make().poll = schedule(now(), Priority::client, ActionKind::plan_poll, index);
    return;
  }
  const sim::Time next = next_poll(state_, slot, now());
  if (next == sim::Time()) return;
  slot.extras.make().poll = schedule(next, Priority::client, ActionKind::poll_key, index);
}

void Applier::key_poll_planned(events::KeyPollPlanned::Reader event) {
  CacheSlotExtras& extras = at(state_.cache, event.getEntry()).extras.make();
  law(!extras.poll_planned && event.getFirst() >= now().nanoseconds(), "polls are planned once");
  extras.poll = sim::kNoHandle;
  extras.poll_planned = true;
  extras.first_poll = sim::Time::from_nanoseconds(event.getFirst());
  const CacheSlot& slot = state_.cache[event.getEntry()];
  if (slot.entry.version == 0) return;
  if (extras.first_poll > now()) return arm_poll(event.getEntry());
  extras.poll = schedule(now(), Priority::client, ActionKind::poll_key, event.getEntry());
}

void Applier::key_polled(events::KeyPolled::Reader event) {
  const std::uint32_t index = event.getEntry();
  CacheSlotExtras& extras = at(state_.cache, index).extras.make();
  law(extras.poll_planned && state_.cache[index].table == event.getTable(),
      "a cache polls about its own key once it is planned");
  extras.poll = sim::kNoHandle;
  ++extras.polls;
  ++state_.counters.kms_calls;
  if (event.getError() == events::KmsError::ACCESS_DENIED) ++state_.counters.kms_denied;
  count_poll(event);
  if (event.getPurged()) return empty_slot(index, events::Miss::INVALIDATED);
  if (event.getNext() == 0) return;
  extras.poll = schedule(sim::Time::from_nanoseconds(event.getNext()), Priority::client,
                         ActionKind::poll_key, index);
}

}  // namespace tablekey::model
