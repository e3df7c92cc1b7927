// Drawn stories of writes, splits, switches, keys that are lost and come back: at any moment
// partitions tile the key space and everything opens where it lies; in the end a caught-up index is
// its table's projection, and a stream has had each change once, in order (dynamodb.md 3, 7.1).
#include <map>

#include <rapidcheck/catch.h>

#include "sim/random.h"
#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::structures_property_test {
namespace {

class StructureDrawer {
 public:
  explicit StructureDrawer(std::uint64_t seed) : random_(seed) {}

  Story draw() {
    Story story = library(4 + static_cast<std::uint32_t>(pick(12)),
                          1 + static_cast<std::uint32_t>(pick(6)), 400);
    story.seed = pick(1'000'000);
    story.set("dynamodb.partitions.max_bytes", one_of({"400", "900", "10737418240"}));
    story.set("dynamodb.partitions.split_duration", one_of({"constant(0s)", "uniform(0s, 5s)"}));
    story.set("dynamodb.partitions.split_keys", one_of({"fresh", "fresh", "inherit"}));
    story.set("dynamodb.structure_granularity",
              one_of({"partition", "index", "item_group(1)", "item_group(3)"}));
    story.set("dynamodb.data_keys.max_records", one_of({"4294967296", "40"}));
    story.set("dynamodb.background.ttl", one_of({"30m", "1s"}));
    story.set("dynamodb.background.retry", "20s");
    story.set("dynamodb.streams.shard_lifetime", one_of({"4h", "30s"}));
    story.set("dynamodb.indexes.propagation", one_of({"constant(0s)", "uniform(0s, 20s)"}));
    story.set("dynamodb.rewrap_batch", one_of({"1", "64"}));
    story.set("kms.latency", one_of({"constant(10ms)", "uniform(0s, 2s)"}));
    if (chance(2)) story.tables[0].local_indexes = {"l"};
    if (chance(3) != 0) story.tables[0].global_indexes = {"by-genre", "later"};
    story.tables[0].stream = chance(2);
    index_keys(story, static_cast<Projection>(pick(3)), chance(2), 1);
    stream_view(story, "NEW_AND_OLD_IMAGES");
    const std::uint64_t steps = 20 + pick(40);
    for (std::uint64_t i = 0; i < steps; ++i) {
      const double at = 5 + static_cast<double>(pick(2000)) / 10;
      Fill fill = draw_fill(story);
      story.step(at, std::move(fill), chance(2) ? 0 : kNone);
    }
    story.step(210, kms(KmsOperation::ENABLE_KEY, 0));
    story.step(210, kms(KmsOperation::ENABLE_KEY, 1));
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
  std::string text() { return std::string(pick(120), static_cast<char>('a' + pick(3))); }
  std::string genre() { return one_of({"", "essay", "novel", "poem"}); }

  Fill draw_fill(const Story& story) {
    const std::uint32_t generated = story.tables[0].items;
    const auto key = static_cast<std::uint32_t>(pick(2));
    switch (pick(14)) {
      case 0:
        return kms(KmsOperation::DISABLE_KEY, key);
      case 1:
        return kms(KmsOperation::ENABLE_KEY, key);
      case 2:
        return update_table(0, key);
      case 3:
        return chance(2) ? disable_stream() : enable_stream("NEW_AND_OLD_IMAGES");
      case 4:
        if (story.tables[0].global_indexes.empty()) return data(Operation::SCAN, 0, kNone);
        return change_index(
            chance(3) ? events::IndexChange::Kind::DELETE : events::IndexChange::Kind::CREATE, 1,
            "later");
      case 5:
        return data(Operation::DELETE_ITEM, 0, static_cast<std::uint32_t>(pick(generated)));
      default: {
        const auto given = static_cast<std::uint32_t>(pick(8));
        const std::string id = fmt::format("b{}", given / 4);
        const auto at = static_cast<int>(given % 4);
        if (chance(6)) return data(Operation::DELETE_ITEM, 0, generated + given, book(id, at, ""));
        const std::string value = text();
        const std::string kind = genre();
        return data(Operation::PUT_ITEM, 0, generated + given,
                    book(id, at, value, kind, static_cast<int>(pick(3))));
      }
    }
  }

  sim::Random random_;
  std::uint64_t ordinal_ = 0;
};

/// Each change of an item comes once, after those that came before it.
void require_stream_order(const Play& play) {
  std::map<std::uint32_t, std::uint32_t> latest;  // version, by item
  for (const KeptEvent* kept : play.of(Event::STREAM_RECORDS_WRITTEN)) {
    for (const auto record : kept->read().getStreamRecordsWritten().getRecords()) {
      std::uint32_t& version = latest[record.getItem()];
      const bool removed = record.getNewVersion() == 0;
      RC_ASSERT(record.getOldVersion() != 0 || !removed);
      RC_ASSERT(record.getOldVersion() == 0 || record.getOldVersion() >= version);
      if (removed) {
        version = record.getOldVersion() + 1;  // the deletion's own
      } else {
        RC_ASSERT(record.getNewVersion() > version);
        version = record.getNewVersion();
      }
    }
  }
}

/// All records that can be read open, and their images belong to the item.
void require_streams_open(Play& play) {
  const State& state = play.state();
  for (const StreamPlace& place : streams_of(state, 0)) {
    std::uint64_t sequence = 0;
    for (const StreamRecord& record : place.stream->records) {
      RC_ASSERT(record.sequence > sequence);
      sequence = record.sequence;
      const items::AttributeMap images =
          open_stream_record(state, play.world().vault(), place, record, state.now());
      RC_ASSERT(images.contains("Keys"));
      RC_ASSERT(images.contains("OldImage") == (record.old_version != 0));
      RC_ASSERT(images.contains("NewImage") == (record.new_version != 0));
    }
  }
}

}  // namespace

TEST_CASE("whatever happens to keys, partitions, indexes and streams, structures stay sound") {
  rc::prop("drawn stories", [] {
    const Story story = StructureDrawer(*rc::gen::arbitrary<std::uint64_t>()).draw();
    Play play(story);
    for (const double at : {20.0, 60.0, 110.0, 160.0, 209.0, 260.0}) {
      play.run_to(at);
      require_structures(play);
      require_streams_open(play);
    }
    play.run();
    require_structures(play);
    require_stream_order(play);
    const TableDetail& detail = *play.state().tables[0].detail;
    RC_ASSERT(detail.stream_backlog.empty());
    for (const GlobalIndex& index : detail.global_indexes) RC_ASSERT(index.backlog.empty());
    require_laws(story, play);
  });
}

}  // namespace tablekey::model::tests::structures_property_test
