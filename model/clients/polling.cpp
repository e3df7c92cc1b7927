// DescribeKey polling (cache-theory.md 1, 3.11): a cache that holds a table key asks KMS about the
// key every so often, and drops what is no longer enabled. DynamoDB asks as itself, under its grant
// on the table's key (dynamodb.md 5.1), so what only a policy or another's grant denies it cannot
// see. The answer comes at once: the poll takes no latency of its own, and one event tells all.
#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/cache/holders.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/faults.h"
#include "model/kms/judge.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

kms::KmsRequest describe_key(const State& state, std::uint32_t slot) {
  const CacheSlot& held = at(state.cache, slot);
  kms::KmsRequest request;
  request.operation = events::KmsOperation::DESCRIBE_KEY;
  request.as_service = true;
  request.key = key_held(state, held);
  request.table = held.table;
  request.realm = at(state.scenario().key_realms, request.key);
  for (const std::uint32_t grant : state.tables[held.table].grants) {
    const Grant& own = at(state.grants, grant);
    if (own.key == request.key && !own.ended) request.tokens.push_back(grant);
  }
  request.entity = slot_entity(state, slot);
  request.ordinal = held.extras->polls;
  return request;
}

// The phase is uniform over one interval from now on, which makes it uniform within every interval.
void plan(Deciding& d, std::uint32_t slot) {
  auto event = d.out.initKeyPollPlanned();
  event.setEntry(slot);
  std::int64_t phase = 0;
  if (const auto interval = d.settings().cache.poll_interval) {
    const sim::Bits128 bits =
        draw(d.random, slot_entity(d.state, slot), Draw::poll_phase, d.state.era);
    phase =
        static_cast<std::int64_t>(sim::below(static_cast<std::uint64_t>(interval->count()), bits));
  }
  event.setFirst((d.now + sim::Duration::nanoseconds(phase)).nanoseconds());
}

void poll(Deciding& d, std::uint32_t slot) {
  const CacheSlot& held = at(d.state.cache, slot);
  law(held.entry.version != 0, "a cache polls about what it holds");
  kms::KmsRequest request = describe_key(d.state, slot);
  kms::Judgement found;
  if (cut_off(d, router_of_slot(d.state, slot))) {
    found = {events::KmsError::DEPENDENCY_TIMEOUT, events::Decider::FAULT};
  } else {
    found = kms::judge_now(d, request);
  }
  // What cryptography acts on counts, not what was last written: a key that still decrypts is held.
  const bool gone = found.error == events::KmsError::NOT_FOUND;
  const bool seen = found.error == events::KmsError::NONE;
  const events::KeyState shown = at(d.state.keys, request.key).effective;
  const bool purged = gone || (seen && ends_use(shown));
  const auto id = as_uuid(draw(d.random, request.entity, Draw::poll_id, request.ordinal));
  auto event = d.out.initKeyPolled();
  event.setEntry(slot);
  event.setTable(held.table);
  event.setKey(request.key);
  event.setRequestHigh(id.high);
  event.setRequestLow(id.low);
  event.setError(found.error);
  event.setDecidedBy(found.by);
  event.setState(gone || seen ? shown : events::KeyState::ENABLED);
  event.setPurged(purged);
  event.setAsService(true);
  if (!purged) event.setNext(next_poll(d.state, held, d.now).nanoseconds());
}

}  // namespace

void decide_poll(Deciding& d) {
  return d.action.kind == ActionKind::plan_poll ? plan(d, d.action.a) : poll(d, d.action.a);
}

}  // namespace tablekey::model
