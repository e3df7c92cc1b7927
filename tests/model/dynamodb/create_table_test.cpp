// CreateTable: the KMS calls, their order and who makes them (dynamodb.md 1.3, 5, 6), and how it
// fails.
#include "model/dynamodb/errors.h"

#include <algorithm>
#include <set>

#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::create_table_test {
namespace {

struct Asked {
  KmsOperation operation;
  char who;  // c: the caller through DynamoDB, s: DynamoDB itself
  double seconds;
  bool operator==(const Asked&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Asked& asked) {
  return out << static_cast<int>(asked.operation) << asked.who << asked.seconds;
}

/// KMS's answers up to now, to the millisecond.
std::vector<Asked> asked(const Play& play) {
  std::vector<Asked> found;
  for (const KeptEvent* event : play.of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    const auto ms = (event->read().getTime() - kStart + kMillisecond / 2) / kMillisecond;
    CHECK(answer.getViaService() != answer.getAsService());
    CHECK((answer.getCaller() != 0) == answer.getViaService());
    found.push_back({answer.getOperation(), answer.getViaService() ? 'c' : 's',
                     static_cast<double>(ms) / 1000});
  }
  return found;
}

constexpr auto kDescribe = KmsOperation::DESCRIBE_KEY, kCreateGrant = KmsOperation::CREATE_GRANT,
               kGenerate = KmsOperation::GENERATE_DATA_KEY;

std::string refusal_text(const Story& story) {
  Play play(story);
  while (play.turn()) {
    const auto event = play.all().back().read();
    if (event.isTableRequestRefused()) {
      return dynamodb::table_message(play.state(), event.getTableRequestRefused());
    }
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("CreateTable asks KMS in order, first as the creator and then as the service") {
  Play play(books());
  play.run();
  CHECK(asked(play) == std::vector<Asked>{{kDescribe, 'c', 1.005},
                                          {kCreateGrant, 'c', 1.015},
                                          {kCreateGrant, 'c', 1.025},
                                          {kGenerate, 's', 3.035}});
  const auto answers = play.of(Event::KMS_ANSWERED);
  CHECK(answers[0]->read().getKmsAnswered().getDecidedBy() == events::Decider::KEY_POLICY);
  CHECK(answers[3]->read().getKmsAnswered().getDecidedBy() == events::Decider::GRANT);
  CHECK(play.state().grants.size() == 2);
  CHECK(play.state().grants[0].id != play.state().grants[1].id);
  CHECK(play.state().grants[0].issuer == 1);
  const auto made = play.of(Event::TABLE_KEY_CREATED);
  REQUIRE(made.size() == 1);
  CHECK(made[0]->read().getTableKeyCreated().getVersion() == 1);
  CHECK(made[0]->read().getTableKeyCreated().getBlob().size() == 148);
  CHECK(made[0]->read().getTableKeyCreated().getDataKeys().size() == 1);
  // Allocation took 3 s from 1 s on, longer than the keys did.
  CHECK(play.of(Event::TABLE_ACTIVATED)[0]->read().getTime() == at_seconds(4));
}

TEST_CASE("A table is ACTIVE when both its partitions and its keys are there") {
  Story story = books();
  story.set("dynamodb.create_table", "constant(100ms)");
  Play play(story);
  play.run();
  CHECK(play.of(Event::TABLE_ACTIVATED)[0]->read().getTime() == at_seconds(3.040));
}

TEST_CASE("GenerateDataKey works while the grants propagate, by their token") {
  Story story = books(400);
  story.set("kms.propagation", "constant(300s)");
  Play play(story);
  play.run_to(10);
  CHECK(play.state().tables[0].lifecycle == Lifecycle::live);
  CHECK(play.state().grants[0].visible_at.nanoseconds() == at_seconds(301.015));
}

TEST_CASE("Retiring works while the grants propagate, too") {
  Story story = books(400);
  story.set("kms.propagation", "constant(300s)");
  story.step(10, delete_table(0));
  Play play(story);
  play.run();
  for (const KeptEvent* event : play.answers(KmsOperation::RETIRE_GRANT)) {
    CHECK(event->read().getKmsAnswered().getError() == KmsError::NONE);
    CHECK(event->read().getKmsAnswered().getAsService());
  }
  CHECK(play.answers(KmsOperation::RETIRE_GRANT).size() == 2);
  CHECK(play.state().keys[0].live_grants == 0);
}

TEST_CASE("The grant that protects a table's history outlives it where it lingers") {
  constexpr double kDay = 86'400;
  Story story = books(50 * kDay);
  story.set("dynamodb.history_grant_linger", "42d");
  story.step(10, delete_table(0));
  Play early(story);
  early.run_to(41 * kDay);
  CHECK(early.answers(KmsOperation::RETIRE_GRANT).size() == 1);
  CHECK(early.state().keys[0].live_grants == 1);
  const auto play = lawful(story);
  const auto retired = play->answers(KmsOperation::RETIRE_GRANT);
  REQUIRE(retired.size() == 2);
  CHECK(retired[1]->seconds() - play->of(Event::TABLE_DELETED)[0]->seconds() ==
        Approx(42 * kDay).margin(1));
  CHECK(retired[1]->read().getKmsAnswered().getError() == KmsError::NONE);
  CHECK(play->state().keys[0].live_grants == 0);
}

TEST_CASE("A table that is made again does not disturb the grant of the former one's history") {
  constexpr double kDay = 86'400;
  Story story = books(50 * kDay);
  story.set("dynamodb.history_grant_linger", "42d");
  story.step(10, delete_table(0));
  story.step(kDay, create_table(0), 0);
  const auto play = lawful(story);
  CHECK(play->state().tables[0].lifecycle == Lifecycle::live);
  CHECK(play->state().keys[0].live_grants == 2);  // the new table's
  CHECK(play->answers(KmsOperation::RETIRE_GRANT).size() == 2);
}

TEST_CASE("A grant of a history that somebody revoked before needs no retiring") {
  constexpr double kDay = 86'400;
  Story story = books(50 * kDay);
  story.set("dynamodb.history_grant_linger", "42d");
  story.step(10, kms(KmsKind::REVOKE_GRANT, 0, 0, "", 0, events::GrantReference::Choice::SECOND));
  story.step(20, delete_table(0));
  const auto play = lawful(story);
  CHECK(play->answers(KmsOperation::RETIRE_GRANT).size() == 1);
  CHECK(play->state().keys[0].live_grants == 0);
}

TEST_CASE("The number of grants for a table is a setting") {
  for (const std::uint32_t count : {1U, 2U, 3U}) {
    Story story = books();
    story.set("dynamodb.grants_per_table", std::to_string(count));
    story.step(20, delete_table(0));
    Play play(story);
    play.run();
    CHECK(play.answers(kCreateGrant).size() == count);
    CHECK(play.answers(KmsOperation::RETIRE_GRANT).size() == count);
    CHECK(play.state().tables[0].lifecycle == Lifecycle::deleted);
  }
}

TEST_CASE("A table on the owned key makes no call that its account could see") {
  Story story = books();
  story.keys[0].manager = Manager::OWNED;
  story.step(20, data(Operation::GET_ITEM, 0, 0), 0);
  story.step(30, delete_table(0));
  Play play(story);
  play.run();
  for (const KeptEvent* event : play.of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    CHECK(answer.getAsService());
    CHECK(answer.getDecidedBy() == events::Decider::OWN_SERVICE);
    CHECK(play.scenario().reader().getKeys()[answer.getKey()].getManager() == Manager::OWNED);
  }
  CHECK(play.of(Event::KMS_ANSWERED).size() == 2);  // GenerateDataKey, Decrypt
  CHECK(play.state().grants.empty());
  CHECK(play.of(Event::ITEM_READ).size() == 1);
}

TEST_CASE("The AWS managed key serves every principal of the account through DynamoDB") {
  Story story = books();
  story.keys[0] = {.name = "aws/dynamodb",
                   .manager = Manager::AWS,
                   .policy = std::string(iam::kManagedKeyPolicy)};
  story.principals.push_back({"anyone", PrincipalKind::USER, ""});
  story.step(20, data(Operation::GET_ITEM, 0, 0), 1);
  story.step(21, kms(KmsKind::DECRYPT, kNone, 0), 1);
  Play play(story);
  play.run();
  CHECK(play.of(Event::ITEM_READ).size() == 1);
  const auto decrypts = play.answers(KmsOperation::DECRYPT);
  REQUIRE(decrypts.size() == 2);
  CHECK(decrypts[1]->read().getKmsAnswered().getError() == KmsError::ACCESS_DENIED);
}

TEST_CASE("A creator who may not use the key creates nothing") {
  Story story = books();
  story.principals.push_back({"stranger", PrincipalKind::USER, ""});
  story.tables[0].creator = 1;
  story.step(10, create_table(0), 0);  // db-lead may
  Play play(story);
  play.run_to(5);
  const auto refused = play.of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 1);
  const auto event = refused[0]->read().getTableRequestRefused();
  CHECK(event.getException() == events::Exception::ACCESS_DENIED);
  CHECK(event.getKmsError() == KmsError::ACCESS_DENIED);
  CHECK(event.getKmsOperation() == kDescribe);
  CHECK(play.state().tables[0].lifecycle == Lifecycle::absent);
  CHECK(play.state().tables[0].process.kind == ProcessKind::none);
  CHECK(play.state().agenda().size() == 2);  // the step, and the end
  play.run();
  CHECK(play.state().tables[0].lifecycle == Lifecycle::live);
}

TEST_CASE("A creator without kms:CreateGrant is told which permission is missing") {
  Story story = books();
  story.keys[0].policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
                         R"({"AWS":"arn:aws:iam::111122223333:user/db-lead"},"Action":)"
                         R"("kms:DescribeKey","Resource":"*"}]})";
  const std::string arn =
      "arn:aws:kms:us-west-2:111122223333:key/"
      "1234abcd-12ab-34cd-56ef-123456789010";
  const std::string text = refusal_text(story);
  CHECK_THAT(text, Catch::Matchers::StartsWith(
                       "KMS key access denied error: com.amazonaws.services.kms.model."
                       "AWSKMSException: User: arn:aws:iam::111122223333:user/db-lead is not "
                       "authorized to perform: kms:CreateGrant on resource: " +
                       arn));
  Play play(story);
  play.run();
  CHECK(
      play.of(Event::TABLE_REQUEST_REFUSED)[0]->read().getTableRequestRefused().getKmsOperation() ==
      kCreateGrant);
  CHECK(play.state().tables[0].lifecycle == Lifecycle::absent);
}

TEST_CASE("A disabled key is refused when the table is asked for") {
  Story story = books();
  story.keys[0].enabled = false;
  CHECK_THAT(refusal_text(story), Catch::Matchers::StartsWith("KMS key disabled error: "));
  Play play(story);
  play.run();
  CHECK(play.state().tables[0].lifecycle == Lifecycle::absent);
}

TEST_CASE("The quota of grants of a key is kept") {
  Story story = books();
  story.tables.push_back({.name = "Second", .created = 10});
  story.set("kms.grants_per_key_max", "3");
  Play play(story);
  play.run();
  CHECK(play.state().tables[0].lifecycle == Lifecycle::live);
  CHECK(play.state().tables[1].lifecycle == Lifecycle::absent);
  const auto refused = play.of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0]->read().getTableRequestRefused().getException() ==
        events::Exception::LIMIT_EXCEEDED);
  story.keys[0] = {
      .name = "", .manager = Manager::AWS, .policy = std::string(iam::kManagedKeyPolicy)};
  Play uncounted(story);
  uncounted.run();
  CHECK(uncounted.state().tables[1].lifecycle == Lifecycle::live);
}

TEST_CASE("S11: a table whose key is lost while it is made stays CREATING, and then vanishes") {
  // Before GenerateDataKey, after it and before the table is ACTIVE; enabling the key again does
  // not help.
  for (const double lost : {2.0, 3.5}) {
    Story story = books(5000);
    story.step(lost, kms(KmsKind::DISABLE_KEY, 0)).step(100, kms(KmsKind::ENABLE_KEY, 0));
    story.step(200, data(Operation::GET_ITEM, 0, 0), 0);
    story.step(4000, create_table(0), 0);
    Play play(story);
    play.run_to(3560.9);
    CHECK(play.state().tables[0].lifecycle == Lifecycle::creating);
    play.run_to(3561);
    CHECK(play.state().tables[0].lifecycle == Lifecycle::deleted);
    CHECK(play.of(Event::REQUEST_FAILED).size() == 1);
    CHECK(play.of(Event::TABLE_ACTIVATED).empty());
    CHECK(play.of(Event::TABLE_REQUEST_REFUSED).empty());
    play.run();
    CHECK(play.state().tables[0].lifecycle == Lifecycle::live);
  }
}

TEST_CASE("Each structure of a table has a data key of its own") {
  Story story = books();
  story.tables[0].local_indexes = {"by-author"};
  story.tables[0].global_indexes = {"by-year", "by-title"};
  story.tables[0].stream = true;
  Play play(story);
  play.run();
  const auto& keys = play.state().tables[0].data_keys;
  REQUIRE(keys.size() == 5);
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    CHECK(keys[i].structure == i);
    CHECK(keys[i].version == 1);
    for (std::uint32_t j = 0; j < i; ++j) CHECK(keys[i].wrapped != keys[j].wrapped);
  }
  std::size_t count = 0;
  std::set<std::string> secrets;
  play.world().vault().for_each_secret(play.state(), [&](std::span<const std::uint8_t> secret) {
    ++count;
    secrets.emplace(secret.begin(), secret.end());
  });
  CHECK(count == 1 + 1 + 5);  // backing key, table key, data keys
  CHECK(secrets.size() == count);
}

TEST_CASE("Copies of a table are made one by one and have keys of their own") {
  Story story = books();
  story.tables[0].copies = 5;
  story.workloads.push_back({.name = "reader", .connections = 10});
  Play play(story);
  play.run();
  std::vector<Uuid> ids;
  for (const Table& table : play.state().tables) {
    CHECK(table.lifecycle == Lifecycle::live);
    ids.push_back(table.id);
  }
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  CHECK(play.state().table_name(3) == "Books-3");
  CHECK(play.state().grants.size() == 10);
  for (std::uint32_t i = 0; i < 10; ++i) CHECK(play.state().connections[i].table == i % 5);
}

}  // namespace tablekey::model::tests::create_table_test
