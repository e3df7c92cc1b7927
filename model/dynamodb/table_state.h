// What the world knows of a table: its keys, structures, items, and what it is busy with. What only
// few tables have (indexes, a stream, backups, replicas) stands in a box of its own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "event.capnp.h"
#include "model/boxed.h"
#include "model/dynamodb/item_versions.h"
#include "sim/agenda.h"
#include "sim/time.h"

namespace tablekey::model {

inline constexpr std::uint32_t kNone = events::K_NONE;
using Uuid = std::array<std::uint64_t, 2>;  ///< high, low

/// Where a table stands in its life (dynamodb.md 1.2); the TableStatus that callers see is derived:
/// see dynamodb::shown_status.
enum class Lifecycle : std::uint8_t {
  absent,
  creating,
  live,
  deleting,
  deleted,
  archiving,
  archived
};

/// One version of a table key: the blob under its KMS key. Plaintext is the vault's.
struct TableKey {
  std::uint32_t key = 0;
  std::vector<std::uint8_t> blob;
  std::uint64_t key_check_value = 0;
};

/// A data key of one structure, wrapped under a version of the table key (dynamodb.md 3.3).
struct DataKey {
  std::uint32_t structure = 0;
  std::uint32_t version = 0;  ///< of the table key that wraps it; 0: the structure is gone
  std::array<std::uint8_t, 60> wrapped{};  ///< IV, ciphertext, tag
  std::uint64_t seals = 0, bytes = 0;      ///< of records sealed under it
};

/// What owns a data key (dynamodb.md 3.2). Its number is its place in Table::structures; the data
/// key with that number is its own.
struct Structure {
  events::StructureKind kind{};
  std::uint32_t index = kNone;  ///< which local or global index, which group of items
  /// Of a split: what it came of; of a local index or a group of items: its partition.
  std::uint32_t parent = kNone;
  bool gone = false;  ///< retired, trimmed or expired
  sim::Time opened;
  /// The structure whose data key it has, re-wrapped, where a split inherits keys; kNone: its own.
  std::uint32_t data_key = kNone;
};

/// A contiguous range of an index's key space, the base table's or a global index's: from
/// (first_hash, first_sort) to where the next one begins.
struct Partition {
  std::uint32_t structure = 0;
  std::uint64_t first_hash = 0;
  std::vector<std::uint8_t> first_sort;  ///< memcomparable; empty: the whole of that hash
  std::uint32_t first_place = 0;         ///< base table: in ItemSpace::scan_order()
  std::uint32_t second_group = kNone;    ///< structure of its second group of items (item_groups.h)
  bool group_spent = false;              ///< the data key of such a group has reached its limit
  std::uint64_t bytes = 0;               ///< of its items, local indexes included
  std::uint64_t items = 0;
  sim::Handle split = sim::kNoHandle;  ///< the pending split
  sim::Duration delay;                 ///< how long it would wait for one
  sim::Time window;                    ///< heat: the second that is being counted
  std::uint64_t window_load = 0;       ///< in it, weighted: see Applier::heat
  std::uint32_t hot_seconds = 0;
  std::uint64_t undivided = 0;  ///< items when it was found to have no place to be split at
};

/// What only some items have.
struct GivenItem {
  std::vector<std::uint8_t> sealed;  ///< ciphertext of a value that a caller gave; empty: generated
  std::array<std::uint8_t, 12> iv{};
  sim::Time written;  ///< when and where, in a global table
  std::uint32_t writer = kNone;
};

/// An item's entry in a global secondary index: the version that was propagated.
struct IndexEntry {
  std::uint32_t version = 0;
  bool present = false;  ///< false: the item lacks the index's key attributes, or is gone
  std::uint32_t size = 0;
  std::uint64_t tag_high = 0, tag_low = 0;
  std::vector<std::uint8_t> sealed;  ///< of a given value: IV, ciphertext
  std::uint32_t origin = 0;          ///< of a generated value
  sim::Time expires;                 ///< likewise: its TTL attribute
  std::uint32_t structure = kNone;   ///< the partition of the index that it is sealed in
};

/// A change that an index, a stream or a replica has yet to see.
struct Backlog {
  std::uint32_t item = 0;
  std::uint32_t old_version = 0, new_version = 0;  ///< 0: absent
  sim::Time at;
  bool by_service = false;
  std::vector<std::uint8_t> old_sealed, new_sealed;  ///< of given values
  std::uint32_t old_origin = 0, new_origin = 0;
  std::uint32_t old_size = 0, new_size = 0;
  sim::Time old_expires, new_expires;  ///< TTL attributes of generated values
};

/// A global secondary index.
struct GlobalIndex {
  bool exists = false;
  bool creating = false;     ///< made by an UpdateTable, not complete
  bool backfilling = false;  ///< its second phase (dynamodb.md 1.1)
  bool deleting = false;
  bool filling = false;          ///< a backfill goes on, shown or not
  std::uint32_t backfilled = 0;  ///< items below this number are done
  std::vector<Partition> partitions;
  std::vector<IndexEntry> entries;  ///< by item; empty until something is propagated
  std::vector<Backlog> backlog;     ///< oldest first
  sim::Duration delay;              ///< from the next change to its entry
  std::uint64_t deliveries = 0;     ///< ordinal of the draw of that delay
  sim::Handle propagation = sim::kNoHandle, backfill = sim::kNoHandle;
};

struct Shard {
  std::uint32_t structure = 0;
  std::uint32_t parent = kNone;       ///< another shard
  std::uint32_t partition = 0;        ///< the structure of the base partition that feeds it
  sim::Time opened, closed;           ///< closed zero: open
  std::uint64_t first = 0, last = 0;  ///< sequence numbers; 0: none
  bool trimmed = false;
};

struct StreamRecord {
  std::uint64_t sequence = 0;
  std::uint32_t shard = 0;
  std::uint32_t item = 0;
  std::uint32_t old_version = 0, new_version = 0;
  std::uint32_t old_origin = 0, new_origin = 0;
  std::uint32_t size = 0;
  events::StreamEventName name{};
  bool by_service = false;
  sim::Time at;
  std::uint64_t tag_high = 0, tag_low = 0;
  std::vector<std::uint8_t> sealed;    ///< where a value in it was given
  sim::Time old_expires, new_expires;  ///< as in Backlog
};

/// A stream (dynamodb.md 7.1). A table that had its stream disabled and enabled has two.
struct Stream {
  bool enabled = false;
  sim::Time label;     ///< when it was enabled: the last part of its ARN
  sim::Time disabled;  ///< zero: it is not
  std::string view;
  std::vector<Shard> shards;
  std::vector<StreamRecord> records;  ///< oldest first; those of trimmed shards are gone
  std::uint64_t next_sequence = 1;
};

/// A plaintext table key that a job of the service holds under the table's grant
/// (dynamodb.md 5.3).
struct ServiceKey {
  std::uint32_t version = 0;  ///< of the table key; 0: none
  sim::Time decrypted;
  std::uint32_t call = kNone;  ///< under way
  sim::Time denied;            ///< since when KMS refuses; zero: it does not
  std::uint64_t calls = 0;     ///< so far: ordinal of their draws
};
inline constexpr std::size_t kServiceJobs =
    static_cast<std::size_t>(events::ServiceJob::CHECKER) + 1;

/// What the item looked like before a change: point-in-time recovery goes back through these.
struct Undo {
  sim::Time at;
  std::uint32_t item = 0;
  Item before;                       ///< version 0: as it was made, or there was none
  std::vector<std::uint8_t> stored;  ///< of a given value: see stored_record()
};

/// Point-in-time recovery (dynamodb.md 7.3).
struct Recovery {
  bool enabled = false;
  std::uint32_t days = 35;
  sim::Time since;               ///< EarliestRestorableDateTime is not before this
  sim::Time archived;            ///< when the log was last archived
  sim::Time waiting;             ///< the oldest record that is not archived; zero: there is none
  std::uint64_t unarchived = 0;  ///< records that are not
  std::uint32_t history =
      0;  ///< structures below this number hold no history that is yet to expire
  sim::Handle archiving = sim::kNoHandle, snapshotting = sim::kNoHandle;
  std::vector<Undo> log;  ///< oldest first; what is older than the window goes now and then
};

/// Changes of SSE settings counted against their quota (dynamodb.md 2.7).
struct SwitchQuota {
  sim::Time window, last;
  std::uint32_t count = 0;
};

/// A change of configuration under way: the table shows UPDATING (dynamodb.md 1.2).
struct ConfigJob {
  bool running = false;
  events::JobKind kind{};
  std::uint32_t index = kNone;
  std::uint32_t step = 0;  ///< 1 + step
  sim::Time started;
  sim::Handle done = sim::kNoHandle;
};

/// A local write of one replica that another one has yet to see (dynamodb.md 7.2).
struct ReplicatedChange {
  std::uint32_t item = 0;
  std::uint32_t version = 0;  ///< of the record at the replica that sends it
  std::uint32_t origin = 0;   ///< of a generated value
  std::uint32_t writer = kNone;
  bool deleted = false;
  sim::Time written;  ///< when and where it was written decides between writers
  sim::Time at;       ///< from then on its latency counts
  sim::Time expires;
  std::vector<std::uint8_t> stored;  ///< of a given value: its record as it lay (stored_record)
};

/// What one replica still has to see of another one's writes, oldest first.
struct ReplicationQueue {
  std::uint32_t source = 0;  ///< table
  std::uint64_t taken = 0;   ///< so far: ordinals of their draws
  std::vector<ReplicatedChange> changes;
  sim::Handle due = sim::kNoHandle;
};

/// What DescribeTable shows of a table besides its keys, and what few tables have.
struct TableDetail {
  // settings; the scenario's values are copied in when the table is created
  bool provisioned = false, deletion_protection = false, contributor_insights = false;
  std::uint32_t read_capacity = 0, write_capacity = 0;
  /// MaxReadRequestUnits and MaxWriteRequestUnits of the on-demand mode; 0: no limit
  std::uint32_t on_demand_reads = 0, on_demand_writes = 0;
  sim::Time reads_paid, writes_paid;  ///< see on_demand.h
  /// A restore: the local indexes that it has not made, by bit.
  std::uint32_t without_local = 0;
  std::uint32_t billing_switches = 0;
  sim::Time protection_changed;  ///< when deletion protection was last switched
  std::string table_class;
  std::vector<sim::Time> class_changes;  ///< of table_class, oldest first, as far as they count
  std::vector<std::pair<std::string, std::string>> tags;

