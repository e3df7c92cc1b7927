// Request quotas (kms.md 8.1): what counts together, for whom, how a second is counted.
#include "model/kms/quota.h"

#include "model/kms/operation.h"
#include "model/quota_settings.h"
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::quota_test {
namespace {

Story limited(const std::string& quota, const std::string& rate) {
  Story story = access_story(30);
  story.set("kms.quota." + quota, rate);
  return story;
}

/// `none` for success, the exception's name otherwise; steps at their times in the story.
Words outcomes(const Story& story) { return answers_of(story, *lawful(story)); }

Fill describe(std::uint32_t key = 0) { return call(KmsOperation::DESCRIBE_KEY, key); }
const std::string kThrottled = "ThrottlingException";

}  // namespace

TEST_CASE("What is beyond the quota in a whole second is throttled, in AWS's words") {
  Story story = limited("describe_key", "2/s");
  for (const double at : {1.0, 1.5, 1.999, 2.0, 2.1, 2.2}) story.step(at, describe(), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", kThrottled, "none", "none", kThrottled});
  CHECK(answer_to(*play, 2).message ==
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your "
        "calls.");
}

TEST_CASE("A bucket refills evenly") {
  Story story = limited("describe_key", "2/s");
  story.set("kms.quota.window", "bucket");
  for (const double at : {1.0, 1.1, 1.2, 1.5, 1.6, 2.6, 2.7, 2.8}) {
    story.step(at, describe(), kAdmin);
  }
  CHECK(outcomes(story) ==
        Words{"none", "none", kThrottled, "none", kThrottled, "none", "none", kThrottled});
}

TEST_CASE("Operations of symmetric cryptography share one quota, others have their own") {
  Story story = limited("symmetric_large", "2/s");
  story.step(1.1, encrypt(0), kAdmin);
  story.step(1.2,
             call(KmsOperation::GENERATE_RANDOM, kNone,
                  [](events::KmsCall::Builder kms) {
                    kms.setHasNumberOfBytes(true);
                    kms.setNumberOfBytes(8);
                  }),
             kAdmin);
  story.step(1.3, encrypt(0), kAdmin).step(1.4, describe(), kAdmin);
  CHECK(outcomes(story) == Words{"none", "none", kThrottled, "none"});
}

TEST_CASE("The caller's account pays, in the Region whose endpoint it calls") {
  Story story = limited("describe_key", "1/s");
  story.keys[0].policy = policy({statement("Allow", R"("*")", R"("kms:*")")});
  story.keys.push_back({.policy = root_policy(), .region = "eu-west-1"});
  PrincipalSpec stranger{"stranger", PrincipalKind::USER,
                         policy({statement("Allow", "", R"("*")")}), "444455556666"};
  story.principals.push_back(stranger);
  story.step(1.1, describe(), kAdmin).step(1.2, describe(), 3);
  story.step(1.3,
             call(KmsOperation::DESCRIBE_KEY, 1,
                  [](events::KmsCall::Builder kms) { kms.setRegion("eu-west-1"); }),
             kAdmin);
  story.step(1.4, describe(), kAdmin).step(1.5, describe(), 3);
  CHECK(outcomes(story) == Words{"none", "none", "none", kThrottled, kThrottled});
}

TEST_CASE("Refused requests count, throttled ones do not") {
  Story story = limited("describe_key", "2/s");
  story.step(1.1, describe(), kGuest).step(1.2, describe(), kGuest).step(1.3, describe(), kAdmin);
  story.step(1.4, describe(), kAdmin).step(2.5, describe(), kAdmin);
  CHECK(outcomes(story) ==
        Words{"AccessDeniedException", "AccessDeniedException", kThrottled, kThrottled, "none"});
}

TEST_CASE("A quota below one a second has a longer window for one request") {
  Story story = limited("describe_key", "0.25/s");
  for (const double at : {4.0, 5.0, 7.9, 8.0}) story.step(at, describe(), kAdmin);
  CHECK(outcomes(story) == Words{"none", kThrottled, kThrottled, "none"});
}

TEST_CASE("A limit on everything counts every request, and none is the default") {
  Story story = access_story(30);
  story.set("kms.request_quota", "1/s");
  story.step(1.1, describe(), kAdmin).step(1.2, encrypt(0), kAdmin).step(2.2, encrypt(0), kAdmin);
  CHECK(outcomes(story) == Words{"none", kThrottled, "none"});
  CHECK(Settings::defaults().text("model.kms.request_quota") == "none");
}

TEST_CASE("A neighbour takes its share of the quota") {
  Story story = limited("symmetric_large", "10/s");
  story.step(1, [](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::NEIGHBOUR);
    fault.setRate(18);
    fault.setDuration(3 * kSecond);
  });
  story.step(2.1, encrypt(0), kAdmin).step(2.9, encrypt(0), kAdmin);
  story.step(5.9, encrypt(0), kAdmin);
  CHECK(outcomes(story) == Words{"-", "none", kThrottled, "none"});
}

TEST_CASE("ReplicateKey counts as two CreateKey as well") {
  Story story = limited("create_key", "1/s");
  story.keys.push_back({.policy = root_policy()});
  story.keys[0].more = [](events::Key::Builder key) {
    key.setMultiRegion(true);
    key.setKeyId("mrk-1234abcd12ab34cd56ef1234567890ab");
  };
  story.keys[1].region = "eu-west-1";
  story.keys[1].more = [](events::Key::Builder key) {
    key.setMultiRegion(true);
    key.setKeyId("mrk-1234abcd12ab34cd56ef1234567890ab");
    key.setPrimary(0);
    key.setByStep(true);
  };
  const auto replicate = call(KmsOperation::REPLICATE_KEY, 0, [](events::KmsCall::Builder kms) {
    kms.setReplicaRegion("eu-west-1");
    kms.setNewKey(1);
  });
  const auto create = call(KmsOperation::CREATE_KEY, kNone,
                           [](events::KmsCall::Builder kms) { kms.setKeySpec("none"); });
  story.step(1.1, replicate, kAdmin).step(1.2, create, kAdmin);
  CHECK(outcomes(story) == Words{"none", kThrottled});
}

TEST_CASE("A key that changes in a burst is throttled where the scenario says so, and only it") {
  for (const bool hot : {false, true}) {
    Story story = limited("tag_resource", "none");
    story.set("kms.quota.hot_key", hot ? "true" : "false");
    story.keys.push_back({.policy = root_policy()});
    const auto tag = [](std::uint32_t key) {
      return call(KmsOperation::TAG_RESOURCE, key, [](events::KmsCall::Builder kms) {
        fill_pairs(kms.initTags(1), {{"team", "blue"}});
      });
    };
    for (int i = 0; i < 11; ++i) story.step(1 + i / 100.0, tag(0), kAdmin);
    story.step(1.5, tag(1), kAdmin).step(2, tag(0), kAdmin);
    const Words answers = outcomes(story);
    CHECK(answers[9] == "none");
    CHECK(answers[10] == (hot ? kThrottled : "none"));
    CHECK(answers[11] == "none");
    CHECK(answers[12] == "none");
  }
}

TEST_CASE("A custom key store has a quota of its own beside the shared one") {
  Story story = limited("custom_key_store", "1/s");
  story.more = [](events::Scenario::Builder scenario) {
    auto store = scenario.initCustomKeyStores(1)[0];
    store.setLogicalId("hsm");
    store.setName("hsm");
    store.setId("cks-1234567890abcdef0");
    store.setAccount(std::string(kAccount));
    store.setRegion("us-west-2");
    store.setClusterId("cluster-aaaabbbbccc");
    store.setConnected(true);
  };
  story.keys.push_back({.policy = root_policy()});
  story.keys[1].more = [](events::Key::Builder key) {
    key.setOrigin(events::Origin::AWS_CLOUD_HSM);
    key.setStore(0);
  };
  story.step(1.1, encrypt(1), kAdmin).step(1.2, encrypt(1), kAdmin).step(1.3, encrypt(0), kAdmin);
  CHECK(outcomes(story) == Words{"none", kThrottled, "none"});
}

TEST_CASE("Every quota of kms.md 8.1 is a setting, of both eras, and rows say the same") {
  Settings settings = Settings::defaults();
  CHECK(settings.text("model.kms.quota.symmetric") == "10000/s");
  CHECK(settings.text("model.kms.quota.symmetric_large") == "100000/s");
  CHECK(settings.text("model.kms.quota.custom_key_store") == "1800/s");
  CHECK(settings.text("model.kms.quota.get_parameters_for_import") == "1/s");
  for (const kms::OperationRow& row : kms::operation_rows()) {
    if (row.quota != kms::QuotaGroup::own) continue;
    INFO(row.name);
    CHECK(settings.quotas.thousandths[own_quota(row.operation)] == row.quota_default * 1000);
  }
  REQUIRE(settings.set("model.kms.quota.rsa", "7/s").has_value());
  REQUIRE(settings.set("model.kms.era", "classic").has_value());
  settings.resolve();
  CHECK(settings.text("model.kms.quota.symmetric") == "5500/s");
  CHECK(settings.text("model.kms.quota.get_parameters_for_import") == "0.25/s");
  CHECK(settings.text("model.kms.quota.rsa") == "7/s");  // what was given stays
  CHECK_FALSE(settings.set("model.kms.quota.rsa", "many").has_value());
  CHECK_FALSE(settings.set("model.kms.quota.rsa", "-1/s").has_value());
}

TEST_CASE("The tables that a scenario starts with spend no quota, those that a step makes do") {
  Story story;
  story.set("kms.quota.create_grant", "3/s");
  TableSpec fleet{.name = "Fleet", .copies = 40};
  story.tables = {fleet, {.name = "Late", .created = 0}, {.name = "Later", .created = 0}};
  story.until = 60;
  story.step(30, create_table(1)).step(30, create_table(2));
  Play play(story);
  play.run();
  std::size_t active = 0;
  for (std::uint32_t table = 0; table < fleet.copies; ++table) {
    active += play.state().tables[table].lifecycle == Lifecycle::live;
  }
  CHECK(active == fleet.copies);
  std::size_t throttled = 0;
  for (const KeptEvent* answer : play.answers(KmsOperation::CREATE_GRANT)) {
    throttled += answer->read().getKmsAnswered().getError() == KmsError::THROTTLING;
  }
  CHECK(throttled == 1);
}

}  // namespace tablekey::model::tests::quota_test
