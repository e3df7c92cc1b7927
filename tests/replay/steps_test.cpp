// Goal: an answer of KMS is traced to the step of the timeline that asked, and to none where
// DynamoDB asked. Method: steps at one instant, out of order in the file, and one that stands for
// several calls.
#include "replay/steps.h"

#include <catch2/catch.hpp>

#include "tests/support/small_scenario.h"

namespace {

using namespace tablekey;
using Operation = events::KmsOperation;
using StepKind = events::Step::KmsCallKind;

/// The step of each answer, in order, with what was answered.
class Answers : public replay::Observer {
 public:
  struct Answer {
    Operation operation;
    std::optional<std::uint32_t> step;
    bool operator==(const Answer&) const = default;
  };

  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    if (!steps_) steps_.emplace(after.scenario());
    const auto step = steps_->event(event, number);
    CHECK(steps_->last() == step);
    if (event.isKmsAnswered()) answers.push_back({event.getKmsAnswered().getOperation(), step});
    if (!event.isKmsAnswered()) CHECK_FALSE(step);
  }
  std::vector<Answer> answers;

 private:
  std::optional<replay::Steps> steps_;
};

TEST_CASE("each step's answers are traced to it, also where one stands for several calls") {
  test::SmallOptions options;
  options.connections = 0;
  test::SmallScenario scenario(options);
  const auto at = sim::Duration::seconds(20);
  scenario.kms_step(sim::Duration::seconds(40), "last", StepKind::ENABLE_KEY);     // step 0
  scenario.revoke_step(at, "grants");                                              // step 1
  scenario.kms_step(at, "disable", StepKind::DISABLE_KEY);                         // step 2
  scenario.kms_step(sim::Duration::seconds(10), "first", StepKind::DESCRIBE_KEY);  // step 3
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

}  // namespace
