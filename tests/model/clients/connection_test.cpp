// A connection's lives: what it keeps ends with it (dynamodb.md 4.4), also when it comes again
// while an answer to its former life is still on its way.
#include "tests/model/world_builder.h"

namespace tablekey::model::tests::connection_test {
namespace {

std::size_t entries(const State& state) {
  std::size_t count = 0;
  for (const Connection& connection : state.connections)
    count += state.cache[static_cast<std::size_t>(&connection - state.connections.data())]
                 .entry.version != 0;
  return count;
}

/// One connection that reads every 2 s from 6 s on; a KMS call takes `latency` seconds.
Story reader(double latency, double until = 30) {
  Story story = books_read_every(2, until);
  story.set("kms.latency", "constant(" + std::to_string(static_cast<int>(latency * 1000)) + "ms)");
  return story;
}

}  // namespace

TEST_CASE("A closed connection loses its entry, and its next request asks KMS again") {
  Story story = reader(0.01);
  story.step(11, close_connections(0));
  Play play(story);
  play.run();
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 2);
  const auto asked = play.of(Event::TABLE_KEY_REQUESTED);
  REQUIRE(asked.size() == 2);
  CHECK(asked[1]->read().getTableKeyRequested().getWhy() == events::Miss::COLD);
  CHECK(asked[1]->seconds() == Approx(12).epsilon(1e-12));
}

TEST_CASE("The answer to a connection that was closed serves its request and is not kept") {
  Story story = reader(1, 100);
  story.workloads[0].requests = 1;
  story.workloads[0].starts = 30;  // the first request comes at 32, its answer at 33
  story.step(32.7, close_connections(0));
  Play play(story);
  play.run_to(40);
  REQUIRE(play.of(Event::ITEM_READ).size() == 1);
  CHECK(play.of(Event::ITEM_READ)[0]->seconds() == Approx(33).epsilon(1e-12));
  CHECK(entries(play.state()) == 0);
  CHECK(play.state().tables[0].holders == 0);
  // Nor does the vault keep it.
  play.run();
  CHECK(play.world().vault().held() == 0);
}

TEST_CASE("A connection opened again does not wait for an answer to its former life") {
  Story story = reader(3, 100);
  story.workloads[0].requests = 2;
  story.workloads[0].starts = 30;  // requests at 32 and 34; answers at 35 and 37
  story.step(33, close_connections(0));
  Play play(story);
  play.run_to(36);
  CHECK(play.of(Event::REQUEST_WAITED).empty());
  CHECK(play.of(Event::ITEM_READ).size() == 1);
  CHECK(entries(play.state()) == 0);  // the answer at 35 was the former life's
  play.run_to(38);
  CHECK(play.of(Event::ITEM_READ).size() == 2);
  CHECK(entries(play.state()) == 1);
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 2);
}

TEST_CASE("A refusal for a former life leaves the entry of the present one alone") {
  Story story = reader(3, 100);
  story.workloads[0].requests = 2;
  story.workloads[0].starts = 30;  // the first is decided at 33.5, the second at 35.5
  story.step(33, close_connections(0));
  story.step(32.5, kms(KmsKind::DISABLE_KEY, 0)).step(34.5, kms(KmsKind::ENABLE_KEY, 0));
  Play play(story);
  play.run();
  REQUIRE(play.of(Event::REQUEST_FAILED).size() == 1);
  CHECK(play.of(Event::ITEM_READ).size() == 1);
  const auto asked = play.of(Event::TABLE_KEY_REQUESTED);
  REQUIRE(asked.size() == 2);
  CHECK(asked[1]->read().getTableKeyRequested().getWhy() == events::Miss::COLD);
}

TEST_CASE("Those that waited on a closed connection are served when the answer comes") {
  Story story = reader(3, 100);
  story.workloads[0].starts = 30;  // requests at 32, 34; the answer at 35
  story.workloads[0].requests = 2;
  story.step(34.2, close_connections(0));
  Play play(story);
  play.run();
  CHECK(play.of(Event::REQUEST_WAITED).size() == 1);
  CHECK(play.of(Event::ITEM_READ).size() == 2);
  CHECK(play.state().counters.requests ==
        play.state().counters.served + play.state().counters.failed);
  CHECK(entries(play.state()) == 0);
}

TEST_CASE("A connection closes after its number of requests, and the next one opens it") {
  Story story = books_read_every(1, 30);
  story.workloads[0].requests_per_connection = 4;
  Play play(story);
  play.run();
  const auto closed = play.of(Event::CONNECTION_CLOSED);
  CHECK(closed.size() == 6);  // requests at 5, 6, ... 30: after 8, 12, 16, 20, 24, 28
  for (const KeptEvent* event : closed) {
    CHECK(event->read().getConnectionClosed().getWhy() == events::Close::REQUESTS);
  }
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 7);
}

TEST_CASE("S12: short connections cost a Decrypt each, a long one costs one") {
  Story story = books_read_every(1, 200);
  story.workloads[0].requests_per_connection = 1;
  Play many(story);
  many.run();
  Play one(books_read_every(1, 200));
  one.run();
  CHECK(many.answers(KmsOperation::DECRYPT).size() == many.of(Event::ITEM_READ).size());
  CHECK(one.answers(KmsOperation::DECRYPT).size() == 1);
}

TEST_CASE("A connection closes at its age, and a request then waits for nothing of it") {
  Story story = books_read_every(3, 40);
  story.workloads[0].lifetime = 10;  // opened at 4, closed at 14; opened by the request at 16
  Play play(story);
  play.run();
  const auto closed = play.of(Event::CONNECTION_CLOSED);
  REQUIRE(closed.size() == 3);
  CHECK(closed[0]->seconds() == Approx(14).epsilon(1e-12));
  CHECK(closed[1]->seconds() == Approx(26).epsilon(1e-12));
  CHECK(closed[0]->read().getConnectionClosed().getWhy() == events::Close::AGE);
}

TEST_CASE("Closing a share takes about that share, each connection by its own draw") {
  Story story = books_read_every(1, 30);
  story.workloads[0].connections = 1000;
  story.step(20, close_connections(0, 250'000));
  Play play(story);
  play.run_to(20);
  const auto closed = play.of(Event::CONNECTIONS_CLOSED);
  REQUIRE(closed.size() == 1);
  const auto list = closed[0]->read().getConnectionsClosed().getConnections();
  CHECK(list.size() > 190);
  CHECK(list.size() < 310);
  // Half of the connections: those that are left have the fate that they had.
  Story smaller = books_read_every(1, 30);
  smaller.workloads[0].connections = 500;
  smaller.step(20, close_connections(0, 250'000));
  Play half(smaller);
  half.run_to(20);
  const auto some = half.of(Event::CONNECTIONS_CLOSED)[0]->read().getConnectionsClosed();
  for (unsigned i = 0; i < some.getConnections().size(); ++i) {
    CHECK(some.getConnections()[i] == list[i]);
  }
}

}  // namespace tablekey::model::tests::connection_test
