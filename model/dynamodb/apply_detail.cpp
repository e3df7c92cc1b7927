// The settings with which a table begins, and the end of all that it is busy with.
#include <algorithm>

#include "model/applier.h"

namespace tablekey::model {
namespace {

// Settings that stand in a box which most tables do not need: is there anything to put into it?
bool has_detail(events::Table::Reader described) {
  return described.getOnDemandReads() != 0 || described.getOnDemandWrites() != 0 ||
         described.getProvisioned() || described.getReadCapacity() != 0 ||
         described.getWriteCapacity() != 0 || described.getTableClass().size() != 0 ||
         described.getTags().size() != 0 || described.getDeletionProtection() ||
         described.getContributorInsights() || described.getTimeToLive().size() != 0;
}

void copy_settings(events::Table::Reader described, const DynamoDbFigures& figures,
                   TableDetail& detail) {
  detail.provisioned = described.getProvisioned();
  detail.read_capacity = described.getReadCapacity();
  detail.write_capacity = described.getWriteCapacity();
  if (!detail.provisioned) {
    detail.on_demand_reads = described.getOnDemandReads();
    detail.on_demand_writes = described.getOnDemandWrites();
  }
  detail.table_class = described.getTableClass().cStr();
  detail.deletion_protection = figures.deletion_protection && described.getDeletionProtection();
  detail.contributor_insights = described.getContributorInsights();
  detail.ttl_attribute = described.getTimeToLive().cStr();
  for (const auto tag : described.getTags()) {
    detail.tags.emplace_back(tag.getName().cStr(), tag.getValue().cStr());
  }
  std::sort(detail.tags.begin(), detail.tags.end());
}

}  // namespace

// What a restore makes has the settings of its backup; see restored().
void Applier::start_detail(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  const auto described = state_.scenario().reader().getTables()[table.family];
  const bool from_backup = table.process.backup != kNone;
  if (!from_backup && has_detail(described)) {
    copy_settings(described, settings_.dynamodb, table.detail.make());
  }
  start_indexes(index);
  if (!from_backup) start_recovery(index);
  if (!from_backup) start_time_to_live(index);
}

void Applier::end_jobs(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  if (!table.detail) return;
  TableDetail& detail = table.detail.make();
  const auto cancel = [&](sim::Handle& handle) {
    state_.agenda_.cancel(handle);
    handle = sim::kNoHandle;
  };
  for (Partition& partition : detail.partitions) cancel(partition.split);
  for (GlobalIndex& global : detail.global_indexes) {
    cancel(global.propagation);
    cancel(global.backfill);
    for (Partition& partition : global.partitions) cancel(partition.split);
  }
  cancel(detail.ttl_scan);
  cancel(detail.check);
  cancel(detail.archival);
  cancel(detail.stream_delivery);
  cancel(detail.recovery.archiving);
  cancel(detail.recovery.snapshotting);
  cancel(detail.replica_timer);
  for (ReplicationQueue& queue : detail.replication) cancel(queue.due);
  cancel(detail.job.done);
  detail.job = ConfigJob{};
}

// Its stream lives on for a day (dynamodb.md 1.3).
void Applier::end_detail(std::uint32_t index) {
  end_jobs(index);
  end_streams(index);
}

}  // namespace tablekey::model
