// Goal: a workload's requests come when and where its process, pool, users and retries say, and
// what was drawn stands in the events. Method: small worlds with times that can be worked out; for
// random ones, long runs against exact means with fixed seeds.
#include <cmath>
#include <map>
#include <set>

#include "model/dynamodb/item_content.h"
#include "tests/model/world_builder.h"

namespace tablekey::model::tests::load_test {
namespace {

using Process = events::Workload::Process;
using Dispatch = events::Pool::Dispatch;
using Workload = events::Workload::Builder;

/// Books with one workload over `connections`, at so many requests a second each (or, of a pool, in
/// all); its table is ACTIVE, and its connections open, at 4 s.
Story loaded(std::uint32_t connections, double rate, double until,
             std::function<void(Workload)> more) {
  Story story = books(until);
  WorkloadSpec spec;
  spec.name = "load";
  spec.connections = connections;
  spec.poisson = true;
  spec.stages = {{1e6, rate, rate}};
  spec.more = std::move(more);
  story.workloads.push_back(spec);
  return story;
}

struct Read {
  double at = 0;
  std::uint32_t connection = 0;
};

std::vector<Read> reads(const Play& play) {
  std::vector<Read> found;
  for (const KeptEvent* event : play.of(Event::ITEM_READ)) {
    found.push_back({event->seconds(), event->read().getItemRead().getConnection()});
  }
  return found;
}

/// Requests in the order of their arrival.
std::vector<Read> arrivals(const Play& play) {
  std::vector<Read> found;
  for (const KeptEvent& event : play.all()) {
    const auto read = event.read();
    if (read.isItemRead() && read.getItemRead().getVia() == events::Access::HIT) {
      found.push_back({event.seconds(), read.getItemRead().getConnection()});
    } else if (read.isTableKeyRequested()) {
      found.push_back({event.seconds(), read.getTableKeyRequested().getConnection()});
    } else if (read.isRequestWaited()) {
      found.push_back({event.seconds(), read.getRequestWaited().getConnection()});
    }
  }
  return found;
}

void pool(Workload workload, Dispatch dispatch, double idle_close = 0) {
  workload.initPool().setDispatch(dispatch);
  workload.getPool().setIdleClose(static_cast<std::int64_t>(idle_close * 1e9));
}

/// KMS fails from the start on, for so long.
Fill outage(double seconds) {
  return [=](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::OUTAGE);
    fault.setDuration(static_cast<std::int64_t>(seconds * 1e9));
    fault.setRegion("us-west-2");
    fault.setError(KmsError::KMS_INTERNAL);
  };
}

}  // namespace

TEST_CASE("A round robin takes the connections in turn, from one process for all") {
  Play play(loaded(3, 1, 40, [](Workload workload) {
    workload.setProcess(Process::CONSTANT);
    pool(workload, Dispatch::ROUND_ROBIN);
  }));
  play.run();
  const auto found = arrivals(play);
  REQUIRE(found.size() == 36);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].connection == i % 3);
    CHECK(found[i].at == Approx(5.0 + static_cast<double>(i)));
  }
}

TEST_CASE("A random pool splits its process evenly, and requests do not depend on its size") {
  const auto requests = [](std::uint32_t connections) {
    Play play(
        loaded(connections, 10, 400, [](Workload workload) { pool(workload, Dispatch::RANDOM); }));
    play.run();
    return arrivals(play);
  };
  const auto four = requests(4), nine = requests(9);
  REQUIRE(four.size() == nine.size());
  std::map<std::uint32_t, double> counts;
  for (std::size_t i = 0; i < four.size(); ++i) {
    CHECK(four[i].at == nine[i].at);
    ++counts[four[i].connection];
  }
  const auto n = static_cast<double>(four.size());
  CHECK(n == Approx(3960).margin(4 * std::sqrt(3960.0)));
  REQUIRE(counts.size() == 4);
  for (const auto& [connection, count] : counts) {
    CHECK(count == Approx(n / 4).margin(4 * std::sqrt(n * 3 / 16)));
  }
}

