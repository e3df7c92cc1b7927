// Batches and transactions: several items, several tables, and a key lost on the way (dynamodb.md
// 3.5, 9).
#include "tests/model/clients/request_steps.h"

namespace tablekey::model::tests::transactions_test {
namespace {

using events::Exception;

constexpr auto kGet = ItemKind::GET, kPut = ItemKind::PUT, kDelete = ItemKind::DELETE,
               kCheck = ItemKind::CONDITION_CHECK;

/// Two tables under keys of their own.
Story shop(double until = 100) {
  Story story = books(until);
  story.keys.push_back({});
  story.tables.push_back({.name = "Orders", .key = 1});
  return story;
}

One put(std::uint32_t item, const std::string& value, std::uint32_t table = 0) {
  One one{kPut, item, value};
  one.table = table;
  return one;
}
One get(std::uint32_t item, const std::string& key, std::uint32_t table = 0) {
  One one{kGet, item, key};
  one.table = table;
  return one;
}

More token(const std::string& text) {
  return [=](events::DataCall::Builder call) { call.setClientRequestToken(text); };
}

}  // namespace

TEST_CASE("A batch reads and writes items of several tables, each table's key asked for once") {
  Story story = shop();
  story.step(
      10,
      request(Operation::BATCH_WRITE_ITEM, {put(10, valued("a", 1)), put(10, valued("b", 2), 1),
                                            One{kDelete, 3, generated_id(3)}}),
      0);
  story.step(20,
             request(Operation::BATCH_GET_ITEM,
                     {get(10, id("b"), 1), get(10, id("a")), get(3, generated_id(3))}),
             0);
  const auto play = lawful(story);
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() == 2);
  CHECK(answered(*play, 0).getChanges().size() == 3);
  CHECK(answered(*play, 0).getLatency() == 24 * kMillisecond);  // two Decrypts, one after the other
  CHECK(answered(*play, 0).getVia() == events::Access::MISS);
  CHECK(answered(*play, 1).getVia() == events::Access::HIT);
  CHECK(answered(*play, 1).getReturned() == 2);
  CHECK(result_of(answered(*play, 1)) ==
        result_of("[" + valued("b", 2) + "," + valued("a", 1) + ",null]"));
}

TEST_CASE("A batch has its limits") {
  std::vector<One> writes, reads;
  for (std::uint32_t i = 0; i < 101; ++i) {
    const std::string name = std::to_string(i);
    if (i < 26) writes.push_back(put(10 + i, valued(name, 1)));
    reads.push_back(get(10 + i, id(name)));
  }
  Story story = shop();
  story.step(10, request(Operation::BATCH_WRITE_ITEM, writes), 0);
  story.step(11, request(Operation::BATCH_GET_ITEM, reads), 0);
  writes.pop_back();
  reads.pop_back();
  story.step(12, request(Operation::BATCH_WRITE_ITEM, writes), 0);
  story.step(13, request(Operation::BATCH_GET_ITEM, reads), 0);
  story.step(14, request(Operation::BATCH_GET_ITEM, {reads[0], reads[0]}), 0);
  const auto play = lawful(story);
  CHECK(message_of(answered(*play, 0)) == "Too many items requested for the BatchWriteItem call");
  CHECK(message_of(answered(*play, 1)) == "Too many items requested for the BatchGetItem call");
  CHECK(answered(*play, 2).getChanges().size() == 25);
  CHECK(answered(*play, 3).getReturned() == 25);
  CHECK(message_of(answered(*play, 4)) == "Provided list of item keys contains duplicates");
}

TEST_CASE("A key that is lost fails the whole batch, or its own items alone") {
  for (const bool unprocessed : {false, true}) {
    Story story = shop();
    if (unprocessed) story.set("dynamodb.batch_key_failure", "unprocessed");
    story.step(9, kms(KmsKind::DISABLE_KEY, 0));
    const auto both = [](int n) {
      return std::vector<One>{put(10, valued("a", n)), put(10, valued("b", n), 1)};
    };
    story.step(10, request(Operation::BATCH_WRITE_ITEM, both(1)), 0);
    story.step(15, kms(KmsKind::DISABLE_KEY, 1));
    story.step(500, request(Operation::BATCH_WRITE_ITEM, both(2)), 0);
    story.until = 600;
    const auto play = lawful(story);
    const auto one = answered(*play, 1), none = answered(*play, 3);
    if (unprocessed) {
      CHECK(one.getException() == Exception::NONE);
      REQUIRE(one.getUnprocessed().size() == 1);
      CHECK(one.getUnprocessed()[0] == 0);
      CHECK(present(*play, 1, 10) == valued("b", 1));
    } else {
      CHECK(one.getException() == Exception::VALIDATION);
      CHECK(one.getKmsError() == KmsError::DISABLED);
      CHECK(one.getChanges().size() == 0);
      CHECK(present(*play, 1, 10).empty());
    }
    CHECK(present(*play, 0, 10).empty());
    CHECK(none.getException() == Exception::VALIDATION);
    CHECK(none.getKmsTable() == 0);
  }
}

