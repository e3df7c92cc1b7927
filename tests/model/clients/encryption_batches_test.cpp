// Batches and transactions whose items their clients encrypt (dynamodb.md 8): a data key for each
// item, and nothing is sent before all of them are there.
#include <set>

#include "tests/model/clients/encryption_steps.h"

namespace tablekey::model::tests::encryption_batches_test {
namespace {

using events::Exception;

constexpr auto kDelete = ItemKind::DELETE, kCheck = ItemKind::CONDITION_CHECK;

const std::string kA = R"({"author":{"S":"Ada"},"id":{"S":"a"},"note":{"S":"never seen at rest"}})";
const std::string kB = R"({"author":{"S":"Bea"},"id":{"S":"b"},"note":{"S":"another"}})";
const std::string kC = R"({"author":{"S":"Cyd"},"id":{"S":"c"},"note":{"S":"a third"}})";

// The items that steps name follow the ten generated ones.
constexpr std::uint32_t kItemA = 10, kItemB = 11, kItemC = 12;

Fill put_all(Operation operation, std::vector<One> also = {}) {
  std::vector<One> items = {{kPut, kItemA, kA}, {kPut, kItemB, kB}, {kPut, kItemC, kC}};
  items.insert(items.end(), also.begin(), also.end());
  return request(operation, items, with(0));
}

Fill get_all(Operation operation) {
  return request(operation,
                 {{kGet, kItemC, id("c")}, {kGet, kItemA, id("a")}, {kGet, kItemB, id("b")}},
                 with(0));
}

bool asks_kms(const Setup& setup) { return setup.provider == Encryptor::Provider::DIRECT_KMS; }

std::size_t calls_on(const Play& play, std::uint32_t key, KmsOperation operation) {
  std::size_t calls = 0;
  for (const KeptEvent* event : play.of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    if (answer.getKey() == key && answer.getOperation() == operation) ++calls;
  }
  return calls;
}

std::size_t table_keys_asked(const Play& play) {
  return play.of(Event::TABLE_KEY_REQUESTED).size();
}

// A policy of the client's key that knows item a alone.
std::string only_item_a() {
  return R"(,"Condition":{"StringEquals":{"kms:EncryptionContext:id":"a"}})";
}

}  // namespace

TEST_CASE(
    "Batches and transactions encrypt each item that they put and decrypt each that they read") {
  struct Ways {
    Operation write, read;
  };
  for (const Ways ways : {Ways{Operation::BATCH_WRITE_ITEM, Operation::BATCH_GET_ITEM},
                          Ways{Operation::TRANSACT_WRITE_ITEMS, Operation::TRANSACT_GET_ITEMS}}) {
    for (const Setup& setup : kSetups) {
      Story story = library({setup});
      story.step(10, put_all(ways.write, {{kDelete, 3, generated_id(3)}}), 0);
      story.step(11, get_all(ways.read), 0);
      story.step(12, request(ways.read, {{kGet, kItemA, id("a")}}), 0);
      const auto play = lawful(story);
      CHECK(message_of(answered(*play, 0)).empty());
      REQUIRE(answered(*play, 0).getChanges().size() == 4);
      CHECK(answered(*play, 1).getReturned() == 3);
      CHECK(decrypted_of(answered(*play, 1)) == result_of("[" + kC + "," + kA + "," + kB + "]"));
      CHECK(result_of(answered(*play, 2)) != result_of("[" + kA + "]"));
      CHECK(present(*play, 0, 3).empty());
      const std::size_t each = asks_kms(setup) ? 3 : 0;
      CHECK(calls_on(*play, kClientKey, KmsOperation::GENERATE_DATA_KEY) == each);
      CHECK(calls_on(*play, kClientKey, KmsOperation::DECRYPT) == each);
      require_nothing_leaked(*play);
    }
  }
}

TEST_CASE("The items of a request have data keys of their own") {
  for (const Setup& setup : {kSetups[0], kSetups[3]}) {
    // Equal values but for their keys: equal data keys would show as equal ciphertexts.
    Story story = library({setup});
    std::vector<One> items;
    for (std::uint32_t i = 0; i < 4; ++i)
      items.push_back({kPut, kItemA + i, valued(fmt::format("k{}", i), 1)});
    story.step(10, request(Operation::BATCH_WRITE_ITEM, items, with(0)), 0);
    const auto play = lawful(story);
    std::set<std::string> stored, blobs;
    for (std::uint32_t i = 0; i < 4; ++i) {
      const auto bytes = play->world().vault().plaintext(play->state(), 0, kItemA + i);
      const items::AttributeMap item = item_of(bytes.bytes());
      stored.insert(items::to_json(items::AttributeMap{{"t", *item.find("t")}}));
    }
    CHECK(stored.size() == 4);
    for (const KeptEvent* event : play->of(Event::KMS_ANSWERED)) {
      const auto answer = event->read().getKmsAnswered();
      if (answer.getKey() != kClientKey) continue;
      const auto blob = answer.getEffect().getDataKey().getCiphertextBlob();
      blobs.emplace(blob.asChars().begin(), blob.asChars().end());
    }
    CHECK(blobs.size() == 4);
  }
}

TEST_CASE("When KMS refuses one data key nothing of the request is sent") {
  for (const Operation operation : {Operation::BATCH_WRITE_ITEM, Operation::TRANSACT_WRITE_ITEMS}) {
    for (const Setup& setup : {kSetups[0], kSetups[3], kSetups[4]}) {
      Story story = library({setup}, only_item_a());
      story.step(10, put_all(operation), 0);
      const auto play = lawful(story);
      CHECK(answered(*play, 0).getException() == Exception::VALIDATION);
      CHECK(message_of(answered(*play, 0)).find("AccessDeniedException") != std::string::npos);
      CHECK(answered(*play, 0).getKmsError() == KmsError::NONE);
      CHECK(answered(*play, 0).getChanges().size() == 0);
      CHECK(answered(*play, 0).getUnprocessed().size() == 0);
      // The first key was given, the second was not, and the third was not asked for. In the other
      // format no value of a key is in the context, so that there the first was refused.
      const bool named = setup.format == Encryptor::Format::ENCRYPTION_CLIENT;
      CHECK(play->of(Event::CLIENT_KEY_REQUESTED).size() == (named ? 2 : 1));
      CHECK(table_keys_asked(*play) == 0);
    }
  }
}

TEST_CASE("A key that is disabled while a client collects data keys stops the whole request") {
  Story story = library({kSetups[0]});
  // 10 ms a call: the second one reaches KMS 15 ms after the request.
  story.step(10, put_all(Operation::TRANSACT_WRITE_ITEMS), 0)
      .step(10.012, kms(KmsKind::DISABLE_KEY, kClientKey))
      .step(20, kms(KmsKind::ENABLE_KEY, kClientKey))
      .step(21, put_all(Operation::TRANSACT_WRITE_ITEMS), 0);
  const auto play = lawful(story);
  CHECK(message_of(answered(*play, 0)).find("DisabledException") != std::string::npos);
  CHECK(answered(*play, 0).getChanges().size() == 0);
  CHECK(answered(*play, 3).getChanges().size() == 3);
  CHECK(play->of(Event::CLIENT_KEY_REQUESTED).size() == 2 + 3);
}

TEST_CASE("A client that may not decrypt one item of a batch gets none of them") {
  for (const Operation read : {Operation::BATCH_GET_ITEM, Operation::TRANSACT_GET_ITEMS}) {
    Story story = library({kSetups[0]});
    story.step(10, put_all(Operation::TRANSACT_WRITE_ITEMS), 0);
    story.step(20, kms(KmsKind::PUT_KEY_POLICY, kClientKey, kNone, allow(only_item_a())));
    story.step(30, get_all(read), 0).step(31, get(0, kItemA), 0);
    const auto play = lawful(story);
    CHECK(message_of(answered(*play, 2)).starts_with("UnwrappingError: "));
    CHECK(answered(*play, 2).getDecryptedHigh() == 0);
    CHECK(answered(*play, 2).getReturned() == 0);
    CHECK(decrypted_of(answered(*play, 3)) == result_of(kA));
  }
}

TEST_CASE("A transaction whose condition fails stores nothing of what its client has encrypted") {
  Story story = library({kSetups[0]});
  One check{kCheck, 3, generated_id(3), "attribute_not_exists(id)"};
  story.step(10, put_all(Operation::TRANSACT_WRITE_ITEMS, {check}), 0);
  check.condition = "attribute_exists(id)";
  story.step(11, put_all(Operation::TRANSACT_WRITE_ITEMS, {check}), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getException() == Exception::TRANSACTION_CANCELED);
  REQUIRE(answered(*play, 0).getReasons().size() == 1);
  CHECK(answered(*play, 0).getReasons()[0].getPosition() == 3);
  CHECK(answered(*play, 0).getChanges().size() == 0);
  CHECK(answered(*play, 1).getChanges().size() == 3);
}

TEST_CASE("A client refuses a transaction that updates an item, as it does an update alone") {
  Story story = library({kSetups[0], kSetups[3]});
  const One change{ItemKind::UPDATE,       kItemB, id("b"), "", "SET author = :x", "",
                   R"({":x":{"S":"Eve"}})"};
  const std::vector<One> items = {{kPut, kItemA, kA}, change};
  story.step(10, request(Operation::TRANSACT_WRITE_ITEMS, items, with(0)), 0)
      .step(11, request(Operation::TRANSACT_WRITE_ITEMS, items, with(1)), 0);
  const auto play = lawful(story);
  CHECK(message_of(answered(*play, 0)).starts_with("NotImplementedError: "));
  CHECK(message_of(answered(*play, 1)).starts_with("DynamoDbEncryptionTransformsException: "));
  CHECK(play->of(Event::CLIENT_KEY_REQUESTED).empty());
}

TEST_CASE("The same transaction under its token is encrypted again and written once") {
  Story story = library({kSetups[0]});
  const auto once = [&] {
    return request(Operation::TRANSACT_WRITE_ITEMS, {{kPut, kItemA, kA}, {kPut, kItemB, kB}},
                   [](events::DataCall::Builder call) {
                     call.setEncryptor(0);
                     call.setClientRequestToken("once");
                   });
  };
  story.step(10, once(), 0).step(20, once(), 0).step(21, get(0, kItemA), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getChanges().size() == 2);
  CHECK(answered(*play, 1).getException() == Exception::NONE);
  CHECK(answered(*play, 1).getChanges().size() == 0);
  CHECK(calls_on(*play, kClientKey, KmsOperation::GENERATE_DATA_KEY) == 4);
  CHECK(decrypted_of(answered(*play, 2)) == result_of(kA));
}

}  // namespace tablekey::model::tests::encryption_batches_test
