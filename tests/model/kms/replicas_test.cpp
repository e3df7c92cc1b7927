// Multi-Region keys: replicas from the start and made by steps, the primary's Region, new material,
// and an end that waits for the replicas' (kms.md 1.8, 2.2).
#include "model/kms/operations/replicas.h"

#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::kms_replicas_test {
namespace {

using events::KeyState;
using events::Origin;

constexpr std::uint32_t kPrimary = 0, kReplica = 1, kThird = 2;
constexpr double kDay = 86400;
constexpr std::string_view kMrk = "mrk-1234abcd12ab34cd56ef1234567890ab";

/// A primary in us-west-2 and keys that may replicate it in eu-west-1 and ap-south-1: from the
/// start, or made by steps.
Story with_set(bool from_start, double until = 600, Origin origin = Origin::AWS_KMS) {
  Story story;
  story.until = until;
  const std::vector<std::string> regions = {"us-west-2", "eu-west-1", "ap-south-1"};
  story.keys.clear();
  for (std::uint32_t i = 0; i < regions.size(); ++i) {
    KeySpec key;
    key.region = regions[i];
    key.more = [=](events::Key::Builder to) {
      to.setKeyId(std::string(kMrk));
      to.setMultiRegion(true);
      to.setOrigin(origin);
      if (i == 0) {
        if (origin == Origin::EXTERNAL) to.setMaterial(0);
        return;
      }
      to.setPrimary(kPrimary);
      to.setByStep(!from_start);
    };
    story.keys.push_back(key);
  }
  story.keys.push_back({});  // a single-Region key
  if (origin == Origin::EXTERNAL) story.materials = {"first"};
  return story;
}

/// A call to the endpoint of the key's own Region.
Fill at_home(const Story& story, KmsOperation operation, std::uint32_t key,
             std::function<void(events::KmsCall::Builder)> more = {}) {
  const std::string region = story.keys[key].region;
  return call(operation, key, [=](events::KmsCall::Builder kms) {
    kms.setRegion(region);
    if (more) more(kms);
  });
}
Fill replicate(const Story& story, std::uint32_t from, std::uint32_t to,
               const std::string& region = "") {
  const std::string where = region.empty() ? story.keys[to].region : region;
  return at_home(story, KmsOperation::REPLICATE_KEY, from, [=](events::KmsCall::Builder kms) {
    kms.setReplicaRegion(where);
    kms.setNewKey(to);
  });
}
Fill make_primary(const Story& story, std::uint32_t from, const std::string& region) {
  return at_home(story, KmsOperation::UPDATE_PRIMARY_REGION, from,
                 [=](events::KmsCall::Builder kms) { kms.setReplicaRegion(region); });
}
Fill delete_in_a_week(const Story& story, std::uint32_t key) {
  return at_home(story, KmsOperation::SCHEDULE_KEY_DELETION, key, [](events::KmsCall::Builder kms) {
    kms.setHasPendingWindow(true);
    kms.setPendingWindowInDays(7);
  });
}
Fill encrypt(const Story& story, std::uint32_t key) {
  return at_home(story, KmsOperation::ENCRYPT, key, [](events::KmsCall::Builder kms) {
    kms.setPlaintext(kj::StringPtr("secret").asBytes());
  });
}
Fill decrypt(const Story& story, std::uint32_t key, std::uint32_t step) {
  const std::string region = story.keys[key].region;
  return call(KmsOperation::DECRYPT, kNone, [=](events::KmsCall::Builder kms) {
    kms.setRegion(region);
    kms.initBlob().setStep(step);
  });
}

std::string not_primary(const Play& play, std::uint32_t key) {
  return play.state().key_arn(key) + " is not a multi-region primary key.";
}

TEST_CASE("a replica is Creating for five seconds and then Enabled, with the primary's material") {
  Story story = with_set(false);
  story.step(10, encrypt(story, kPrimary)).step(20, replicate(story, kPrimary, kReplica));
  story.step(22, encrypt(story, kReplica)).step(30, decrypt(story, kReplica, 0));
  story.step(31, encrypt(story, kReplica)).step(32, decrypt(story, kPrimary, 4));
  Play play(story);
  play.run_to(19);
  CHECK_FALSE(play.state().keys[kReplica].created);
  play.run_to(24);
  CHECK(state_of(play, kReplica) == KeyState::CREATING);
  play.run_to(25);
  CHECK(state_of(play, kReplica) == KeyState::ENABLED);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) == std::vector<std::string>{"none", "none",
                                                            "KMSInvalidStateException", "none",
                                                            "none", "none"});
  CHECK(answer_to(play, 2).message == play.state().key_arn(kReplica) + " is creating.");
  const auto& keys = play.state().keys;
  CHECK(keys[kReplica].materials.at(0).id == keys[kPrimary].materials.at(0).id);
  CHECK(keys[kPrimary].primary);
  CHECK_FALSE(keys[kReplica].primary);
  CHECK_THAT(play.state().key_arn(kReplica),
             Catch::Contains(":eu-west-1:") && Catch::EndsWith(std::string(kMrk)));
}

