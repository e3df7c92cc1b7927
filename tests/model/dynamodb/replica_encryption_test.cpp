// The type of encryption is a whole global table's, each key its own Region's (dynamodb.md 7.2):
// how a group gets another type, and what stands in its way.
#include "tests/model/dynamodb/replica_steps.h"
#include "tests/model/dynamodb/table_steps.h"

namespace tablekey::model::tests::replica_encryption_test {
namespace {

constexpr const char* kInvalid = "One or more parameter values were invalid: ";
constexpr std::uint32_t kManaged = 2, kOwned = 4;  // of the first Region; the other's follows

/// Two replicas under customer keys; each Region has an AWS managed key and an AWS owned one too.
Story grouped() {
  Story story = global_books(2, true);
  story.until = 200;
  for (const Manager manager : {Manager::AWS, Manager::OWNED}) {
    for (KeySpec key : regional_keys(2, manager)) {
      const bool managed = manager == Manager::AWS;
      key.name = (managed ? "Managed-" : "Owned-") + key.region;
      if (managed) key.policy = policy_for({user_arn("db-lead")});
      if (managed) {
        key.more = [](events::Key::Builder out) {
          out.initAliases(1).set(0, "alias/aws/dynamodb");
        };
      }
      story.keys.push_back(key);
    }
  }
  story.set("dynamodb.sse_switch", "constant(20s)");
  story.set("dynamodb.sse_switch_old_key_shown", "constant(5s)");
  return story;
}

/// UpdateTable of that table with nothing but an SSESpecification.
Fill encrypt(std::uint32_t table, const Sse& sse) {
  return table_call(TableOperation::UPDATE_TABLE, table,
                    [=](CallBuilder call) { fill_sse(call.initSse(), sse); });
}

std::vector<std::uint32_t> keys_of(const Play& play) {
  return {play.state().tables[0].key, play.state().tables[1].key};
}

}  // namespace

TEST_CASE("A switch of one replica to the AWS managed key takes the others to theirs") {
  Story story = grouped();
  story.step(20, encrypt(0, {1, "KMS"}), 0);
  Play begun(story);
  begun.run_to(25);
  CHECK(begun.state().tables[1].process.kind == ProcessKind::key_switch);
  CHECK(begun.state().tables[1].process.key == kManaged + 1);
  const auto play = lawful(story);
  CHECK(table_reply(*play, 0).exception == "ok");
  CHECK(keys_of(*play) == std::vector<std::uint32_t>{kManaged, kManaged + 1});
  const auto started = play->of(Event::SSE_SWITCH_STARTED);
  REQUIRE(started.size() == 2);
  CHECK(started[1]->read().getSseSwitchStarted().getStep() == 0);
  // KMS is asked in each Region for whoever wanted it, and the former grants are retired there.
  for (const std::uint32_t key : {0U, 1U}) CHECK(play->state().keys[key].live_grants == 0);
  for (const std::uint32_t key : {0U, 1U})
    CHECK(play->state().keys[kManaged + key].live_grants == 2);
  CHECK(contents(*play, 0) == contents(*play, 1));
}

TEST_CASE("A group goes to the AWS owned key and comes back as a whole") {
  Story story = grouped();
  story.step(20, encrypt(1, {0}), 0);
  story.step(80, encrypt(0, {1, "KMS"}), 0);
  Play between(story);
  between.run_to(70);
  CHECK(keys_of(between) == std::vector<std::uint32_t>{kOwned, kOwned + 1});
  const auto play = lawful(story);
  CHECK(keys_of(*play) == std::vector<std::uint32_t>{kManaged, kManaged + 1});
}

TEST_CASE("A switch within the type of the group is one Region's affair") {
  Story story = grouped();
  story.keys.push_back(regional_keys(1, Manager::CUSTOMER)[0]);
  story.keys.back().name = "Other";
  story.step(20, encrypt(0, {1, "KMS", 6}), 0);
  const auto play = lawful(story);
  CHECK(keys_of(*play) == std::vector<std::uint32_t>{6, 1});
  CHECK(play->of(Event::SSE_SWITCH_STARTED).size() == 1);
}

TEST_CASE("A group does not come to customer keys by one replica's request") {
  Story story = grouped();
  story.step(20, encrypt(0, {1, "KMS"}), 0);
  story.step(80, encrypt(0, {1, "KMS", 0}), 0);
  story.step(90, encrypt(0, {0}), 0);
  story.step(150, encrypt(0, {1, "KMS", 0}), 0);
  const auto play = lawful(story);
  CHECK(table_reply(*play, 1).message ==
        std::string(kInvalid) +
            "All replica keys must either be Customer Managed CMK or AWS Managed CMK.");
  CHECK(table_reply(*play, 3).message ==
        std::string(kInvalid) + "KMSMasterKeyId must be specified for each replica.");
  CHECK(keys_of(*play) == std::vector<std::uint32_t>{kOwned, kOwned + 1});
}

TEST_CASE("A replica that is busy keeps the group from another type of encryption") {
  Story story = grouped();
  const auto protect = [](CallBuilder call) {
    call.setHasBillingMode(true);
    call.setProvisioned(true);
    call.setHasThroughput(true);
    call.setReadCapacity(5);
    call.setWriteCapacity(5);
  };
  story.step(20, table_call(TableOperation::UPDATE_TABLE, 1, protect), 0);
  story.step(22, encrypt(0, {0}), 0);
  const auto play = lawful(story);
  const TableReply reply = table_reply(*play, 1);
  CHECK(reply.exception == "ResourceInUseException");
  CHECK(reply.message ==
        "Attempt to change a resource which is still in use: Table: Books in eu-west-1 is in the "
        "process of being updated.");
  CHECK(keys_of(*play) == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("A switch that KMS refuses the first replica moves no other") {
  Story story = grouped();
  story.keys[kManaged].enabled = false;
  story.step(20, encrypt(0, {1, "KMS"}), 0);
  const auto play = lawful(story);
  CHECK(play->of(Event::SSE_SWITCH_STARTED).size() == 1);
  CHECK(keys_of(*play) == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("A replica whose new key is refused stays behind and the others go on") {
  Story story = grouped();
  story.keys[kManaged + 1].enabled = false;
  story.step(20, encrypt(0, {1, "KMS"}), 0);
  const auto play = lawful(story);
  CHECK(keys_of(*play) == std::vector<std::uint32_t>{kManaged, 1});
  CHECK(play->of(Event::TABLE_REQUEST_REFUSED).size() == 1);
}

}  // namespace tablekey::model::tests::replica_encryption_test
