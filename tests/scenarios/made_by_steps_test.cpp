// Goal: keys and stores that steps make exist in the scenario under the ids that references to them
// give, and repeated steps are told apart. Method: small timelines, read back.
#include <catch2/catch.hpp>

#include "scenarios/expectation.h"
#include "sim/time.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::made_by_steps_test {
namespace {

Loaded with_steps(const std::string& steps, const std::string& resources = "") {
  return Loaded(kHead + "timeline:\n" + steps + kWorld + resources);
}

events::Key::Reader key_named(const Loaded& loaded, const std::string& id) {
  for (auto key : loaded.scenario().getKeys()) {
    if (text(key.getLogicalId()) == id) return key;
  }
  FAIL("no key " << id);
  return {};
}

}  // namespace

TEST_CASE("CreateKey makes a key with its step's id, which other steps name") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: made, do: kms:CreateKey, Description: mine, Tags: { a: b } }\n"
      "  - { at: 2h, do: kms:DisableKey, key: made }\n"
      "  - { at: 2h, do: kms:EnableKey, KeyId: !GetAtt made.Arn }\n"
      "  - { at: 2h, do: kms:DescribeKey, KeyId: !Ref made }\n");
  const auto key = key_named(loaded, "made");
  CHECK(key.getByStep());
  CHECK(text(key.getKeyId()).size() == 36);
  CHECK(text(key.getDescription()) == "mine");
  CHECK(text(key.getPolicy()).find("key-default-1") != std::string::npos);
  const auto steps = loaded.scenario().getSteps();
  const std::uint32_t index = steps[0].getKms().getNewKey();
  CHECK(text(loaded.scenario().getKeys()[index].getLogicalId()) == "made");
  CHECK(steps[1].getKms().getKeyId().getArn() == index);
  CHECK(steps[2].getKms().getKeyId().getArn() == index);
  CHECK(steps[3].getKms().getKeyId().getId() == index);
}

TEST_CASE("what is wrong about a new key reaches KMS") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: a, do: kms:CreateKey, KeySpec: RSA_2048, KeyUsage: KEY_AGREEMENT, Origin: "
      "MOON }\n"
      "  - { at: 1h, id: b, do: kms:CreateKey, KeySpec: HMAC_256, KeyUsage: GENERATE_VERIFY_MAC "
      "}\n");
  const auto call = loaded.scenario().getSteps()[0].getKms();
  CHECK(text(call.getNewKeySpec()) == "RSA_2048");
  CHECK(text(call.getKeyUsage()) == "KEY_AGREEMENT");
  CHECK(text(call.getOrigin()) == "MOON");
  CHECK(key_named(loaded, "b").getSpec() == events::KeySpec::HMAC256);
  CHECK(key_named(loaded, "b").getUsage() == events::KeyUsage::GENERATE_VERIFY_MAC);
}

TEST_CASE("a key belongs to the account of who creates it") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: ours, do: kms:CreateKey, as: App }\n"
      "  - { at: 1h, id: theirs, do: kms:CreateKey, as: Far }\n"
      "  - { at: 1h, id: root, do: kms:CreateKey, as: 'arn:aws:iam::999988887777:root' }\n",
      "  Far:\n    Type: AWS::IAM::Role\n    Metadata: { tablekey: { AccountId: 444455556666 } "
      "}\n");
  CHECK(text(key_named(loaded, "ours").getAccount()) == "111122223333");
  CHECK(text(key_named(loaded, "theirs").getAccount()) == "444455556666");
  CHECK(text(key_named(loaded, "root").getAccount()) == "999988887777");
}

TEST_CASE("a replica has its primary's key id, in its own Region") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: first, do: kms:CreateKey, MultiRegion: true }\n"
      "  - { at: 2h, id: second, do: kms:ReplicateKey, KeyId: !Ref first, ReplicaRegion: us-east-1 "
      "}\n"
      "  - { at: 3h, do: kms:DescribeKey, KeyId: !GetAtt second.Arn, region: us-east-1 }\n");
  const auto primary = key_named(loaded, "first"), replica = key_named(loaded, "second");
  CHECK(text(primary.getKeyId()).starts_with("mrk-"));
  CHECK(text(primary.getKeyId()).size() == 36);
  CHECK(text(replica.getKeyId()) == text(primary.getKeyId()));
  CHECK(text(replica.getRegion()) == "us-east-1");
  CHECK(replica.getMultiRegion());
  CHECK(text(loaded.scenario().getKeys()[replica.getPrimary()].getLogicalId()) == "first");
  const auto key = loaded.scenario().getSteps()[2].getKms().getKeyId();
  CHECK(text(loaded.scenario().getKeys()[key.getArn()].getLogicalId()) == "second");
}

