// Global tables: how writes travel from replica to replica.
#include "model/dynamodb/replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "crypto/bytes.h"
#include "crypto/draw.h"
#include "model/clients/encryptors.h"
#include "model/draws.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/service_jobs.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::ReplicaStatus;

constexpr std::size_t kBatch = 64;  // changes that one event takes
constexpr auto kReplication = events::ServiceJob::REPLICATION;

std::uint64_t queue_entity(const State& state, std::uint32_t target, std::uint32_t source) {
  return crypto::name_hash(fmt::format("replication/{:016x}/{}/{:016x}", state.table_entity(target),
                                       state.tables[target].creations, state.table_entity(source)));
}

// When a change is due at its target, whatever came before it.
sim::Time due_at(const Deciding& d, std::uint64_t entity, const ReplicationQueue& queue,
                 std::size_t place) {
  const sim::Bits128 bits = draw(d.random, entity, Draw::replication, queue.taken + place);
  return queue.changes[place].at + d.settings().dynamodb.replication_latency.sample_duration(bits);
}

// Whether the record is still sealed as it was when it was written. A split retires the data key of
// its partition; the present record of the item then lies under another one.
bool lies_as_stored(const State& state, std::uint32_t source, const ReplicatedChange& change) {
  const auto structure =
      static_cast<std::uint32_t>(crypto::load_big_endian<4>(change.stored.data()));
  return !at(at(state.tables, source).structures, structure).gone;
}

/// What arrives at one replica in one event.
class Delivery {
 public:
  Delivery(Deciding& d, const ReplicationQueue& queue)
      : d_(d), target_(d.action.a), queue_(queue) {}

  // Takes changes in order until one is not due, or the event is full.
  void take() {
    const std::uint64_t entity = queue_entity(d_.state, target_, queue_.source);
    while (taken_ < queue_.changes.size() && taken_ < kBatch) {
      const sim::Time due = due_at(d_, entity, queue_, taken_);
      if (due > d_.now) break;
      const ReplicatedChange& change = queue_.changes[taken_];
      if (can_be_told(d_.state, queue_.source, change) && wins(change, present(change))) {
        note(change);
      }
      ++taken_;
    }
    next_ = -1;
    if (taken_ == queue_.changes.size()) return;
    const sim::Time due = due_at(d_, entity, queue_, taken_);
    next_ = std::max(due - d_.now, sim::Duration()).count();
  }

  void write() {
    auto event = d_.out.initItemsReplicated();
    event.setTable(target_);
    event.setSource(queue_.source);
    auto changes = event.initChanges(static_cast<unsigned>(winners_.size()));
    for (unsigned i = 0; i < winners_.size(); ++i) fill(winners_[i], changes[i]);
    event.setNext(next_);
    event.setPassed(static_cast<std::uint32_t>(taken_ - winners_.size()));
  }

 private:
  struct Winner {
    const ReplicatedChange* change = nullptr;
    std::uint32_t version = 0;
  };

  WriteStamp present(const ReplicatedChange& change) const {
    const auto earlier = stamps_.find(change.item);
    return earlier == stamps_.end() ? stamp_of(d_.state, target_, change.item) : earlier->second;
  }

  void note(const ReplicatedChange& change) {
    WriteStamp& stamp = stamps_[change.item];
    const std::uint32_t version =
        stamp.version == 0 ? next_version(d_.state, target_, change.item) : stamp.version + 1;
    stamp = {change.written, change.writer, version};
    winners_.push_back({&change, version});
  }

  // The value as the writer made it: opened under the source's data key, or generated again.
  crypto::SecretBuffer value_of(const ReplicatedChange& change) const {
    const std::uint32_t source = queue_.source;
    const sim::Time until = service_key_until(d_.state, source, kReplication);
    if (!change.stored.empty() && lies_as_stored(d_.state, source, change)) {
      return d_.vault.open_stored(d_.state, source, change.item, change.stored, until);
    }
    if (!change.stored.empty()) {
      return std::move(d_.vault.open_item(d_.state, source, change.item, until).plaintext);
    }
    const GeneratedValue value{at(d_.state.origins, change.origin), change.item, change.version,
                               change.expires};
    return d_.vault.generated(d_.state, source, value);
  }

  void fill(const Winner& winner, events::ItemChange::Builder out) {
    const ReplicatedChange& change = *winner.change;
    out.setTable(target_);
    out.setItem(change.item);
    out.setVersion(winner.version);
    out.setDeleted(change.deleted);
    out.setWritten(change.written.nanoseconds());
    out.setWriter(change.writer);
    if (change.deleted) return;
    const items::AttributeMap value = item_of(value_of(change).bytes());
    const bool given = !change.stored.empty();
    const sim::Time expires = given ? given_expiry(d_.state, target_, value) : change.expires;
    const sim::Time until = service_key_until(d_.state, target_, kReplication);
    const Vault::Written written =
        d_.vault.write(d_.state, target_, change.item, winner.version, &value, expires, until);
    out.setExpires(expires.nanoseconds());
    out.setSize(written.size);
    out.setTagHigh(written.tag.high);
    out.setTagLow(written.tag.low);
    out.setIvHead(written.iv_head);
    out.setIvTail(written.iv_tail);
    out.setLocalTag(written.local_tag);
    if (given) out.setSealed(capnp::Data::Reader(written.sealed.data(), written.sealed.size()));
  }

  Deciding& d_;
  std::uint32_t target_ = 0;
  const ReplicationQueue& queue_;
  std::size_t taken_ = 0;
  std::int64_t next_ = -1;
  std::map<std::uint32_t, WriteStamp> stamps_;  // of items that this event changes
  std::vector<Winner> winners_;
};

