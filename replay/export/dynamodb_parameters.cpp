// requestParameters of DynamoDB's control plane, operation by operation: what the caller passed.
#include "events/text.h"
#include "model/dynamodb/backups.h"
#include "model/law.h"
#include "replay/export/dynamodb_trail.h"

namespace tablekey::replay::cloudtrail {
namespace {

using events::string_of;
using events::TableOperation;

std::string backup_arn_of(const model::State& state, events::BackupReference::Reader reference) {
  if (reference.isText()) return string_of(reference.getText());
  const std::uint32_t meant = model::backup_meant(state, reference);
  return meant == model::kNone ? std::string() : model::backup_arn(state, meant);
}

/// The parameters of a TableCall, operation by operation.
class ControlParameters {
 public:
  ControlParameters(const model::State& state, events::TableCall::Reader call)
      : state_(state), call_(call) {}

  Json take() {
    switch (call_.getOperation()) {
      case TableOperation::UPDATE_TABLE:
        update();
        break;
      case TableOperation::RESTORE_TABLE_FROM_BACKUP:
      case TableOperation::RESTORE_TABLE_TO_POINT_IN_TIME:
        restore();
        break;
      case TableOperation::EXPORT_TABLE_TO_POINT_IN_TIME:
        export_table();
        break;
      case TableOperation::TAG_RESOURCE:
      case TableOperation::UNTAG_RESOURCE:
      case TableOperation::LIST_TAGS_OF_RESOURCE:
        tags();
        break;
      case TableOperation::CREATE_GLOBAL_TABLE:
      case TableOperation::UPDATE_GLOBAL_TABLE:
      case TableOperation::DESCRIBE_GLOBAL_TABLE:
        global_table();
        break;
      default:
        rest();
    }
    if (call_.getHasLimit()) object_["limit"] = call_.getLimit();
    return std::move(object_);
  }

 private:
  std::string name_of(std::uint32_t family) const {
    if (family == model::kNone) return {};
    return model::at(state_.scenario().families, family).name;
  }
  void text(const char* name, const std::string& value) {
    if (!value.empty()) object_[name] = value;
  }
  std::string table_name() const {
    return call_.getTable() == model::kNone ? string_of(call_.getTableName())
                                            : name_of(call_.getTable());
  }
  std::string arn() const {
    if (call_.getTable() == model::kNone) return string_of(call_.getTableName());
    return state_.table_arn(model::at(state_.scenario().families, call_.getTable()).first_table);
  }

  void update() {
    text("tableName", table_name());
    if (call_.getHasBillingMode()) {
      add_billing(object_, call_.getProvisioned(), call_.getReadCapacity(),
                  call_.getWriteCapacity());
    } else if (call_.getHasThroughput()) {
      object_["provisionedThroughput"] =
          throughput(call_.getReadCapacity(), call_.getWriteCapacity());
    }
    if (call_.getHasOnDemandThroughput()) {
      object_["onDemandThroughput"] =
          request_limits(call_.getOnDemandReads(), call_.getOnDemandWrites());
    }
    if (call_.getSse().getGiven()) {
      object_["sSESpecification"] = sse_parameters(state_, call_.getSse());
    }
    text("tableClass", string_of(call_.getTableClass()));
    if (call_.getHasDeletionProtection()) {
      object_["deletionProtectionEnabled"] = call_.getDeletionProtection();
    }
    if (call_.getHasStream()) stream();
    index_updates();
    replica_updates("replicaUpdates");
  }

  void stream() {
    Json& stream = object_["streamSpecification"];
    stream["streamEnabled"] = call_.getStreamEnabled();
    if (call_.getStreamView().size() != 0) {
      stream["streamViewType"] = string_of(call_.getStreamView());
    }
  }

  void index_updates() {
    using Kind = events::IndexChange::Kind;
    const auto tables = state_.scenario().reader().getTables();
    for (const auto change : call_.getIndexChanges()) {
      Json element;
      const bool known = change.getIndex() != model::kNone && call_.getTable() != model::kNone;
      if (change.getKind() == Kind::CREATE && known) {
        const auto indexes = model::at(tables, call_.getTable()).getGlobalIndexes();
        element = index_element(model::at(indexes, change.getIndex()), false);
      } else {
        element["indexName"] = string_of(change.getName());
      }
      if (change.getReadCapacity() != 0) {
        element["provisionedThroughput"] =
            throughput(change.getReadCapacity(), change.getWriteCapacity());
      }
      const char* kind = change.getKind() == Kind::CREATE   ? "create"
                         : change.getKind() == Kind::UPDATE ? "update"
                                                            : "delete";
      object_["globalSecondaryIndexUpdates"].push_back({{kind, std::move(element)}});
    }
  }

