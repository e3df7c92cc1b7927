// A replica that lost its key: flagged by the health checker, out of its group 20 hours later, and
// kept as a table (dynamodb.md 2.8, 7.2, S18 of section 12).
#include "model/dynamodb/control.h"
#include "tests/model/dynamodb/replica_steps.h"

namespace tablekey::model::tests::replicas_loss_test {
namespace {

using events::ReplicaStatus;

constexpr double kHour = 3600;

std::string book(std::string_view title) {
  return fmt::format(R"({{"id":{{"S":"b"}},"title":{{"S":"{}"}}}})", title);
}

Story losing_a_key(std::size_t replicas, double hours) {
  Story story = global_books(replicas, true);
  story.until = hours * kHour;
  story.step(60, regional_kms(KmsOperation::DISABLE_KEY, 1));
  story.step(10 * kHour, data(Operation::PUT_ITEM, 0, 4, book("Emma")), 0);
  return story;
}

/// When the checker found the key of the table lost, in seconds.
double detected(const Play& play, std::uint32_t table) {
  for (const KeptEvent* kept : play.of(Event::KEY_CHECKED)) {
    const auto event = kept->read().getKeyChecked();
    if (event.getTable() == table && !event.getUsable()) return kept->seconds();
  }
  FAIL("the checker found nothing");
  return 0;
}

TEST_CASE("a replica whose key is lost is flagged, leaves its group after 20 h, and is kept") {
  const Story story = losing_a_key(3, 23);
  const auto play = lawful(story);
  const double found = detected(*play, 1);
  CHECK(found <= 60 + 80 * 60);
  Play watched(story);
  watched.run_to(found + 20 * kHour - 1);
  CHECK(replica_status_of(watched, 1) == ReplicaStatus::INACCESSIBLE_ENCRYPTION_CREDENTIALS);
  CHECK(watched.state().tables[1].detail->replica_inaccessible.nanoseconds() ==
        kStart + static_cast<std::int64_t>(found * 1e9 + 0.5));
  CHECK(watched.state().groups[0].tables.size() == 3);
  // Nobody but the replica itself is the worse for it.
  CHECK(value_at(watched, 0, 4) == value_at(watched, 2, 4));
  CHECK(!value_at(watched, 0, 4).empty());
  CHECK(value_at(watched, 1, 4).empty());
  watched.run_to(found + 20 * kHour + 1);
  CHECK(watched.state().groups[0].tables == std::vector<std::uint32_t>{0, 2});
  CHECK(replica_status_of(watched, 1) == ReplicaStatus::NONE);
  CHECK(dynamodb::shown_status(watched.state(), 1) ==
        events::TableStatus::INACCESSIBLE_ENCRYPTION_CREDENTIALS);
  CHECK(watched.state().tables[1].lifecycle == Lifecycle::live);
}

TEST_CASE("of two replicas the one that is left is an ordinary table") {
  const auto play = lawful(losing_a_key(2, 23));
  CHECK(play->state().groups[0].tables.empty());
  CHECK(replica_status_of(*play, 0) == ReplicaStatus::NONE);
}

TEST_CASE("a key that comes back within 20 h keeps the replica in its group") {
  Story story = losing_a_key(2, 30);
  story.step(15 * kHour, regional_kms(KmsOperation::ENABLE_KEY, 1));
  const auto play = lawful(story);
  CHECK(detected(*play, 1) < 15 * kHour);
  CHECK(replica_status_of(*play, 1) == ReplicaStatus::ACTIVE);
  CHECK(play->state().groups[0].tables.size() == 2);
  CHECK(play->state().tables[1].detail->replica_inaccessible == sim::Time());
  CHECK(value_at(*play, 1, 4) == value_at(*play, 0, 4));
}

TEST_CASE("what a replica wrote last before it was lost does not tell the others apart") {
  Story story = global_books(3, true);
  story.until = 30 * kHour;
  story.set("dynamodb.global_tables.replication_latency", "uniform(1s, 600s)");
  story.set("dynamodb.background.ttl", "20s");
  for (std::uint32_t i = 0; i < 12; ++i) {
    story.step(50 + i * 5,
               data(Operation::PUT_ITEM, 1, 4 + i % 3,
                    fmt::format(R"({{"id":{{"S":"{}"}},"n":{{"N":"{}"}}}})", i % 3, i)),
               0);
  }
  story.step(200, regional_kms(KmsOperation::DISABLE_KEY, 1));
  const auto play = lawful(story);
  REQUIRE(play->state().groups[0].tables == std::vector<std::uint32_t>{0, 2});
  CHECK(contents(*play, 0) == contents(*play, 2));
}

}  // namespace
}  // namespace tablekey::model::tests::replicas_loss_test