// Nothing of a queue's head is due yet: the event only says when it will be.
bool waits(const Deciding& d, const ReplicationQueue& queue) {
  const std::uint64_t entity = queue_entity(d.state, d.action.a, queue.source);
  return due_at(d, entity, queue, 0) > d.now;
}

void replicate(Deciding& d) {
  const std::uint32_t target = d.action.a, source = d.action.b;
  const ReplicationQueue* queue = replication_queue(d.state, target, source);
  law(queue != nullptr && !queue->changes.empty(), "a replica that is told of writes has some");
  Delivery delivery(d, *queue);
  if (!waits(d, *queue)) {
    // Read under the one key, sealed under the other: the service needs both.
    for (const std::uint32_t end : {target, source}) {
      const ServiceKeyState key = service_key_state(d.state, end, kReplication, d.now);
      law(key != ServiceKeyState::asking, "a queue that waits for a key is not due");
      if (key == ServiceKeyState::needed) {
        return request_service_key(d, end, kReplication, end == target ? source : target);
      }
    }
  }
  delivery.take();
  delivery.write();
}

}  // namespace

const ReplicaGroup* group_of(const State& state, std::uint32_t table) {
  const std::uint32_t group = at(state.tables, table).detail->group;
  return group == 0 ? nullptr : &at(state.groups, group - 1);
}

std::uint32_t replica_in(const State& state, std::uint32_t table, std::string_view region) {
  const ReplicaGroup* group = group_of(state, table);
  if (group == nullptr) return kNone;
  for (const std::uint32_t member : group->tables) {
    if (state.table_region(member) == region) return member;
  }
  return kNone;
}

std::uint32_t first_table_of(const State& state, std::uint32_t table) {
  const FamilyView& family = state.family(table);
  return state.scenario().families[family.space].first_table + state.tables[table].copy;
}

bool receives(const State& state, std::uint32_t table) {
  switch (at(state.tables, table).detail->replica_status) {
    case ReplicaStatus::CREATING:
    case ReplicaStatus::UPDATING:
    case ReplicaStatus::ACTIVE:
    case ReplicaStatus::INACCESSIBLE_ENCRYPTION_CREDENTIALS:
      return true;
    default:
      return false;
  }
}

bool takes_writes(const State& state, std::uint32_t table) {
  return state.tables[table].lifecycle == Lifecycle::live && receives(state, table) &&
         state.tables[table].detail->replica_status != ReplicaStatus::CREATING;
}

WriteStamp stamp_of(const State& state, std::uint32_t table, std::uint32_t item) {
  const Table& owner = at(state.tables, table);
  if (item >= owner.items.size() || owner.items[item].version == 0) return {};
  WriteStamp stamp;
  stamp.version = owner.items[item].version;
  const auto given = owner.detail->given.find(item);
  if (given == owner.detail->given.end()) return stamp;
  stamp.written = given->second.written;
  stamp.writer = given->second.writer;
  return stamp;
}

bool wins(const ReplicatedChange& change, const WriteStamp& present) {
  if (change.written != present.written) return change.written > present.written;
  if (change.writer == present.writer) return true;
  if (present.writer == kNone) return true;  // it was there before there was a group
  return change.writer != kNone && change.writer > present.writer;
}

bool can_be_told(const State& state, std::uint32_t source, const ReplicatedChange& change) {
  if (change.stored.empty() || lies_as_stored(state, source, change)) return true;
  const Table& owner = state.tables[source];
  return change.item < owner.items.size() && owner.items[change.item].version == change.version;
}

std::uint32_t next_version(const State& state, std::uint32_t table, std::uint32_t item) {
  const Table& owner = state.tables[table];
  if (item < owner.items.size() && owner.items[item].version != 0) {
    return owner.items[item].version + 1;
  }
  return item < owner.generated ? 2 : 1;
}

std::uint32_t replication_attributes_size(const State& state, std::uint32_t table) {
  const ReplicaGroup* group = group_of(state, table);
  if (group == nullptr || !group->version_2017) return 0;
  // aws:rep:deleting (BOOL), aws:rep:updatetime (N of 16 digits), aws:rep:updateregion (S)
  constexpr std::size_t kNames = 16 + 18 + 20;
  constexpr std::size_t kBool = 1, kNumber = 9;
  return static_cast<std::uint32_t>(kNames + kBool + kNumber + state.table_region(table).size());
}

std::uint32_t starting_items(const State& state, std::uint32_t table) {
  const Table& owner = state.tables[table];
  const std::uint32_t source = owner.process.source;
  const bool copied = owner.detail->group != 0 && source != kNone;
  if (copied) return state.tables[source].generated;
  if (owner.creations != 1 || starts_without_items(state, owner.family)) return 0;
  return state.family(table).items;
}

const ReplicationQueue* replication_queue(const State& state, std::uint32_t target,
                                          std::uint32_t source) {
  for (const ReplicationQueue& queue : at(state.tables, target).detail->replication) {
    if (queue.source == source) return &queue;
  }
  return nullptr;
}

void decide_replica_job(Deciding& d) {
  if (d.action.kind == ActionKind::replicate) return replicate(d);
  const TableDetail& detail = *at(d.state.tables, d.action.a).detail;
  law(detail.group != 0, "a replica that changes is in a group");
  auto event = d.out.initReplicaChanged();
  event.setTable(d.action.a);
  event.setGroup(detail.group - 1);
  // A global table of version 2017.11.29 is made; or a replica without its key goes its own way.
  event.setStatus(detail.replica_status == ReplicaStatus::CREATING ? ReplicaStatus::ACTIVE
                                                                   : ReplicaStatus::NONE);
  event.setNext(-1);
}

}  // namespace tablekey::model
