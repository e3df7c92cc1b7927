// Encrypt, Decrypt, ReEncrypt and GenerateDataKey as steps call them: what opens, what does not,
// and what is refused before any cryptography (kms.md 3.1, 7.1).
#include "tests/model/kms/material_steps.h"

#include <set>

namespace tablekey::model::tests::cryptography_test {
namespace {

const std::string kDenied = "AccessDeniedException";
const std::string kBadBlob = "InvalidCiphertextException";
const std::string kIncorrectKeyText =
    "The key ID in the request does not identify a CMK that can perform this operation.";

Story two_keys(double until = 600) {
  Story story;
  story.until = until;
  story.keys = {{}, {}};
  return story;
}

TEST_CASE("what is encrypted decrypts, and the answer names key and material") {
  Story story = two_keys();
  story.step(10, encrypt_text(0)).step(20, decrypt(0)).step(21, decrypt(0, {}, 0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", "none"});
  CHECK(kms_answered(*play, 1).getKey() == 0);
  CHECK(material_of(*play, 0) == 0);
  CHECK(material_of(*play, 1) == 0);
  CHECK(plaintext_of(*play, 1) == plaintext_of(*play, 0));
  CHECK(blob_of(*play, 0).size() == 116 + 4);
  const auto header = kms::parse_blob(blob_of(*play, 0));
  REQUIRE(header);
  CHECK(header->material == play->state().keys[0].materials[0].id);
}

TEST_CASE("Encrypt takes 1 to 4096 bytes") {
  Story story = two_keys();
  story.step(10, encrypt_bytes(0, 1)).step(11, encrypt_bytes(0, 4096));
  story.step(12, encrypt_bytes(0, 4097)).step(13, encrypt_text(0, {}, "")).step(20, decrypt(1));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", "ValidationException",
                                                             "ValidationException", "none"});
  CHECK(blob_of(*play, 1).size() == 4212);
  CHECK(message_of(*play, 2) ==
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member "
        "must have length less than or equal to 4096");
  CHECK(message_of(*play, 3) ==
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member "
        "must have length greater than or equal to 1");
}

TEST_CASE("the encryption context must be the same, pair for pair and byte for byte") {
  const Pairs context = {{"Department", "10"}, {"Purpose", "backup"}};
  const std::vector<Pairs> others = {
      {},
      {{"Department", "10"}},
      {{"Department", "10"}, {"Purpose", "backup"}, {"More", ""}},
      {{"department", "10"}, {"Purpose", "backup"}},
      {{"Department", "10"}, {"Purpose", "Backup"}},
      {{"Department", "10"}, {"Purpose", "backup "}},
      {{"Department", "backup"}, {"Purpose", "10"}},
  };
  Story story = two_keys();
  story.step(10, encrypt_text(0, context)).step(11, decrypt(0, {context[1], context[0]}));
  for (const Pairs& other : others) story.step(20, decrypt(0, other));
  const auto play = lawful(story);
  CHECK(error_of(*play, 1) == "none");
  for (std::size_t i = 0; i < others.size(); ++i) {
    INFO(i);
    CHECK(error_of(*play, 2 + i) == kBadBlob);
    CHECK(message_of(*play, 2 + i).empty());
    CHECK(kms_answered(*play, 2 + i).getDecidedBy() == events::Decider::CRYPTOGRAPHY);
  }
}

TEST_CASE("the contexts {a: bc} and {ab: c} are two") {
  Story story = two_keys();
  story.step(10, encrypt_text(0, {{"a", "bc"}})).step(11, encrypt_text(0, {{"ab", "c"}}));
  story.step(20, decrypt(0, {{"ab", "c"}})).step(20, decrypt(1, {{"a", "bc"}}));
  story.step(21, decrypt(0, {{"a", "bc"}})).step(21, decrypt(1, {{"ab", "c"}}));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "none", kBadBlob, kBadBlob, "none", "none"});
}

TEST_CASE("an absent context is an empty one, and an empty value is a value") {
  Story story = two_keys();
  story.step(10, encrypt_text(0, {{"a", ""}}))
      .step(20, decrypt(0))
      .step(20, decrypt(0, {{"a", ""}}));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", kBadBlob, "none"});
}

TEST_CASE("where a context gives a key twice the last value counts") {
  Story story = two_keys();
  story.step(10, encrypt_text(0, {{"a", "1"}, {"a", "2"}})).step(20, decrypt(0, {{"a", "2"}}));
  story.step(20, decrypt(0, {{"a", "1"}}));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", kBadBlob});
}

