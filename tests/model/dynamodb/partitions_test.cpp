// Partitions are split by size, throughput and heat; keys and records follow (dynamodb.md 3.4).
#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::partitions_test {
namespace {

using Cause = events::PartitionSplit::Cause;

std::vector<Cause> causes(const Play& play) {
  std::vector<Cause> found;
  for (const KeptEvent* kept : play.of(Event::PARTITION_SPLIT)) {
    const auto split = kept->read().getPartitionSplit();
    if (split.getChildren().size() != 0 || split.getAt().getHash() != 0) {
      found.push_back(split.getWhy());
    }
  }
  return found;
}

std::size_t partitions(const Play& play) { return base_partitions(play.state(), 0).size(); }

// 40 generated items of 100 bytes; a partition takes 1000.
Story crowded() {
  Story story = library(40, 4);
  story.set("dynamodb.partitions.max_bytes", "1000");
  return story;
}

}  // namespace

TEST_CASE("a partition that reaches its size is split until all are below it") {
  const Story story = crowded();
  const auto play = lawful(story);
  CHECK(partitions(*play) >= 4);
  for (const Cause cause : causes(*play)) CHECK(cause == Cause::SIZE);
  for (const Partition& partition : play->state().tables[0].detail->partitions) {
    CHECK(partition.bytes < 1000);
  }
  require_structures(*play);
  // Collections are small: no split had to go through one.
  CHECK(leakage(play->state()).empty());
}

TEST_CASE("each child has a data key of its own and parts of the local indexes") {
  Story story = crowded();
  story.tables[0].local_indexes = {"l"};
  const auto play = lawful(story);
  const Table& table = play->state().tables[0];
  for (const std::uint32_t partition : base_partitions(play->state(), 0)) {
    const std::uint32_t part = local_index_structure(play->state(), 0, partition, 0);
    CHECK(table.structures[part].parent == partition);
    CHECK(table.data_keys[part].version == 1);
    CHECK_FALSE(table.structures[part].gone);
  }
  CHECK(table.structures[0].gone);
  CHECK(table.data_keys[0].version == 0);
  CHECK(table.structures[1].gone);
  require_structures(*play);
}

TEST_CASE("the scale makes small tables as large as one likes") {
  Story story = library(40, 4);
  story.set("dynamodb.partitions.size_scale", "10000000");
  const auto play = lawful(story);
  CHECK(partitions(*play) > 1);
  require_structures(*play);
}

TEST_CASE("a split asks KMS for the table key once for the time that it is kept") {
  const auto play = lawful(crowded());
  std::size_t asked = 0;
  for (const KeptEvent* kept : play->of(Event::SERVICE_KEY_REQUESTED)) {
    asked += kept->read().getServiceKeyRequested().getJob() == events::ServiceJob::SPLIT;
  }
  CHECK(asked == 1);
  CHECK(causes(*play).size() >= 3);
}

TEST_CASE("without its grant a table is not split, and is when it has one again") {
  Story story = crowded();
  story.until = 1300;
  story.step(4.6, kms(KmsOperation::DISABLE_KEY, 0));
  story.step(700, kms(KmsOperation::ENABLE_KEY, 0));
  Play play(story);
  play.run_to(699);
  CHECK(partitions(play) == 1);
  CHECK(partition_full(play.state(), 0, 0));
  play.run();
  CHECK(partitions(play) >= 4);
  CHECK_FALSE(partition_full(play.state(), 0, 0));
  require_structures(play);
  require_laws(story, play);
}

TEST_CASE("given values are sealed again under the children's keys and open there") {
  Story story = crowded();
  story.tables[0].items = 4;
  for (int i = 0; i < 12; ++i) {
    const auto item = static_cast<std::uint32_t>(4 + i);
    story.step(
        10 + 0.1 * i,
        data(Operation::PUT_ITEM, 0, item, book(fmt::format("b{}", i), 1, std::string(120, 'x'))),
        0);
    story.step(40 + 0.1 * i, data(Operation::GET_ITEM, 0, item, book(fmt::format("b{}", i), 1, "")),
               0);
  }
  const auto play = lawful(story);
  CHECK(partitions(*play) > 1);
  std::size_t moved = 0;
  for (const KeptEvent* kept : play->of(Event::PARTITION_SPLIT)) {
    moved += kept->read().getPartitionSplit().getMoved().size();
  }
  CHECK(moved >= 8);
  CHECK(require_items_open(*play, 0) == 16);
  std::size_t read = 0;
  for (const KeptEvent* kept : play->of(Event::ITEM_READ)) {
    read += kept->read().getItemRead().getVersion() != 0;
  }
  CHECK(read == 12);
  require_structures(*play);
}

