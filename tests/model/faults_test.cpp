// Faults on KMS's side: outages, added latency, neighbours, as callers and DynamoDB's clients see
// them (design.md 7).
#include "model/faults.h"

#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::faults_test {
namespace {

using FaultKind = events::Fault::Kind;

Fill fault(FaultKind kind, double seconds, std::function<void(events::Fault::Builder)> more = {}) {
  return [=](events::Step::Builder step) {
    auto to = step.initFault();
    to.setKind(kind);
    to.setDuration(static_cast<std::int64_t>(seconds * 1e9));
    if (more) more(to);
  };
}
Fill describe(std::uint32_t key) { return call(KmsOperation::DESCRIBE_KEY, key); }

/// `count` calls of DescribeKey, a hundredth of a second apart, from `from` on.
void describe_often(Story& story, double from, int count) {
  for (int i = 0; i < count; ++i) story.step(from + i * 0.01, describe(0));
}

std::size_t count(const std::vector<std::string>& answers, const std::string& what) {
  return static_cast<std::size_t>(std::count(answers.begin(), answers.end(), what));
}

TEST_CASE("an outage fails every call until it ends, and changes nothing else") {
  Story story;
  story.step(10, fault(FaultKind::OUTAGE, 20)).step(9, describe(0)).step(11, describe(0));
  story.step(12, call(KmsOperation::DISABLE_KEY, 0)).step(31, describe(0));
  Play play(story);
  play.run_to(15);
  CHECK(play.state().faults == std::vector<std::uint32_t>{0});
  play.run();
  require_laws(story, play);
  CHECK(play.state().faults.empty());
  CHECK(answers_of(story, play) == std::vector<std::string>{"-", "none", "KMSInternalException",
                                                            "KMSInternalException", "none"});
  CHECK(play.state().keys[0].state == events::KeyState::ENABLED);
  CHECK(play.answers(KmsOperation::DISABLE_KEY)[0]->read().getKmsAnswered().getDecidedBy() ==
        events::Decider::FAULT);
  CHECK(answer_to(play, 2).message == fault_message(KmsError::KMS_INTERNAL));
  REQUIRE(play.of(Event::FAULT_STARTED).size() == 1);
  REQUIRE(play.of(Event::FAULT_ENDED).size() == 1);
  CHECK(play.of(Event::FAULT_ENDED)[0]->seconds() == 30);
}

TEST_CASE("an outage without a duration lasts until the end") {
  Story story;
  story.step(10, fault(FaultKind::OUTAGE, 0)).step(59, describe(0));
  const auto play = lawful(story);
  CHECK(answer_to(*play, 1).error == KmsError::KMS_INTERNAL);
  CHECK(play->of(Event::FAULT_ENDED).empty());
}

TEST_CASE("an outage gives the exception it names, with a text of its own") {
  for (const KmsError error : {KmsError::KMS_INTERNAL, KmsError::DEPENDENCY_TIMEOUT,
                               KmsError::KEY_UNAVAILABLE, KmsError::THROTTLING}) {
    Story story;
    story.step(10,
               fault(FaultKind::OUTAGE, 0, [=](events::Fault::Builder to) { to.setError(error); }));
    story.step(20, describe(0));
    const auto play = lawful(story);
    CHECK(answer_to(*play, 1).error == error);
    CHECK_FALSE(answer_to(*play, 1).message.empty());
  }
}

TEST_CASE("an outage may be of one operation, or of one Region") {
  Story story;
  story.step(10, fault(FaultKind::OUTAGE, 0,
                       [](events::Fault::Builder to) { to.setOperation("EnableKey"); }));
  story.step(10, fault(FaultKind::OUTAGE, 0,
                       [](events::Fault::Builder to) { to.setRegion("eu-west-1"); }));
  story.step(20, describe(0)).step(20, call(KmsOperation::ENABLE_KEY, 0));
  story.step(20, call(KmsOperation::LIST_KEYS, kNone,
                      [](events::KmsCall::Builder kms) { kms.setRegion("eu-west-1"); }));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"-", "-", "none", "KMSInternalException", "KMSInternalException"});
}

