// How what a table has is written down: fields in the order of declaration. Private to the
// archive's own files.
#pragma once

#include "model/state_archive_parts.h"

namespace tablekey::model {

template <class A, Is<TableKey> V>
void visit(A& a, V& v) {
  visit_all(a, v.key, v.blob, v.key_check_value);
}
template <class A, Is<DataKey> V>
void visit(A& a, V& v) {
  visit_all(a, v.structure, v.version, v.wrapped, v.seals, v.bytes);
}
template <class A, Is<Structure> V>
void visit(A& a, V& v) {
  visit_all(a, v.kind, v.index, v.parent, v.gone, v.opened, v.data_key);
}
template <class A, Is<Partition> V>
void visit(A& a, V& v) {
  visit_all(a, v.structure, v.first_hash, v.first_sort, v.first_place, v.second_group,
            v.group_spent, v.bytes, v.items);
  visit_handle(a, v.split);
  visit_all(a, v.delay, v.window, v.window_load, v.hot_seconds, v.undivided);
}
template <class A, Is<Item> V>
void visit(A& a, V& v) {
  visit_all(a, v.version, v.size, v.origin, v.expires, v.given, v.deleted, v.tag_high, v.tag_low);
}
template <class A, Is<ItemVersions> V>
void visit(A& a, V& v) {
  visit_item_versions(a, v);
}
template <class A, Is<GivenItem> V>
void visit(A& a, V& v) {
  visit_all(a, v.sealed, v.iv, v.written, v.writer);
}
template <class A, Is<IndexEntry> V>
void visit(A& a, V& v) {
  visit_all(a, v.version, v.present, v.size, v.tag_high, v.tag_low, v.sealed, v.origin, v.expires,
            v.structure);
}
template <class A, Is<Backlog> V>
void visit(A& a, V& v) {
  visit_all(a, v.item, v.old_version, v.new_version, v.at, v.by_service, v.old_sealed, v.new_sealed,
            v.old_origin, v.new_origin, v.old_size, v.new_size, v.old_expires, v.new_expires);
}
template <class A, Is<GlobalIndex> V>
void visit(A& a, V& v) {
  visit_all(a, v.exists, v.creating, v.backfilling, v.deleting, v.filling, v.backfilled,
            v.partitions, v.entries, v.backlog, v.delay, v.deliveries);
  visit_handle(a, v.propagation);
  visit_handle(a, v.backfill);
}
template <class A, Is<Shard> V>
void visit(A& a, V& v) {
  visit_all(a, v.structure, v.parent, v.partition, v.opened, v.closed, v.first, v.last, v.trimmed);
}
template <class A, Is<StreamRecord> V>
void visit(A& a, V& v) {
  visit_all(a, v.sequence, v.shard, v.item, v.old_version, v.new_version, v.old_origin,
            v.new_origin, v.size, v.name, v.by_service, v.at, v.tag_high, v.tag_low, v.sealed,
            v.old_expires, v.new_expires);
}
template <class A, Is<Stream> V>
void visit(A& a, V& v) {
  visit_all(a, v.enabled, v.label, v.disabled, v.view, v.shards, v.records, v.next_sequence);
}
template <class A, Is<ServiceKey> V>
void visit(A& a, V& v) {
  visit_all(a, v.version, v.decrypted, v.call, v.denied, v.calls);
}
template <class A, Is<Undo> V>
void visit(A& a, V& v) {
  visit_all(a, v.at, v.item, v.before, v.stored);
}
template <class A, Is<Recovery> V>
void visit(A& a, V& v) {
  visit_all(a, v.enabled, v.days, v.since, v.archived, v.waiting, v.unarchived, v.history);
  visit_handle(a, v.archiving);
  visit_handle(a, v.snapshotting);
  visit_all(a, v.log);
}
template <class A, Is<SwitchQuota> V>
void visit(A& a, V& v) {
  visit_all(a, v.window, v.last, v.count);
}
template <class A, Is<ConfigJob> V>
void visit(A& a, V& v) {
  visit_all(a, v.running, v.kind, v.index, v.step, v.started);
  visit_handle(a, v.done);
}
template <class A, Is<ReplicatedChange> V>
void visit(A& a, V& v) {
  visit_all(a, v.item, v.version, v.origin, v.writer, v.deleted, v.written, v.at, v.expires,
            v.stored);
}
template <class A, Is<ReplicationQueue> V>
void visit(A& a, V& v) {
  visit_all(a, v.source, v.taken, v.changes);
  visit_handle(a, v.due);
}
template <class A, Is<TableDetail> V>
void visit(A& a, V& v) {
  visit_all(a, v.provisioned, v.deletion_protection, v.contributor_insights, v.read_capacity,
            v.write_capacity, v.on_demand_reads, v.on_demand_writes, v.reads_paid, v.writes_paid,
            v.without_local, v.billing_switches, v.protection_changed, v.table_class,
            v.class_changes, v.tags, v.ttl_attribute, v.ttl_changed, v.ttl_ahead, v.ttl_due);
  visit_handle(a, v.ttl_scan);
  visit_all(a, v.switch_quota, v.inaccessible, v.inaccessible_since);
  visit_handle(a, v.check);
  visit_handle(a, v.archival);
  visit_all(a, v.archival_backup, v.archived, v.stalled, v.job, v.service_keys, v.partitions,
            v.global_indexes, v.streams, v.stream_backlog, v.stream_delay, v.stream_deliveries,
            v.kept);
  visit_handle(a, v.stream_delivery);
  visit_handle(a, v.shard_change);
  visit_all(a, v.recovery, v.given, v.group, v.replica_status, v.replica_inaccessible);
  visit_handle(a, v.replica_timer);
  visit_all(a, v.replication);
}
template <class A, Is<Process> V>
void visit(A& a, V& v) {
  visit_all(a, v.kind, v.session, v.step, v.key, v.asked, v.last, v.retiring, v.grants, v.retired,
            v.retire_from, v.old_grants, v.calls, v.started, v.ready, v.shown, v.backup, v.source,
            v.source_time);
}
template <class A, Is<Table> V>
void visit(A& a, V& v) {
  visit_all(a, v.family, v.copy, v.lifecycle, v.id, v.key, v.creations, v.processes, v.created,
            v.activated, v.keys, v.structures, v.data_keys, v.group_items, v.grants, v.generated,
            v.origin, v.generated_origin, v.items, v.holders, v.process, v.detail);
}
template <class A, Is<Origin> V>
void visit(A& a, V& v) {
  visit_all(a, v.entity, v.creation, v.behind);
}
template <class A, Is<Backup> V>
void visit(A& a, V& v) {
  visit_all(a, v.id, v.name, v.type, v.table, v.table_id, v.table_created, v.step, v.available,
            v.deleted, v.internal, v.at, v.created, v.expires);
  visit_handle(a, v.timer);
  visit_all(a, v.key, v.version, v.structures, v.data_keys, v.generated, v.generated_origin,
            v.items, v.given, v.bytes, v.count, v.restoring, v.provisioned, v.streamed,
            v.read_capacity, v.write_capacity, v.on_demand_reads, v.on_demand_writes, v.table_class,
            v.ttl_attribute, v.without_local, v.global_indexes);
}
template <class A, Is<Export> V>
void visit(A& a, V& v) {
  visit_all(a, v.table, v.step, v.at, v.started, v.ended, v.finished, v.items, v.key, v.error);
}
template <class A, Is<StoredBoundary> V>
void visit(A& a, V& v) {
  visit_all(a, v.table, v.creation, v.index, v.hash, v.sort, v.since, v.until);
}
template <class A, Is<FormerStream> V>
void visit(A& a, V& v) {
  visit_all(a, v.table, v.table_id, v.streams, v.structures, v.data_keys, v.ends, v.gone);
}
template <class A, Is<ShardReader> V>
void visit(A& a, V& v) {
  visit_all(a, v.table, v.structure, v.connection, v.at);
}
template <class A, Is<ReplicaGroup> V>
void visit(A& a, V& v) {
  visit_all(a, v.version_2017, v.name, v.tables, v.origins);
}
template <class A, Is<RequestToken> V>
void visit(A& a, V& v) {
  visit_all(a, v.token, v.caller, v.step, v.at);
}

}  // namespace tablekey::model