TEST_CASE("The connection used last is taken again while it is free") {
  Story story = loaded(5, 1, 100, [](Workload workload) {
    workload.setProcess(Process::CONSTANT);
    workload.setStarts(at_seconds(60));
    pool(workload, Dispatch::MOST_RECENT);
  });
  Play quick(story);
  quick.run();
  for (const Read& read : arrivals(quick)) CHECK(read.connection == 0);
  // KMS takes 2.5 s: the first three requests come while no answer is there.
  story.set("kms.latency", "constant(2500ms)");
  Play slow(story);
  slow.run_to(64);
  const auto found = arrivals(slow);
  REQUIRE(found.size() == 4);
  CHECK(found[0].connection == 0);
  CHECK(found[1].connection == 1);
  CHECK(found[2].connection == 2);
  CHECK(found[3].connection == 0);  // answered at 63.504
}

TEST_CASE("Where every connection is taken, the one whose answer comes first gets the request") {
  Story story = loaded(2, 1, 100, [](Workload workload) {
    workload.setProcess(Process::CONSTANT);
    workload.setStarts(at_seconds(60));
    pool(workload, Dispatch::MOST_RECENT);
  });
  story.set("kms.latency", "constant(9s)");
  Play play(story);
  play.run_to(64);
  const auto found = arrivals(play);
  REQUIRE(found.size() == 4);
  CHECK(found[0].connection == 0);
  CHECK(found[1].connection == 1);
  CHECK(found[2].connection == 0);
  CHECK(play.of(Event::REQUEST_WAITED).size() == 2);
}

TEST_CASE("A pool's connection closes when nobody has used it for a while") {
  Play play(loaded(1, 0.1, 60, [](Workload workload) {
    workload.setProcess(Process::CONSTANT);
    pool(workload, Dispatch::ROUND_ROBIN, 4);
  }));
  play.run();
  const auto closed = play.of(Event::CONNECTION_CLOSED);
  // Requests at 14, 24, 34, 44, 54; each asks KMS for 10 ms and is answered 4 ms later.
  REQUIRE(closed.size() == 5);
  CHECK(closed[0]->read().getConnectionClosed().getWhy() == events::Close::IDLE);
  CHECK(closed[0]->seconds() == Approx(18.014).epsilon(1e-9));
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 5);
}

TEST_CASE("A user thinks after the answer, and sends one request at a time") {
  Story story = loaded(2, 1, 80, [](Workload workload) {
    workload.setProcess(Process::CLOSED);
    workload.setStarts(at_seconds(60));
    workload.setThink("constant(2s)");
  });
  story.set("kms.latency", "constant(5s)");
  Play play(story);
  play.run();
  // Open at 60, think until 62, ask KMS until 67, answer at 67.004, think until 69.004.
  const auto found = reads(play);
  REQUIRE(found.size() >= 6);
  CHECK(found[0].at == Approx(67).epsilon(1e-9));
  CHECK(found[2].at == Approx(69.004).epsilon(1e-9));
  CHECK(found[4].at == Approx(71.008).epsilon(1e-9));
  CHECK(play.of(Event::REQUEST_WAITED).empty());
}

TEST_CASE("A request that failed for a reason that may pass is sent again after a doubling wait") {
  Story story = loaded(1, 0.05, 60, [](Workload workload) {
    workload.setProcess(Process::CONSTANT);
    auto retries = workload.initRetries();
    retries.setAttempts(4);
    retries.setBase(kSecond);
    retries.setCap(3 * kSecond);
    retries.setJitterMillionths(0);
  });
  story.step(10, outage(25));  // the request comes at 24
  Play play(story);
  play.run_to(31);
  const auto failed = play.of(Event::REQUEST_FAILED);
  REQUIRE(failed.size() == 4);
  // A failure takes 10 ms of KMS's and 4 ms of the router's; waits of 1, 2 and 3 s.
  const double at[] = {24.01, 25.024, 27.038, 30.052};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto event = failed[i]->read().getRequestFailed();
    CHECK(failed[i]->seconds() == Approx(at[i]).epsilon(1e-9));
    CHECK(event.getAttempt() == i);
    CHECK((event.getRetryAt() == 0) == (i == 3));
  }
  // A retry is caused by the failure before it, and the next arrival comes when it would have.
  CHECK(play.state().counters.requests == 4);
  play.run();
  const auto asked = play.of(Event::TABLE_KEY_REQUESTED);
  REQUIRE(asked.size() == 5);
  CHECK(asked[1]->read().getTableKeyRequested().getAttempt() == 1);
  CHECK(asked[4]->seconds() == Approx(44).epsilon(1e-9));
  CHECK(asked[4]->read().getTableKeyRequested().getAttempt() == 0);
}

