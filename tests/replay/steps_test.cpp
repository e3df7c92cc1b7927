// Goal: an answer of KMS is traced to the step of the timeline that asked, and to none where
// DynamoDB asked; and how each step ended is known. Method: steps at one instant, out of order in
// the file, one that stands for several calls, and steps of every other kind.
#include "replay/steps.h"

#include <catch2/catch.hpp>

#include "tests/replay/table_story.h"

namespace steps_test {

namespace {

using namespace tablekey;
using Operation = events::KmsOperation;

/// The step of each answer, in order, with what was answered.
class Answers : public replay::Observer {
 public:
  struct Answer {
    Operation operation;
    std::optional<std::uint32_t> step;
    bool operator==(const Answer&) const = default;
  };

  void event(const model::State&, events::Event::Reader event, std::uint64_t) override {
    const auto step = replay::kms_step(event);
    if (event.isKmsAnswered()) answers.push_back({event.getKmsAnswered().getOperation(), step});
    if (!event.isKmsAnswered()) CHECK_FALSE(step);
  }
  std::vector<Answer> answers;
};

TEST_CASE("each step's answers are traced to it, also where one stands for several calls") {
  test::SmallOptions options;
  options.connections = 0;
  test::SmallScenario scenario(options);
  const auto at = sim::Duration::seconds(20);
  scenario.kms_step(sim::Duration::seconds(40), "last", Operation::ENABLE_KEY);     // step 0
  scenario.revoke_step(at, "grants");                                               // step 1
  scenario.kms_step(at, "disable", Operation::DISABLE_KEY);                         // step 2
  scenario.kms_step(sim::Duration::seconds(10), "first", Operation::DESCRIBE_KEY);  // step 3
  const auto view = scenario.view();
  Answers answers;
  test::run_world(*view, {&answers});
  const std::vector<Answers::Answer> expected = {
      {Operation::DESCRIBE_KEY, {}}, {Operation::CREATE_GRANT, {}},
      {Operation::CREATE_GRANT, {}}, {Operation::GENERATE_DATA_KEY, {}},
      {Operation::DESCRIBE_KEY, 3},  {Operation::REVOKE_GRANT, 1},
      {Operation::DISABLE_KEY, 2},   {Operation::REVOKE_GRANT, 1},
      {Operation::ENABLE_KEY, 0},
  };
  CHECK(answers.answers == expected);
}

/// Follows a whole run.
class Ends : public replay::Observer {
 public:
  explicit Ends(const model::ScenarioView& scenario) : outcomes(scenario) {}
  void event(const model::State& after, events::Event::Reader event, std::uint64_t) override {
    outcomes.event(after, event);
  }
  replay::StepOutcomes outcomes;
};

void get_item(test::SmallScenario& scenario, sim::Duration at, std::uint32_t item = 0) {
  scenario.step(at, "", [item](events::Step::Builder step) {
    step.setCaller(0);
    step.setSession("reader");
    auto data = step.initData();
    data.setTable(0);
    data.setOperation(events::DataOperation::GET_ITEM);
    data.setItem(item);
  });
}

TEST_CASE("a step ends by success or by the exception that its caller sees") {
  test::SmallOptions options;
  options.connections = 0;
  test::SmallScenario scenario(options);
  get_item(scenario, sim::Duration::seconds(10));                                // 0: a miss
  get_item(scenario, sim::Duration::seconds(20));                                // 1: a hit
  scenario.kms_step(sim::Duration::seconds(30), "off", Operation::DISABLE_KEY);  // 2
  scenario.kms_call(sim::Duration::seconds(40), "no", Operation::GENERATE_DATA_KEY, 0,
                    [](auto call) { call.setKeySpec("AES_256"); });  // 3
  get_item(scenario, sim::Duration::minutes(10));                    // 4: refused
  scenario.step(sim::Duration::minutes(11), "",
                [](events::Step::Builder step) { step.initCreateTable().setTable(0); });  // 5
  scenario.kms_step(sim::Duration::hours(2), "late", Operation::ENABLE_KEY);  // 6: never
  const auto view = scenario.view();
  Ends ends(*view);
  test::run_world(*view, {&ends});
  CHECK(ends.outcomes.of(0) == "success");
  CHECK(ends.outcomes.of(1) == "success");
  CHECK(ends.outcomes.of(2) == "success");
  CHECK(ends.outcomes.of(3) == "DisabledException");
  CHECK(ends.outcomes.of(4) == "ValidationException");
  CHECK(ends.outcomes.of(5) == "ResourceInUseException");
  CHECK(ends.outcomes.of(6).empty());
}

TEST_CASE("requests that wait for one answer end together, each as its own step") {
  test::SmallOptions options;
  options.connections = 0;
  test::SmallScenario scenario(options);
  scenario.set("model.kms.latency", "constant(100ms)");
  get_item(scenario, sim::Duration::seconds(10), 0);
  get_item(scenario, sim::Duration::seconds(10) + sim::Duration::milliseconds(10), 1);
  const auto view = scenario.view();
  Ends ends(*view);
  test::run_world(*view, {&ends});
  CHECK(ends.outcomes.of(0) == "success");
  CHECK(ends.outcomes.of(1) == "success");
}

TEST_CASE("calls of the control plane and requests with parameters end with what was said") {
  test::SmallScenario scenario = test::table_story();
  test::control(scenario, sim::Duration::minutes(1), "look",
                events::TableOperation::DESCRIBE_TABLE);
  test::control(scenario, sim::Duration::minutes(2), "none", events::TableOperation::DESCRIBE_TABLE,
                {}, events::K_NONE);
  test::update_item(scenario, sim::Duration::minutes(3), "write", "7");
  test::update_item(scenario, sim::Duration::minutes(4), "no", "8", "n > :n");
  scenario.kms_step(sim::Duration::minutes(5), "disable", Operation::DISABLE_KEY);
  test::update_item(scenario, sim::Duration::minutes(30), "refused", "9");
  test::update_item(scenario, sim::Duration::minutes(90), "never", "9");
  const auto view = scenario.view();
  class Watch : public replay::Observer {
   public:
    explicit Watch(const model::ScenarioView& view) : outcomes(view) {}
    void event(const model::State& after, events::Event::Reader event, std::uint64_t) override {
      outcomes.event(after, event);
    }
    replay::StepOutcomes outcomes;
  } watch(*view);
  test::run_world(*view, {&watch});
  const replay::StepOutcomes& ended = watch.outcomes;
  CHECK(ended.of(0) == "success");
  CHECK(ended.message(0).empty());
  CHECK(ended.of(1) == "ResourceNotFoundException");
  CHECK(ended.message(1).find("Nothing not found") != std::string::npos);
  CHECK(ended.of(2) == "success");
  CHECK(ended.of(3) == "ConditionalCheckFailedException");
  CHECK(ended.of(4) == "success");
  CHECK(ended.of(5) == "ValidationException");
  CHECK(ended.message(5).starts_with("KMS key disabled error: "));
  CHECK(ended.of(6).empty());
}

}  // namespace

}  // namespace steps_test
