// SSESpecification (dynamodb.md 2.1, 2.2), the admission of a switch (2.5), its quota (2.7), and
// what becomes of a switch that loses a key (2.6).
#include <vector>

#include "tests/model/dynamodb/table_steps.h"

namespace tablekey::model::tests::sse_test {
namespace {

using Catch::Matchers::Contains;

constexpr std::string_view kVal = "ValidationException";

/// The table is asked for with this specification; what it comes to is the run's business.
Story created_with(const Sse& sse, bool given = true) {
  Story story = two_key_story(60);
  story.tables[0].key = 2;
  story.tables[0].creator = kNone;
  story.more = [=](events::Scenario::Builder scenario) {
    if (given) fill_sse(scenario.getTables()[0].initSse(), sse);
  };
  return story;
}

std::string refusal_of(const Story& story) {
  const auto play = lawful(story);
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  if (refused.empty()) return "";
  return dynamodb::table_message(play->state(), refused[0]->read().getTableRequestRefused());
}

Story with_switch(Fill step, double until = 300) {
  Story story = two_key_story(until);
  story.step(100, std::move(step), 0);
  return story;
}

}  // namespace

TEST_CASE("Specifications that CreateTable takes, and the key that each comes to") {
  const std::vector<std::pair<Sse, std::uint32_t>> accepted = {{{}, 2},
                                                               {{0}, 2},
                                                               {{1}, 3},
                                                               {{1, "KMS"}, 3},
                                                               {{-1, "KMS"}, 3},
                                                               {{1, "KMS", 1}, 1},
                                                               {{-1, "KMS", 1}, 1},
                                                               {{1, "KMS", kNone, "alias/b"}, 1}};
  for (const auto& [sse, key] : accepted) {
    INFO(sse.enabled << sse.type << sse.key << sse.text);
    const auto play = lawful(created_with(sse));
    CHECK(play->state().tables[0].key == key);
    CHECK(play->state().tables[0].lifecycle == Lifecycle::live);
    CHECK(dynamodb::sse_description(play->state(), 0).present == (key != 2));
  }
  CHECK(lawful(created_with({}, false))->state().tables[0].key == 2);
}

TEST_CASE("Specifications that CreateTable refuses, word by word") {
  const std::string head = "One or more parameter values were invalid: ";
  CHECK(refusal_of(created_with({1, "", 1})) ==
        head + "SSEType KMS is required if KMSMasterKeyId is specified");
  CHECK(refusal_of(created_with({0, "KMS"})) ==
        head + "SSEType can not be specified if Enabled is false");
  CHECK(refusal_of(created_with({0, "KMS", 1})) ==
        head + "SSEType can not be specified if Enabled is false");
  CHECK(refusal_of(created_with({0, "", 1})) ==
        head + "KMSMasterKeyId can not be specified if Enabled is false");
  CHECK(refusal_of(created_with({1, "AES256"})) == head + "SSEType AES256 is not supported");
  CHECK_THAT(refusal_of(created_with({1, "DES"})), Contains("1 validation error detected: "));
  CHECK_THAT(refusal_of(created_with({1, "KMS", kNone, "", true})),
             Contains("1 validation error detected: "));
  CHECK_THAT(refusal_of(created_with({1, "KMS", kNone, "alias/none"})),
             Contains("KMS validation error: ") && Contains("NotFoundException"));
}

TEST_CASE("S15: an asymmetric key is an internal error, every time") {
  Story story = created_with({1, "KMS", 0});
  story.keys[0].more = [](events::Key::Builder key) { key.setSpec(events::KeySpec::RSA2048); };
  story.step(20, create_table(0), 0);
  const auto play = lawful(story);
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 2);
  for (const KeptEvent* kept : refused) {
    const auto event = kept->read().getTableRequestRefused();
    CHECK(event.getException() == events::Exception::INTERNAL_SERVER_ERROR);
    CHECK_THAT(dynamodb::table_message(play->state(), event),
               Contains("KMS internal error: ") &&
                   Contains("EncryptionContext is supported only when creating a grant"));
  }
  CHECK(status_of(*play) == "NONE");
}

