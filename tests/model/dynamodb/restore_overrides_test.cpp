// What a restore takes from its source and what it may make otherwise: billing mode, throughput and
// secondary indexes (dynamodb.md 7.3).
#include "tests/model/dynamodb/backup_steps.h"
#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::restore_overrides_test {
namespace {

using Kind = events::IndexChange::Kind;
using IndexList = capnp::List<events::SecondaryIndex>::Builder;

constexpr const char* kPrefix = "One or more parameter values were invalid: ";

/// Books by id and at, with two global indexes on genre and year and a local one on year, and a
/// table that restores make of it. `by_step` of the global indexes are made by steps.
Story indexed_restorable(unsigned by_step = 0) {
  Story story = library(6, 2, 300);
  story.tables[0].global_indexes = {"by-genre", "by-year"};
  story.tables[0].local_indexes = {"newest"};
  story.tables.push_back(restored_table("Restored"));
  story.tables[1].range_key = true;
  story.tables[1].global_indexes = {"by-genre", "by-year"};
  story.tables[1].local_indexes = {"newest"};
  shares_items(story, 1, 0);
  story.set("dynamodb.backups.restore", "constant(20s)");
  story.set("dynamodb.backups.available_after", "constant(0s)");
  story.set("dynamodb.indexes.creation", "constant(1s)");
  also(story, [=](events::Scenario::Builder scenario) {
    for (auto table : {scenario.getTables()[0], scenario.getTables()[1]}) {
      for (unsigned i = 0; i < 2; ++i) {
        auto index = table.getGlobalIndexes()[i];
        index.initHashKey().setName(i == 0 ? "genre" : "year");
        index.getHashKey().setType(i == 0 ? "S" : "N");
        index.setByStep(i + by_step >= 2);
      }
      auto local = table.getLocalIndexes()[0];
      local.initHashKey().setName("id");
      local.getHashKey().setType("S");
      local.initRangeKey().setName("year");
      local.getRangeKey().setType("N");
    }
  });
  return story;
}

/// GlobalSecondaryIndexOverride with the index of that name, whose key is `key`.
CallFill only_index(const std::string& name, const std::string& key, const std::string& type,
                    std::uint32_t units = 0) {
  return [=](events::TableCall::Builder call) {
    call.setHasGlobalIndexOverride(true);
    IndexList list = call.initGlobalIndexOverride(1);
    list[0].setName(name);
    list[0].initHashKey().setName(key);
    list[0].getHashKey().setType(type);
    list[0].setReadCapacity(units);
    list[0].setWriteCapacity(units);
  };
}

CallFill billing(bool provisioned, std::uint32_t reads, std::uint32_t writes) {
  return [=](events::TableCall::Builder call) {
    call.setHasBillingMode(true);
    call.setProvisioned(provisioned);
    if (reads == 0 && writes == 0) return;
    call.setHasThroughput(true);
    call.setReadCapacity(reads);
    call.setWriteCapacity(writes);
  };
}

CallFill both(const CallFill& first, const CallFill& second) {
  return [=](events::TableCall::Builder call) {
    first(call);
    second(call);
  };
}

/// The numbers of the global indexes that a table has.
std::vector<std::uint32_t> indexes_of(const Play& play, std::uint32_t table) {
  std::vector<std::uint32_t> found;
  const auto& indexes = play.state().tables[table].detail->global_indexes;
  for (std::uint32_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i].exists) found.push_back(i);
  }
  return found;
}

/// What the restore of a story's backup was told, where it is refused and makes no table.
std::string refused_with(Story story, const CallFill& fill) {
  story.step(10, create_backup(0), 0);
  const auto backup = static_cast<std::uint32_t>(story.steps.size() - 1);
  story.step(30, restore_backup(backup, 1, fill), 0);
  const auto play = lawful(story);
  const Reply reply = reply_to(*play, backup + 1);
  CHECK(reply.exception == "ValidationException");
  CHECK(play->state().tables[1].lifecycle == Lifecycle::absent);
  CHECK(play->state().backups[0].restoring == kNone);
  return reply.message;
}

