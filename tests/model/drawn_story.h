// Small scenarios drawn from a seed, in which everything that this room knows may happen: tables
// come, change their keys and go; keys, grants and policies change; connections come and go; KMS is
// slow or quick, and changes propagate or show at once.
#pragma once

#include <rapidcheck/catch.h>

#include "sim/random.h"
#include "tests/model/world_builder.h"

namespace tablekey::model::tests {

class StoryDrawer {
 public:
  explicit StoryDrawer(std::uint64_t seed) : random_(seed) {}

  Story draw() {
    Story story;
    story.seed = pick(1'000'000);
    story.until = 40 + static_cast<double>(pick(60));
    draw_settings(story);
    story.principals.push_back({"reader", PrincipalKind::USER, ""});
    story.principals.push_back({"app", PrincipalKind::ROLE, ""});
    const std::string both =
        policy_for({user_arn("db-lead"), user_arn("reader"), "arn:aws:iam::111122223333:role/app"});
    story.keys = {{"", Manager::CUSTOMER, both, !chance(10)},
                  {"", Manager::CUSTOMER, both, true},
                  {"", Manager::AWS, std::string(iam::kManagedKeyPolicy), true},
                  {"", Manager::OWNED, "", true}};
    const std::uint64_t tables = 1 + pick(2);
    for (std::uint64_t i = 0; i < tables; ++i) draw_table(story);
    const std::uint64_t workloads = 1 + pick(2);
    for (std::uint64_t i = 0; i < workloads; ++i) draw_workload(story);
    const std::uint64_t steps = pick(18);
    for (std::uint64_t i = 0; i < steps; ++i) draw_step(story);
    return story;
  }

 private:
  std::uint64_t pick(std::uint64_t count) {
    return sim::below(count, random_.draw(1, 1, ordinal_++));
  }
  bool chance(std::uint64_t one_in) { return pick(one_in) == 0; }
  std::string one_of(std::initializer_list<const char*> texts) {
    return *(texts.begin() + pick(texts.size()));
  }

  void draw_settings(Story& story) {
    story.set("kms.latency", one_of({"constant(10ms)", "uniform(0s, 3s)", "constant(0s)",
                                     "lognormal(median=6ms, p99=40ms)"}));
    story.set("kms.propagation", one_of({"constant(0s)", "uniform(0s, 30s)", "constant(5s)"}));
    story.set("kms.key_state_propagation", one_of({"constant(0s)", "uniform(0s, 9s)"}));
    story.set("dynamodb.sse_switch", one_of({"constant(4s)", "uniform(1s, 9s)"}));
    story.set("dynamodb.sse_switch_old_key_shown", one_of({"constant(0s)", "uniform(0s, 4s)"}));
    story.set("dynamodb.create_table_unusable_key_timeout", "20s");
    story.set("dynamodb.rewrap_batch", one_of({"1", "2", "64"}));
    story.set("dynamodb.rewrap_cost", one_of({"0s", "1ms", "700ms"}));
    story.set("dynamodb.grants_per_table", one_of({"1", "2"}));
    story.set("table_key_cache.policy", one_of({"idle-connection", "fixed-connection"}));
    story.set("table_key_cache.ttl", one_of({"1s", "5s", "300s"}));
    story.set("table_key_cache.coalesce", one_of({"true", "false"}));
    story.set("kms.grants_per_key_max", one_of({"50000", "3"}));
  }

  void draw_table(Story& story) {
    TableSpec table;
    table.name = "Table" + std::to_string(story.tables.size());
    table.key = static_cast<std::uint32_t>(pick(4));
    table.creator = chance(5) ? kNone : 0;
    table.created = chance(6) ? 0 : 1 + static_cast<double>(pick(5));
    table.items = static_cast<std::uint32_t>(pick(8));
    table.item_size = 16;
    table.copies = chance(3) ? 3 : 1;
    table.range_key = chance(2);
    table.collection = table.range_key ? 3 : 1;
    if (chance(2)) table.local_indexes = {"l"};
    if (chance(2)) table.global_indexes = {"g", "h"};
    table.stream = chance(2);
    story.tables.push_back(table);
  }