TEST_CASE("a custom key store that a step makes has its id from the start") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: store, do: kms:CreateCustomKeyStore, CustomKeyStoreName: hsm, "
      "CloudHsmClusterId: cluster-2a3b4cdefgh, KeyStorePassword: secret77 }\n"
      "  - { at: 2h, do: kms:ConnectCustomKeyStore, CustomKeyStoreId: !GetAtt "
      "store.CustomKeyStoreId }\n"
      "  - { at: 3h, id: key, do: kms:CreateKey, Origin: AWS_CLOUDHSM, CustomKeyStoreId: !Ref "
      "store "
      "}\n"
      "  - { at: 3h, do: kms:DeleteCustomKeyStore, CustomKeyStoreId: cks-0123456789abcdef0 }\n");
  const auto stores = loaded.scenario().getCustomKeyStores();
  REQUIRE(stores.size() == 1);
  CHECK(text(stores[0].getId()).starts_with("cks-"));
  CHECK(text(stores[0].getName()) == "hsm");
  CHECK(stores[0].getByStep());
  const auto steps = loaded.scenario().getSteps();
  CHECK(steps[0].getKms().getStore() == 0);
  CHECK(steps[0].getKms().getKeyStorePassword());
  CHECK(steps[1].getKms().getStore() == 0);
  CHECK(steps[2].getKms().getStore() == 0);
  CHECK(key_named(loaded, "key").getStore() == 0);
  CHECK(steps[3].getKms().getStore() == events::K_NONE);
  CHECK(text(steps[3].getKms().getStoreId()) == "cks-0123456789abcdef0");
}

TEST_CASE("repeat makes steps with ids of their own, at even distances") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: turn, do: kms:RotateKeyOnDemand, key: Key, repeat: { times: 3, every: 30m "
      "} "
      "}\n"
      "  - { at: 5h, id: after, do: kms:DisableKey, key: Key }\n");
  const auto scenario = loaded.scenario();
  const auto steps = scenario.getSteps();
  REQUIRE(steps.size() == 4);
  CHECK(text(steps[0].getId()) == "turn");
  CHECK(text(steps[1].getId()) == "turn-2");
  CHECK(text(steps[2].getId()) == "turn-3");
  CHECK(steps[2].getAt() - steps[0].getAt() == sim::Duration::hours(1).count());
  CHECK(steps_named(scenario, "turn") == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(steps_named(scenario, "turn-2") == std::vector<std::uint32_t>{1});
  CHECK(steps_named(scenario, "after") == std::vector<std::uint32_t>{3});
  CHECK(steps_named(scenario, "nobody").empty());
}

TEST_CASE("an occurrence of a repeated step is named by its number") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: enc, do: kms:Encrypt, key: Key, repeat: { times: 10, every: 1m } }\n"
      "  - { at: 2h, do: kms:Decrypt, CiphertextBlob: !GetAtt enc-7.CiphertextBlob }\n");
  CHECK(loaded.scenario().getSteps()[10].getKms().getBlob().getStep() == 6);
}

TEST_CASE("a repeated CreateKey makes as many keys") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: k, do: kms:CreateKey, repeat: { times: 3, every: 0s } }\n"
      "  - { at: 2h, do: kms:DisableKey, key: k-3 }\n");
  const auto steps = loaded.scenario().getSteps();
  const std::uint32_t first = steps[0].getKms().getNewKey();
  CHECK(steps[2].getKms().getNewKey() == first + 2);
  CHECK(steps[3].getKms().getKeyId().getArn() == first + 2);
  CHECK(text(key_named(loaded, "k").getKeyId()) != text(key_named(loaded, "k-2").getKeyId()));
}

TEST_CASE("a material's validity counts from each occurrence") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: kms:ImportKeyMaterial, key: Key, ImportToken: x, Material: m, ValidTo: "
      "+1d, "
      "repeat: { times: 2, every: 1h } }\n");
  const auto steps = loaded.scenario().getSteps();
  CHECK(steps[1].getKms().getValidTo() - steps[0].getKms().getValidTo() ==
        sim::Duration::hours(1).count());
}

TEST_CASE("a hundred thousand repeated steps load") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, id: burst, do: kms:Decrypt, table: Orders, repeat: { times: 100000, every: "
      "10us "
      "} }\n");
  CHECK(loaded.scenario().getSteps().size() == 100'000);
  CHECK(steps_named(loaded.scenario(), "burst").size() == 100'000);
}

}  // namespace tablekey::scenarios::testing::made_by_steps_test
