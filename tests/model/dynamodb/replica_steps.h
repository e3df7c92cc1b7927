// Stories of several accounts and Regions, and of global tables.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/dynamodb/replicas.h"
#include "model/kms/grant_terms.h"
#include "model/vault.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests {
// Its names are its own: other fixtures use the same words.
inline namespace replica_steps {

using ReplicaKind = events::ReplicaChange::Kind;

/// What is still to be said of the finished scenario, after what was said before.
inline void add_more(Story& story, std::function<void(events::Scenario::Builder)> more) {
  story.more = [earlier = std::move(story.more), more = std::move(more)](auto scenario) {
    if (earlier) earlier(scenario);
    more(scenario);
  };
}

inline void place_table(Story& story, unsigned table, const std::string& region,
                        const std::string& account = std::string(kAccount)) {
  add_more(story, [=](events::Scenario::Builder scenario) {
    scenario.getTables()[table].setLogicalId("Table" + std::to_string(table));
    scenario.getTables()[table].setRegion(region);
    scenario.getTables()[table].setAccount(account);
  });
}

inline const std::vector<std::string>& replica_regions() {
  static const std::vector<std::string> kRegions = {"us-west-2", "eu-west-1", "ap-northeast-1"};
  return kRegions;
}

/// A key of that manager in each of the first `count` Regions.
inline std::vector<KeySpec> regional_keys(std::size_t count, Manager manager) {
  std::vector<KeySpec> keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    keys[i].name = "Key-" + replica_regions()[i];
    keys[i].manager = manager;
    keys[i].region = replica_regions()[i];
    if (manager == Manager::CUSTOMER) keys[i].policy = policy_for({user_arn("db-lead")});
  }
  return keys;
}

/// Books in several Regions, each under the customer key of its Region. `from_start`: the tables
/// are replicas from the start; else only the first is there, and steps make the others: it has the
/// stream that this needs.
inline Story global_books(std::size_t replicas, bool from_start, std::uint32_t items = 4) {
  Story story;
  story.until = 120;
  story.set("dynamodb.global_tables.customer_keys", "true");
  story.set("dynamodb.global_tables.replication_latency", "constant(1s)");
  story.set("dynamodb.global_tables.replica_create", "constant(20s)");
  story.set("dynamodb.global_tables.replica_delete", "constant(30s)");
  story.keys = regional_keys(replicas, Manager::CUSTOMER);
  for (std::size_t i = 0; i < replicas; ++i) {
    story.tables.push_back({.name = "Books",
                            .key = static_cast<std::uint32_t>(i),
                            .created = i == 0 || from_start ? 1.0 : 0.0,
                            .items = items,
                            .stream = !from_start});
  }
  add_more(story, [=](events::Scenario::Builder scenario) {
    for (unsigned i = 0; i < replicas; ++i) {
      auto table = scenario.getTables()[i];
      table.setLogicalId("Books." + replica_regions()[i]);
      table.setRegion(replica_regions()[i]);
      if (i != 0) table.setSpace(0);
      if (from_start) table.setGlobalTable(1);
      if (!from_start) table.setStreamView("NEW_AND_OLD_IMAGES");
      table.setGlobalTableVersion("2019.11.21");
      table.setByStep(i != 0 && !from_start);
    }
  });
  return story;
}

/// A KMS call about the key of that number in its own Region.
inline Fill regional_kms(KmsOperation operation, std::uint32_t key) {
  return call(operation, key,
              [=](events::KmsCall::Builder kms) { kms.setRegion(replica_regions()[key]); });
}

/// UpdateTable ReplicaUpdates with one change. `key`: KMSMasterKeyId, by its ARN.
inline Fill replica_update(std::uint32_t table, ReplicaKind kind, std::uint32_t replica,
                           std::optional<std::uint32_t> key = std::nullopt) {
  return [=](events::Step::Builder step) {
    auto call = step.initControl();
    call.setOperation(events::TableOperation::UPDATE_TABLE);
    call.setTable(table);
    call.setTableName("Books");
    auto changes = call.initReplicaChanges(1);
    changes[0].setKind(kind);
    changes[0].setTable(replica);
    changes[0].setRegion(replica_regions()[replica]);
    if (key) changes[0].initKmsMasterKeyId().setArn(*key);
  };
}

/// CreateGlobalTable and its like.
inline Fill global_table(events::TableOperation operation,
                         const std::vector<std::pair<ReplicaKind, std::uint32_t>>& replicas,
                         const std::string& name = "Books") {
  return [=](events::Step::Builder step) {
    auto call = step.initControl();
    call.setOperation(operation);
    call.setGlobalTableName(name);
    if (!replicas.empty()) call.setTarget(replicas.front().second);
    auto changes = call.initReplicaChanges(static_cast<unsigned>(replicas.size()));
    for (unsigned i = 0; i < replicas.size(); ++i) {
      changes[i].setKind(replicas[i].first);
      changes[i].setTable(replicas[i].second);
      changes[i].setRegion(replica_regions()[replicas[i].second]);
    }
  };
}

/// The item's plaintext at a table, or nothing.
inline std::vector<std::uint8_t> value_at(Play& play, std::uint32_t table, std::uint32_t item) {
  if (play.state().item(table, item).version == 0) return {};
  const auto value = play.world().vault().plaintext(play.state(), table, item);
  return {value.bytes().begin(), value.bytes().end()};
}

/// Every item's plaintext.
inline std::vector<std::vector<std::uint8_t>> contents(Play& play, std::uint32_t table) {
  std::vector<std::vector<std::uint8_t>> all;
  for (std::uint32_t item = 0; item < play.state().item_count(table); ++item) {
    all.push_back(value_at(play, table, item));
  }
  return all;
}

}  // namespace replica_steps
inline events::ReplicaStatus replica_status_of(const Play& play, std::uint32_t table) {
  return play.state().tables[table].detail->replica_status;
}

}  // namespace tablekey::model::tests