std::unique_ptr<Play> restored_with(Story story, const CallFill& fill) {
  story.step(10, create_backup(0), 0);
  const auto backup = static_cast<std::uint32_t>(story.steps.size() - 1);
  story.step(30, restore_backup(backup, 1, fill), 0);
  auto play = lawful(story);
  REQUIRE(exception_of(*play, backup + 1).empty());
  REQUIRE(play->state().tables[1].lifecycle == Lifecycle::live);
  return play;
}

Story provisioned_story() {
  Story story = restorable(300);
  more_of_tables(story, [](events::Scenario::Builder scenario) {
    auto table = scenario.getTables()[0];
    table.setProvisioned(true);
    table.setReadCapacity(40);
    table.setWriteCapacity(20);
    table.setTableClass("STANDARD_INFREQUENT_ACCESS");
  });
  return story;
}

}  // namespace

TEST_CASE("A restored table has its source's billing mode, throughput and class of that moment") {
  Story story = provisioned_story();
  const auto play = restored_with(story, {});
  const TableDetail& detail = *play->state().tables[1].detail;
  CHECK(detail.provisioned);
  CHECK(detail.read_capacity == 40);
  CHECK(detail.write_capacity == 20);
  CHECK(detail.table_class == "STANDARD_INFREQUENT_ACCESS");
}

TEST_CASE(
    "BillingModeOverride and ProvisionedThroughputOverride stand before what the backup has") {
  const auto on_demand = restored_with(provisioned_story(), billing(false, 0, 0));
  CHECK_FALSE(on_demand->state().tables[1].detail->provisioned);
  CHECK(on_demand->state().tables[1].detail->read_capacity == 0);
  const auto provisioned = restored_with(restorable(300), billing(true, 7, 3));
  CHECK(provisioned->state().tables[1].detail->provisioned);
  CHECK(provisioned->state().tables[1].detail->read_capacity == 7);
  CHECK(provisioned->state().tables[1].detail->write_capacity == 3);
  const auto more = restored_with(provisioned_story(), [](events::TableCall::Builder call) {
    call.setHasThroughput(true);
    call.setReadCapacity(80);
    call.setWriteCapacity(5);
  });
  CHECK(more->state().tables[1].detail->read_capacity == 80);
  CHECK(more->state().tables[1].detail->write_capacity == 5);
}

TEST_CASE("Provisioned throughput that partitions cannot carry splits a restored table") {
  const auto few = restored_with(restorable(300), billing(true, 100, 100));
  CHECK(few->state().tables[1].detail->partitions.size() < 2);
  const auto many = restored_with(restorable(300), billing(true, 100, 4000));
  CHECK(many->state().tables[1].detail->partitions.size() > 1);
}

TEST_CASE("A restore's billing mode and its throughput must agree") {
  CHECK(refused_with(restorable(100), billing(true, 0, 0)) ==
        std::string(kPrefix) +
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
            "PROVISIONED");
  CHECK(refused_with(restorable(100), billing(true, 5, 0)) ==
        std::string(kPrefix) +
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
            "PROVISIONED");
  CHECK(refused_with(provisioned_story(), billing(false, 5, 5)) ==
        std::string(kPrefix) +
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
            "is PAY_PER_REQUEST");
  const CallFill limit = [](events::TableCall::Builder call) {
    call.setHasOnDemandThroughput(true);
    call.setOnDemandReads(10);
  };
  CHECK(refused_with(provisioned_story(), limit) ==
        std::string(kPrefix) +
            "OnDemandThroughput cannot be specified when BillingMode is PROVISIONED");
}

TEST_CASE("OnDemandThroughputOverride limits a restored table until it is provisioned") {
  const CallFill limit = [](events::TableCall::Builder call) {
    call.setHasOnDemandThroughput(true);
    call.setOnDemandReads(1000);
    call.setOnDemandWrites(500);
  };
  Story story = restorable(300);
  const auto play = restored_with(story, limit);
  CHECK(play->state().tables[1].detail->on_demand_reads == 1000);
  CHECK(play->state().tables[1].detail->on_demand_writes == 500);
  story.set("dynamodb.billing_switch_first", "constant(10s)");
  story.step(100, control(TableOperation::UPDATE_TABLE, 1, billing(true, 5, 5)), 0);
  const auto switched = restored_with(story, limit);
  CHECK(switched->state().tables[1].detail->provisioned);
  CHECK(switched->state().tables[1].detail->on_demand_reads == 0);
}