TEST_CASE("An alias is looked up once, and its later target does not move the table") {
  Story story = created_with({1, "KMS", kNone, "alias/b"});
  story.step(20, call(KmsOperation::UPDATE_ALIAS, 0,
                      [](events::KmsCall::Builder kms) { kms.setAliasName("alias/b"); }));
  const auto play = lawful(story);
  CHECK(play->state().tables[0].key == 1);
}

TEST_CASE("The description shows the phases of a switch") {
  Story story = with_switch(switch_to_key(1));
  Play play(story);
  const auto shown = [&](double at) {
    play.run_to(at);
    return dynamodb::sse_description(play.state(), 0);
  };
  CHECK_FALSE(shown(100.001).updating);  // it is not admitted yet
  CHECK(shown(101).updating);
  CHECK(shown(107).key == 0);
  CHECK(shown(109).key == 1);
  CHECK(shown(109).updating);
  CHECK(status_of(play) == "ACTIVE");
  CHECK_FALSE(shown(123).updating);
  Story owned = with_switch(switch_to({0}));
  Play to_owned(owned);
  to_owned.run_to(109);
  CHECK(dynamodb::sse_description(to_owned.state(), 0).present);
  CHECK(dynamodb::sse_description(to_owned.state(), 0).key == kNone);
  to_owned.run();
  CHECK_FALSE(dynamodb::sse_description(to_owned.state(), 0).present);
  story.set("dynamodb.sse_update_sets_table_updating", "true");
  Play updating(story);
  updating.run_to(110);
  CHECK(status_of(updating) == "UPDATING");
}

TEST_CASE("Of two faults the request is told the one that is looked for first") {
  const auto answer = [](const Sse& sse, std::function<void(CallBuilder)> more = {}) {
    Story story = with_switch(switch_to(sse, std::move(more)));
    const auto play = lawful(story);
    return table_reply(*play, 0).message;
  };
  const auto with_class = [](CallBuilder call) { call.setTableClass("STANDARD"); };
  const std::string only =
      "Server-Side Encryption modification must be the only operation in the request";
  CHECK_THAT(answer({1, "AES256"}, with_class), Contains("SSEType AES256 is not supported"));
  CHECK_THAT(answer({1, "KMS", 0}, with_class), Contains(only));
  CHECK_THAT(answer({1, "KMS", 0}), Contains("already encrypted with given KMSMasterKeyId"));
  CHECK_THAT(answer({1, "KMS", kNone, "alias/none"}), Contains("NotFoundException"));
}

TEST_CASE("The same key is recognised by its ARN only, unless the setting says otherwise") {
  for (const bool resolved : {false, true}) {
    Story story = with_switch(switch_to_alias("alias/a"));
    if (resolved) story.set("dynamodb.same_key_detection", "resolved");
    const auto play = lawful(story);
    CHECK(table_reply(*play, 0).exception == (resolved ? kVal : "ok"));
    CHECK(play->of(Event::SSE_SWITCH_COMPLETED).size() == (resolved ? 0 : 1));
    CHECK(play->state().keys[0].live_grants == 2);
  }
}

