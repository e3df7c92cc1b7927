// Whatever is written where, and whatever keys are lost and regained meanwhile: when all is quiet,
// every replica of a group holds the same items, and of each item what was written last.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <map>

#include "tests/model/dynamodb/replica_steps.h"

namespace tablekey::model::tests::replicas_property_test {
namespace {

constexpr std::uint32_t kItems = 3;  // generated ones; as many are named by steps
constexpr double kQuiet = 600;       // from then on nothing is written and every key is enabled

std::string book(std::uint32_t item, int title) {
  return fmt::format(R"({{"id":{{"S":"given-{}"}},"title":{{"S":"title {}"}}}})", item, title);
}

struct Write {
  double at = 0;
  std::uint32_t table = 0, item = 0;
  bool deletes = false;
};

// At one of few times, so that several come at once.
Write drawn_write(std::size_t replicas) {
  Write write;
  write.at = 30 + *rc::gen::inRange(0, 60) * 5.0;
  write.table = static_cast<std::uint32_t>(*rc::gen::inRange<std::size_t>(0, replicas));
  write.item = static_cast<std::uint32_t>(*rc::gen::inRange<std::size_t>(kItems, 2 * kItems));
  write.deletes = *rc::gen::inRange(0, 4) == 0;
  return write;
}

void add_writes(Story& story, std::size_t replicas) {
  const auto count = *rc::gen::inRange(1, 25);
  for (int i = 0; i < count; ++i) {
    const Write write = drawn_write(replicas);
    const auto operation = write.deletes ? Operation::DELETE_ITEM : Operation::PUT_ITEM;
    story.step(write.at, data(operation, write.table, write.item, book(write.item, i)), 0);
  }
  for (std::uint32_t table = 0; table < replicas; ++table) {
    if (*rc::gen::inRange(0, 2) == 0) continue;
    WorkloadSpec writer;
    writer.name = fmt::format("writer-{}", table);
    writer.table = table;
    writer.stages = {{300, 0.2, 0.2}};
    writer.poisson = true;
    writer.operations = {{Operation::PUT_ITEM, 700'000}, {Operation::DELETE_ITEM, 300'000}};
    writer.starts = 30;
    writer.stops = 330;
    story.workloads.push_back(writer);
  }
}

void add_faults(Story& story, std::size_t replicas) {
  for (std::uint32_t key = 0; key < replicas; ++key) {
    const auto faults = *rc::gen::inRange(0, 3);
    for (int i = 0; i < faults; ++i) {
      const double from = 20 + *rc::gen::inRange(0, 300);
      const double lasts = 1 + *rc::gen::inRange(0, 250);
      story.step(from, regional_kms(KmsOperation::DISABLE_KEY, key));
      story.step(from + lasts, regional_kms(KmsOperation::ENABLE_KEY, key));
    }
    story.step(kQuiet, regional_kms(KmsOperation::ENABLE_KEY, key));
  }
}

Story drawn_world() {
  const auto replicas = *rc::gen::inRange<std::size_t>(2, 4);
  Story story = global_books(replicas, true, kItems);
  story.until = 1200;
  story.set("dynamodb.background.ttl", "40s");
  story.set("dynamodb.background.retry", "20s");
  story.set("dynamodb.global_tables.replication_latency", "uniform(500ms, 20s)");
  add_writes(story, replicas);
  add_faults(story, replicas);
  return story;
}

// Replicas that steps make and remove while there is writing, some of which is refused.
Story changing_world() {
  Story story = global_books(3, false, kItems);
  story.until = 1200;
  story.set("dynamodb.background.ttl", "40s");
  story.set("dynamodb.background.retry", "20s");
  story.set("dynamodb.global_tables.replication_latency", "uniform(500ms, 20s)");
  const auto at = [](int from) { return from + *rc::gen::inRange(0, 120) * 1.0; };
  story.step(at(10), replica_update(0, ReplicaKind::CREATE, 1, 1), 0);
  story.step(at(60), replica_update(0, ReplicaKind::CREATE, 2, 2), 0);
  story.step(at(180), replica_update(2, ReplicaKind::DELETE, 1), 0);
  story.step(at(260), replica_update(0, ReplicaKind::CREATE, 1, 1), 0);
  add_writes(story, 3);
  add_faults(story, 3);
  return story;
}

/// When and where each item was written last, from the events of local writes alone.
std::map<std::uint32_t, std::pair<std::int64_t, std::uint32_t>> last_writes(const Play& play) {
  std::map<std::uint32_t, std::pair<std::int64_t, std::uint32_t>> last;
  for (const KeptEvent* kept : play.of(Event::ITEM_WRITTEN)) {
    const auto event = kept->read().getItemWritten();
    auto& newest = last[event.getItem()];
    newest = std::max(newest, {kept->read().getTime(), event.getTable()});
  }
  return last;
}

TEST_CASE("replicas hold the same items when all is quiet, and the last write of each") {
  rc::prop("convergence", [] {
    const Story story = drawn_world();
    const auto play = lawful(story);
    const ReplicaGroup& group = play->state().groups.front();
    RC_ASSERT(group.tables.size() == story.tables.size());
    const auto wanted = last_writes(*play);
    for (const std::uint32_t member : group.tables) {
      RC_ASSERT(contents(*play, member) == contents(*play, 0));
      for (const auto& [item, last] : wanted) {
        const WriteStamp stamp = stamp_of(play->state(), member, item);
        RC_ASSERT(stamp.written.nanoseconds() == last.first);
        RC_ASSERT(stamp.writer == last.second);
      }
    }
  });
}

TEST_CASE("replicas that come and go leave the members of the group with the same items") {
  rc::prop("convergence", [] {
    const Story story = changing_world();
    const auto play = lawful(story);
    for (const ReplicaGroup& group : play->state().groups) {
      for (const std::uint32_t member : group.tables) {
        RC_ASSERT(contents(*play, member) == contents(*play, group.tables.front()));
      }
    }
    RC_CLASSIFY(std::ranges::any_of(play->state().groups,
                                    [](const auto& group) { return group.tables.size() == 3; }));
  });
}

}  // namespace
}  // namespace tablekey::model::tests::replicas_property_test
