// Goal: checks of the timeline's own calls say how they ended, how many ended so, and what two of
// them have in common; each also says what was found instead. Method: calls on one key whose ends
// are known.
#include <catch2/catch.hpp>

#include "replay/metrics/metrics.h"
#include "tests/support/small_scenario.h"

namespace step_checks_test {

namespace {

using namespace tablekey;
using replay::Met;
using replay::Outcome;
using Operation = events::KmsOperation;
using sim::Duration;

Outcome outcome_of(test::SmallScenario scenario, const std::string& check) {
  scenario.expect(check);
  const auto view = scenario.view();
  replay::ExpectationSet expectations(*view);
  const auto world = test::run_world(*view, {&expectations});
  const std::vector<Outcome> outcomes = expectations.finish(world->state());
  REQUIRE(outcomes.size() == 1);
  return outcomes.front();
}

void encrypt(test::SmallScenario& scenario, Duration at, const std::string& id) {
  scenario.kms_call(at, id, Operation::ENCRYPT, 0, [](auto call) {
    call.setPlaintext(capnp::Data::Reader(reinterpret_cast<const kj::byte*>("a secret"), 8));
  });
}

void decrypt(test::SmallScenario& scenario, Duration at, const std::string& id,
             std::uint32_t of_step) {
  scenario.kms_call(at, id, Operation::DECRYPT, events::K_NONE,
                    [=](events::KmsCall::Builder call) { call.initBlob().setStep(of_step); });
}

test::SmallScenario story() {
  test::SmallOptions options;
  options.connections = 0;
  test::SmallScenario scenario(options);
  scenario.set("model.kms.rotation.on_demand_duration", "0s");
  encrypt(scenario, Duration::minutes(1), "enc");  // 0
  scenario.kms_step(Duration::minutes(2), "rotate", Operation::ROTATE_KEY_ON_DEMAND);
  decrypt(scenario, Duration::minutes(3), "dec", 0);                       // 2
  encrypt(scenario, Duration::minutes(4), "enc2");                         // 3
  scenario.kms_step(Duration::minutes(5), "off", Operation::DISABLE_KEY);  // 4
  decrypt(scenario, Duration::minutes(6), "refused", 0);                   // 5
  scenario.kms_step(Duration::hours(2), "late", Operation::ENABLE_KEY);    // 6
  return scenario;
}

TEST_CASE("outcome is success or the exception, with its message") {
  const Outcome fine = outcome_of(story(), "outcome(step=enc) == success");
  CHECK(fine.met == Met::met);
  CHECK(fine.measured == "success");
  const Outcome refused = outcome_of(story(), "outcome(step=refused) == DisabledException");
  CHECK(refused.met == Met::met);
  CHECK(refused.note.find("is disabled.") != std::string::npos);
  const Outcome wrong = outcome_of(story(), "outcome(step=refused) == success");
  CHECK(wrong.met == Met::not_met);
  CHECK(wrong.measured == "DisabledException");
}

TEST_CASE("a step that the run did not reach has no outcome") {
  const Outcome outcome = outcome_of(story(), "outcome(step=late) == success");
  CHECK(outcome.met == Met::no_data);
  CHECK(outcome.measured == "nothing");
  CHECK(outcome.note == "the run ended before the step did");
}

TEST_CASE("count says how many occurrences of a step ended in one way") {
  test::SmallScenario scenario = story();
  // Occurrences of one entry of the timeline share its line.
  const std::uint32_t first = 7;
  for (std::uint32_t i = 0; i < 3; ++i) {
    decrypt(scenario, Duration::minutes(10 + i),
            i == 0 ? "burst" : "burst-" + std::to_string(i + 1), 0);
  }
  scenario.kms_step(Duration::seconds(690), "on", Operation::ENABLE_KEY);
  scenario.change([=](events::Scenario::Builder built) {
    for (std::uint32_t i = 0; i < 3; ++i) built.getSteps()[first + i].setLine(100);
  });
  const Outcome failed = outcome_of(scenario, "count(step=burst, outcome=DisabledException) == 2");
  INFO(failed.measured << ": " << failed.note);
  CHECK(failed.measured == "2");
  CHECK(failed.met == Met::met);
  CHECK(failed.note ==
        "2 DisabledException, 1 success; the first message: "
        "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is "
        "disabled.");
  CHECK(outcome_of(scenario, "count(step=burst, outcome=success) == 1").met == Met::met);
  CHECK(outcome_of(scenario, "count(step=burst, outcome=failed) == 2").met == Met::met);
}

TEST_CASE("same and differ compare plaintexts and key materials") {
  CHECK(outcome_of(story(), "same(step=enc, step=dec)").met == Met::met);
  CHECK(outcome_of(story(), "differ(step=enc, step=dec)").met == Met::not_met);
  CHECK(outcome_of(story(), "same(step=enc, step=dec).material").met == Met::met);
  const Outcome rotated = outcome_of(story(), "same(step=enc, step=enc2).material");
  CHECK(rotated.met == Met::not_met);
  CHECK(rotated.measured == "different");
  CHECK(outcome_of(story(), "differ(step=enc, step=enc2).material").met == Met::met);
  const Outcome nothing = outcome_of(story(), "same(step=enc, step=refused)");
  CHECK(nothing.met == Met::no_data);
  CHECK(nothing.note == "step refused gave no plaintext");
}

TEST_CASE("a key's materials are counted, old ones too") {
  CHECK(outcome_of(story(), "key(BooksKey).materials == 2").met == Met::met);
  CHECK(outcome_of(story(), "key(BooksKey).materials == 1").measured == "2");
}

TEST_CASE("cost is money, for one account or for all") {
  const Outcome all = outcome_of(story(), "cost().keys <= $0.01");
  CHECK(all.met == Met::met);
  CHECK(all.measured == "$0.00297619");  // two materials, an hour each, of 672
  CHECK(all.unit == "USD");
  CHECK(outcome_of(story(), "cost(account=111122223333).total > $0.003").met == Met::not_met);
  CHECK(outcome_of(story(), "cost(account=999999999999).total == $0").met == Met::met);
  CHECK(outcome_of(story(), "cost().requests == $0").met == Met::met);
}

}  // namespace

}  // namespace step_checks_test