  // time to live
  std::string ttl_attribute;  ///< empty: not enabled
  sim::Time ttl_changed;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>
      ttl_ahead;  ///< (expiry, item): version; the scanner has not come by since
  std::map<std::pair<std::int64_t, std::uint32_t>, std::uint32_t>
      ttl_due;  ///< (when it is deleted, item): version
  sim::Handle ttl_scan = sim::kNoHandle;

  // keys
  SwitchQuota switch_quota;
  bool inaccessible = false;     ///< key_flag of dynamodb.md 1.2
  sim::Time inaccessible_since;  ///< InaccessibleEncryptionDateTime
  sim::Handle check = sim::kNoHandle, archival = sim::kNoHandle;
  std::uint32_t archival_backup = kNone;
  sim::Time archived;          ///< ArchivalDateTime
  events::KmsError stalled{};  ///< why a switch does not go on

  ConfigJob job;
  std::array<ServiceKey, kServiceJobs> service_keys;

  std::vector<Partition> partitions;  ///< of the base table, in order; empty: one, structure 0
  std::vector<GlobalIndex> global_indexes;
  std::vector<Stream> streams;  ///< the present one last
  std::vector<Backlog> stream_backlog;
  sim::Duration stream_delay;           ///< from the next change to its record
  std::uint64_t stream_deliveries = 0;  ///< ordinal of the draw of that delay
  /// Former partitions whose data keys still open something: changes under way, history.
  std::vector<std::uint32_t> kept;
  sim::Handle stream_delivery = sim::kNoHandle, shard_change = sim::kNoHandle;
  Recovery recovery;
  std::map<std::uint32_t, GivenItem> given;  ///< by item

