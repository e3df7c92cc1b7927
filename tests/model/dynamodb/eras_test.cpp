// The rules of the years (dynamodb.md 0.3, 2.9, S17).
#include "tests/model/dynamodb/table_steps.h"

namespace tablekey::model::tests::eras_test {
namespace {

using Catch::Matchers::Contains;

/// February 2018, and from 100 s on the rules of November.
Story first_era(const Sse& sse, bool given) {
  Story story = two_key_story(300);
  story.tables[0].key = 2;
  story.set("dynamodb.sse.by_default", "false").set("dynamodb.sse.change", "none");
  story.set("dynamodb.sse.customer_keys", "false").set("dynamodb.sse.inaccessible_state", "false");
  story.more = [=](events::Scenario::Builder scenario) {
    if (given) fill_sse(scenario.getTables()[0].initSse(), sse);
    auto eras = scenario.initEras(1);
    eras[0].setAt(at_seconds(100));
    auto settings = eras[0].initSettings(1);
    settings[0].setPath("model.dynamodb.sse.change");
    settings[0].setValue("aws");
  };
  return story;
}

}  // namespace

TEST_CASE("S17: a table of the first era is plaintext, and is encrypted in the background later") {
  Story story = first_era({}, false);
  story.step(20, data(Operation::PUT_ITEM, 0, 10, R"({"id":{"S":"x"},"text":{"S":"plain"}})"), 0);
  story.step(30, data(Operation::GET_ITEM, 0, 10, R"({"id":{"S":"x"}})"), 0);
  story.step(50, switch_to({1}), 0);
  story.step(200, data(Operation::GET_ITEM, 0, 10, R"({"id":{"S":"x"}})"), 0);
  story.step(201, data(Operation::GET_ITEM, 0, 1), 0);
  Play play(story);
  play.run_to(99);
  CHECK(play.state().tables[0].key == kNone);
  CHECK(play.state().tables[0].keys.empty());
  CHECK(play.of(Event::KMS_ANSWERED).empty());
  CHECK(play.of(Event::ITEM_READ).size() == 1);
  CHECK_THAT(table_reply(play, 2).message, Contains("can not be modified on an existing table"));
  play.run_to(150);
  CHECK(play.of(Event::TABLE_ENCRYPTED).size() == 1);
  CHECK(play.of(Event::KMS_ANSWERED).empty());
  CHECK(play.state().tables[0].key == 2);
  play.run();
  CHECK(play.of(Event::ITEM_READ).size() == 3);
  CHECK(play.of(Event::REQUEST_FAILED).empty());
  lawful(story);
}

TEST_CASE("In the first era encryption is chosen once, by Enabled alone, and stays") {
  Story story = first_era({1}, true);
  story.step(150, switch_to_key(1), 0);
  story.step(160, switch_to({0}), 0);
  const auto play = lawful(story);
  CHECK(play->of(Event::TABLE_ENCRYPTED).empty());
  CHECK_THAT(table_reply(*play, 0).message, Contains("KMSMasterKeyId is not supported"));
  CHECK(table_reply(*play, 1).exception == "ok");
  CHECK(play->state().tables[0].key == 2);
  const auto refused = lawful(first_era({1, "KMS", 1}, true));
  CHECK(refused->of(Event::TABLE_REQUEST_REFUSED).size() == 1);
}

TEST_CASE("The checker begins its work with the era that knows it") {
  Story story = two_key_story(600);
  story.set("dynamodb.sse.inaccessible_state", "false");
  story.step(50, kms(KmsKind::DISABLE_KEY, 0));
  story.more = [](events::Scenario::Builder scenario) {
    auto era = scenario.initEras(1)[0];
    era.setAt(at_seconds(300));
    auto period = era.initSettings(1)[0];
    period.setPath("model.dynamodb.key_check.period");
    period.setValue("60s");
  };
  Play play(story);
  play.run_to(299);
  CHECK(status_of(play) == "ACTIVE");
  play.run();
  CHECK(status_of(play) == "INACCESSIBLE_ENCRYPTION_CREDENTIALS");
}

}  // namespace tablekey::model::tests::eras_test