TEST_CASE("A restore has all of its source's indexes, those that are named, or none") {
  using Numbers = std::vector<std::uint32_t>;
  const Story story = indexed_restorable();
  const auto all = restored_with(story, {});
  CHECK(indexes_of(*all, 1) == Numbers{0, 1});
  const auto one = restored_with(story, only_index("by-year", "year", "N"));
  CHECK(indexes_of(*one, 1) == Numbers{1});
  require_structures(*one, 1);
  CHECK(index_facts(one->state(), 1, 1).items == index_facts(one->state(), 0, 1).items);
  const auto none = restored_with(
      story, [](events::TableCall::Builder call) { call.setHasGlobalIndexOverride(true); });
  CHECK(indexes_of(*none, 1).empty());
  require_structures(*none, 1);
}

TEST_CASE("An index is restored that steps had made, and none that they had deleted") {
  Story story = indexed_restorable(1);
  story.step(6, change_index(Kind::CREATE, 1, "by-year"), 0);
  story.step(60, change_index(Kind::DELETE, 0, "by-genre"), 0);
  story.step(100, create_backup(0), 0);
  story.step(110, restore_backup(2, 1), 0);
  const auto play = lawful(story);
  REQUIRE(exception_of(*play, 3).empty());
  CHECK(indexes_of(*play, 1) == std::vector<std::uint32_t>{1});
  require_structures(*play, 1);
}

TEST_CASE("Indexes that a restore names must be the source's, with their keys, each once") {
  const std::string unlike = ": The indexes provided should match existing secondary indexes: ";
  CHECK(refused_with(indexed_restorable(), only_index("by-price", "price", "N")) ==
        kPrefix + ("GlobalSecondaryIndexOverride" + unlike) + "by-price");
  CHECK(refused_with(indexed_restorable(), only_index("by-year", "genre", "S")) ==
        kPrefix + ("GlobalSecondaryIndexOverride" + unlike) + "by-year");
  CHECK(refused_with(indexed_restorable(), only_index("by-year", "year", "S")) ==
        kPrefix + ("GlobalSecondaryIndexOverride" + unlike) + "by-year");
  const CallFill projected = both(only_index("by-year", "year", "N"), [](auto call) {
    call.getGlobalIndexOverride()[0].setProjection(Projection::KEYS_ONLY);
  });
  CHECK(refused_with(indexed_restorable(), projected) ==
        kPrefix + ("GlobalSecondaryIndexOverride" + unlike) + "by-year");
  // One that steps make later is not the backup's.
  CHECK(refused_with(indexed_restorable(1), only_index("by-year", "year", "N")) ==
        kPrefix + ("GlobalSecondaryIndexOverride" + unlike) + "by-year");
  const CallFill twice = [](events::TableCall::Builder call) {
    call.setHasGlobalIndexOverride(true);
    for (auto index : call.initGlobalIndexOverride(2)) {
      index.setName("by-year");
      index.initHashKey().setName("year");
      index.getHashKey().setType("N");
    }
  };
  CHECK(refused_with(indexed_restorable(), twice) ==
        std::string(kPrefix) + "GlobalSecondaryIndexOverride: Duplicate index name: by-year");
  const CallFill local = [](events::TableCall::Builder call) {
    call.setHasLocalIndexOverride(true);
    auto index = call.initLocalIndexOverride(1)[0];
    index.setName("newest");
    index.initHashKey().setName("id");
    index.getHashKey().setType("S");
    index.initRangeKey().setName("at");
    index.getRangeKey().setType("N");
  };
  CHECK(refused_with(indexed_restorable(), local) ==
        kPrefix + ("LocalSecondaryIndexOverride" + unlike) + "newest");
}

