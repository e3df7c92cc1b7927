// Goal: filters find exactly the events they describe, wherever in a trace these lie, and a wrong
// filter is explained. Method: a trace with many small chunks and snapshots, and the same question
// answered by walking all of it.
#include "replay/query.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/replay/sample_run.h"
#include "tests/replay/table_story.h"

namespace query_test {

namespace {

using namespace tablekey;
using events::Event;
using replay::EventQuery;

/// Keeps the numbers of the events it is shown.
class Numbers : public replay::Observer {
 public:
  void event(const model::State&, Event::Reader, std::uint64_t number) override {
    numbers.push_back(number);
  }
  std::vector<std::uint64_t> numbers;
};

/// The same filter over every event of a run.
class Walk : public replay::Observer {
 public:
  explicit Walk(const EventQuery& query) : query_(query) {}
  void event(const model::State& after, Event::Reader event, std::uint64_t number) override {
    if (query_.matches(after, event, number)) numbers.push_back(number);
  }
  std::vector<std::uint64_t> numbers;

 private:
  const EventQuery& query_;
};

/// One trace for all tests here.
struct Recorded {
  replay::sample::TempFolder folder;
  replay::sample::Scenario scenario = replay::sample::load(replay::sample::kBusy, 64);
  std::unique_ptr<replay::RecordedRun> run;