TEST_CASE("replicas of the scenario are there from the start") {
  Story story = with_set(true);
  story.step(10, encrypt(story, kReplica)).step(20, decrypt(story, kThird, 0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none"});
  for (const std::uint32_t key : {kReplica, kThird}) {
    CHECK(state_of(*play, key) == KeyState::ENABLED);
    CHECK(kms::is_replica(play->state(), key));
    CHECK(kms::primary_of(play->state(), key) == kPrimary);
  }
  CHECK(kms::sibling_in(play->state(), kReplica, "ap-south-1") == kThird);
  CHECK(kms::sibling_in(play->state(), kReplica, "us-east-1") == kNone);
}

TEST_CASE("a scenario whose replica has no primary key before it is none") {
  const auto with_primary = [](std::uint32_t replica, std::uint32_t primary) {
    Story story = with_set(true);
    story.keys[replica].more = [=](events::Key::Builder to) {
      to.setKeyId(std::string(kMrk));
      to.setMultiRegion(true);
      to.setPrimary(primary);
    };
    return story;
  };
  CHECK_NOTHROW(with_primary(kReplica, kPrimary).make());
  CHECK_THROWS_WITH(with_primary(kPrimary, kReplica).make(), Catch::Contains("primary key"));
  CHECK_THROWS_WITH(with_primary(kReplica, kReplica).make(), Catch::Contains("primary key"));
  CHECK_THROWS_WITH(with_primary(kThird, kReplica).make(), Catch::Contains("primary key"));
  CHECK_THROWS_WITH(with_primary(kThird, 3).make(), Catch::Contains("primary key"));
}

TEST_CASE("only a primary key is replicated") {
  Story story = with_set(true);
  story.step(10, replicate(story, kReplica, kNone, "us-east-1"));
  story.step(10, replicate(story, 3, kNone, "us-east-1"));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"UnsupportedOperationException", "UnsupportedOperationException"});
  CHECK(answer_to(*play, 0).message == not_primary(*play, kReplica));
  CHECK(answer_to(*play, 1).message == not_primary(*play, 3));
}

TEST_CASE("a Region has at most one key of a set, and one pending deletion still counts") {
  Story story = with_set(false, 8 * kDay);
  story.step(10, replicate(story, kPrimary, kReplica));
  story.step(20, replicate(story, kPrimary, kNone, "eu-west-1"));
  story.step(20, replicate(story, kPrimary, kNone, "us-west-2"));
  story.step(30, delete_in_a_week(story, kReplica));
  story.step(40, replicate(story, kPrimary, kNone, "eu-west-1"));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "AlreadyExistsException",
                                                             "AlreadyExistsException", "none",
                                                             "AlreadyExistsException"});
  CHECK(state_of(*play, kReplica) == KeyState::DELETED);
  CHECK(state_of(*play, kPrimary) == KeyState::ENABLED);
}

