// GetItem, PutItem, UpdateItem and DeleteItem with all their parameters (dynamodb.md 9, 10).
#include "tests/model/clients/request_steps.h"

namespace tablekey::model::tests::single_requests_test {
namespace {

using events::Exception;

Story single(const std::vector<std::pair<Operation, One>>& requests) {
  Story story = books(200);
  double at = 10;
  for (const auto& [operation, one] : requests) {
    story.step(at, request(operation, {one}), 0);
    at += 1;
  }
  return story;
}

constexpr auto kGet = ItemKind::GET, kPut = ItemKind::PUT, kUpdate = ItemKind::UPDATE,
               kDelete = ItemKind::DELETE;

}  // namespace

TEST_CASE("What was put is read back exactly, whole or projected") {
  const std::string value =
      R"({"id":{"S":"a"},"m":{"M":{"x":{"L":[{"N":"1"},{"S":"z"}]}}},"s":{"SS":["p","q"]}})";
  Story story = single({{Operation::PUT_ITEM, {kPut, 10, value}},
                        {Operation::GET_ITEM, {kGet, 10, id("a")}},
                        {Operation::GET_ITEM, {kGet, 10, id("a"), "", "", "m.x[1], s"}},
                        {Operation::GET_ITEM, {kGet, 3, generated_id(3)}},
                        {Operation::GET_ITEM, {kGet, 11, id("none")}}});
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getChanges().size() == 1);
  CHECK(result_of(answered(*play, 1)) == result_of(value));
  CHECK(answered(*play, 1).getReads()[0].getVersion() == 1);
  CHECK(result_of(answered(*play, 2)) ==
        result_of(std::string(R"({"m":{"M":{"x":{"L":[{"S":"z"}]}}},"s":{"SS":["p","q"]}})")));
  CHECK(result_of(answered(*play, 3)) == result_of(present(*play, 0, 3)));
  CHECK(answered(*play, 4).getReturned() == 0);
  CHECK(answered(*play, 4).getResultHigh() == 0);
}

TEST_CASE("A generated item has its key, a payload and exactly the size that the table gives") {
  Play play(books());
  play.run();
  const auto bytes = play.world().vault().plaintext(play.state(), 0, 4);
  const items::AttributeMap item = item_of(bytes.bytes());
  CHECK(items::to_json(items::key_of(item, play.scenario().items(0).key())) == generated_id(4));
  CHECK(item.size() == 2);
  CHECK(item.contains("Payload"));
  CHECK(play.state().item(0, 4).size == 100);
}

TEST_CASE("A condition is asked of the item as it is, and a failed one changes nothing") {
  Story story = single(
      {{Operation::PUT_ITEM, {kPut, 10, valued("a", 1), "attribute_not_exists(id)"}},
       {Operation::PUT_ITEM, {kPut, 10, valued("a", 2), "attribute_not_exists(id)"}},
       {Operation::PUT_ITEM,
        {kPut, 10, valued("a", 3), "n = :one", "", "", R"({":one":{"N":"1"}})"}},
       {Operation::DELETE_ITEM, {kDelete, 10, id("a"), "n < :x", "", "", R"({":x":{"N":"3"}})"}},
       {Operation::DELETE_ITEM, {kDelete, 10, id("a"), "n >= :x", "", "", R"({":x":{"N":"3"}})"}},
       {Operation::DELETE_ITEM, {kDelete, 10, id("a")}}});
  const auto play = lawful(story);
  std::vector<Exception> exceptions;
  for (std::size_t i = 0; i < 6; ++i) exceptions.push_back(answered(*play, i).getException());
  constexpr auto kFailed = Exception::CONDITIONAL_CHECK_FAILED;
  CHECK(exceptions == std::vector<Exception>{Exception::NONE, kFailed, Exception::NONE, kFailed,
                                             Exception::NONE, Exception::NONE});
  CHECK(message_of(answered(*play, 1)) == "The conditional request failed");
  // A condition that fails has read the item.
  CHECK(answered(*play, 1).getReads().size() == 1);
  CHECK(answered(*play, 1).getChanges().size() == 0);
  // Deleting what is not there is done, and changes nothing.
  CHECK(answered(*play, 5).getChanges().size() == 0);
  CHECK(present(*play, 0, 10).empty());
}

TEST_CASE("An update makes, changes and counts, and returns what it is asked for") {
  const std::string one = R"({":one":{"N":"1"}})";
  Story story = single(
      {{Operation::UPDATE_ITEM, {kUpdate, 10, id("a"), "", "SET n = :one", "", one}},
       {Operation::UPDATE_ITEM,
        {kUpdate, 10, id("a"), "", "ADD n :one SET t = :one", "", one, {}, "UPDATED_NEW"}},
       {Operation::UPDATE_ITEM, {kUpdate, 10, id("a"), "", "REMOVE t", "", "", {}, "ALL_OLD"}},
       {Operation::UPDATE_ITEM,
        {kUpdate, 3, generated_id(3), "", "SET n = :one", "", one, {}, "ALL_NEW"}}});
  const auto play = lawful(story);
  CHECK(result_of(answered(*play, 1)) ==
        result_of(std::string(R"({"n":{"N":"2"},"t":{"N":"1"}})")));
  CHECK(result_of(answered(*play, 2)) ==
        result_of(std::string(R"({"id":{"S":"a"},"n":{"N":"2"},"t":{"N":"1"}})")));
  CHECK(present(*play, 0, 10) == R"({"id":{"S":"a"},"n":{"N":"2"}})");
  // A generated value that is updated is a given one from then on.
  CHECK(play->state().item(0, 3).given);
  CHECK(result_of(answered(*play, 3)) == result_of(present(*play, 0, 3)));
}

