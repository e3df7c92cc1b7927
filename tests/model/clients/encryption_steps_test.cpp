// Items encrypted by their clients, within runs (dynamodb.md 8): twice encrypted, under two keys
// that are lost one without the other.
#include "tests/model/clients/encryption_steps.h"

namespace tablekey::model::tests::encryption_steps_test {

using events::Exception;

TEST_CASE("An item that any provider encrypts lies encrypted in the table and is read as it was") {
  for (const Setup& setup : kSetups) {
    Story story = library({setup});
    story.step(10, put(0), 0).step(11, get(0), 0);
    story.step(12, request(Operation::GET_ITEM, {{kGet, 10, id("a")}}), 0);
    const auto play = lawful(story);
    CHECK(message_of(answered(*play, 0)).empty());
    CHECK(message_of(answered(*play, 1)).empty());
    REQUIRE(answered(*play, 0).getChanges().size() == 1);
    CHECK(decrypted_of(answered(*play, 1)) == result_of(kValue));
    // What DynamoDB stores, and gives to whoever has no client-side key.
    CHECK(result_of(answered(*play, 1)) == result_of(answered(*play, 2)));
    CHECK(result_of(answered(*play, 2)) != result_of(kValue));
    const auto stored = play->world().vault().plaintext(play->state(), 0, 10);
    CHECK_FALSE(contains(stored.bytes(), crypto::bytes_of(std::string("never seen at rest"))));
    CHECK(contains(stored.bytes(), crypto::bytes_of(std::string("Ada"))));
    require_nothing_leaked(*play);
  }
}

TEST_CASE("A provider of KMS asks once for each put and each get, as the caller itself") {
  for (const Setup& setup : kSetups) {
    Story story = library({setup});
    story.step(10, put(0), 0).step(11, get(0), 0);
    const auto play = lawful(story);
    std::vector<KmsOperation> asked;
    for (const KeptEvent* event : play->of(Event::KMS_ANSWERED)) {
      const auto answer = event->read().getKmsAnswered();
      if (answer.getKey() != kClientKey) continue;
      CHECK_FALSE(answer.getViaService());
      CHECK_FALSE(answer.getAsService());
      CHECK(answer.getCaller() != 0);
      CHECK(answer.getError() == KmsError::NONE);
      asked.push_back(answer.getOperation());
    }
    std::vector<KmsOperation> wanted;
    if (setup.provider == Encryptor::Provider::DIRECT_KMS) {
      wanted = {KmsOperation::GENERATE_DATA_KEY, KmsOperation::DECRYPT};
    }
    CHECK(asked == wanted);
  }
}

TEST_CASE("A client that loses its key fails by itself while the table's key is fine") {
  for (const Setup& setup : {kSetups[0], kSetups[4]}) {
    Story story = library({setup});
    story.step(10, put(0), 0)
        .step(20, kms(KmsKind::DISABLE_KEY, kClientKey))
        .step(21, get(0), 0)
        .step(22, request(Operation::GET_ITEM, {{kGet, 10, id("a")}}), 0)
        .step(23, put(0), 0)
        .step(30, kms(KmsKind::ENABLE_KEY, kClientKey))
        .step(31, get(0), 0);
    const auto play = lawful(story);
    CHECK(answered(*play, 2).getException() == Exception::VALIDATION);
    CHECK(message_of(answered(*play, 2)).find("DisabledException") != std::string::npos);
    CHECK(answered(*play, 2).getKmsError() == KmsError::NONE);  // the table's key was there
    CHECK(answered(*play, 3).getException() == Exception::NONE);
    CHECK(message_of(answered(*play, 4)).find("DisabledException") != std::string::npos);
    CHECK(answered(*play, 4).getChanges().size() == 0);
    CHECK(decrypted_of(answered(*play, 6)) == result_of(kValue));
  }
}

TEST_CASE("The client's key opens nothing while the table's is lost") {
  Story story = library({kSetups[0]});
  story.step(10, put(0), 0)
      .step(20, kms(KmsKind::DISABLE_KEY, kTableKey))
      .step(21, get(0), 0)
      .step(400, get(0), 0)
      .step(410, kms(KmsKind::ENABLE_KEY, kTableKey))
      .step(411, get(0), 0);
  story.until = 500;
  const auto play = lawful(story);
  // The table's key is cached for five minutes.
  CHECK(decrypted_of(answered(*play, 2)) == result_of(kValue));
  CHECK(answered(*play, 3).getException() != Exception::NONE);
  CHECK(answered(*play, 3).getKmsError() == KmsError::DISABLED);
  CHECK(answered(*play, 3).getDecryptedHigh() == 0);
  CHECK(decrypted_of(answered(*play, 5)) == result_of(kValue));
}

TEST_CASE("A key policy sees the encryption context of the client's calls") {
  const auto condition = [](const std::string& name, const std::string& value) {
    return R"(,"Condition":{"StringEquals":{"kms:EncryptionContext:)" + name + R"(":")" + value +
           R"("}})";
  };
  const auto outcome = [&](const Setup& setup, const std::string& name, const std::string& value) {
    Story story = library({setup}, condition(name, value));
    story.step(10, put(0), 0).step(11, get(0), 0);
    const auto play = lawful(story);
    return std::pair(message_of(answered(*play, 0)),
                     decrypted_of(answered(*play, 1)) == result_of(kValue));
  };
  CHECK(outcome(kSetups[0], "*aws-kms-table*", "Books").second);
  CHECK(outcome(kSetups[0], "id", "a").second);
  CHECK_FALSE(outcome(kSetups[0], "*aws-kms-table*", "Films").second);
  CHECK(outcome(kSetups[0], "id", "b").first.find("AccessDeniedException") != std::string::npos);
  CHECK(outcome(kSetups[3], "aws-crypto-table-name", "Books").second);
  CHECK_FALSE(outcome(kSetups[3], "aws-crypto-table-name", "Films").second);
}

