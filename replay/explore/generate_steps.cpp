// Steps of the timeline, one by one: what each operation takes, and where references come from.
#include <fmt/format.h>

#include <algorithm>

#include "replay/explore/draft.h"

namespace tablekey::replay::explore {

// Round times meet other round times; odd ones fall between.
std::int64_t Timeline::moment() {
  const auto length = static_cast<std::uint64_t>(draft_.until);
  switch (dice_.below(3)) {
    case 0:
      return static_cast<std::int64_t>(dice_.below(length / kMinute)) * kMinute;
    case 1:
      return static_cast<std::int64_t>(dice_.below(length / kSecond)) * kSecond;
    default:
      return static_cast<std::int64_t>(dice_.below(length / 1'000'000)) * 1'000'000;
  }
}

Part& Timeline::add(std::int64_t at, const std::string& action) {
  at = std::min(std::max<std::int64_t>(at, 0), draft_.until);
  Part step{Section::step, fmt::format("s{}", ++draft_.steps), {}};
  Field when{"at", duration_text(at), true};
  for (const std::int64_t unit : {kMinute, kSecond}) {
    const std::string round = duration_text(at / unit * unit);
    if (round != when.value) when.simpler.push_back(round);
  }
  step.fields.push_back(std::move(when));
  step.fields.push_back({"id", step.name, true});
  step.fields.push_back({"do", action, true});
  return draft_.story.parts.emplace_back(std::move(step));
}

void Timeline::as_someone(Part& step, unsigned operator_percent) {
  if (dice_.chance(operator_percent)) return;
  const std::string& role = dice_.of(draft_.roles);
  step.fields.push_back(needing("as", role, {role}));
}

void Timeline::operation() {
  switch (dice_.below(10)) {
    case 0:
    case 1:
      return kms_key_operation();
    case 2:
    case 3:
      return kms_crypto_operation();
    case 4:
    case 5:
      return table_operation();
    case 6:
    case 7:
      return data_operation(moment());
    case 8:
      return fault();
    default:
      return other_operation();
  }
}

void Timeline::kms_key_operation() {
  const DraftKey& key = dice_.of(draft_.keys);
  const std::string action = dice_.pick(
      {"kms:DisableKey", "kms:DisableKey", "kms:EnableKey", "kms:ScheduleKeyDeletion",
       "kms:CancelKeyDeletion", "kms:PutKeyPolicy", "kms:RotateKeyOnDemand",
       "kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:CreateAlias", "kms:TagResource",
       "kms:DescribeKey", "kms:ListGrants", "kms:DeleteImportedKeyMaterial", "kms:ReplicateKey"});
  Part& step = add(moment(), action);
  const bool by_alias = action == "kms:CreateAlias";
  step.fields.push_back(needing(by_alias ? "TargetKeyId" : "KeyId",
                                fmt::format("!GetAtt {}.Arn", key.name), {key.name}, true));
  if (by_alias) step.fields.push_back({"AliasName", "alias/" + step.name, true});
  if (action == "kms:ScheduleKeyDeletion") step.fields.push_back({"PendingWindowInDays", "7"});
  if (action == "kms:TagResource") step.fields.push_back({"Tags", "{ stage: test }", true});
  if (action == "kms:ReplicateKey") step.fields.push_back({"ReplicaRegion", "eu-central-1", true});
  if (action == "kms:PutKeyPolicy") {
    std::vector<std::string> needs;
    const std::string policy = key_policy(dice_, draft_, needs);
    step.fields.push_back(needing("Policy", policy, needs, true));
  }
  as_someone(step, 80);
}

void Timeline::kms_crypto_operation() {
  const DraftTable& table = dice_.of(draft_.tables);
  const DraftKey& key = dice_.of(draft_.keys);
  const std::int64_t at = moment();
  switch (dice_.below(3)) {
    case 0: {
      Part& step = add(at, "kms:Decrypt");
      step.fields.push_back(needing("table", table.name, {table.name}, true));
      return as_someone(step, 10);
    }
    case 1: {
      Part& step = add(at, "kms:GenerateDataKey");
      step.fields.push_back(
          needing("KeyId", fmt::format("!GetAtt {}.Arn", key.name), {key.name}, true));
      step.fields.push_back({"KeySpec", "AES_256", true});
      return as_someone(step, 20);
    }
    default: {
      Part& sealed = add(at, "kms:Encrypt");
      const std::string id = sealed.name;
      sealed.fields.push_back(
          needing("KeyId", fmt::format("!GetAtt {}.Arn", key.name), {key.name}, true));
      sealed.fields.push_back({"PlaintextBytes", "24", true});
      as_someone(sealed, 60);
      Part& opened = add(at + static_cast<std::int64_t>(dice_.below(20)) * kMinute, "kms:Decrypt");
      opened.fields.push_back(
          needing("CiphertextBlob", fmt::format("!GetAtt {}.CiphertextBlob", id), {id}, true));
      return as_someone(opened, 20);
    }
  }
}

void Timeline::table_operation() {
  const DraftTable& table = dice_.of(draft_.tables);
  const DraftKey& key = dice_.of(draft_.keys);
  const std::int64_t at = moment();
  const std::uint64_t kind = dice_.below(11);
  if (kind < 5) {
    Part& step = add(at, "dynamodb:UpdateTable");
    step.fields.push_back(needing("table", table.name, {table.name}, true));
    if (kind < 3) {
      step.fields.push_back(needing("key", key.name, {key.name}, true));
    } else {
      step.fields.push_back({"SSESpecification",
                             kind == 3 ? "{ Enabled: false }" : "{ Enabled: true, SSEType: KMS }",
                             true});
    }
    return as_someone(step, 60);
  }
  if (kind == 5) {
    Part& step = add(at, "dynamodb:UpdateTable");
    step.fields.push_back(needing("table", table.name, {table.name}, true));
    step.fields.push_back({"StreamSpecification",
                           table.stream
                               ? "{ StreamEnabled: false }"
                               : "{ StreamEnabled: true, StreamViewType: NEW_AND_OLD_IMAGES }",
                           true});
    return;
  }
  if (kind == 6) {
    Part& step = add(at, "dynamodb:UpdateTimeToLive");
    step.fields.push_back(needing("table", table.name, {table.name}, true));
    step.fields.push_back(
        {"TimeToLiveSpecification", "{ AttributeName: expires, Enabled: true }", true});
    return;
  }
  if (kind == 7 && dice_.chance(40)) {
    Part& step = add(at, "dynamodb:DeleteTable");
    step.fields.push_back(needing("table", table.name, {table.name}, true));
    return as_someone(step, 80);
  }
  if (kind == 8) {
    Part& step = add(at, "dynamodb:UpdateContinuousBackups");
    step.fields.push_back(needing("table", table.name, {table.name}, true));
    step.fields.push_back(
        {"PointInTimeRecoverySpecification", "{ PointInTimeRecoveryEnabled: true }", true});
    return;
  }
  Part& step = add(at, dice_.pick({"dynamodb:DescribeTable", "dynamodb:CreateBackup",
                                   "dynamodb:DescribeContinuousBackups"}));
  step.fields.push_back(needing("table", table.name, {table.name}, true));
  if (value_of(step.fields, "do") == "dynamodb:CreateBackup") {
    step.fields.push_back({"BackupName", "saved-by-" + step.name, true});
  }
}

std::string Timeline::item_key(const DraftTable& table) {
  const std::string id =
      dice_.chance(60) ? dice_.pick({"a", "b", "c"}) : fmt::format("item-{:08}", dice_.below(5));
  if (!table.ranged) return fmt::format("{{ id: {} }}", id);
  return fmt::format("{{ id: {}, line: {} }}", id,
                     dice_.chance(50) ? "x" : fmt::format("\"{:08}\"", dice_.below(5)));
}

void Timeline::item_write(Part& step, const DraftTable& table) {
  std::string item = item_key(table);
  item.insert(item.size() - 2,
              fmt::format(", note: from-{}, customer: {}", step.name, dice_.pick({"ada", "bea"})));
  step.fields.push_back(needing("table", table.name, {table.name}, true));
  step.fields.push_back({"item", item, true});
}

void Timeline::item_read(Part& step, const DraftTable& table) {
  step.fields.push_back(needing("table", table.name, {table.name}, true));
  step.fields.push_back({"key", item_key(table), true});
}

void Timeline::data_operation(std::int64_t at) {
  const DraftTable& table = dice_.of(draft_.tables);
  const std::string put =
      fmt::format("{{ Put: {{ TableName: {}, Item: {} }} }}", table.name, item_key(table));
  switch (dice_.below(9)) {
    case 0:
    case 1: {
      Part& step = add(at, "dynamodb:GetItem");
      item_read(step, table);
      if (dice_.chance(30)) step.fields.push_back({"ConsistentRead", "true"});
      return as_someone(step, 5);
    }
    case 2:
    case 3: {
      Part& step = add(at, "dynamodb:PutItem");
      item_write(step, table);
      if (!draft_.encryptor.empty() && dice_.chance(60)) {
        const std::string encryptor = draft_.encryptor;
        step.fields.push_back(needing("encryptor", encryptor, {encryptor}));
      }
      return as_someone(step, 5);
    }
    case 4: {
      Part& step = add(at, "dynamodb:Scan");
      step.fields.push_back(needing("table", table.name, {table.name}, true));
      if (!draft_.encryptor.empty() && dice_.chance(40)) {
        step.fields.push_back(needing("encryptor", draft_.encryptor, {draft_.encryptor}));
      }
      return as_someone(step, 5);
    }
    case 5: {
      Part& step = add(at, "dynamodb:DeleteItem");
      item_read(step, table);
      return as_someone(step, 5);
    }
    case 6: {
      Part& step = add(at, "dynamodb:UpdateItem");
      item_read(step, table);
      step.fields.push_back({"UpdateExpression", "\"SET note = :n\"", true});
      step.fields.push_back({"ExpressionAttributeValues", "{ \":n\": new }", true});
      return as_someone(step, 5);
    }
    case 7: {
      Part& step = add(at, "dynamodb:TransactWriteItems");
      step.needs.push_back(table.name);
      step.fields.push_back({"TransactItems", "[" + put + "]", true});
      return as_someone(step, 5);
    }
    default: {
      if (!table.stream) return data_operation(at);
      Part& step = add(at, "dynamodb:GetRecords");
      step.fields.push_back(needing("table", table.name, {table.name}, true));
      step.fields.push_back({"ShardIteratorType", "TRIM_HORIZON", true});
      return as_someone(step, 5);
    }
  }
}

void Timeline::other_operation() {
  const std::string& role = dice_.of(draft_.roles);
  const std::int64_t at = moment();
  switch (dice_.below(4)) {
    case 0: {
      std::vector<std::string> needs = {role};
      std::string policy = identity_policy(dice_, draft_, needs);
      if (policy.empty()) policy = allow_all();
      Part& step = add(at, "iam:PutRolePolicy");
      step.fields.push_back(needing("RoleName", role, {role}, true));
      step.fields.push_back({"PolicyName", dice_.pick({"own", "more"}), true});
      step.fields.push_back(needing("PolicyDocument", policy, needs, true));
      return;
    }
    case 1: {
      Part& step = add(at, "iam:DeleteRolePolicy");
      step.fields.push_back(needing("RoleName", role, {role}, true));
      step.fields.push_back({"PolicyName", "own", true});
      return;
    }
    case 2: {
      const std::string& workload = dice_.of(draft_.workloads);
      Part& step = add(at, "net:CloseConnections");
      step.fields.push_back(needing("workload", workload, {workload}, true));
      step.fields.push_back({"share", dice_.pick({"100%", "50%"})});
      return;
    }
    default: {
      Part& step = add(at, "tablekey:ChangeProfile");
      std::erase_if(step.fields, [](const Field& field) { return field.name == "id"; });
      step.fields.push_back(
          {"profile", dice_.pick({"seed", "measured", "2018-11", "2023-02", "current"}), true});
      return;
    }
  }
}

void Timeline::fault() {
  const std::int64_t at = moment();
  const std::string kind =
      dice_.pick({"fault:KmsOutage", "fault:KmsLatency", "fault:KmsNeighbour", "fault:KmsBrownOut",
                  "fault:NetworkPartition", "fault:RestartRouters", "fault:RegionFailure",
                  "fault:SlowPropagation", "fault:KmsOutage"});
  Part& step = add(at, kind);
  if (kind != "fault:RestartRouters") {
    step.fields.push_back({"duration", dice_.pick({"30s", "2m", "12m"})});
  }
  if (kind == "fault:KmsOutage") {
    step.fields.push_back({"error", dice_.pick({"KMSInternalException", "KeyUnavailableException",
                                                "DependencyTimeoutException"})});
    if (dice_.chance(30)) step.fields.push_back({"share", "50%"});
  }
  if (kind == "fault:KmsLatency") step.fields.push_back({"latency", "2s", true});
  if (kind == "fault:KmsNeighbour") step.fields.push_back({"rate", "10000/s", true});
  if (kind == "fault:KmsBrownOut") {
    step.fields.push_back({"share", "50%", true});
    step.fields.push_back({"latency", "1s", true});
  }
  if (kind == "fault:NetworkPartition") step.fields.push_back({"share", "100%"});
  if (kind == "fault:SlowPropagation") step.fields.push_back({"delay", "40s", true});
}

}  // namespace tablekey::replay::explore