  void replica_updates(const char* name) {
    using Kind = events::ReplicaChange::Kind;
    for (const auto change : call_.getReplicaChanges()) {
      Json element;
      element["regionName"] = string_of(change.getRegion());
      const std::string key = named_key(state_, change.getKmsMasterKeyId());
      if (!key.empty()) element["kMSMasterKeyId"] = key;
      const char* kind = change.getKind() == Kind::CREATE   ? "create"
                         : change.getKind() == Kind::UPDATE ? "update"
                                                            : "delete";
      object_[name].push_back({{kind, std::move(element)}});
    }
  }

  void restore() {
    text("targetTableName", name_of(call_.getTarget()));
    if (call_.getOperation() == TableOperation::RESTORE_TABLE_FROM_BACKUP) {
      text("backupArn", backup_arn_of(state_, call_.getBackup()));
    } else {
      text("sourceTableName", table_name());
      if (call_.getUseLatestRestorableTime()) object_["useLatestRestorableTime"] = true;
      if (call_.getRestoreTime() != 0) {
        object_["restoreDateTime"] = element_date(call_.getRestoreTime());
      }
    }
    restore_overrides();
  }

  void restore_overrides() {
    if (call_.getSse().getGiven()) {
      object_["sSESpecificationOverride"] = sse_parameters(state_, call_.getSse());
    }
    if (call_.getHasBillingMode()) {
      object_["billingModeOverride"] = call_.getProvisioned() ? "PROVISIONED" : "PAY_PER_REQUEST";
    }
    if (call_.getHasThroughput()) {
      object_["provisionedThroughputOverride"] =
          throughput(call_.getReadCapacity(), call_.getWriteCapacity());
    }
    if (call_.getHasOnDemandThroughput()) {
      object_["onDemandThroughputOverride"] =
          request_limits(call_.getOnDemandReads(), call_.getOnDemandWrites());
    }
    if (call_.getHasLocalIndexOverride()) {
      Json& list = object_["localSecondaryIndexOverride"] = Json::array();
      for (const auto index : call_.getLocalIndexOverride()) {
        list.push_back(index_element(index, true));
      }
    }
    if (!call_.getHasGlobalIndexOverride()) return;
    Json& list = object_["globalSecondaryIndexOverride"] = Json::array();
    for (const auto index : call_.getGlobalIndexOverride()) {
      list.push_back(index_element(index, false));
    }
  }

  void export_table() {
    text("tableArn", arn());
    if (call_.getRestoreTime() != 0) object_["exportTime"] = element_date(call_.getRestoreTime());
    text("s3Bucket", string_of(call_.getS3Bucket()));
    text("s3SseAlgorithm", string_of(call_.getS3SseAlgorithm()));
    text("s3SseKmsKeyId", named_key(state_, call_.getS3SseKmsKeyId()));
  }

  void tags() {
    text("resourceArn", arn());
    if (call_.getTags().size() != 0) object_["tags"] = tag_list(call_.getTags());
    for (const auto name : call_.getTagKeys()) object_["tagKeys"].push_back(string_of(name));
  }

  void global_table() {
    text("globalTableName", string_of(call_.getGlobalTableName()));
    if (call_.getOperation() == TableOperation::UPDATE_GLOBAL_TABLE) {
      return replica_updates("replicaUpdates");
    }
    for (const auto change : call_.getReplicaChanges()) {
      object_["replicationGroup"].push_back({{"regionName", string_of(change.getRegion())}});
    }
  }

  void rest() {
    if (call_.getOperation() != TableOperation::DELETE_BACKUP &&
        call_.getOperation() != TableOperation::DESCRIBE_BACKUP) {
      text("tableName", table_name());
    }
    text("backupName", string_of(call_.getBackupName()));
    text("backupArn", backup_arn_of(state_, call_.getBackup()));
    switch (call_.getOperation()) {
      case TableOperation::UPDATE_TIME_TO_LIVE:
        object_["timeToLiveSpecification"] = {{"attributeName", string_of(call_.getTtlAttribute())},
                                              {"enabled", call_.getTtlEnabled()}};
        return;
      case TableOperation::UPDATE_CONTINUOUS_BACKUPS: {
        Json& given = object_["pointInTimeRecoverySpecification"];
        given["pointInTimeRecoveryEnabled"] = call_.getPointInTimeRecovery();
        if (call_.getHasRecoveryPeriod()) {
          given["recoveryPeriodInDays"] = call_.getRecoveryPeriodInDays();
        }
        return;
      }
      case TableOperation::UPDATE_CONTRIBUTOR_INSIGHTS:
        object_["contributorInsightsAction"] =
            call_.getContributorInsights() ? "ENABLE" : "DISABLE";
        return;
      default:
        return;
    }
  }

  const model::State& state_;
  events::TableCall::Reader call_;
  Json object_;
};

}  // namespace

Json control_parameters(const model::State& state, events::TableCall::Reader call) {
  return ControlParameters(state, call).take();
}

}  // namespace tablekey::replay::cloudtrail