TEST_CASE("a Region's place is free again once the replica there is really gone") {
  Story story = with_set(false, 9 * kDay);
  story.keys[kThird].region = "eu-west-1";
  story.step(10, replicate(story, kPrimary, kReplica)).step(20, delete_in_a_week(story, kReplica));
  story.step(8 * kDay, replicate(story, kPrimary, kThird));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", "none"});
  CHECK(state_of(*play, kThird) == KeyState::ENABLED);
}

TEST_CASE("a replica needs room in its Region, and its tags are held to the rules") {
  Story story = with_set(false);
  story.set("kms.keys_max", "1");
  story.keys[kThird].region = "us-east-1";
  story.keys.push_back({.region = "eu-west-1"});
  story.step(10, replicate(story, kPrimary, kReplica));
  story.step(
      20, at_home(story, KmsOperation::REPLICATE_KEY, kPrimary, [](events::KmsCall::Builder kms) {
        kms.setReplicaRegion("us-east-1");
        kms.setNewKey(kThird);
        kms.initTags(1)[0].setName("aws:reserved");
      }));
  story.step(30, replicate(story, kPrimary, kThird));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"LimitExceededException", "TagException", "none"});
}

TEST_CASE("UpdatePrimaryRegion must be allowed on both keys") {
  const std::string all = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
                          R"({"AWS":"arn:aws:iam::111122223333:user/db-lead"},)"
                          R"("Action":"kms:*","Resource":"*"}]})";
  Story story = with_set(true);
  story.keys[kPrimary].policy = story.keys[kReplica].policy = all;
  story.step(10, make_primary(story, kPrimary, "ap-south-1"), 0);
  story.step(20, make_primary(story, kPrimary, "eu-west-1"), 0);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"AccessDeniedException", "none"});
  CHECK_THAT(answer_to(*play, 0).message, Catch::Contains(play->state().key_arn(kThird)));
}

TEST_CASE("a Region must look like one and lie in the same partition") {
  for (const std::string region : {"", "Europe", "eu-1", "eu-west-", "a-b-c-d-1", "eu-west-1x"}) {
    INFO(region);
    Story story = with_set(true);
    story.step(10, make_primary(story, kPrimary, region));
    const auto play = lawful(story);
    CHECK(answer_to(*play, 0).error == KmsError::VALIDATION);
    CHECK_THAT(answer_to(*play, 0).message, Catch::Contains("'primaryRegion'"));
  }
  Story story = with_set(true);
  story.step(10, replicate(story, kPrimary, kNone, "cn-north-1"));
  story.step(10, replicate(story, kPrimary, kNone, "us-gov-west-1"));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"UnsupportedOperationException", "UnsupportedOperationException"});
}

TEST_CASE("UpdatePrimaryRegion: both keys are Updating, go on working, and have changed roles") {
  Story story = with_set(true);
  story.step(10, make_primary(story, kPrimary, "eu-west-1"));
  story.step(12, encrypt(story, kPrimary)).step(12, encrypt(story, kReplica));
  story.step(13, at_home(story, KmsOperation::DISABLE_KEY, kPrimary));
  story.step(20, make_primary(story, kPrimary, "ap-south-1"));
  story.step(30, make_primary(story, kReplica, "ap-south-1"));
  Play play(story);
  play.run_to(14);
  CHECK(state_of(play, kPrimary) == KeyState::UPDATING);
  CHECK(state_of(play, kReplica) == KeyState::UPDATING);
  CHECK(state_of(play, kThird) == KeyState::ENABLED);
  play.run_to(16);
  CHECK(state_of(play, kPrimary) == KeyState::ENABLED);
  CHECK(state_of(play, kReplica) == KeyState::ENABLED);
  CHECK(kms::primary_of(play.state(), kThird) == kReplica);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) ==
        std::vector<std::string>{"none", "none", "none", "KMSInvalidStateException",
                                 "UnsupportedOperationException", "none"});
  CHECK(answer_to(play, 3).message == play.state().key_arn(kPrimary) + " is updating.");
  CHECK(kms::primary_of(play.state(), kPrimary) == kThird);
  CHECK(play.of(Event::KEY_READY).size() == 4);
}