  // global tables
  std::uint32_t group = 0;  ///< 1 + index into State::groups; 0: none
  events::ReplicaStatus replica_status = events::ReplicaStatus::NONE;
  sim::Time replica_inaccessible;  ///< ReplicaInaccessibleDateTime
  sim::Handle replica_timer = sim::kNoHandle;
  std::vector<ReplicationQueue> replication;  ///< what comes from the other replicas
};

/// What a table is busy with besides serving.
enum class ProcessKind : std::uint8_t { none, creation, key_switch, deletion, encryption };
struct Process {
  ProcessKind kind = ProcessKind::none;
  std::uint32_t session = 0;  ///< 1 + session that asked; 0: the operator
  std::uint32_t step = 0;     ///< 1 + step
  std::uint32_t key = 0;      ///< the key the table is moving to
  bool asked = false;         ///< whether a call was answered yet; then `last` says which
  events::KmsOperation last{};
  bool retiring = false;      ///< the work is done; grants that are no longer needed are retired
  std::uint32_t grants = 0;   ///< made so far
  std::uint32_t retired = 0;  ///< how far the retiring went in the table's list of grants
  /// Of the table's grants, those that are retired in the end: from retire_from to old_grants. A
  /// switch retires those on the key it leaves, one that failed those it had made itself.
  std::uint32_t retire_from = 0, old_grants = 0;
  std::uint64_t calls = 0;  ///< KMS calls so far: ordinal of the next one's draws
  sim::Time started;
  sim::Time ready;               ///< when allocation (creation) or the whole switch would be over
  sim::Time shown;               ///< until when a switch shows the old key
  std::uint32_t backup = kNone;  ///< a restore: what it is made from
  std::uint32_t source = kNone;  ///< a restore: the table it is made from; a replica: its group's
  sim::Time source_time;         ///< a restore to a point in time
};

struct Table {
  std::uint32_t family = 0;  ///< index into the scenario's tables
  std::uint32_t copy = 0;
  Lifecycle lifecycle = Lifecycle::absent;
  Uuid id{};
  std::uint32_t key = kNone;    ///< the KMS key that DescribeTable shows; kNone: not encrypted
  std::uint32_t creations = 0;  ///< a name may be created again after its deletion
  std::uint32_t processes = 0;  ///< processes so far: entity of the present one's draws
  sim::Time created;            ///< CreationDateTime
  sim::Time activated;          ///< when it last became ACTIVE by being made
  /// Version v stands at v - 1. Versions go on when a name is created again, so that no answer and
  /// no cache entry of the former table passes for one of the new.
  std::vector<TableKey> keys;
  std::vector<Structure> structures;
  std::vector<DataKey> data_keys;  ///< by structure
  std::uint32_t group_items = 0;  ///< items that share a data key (item_groups.h); 0: a partition's
  std::vector<std::uint32_t> grants;
  std::uint32_t generated =
      0;                     ///< items it had from its start: the family's, and none if made again
  std::uint32_t origin = 0;  ///< of values generated for this table: index into State::origins
  std::uint32_t generated_origin = 0;  ///< of those it had from its start: a restore's source's
  ItemVersions items;                  ///< empty until the first write
  std::uint32_t holders =
      0;  ///< connections whose cache has this table's key, expired ones included
  Process process;
  Boxed<TableDetail> detail;
};

/// Whose generated values: they are a function of (seed, origin, item, version).
struct Origin {
  std::uint64_t entity = 0;
  std::uint32_t creation = 0;
  /// A replica numbers its versions by itself: the value at its version v is what the writer made
  /// as version v - behind (modulo 2^32).
  std::uint32_t behind = 0;
};

/// An on-demand, SYSTEM or archival backup (dynamodb.md 7.3): a copy of ciphertext with the wrapped
/// keys it needs, under the key of that moment. A restore to a point in time and an export make one
/// for themselves that no caller sees.
struct Backup {
  std::uint64_t id = 0;  ///< drawn part of its ARN
  std::string name;
  events::BackupType type{};
  std::uint32_t table = 0;  ///< its source
  Uuid table_id{};
  sim::Time table_created;
  std::uint32_t step = 0;  ///< 1 + step that made it; 0: DynamoDB itself
  bool available = false, deleted = false;
  bool internal = false;               ///< of a restore to a point in time
  sim::Time at;                        ///< the instant whose contents it has
  sim::Time created, expires;          ///< expires zero: never
  sim::Handle timer = sim::kNoHandle;  ///< its end of CREATING, or its expiry
  std::uint32_t key = kNone;           ///< the KMS key of that moment; kNone: not encrypted
  std::uint32_t version = 0;           ///< of the table key: Table::keys has it for good
  std::vector<Structure> structures;   ///< those that its items are sealed in
  std::vector<DataKey> data_keys;      ///< theirs, in the same order
  std::uint32_t generated = 0, generated_origin = 0;
  ItemVersions items;
  std::map<std::uint32_t, std::vector<std::uint8_t>> given;  ///< by item: see stored_record()
  std::uint64_t bytes = 0, count = 0;                        ///< of the items
  std::uint32_t restoring = kNone;                           ///< table that is being made from it