TEST_CASE("Each restore into a name decides which local indexes its table has") {
  const CallFill none = [](events::TableCall::Builder call) {
    call.setHasLocalIndexOverride(true);
    call.initLocalIndexOverride(0);
  };
  const auto query = [](std::uint32_t table) {
    return [=](events::Step::Builder step) {
      auto call = step.initRequest();
      call.setOperation(Operation::SCAN);
      call.setTable(table);
      call.setIndex("newest");
    };
  };
  Story story = indexed_restorable();
  story.until = 600;
  story.set("dynamodb.structure_granularity", "item_group(4)");
  story.step(20, create_backup(0), 0);
  story.step(30, restore_backup(0, 1, none), 0);
  story.step(80, query(1), 0);
  story.step(90, create_backup(1, "bare"), 0);
  story.step(100, control(TableOperation::DELETE_TABLE, 1), 0);
  story.step(150, restore_backup(0, 1), 0);
  story.step(200, query(1), 0);
  story.step(210, control(TableOperation::DELETE_TABLE, 1), 0);
  story.step(250, restore_backup(3, 1), 0);
  Play play(story);
  const auto locals = [&] {
    std::size_t found = 0;
    for (const Structure& one : play.state().tables[1].structures) {
      found += one.kind == events::StructureKind::LOCAL_INDEX ? 1U : 0U;
    }
    return found;
  };
  const auto asked = [&](std::size_t step) -> std::string {
    for (const KeptEvent* kept : play.of(Event::DATA_ANSWERED)) {
      const auto answer = kept->read().getDataAnswered();
      if (answer.getStep() == step + 1) return answer.getMessage().cStr();
    }
    return "not answered";
  };
  play.run_to(95);
  CHECK(play.state().tables[1].lifecycle == Lifecycle::live);
  CHECK(locals() == 0);
  CHECK(asked(2).find("The table does not have the specified index: newest") != std::string::npos);
  CHECK(contents_of(play, 1) == contents_of(play, 0));
  play.run_to(205);
  CHECK(play.state().tables[1].lifecycle == Lifecycle::live);
  CHECK(locals() == 1);
  CHECK(asked(6).empty());
  CHECK(require_items_open(play, 1) == 6);
  play.run();
  CHECK(play.state().tables[1].lifecycle == Lifecycle::live);
  CHECK(locals() == 0);  // as its backup's table
  require_laws(story, play);
}

TEST_CASE("The throughput of an index that is restored follows the billing mode") {
  CHECK(refused_with(indexed_restorable(), only_index("by-year", "year", "N", 5)) ==
        std::string(kPrefix) +
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: by-year "
            "when BillingMode is PAY_PER_REQUEST");
  CHECK(refused_with(indexed_restorable(),
                     both(billing(true, 5, 5), only_index("by-year", "year", "N"))) ==
        std::string(kPrefix) +
            "ReadCapacityUnits and WriteCapacityUnits must both be specified for index: by-year "
            "when BillingMode is PROVISIONED");
  const auto play = restored_with(indexed_restorable(),
                                  both(billing(true, 5, 5), only_index("by-year", "year", "N", 5)));
  CHECK(indexes_of(*play, 1) == std::vector<std::uint32_t>{1});
}

TEST_CASE("A restore to a point in time has the settings that its table has now") {
  Story story = indexed_restorable();
  story.until = 900;
  story.set("dynamodb.billing_switch_first", "constant(5s)");
  also(story, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setPointInTimeRecovery(true);
  });
  story.step(60, control(TableOperation::UPDATE_TABLE, 0, billing(true, 9, 8)), 0);
  story.step(70, change_index(Kind::DELETE, 0, "by-genre"), 0);
  story.step(700, restore_to(0, 40, 1), 0);
  const auto play = lawful(story);
  REQUIRE(exception_of(*play, 2).empty());
  REQUIRE(play->state().tables[1].lifecycle == Lifecycle::live);
  CHECK(play->state().tables[1].detail->read_capacity == 9);
  CHECK(indexes_of(*play, 1) == std::vector<std::uint32_t>{1});
}

}  // namespace tablekey::model::tests::restore_overrides_test
