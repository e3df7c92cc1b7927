// Steps that belong together. Chance alone seldom asks a grant for anything in the second between
// its end and the moment when the data plane knows, or reads at the very end of a cached key's
// life; an episode does.
#include <fmt/format.h>

#include "replay/explore/draft.h"

namespace tablekey::replay::explore {

class Episodes {
 public:
  Episodes(Timeline& timeline, Draft& draft, Dice& dice)
      : timeline_(timeline), draft_(draft), dice_(dice) {}

  /// Somebody holds a grant, uses it, and loses it.
  void life_of_a_grant() {
    const DraftTable* table = table_with_key();
    if (table == nullptr) return;
    const std::string role = dice_.of(draft_.roles), name = table->name;
    const std::string key_arn = fmt::format("!GetAtt {}.Arn", table->key);
    std::int64_t at = begin();
    Part& created = add(at, "kms:CreateGrant");
    const std::string grant = created.name;
    created.fields.push_back(needing("KeyId", key_arn, {table->key}, true));
    created.fields.push_back(needing("GranteePrincipal", "!GetAtt " + role + ".Arn", {role}, true));
    created.fields.push_back(
        {"Operations", dice_.pick({"[Decrypt]", "[Decrypt, DescribeKey]", "[Encrypt]"}), true});
    if (dice_.chance(40)) {
      const std::string other = dice_.of(draft_.tables).name;
      created.fields.push_back(
          {"Constraints",
           fmt::format("{{ EncryptionContextSubset: {{ \"aws:dynamodb:tableName\": {} }} }}",
                       dice_.chance(70) ? name : other)});
    }
    const bool token = dice_.chance(50);
    decrypt(at + delay(draft_.propagation), name, role, token ? grant : "");
    at += static_cast<std::int64_t>(dice_.between(1, 8)) * kMinute;
    decrypt(at - kSecond, name, role, dice_.chance(30) ? grant : "");
    if (dice_.chance(40)) read(at - kSecond, name, role);
    const bool retired = dice_.chance(50);
    Part& ended = add(at, retired ? "kms:RetireGrant" : "kms:RevokeGrant");
    ended.fields.push_back(needing("KeyId", key_arn, {table->key}, true));
    ended.fields.push_back(
        needing("GrantId", fmt::format("!GetAtt {}.GrantId", grant), {grant}, true));
    for (int i = 0; i < 3; ++i) {
      decrypt(at + delay(draft_.propagation), name, role, dice_.chance(40) ? grant : "");
    }
    decrypt(at + 6 * kMinute, name, role, dice_.chance(50) ? grant : "");
    if (dice_.chance(40)) read(at + 7 * kMinute, name, role);
  }

  /// DynamoDB's own grants for a table go; the table lives on.
  void grants_of_a_table() {
    const DraftTable* table = table_with_key();
    if (table == nullptr) return;
    Part& ended = add(begin(), dice_.pick({"kms:RevokeGrant", "kms:RetireGrant"}));
    ended.fields.push_back(needing(
        "grant",
        fmt::format("{{ table: {}, which: {} }}", table->name, dice_.pick({"all", "first"})),
        {table->name}, true));
  }

  /// A key goes and comes back, and is asked all the while.
  void life_of_a_key() {
    const DraftTable* table = table_with_key();
    if (table == nullptr) return;
    const std::string role = dice_.of(draft_.roles), key = table->key, name = table->name;
    std::int64_t at = begin();
    const bool deleted = dice_.chance(35);
    key_step(at, deleted ? "kms:ScheduleKeyDeletion" : "kms:DisableKey", key);
    for (int i = 0; i < 2; ++i) decrypt(at + delay(draft_.key_propagation), name, role, "");
    read(at + static_cast<std::int64_t>(dice_.between(1, 400)) * kSecond, name, role);
    at += static_cast<std::int64_t>(dice_.between(2, 15)) * kMinute;
    if (deleted) {
      key_step(at, "kms:CancelKeyDeletion", key);
      decrypt(at + delay(draft_.key_propagation), name, role, "");
      at += static_cast<std::int64_t>(dice_.between(0, 3)) * kMinute;
    }
    key_step(at, "kms:EnableKey", key);
    for (int i = 0; i < 2; ++i) decrypt(at + delay(draft_.key_propagation), name, role, "");
    read(at + kMinute, name, role);
  }

