// Several accounts and Regions in one world: what DynamoDB does for a table, it does in the table's
// account and Region (dynamodb.md 2.3, 5.1, 6).
#include "model/dynamodb/errors.h"
#include "tests/model/dynamodb/replica_steps.h"

namespace tablekey::model::tests::realms_test {
namespace {

constexpr std::string_view kOther = "444455556666";

std::string policy_in(const std::string& service) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},)"
         R"("Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":")" +
         service + R"("}}}]})";
}

// Books in Oregon, and Books of another account in Ireland.
Story two_worlds() {
  Story story;
  story.until = 30;
  story.principals = {{"ann", PrincipalKind::USER, ""},
                      {"bob", PrincipalKind::USER, "", std::string(kOther)}};
  story.keys = {{.name = "Here", .policy = policy_in("dynamodb.us-west-2.amazonaws.com")},
                {.name = "There",
                 .policy = policy_in("dynamodb.eu-west-1.amazonaws.com"),
                 .account = std::string(kOther),
                 .region = "eu-west-1"}};
  story.tables = {{.name = "Books", .key = 0, .creator = 0},
                  {.name = "Books", .key = 1, .creator = 1}};
  place_table(story, 1, "eu-west-1", std::string(kOther));
  return story;
}

TEST_CASE("tables of one name in two accounts live side by side, each with its own key") {
  Story story = two_worlds();
  story.step(10, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(10, data(Operation::GET_ITEM, 1, 1), 1);
  const auto play = lawful(story);
  CHECK(play->of(Event::ITEM_READ).size() == 2);
  CHECK(play->state().table_arn(0) == "arn:aws:dynamodb:us-west-2:111122223333:table/Books");
  CHECK(play->state().table_arn(1) == "arn:aws:dynamodb:eu-west-1:444455556666:table/Books");
  const Grant& grant = play->state().grants[play->state().tables[1].grants.front()];
  const kms::GrantTerms terms = kms::table_grant_terms(play->state(), 1);
  CHECK(terms.grantee == "dynamodb.eu-west-1.amazonaws.com");
  CHECK(terms.retiring == "dynamodb.eu-west-1.amazonaws.com");
  CHECK(kms::issuing_account(play->state(), grant) == kOther);
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"aws:dynamodb:subscriberId", std::string(kOther)}, {"aws:dynamodb:tableName", "Books"}};
  CHECK(std::vector(terms.pairs.begin(), terms.pairs.end()) == pairs);
}

TEST_CASE("a key policy that names another Region's DynamoDB lets no table be made here") {
  Story story = two_worlds();
  story.keys[1].policy = policy_in("dynamodb.us-west-2.amazonaws.com");
  const auto play = lawful(story);
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0]->read().getTableRequestRefused().getTable() == 1);
  CHECK(refused[0]->read().getTableRequestRefused().getException() ==
        events::Exception::ACCESS_DENIED);
  CHECK(play->state().tables[0].lifecycle == Lifecycle::live);
}

TEST_CASE("a key of another Region is not found in the table's") {
  Story story = two_worlds();
  story.keys[1].account = std::string(kAccount);
  story.principals[1].account = std::string(kAccount);
  story.tables[1].name = "Loans";
  place_table(story, 1, "us-west-2");
  const auto play = lawful(story);
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 1);
  const auto event = refused[0]->read().getTableRequestRefused();
  CHECK(event.getKmsError() == KmsError::NOT_FOUND);
  CHECK(dynamodb::table_message(play->state(), event)
            .starts_with("KMS validation error: "
                         "com.amazonaws.services.kms.model.NotFoundException: Invalid arn "
                         "eu-west-1"));
}

TEST_CASE("a principal of another account is let into no table, before KMS is asked") {
  Story story = two_worlds();
  story.step(10, data(Operation::GET_ITEM, 0, 1), 1);
  story.step(11, delete_table(0), 1);
  const auto play = lawful(story);
  const auto failed = play->of(Event::REQUEST_FAILED);
  REQUIRE(failed.size() == 1);
  const auto event = failed[0]->read().getRequestFailed();
  CHECK(event.getException() == events::Exception::ACCESS_DENIED);
  CHECK(dynamodb::request_message(play->state(), event) ==
        "User: arn:aws:iam::444455556666:user/bob is not authorized to perform: dynamodb:GetItem "
        "on resource: arn:aws:dynamodb:us-west-2:111122223333:table/Books because no "
        "resource-based policy allows the dynamodb:GetItem action");
  CHECK(play->answers(KmsOperation::DECRYPT).empty());
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0]->read().getTableRequestRefused().getException() ==
        events::Exception::ACCESS_DENIED);
  CHECK(play->state().tables[0].lifecycle == Lifecycle::live);
}

TEST_CASE(
    "the quota of KMS that a table's requests count against is that of its account and Region") {
  Story story = two_worlds();
  story.set("kms.quota.symmetric_large", "1/s");
  story.set("kms.quota.symmetric", "1/s");
  // Two connections of one account and Region in one second, and one of another.
  story.tables.push_back({.name = "Loans", .key = 0, .creator = 0});
  story.step(10.1, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(10.2, data(Operation::GET_ITEM, 2, 1), 0);
  story.step(10.3, data(Operation::GET_ITEM, 1, 1), 1);
  const auto play = lawful(story);
  const auto decrypts = play->answers(KmsOperation::DECRYPT);
  REQUIRE(decrypts.size() == 3);
  CHECK(decrypts[0]->read().getKmsAnswered().getError() == KmsError::NONE);
  CHECK(decrypts[1]->read().getKmsAnswered().getError() == KmsError::THROTTLING);
  CHECK(decrypts[2]->read().getKmsAnswered().getError() == KmsError::NONE);
}

TEST_CASE("an outage of KMS in one Region leaves the tables of another alone") {
  Story story = two_worlds();
  story.step(9, [](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::OUTAGE);
    fault.setRegion("eu-west-1");
    fault.setError(KmsError::KMS_INTERNAL);
    fault.setShareMillionths(1'000'000);
  });
  story.step(10, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(10, data(Operation::GET_ITEM, 1, 1), 1);
  const auto play = lawful(story);
  REQUIRE(play->of(Event::ITEM_READ).size() == 1);
  CHECK(play->of(Event::ITEM_READ)[0]->read().getItemRead().getTable() == 0);
  CHECK(play->of(Event::REQUEST_FAILED).size() == 1);
}

}  // namespace
}  // namespace tablekey::model::tests::realms_test
