// Calls of DynamoDB in `explain`.
#include <fmt/format.h>

#include "model/clients/encryptors.h"
#include "model/dynamodb/names.h"
#include "scenarios/explain_steps.h"

namespace tablekey::scenarios {
namespace {

std::string key_text(events::Scenario::Reader scenario, events::KeyReference::Reader key) {
  switch (key.which()) {
    case events::KeyReference::ARN:
      return key_name(scenario, key.getArn());
    case events::KeyReference::ID:
      return key_name(scenario, key.getId());
    case events::KeyReference::TEXT:
      return text(key.getText());
    default:
      return "";
  }
}

std::string encryption(events::Scenario::Reader scenario, events::SseSpecification::Reader sse) {
  if (!sse.getGiven()) return "";
  std::string out;
  if (sse.getHasEnabled()) out += sse.getEnabled() ? " Enabled" : " not Enabled";
  if (sse.getSseType().size() != 0) out += " " + text(sse.getSseType());
  const std::string key = key_text(scenario, sse.getKmsMasterKeyId());
  if (!key.empty()) out += " under " + key;
  return ", SSESpecification" + (out.empty() ? std::string(" empty") : out);
}

std::string_view change_name(events::IndexChange::Kind kind) {
  constexpr std::string_view kNames[] = {"Create", "Update", "Delete"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string limits(events::TableCall::Reader call) {
  std::string out;
  if (call.getOnDemandReads() != 0) {
    out += fmt::format(", at most {} read units", call.getOnDemandReads());
  }
  if (call.getOnDemandWrites() != 0) {
    out += fmt::format(", at most {} write units", call.getOnDemandWrites());
  }
  return out;
}

std::string updates(events::Scenario::Reader scenario, events::TableCall::Reader call) {
  std::string out;
  for (auto change : call.getIndexChanges()) {
    out += fmt::format(", {} index {}", change_name(change.getKind()), text(change.getName()));
  }
  for (auto change : call.getReplicaChanges()) {
    const auto kind = static_cast<events::IndexChange::Kind>(change.getKind());
    out += fmt::format(", {} replica in {}", change_name(kind), text(change.getRegion()));
    const std::string key = key_text(scenario, change.getKmsMasterKeyId());
    if (!key.empty()) out += " under " + key;
  }
  if (call.getHasStream()) {
    out += call.getStreamEnabled() ? ", stream " + text(call.getStreamView()) : ", stream off";
  }
  if (call.getHasBillingMode()) {
    out += call.getProvisioned() ? ", PROVISIONED" : ", PAY_PER_REQUEST";
  }
  if (call.getHasThroughput()) {
    out += fmt::format(", {} read and {} write units", call.getReadCapacity(),
                       call.getWriteCapacity());
  }
  if (call.getOperation() == events::TableOperation::UPDATE_TABLE) out += limits(call);
  if (call.getTableClass().size() != 0) out += ", class " + text(call.getTableClass());
  if (call.getHasDeletionProtection()) {
    out += call.getDeletionProtection() ? ", protected from deletion" : ", no longer protected";
  }
  return out;
}

std::string indexes(std::string_view kind, capnp::List<events::SecondaryIndex>::Reader list) {
  std::string names;
  for (auto index : list) names += (names.empty() ? " " : " and ") + text(index.getName());
  return fmt::format(", {} indexes{}", kind, names.empty() ? " none" : names);
}

// What a restore overrides besides the rest of updates().
std::string overrides(events::TableCall::Reader call) {
  std::string out;
  if (call.getHasLocalIndexOverride()) out += indexes("local", call.getLocalIndexOverride());
  if (call.getHasGlobalIndexOverride()) out += indexes("global", call.getGlobalIndexOverride());
  return out + limits(call);
}

std::string backup(events::Scenario::Reader scenario, events::BackupReference::Reader backup) {
  switch (backup.which()) {
    case events::BackupReference::STEP:
      return " of " + text(scenario.getSteps()[backup.getStep()].getId());
    case events::BackupReference::ARCHIVAL:
      return " of the archival of " + table_name(scenario, backup.getArchival());
    case events::BackupReference::SYSTEM:
      return " of the deletion of " + table_name(scenario, backup.getSystem());
    case events::BackupReference::TEXT:
      return " " + text(backup.getText());
    default:
      return "";
  }
}

std::string item(events::Scenario::Reader scenario, events::ItemCall::Reader item) {
  constexpr std::string_view kNames[] = {"Get", "Put", "Update", "Delete", "ConditionCheck"};
  const std::string value =
      text(item.getKind() == events::ItemCall::Kind::PUT ? item.getValue() : item.getKey());
  std::string out = fmt::format("{} {} {}", kNames[static_cast<std::size_t>(item.getKind())],
                                table_name(scenario, item.getTable()), value);
  if (item.getUpdate().size() != 0) out += fmt::format(" by '{}'", text(item.getUpdate()));
  if (item.getCondition().size() != 0) out += fmt::format(" if '{}'", text(item.getCondition()));
  return out;
}

}  // namespace

std::string control_line(events::Scenario::Reader scenario, events::TableCall::Reader call) {
  std::string out =
      fmt::format("dynamodb:{}", model::dynamodb::operation_name(call.getOperation()));
  const std::string table = table_name(scenario, call.getTable());
  const std::string name = table.empty() ? text(call.getTableName()) : table;
  if (!name.empty()) out += " " + name;
  if (call.getGlobalTableName().size() != 0) out += " " + text(call.getGlobalTableName());
  if (call.getBackupName().size() != 0) out += " as " + text(call.getBackupName());
  out += backup(scenario, call.getBackup());
  if (call.getTarget() != events::K_NONE) out += " into " + table_name(scenario, call.getTarget());
  out += encryption(scenario, call.getSse());
  return out + updates(scenario, call) + overrides(call);
}

std::string request_line(events::Scenario::Reader scenario, events::DataCall::Reader call) {
  if (model::makes_material(call)) {
    const auto encryptor = scenario.getEncryptors()[call.getEncryptor()];
    return fmt::format("tablekey:NewMaterialVersion of '{}' in {}, through encryptor {}",
                       text(encryptor.getKeyName()), table_name(scenario, call.getTable()),
                       text(encryptor.getLogicalId()));
  }
  std::string out =
      fmt::format("dynamodb:{}", model::dynamodb::operation_name(call.getOperation()));
  const std::string table = table_name(scenario, call.getTable());
  if (!table.empty()) out += " on " + table;
  if (call.getIndex().size() != 0) out += "/" + text(call.getIndex());
  if (call.getKeyCondition().size() != 0) {
    out += fmt::format(" where '{}'", text(call.getKeyCondition()));
  }
  if (call.getPartitionKey().size() != 0) out += ", " + text(call.getPartitionKey());
  if (call.getFilter().size() != 0) out += fmt::format(" with '{}'", text(call.getFilter()));
  for (auto one : call.getItems()) out += ", " + item(scenario, one);
  if (call.getEncryptor() != events::K_NONE) {
    const auto encryptor = scenario.getEncryptors()[call.getEncryptor()];
    out += ", through encryptor " + text(encryptor.getLogicalId());
  }
  return out;
}

}  // namespace tablekey::scenarios