  void draw_workload(Story& story) {
    WorkloadSpec work;
    work.name = "work" + std::to_string(story.workloads.size());
    work.table = static_cast<std::uint32_t>(pick(story.tables.size()));
    work.principal = static_cast<std::uint32_t>(pick(3));
    work.connections = 1 + static_cast<std::uint32_t>(pick(4));
    work.poisson = chance(2);
    const double rate = 0.25 * static_cast<double>(1 + pick(6));
    work.stages = {{10, 0, rate}, {20, rate, rate}};
    work.operations = {{Operation::GET_ITEM, 400'000},
                       {Operation::PUT_ITEM, 250'000},
                       {Operation::DELETE_ITEM, 100'000},
                       {Operation::QUERY, 150'000},
                       {Operation::SCAN, 100'000}};
    if (chance(2)) work.skew = 1.1;
    if (chance(3)) work.starts = 5;
    if (chance(4)) work.stops = 30;
    if (chance(2)) work.requests_per_connection = 1 + pick(6);
    if (chance(3)) work.lifetime = 3;
    if (chance(5)) work.requests = 7;
    // A workload's items are drawn among the generated ones; there must be one.
    story.tables[work.table].items = std::max(1U, story.tables[work.table].items);
    story.workloads.push_back(work);
  }

  std::uint32_t single_table(const Story& story) {
    return static_cast<std::uint32_t>(pick(story.tables.size()));
  }

  void draw_step(Story& story) {
    const double at = 2 + static_cast<double>(pick(3600)) / 100;
    const auto caller = chance(2) ? kNone : static_cast<std::uint32_t>(pick(3));
    const std::uint32_t table = single_table(story);
    story.step(at, draw_fill(story, table), caller);
  }

  Fill draw_fill(Story& story, std::uint32_t table) {
    const auto key = static_cast<std::uint32_t>(pick(4));
    switch (pick(14)) {
      case 0:
        return kms(KmsKind::DISABLE_KEY, key);
      case 1:
        return kms(KmsKind::ENABLE_KEY, key);
      case 2:
        return kms(KmsKind::SCHEDULE_KEY_DELETION, key, kNone, "", 7);
      case 3:
        return kms(KmsKind::CANCEL_KEY_DELETION, key);
      case 4:
        return kms(KmsKind::PUT_KEY_POLICY, key, kNone, policy_for({user_arn("db-lead")}));
      case 5:
        return kms(chance(2) ? KmsKind::REVOKE_GRANT : KmsKind::RETIRE_GRANT, kNone, table);
      case 6:
        return create_table(table);
      case 7:
        return delete_table(table);
      case 8:
      case 9:
        return update_table(table, key);
      case 10:
        return close_connections(static_cast<std::uint32_t>(pick(story.workloads.size())), 500'000);
      case 11:
        return assume_role(2, "session" + std::to_string(pick(2)));
      case 12: {
        const KmsKind kinds[] = {KmsKind::DECRYPT, KmsKind::GENERATE_DATA_KEY,
                                 KmsKind::DESCRIBE_KEY, KmsKind::CREATE_GRANT, KmsKind::ENCRYPT};
        return kms(kinds[pick(5)], key, chance(2) ? kNone : table);
      }
      default: {
        const Operation operations[] = {Operation::GET_ITEM, Operation::PUT_ITEM,
                                        Operation::DELETE_ITEM, Operation::QUERY};
        const std::uint32_t item = story.tables[table].items + static_cast<std::uint32_t>(pick(3));
        return data(operations[pick(4)], table, item, R"({"id":{"S":"given"},"at":{"N":"1"}})");
      }
    }
  }

  sim::Random random_;
  std::uint64_t ordinal_ = 0;
};

}  // namespace tablekey::model::tests