TEST_CASE("What a client cannot verify is its own failure and not DynamoDB's") {
  const Setup other{.provider = Encryptor::Provider::STATIC, .name = "others"};
  Story story = library({kSetups[2], other, kSetups[0], kSetups[3]});
  story.step(10, put(0), 0)
      .step(11, get(1), 0)                      // another key
      .step(12, get(2), 0)                      // another provider
      .step(13, get(3), 0)                      // another format
      .step(14, get(0, 3, generated_id(3)), 0)  // written in the clear
      .step(15, request(Operation::PUT_ITEM, {{kPut, 10, kValue}}), 0)
      .step(16, get(0), 0);
  const auto play = lawful(story);
  const auto failure = [&](std::size_t step) {
    CHECK(answered(*play, step).getException() == Exception::VALIDATION);
    CHECK(answered(*play, step).getReads().size() == 1);  // DynamoDB served it
    CHECK(answered(*play, step).getDecryptedHigh() == 0);
    return message_of(answered(*play, step));
  };
  CHECK(failure(1).starts_with("SignatureVerificationError: "));
  CHECK(failure(2).starts_with("WrappingError: "));
  CHECK(failure(3).starts_with("DynamoDbItemEncryptorException: "));
  CHECK(failure(4).starts_with("DecryptionError: "));
  CHECK(failure(6).starts_with("DecryptionError: "));
}

TEST_CASE("A client that encrypts refuses updates and projections, and deletes as any other") {
  Story story = library({kSetups[0], kSetups[3]});
  const One change{ItemKind::UPDATE,       10, id("a"), "", "SET author = :x", "",
                   R"({":x":{"S":"Eve"}})"};
  story.step(10, put(0), 0)
      .step(11, request(Operation::UPDATE_ITEM, {change}, with(0)), 0)
      .step(12, request(Operation::UPDATE_ITEM, {change}, with(1)), 0)
      .step(13, request(Operation::GET_ITEM, {{kGet, 10, id("a"), "", "", "note"}}, with(0)), 0)
      .step(14, request(Operation::DELETE_ITEM, {{ItemKind::DELETE, 10, id("a")}}, with(0)), 0)
      .step(15, get(0), 0);
  const auto play = lawful(story);
  CHECK(message_of(answered(*play, 1)).starts_with("NotImplementedError: "));
  CHECK(message_of(answered(*play, 2)).starts_with("DynamoDbEncryptionTransformsException: "));
  CHECK(message_of(answered(*play, 3)).starts_with("InvalidArgumentError: "));
  CHECK(answered(*play, 4).getException() == Exception::NONE);
  CHECK(answered(*play, 5).getException() == Exception::NONE);
  CHECK(answered(*play, 5).getReturned() == 0);
}