TEST_CASE("a context has a size, and no empty key") {
  // Canonical form: a count, and a length before each text: 4 + 4 + 1 + 4 + value.
  Story story = two_keys();
  story.step(10, encrypt_text(0, {{"a", std::string(8192 - 13, 'x')}}));
  story.step(11, encrypt_text(0, {{"a", std::string(8192 - 12, 'x')}}));
  story.step(12, generate(0, "AES_256", {{"", "value"}}));
  story.step(13, re_encrypt(0, 0, {}, {{"", "value"}}));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "ValidationException",
                                                             "ValidationException",
                                                             "ValidationException"});
  CHECK_THAT(message_of(*play, 1), Catch::Contains("'encryptionContext'"));
  CHECK_THAT(message_of(*play, 3), Catch::Contains("'destinationEncryptionContext'"));
  Story larger = two_keys();
  larger.set("kms.context_max_bytes", "20000");
  larger.step(11, encrypt_text(0, {{"a", std::string(8192, 'x')}}));
  CHECK(error_of(*lawful(larger), 0) == "none");
}

TEST_CASE("a blob that was changed or cut, or that is none, does not open") {
  Story story = two_keys();
  story.step(10, encrypt_text(0));
  const auto damaged = [&](std::function<void(events::BlobReference::Builder)> how) {
    story.step(20, decrypt(0, {}, 0, [=](events::KmsCall::Builder kms) { how(kms.getBlob()); }));
  };
  for (const std::uint32_t bit : {0U, 20 * 8U + 3, 60 * 8U, 90 * 8U, 100 * 8U, 119 * 8U + 7}) {
    damaged([=](events::BlobReference::Builder blob) { blob.setFlipBit(bit + 1); });
  }
  damaged([](events::BlobReference::Builder blob) { blob.setTruncateTo(119); });
  damaged([](events::BlobReference::Builder blob) { blob.setTruncateTo(1); });
  damaged([](events::BlobReference::Builder blob) {
    blob.setBytes(kj::StringPtr("no ciphertext").asBytes());
  });
  const auto play = lawful(story);
  for (std::size_t step = 1; step < story.steps.size(); ++step) {
    INFO(step);
    CHECK(error_of(*play, step) == kBadBlob);
    CHECK(message_of(*play, step).empty());
  }
}

TEST_CASE("a blob has 1 to 6144 bytes") {
  Story story = two_keys();
  story.step(10, encrypt_text(0));
  story.step(20, decrypt(0, {}, kNone,
                         [](events::KmsCall::Builder kms) { kms.getBlob().setTruncateTo(0); }));
  for (const std::size_t size : {std::size_t{6144}, std::size_t{6145}}) {
    story.step(20, decrypt(0, {}, kNone, [=](events::KmsCall::Builder kms) {
                 kms.initBlob().setBytes(kj::heapArray<kj::byte>(size));
               }));
  }
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "ValidationException", kBadBlob, "ValidationException"});
  CHECK_THAT(message_of(*play, 3), Catch::Contains("less than or equal to 6144"));
}

TEST_CASE("a KeyId that is not the blob's key is an IncorrectKeyException, recorded with both") {
  Story story = two_keys();
  story.step(10, encrypt_text(0)).step(20, decrypt(0, {}, 1)).step(21, re_encrypt(0, 1, {}, {}, 1));
  const auto play = lawful(story);
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}}) {
    CHECK(error_of(*play, step) == "IncorrectKeyException");
    CHECK(message_of(*play, step) == kIncorrectKeyText);
    CHECK(kms_answered(*play, step).getKey() == 0);
    const auto call = play->scenario().reader().getSteps()[static_cast<unsigned>(step)].getKms();
    CHECK(call.getKeyId().getArn() == 1);
  }
}

TEST_CASE("an alias in Decrypt is only compared: it must point to the blob's key") {
  Story story = two_keys();
  story.keys[0].more = [](events::Key::Builder key) { key.initAliases(1).set(0, "alias/own"); };
  story.keys[1].more = [](events::Key::Builder key) { key.initAliases(1).set(0, "alias/other"); };
  story.step(10, encrypt_text(0));
  for (const char* name : {"alias/own", "alias/other"}) {
    story.step(20, decrypt(0, {}, kNone,
                           [=](events::KmsCall::Builder kms) { kms.initKeyId().setText(name); }));
  }
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "none", "IncorrectKeyException"});
}