TEST_CASE("S10: four changes, the fifth is refused before KMS is asked, the owned key is not") {
  Story story = two_key_story(40'000);
  for (const double at : {100, 200, 300, 400, 500}) {
    story.step(at, switch_to_alias("alias/a"), 0);
  }
  story.step(510, switch_to_alias("alias/none"), 0);
  story.step(600, switch_to({0}), 0);
  story.step(30'000, switch_to_key(1), 0);  // six hours after the last
  const auto play = lawful(story);
  for (const std::size_t step : {0U, 1U, 2U, 3U, 6U, 7U}) {
    CHECK(table_reply(*play, step).exception == "ok");
  }
  for (const std::size_t step : {4U, 5U}) {
    CHECK(table_reply(*play, step).exception == "LimitExceededException");
    CHECK(table_reply(*play, step).message ==
          "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending "
          "at 2018-02-15T00:01:40Z. After the first 4 change, each subsequent change in the same "
          "window can be performed at most once every 21600 seconds. Number of updates today: 4. "
          "Last change at 2018-02-14T00:06:40Z");
  }
  CHECK(play->of(Event::SSE_SWITCH_COMPLETED).size() == 6);
}

TEST_CASE("The quota's other anchor, and its rule of 2019") {
  Story story = two_key_story(90'000);
  story.set("dynamodb.sse_quota.anchor", "creation").set("dynamodb.sse_quota.burst", "1");
  story.step(80'000, switch_to_key(1), 0);
  story.step(80'100, switch_to_key(0), 0);
  story.step(86'500, switch_to_key(0), 0);  // the day that began with the table is over
  auto play = lawful(story);
  CHECK(table_reply(*play, 0).exception == "ok");
  CHECK(table_reply(*play, 1).exception == "LimitExceededException");
  CHECK(table_reply(*play, 2).exception == "ok");
  story.set("dynamodb.sse_quota.era_2019_rule", "true");
  play = lawful(story);
  CHECK(table_reply(*play, 1).exception == "ok");
}

TEST_CASE("A switch that is refused costs no quota and leaves no grant") {
  Story story = with_switch(switch_to_key(1));
  story.step(90, kms(KmsKind::DISABLE_KEY, 0));
  story.set("dynamodb.key_check.period", "5h");
  const auto play = lawful(story);
  CHECK(table_reply(*play, 0).exception == kVal);
  CHECK(play->state().tables[0].detail->switch_quota.count == 0);
  CHECK(play->state().keys[1].live_grants == 0);  // DynamoDB retired what it had been given
  CHECK(play->state().tables[0].grants.size() == 2);
  CHECK(play->state().tables[0].process.kind == ProcessKind::none);
}

TEST_CASE("S8: a switch that loses its old key waits for it") {
  for (const double lost : {104.0, 112.0}) {
    Story story = with_switch(switch_to_key(1));
    story.set("dynamodb.key_check.period", "5h");
    story.step(lost, kms(KmsKind::DISABLE_KEY, 0)).step(200, kms(KmsKind::ENABLE_KEY, 0));
    Play play(story);
    play.run_to(190);
    CHECK(dynamodb::switching(play.state(), 0));
    CHECK(play.state().tables[0].detail->stalled == KmsError::DISABLED);
    play.run();
    CHECK(play.state().tables[0].key == 1);
    CHECK(play.of(Event::SSE_SWITCH_COMPLETED).size() == 1);
    CHECK(play.state().tables[0].detail->stalled == KmsError::NONE);
    lawful(story);
  }
}

TEST_CASE("A switch that loses its new key waits, at whatever stage") {
  for (const double lost : {100.05, 104.0, 112.0}) {
    Story story = with_switch(switch_to_key(1));
    story.set("dynamodb.key_check.period", "5h");
    story.step(lost, kms(KmsKind::DISABLE_KEY, 1)).step(200, kms(KmsKind::ENABLE_KEY, 1));
    const auto play = lawful(story);
    CHECK(play->state().tables[0].key == 1);
    CHECK_FALSE(play->of(Event::SSE_SWITCH_STALLED).empty());
    CHECK(play->state().keys[0].live_grants == 0);
    CHECK(play->state().tables[0].detail->switch_quota.count == 1);
  }
}

TEST_CASE("A switch is given up where the setting says so, and the next one works") {
  Story story = with_switch(switch_to_key(1), 400);
  story.set("dynamodb.switch_on_new_key_loss", "abort").set("dynamodb.key_check.period", "5h");
  story.step(104, kms(KmsKind::DISABLE_KEY, 1)).step(150, kms(KmsKind::ENABLE_KEY, 1));
  story.step(160, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(200, switch_to_key(1), 0);
  Play play(story);
  play.run_to(199);
  CHECK(play.state().tables[0].key == 0);
  CHECK(play.state().tables[0].keys.size() == 1);
  CHECK(play.state().tables[0].process.kind == ProcessKind::none);
  CHECK(play.state().tables[0].grants.size() == 2);
  CHECK(play.of(Event::ITEM_READ).size() == 1);
  play.run();
  CHECK(play.state().tables[0].key == 1);
  CHECK(play.state().keys[0].live_grants == 0);
  lawful(story);
}

}  // namespace tablekey::model::tests::sse_test
