// Goal: what a check says about a table is what callers would have seen at that moment, and what an
// answer said is what the caller got. Method: a small world whose table is made, changed and
// deleted at known times.
#include <catch2/catch.hpp>

#include "replay/metrics/metrics.h"
#include "tests/replay/table_story.h"

namespace table_states_test {

namespace {

using namespace tablekey;
using replay::Met;
using replay::Outcome;
using sim::Duration;

Outcome outcome_of(test::SmallScenario scenario, const std::string& check) {
  scenario.expect(check);
  const auto view = scenario.view();
  replay::ExpectationSet expectations(*view);
  const auto world = test::run_world(*view, {&expectations});
  const std::vector<Outcome> outcomes = expectations.finish(world->state());
  REQUIRE(outcomes.size() == 1);
  INFO(check);
  return outcomes.front();
}

/// The table is created at the start in 3 s, written to at 1 min, deleted at 10 min in 5 s.
test::SmallScenario lived() {
  test::SmallScenario scenario = test::table_story();
  scenario.set("model.dynamodb.create_table", "constant(3s)");
  scenario.set("model.dynamodb.delete_table", "constant(5s)");
  test::control(scenario, Duration::seconds(1), "early", events::TableOperation::DESCRIBE_TABLE);
  test::update_item(scenario, Duration::minutes(1), "write", "1");
  test::control(scenario, Duration::minutes(2), "later", events::TableOperation::DESCRIBE_TABLE);
  scenario.step(Duration::minutes(10), "delete",
                [](events::Step::Builder step) { step.initDeleteTable().setTable(0); });
  test::control(scenario, Duration::minutes(11), "gone", events::TableOperation::DESCRIBE_TABLE);
  return scenario;
}

TEST_CASE("a table's status is that of the moment that the check names") {
  CHECK(outcome_of(lived(), "table(BooksTable, at=1s).status == CREATING").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=write).status == ACTIVE").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=2018-02-14T00:10:02Z).status == DELETING").met ==
        Met::met);
  const Outcome end = outcome_of(lived(), "table(BooksTable).status == ACTIVE");
  CHECK(end.met == Met::not_met);
  CHECK(end.measured == "NONE");
}

TEST_CASE("what happens at a moment belongs to it, what happens later does not") {
  // The table becomes ACTIVE at 3 s sharp.
  CHECK(outcome_of(lived(), "table(BooksTable, at=2999ms).status == CREATING").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=3s).status == ACTIVE").met == Met::met);
}

TEST_CASE("items are counted as they exist, and none before or after the table") {
  CHECK(outcome_of(lived(), "table(BooksTable, at=1s).items == 0").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=30s).items == 4").met == Met::met);
  const Outcome after = outcome_of(lived(), "table(BooksTable, at=9m).items >= 5");
  CHECK(after.met == Met::met);
  CHECK(after.number == 5.0);
  CHECK(outcome_of(lived(), "table(BooksTable).items == 0").met == Met::met);
}

TEST_CASE("the key of a table is named in any of its ways") {
  CHECK(outcome_of(lived(), "table(BooksTable, at=5m).key == BooksKey").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=5m).key == alias/books").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=5m).key != owned").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable).key == none").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=5m).sse_status == ENABLED").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable).sse_status == NONE").met == Met::met);
}

TEST_CASE("a key that is lost is noticed at a moment, and a table that has it has none") {
  test::SmallScenario scenario = test::table_story();
  scenario.kms_step(Duration::seconds(30), "disable", events::KmsOperation::DISABLE_KEY);
  test::SmallScenario longer = scenario;
  longer.change([](events::Scenario::Builder all) {
    all.setUntil(all.getStart() + Duration::hours(3).count());
  });
  CHECK(outcome_of(scenario, "table(BooksTable, at=29s).inaccessible_since == none").met ==
        Met::met);
  const Outcome found = outcome_of(longer, "table(BooksTable).inaccessible_since <= 2h");
  CHECK(found.met == Met::met);
  CHECK(found.unit == "s");
  CHECK(outcome_of(longer, "table(BooksTable).inaccessible_since < disable").met == Met::not_met);
  CHECK(outcome_of(longer, "table(BooksTable).status == INACCESSIBLE_ENCRYPTION_CREDENTIALS").met ==
        Met::met);
}