TEST_CASE("A transaction takes effect as a whole or not at all") {
  Story story = shop();
  One check{kCheck, 3, generated_id(3), "attribute_exists(id)"};
  One fails{kCheck, 12, id("none"), "attribute_exists(id)"};
  story.step(10,
             request(Operation::TRANSACT_WRITE_ITEMS,
                     {put(10, valued("a", 1)), put(10, valued("b", 1), 1), check}),
             0);
  story.step(20,
             request(Operation::TRANSACT_WRITE_ITEMS,
                     {put(10, valued("a", 2)), fails, put(10, valued("b", 2), 1)}),
             0);
  story.step(30,
             request(Operation::TRANSACT_GET_ITEMS,
                     {get(10, id("b"), 1), get(10, id("a")), get(12, id("none"))}),
             0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getChanges().size() == 2);
  CHECK(answered(*play, 0).getCapacity()[0].getWriteUnits() == 4);  // two items, doubled
  const auto cancelled = answered(*play, 1);
  CHECK(cancelled.getException() == Exception::TRANSACTION_CANCELED);
  CHECK(message_of(cancelled) ==
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, None]");
  REQUIRE(cancelled.getReasons().size() == 1);
  CHECK(cancelled.getReasons()[0].getPosition() == 1);
  CHECK(cancelled.getChanges().size() == 0);
  CHECK(result_of(answered(*play, 2)) ==
        result_of("[" + valued("b", 1) + "," + valued("a", 1) + ",null]"));
}

TEST_CASE("A client request token does a transaction once in ten minutes") {
  Story story = shop(2000);
  const auto write = [](int n) { return std::vector<One>{put(10, valued("a", n))}; };
  constexpr auto kWrite = Operation::TRANSACT_WRITE_ITEMS;
  story.step(10, request(kWrite, write(1), token("t")), 0);
  story.step(20, request(Operation::PUT_ITEM, {put(10, valued("a", 7))}), 0);
  story.step(30, request(kWrite, write(1), token("t")), 0);
  story.step(40, request(kWrite, write(2), token("t")), 0);
  story.step(50, request(kWrite, write(2), token("other")), 0);
  story.step(700, request(kWrite, write(1), token("t")), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 2).getException() == Exception::NONE);
  CHECK(answered(*play, 2).getChanges().size() == 0);
  CHECK(answered(*play, 3).getException() == Exception::IDEMPOTENT_PARAMETER_MISMATCH);
  CHECK(answered(*play, 4).getChanges().size() == 1);
  CHECK(answered(*play, 5).getChanges().size() == 1);  // ten minutes later it is forgotten
}

TEST_CASE("A transaction does all or nothing whenever a key is lost on the way") {
  // Two Decrypts one after the other: sent at 10 s and 10.010 s, decided at 10.005 s and 10.015 s.
  // One of the keys is lost at every millisecond around them.
  for (const std::uint32_t lost : {0U, 1U}) {
    for (int millisecond = -2; millisecond <= 24; ++millisecond) {
      Story story = shop(40);
      story.step(10 + millisecond / 1000.0 + 0.0005, kms(KmsKind::DISABLE_KEY, lost));
      story.step(10,
                 request(Operation::TRANSACT_WRITE_ITEMS,
                         {put(10, valued("a", 1)), put(10, valued("b", 1), 1)}),
                 0);
      Play play(story);
      play.run();
      const auto answer = answered(play, 1);
      const bool done = answer.getException() == Exception::NONE;
      CHECK(done == (millisecond >= (lost == 0 ? 5 : 15)));
      CHECK(answer.getChanges().size() == (done ? 2 : 0));
      CHECK(present(play, 0, 10).empty() == !done);
      CHECK(present(play, 1, 10).empty() == !done);
      if (done) continue;
      CHECK(answer.getException() == Exception::TRANSACTION_CANCELED);
      CHECK(answer.getKmsError() == KmsError::DISABLED);
      CHECK(answer.getKmsTable() == lost);
      REQUIRE(answer.getReasons().size() == 1);
      CHECK(answer.getReasons()[0].getPosition() == lost);
    }
  }
}

TEST_CASE("Requests on several tables wait for each other's Decrypt") {
  Story story = shop();
  const std::vector<One> both = {get(3, generated_id(3)), get(3, generated_id(3), 1)};
  story.step(10, request(Operation::BATCH_GET_ITEM, both), 0);
  story.step(10.002, request(Operation::BATCH_GET_ITEM, both), 0);
  story.step(10.012, request(Operation::GET_ITEM, {get(3, generated_id(3), 1)}), 0);
  const auto play = lawful(story);
  CHECK(play->answers(KmsOperation::DECRYPT).size() == 2);
  CHECK(answered(*play, 1).getVia() == events::Access::DELAYED_HIT);
  CHECK(answered(*play, 2).getVia() == events::Access::DELAYED_HIT);
  CHECK(result_of(answered(*play, 0)) == result_of(answered(*play, 1)));
}

TEST_CASE("A workload may update, batch and use transactions, all with generated values") {
  Story story = books(60);
  WorkloadSpec mix{.name = "mix", .connections = 2};
  mix.stages = {{1e6, 3, 3}};
  mix.operations = {{Operation::UPDATE_ITEM, 200'000},
                    {Operation::BATCH_GET_ITEM, 200'000},
                    {Operation::BATCH_WRITE_ITEM, 200'000},
                    {Operation::TRANSACT_GET_ITEMS, 200'000},
                    {Operation::TRANSACT_WRITE_ITEMS, 200'000}};
  story.workloads.push_back(mix);
  story.tables[0].items = 30;
  const auto play = lawful(story);
  std::map<Operation, std::size_t> seen;
  for (const KeptEvent* event : play->of(Event::DATA_ANSWERED)) {
    const auto answer = event->read().getDataAnswered();
    CHECK(answer.getException() == Exception::NONE);
    ++seen[answer.getOperation()];
    const bool writes = answer.getOperation() == Operation::BATCH_WRITE_ITEM ||
                        answer.getOperation() == Operation::TRANSACT_WRITE_ITEMS;
    if (writes) CHECK(answer.getChanges().size() == 10);
    for (auto change : answer.getChanges()) {
      CHECK(change.getSize() == 100);
      CHECK(change.getSealed().size() == 0);
    }
  }
  CHECK(seen.size() == 5);
}

}  // namespace tablekey::model::tests::transactions_test