TEST_CASE("children that inherit have their parent's key, and nothing is sealed again") {
  Story story = crowded();
  story.set("dynamodb.partitions.split_keys", "inherit");
  for (int i = 0; i < 8; ++i) {
    story.step(4.1 + 0.01 * i,
               data(Operation::PUT_ITEM, 0, static_cast<std::uint32_t>(40 + i),
                    book(fmt::format("b{}", i), 1, "given")),
               0);
  }
  story.step(30, update_table(0, 1));
  const auto play = lawful(story);
  CHECK(partitions(*play) >= 4);
  for (const KeptEvent* kept : play->of(Event::PARTITION_SPLIT)) {
    CHECK(kept->read().getPartitionSplit().getMoved().size() == 0);
  }
  const Table& table = play->state().tables[0];
  for (const std::uint32_t partition : base_partitions(play->state(), 0)) {
    CHECK(table.structures[partition].data_key == 0);
    CHECK(table.data_keys[partition].version == 2);
  }
  require_structures(*play);
}

TEST_CASE("where an index has one data key, splits make none") {
  Story story = crowded();
  story.set("dynamodb.structure_granularity", "index");
  const auto play = lawful(story);
  CHECK(play->state().tables[0].detail->partitions.size() >= 4);
  CHECK(play->state().tables[0].structures.size() == 1);
  CHECK(play->of(Event::SERVICE_KEY_REQUESTED).empty());
  require_structures(*play);
}

TEST_CASE("a data key that has sealed its number of records is followed by another one") {
  Story story = library(4, 1);
  story.set("dynamodb.data_keys.max_records", "10");
  for (int i = 0; i < 25; ++i) {
    story.step(10 + i,
               data(Operation::PUT_ITEM, 0, 4, book("b", 1, "version " + std::to_string(i))), 0);
  }
  const auto play = lawful(story);
  const auto found = causes(*play);
  REQUIRE(found.size() >= 2);
  for (const Cause cause : found) CHECK(cause == Cause::RENEWAL);
  CHECK(partitions(*play) == 1);
  CHECK(base_partitions(play->state(), 0)[0] != 0);
  require_structures(*play);
  // A switch of keys wraps a data key anew, which does not make it another one.
  Story switched = story;
  switched.until = 100;
  switched.step(14, update_table(0, 1));
  switched.set("dynamodb.sse_switch", "constant(1s)");
  switched.set("dynamodb.sse_switch_old_key_shown", "constant(0s)");
  CHECK(causes(*lawful(switched)).size() == found.size());
  Story never = story;
  never.set("dynamodb.data_keys.rotation", "none");
  CHECK(lawful(never)->of(Event::PARTITION_SPLIT).empty());
}

TEST_CASE("provisioned throughput beyond what one partition carries takes several") {
  Story story = library(40, 1);
  also(story, [](events::Scenario::Builder scenario) {
    auto table = scenario.getTables()[0];
    table.setProvisioned(true);
    table.setReadCapacity(6000);
    table.setWriteCapacity(1000);
  });
  const auto play = lawful(story);
  CHECK(partitions(*play) == 3);
  for (const Cause cause : causes(*play)) CHECK(cause == Cause::THROUGHPUT);
  require_structures(*play);
}

TEST_CASE(
    "a partition that is hot for long enough is split, but not with a stream in provisioned mode") {
  Story story = library(40, 1, 120);
  story.set("dynamodb.partitions.heat_min_items", "1");
  story.set("dynamodb.partitions.heat_seconds", "5");
  story.set("dynamodb.partitions.max_read_units", "2");
  WorkloadSpec reader;
  reader.name = "reader";
  reader.stages = {{1e6, 20, 20}};
  reader.stops = 40;
  story.workloads.push_back(reader);
  const auto play = lawful(story);
  const auto found = causes(*play);
  REQUIRE_FALSE(found.empty());
  CHECK(found[0] == Cause::HEAT);
  require_structures(*play);
  Story streaming = story;
  streaming.tables[0].stream = true;
  also(streaming, [](events::Scenario::Builder scenario) {
    auto table = scenario.getTables()[0];
    table.setProvisioned(true);
    table.setReadCapacity(1);
    table.setWriteCapacity(1);
  });
  CHECK(causes(*lawful(streaming)).empty());
}

TEST_CASE("Scans and Queries make partitions hot as reads of single items do") {
  for (const Operation operation : {Operation::SCAN, Operation::QUERY}) {
    Story story = library(40, 40, 120);
    story.set("dynamodb.partitions.heat_min_items", "1");
    story.set("dynamodb.partitions.heat_seconds", "5");
    story.set("dynamodb.partitions.max_read_units", "2");
    WorkloadSpec reader;
    reader.name = "reader";
    reader.stages = {{1e6, 20, 20}};
    reader.stops = 40;
    reader.operations = {{operation, 1'000'000}};
    story.workloads.push_back(reader);
    const auto play = lawful(story);
    const auto found = causes(*play);
    REQUIRE_FALSE(found.empty());
    CHECK(found[0] == Cause::HEAT);
    require_structures(*play);
  }
}

}  // namespace tablekey::model::tests::partitions_test