TEST_CASE("What does not fit its shape is refused before any key is asked for") {
  std::string large = R"({"id":{"S":"a"},"x":{"S":")" + std::string(410'000, 'x') + R"("}})";
  Story story = single(
      {{Operation::PUT_ITEM, {kPut, 10, R"({"id":{"N":"1"}})"}},
       {Operation::PUT_ITEM, {kPut, 11, large}},
       {Operation::GET_ITEM, {kGet, 12, R"({"other":{"S":"a"}})"}},
       {Operation::UPDATE_ITEM,
        {kUpdate, 13, id("a"), "", "SET id = :x", "", R"({":x":{"S":"b"}})"}},
       {Operation::PUT_ITEM, {kPut, 13, valued("a", 1), "n = :undefined"}},
       {Operation::PUT_ITEM, {kPut, 13, valued("a", 1), "", "", "", R"({":unused":{"N":"1"}})"}},
       {Operation::PUT_ITEM, {kPut, 13, valued("a", 1), "", "", "", "", {}, "ALL_NEW"}}});
  const auto play = lawful(story);
  for (std::size_t i = 0; i < story.steps.size(); ++i) {
    CHECK(answered(*play, i).getException() == Exception::VALIDATION);
    CHECK_FALSE(message_of(answered(*play, i)).empty());
  }
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).empty());
}

TEST_CASE("Capacity is counted in steps of 4 KB read and 1 KB written") {
  const std::string large = R"({"id":{"S":"a"},"x":{"S":")" + std::string(5000, 'x') + R"("}})";
  Story story = single({{Operation::PUT_ITEM, {kPut, 10, large}},
                        {Operation::GET_ITEM, {kGet, 10, id("a")}},
                        {Operation::PUT_ITEM, {kPut, 10, valued("a", 1)}},
                        {Operation::GET_ITEM, {kGet, 10, id("a")}}});
  story.step(20, request(Operation::GET_ITEM, {{.item = 10, .json = id("a"), .consistent = true}}),
             0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getCapacity()[0].getWriteUnits() == 5);
  CHECK(answered(*play, 1).getCapacity()[0].getHalfReadUnits() == 2);
  CHECK(answered(*play, 2).getCapacity()[0].getWriteUnits() == 5);  // the larger of both
  CHECK(answered(*play, 3).getCapacity()[0].getHalfReadUnits() == 1);
  CHECK(answered(*play, 4).getCapacity()[0].getHalfReadUnits() == 2);
}

TEST_CASE("A request with parameters asks KMS once and fails with what it said") {
  Story story = single({{Operation::GET_ITEM, {kGet, 3, generated_id(3)}},
                        {Operation::PUT_ITEM, {kPut, 10, valued("a", 1)}}});
  story.step(20, kms(KmsKind::DISABLE_KEY, 0));
  story.step(21, request(Operation::PUT_ITEM, {{kPut, 10, valued("a", 2)}}), 0);  // still cached
  story.set("table_key_cache.policy", "fixed-connection").set("table_key_cache.ttl", "30s");
  story.step(60, request(Operation::PUT_ITEM, {{kPut, 10, valued("a", 3)}}), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getVia() == events::Access::MISS);
  CHECK(answered(*play, 1).getVia() == events::Access::HIT);
  CHECK(answered(*play, 0).getLatency() == 14 * kMillisecond);
  CHECK(answered(*play, 3).getException() == Exception::NONE);
  const auto lost = answered(*play, 4);
  CHECK(lost.getException() == Exception::VALIDATION);
  CHECK(lost.getKmsError() == KmsError::DISABLED);
  CHECK(lost.getKmsTable() == 0);
  CHECK_THAT(message_of(lost), Catch::Matchers::StartsWith("KMS key disabled error: "));
  CHECK(present(*play, 0, 10) == valued("a", 2));
}

TEST_CASE("Requests of a table that is not there are refused without KMS") {
  Story story = books(60);
  story.step(0.5, request(Operation::PUT_ITEM, {{kPut, 10, valued("a", 1)}}), 0);
  story.step(2, request(Operation::PUT_ITEM, {{kPut, 10, valued("a", 1)}}), 0);
  const auto play = lawful(story);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(answered(*play, i).getException() == Exception::RESOURCE_NOT_FOUND);
    CHECK(message_of(answered(*play, i)) == "Requested resource not found: Table: Books not found");
  }
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).empty());
}

}  // namespace tablekey::model::tests::single_requests_test