TEST_CASE("UpdatePrimaryRegion needs another key of the set, in a state in which it may lead") {
  Story story = with_set(true);
  story.step(10, make_primary(story, kPrimary, "us-east-1"));
  story.step(10, make_primary(story, kPrimary, "us-west-2"));
  story.step(10, make_primary(story, 3, "eu-west-1"));
  story.step(20, at_home(story, KmsOperation::DISABLE_KEY, kReplica));
  story.step(21, make_primary(story, kPrimary, "eu-west-1"));
  story.step(22, delete_in_a_week(story, kThird));
  story.step(23, make_primary(story, kPrimary, "ap-south-1"));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"NotFoundException", "UnsupportedOperationException",
                                 "UnsupportedOperationException", "none", "DisabledException",
                                 "none", "KMSInvalidStateException"});
  CHECK(answer_to(*play, 4).message == play->state().key_arn(kReplica) + " is disabled.");
}

TEST_CASE("a key whose primary Region moves twice is ready when the second move is over") {
  Story story = with_set(true);
  story.step(10, make_primary(story, kPrimary, "eu-west-1"));
  story.step(13, make_primary(story, kReplica, "ap-south-1"));
  Play play(story);
  play.run_to(17);
  CHECK(state_of(play, kPrimary) == KeyState::ENABLED);
  CHECK(state_of(play, kReplica) == KeyState::UPDATING);
  CHECK(state_of(play, kThird) == KeyState::UPDATING);
  play.run();
  require_laws(story, play);
  CHECK(state_of(play, kReplica) == KeyState::ENABLED);
  CHECK(play.of(Event::KEY_READY).size() == 3);
}

TEST_CASE("a primary's waiting period begins when its last replica is deleted") {
  Story story = with_set(true, 30 * kDay);
  story.step(10, delete_in_a_week(story, kPrimary)).step(20, delete_in_a_week(story, kReplica));
  story.step(2 * kDay, delete_in_a_week(story, kThird)).step(3 * kDay, encrypt(story, kPrimary));
  Play play(story);
  play.run_to(7 * kDay + 21);
  CHECK(state_of(play, kReplica) == KeyState::DELETED);
  CHECK(state_of(play, kPrimary) == KeyState::PENDING_REPLICA_DELETION);
  CHECK(play.state().keys[kPrimary].deletion_date == sim::Time());
  play.run_to(9 * kDay);
  CHECK(state_of(play, kThird) == KeyState::DELETED);
  CHECK(state_of(play, kPrimary) == KeyState::PENDING_DELETION);
  CHECK(play.state().keys[kPrimary].deletion_date.nanoseconds() == at_seconds(16 * kDay));
  play.run();
  require_laws(story, play);
  CHECK(state_of(play, kPrimary) == KeyState::DELETED);
  CHECK(play.of(Event::KEY_DELETED).back()->seconds() == 16 * kDay);
  CHECK(answer_to(play, 3).error == KmsError::KMS_INVALID_STATE);
}

TEST_CASE("a primary that waits for its replicas can be saved, and is then Disabled") {
  Story story = with_set(true, 10 * kDay);
  story.step(10, delete_in_a_week(story, kPrimary));
  for (const std::uint32_t key : {kReplica, kThird}) story.step(20, delete_in_a_week(story, key));
  story.step(30, at_home(story, KmsOperation::CANCEL_KEY_DELETION, kPrimary));
  const auto play = lawful(story);
  CHECK(state_of(*play, kPrimary) == KeyState::DISABLED);
  CHECK(play->of(Event::KEY_DELETED).size() == 2);
}