  /// Reads so far apart as a cached key lives, to the nanosecond.
  void boundary() {
    const std::string name = dice_.of(draft_.tables).name, role = dice_.of(draft_.roles);
    std::int64_t at = begin();
    read(at, name, role);
    at += 10 * kSecond;
    read(at, name, role);
    for (int i = 0; i < 3; ++i) {
      static constexpr std::int64_t kNear[] = {0, 0, -1, 1, kSecond};
      at += draft_.ttl + kNear[dice_.below(5)];
      read(at, name, role);
    }
  }

  /// A table under one key is restored under another.
  void restore() {
    const DraftTable& table = dice_.of(draft_.tables);
    if (table.global) return;
    std::int64_t at = begin();
    const bool to_time = table.recovery && dice_.chance(40);
    std::string backup;
    if (!to_time) {
      Part& made = add(at, "dynamodb:CreateBackup");
      made.fields.push_back(needing("table", table.name, {table.name}, true));
      made.fields.push_back({"BackupName", "saved-by-" + made.name, true});
      backup = made.name;
    }
    at += static_cast<std::int64_t>(dice_.between(1, 5)) * kMinute;
    const std::string target = fmt::format("Restored{}", ++draft_.restores);
    Part& restored =
        add(at, to_time ? "dynamodb:RestoreTableToPointInTime" : "dynamodb:RestoreTableFromBackup");
    if (to_time) {
      restored.fields.push_back(needing("table", table.name, {table.name}, true));
      restored.fields.push_back({"UseLatestRestorableTime", "true", true});
    } else {
      restored.fields.push_back(
          needing("BackupArn", fmt::format("!GetAtt {}.BackupArn", backup), {backup}, true));
    }
    restored.fields.push_back({"TargetTableName", target, true});
    if (dice_.chance(60)) {
      const std::string& key = dice_.of(draft_.keys).name;
      restored.fields.push_back(needing(
          "SSESpecificationOverride",
          fmt::format("{{ Enabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt {}.Arn }}", key),
          {key}));
    }
    const std::string step = restored.name;
    timeline_.as_someone(restored, 70);
    Part& found = add(at + 13 * kMinute, "dynamodb:Scan");
    found.fields.push_back(needing("table", target, {step}, true));
    timeline_.as_someone(found, 20);
  }

  /// A table moves to another key, with readers on their way.
  void switch_of_keys() {
    const DraftTable& table = dice_.of(draft_.tables);
    const std::string& key = dice_.of(draft_.keys).name;
    const std::string role = dice_.of(draft_.roles), name = table.name;
    const std::int64_t at = begin();
    Part& moved = add(at, "dynamodb:UpdateTable");
    moved.fields.push_back(needing("table", name, {name}, true));
    moved.fields.push_back(needing("key", key, {key}, true));
    for (const std::int64_t after : {9, 15, 22, 24, 40}) read(at + after * kSecond, name, role);
    if (!table.key.empty() && dice_.chance(40)) {
      key_step(at + static_cast<std::int64_t>(dice_.between(1, 60)) * kSecond, "kms:DisableKey",
               table.key);
    }
  }

  /// Connections with lives of their own are closed in the middle of one.
  void connections_come_and_go() {
    const std::string workload = dice_.of(draft_.workloads);
    std::int64_t at = begin();
    for (int i = 0; i < 2; ++i) {
      Part& step = add(at, "net:CloseConnections");
      step.fields.push_back(needing("workload", workload, {workload}, true));
      step.fields.push_back({"share", "100%"});
      at += static_cast<std::int64_t>(dice_.between(1, 9)) * kMinute;
    }
  }