TEST_CASE("indexes and streams are told by what they hold, and what is not there by nothing") {
  CHECK(outcome_of(lived(), "index(BooksTable/by-author, at=5m).status == ACTIVE").met == Met::met);
  CHECK(outcome_of(lived(), "index(BooksTable/by-author).status == NONE").met == Met::met);
  const Outcome none = outcome_of(lived(), "index(BooksTable/by-title).entries == 0");
  CHECK(none.met == Met::no_data);
  CHECK(none.measured == "no such index");
  CHECK(outcome_of(lived(), "stream(BooksTable, at=5m).records == 0").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable, at=5m).partitions == 1").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable).leaked_sort_keys == 0").met == Met::met);
  CHECK(outcome_of(lived(), "table(BooksTable).replica_status == NONE").met == Met::met);
}

TEST_CASE("backups are counted, those of a table that is gone too") {
  test::SmallScenario scenario = lived();
  test::control(scenario, Duration::minutes(5), "backup", events::TableOperation::CREATE_BACKUP,
                [](events::TableCall::Builder call) { call.setBackupName("copy"); });
  CHECK(outcome_of(scenario, "table(BooksTable, at=4m).backups == 0").met == Met::met);
  CHECK(outcome_of(scenario, "table(BooksTable).backups == 1").met == Met::met);
}

TEST_CASE("a moment that the run did not reach measures nothing") {
  test::SmallScenario scenario = lived();
  scenario.expect("table(BooksTable, at=30m).status == NONE");
  const auto view = scenario.view();
  replay::ExpectationSet expectations(*view);
  const auto world = test::run_world(*view, {&expectations}, 10);
  const Outcome cut = expectations.finish(world->state()).front();
  CHECK(cut.met == Met::no_data);
  CHECK(cut.note == "the run ended before that moment");
}

TEST_CASE("what a DescribeTable showed is known by its step") {
  CHECK(outcome_of(lived(), "shown(step=early).status == CREATING").met == Met::met);
  CHECK(outcome_of(lived(), "shown(step=later).status == ACTIVE").met == Met::met);
  const Outcome gone = outcome_of(lived(), "shown(step=gone).status == NONE");
  CHECK(gone.met == Met::no_data);
  CHECK(gone.note.find("not found") != std::string::npos);
  const Outcome ended = outcome_of(lived(), "outcome(step=gone) == ResourceNotFoundException");
  CHECK(ended.met == Met::met);
  CHECK(ended.note.find("not found") != std::string::npos);
}

TEST_CASE("answers of data requests are counted, and compared whole") {
  test::SmallScenario scenario = test::table_story();
  test::scan(scenario, Duration::minutes(1), "first");
  test::scan(scenario, Duration::minutes(2), "again");
  test::update_item(scenario, Duration::minutes(3), "write", "7");
  test::scan(scenario, Duration::minutes(4), "after");
  test::update_item(scenario, Duration::minutes(5), "no", "8", "n = :n");
  CHECK(outcome_of(scenario, "returned(step=first) == 4").met == Met::met);
  CHECK(outcome_of(scenario, "returned(step=after).scanned == 5").met == Met::met);
  CHECK(outcome_of(scenario, "same(step=first, step=again)").met == Met::met);
  const Outcome changed = outcome_of(scenario, "same(step=first, step=after)");
  CHECK(changed.met == Met::not_met);
  CHECK(changed.note.starts_with("result "));
  CHECK(outcome_of(scenario, "differ(step=first, step=after).result").met == Met::met);
  const Outcome refused =
      outcome_of(scenario, "count(step=no, outcome=ConditionalCheckFailedException) == 1");
  CHECK(refused.met == Met::met);
  CHECK(refused.note.find("The conditional request failed") != std::string::npos);
  CHECK(outcome_of(scenario, "requests(op=Scan).count == 3").met == Met::met);
  CHECK(outcome_of(scenario, "requests(result=failed, table=Books).count == 1").met == Met::met);
}

}  // namespace

}  // namespace table_states_test
