// Goal: the counts of a run add up and agree with State's own. Method: a world without chance.
#include "replay/metrics/summary.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/replay/table_story.h"

namespace summary_test {

namespace {

using namespace tablekey;

TEST_CASE("a summary counts requests, KMS calls and tables as they happened") {
  test::SmallScenario scenario;
  scenario.kms_step(sim::Duration::seconds(500), "disable", events::KmsOperation::DISABLE_KEY);
  const auto view = scenario.view();
  replay::RunSummary summary;
  const auto world = test::run_world(*view, {&summary});
  CHECK(summary.events == world->state().events());
  CHECK(summary.requests() == 120);
  CHECK(summary.served == 20);
  CHECK(summary.hits == 18);
  CHECK(summary.misses == 2);
  CHECK(summary.failed_by_exception.at(events::Exception::VALIDATION) == 100);
  CHECK(summary.key_requests_by_cause.at(events::Miss::COLD) == 1);
  CHECK(summary.key_requests_by_cause.at(events::Miss::MAX_AGE) == 2);  // 330 s, 630 s
  CHECK(summary.key_requests_by_cause.at(events::Miss::DROPPED) == 99);
  CHECK(summary.tables_created == 1);
  CHECK(summary.requests() == world->state().counters.requests);
  CHECK(summary.served == world->state().counters.served);
  CHECK(summary.hits == world->state().counters.hits);
  CHECK(summary.kms_calls_total() == world->state().counters.kms_calls);

  const auto json = summary.json(world->state());
  CHECK(json["requests"]["failedByException"]["ValidationException"] == 100);
  CHECK(json["tables"]["INACCESSIBLE_ENCRYPTION_CREDENTIALS"] == 1);
  const std::string text = summary.text(world->state());
  CHECK(text.find("requests   120: 20 served, 100 failed") != std::string::npos);
  CHECK(text.find("Decrypt (DisabledException) 100") != std::string::npos);
}

TEST_CASE("a summary counts requests with parameters, the control plane and the service's jobs") {
  test::SmallScenario scenario = test::table_story();
  scenario.change([](events::Scenario::Builder all) {
    all.getTables()[0].setStream(true);
    all.getTables()[0].setStreamView("NEW_IMAGE");
  });
  test::update_item(scenario, sim::Duration::minutes(1), "write", "7");
  test::update_item(scenario, sim::Duration::minutes(2), "no", "8", "n > :n");
  test::control(scenario, sim::Duration::minutes(3), "look",
                events::TableOperation::DESCRIBE_TABLE);
  test::control(scenario, sim::Duration::minutes(4), "none", events::TableOperation::DESCRIBE_TABLE,
                {}, events::K_NONE);
  const auto view = scenario.view();
  replay::RunSummary summary;
  const auto world = test::run_world(*view, {&summary});
  CHECK(summary.served == 1);
  CHECK(summary.failed == 1);
  CHECK(summary.served_by_operation.at(events::DataOperation::UPDATE_ITEM) == 1);
  CHECK(summary.failed_by_exception.at(events::Exception::CONDITIONAL_CHECK_FAILED) == 1);
  CHECK(summary.control_answered == 1);
  CHECK(summary.control_refused == 1);
  CHECK(summary.service_key_requests.at(events::ServiceJob::STREAMS) == 1);
  CHECK(summary.served == world->state().counters.served);
  const auto json = summary.json(world->state());
  CHECK(json["kmsCalls"]["forServiceJobs"]["streams"] == 1);
  CHECK(json["controlPlane"]["refused"] == 1);
  const std::string text = summary.text(world->state());
  INFO(text);
  CHECK(text.find("control    2: 1 done, 1 refused") != std::string::npos);
  CHECK(text.find("DescribeTable (ResourceNotFoundException) 1") != std::string::npos);
}

}  // namespace

}  // namespace summary_test