TEST_CASE("an outage of a share of calls hits about so many, each by its own draw") {
  const auto with_share = [](std::uint32_t millionths, bool one_more) {
    Story story;
    story.step(10, fault(FaultKind::OUTAGE, 0,
                         [=](events::Fault::Builder to) { to.setShareMillionths(millionths); }));
    describe_often(story, 20, 400);
    if (one_more) story.step(15, describe(0));
    const auto play = lawful(story);
    auto answers = answers_of(story, *play);
    answers.resize(401);
    return answers;
  };
  const auto third = with_share(333'333, false), half = with_share(500'000, false);
  const std::size_t thirds = count(third, "KMSInternalException"),
                    halves = count(half, "KMSInternalException");
  CHECK((thirds > 90 && thirds < 180));  // 400/3 and more than four standard deviations each way
  CHECK((halves > 150 && halves < 250));
  CHECK(with_share(333'333, true) == third);
  std::size_t only_third = 0;  // what a smaller share hits, a larger one hits too
  for (std::size_t i = 0; i < third.size(); ++i)
    only_third += third[i] != "none" && half[i] == "none";
  CHECK(only_third == 0);
  CHECK(count(with_share(0, false), "KMSInternalException") == 0);
}

TEST_CASE("DynamoDB's clients see an outage of KMS only where a table key is not cached") {
  Story story = books(700);
  story.step(20, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(30, fault(FaultKind::OUTAGE, 500)).step(40, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(400, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(600, data(Operation::GET_ITEM, 0, 1), 0);
  const auto play = lawful(story);
  const auto failed = play->of(Event::REQUEST_FAILED);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]->seconds() > 400);
  CHECK(failed[0]->read().getRequestFailed().getException() ==
        events::Exception::INTERNAL_SERVER_ERROR);
  CHECK(play->of(Event::ITEM_READ).size() == 3);
}

TEST_CASE("a table cannot be made while KMS is out, and later it can") {
  Story story = books(200);
  story.tables[0].created = 0;
  story.step(5, fault(FaultKind::OUTAGE, 50)).step(10, create_table(0)).step(100, create_table(0));
  const auto play = lawful(story);
  REQUIRE(play->of(Event::TABLE_REQUEST_REFUSED).size() == 1);
  CHECK(play->of(Event::TABLE_REQUEST_REFUSED)[0]->seconds() < 55);
  CHECK(play->of(Event::TABLE_ACTIVATED).size() == 1);
}

TEST_CASE("a latency fault makes the calls of DynamoDB take longer, half of it each way") {
  const auto read_latency = [](double extra) {
    Story story = books(60);
    story.step(15, fault(FaultKind::LATENCY, 20, [=](events::Fault::Builder to) {
                 to.setLatency(static_cast<std::int64_t>(extra * 1e9));
               }));
    story.step(20, data(Operation::GET_ITEM, 0, 1), 0);
    const auto play = lawful(story);
    const auto read = play->of(Event::ITEM_READ);
    REQUIRE(read.size() == 1);
    return read[0]->read().getItemRead().getLatency();
  };
  CHECK(read_latency(0) == 14 * kMillisecond);
  CHECK(read_latency(0.5) == 514 * kMillisecond);
}

TEST_CASE("a latency fault that ends while a call is under way slows only the way there") {
  Story story = books(60);
  story.step(15, fault(FaultKind::LATENCY, 5.1,
                       [](events::Fault::Builder to) { to.setLatency(400 * kMillisecond); }));
  story.step(20, data(Operation::GET_ITEM, 0, 1), 0);
  const auto play = lawful(story);
  REQUIRE(play->of(Event::ITEM_READ).size() == 1);
  CHECK(play->of(Event::ITEM_READ)[0]->read().getItemRead().getLatency() == 214 * kMillisecond);
}

TEST_CASE("a neighbour's calls arrive evenly and count against one quota of one account") {
  Story story;
  story.step(10, fault(FaultKind::NEIGHBOUR, 10, [](events::Fault::Builder to) {
               to.setOperation("Decrypt");
               to.setRate(4);
             }));
  story.step(10, fault(FaultKind::NEIGHBOUR, 10, [](events::Fault::Builder to) {
               to.setOperation("CreateGrant");
               to.setRate(2.5);
             }));
  story.step(10, fault(FaultKind::NEIGHBOUR, 10, [](events::Fault::Builder to) {
               to.setAccount("999988887777");
               to.setRate(1000);
             }));
  Play play(story);
  play.run_to(15);
  const State& state = play.state();
  const auto realm = [&](const std::string& account) {
    const ScenarioView& scenario = play.scenario();
    return scenario.realm(scenario.account_index(account), scenario.region_index("us-west-2"));
  };
  const auto at = [](double seconds) { return sim::Time::from_nanoseconds(at_seconds(seconds)); };
  const std::uint32_t ours = realm(std::string(kAccount)), theirs = realm("999988887777");
  CHECK(neighbour_rate(state, ours, KmsOperation::ENCRYPT) == 4);  // they share it
  CHECK(neighbour_rate(state, ours, KmsOperation::CREATE_GRANT) == 2.5);
  CHECK(neighbour_rate(state, ours, KmsOperation::DESCRIBE_KEY) == 0);
  CHECK(neighbour_rate(state, theirs, KmsOperation::GENERATE_DATA_KEY) == 1000);
  CHECK(neighbour_calls(state, ours, KmsOperation::ENCRYPT, at(9), at(11)) == 4);
  CHECK(neighbour_calls(state, ours, KmsOperation::ENCRYPT, at(10), at(10)) == 0);
  CHECK(neighbour_calls(state, ours, KmsOperation::ENCRYPT, at(10), at(10.001)) == 1);
  CHECK(neighbour_calls(state, ours, KmsOperation::ENCRYPT, at(10.25), at(10.5)) == 1);
  CHECK(neighbour_calls(state, ours, KmsOperation::CREATE_GRANT, at(10), at(14)) == 10);
  std::uint64_t sum = 0;
  for (int i = 0; i < 40; ++i) {
    sum += neighbour_calls(state, ours, KmsOperation::CREATE_GRANT, at(10 + i * 0.1),
                           at(10 + (i + 1) * 0.1));
  }
  CHECK(sum == 10);
  play.run();
  require_laws(story, play);
  CHECK(neighbour_rate(play.state(), ours, KmsOperation::ENCRYPT) == 0);
}

TEST_CASE("a neighbour who sends what the quota allows throttles everyone until it stops") {
  Story story;
  story.step(10, fault(FaultKind::NEIGHBOUR, 10, [](events::Fault::Builder to) {
               to.setOperation("DescribeKey");
               to.setRate(4000);
             }));
  story.step(9.9, describe(0)).step(15.1, describe(0)).step(15.9, describe(0));
  story.step(15.9, call(KmsOperation::GET_KEY_POLICY, 0)).step(25.9, describe(0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"-", "none", "none", "ThrottlingException", "none", "none"});
  CHECK(answer_to(*play, 3).message == fault_message(KmsError::THROTTLING));
}

TEST_CASE("a fault moves no draw of anything that it does not hit") {
  Story calm = books_read_every(0.5, 60);
  calm.set("kms.latency", "lognormal(median=6ms, p99=40ms)");
  Story story = calm;
  story.step(10, fault(FaultKind::OUTAGE, 40,
                       [](events::Fault::Builder to) { to.setOperation("ListKeys"); }));
  const auto reads = [](const Story& of) {
    Play play(of);
    play.run();
    std::vector<std::int64_t> found;
    for (const KeptEvent* event : play.of(Event::ITEM_READ)) {
      found.push_back(event->read().getTime());
      found.push_back(event->read().getItemRead().getLatency());
      found.push_back(static_cast<std::int64_t>(event->read().getItemRead().getItem()));
    }
    return found;
  };
  CHECK(reads(calm) == reads(story));
}

}  // namespace
}  // namespace tablekey::model::tests::faults_test