TEST_CASE("a blob outlives the key that made it as long as a sibling is there") {
  Story story = with_set(true, 9 * kDay);
  story.step(10, encrypt(story, kReplica)).step(20, delete_in_a_week(story, kReplica));
  story.step(8 * kDay, decrypt(story, kReplica, 0)).step(8 * kDay, decrypt(story, kPrimary, 0));
  const auto play = lawful(story);
  CHECK(answer_to(*play, 2).error != KmsError::NONE);
  CHECK(answer_to(*play, 3).error == KmsError::NONE);
}

TEST_CASE("enabled state, description and tags are each Region's own") {
  Story story = with_set(true);
  story.step(10, at_home(story, KmsOperation::DISABLE_KEY, kReplica));
  story.step(20, encrypt(story, kPrimary)).step(20, encrypt(story, kReplica));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", "DisabledException"});
}

TEST_CASE("a replica of a key with imported material is PendingImport once it is made") {
  Story story = with_set(false, 600, Origin::EXTERNAL);
  story.step(10, replicate(story, kPrimary, kReplica));
  Play play(story);
  play.run_to(12);
  CHECK(state_of(play, kReplica) == KeyState::CREATING);
  play.run();
  require_laws(story, play);
  CHECK(state_of(play, kReplica) == KeyState::PENDING_IMPORT);
  CHECK(play.state().keys[kReplica].materials.at(0).id ==
        play.state().keys[kPrimary].materials.at(0).id);
  CHECK_FALSE(play.state().keys[kReplica].materials.at(0).present);
}

TEST_CASE("new material reaches the replicas before it is used, and old blobs stay readable") {
  Story story = with_set(true);
  story.step(10, encrypt(story, kReplica));
  story.step(20, at_home(story, KmsOperation::ROTATE_KEY_ON_DEMAND, kPrimary));
  story.step(22, encrypt(story, kPrimary)).step(40, encrypt(story, kPrimary));
  story.step(41, encrypt(story, kThird)).step(50, decrypt(story, kReplica, 3));
  story.step(51, decrypt(story, kThird, 0));
  Play play(story);
  play.run_to(23);
  CHECK(play.state().keys[kPrimary].current == 0);
  play.run();
  require_laws(story, play);
  for (const Answer& answer : {answer_to(play, 2), answer_to(play, 3), answer_to(play, 4),
                               answer_to(play, 5), answer_to(play, 6)}) {
    CHECK(error_name(answer.error) == "none");
  }
  CHECK(play.of(Event::KEY_ROTATED).size() == 1);
  CHECK(play.of(Event::KEY_MATERIAL_SYNCHRONIZED).size() == 2);
  const auto& keys = play.state().keys;
  for (const std::uint32_t key : {kPrimary, kReplica, kThird}) {
    REQUIRE(keys[key].materials.size() == 2);
    CHECK(keys[key].current == 1);
    CHECK(keys[key].materials[1].id == keys[kPrimary].materials[1].id);
  }
}

TEST_CASE("automatic rotation goes with the role of the primary") {
  Story story = with_set(true, 200 * kDay);
  story.step(10, at_home(story, KmsOperation::ENABLE_KEY_ROTATION, kPrimary,
                         [](events::KmsCall::Builder kms) {
                           kms.setHasRotationPeriod(true);
                           kms.setRotationPeriodInDays(90);
                         }));
  story.step(kDay, make_primary(story, kPrimary, "eu-west-1"));
  story.step(2 * kDay, at_home(story, KmsOperation::ROTATE_KEY_ON_DEMAND, kPrimary));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "none", "UnsupportedOperationException"});
  const auto rotated = play->of(Event::KEY_ROTATED);
  REQUIRE(rotated.size() == 2);
  CHECK(rotated[0]->seconds() == 10 + 90 * kDay);
  for (const KeptEvent* event : rotated) {
    CHECK(event->read().getKeyRotated().getKey() == kReplica);
  }
  CHECK(play->state().keys[kPrimary].materials.size() == 3);
}

}  // namespace
}  // namespace tablekey::model::tests::kms_replicas_test