  /// Material that was brought goes, and is brought again.
  void imported_material() {
    for (const DraftKey& key : draft_.keys) {
      if (!key.imported) continue;
      const std::string name = key.name;
      const std::int64_t at = begin();
      key_step(at, "kms:DeleteImportedKeyMaterial", name);
      Part& parameters = add(at + kMinute, "kms:GetParametersForImport");
      const std::string given = parameters.name;
      parameters.fields.push_back(needing("key", name, {name}, true));
      parameters.fields.push_back({"WrappingAlgorithm", "RSAES_OAEP_SHA_256", true});
      parameters.fields.push_back({"WrappingKeySpec", "RSA_2048", true});
      Part& brought = add(at + 2 * kMinute, "kms:ImportKeyMaterial");
      brought.fields.push_back(needing("key", name, {name}, true));
      brought.fields.push_back(
          needing("ImportToken", fmt::format("!GetAtt {}.ImportToken", given), {given}, true));
      brought.fields.push_back({"Material", dice_.chance(80) ? "m1" : "m2", true});
      if (dice_.chance(60)) {
        brought.fields.push_back({"ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE", true});
      } else {
        brought.fields.push_back({"ValidTo", "+10m", true});
      }
      return;
    }
  }

 private:
  const DraftTable* table_with_key() {
    std::vector<const DraftTable*> found;
    for (const DraftTable& table : draft_.tables) {
      if (!table.key.empty()) found.push_back(&table);
    }
    return found.empty() ? nullptr : dice_.of(found);
  }
  Part& add(std::int64_t at, const std::string& action) { return timeline_.add(at, action); }
  std::int64_t begin() {
    return kMinute + static_cast<std::int64_t>(
                         dice_.below(static_cast<std::uint64_t>(draft_.until / kSecond) / 2)) *
                         kSecond;
  }
  // At once, before, at and after the moment when a change is known.
  std::int64_t delay(std::int64_t propagation) {
    switch (dice_.below(5)) {
      case 0:
        return 0;
      case 1:
        return propagation / 2;
      case 2:
        return propagation;
      case 3:
        return propagation > 0 ? propagation - 1 : 1;
      default:
        return propagation + 1;
    }
  }
  void decrypt(std::int64_t at, const std::string& table, const std::string& role,
               const std::string& token_of) {
    Part& step = add(at, "kms:Decrypt");
    step.fields.push_back(needing("table", table, {table}, true));
    step.fields.push_back(needing("as", role, {role}, true));
    if (token_of.empty()) return;
    step.fields.push_back(
        needing("GrantTokens", fmt::format("[!GetAtt {}.GrantToken]", token_of), {token_of}));
  }
  void read(std::int64_t at, const std::string& table, const std::string& role) {
    Part& step = add(at, "dynamodb:GetItem");
    const DraftTable* found = nullptr;
    for (const DraftTable& one : draft_.tables) {
      if (one.name == table) found = &one;
    }
    timeline_.item_read(step, *found);
    step.fields.push_back(needing("as", role, {role}, true));
  }
  void key_step(std::int64_t at, const std::string& action, const std::string& key) {
    Part& step = add(at, action);
    step.fields.push_back(needing("KeyId", fmt::format("!GetAtt {}.Arn", key), {key}, true));
    if (action == "kms:ScheduleKeyDeletion") step.fields.push_back({"PendingWindowInDays", "7"});
  }

  Timeline& timeline_;
  Draft& draft_;
  Dice& dice_;
};

void Timeline::episode() {
  Episodes episodes(*this, draft_, dice_);
  switch (dice_.below(10)) {
    case 0:
    case 1:
      return episodes.life_of_a_grant();
    case 2:
      return episodes.life_of_a_key();
    case 3:
    case 4:
      return episodes.boundary();
    case 5:
      return episodes.restore();
    case 6:
      return episodes.switch_of_keys();
    case 7:
      return episodes.imported_material();
    case 8:
      return episodes.connections_come_and_go();
    default:
      return episodes.grants_of_a_table();
  }
}

}  // namespace tablekey::replay::explore
