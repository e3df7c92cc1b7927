// A compiled scenario laid out: what it lacks is said before anything runs.
#include "tests/model/world_builder.h"

namespace tablekey::model::tests::scenario_test {
namespace {

std::string problem(const Story& story) {
  try {
    story.make();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

Story with_workload() { return books_read_every(1, 10); }

}  // namespace

TEST_CASE("A scenario that names what it lacks is refused with a sentence") {
  const std::string lacks = "the compiled scenario names a ";
  CHECK(problem(with_workload()).empty());
  Story story = with_workload();
  story.tables[0].key = 1;
  CHECK(problem(story) == lacks + "key that it lacks");
  story = with_workload();
  story.tables[0].creator = 1;
  CHECK(problem(story) == lacks + "principal that it lacks");
  story = with_workload();
  story.tables[0].copies = 0;
  CHECK(problem(story) == lacks + "copy that it lacks");
  story = with_workload();
  story.tables[0].items = 0;
  CHECK(problem(story) == lacks + "generated item that it lacks");
  story = with_workload();
  story.workloads[0].table = 1;
  CHECK(problem(story) == lacks + "table that it lacks");
  story = with_workload();
  story.workloads[0].operations.clear();
  CHECK(problem(story) == lacks + "rate or operation that it lacks");
  for (const Fill& fill :
       {kms(KmsKind::DISABLE_KEY, 1), kms(KmsKind::DECRYPT, kNone, 1), create_table(1),
        delete_table(1), update_table(0, 1), update_table(1, 0), data(Operation::GET_ITEM, 1, 0),
        close_connections(1), assume_role(1, "s")}) {
    story = with_workload();
    story.step(5, fill);
    CHECK_THAT(problem(story), Catch::Matchers::StartsWith(lacks));
  }
  story = with_workload();
  story.step(5, create_table(0), 7);
  CHECK(problem(story) == lacks + "principal that it lacks");
}

TEST_CASE("A setting or a policy that is none is refused by name") {
  Story story = with_workload();
  story.set("kms.latency", "soon");
  CHECK_THAT(problem(story), Catch::Matchers::StartsWith("model.kms.latency: "));
  story = with_workload();
  story.principals[0].policy = "{}";
  CHECK_THAT(problem(story), Catch::Matchers::Contains("arn:aws:iam::111122223333:user/db-lead"));
}

TEST_CASE("A default can be another one, and the scenario's own value still holds") {
  capnp::MallocMessageBuilder message;
  auto scenario = message.initRoot<events::Scenario>();
  auto settings = scenario.initSettings(1);
  settings[0].setPath("model.table_key_cache.ttl");
  settings[0].setValue("2m");
  const auto view = ScenarioView::make(
      scenario.asReader(), {{"model.table_key_cache.ttl", "1m"}, {"model.kms.deletion_lag", "1h"}});
  REQUIRE(view.has_value());
  CHECK((*view)->settings().cache.ttl == sim::Duration::minutes(2));
  CHECK((*view)->settings().deletion_lag == sim::Duration::hours(1));
  CHECK_FALSE(ScenarioView::make(scenario.asReader(), {{"model.no", "1"}}).has_value());
}

TEST_CASE("Structures stand in the order base partition, local, global, stream") {
  Story story = books();
  story.tables[0].local_indexes = {"a", "b"};
  story.tables[0].global_indexes = {"c"};
  story.tables[0].stream = true;
  CHECK(story.make()->families[0].structures ==
        std::vector<std::string>{"partition", "lsi/a", "lsi/b", "gsi/c", "stream"});
}

TEST_CASE("Ids that the scenario leaves open are drawn from its seed in AWS's form") {
  Story story = books();
  story.principals.push_back({"app", PrincipalKind::ROLE, ""});
  const auto view = story.make();
  CHECK(view->principal_ids[0].starts_with("AIDA"));
  CHECK(view->principal_ids[1].starts_with("AROA"));
  CHECK(view->principal_ids[0].size() == 21);
  story.seed = 2;
  CHECK(story.make()->principal_ids[0] != view->principal_ids[0]);
}

}  // namespace tablekey::model::tests::scenario_test