TEST_CASE("A scan and a batch decrypt all that they return, with one call of KMS for each item") {
  const std::string second = R"({"author":{"S":"Bea"},"id":{"S":"b"},"note":{"S":"another"}})";
  for (const Setup& setup : kSetups) {
    Story story = library({setup});
    story.tables[0].items = 0;
    story.step(10, put(0, kValue, 0), 0).step(11, put(0, second, 1), 0);
    story.step(12, reading(Operation::SCAN, with(0)), 0);
    story.step(
        13, request(Operation::BATCH_GET_ITEM, {{kGet, 1, id("b")}, {kGet, 0, id("a")}}, with(0)),
        0);
    const auto play = lawful(story);
    CHECK(message_of(answered(*play, 2)).empty());
    CHECK(answered(*play, 2).getReturned() == 2);
    const auto scanned = decrypted_of(answered(*play, 2));
    CHECK((scanned == result_of("[" + kValue + "," + second + "]") ||
           scanned == result_of("[" + second + "," + kValue + "]")));
    CHECK(decrypted_of(answered(*play, 3)) == result_of("[" + second + "," + kValue + "]"));
    const bool asks = setup.provider == Encryptor::Provider::DIRECT_KMS;
    CHECK(play->of(Event::CLIENT_KEY_REQUESTED).size() == (asks ? 6 : 0));
  }
}

TEST_CASE("An item or a table that goes while KMS is asked for the client is not there any more") {
  for (const Setup& setup : {kSetups[0], kSetups[4]}) {
    Story story = library({setup});
    story.step(10, put(0), 0)
        .step(20, get(0), 0)
        .step(20.002, request(Operation::DELETE_ITEM, {{ItemKind::DELETE, 10, id("a")}}), 0)
        .step(30, put(0), 0)
        .step(40, delete_table(0))
        .step(44.998, get(0), 0);
    const auto play = lawful(story);
    CHECK(answered(*play, 1).getException() == Exception::NONE);
    CHECK(answered(*play, 1).getReturned() == 0);
    CHECK(answered(*play, 5).getException() == Exception::RESOURCE_NOT_FOUND);
    CHECK(play->state().tables[0].lifecycle == Lifecycle::deleted);
  }
}

TEST_CASE("Where table keys are hardly cached a request needs both keys, each of them once") {
  Story story = library({kSetups[0]});
  story.set("table_key_cache.policy", "fixed-connection").set("table_key_cache.ttl", "1ms");
  story.step(10, put(0), 0).step(20, get(0), 0);
  const auto play = lawful(story);
  CHECK(decrypted_of(answered(*play, 1)) == result_of(kValue));
  CHECK(play->of(Event::CLIENT_KEY_REQUESTED).size() == 2);
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() == 2);
  // The client waits for both, one after the other.
  CHECK(answered(*play, 1).getLatency() == 24 * kMillisecond);
}

TEST_CASE("A migration reads items of the old format and in the clear where its policy says so") {
  const auto structured = [](const std::string& plaintext, const std::string& legacy) {
    return Setup{.format = Encryptor::Format::DATABASE_ENCRYPTION_SDK,
                 .plaintext_policy = plaintext,
                 .legacy_policy = legacy};
  };
  Story story =
      library({kSetups[0], structured("", "forbidWriteAllowRead"),
               structured("", "forbidWriteForbidRead"), structured("forbidWriteAllowRead", "")});
  story.step(10, put(0), 0)
      .step(11, get(1), 0)
      .step(12, get(2), 0)
      .step(13, request(Operation::PUT_ITEM, {{kPut, 10, kValue}}), 0)
      .step(14, get(3), 0)
      .step(15, get(1), 0);
  const auto play = lawful(story);
  CHECK(decrypted_of(answered(*play, 1)) == result_of(kValue));
  CHECK(message_of(answered(*play, 2)).starts_with("DynamoDbItemEncryptorException: Legacy"));
  CHECK(decrypted_of(answered(*play, 4)) == result_of(kValue));
  CHECK(message_of(answered(*play, 5)).starts_with("DynamoDbItemEncryptorException: Encrypted"));
}

}  // namespace tablekey::model::tests::encryption_steps_test