TEST_CASE("Retries that are drawn stay within their bound and are used up by a success") {
  Story story = loaded(40, 0.1, 120, [](Workload workload) {
    auto retries = workload.initRetries();
    retries.setAttempts(3);
    retries.setBase(kSecond);
    retries.setCap(20 * kSecond);
    retries.setJitterMillionths(1'000'000);
  });
  story.step(10, outage(40));
  Play play(story);
  play.run();
  double sum = 0;
  std::size_t first = 0;
  for (const KeptEvent* event : play.of(Event::REQUEST_FAILED)) {
    const auto failed = event->read().getRequestFailed();
    CHECK(failed.getAttempt() <= 2);
    if (failed.getAttempt() == 2) {
      CHECK(failed.getRetryAt() == 0);
      continue;
    }
    const double wait =
        static_cast<double>(failed.getRetryAt() - event->read().getTime()) / 1e9 - 0.004;
    CHECK(wait >= 0);
    CHECK(wait <= (failed.getAttempt() == 0 ? 1 : 2));
    if (failed.getAttempt() != 0) continue;
    sum += wait;
    ++first;
  }
  REQUIRE(first > 50);
  CHECK(sum / static_cast<double>(first) ==
        Approx(0.5).margin(4 * 0.289 / std::sqrt(double(first))));
}

TEST_CASE("A denial is not sent again, nor a request of a workload without retries") {
  Story story = loaded(1, 0.05, 60, [](Workload workload) {
    workload.setProcess(Process::CONSTANT);
    workload.initRetries().setAttempts(3);
    workload.getRetries().setBase(kSecond);
    workload.getRetries().setCap(kSecond);
  });
  story.step(10, kms(KmsKind::DISABLE_KEY, 0));
  Play denied(story);
  denied.run_to(43);
  REQUIRE(denied.of(Event::REQUEST_FAILED).size() == 1);
  CHECK(denied.of(Event::REQUEST_FAILED)[0]->read().getRequestFailed().getRetryAt() == 0);
  Story plain =
      loaded(1, 0.05, 60, [](Workload workload) { workload.setProcess(Process::CONSTANT); });
  plain.step(10, outage(25));
  Play none(plain);
  none.run_to(43);
  CHECK(none.of(Event::REQUEST_FAILED).size() == 1);
}

TEST_CASE("Connections that open over a while do so at random times in it") {
  Play play(
      loaded(200, 1e-6, 700, [](Workload workload) { workload.setStartSpread(600 * kSecond); }));
  play.run();
  std::vector<double> opened;
  for (const KeptEvent* event : play.of(Event::CONNECTION_OPENED)) {
    const auto connection = event->read().getConnectionOpened();
    if (connection.getOpensAt() != 0) {
      CHECK(event->seconds() == Approx(4));
      CHECK(connection.getNext() == 0);
    } else {
      opened.push_back((event->seconds() - 4) / 600);
    }
  }
  REQUIRE(opened.size() == 200);
  double sum = 0;
  for (const double place : opened) {
    CHECK(place > 0);
    CHECK(place <= 1.0000001);
    sum += place;
  }
  CHECK(sum / 200 == Approx(0.5).margin(4 * 0.289 / std::sqrt(200.0)));
}

TEST_CASE("Lives that are drawn have their distribution, life by life") {
  Play play(
      loaded(50, 5, 200, [](Workload workload) { workload.setLifetime("exponential(mean=10s)"); }));
  play.run();
  std::vector<double> lives;
  for (const KeptEvent* event : play.of(Event::CONNECTION_OPENED)) {
    lives.push_back(static_cast<double>(event->read().getConnectionOpened().getLifetime()) / 1e10);
  }
  REQUIRE(lives.size() == 50);
  std::size_t closed = 0;
  for (const KeptEvent* event : play.of(Event::CONNECTION_CLOSED)) {
    const auto connection = event->read().getConnectionClosed();
    CHECK(connection.getWhy() == events::Close::AGE);
    lives.push_back(static_cast<double>(connection.getLifetime()) / 1e10);
    ++closed;
  }
  double sum = 0;
  std::set<double> different;
  for (const double life : lives) {
    sum += life;
    different.insert(life);
  }
  const auto n = static_cast<double>(lives.size());
  CHECK(different.size() == lives.size());
  CHECK(sum / n == Approx(1).margin(4 / std::sqrt(n)));
  // 50 connections over 196 s, each closed for 0.2 s on average before its next request.
  const double expected = 50 * 196 / 10.2;
  CHECK(static_cast<double>(closed) == Approx(expected).margin(4 * std::sqrt(expected)));
}

