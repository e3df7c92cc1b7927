// Writes travel from replica to replica: what waits for whom, and what arrives.
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/replicas.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {
namespace {

constexpr auto kReplicationPlace = static_cast<std::size_t>(events::ServiceJob::REPLICATION);

// The service has asked for the key of either end, and is told when it may go on.
bool waits_for_key(const State& state, std::uint32_t target, std::uint32_t source) {
  return state.tables[target].detail->service_keys[kReplicationPlace].call != kNone ||
         state.tables[source].detail->service_keys[kReplicationPlace].call != kNone;
}

ReplicationQueue& queue_of(State& state, std::uint32_t target, std::uint32_t source) {
  auto& queues = at(state.tables, target).detail.make().replication;
  for (ReplicationQueue& queue : queues) {
    if (queue.source == source) return queue;
  }
  queues.emplace_back().source = source;
  return queues.back();
}

// What a replica holds of an item at present, to be told to another one.
ReplicatedChange present_change(const State& state, std::uint32_t table, std::uint32_t item,
                                sim::Time now) {
  const Item& record = state.tables[table].items[item];
  const WriteStamp stamp = stamp_of(state, table, item);
  ReplicatedChange change;
  change.item = item;
  change.version = record.version;
  change.origin = record.origin;
  change.deleted = record.deleted;
  change.written = stamp.written;
  change.writer = stamp.writer;
  change.at = now;
  change.expires = ttl_time(record.expires);
  if (!record.deleted) change.stored = stored_record(state, table, item);
  return change;
}

}  // namespace

// ---- the queues
// ----------------------------------------------------------------------------------

// A queue whose key is being asked for goes on with the answer; one whose target is still being
// made, when that is there.
void Applier::wake_queue(std::uint32_t target, ReplicationQueue& queue, sim::Time when) {
  if (queue.changes.empty() || !takes_writes(state_, target)) return;
  if (waits_for_key(state_, target, queue.source)) return;
  state_.agenda_.cancel(queue.due);
  queue.due = schedule(when, Priority::job, ActionKind::replicate, target, queue.source);
}

void Applier::queue_change(std::uint32_t source, std::uint32_t target, ReplicatedChange change) {
  ReplicationQueue& queue = queue_of(state_, target, source);
  queue.changes.push_back(std::move(change));
  if (queue.changes.size() == 1) wake_queue(target, queue, now());
}

// A local write goes to all the others; what came from one of them goes nowhere.
void Applier::replicate_later(const ItemWrite& write) {
  const ReplicaGroup* group = group_of(state_, write.table);
  if (group == nullptr) return;
  const std::vector<std::uint32_t> members = group->tables;
  for (const std::uint32_t member : members) {
    if (member == write.table || !receives(state_, member)) continue;
    queue_change(write.table, member, present_change(state_, write.table, write.item, now()));
  }
}

void Applier::pause_replication(std::uint32_t table) {
  const ReplicaGroup* group = group_of(state_, table);
  if (group == nullptr) return;
  for (const std::uint32_t member : group->tables) {
    if (!state_.tables[member].detail) continue;
    for (ReplicationQueue& queue : state_.tables[member].detail.make().replication) {
      if (member != table && queue.source != table) continue;
      state_.agenda_.cancel(queue.due);
      queue.due = sim::kNoHandle;
    }
  }
}

void Applier::resume_replication(std::uint32_t table, sim::Time when) {
  const ReplicaGroup* group = group_of(state_, table);
  if (group == nullptr) return;
  for (const std::uint32_t member : group->tables) {
    if (!state_.tables[member].detail) continue;
    for (ReplicationQueue& queue : state_.tables[member].detail.make().replication) {
      if (member == table || queue.source == table) wake_queue(member, queue, when);
    }
  }
}

// ---- arrivals
// --------------------------------------------------------------------------------------

// The same value under another version's number is another origin's.
std::uint32_t Applier::replicated_origin(ReplicaGroup& group, std::uint32_t origin,
                                         std::uint32_t behind) {
  if (behind == 0) return origin;
  const auto next = static_cast<std::uint32_t>(state_.origins.size());
  const auto [found, fresh] = group.origins.try_emplace({origin, behind}, next);
  if (fresh) {
    Origin moved = at(state_.origins, origin);
    moved.behind += behind;
    state_.origins.push_back(moved);
  }
  return found->second;
}

void Applier::items_replicated(events::ItemsReplicated::Reader event) {
  const std::uint32_t target = event.getTable(), source = event.getSource();
  law(group_of(state_, target) != nullptr && takes_writes(state_, target),
      "a replica that takes writes is in a group");
  ReplicaGroup& group = state_.groups[state_.tables[target].detail->group - 1];
  ReplicationQueue& queue = queue_of(state_, target, source);
  queue.due = sim::kNoHandle;
  const auto changes = event.getChanges();
  const std::size_t taken = std::size_t{changes.size()} + event.getPassed();
  law(taken <= queue.changes.size(), "a replica takes no more changes than there are");
  const std::vector<ReplicatedChange> arrived(
      std::make_move_iterator(queue.changes.begin()),
      std::make_move_iterator(queue.changes.begin() + static_cast<std::ptrdiff_t>(taken)));
  queue.changes.erase(queue.changes.begin(),
                      queue.changes.begin() + static_cast<std::ptrdiff_t>(taken));
  queue.taken += taken;
  unsigned used = 0;
  for (const ReplicatedChange& change : arrived) {
    if (!can_be_told(state_, source, change) ||
        !wins(change, stamp_of(state_, target, change.item))) {
      continue;
    }
    law(used < changes.size(), "a change that wins is in the event");
    replicated(group, change, changes[used++], target);
  }
  law(used == changes.size(), "only changes that win are in the event");
  law(event.getNext() >= 0 || queue_of(state_, target, source).changes.empty(),
      "a queue that is not empty goes on");
  if (event.getNext() < 0) return;
  wake_queue(target, queue_of(state_, target, source), after(event.getNext()));
}

void Applier::replicated(ReplicaGroup& group, const ReplicatedChange& change,
                         events::ItemChange::Reader made, std::uint32_t target) {
  law(made.getTable() == target && made.getItem() == change.item &&
          made.getDeleted() == change.deleted && made.getWriter() == change.writer &&
          (made.getSealed().size() == 0) == change.stored.empty(),
      "a replica makes the change that it was told of");
  ItemWrite write;
  write.table = target;
  write.item = change.item;
  write.version = made.getVersion();
  write.size = made.getSize();
  write.deleted = change.deleted;
  write.tag_high = made.getTagHigh();
  write.tag_low = made.getTagLow();
  write.iv_head = made.getIvHead();
  write.iv_tail = made.getIvTail();
  write.sealed = std::span(made.getSealed().begin(), made.getSealed().size());
  write.expires = sim::Time::from_nanoseconds(made.getExpires());
  write.origin = change.origin;
  const bool generated = !change.deleted && change.stored.empty();
  if (generated) {
    write.origin = replicated_origin(group, change.origin, made.getVersion() - change.version);
  }
  write.replicated = true;
  write.written = change.written;
  write.writer = change.writer;
  write_item(write);
}

// ---- a replica comes
// -------------------------------------------------------------------------------

// What a new replica has to see: everything that was ever written at the one it is made from, and
// what that one has not seen yet itself.
void Applier::send_all(std::uint32_t source, std::uint32_t target) {
  const Table& from = state_.tables[source];
  for (std::uint32_t item = 0; item < from.items.size(); ++item) {
    if (!from.items.touched(item) || from.items[item].version == 0) continue;
    queue_change(source, target, present_change(state_, source, item, now()));
  }
  const std::vector<ReplicationQueue> unseen = from.detail->replication;
  for (const ReplicationQueue& queue : unseen) {
    if (queue.source == target) continue;
    for (const ReplicatedChange& change : queue.changes) {
      queue_change(queue.source, target, change);
    }
  }
}

// ---- a replica goes
// --------------------------------------------------------------------------------

// A write of a replica that has left, which this one has not seen: if another one has, that tells
// it now. What nobody has seen is lost (dynamodb.md 7.2: replication ends half way).
void Applier::hand_over(std::uint32_t leaving, std::uint32_t target,
                        const ReplicatedChange& change) {
  const std::vector<std::uint32_t> members = group_of(state_, target)->tables;
  for (const std::uint32_t member : members) {
    if (member == target || member == leaving) continue;
    const WriteStamp stamp = stamp_of(state_, member, change.item);
    if (stamp.version == 0 || !wins(change, stamp_of(state_, target, change.item))) continue;
    if (stamp.written != change.written || stamp.writer != change.writer) continue;
    return queue_change(member, target, present_change(state_, member, change.item, now()));
  }
}

void Applier::drop_queues(std::uint32_t table) {
  if (!state_.tables[table].detail) return;
  auto& queues = state_.tables[table].detail.make().replication;
  for (ReplicationQueue& queue : queues) state_.agenda_.cancel(queue.due);
  queues.clear();
}

}  // namespace tablekey::model