  // what DescribeBackup shows of the table
  bool provisioned = false, streamed = false;
  std::uint32_t without_local = 0;  ///< as TableDetail has it
  std::uint32_t read_capacity = 0, write_capacity = 0;
  std::uint32_t on_demand_reads = 0, on_demand_writes = 0;
  std::string table_class, ttl_attribute;
  std::vector<std::uint32_t> global_indexes;  ///< those that existed, as the scenario numbers them
};

/// An export to S3 (dynamodb.md 7.4).
struct Export {
  std::uint32_t table = 0;
  std::uint32_t step = 0;
  sim::Time at;  ///< ExportTime
  sim::Time started, ended;
  bool finished = false;
  std::uint32_t items = 0;
  std::uint32_t key = kNone;  ///< the bucket's
  events::KmsError error{};
};

/// A sort key that table metadata has in plaintext, or once had: the boundary of a partition inside
/// one item collection (dynamodb.md 3.2).
struct StoredBoundary {
  std::uint32_t table = 0;
  std::uint32_t creation = 0;   ///< of the table
  std::uint32_t index = kNone;  ///< global index; kNone: the base table
  std::uint64_t hash = 0;
  std::vector<std::uint8_t> sort;  ///< ordered form
  sim::Time since, until;          ///< until zero: it is still there
};

/// The stream of a deleted table: it can be read 24 h more (dynamodb.md 1.3, 7.1).
struct FormerStream {
  std::uint32_t table = 0;
  Uuid table_id{};
  std::vector<Stream> streams;
  std::vector<Structure> structures;  ///< as the table had them
  std::vector<DataKey> data_keys;     ///< only those of shards have a version
  sim::Time ends;                     ///< when all of it is trimmed
  bool gone = false;
};

/// Who has read a shard lately (dynamodb.md 7.1).
struct ShardReader {
  std::uint32_t table = 0;
  std::uint32_t structure = 0;   ///< of the shard
  std::uint32_t connection = 0;  ///< the reader
  sim::Time at;                  ///< when it read last
};

/// Replicas of a global table (dynamodb.md 7.2).
struct ReplicaGroup {
  bool version_2017 = false;
  std::string name;
  std::vector<std::uint32_t> tables;  ///< members, in the order in which they came
  /// (origin, behind) of replicated generated values -> index into State::origins.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> origins;
};

}  // namespace tablekey::model