TEST_CASE("Connections that a step closes have new lives drawn, too") {
  Story story =
      loaded(10, 5, 20, [](Workload workload) { workload.setLifetime("exponential(mean=1000s)"); });
  story.step(10, close_connections(0));
  Play play(story);
  play.run();
  REQUIRE(play.of(Event::CONNECTIONS_CLOSED).size() == 1);
  const auto closed = play.of(Event::CONNECTIONS_CLOSED)[0]->read().getConnectionsClosed();
  REQUIRE(closed.getLifetimes().size() == closed.getConnections().size());
  std::set<std::int64_t> different;
  for (const std::int64_t life : closed.getLifetimes()) different.insert(life);
  CHECK(different.size() == closed.getLifetimes().size());
}

TEST_CASE("Recorded requests come at their times, with their operations, on their tables") {
  Story story = books(100);
  story.tables[0].copies = 2;
  WorkloadSpec spec;
  spec.name = "recorded";
  spec.connections = 4;
  spec.more = [](Workload workload) {
    workload.setProcess(Process::TRACE);
    pool(workload, Dispatch::ROUND_ROBIN);
    auto trace = workload.initTrace();
    const std::int64_t times[] = {0, 10, 10, 20, 30};
    const std::uint32_t copies[] = {1, 0, 1, 1, 1};
    auto list = trace.initTimes(5);
    auto operations = trace.initOperations(5);
    auto tables = trace.initCopies(5);
    for (unsigned i = 0; i < 5; ++i) {
      list.set(i, times[i] * kSecond);
      operations.set(i, i == 1 ? Operation::PUT_ITEM : Operation::GET_ITEM);
      tables.set(i, copies[i]);
    }
  };
  story.workloads.push_back(spec);
  Play play(story);
  play.run();
  const auto asked = play.of(Event::TABLE_KEY_REQUESTED);
  const auto found = arrivals(play);
  REQUIRE(found.size() == 5);
  const double start = found[0].at;  // both tables are ACTIVE
  const double at[] = {0, 10, 10, 20, 30};
  const std::uint32_t connections[] = {1, 0, 3, 1, 3};  // in turn on those of its copy
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(found[i].at == Approx(start + at[i]).epsilon(1e-12));
    CHECK(found[i].connection == connections[i]);
  }
  CHECK(asked[1]->read().getTableKeyRequested().getOperation() == Operation::PUT_ITEM);
  CHECK(play.of(Event::ITEM_WRITTEN).size() == 1);
}

TEST_CASE("Dated requests before the workload's beginning are left out") {
  Story story = loaded(1, 1, 100, [](Workload workload) {
    workload.setProcess(Process::TRACE);
    workload.setStarts(at_seconds(20));
    pool(workload, Dispatch::ROUND_ROBIN);
    auto trace = workload.initTrace();
    trace.setAbsolute(true);
    auto list = trace.initTimes(4);
    for (unsigned i = 0; i < 4; ++i) list.set(i, at_seconds(10 + 10 * i));
  });
  Play play(story);
  play.run();
  const auto found = arrivals(play);
  REQUIRE(found.size() == 3);
  CHECK(found[0].at == Approx(20));
  CHECK(found[2].at == Approx(40));
}

TEST_CASE("Popularity of tables gives each connection its table's share of the rate") {
  Story story = loaded(6, 5, 400, [](Workload workload) {
    workload.setTablePopularity(events::Workload::Popularity::ZIPF);
    workload.setTableSkew(1);
  });
  story.tables[0].copies = 3;
  Play play(story);
  play.run();
  std::map<std::uint32_t, double> counts;
  for (const Read& read : arrivals(play)) ++counts[read.connection % 3];
  const double total = 6 * 5 * 396, harmonic = 1 + 0.5 + 1.0 / 3;
  for (std::uint32_t copy = 0; copy < 3; ++copy) {
    const double expected = total / (copy + 1) / harmonic;
    CHECK(counts[copy] == Approx(expected).margin(4 * std::sqrt(expected)));
  }
}