  Recorded() {
    const auto path = folder / "busy.tk";
    replay::sample::record(path, scenario);
    run = std::make_unique<replay::RecordedRun>(replay::RecordedRun::open(path).value());
  }
};

const Recorded& recorded() {
  static const Recorded kRecorded;
  return kRecorded;
}

EventQuery parsed(const std::vector<std::string>& filters) {
  auto query = replay::parse_query(filters, recorded().run->scenario());
  if (!query) FAIL(query.error());
  return *query;
}

std::string refused(const std::vector<std::string>& filters) {
  const auto query = replay::parse_query(filters, recorded().run->scenario());
  REQUIRE_FALSE(query);
  return query.error();
}

std::vector<std::uint64_t> shown(const EventQuery& query) {
  Numbers numbers;
  const auto count = replay::show_events(*recorded().run, query, numbers);
  REQUIRE(count);
  CHECK(*count == numbers.numbers.size());
  return numbers.numbers;
}

std::vector<std::uint64_t> walked(const EventQuery& query) {
  Walk walk(query);
  REQUIRE(recorded().run->fold(recorded().run->file().event_count(), {&walk}));
  return walk.numbers;
}

TEST_CASE("each filter shows what a walk over the whole trace finds, and finds something") {
  const std::vector<std::vector<std::string>> all = {
      {"type=KmsAnswered"},
      {"table=Orders"},
      {"key=Second"},
      {"workload=people"},
      {"workload=web", "connection=3"},
      {"connection=10"},
      {"operation=Decrypt"},
      {"operation=PutItem", "table=Users"},
      {"result=failed"},
      {"result=ok", "type=KmsAnswered"},
      {"result=DisabledException"},
      {"from=10m", "to=20m"},
      {"from=2026-01-01T00:10:00Z", "type=ItemRead"},
      {"cause=0"},
      {"number=100-300"},
      {"number=-5"},
      {"number=77"},
      {"type=ConnectionsClosed", "workload=web"},
      {"from=8m", "table=Orders", "type=DataKeysRewrapped"},
  };
  for (const auto& filters : all) {
    INFO(filters.front());
    const EventQuery query = parsed(filters);
    const std::vector<std::uint64_t> found = shown(query);
    CHECK_FALSE(found.empty());
    CHECK(found == walked(query));
  }
}

TEST_CASE("a range of numbers shows just those events") {
  CHECK(shown(parsed({"number=10-12"})) == std::vector<std::uint64_t>{10, 11, 12});
  CHECK(shown(parsed({"number=64"})) == std::vector<std::uint64_t>{64});
  const std::uint64_t count = recorded().run->file().event_count();
  CHECK(shown(parsed({fmt::format("number={}-", count - 2)})).size() == 2);
  CHECK(shown(parsed({fmt::format("number={}-", count)})).empty());
}

TEST_CASE("a limit shows the first events that match") {
  const std::vector<std::uint64_t> all = shown(parsed({"type=ItemRead"}));
  REQUIRE(all.size() > 3);
  CHECK(shown(parsed({"type=ItemRead", "limit=3"})) ==
        std::vector<std::uint64_t>(all.begin(), all.begin() + 3));
  CHECK(shown(parsed({"type=ItemRead", "limit=0"})).empty());
}

TEST_CASE("bounds of time include both ends") {
  const std::vector<std::uint64_t> at_start = shown(parsed({"to=0s"}));
  REQUIRE_FALSE(at_start.empty());
  CHECK(at_start.front() == 0);
  CHECK(shown(parsed({"from=40m"})).size() >= 1);  // the end of the run
}

TEST_CASE("a connection is found where many were closed at once") {
  const std::vector<std::uint64_t> closings = shown(parsed({"type=ConnectionsClosed"}));
  REQUIRE(closings.size() == 1);
  std::size_t found = 0;
  for (int i = 0; i < 9; ++i) {
    found +=
        shown(parsed({"type=ConnectionsClosed", "workload=web", fmt::format("connection={}", i)}))
            .size();
  }
  CHECK(found > 0);
  CHECK(found < 9);
}

TEST_CASE("a principal is found by its calls and by its connections") {
  const auto count = [](const std::vector<std::string>& filters) {
    return shown(parsed(filters)).size();
  };
  CHECK(shown(parsed({"principal=App"})) == walked(parsed({"principal=App"})));
  // The workloads are App's alone; the timeline's requests are the operator's.
  CHECK(count({"principal=App", "type=ItemRead"}) ==
        count({"type=ItemRead", "workload=web"}) + count({"type=ItemRead", "workload=people"}) +
            count({"type=ItemRead", "workload=audit"}));
  CHECK(count({"principal=App", "type=KmsAnswered", "operation=Decrypt"}) > 0);
  CHECK(count({"principal=App", "operation=DisableKey"}) == 0);
  CHECK(refused({"principal=Ap"}) == "no principal 'Ap'; did you mean 'App'?");
}

TEST_CASE("a wrong filter is explained with the nearest name") {
  CHECK(refused({"tabel=Orders"}) == "no filter 'tabel'; did you mean 'table'?");
  CHECK(refused({"type=KmsAnswerd"}) ==
        "no type of event 'KmsAnswerd'; did you mean 'KmsAnswered'?");
  CHECK(refused({"table=Oders"}) == "no table 'Oders'; did you mean 'Orders'?");
  CHECK(refused({"key=Frist"}) == "no key 'Frist'; did you mean 'First'?");
  CHECK(refused({"workload=wbe"}) == "no workload 'wbe'; did you mean 'web'?");
  CHECK(refused({"operation=Decript"}) == "no operation 'Decript'; did you mean 'Decrypt'?");
  CHECK(refused({"result=AccesDenied"}).find("did you mean 'AccessDenied") != std::string::npos);
}

TEST_CASE("a filter without sense is explained") {
  CHECK(refused({"Orders"}) == "'Orders' is no filter; write name=value, for example table=Books");
  CHECK(refused({"table="}) == "table= wants a value");
  CHECK(refused({"limit=1", "limit=2"}) == "the filter limit is given twice");
  CHECK(refused({"limit=few"}) == "limit wants a whole number, found 'few'");
  CHECK(refused({"from=5"}) == "from needs a unit; write 5m (minutes), 5s or 5h");
  CHECK(refused({"to=soon"}) ==
        "to wants a time, found 'soon'; write 2h (since the start) or 2026-01-01T02:00:00Z");
  CHECK(refused({"from=2h", "to=1h"}) == "to lies before from");
  CHECK(refused({"number=20-10"}) == "number 20-10 ends before it begins");
  CHECK(refused({"connection=99"}) == "there is no connection 99; they count from 0 to 15");
  CHECK(refused({"workload=people", "connection=4"}) ==
        "workload people has no connection 4; they count from 0 to 3");
}

/// How many events of a small world each filter finds.
std::size_t found_by(const test::SmallScenario& scenario, const std::vector<std::string>& filters) {
  const auto view = scenario.view();
  const auto query = replay::parse_query(filters, *view);
  if (!query) FAIL(query.error());
  Walk walk(*query);
  test::run_world(*view, {&walk});
  return walk.numbers.size();
}

TEST_CASE("filters reach requests with parameters and the control plane") {
  test::SmallScenario scenario = test::table_story();
  test::update_item(scenario, sim::Duration::minutes(1), "write", "7");
  test::update_item(scenario, sim::Duration::minutes(2), "no", "8", "n > :n");
  test::control(scenario, sim::Duration::minutes(3), "look",
                events::TableOperation::DESCRIBE_TABLE);
  test::control(scenario, sim::Duration::minutes(4), "save", events::TableOperation::CREATE_BACKUP,
                [](events::TableCall::Builder call) { call.setBackupName("copy"); });
  CHECK(found_by(scenario, {"type=DataAnswered"}) == 2);
  CHECK(found_by(scenario, {"type=DataAnswered", "table=Books"}) == 2);
  CHECK(found_by(scenario, {"type=DataAnswered", "operation=UpdateItem"}) == 2);
  CHECK(found_by(scenario, {"type=DataAnswered", "result=ConditionalCheckFailed"}) == 1);
  CHECK(found_by(scenario, {"type=DataAnswered", "step=write"}) == 1);
  CHECK(found_by(scenario, {"operation=DescribeTable"}) == 1);
  CHECK(found_by(scenario, {"operation=CreateTable"}) == 1);
  CHECK(found_by(scenario, {"type=BackupFinished", "table=Books"}) == 1);
  CHECK(found_by(scenario, {"type=ControlAnswered", "step=save", "result=ok"}) == 1);
}

}  // namespace

}  // namespace query_test