TEST_CASE("ReEncrypt moves a plaintext to another key and context, and names both materials") {
  const Pairs here = {{"place", "here"}}, there = {{"place", "there"}};
  Story story = two_keys();
  story.step(10, encrypt_text(0, here)).step(20, re_encrypt(0, 1, here, there));
  story.step(30, decrypt(1, there, 1)).step(30, decrypt(1, here)).step(31, decrypt(0, here));
  story.step(40, re_encrypt(0, 1, there, there));
  story.step(41, re_encrypt(0, 0, here, there)).step(42, decrypt(6, there, 0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", "none", kBadBlob,
                                                             "none", kBadBlob, "none", "none"});
  CHECK(plaintext_of(*play, 2) == plaintext_of(*play, 0));
  const auto effect = kms_answered(*play, 1).getEffect();
  CHECK(kms_answered(*play, 1).getKey() == 0);
  CHECK(effect.getDestinationKey() == 1);
  CHECK(effect.getMaterial() == 0);
  CHECK(effect.getDestinationMaterial() == 0);
  CHECK(blob_of(*play, 0) != blob_of(*play, 6));
}

TEST_CASE("GenerateDataKey: exactly one of KeySpec and NumberOfBytes, which is 1 to 1024") {
  Story story = two_keys();
  story.step(10, generate(0)).step(11, generate(0, "AES_128")).step(12, generate_bytes(0, 1024));
  story.step(13, generate_bytes(0, 1)).step(20, generate(0, "")).step(21, generate(0, "AES_512"));
  story.step(22, generate_bytes(0, 0)).step(23, generate_bytes(0, 1025));
  story.step(24, call(KmsOperation::GENERATE_DATA_KEY, 0, [](events::KmsCall::Builder kms) {
               kms.setKeySpec("AES_256");
               kms.setNumberOfBytes(32);
               kms.setHasNumberOfBytes(true);
             }));
  const auto play = lawful(story);
  for (std::size_t step = 0; step < 4; ++step) CHECK(error_of(*play, step) == "none");
  for (std::size_t step = 4; step < 9; ++step)
    CHECK(error_of(*play, step) == "ValidationException");
  CHECK(blob_of(*play, 0).size() == 148);
  CHECK(blob_of(*play, 1).size() == 132);
  CHECK(blob_of(*play, 2).size() == 1140);
  CHECK(blob_of(*play, 3).size() == 117);
  CHECK(message_of(*play, 4) == "Please specify either number of bytes or key spec.");
  CHECK(message_of(*play, 8) == message_of(*play, 4));
  CHECK_THAT(message_of(*play, 5), Catch::Contains("'AES_512' at 'keySpec'"));
  CHECK_THAT(message_of(*play, 7), Catch::Contains("less than or equal to 1024"));
}

TEST_CASE("no two calls give the same data key or blob, and GenerateRandom never repeats") {
  Story story = two_keys();
  for (int i = 0; i < 20; ++i) story.step(10, generate(0));
  for (int i = 0; i < 20; ++i) {
    story.step(10, call(KmsOperation::GENERATE_RANDOM, kNone, [](events::KmsCall::Builder kms) {
                 kms.setNumberOfBytes(32);
                 kms.setHasNumberOfBytes(true);
               }));
  }
  const auto play = lawful(story);
  std::set<std::uint64_t> plaintexts;
  std::set<std::string> blobs;
  for (std::size_t step = 0; step < story.steps.size(); ++step) {
    CHECK(error_of(*play, step) == "none");
    plaintexts.insert(plaintext_of(*play, step));
    blobs.emplace(blob_of(*play, step).begin(), blob_of(*play, step).end());
  }
  CHECK(plaintexts.size() == 40);
  CHECK(blobs.size() == 21);  // random bytes come without one
}