TEST_CASE("A pool over a family of tables draws the table by popularity, then the connection") {
  Story story = loaded(6, 30, 400, [](Workload workload) {
    pool(workload, Dispatch::RANDOM);
    workload.setTablePopularity(events::Workload::Popularity::ZIPF);
    workload.setTableSkew(1);
  });
  story.tables[0].copies = 3;
  Play play(story);
  play.run();
  std::map<std::uint32_t, double> counts;
  for (const Read& read : arrivals(play)) ++counts[read.connection];
  const double total = 30 * 396, harmonic = 1 + 0.5 + 1.0 / 3;
  for (std::uint32_t connection = 0; connection < 6; ++connection) {
    const double expected = total / (connection % 3 + 1) / harmonic / 2;
    CHECK(counts[connection] == Approx(expected).margin(4 * std::sqrt(expected)));
  }
}

TEST_CASE("A run that goes on from its written state has the same phases, thoughts and retries") {
  Story story = loaded(8, 1, 120, [](Workload workload) {
    workload.setProcess(Process::MMPP);
    auto states = workload.initStates(2);
    states[0].setRate(2);
    states[0].setHold(5 * kSecond);
    states[1].setHold(15 * kSecond);
    workload.setLifetime("exponential(mean=20s)");
    auto retries = workload.initRetries();
    retries.setAttempts(3);
    retries.setBase(2 * kSecond);
    retries.setCap(20 * kSecond);
    retries.setJitterMillionths(500'000);
  });
  WorkloadSpec users;
  users.name = "users";
  users.connections = 3;
  users.more = [](Workload workload) {
    workload.setProcess(Process::CLOSED);
    workload.setThink("exponential(mean=2s)");
  };
  WorkloadSpec fleet;
  fleet.name = "fleet";
  fleet.connections = 3;
  fleet.more = [](Workload workload) { pool(workload, Dispatch::MOST_RECENT, 3); };
  story.workloads.push_back(users);
  story.workloads.push_back(fleet);
  story.step(30, outage(20));
  Play whole(story);
  whole.run_to(41.3);
  const std::vector<std::uint8_t> saved = whole.state().save();
  Play rest(story, saved);
  CHECK(rest.state().save() == saved);
  rest.run();
  whole.run();
  CHECK(rest.state().save() == whole.state().save());
}

TEST_CASE("Sizes of written values are drawn, one for each, and those of the start are not") {
  Story story = loaded(4, 20, 200, [](Workload workload) {
    workload.setItemSize("exponential(mean=1000)");
    auto operations = workload.initOperations(1);
    operations[0].setOperation(Operation::PUT_ITEM);
    operations[0].setMillionths(1'000'000);
  });
  Play play(story);
  play.run();
  std::vector<double> sizes;
  for (const KeptEvent* event : play.of(Event::ITEM_WRITTEN)) {
    sizes.push_back(event->read().getItemWritten().getSize());
  }
  const auto n = static_cast<double>(sizes.size());
  REQUIRE(n > 10'000);
  std::sort(sizes.begin(), sizes.end());
  CHECK(sizes.front() >= 15);  // id, and its 13 characters
  double worst = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 30) continue;  // the smallest item bounds sizes below
    const double cdf = 1 - std::exp(-sizes[i] / 1000);
    worst = std::max(worst, std::abs(cdf - static_cast<double>(i) / n));
  }
  CHECK(worst < 1.63 / std::sqrt(n) + 0.0005);  // 1 % level, and whole bytes
  const Play start(
      loaded(1, 1, 5, [](Workload workload) { workload.setItemSize("exponential(mean=1000)"); }));
  const ItemSpace& space = start.scenario().items(0);
  CHECK(space.draws_sizes());
  CHECK(space.item_size({{1, 0, 0}, 3, 1, {}}) == 100);
  CHECK(space.item_size({{1, 0, 0}, 3, 2, {}}) != space.item_size({{1, 0, 0}, 3, 3, {}}));
}

}  // namespace tablekey::model::tests::load_test