TEST_CASE("GenerateDataKeyWithoutPlaintext gives a blob like any other") {
  Story story = two_keys();
  story.step(10, call(KmsOperation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT, 0,
                      [](events::KmsCall::Builder kms) { kms.setKeySpec("AES_128"); }));
  story.step(20, decrypt(0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none"});
  CHECK(plaintext_of(*play, 0) == plaintext_of(*play, 1));
}

TEST_CASE("GenerateRandom wants a number of bytes, and a CloudHSM store that is connected") {
  Story story = two_keys();
  story.more = [](events::Scenario::Builder scenario) {
    auto stores = scenario.initCustomKeyStores(3);
    for (unsigned i = 0; i < 3; ++i) {
      stores[i].setLogicalId("Store" + std::to_string(i));
      stores[i].setName("store" + std::to_string(i));
      stores[i].setId("cks-1234567890abcdef" + std::to_string(i));
      stores[i].setAccount(std::string(kAccount));
      stores[i].setRegion("us-west-2");
      stores[i].setConnected(i != 1);
      stores[i].setType(i == 2 ? events::CustomKeyStore::Type::EXTERNAL_KEY_STORE
                               : events::CustomKeyStore::Type::AWS_CLOUD_HSM);
    }
  };
  const auto random = [&](std::uint32_t bytes, bool given, std::uint32_t store,
                          const std::string& id) {
    story.step(10, call(KmsOperation::GENERATE_RANDOM, kNone, [=](events::KmsCall::Builder kms) {
                 kms.setNumberOfBytes(bytes);
                 kms.setHasNumberOfBytes(given);
                 kms.setStore(store);
                 kms.setStoreId(id);
               }));
  };
  random(0, false, kNone, "");
  random(0, true, kNone, "");
  random(1025, true, kNone, "");
  random(1024, true, 0, "");
  random(32, true, 1, "");
  random(32, true, 2, "");
  random(32, true, kNone, "cks-none");
  const auto play = lawful(story);
  CHECK(
      answers_of(story, *play) ==
      std::vector<std::string>{"ValidationException", "ValidationException", "ValidationException",
                               "none", "CustomKeyStoreInvalidStateException",
                               "UnsupportedOperationException", "CustomKeyStoreNotFoundException"});
  CHECK(message_of(*play, 0) == "NumberOfBytes is required.");
}

TEST_CASE("a key of another usage, and an algorithm of another spec, are refused in AWS's words") {
  Story story = two_keys();
  story.keys[1].more = [](events::Key::Builder key) {
    key.setSpec(events::KeySpec::RSA2048);
    key.setUsage(events::KeyUsage::SIGN_VERIFY);
  };
  story.step(10, encrypt_text(1)).step(11, generate(1));
  story.step(12, call(KmsOperation::ENCRYPT, 0, [](events::KmsCall::Builder kms) {
               kms.setPlaintextBytes(32);
               kms.setEncryptionAlgorithm("RSAES_OAEP_SHA_256");
             }));
  story.step(13, encrypt_text(0)).step(14, decrypt(3, {}, kNone, [](events::KmsCall::Builder kms) {
                                         kms.setEncryptionAlgorithm("RSAES_OAEP_SHA_1");
                                       }));
  const auto play = lawful(story);
  const std::string arn = play->state().key_arn(1);
  for (const std::size_t step : {0UL, 1UL, 2UL, 4UL}) {
    CHECK(error_of(*play, step) == "InvalidKeyUsageException");
  }
  CHECK(message_of(*play, 0) == arn + " key usage is SIGN_VERIFY which is not valid for Encrypt.");
  CHECK(message_of(*play, 1) ==
        arn + " key usage is SIGN_VERIFY which is not valid for GenerateDataKey.");
  CHECK(message_of(*play, 2) ==
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.");
}

TEST_CASE("DryRun does every check and then says so, IGNORE_CIPHERTEXT needs no blob") {
  const auto dry = [](events::KmsCall::Builder kms) { kms.setDryRun(true); };
  Story story = two_keys();
  story.step(10, encrypt_text(0)).step(20, decrypt(0, {}, kNone, dry));
  story.step(21, decrypt(0, {{"a", "b"}}, kNone, dry));
  const auto without_blob = [&](bool dry_run) {
    story.step(22, call(KmsOperation::DECRYPT, 0, [=](events::KmsCall::Builder kms) {
                 kms.setDryRun(dry_run);
                 kms.setIgnoreCiphertext(true);
               }));
  };
  without_blob(true);
  without_blob(false);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "DryRunOperationException",
                                                             kBadBlob, "DryRunOperationException",
                                                             "ValidationException"});
  CHECK(message_of(*play, 1) == "The request would have succeeded, but the DryRun option is set.");
  CHECK(plaintext_of(*play, 1) == 0);
}

TEST_CASE("Recipient is out of scope and refused") {
  Story story = two_keys();
  story.step(10, call(KmsOperation::GENERATE_DATA_KEY, 0, [](events::KmsCall::Builder kms) {
               kms.setKeySpec("AES_256");
               kms.setRecipient(true);
             }));
  CHECK(error_of(*lawful(story), 0) == "UnsupportedOperationException");
}

TEST_CASE("a blob of a single-Region key sent to another Region looks like one of no key at all") {
  Story story = two_keys();
  story.keys[1].region = "eu-west-1";
  story.step(10, encrypt_text(0)).step(20, decrypt(0, {}, kNone, [](events::KmsCall::Builder kms) {
                                         kms.setRegion("eu-west-1");
                                       }));
  CHECK(error_of(*lawful(story), 1) == kDenied);
}

TEST_CASE("a table key's blob opens with the table's context and no other") {
  Story story = books(120);
  const auto of_table = [](bool context) {
    return call(KmsOperation::DECRYPT, kNone, [=](events::KmsCall::Builder kms) {
      kms.initBlob().setTable(0);
      if (context) kms.setTable(0);
    });
  };
  story.step(60, of_table(true)).step(61, of_table(false));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", kBadBlob});
  CHECK(plaintext_of(*play, 0) == play->state().tables[0].keys[0].key_check_value);
}

}  // namespace
}  // namespace tablekey::model::tests::cryptography_test
