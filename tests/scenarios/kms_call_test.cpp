// Goal: every operation of KMS is a step, and each kind of parameter arrives as the request that
// AWS would get. Method: one timeline each, read back from the compiled scenario.
#include <catch2/catch.hpp>

#include <set>

#include "scenarios/expectation.h"
#include "scenarios/kms_call.h"
#include "sim/time.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::kms_call_test {
namespace {

Loaded with_steps(const std::string& steps) {
  return Loaded(kHead + "timeline:\n" + steps + kWorld);
}

// The call of the step with that index.
events::KmsCall::Reader call(const Loaded& loaded, std::uint32_t step = 0) {
  return loaded.scenario().getSteps()[step].getKms();
}

std::vector<std::pair<std::string, std::string>> pairs(capnp::List<events::Pair>::Reader list) {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto pair : list) out.emplace_back(text(pair.getName()), text(pair.getValue()));
  return out;
}

std::string bytes(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

const std::string kEncrypt = "  - { at: 1h, do: kms:Encrypt, id: enc, KeyId: Key, Plaintext: x }\n";

}  // namespace

TEST_CASE("all 54 operations of KMS have a row, and every parameter of a row a reader") {
  std::set<events::KmsOperation> seen;
  for (const KmsOperationRow& row : kms_operations()) {
    INFO(name_of(row.operation));
    CHECK(seen.insert(row.operation).second);
    for (const ParameterUse& use : parameters_of(row)) {
      for (const std::string_view name : use.names) {
        INFO(name);
        CHECK(find_parameter(name) != nullptr);
      }
    }
    const Action* action = find_action("kms:" + std::string(name_of(row.operation)));
    REQUIRE(action != nullptr);
    CHECK(action->variant == static_cast<int>(row.operation));
  }
  CHECK(seen.size() == 54);
  CHECK(name_of(events::KmsOperation::UPDATE_CUSTOM_KEY_STORE) == "UpdateCustomKeyStore");
}

TEST_CASE("a key is named by logical id or ARN as its ARN, by !Ref as its id, else as written") {
  const std::pair<const char*, const char*> cases[] = {
      {"Key", "arn"},
      {"!Ref Key", "id"},
      {"!GetAtt Key.Arn", "arn"},
      {"1234abcd-12ab-34cd-56ef-1234567890ab", "id"},
      {"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "arn"},
      {"alias/none", "alias/none"},
      {"no such thing", "no such thing"},
      {"arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000",
       "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000"},
  };
  for (const auto& [given, expected] : cases) {
    INFO(given);
    const Loaded loaded =
        with_steps("  - { at: 1h, do: kms:DescribeKey, KeyId: " + std::string(given) + " }\n");
    const auto key = call(loaded).getKeyId();
    if (std::string(expected) == "arn") {
      REQUIRE(key.isArn());
      CHECK(key.getArn() == 0);
    } else if (std::string(expected) == "id") {
      REQUIRE(key.isId());
      CHECK(key.getId() == 0);
    } else {
      REQUIRE(key.isText());
      CHECK(text(key.getText()) == expected);
    }
  }
}

TEST_CASE("an alias resource is passed on as the alias's name") {
  const std::string alias =
      "  Name:\n    Type: AWS::KMS::Alias\n"
      "    Properties: { AliasName: alias/orders, TargetKeyId: !Ref Key }\n";
  for (const char* given : {"Name", "!Ref Name", "alias/orders"}) {
    INFO(given);
    const Loaded loaded(kHead + "timeline:\n  - { at: 1h, do: kms:DescribeKey, KeyId: " +
                        std::string(given) + " }\n" + kWorld + alias);
    CHECK(text(call(loaded).getKeyId().getText()) == "alias/orders");
  }
}

TEST_CASE("asking for the AWS managed alias brings its key into the scenario") {
  const Loaded loaded =
      with_steps("  - { at: 1h, do: kms:DescribeKey, KeyId: alias/aws/dynamodb }\n");
  CHECK(text(call(loaded).getKeyId().getText()) == "alias/aws/dynamodb");
  bool there = false;
  for (auto key : loaded.scenario().getKeys()) {
    there = there || key.getManager() == events::Key::Manager::AWS;
  }
  CHECK(there);
}

TEST_CASE("texts, flags, numbers, lists, pairs and tags arrive") {
  const Loaded loaded = with_steps(
      "  - at: 1h\n    do: kms:Encrypt\n    KeyId: Key\n    Plaintext: hello\n    DryRun: true\n"
      "    EncryptionContext: { b: '1', a: '' }\n    EncryptionAlgorithm: SYMMETRIC_DEFAULT\n"
      "    context: { 'aws:SourceIp': 10.0.0.1 }\n    via: s3\n    region: us-east-1\n"
      "  - { at: 1h, do: kms:TagResource, KeyId: Key, Tags: [{ TagKey: a, TagValue: b }, "
      "{ Key: a, Value: c }] }\n"
      "  - { at: 1h, do: kms:TagResource, KeyId: Key, Tags: { team: blue } }\n"
      "  - { at: 1h, do: kms:UntagResource, KeyId: Key, TagKeys: [a, b] }\n"
      "  - { at: 1h, do: kms:GenerateRandom, NumberOfBytes: 0 }\n"
      "  - { at: 1h, do: kms:ListKeys, Limit: 2, Marker: next }\n"
      "  - { at: 1h, do: kms:GenerateDataKey, KeyId: Key, service: dynamodb.amazonaws.com }\n");
  const auto encrypt = call(loaded);
  CHECK(bytes(encrypt.getPlaintext()) == "hello");
  CHECK(encrypt.getDryRun());
  // In the order given: it is KMS that sorts.
  CHECK(pairs(encrypt.getEncryptionContext()) ==
        std::vector<std::pair<std::string, std::string>>{{"b", "1"}, {"a", ""}});
  CHECK(pairs(encrypt.getConditions())[0].second == "10.0.0.1");
  CHECK(text(encrypt.getViaService()) == "s3");
  CHECK(text(encrypt.getRegion()) == "us-east-1");
  CHECK(pairs(call(loaded, 1).getTags()) ==
        std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"a", "c"}});
  CHECK(pairs(call(loaded, 2).getTags())[0].first == "team");
  CHECK(call(loaded, 3).getTagKeys().size() == 2);
  CHECK(call(loaded, 4).getHasNumberOfBytes());
  CHECK(call(loaded, 4).getNumberOfBytes() == 0);
  CHECK(call(loaded, 5).getLimit() == 2);
  CHECK(text(call(loaded, 5).getMarker()) == "next");
  CHECK(text(call(loaded, 6).getService()) == "dynamodb.amazonaws.com");
  CHECK(text(call(loaded, 6).getKeySpec()).empty());
}

TEST_CASE("a shorthand fills in what a request of one's own would have to say") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: kms:Encrypt, key: Key }\n"
      "  - { at: 1h, do: kms:GenerateDataKey, table: Orders }\n"
      "  - { at: 1h, do: kms:GenerateDataKey, key: Key, NumberOfBytes: 16 }\n"
      "  - { at: 1h, do: kms:Decrypt, table: Orders, key: Other }\n");
  CHECK(call(loaded, 0).getPlaintextBytes() == 32);
  CHECK(text(call(loaded, 1).getKeySpec()) == "AES_256");
  CHECK(call(loaded, 1).getTable() == 0);
  CHECK(call(loaded, 1).getKeyId().getArn() == 0);
  CHECK(text(call(loaded, 2).getKeySpec()).empty());
  CHECK(call(loaded, 3).getKeyId().getArn() == 1);
  CHECK(call(loaded, 3).getBlob().getTable() == 0);
}

TEST_CASE("numbers outside AWS's ranges reach KMS, with a warning") {
  const std::pair<const char*, const char*> cases[] = {
      {"kms:ScheduleKeyDeletion, key: Key, PendingWindowInDays: 5", "PendingWindowInDays 5"},
      {"kms:ScheduleKeyDeletion, key: Key, PendingWindowInDays: -1", "PendingWindowInDays -1"},
      {"kms:EnableKeyRotation, key: Key, RotationPeriodInDays: 9000", "RotationPeriodInDays 9000"},
      {"kms:GenerateRandom, NumberOfBytes: 1025", "NumberOfBytes 1025"},
  };
  for (const auto& [step, what] : cases) {
    const Loaded loaded = with_steps("  - { at: 1h, do: " + std::string(step) + " }\n");
    const std::string said = loaded.result().diagnostics.render(false);
    CHECK(said.find(what) != std::string::npos);
    CHECK(said.find("AWS refuses this with ValidationException") != std::string::npos);
  }
  const Loaded loaded =
      with_steps("  - { at: 1h, do: kms:ScheduleKeyDeletion, key: Key, PendingWindowInDays: 5 }\n");
  CHECK(call(loaded).getPendingWindowInDays() == 5);
}

TEST_CASE("a ciphertext is that of a step, of a table, or bytes, perhaps damaged") {
  const Loaded loaded = with_steps(
      kEncrypt +
      "  - { at: 1h, do: kms:Decrypt, CiphertextBlob: !GetAtt enc.CiphertextBlob }\n"
      "  - { at: 1h, do: kms:Decrypt, CiphertextBlob: '${enc.CiphertextBlob}' }\n"
      "  - { at: 1h, do: kms:Decrypt, CiphertextBlob: { of: enc, flipBit: 0 } }\n"
      "  - { at: 1h, do: kms:Decrypt, CiphertextBlob: { of: !GetAtt enc.CiphertextBlob, "
      "truncateTo: 40 } }\n"
      "  - { at: 1h, do: kms:Decrypt, CiphertextBlob: { base64: aGVsbG8= } }\n"
      "  - { at: 1h, do: kms:Decrypt, CiphertextBlob: { table: Orders }, EncryptionContext: { a: b "
      "} }\n"
      "  - { at: 1h, do: kms:Decrypt, DryRun: true, KeyId: Key, DryRunModifiers: "
      "[IGNORE_CIPHERTEXT] }\n");
  for (const std::uint32_t step : {1U, 2U, 3U, 4U})
    CHECK(call(loaded, step).getBlob().getStep() == 0);
  CHECK(call(loaded, 1).getBlob().getFlipBit() == 0);
  CHECK(call(loaded, 3).getBlob().getFlipBit() == 1);
  CHECK(call(loaded, 4).getBlob().getTruncateTo() == 40);
  CHECK(bytes(call(loaded, 5).getBlob().getBytes()) == "hello");
  CHECK(call(loaded, 6).getBlob().getTable() == 0);
  CHECK(call(loaded, 6).getTable() == events::K_NONE);
  CHECK(call(loaded, 7).getBlob().isNone());
  CHECK(call(loaded, 7).getIgnoreCiphertext());
}

TEST_CASE("a step may use what a step further down gave earlier") {
  const Loaded loaded = with_steps(
      "  - { at: 2h, do: kms:Decrypt, CiphertextBlob: !GetAtt enc.CiphertextBlob }\n" + kEncrypt);
  CHECK(call(loaded).getBlob().getStep() == 1);
}

TEST_CASE("grants: terms, tokens, and which one is meant") {
  const Loaded loaded = with_steps(
      "  - at: 1h\n    do: kms:CreateGrant\n    id: g\n    KeyId: Key\n"
      "    GranteePrincipal: !Ref App\n    RetiringPrincipal: Lead\n"
      "    Operations: [Decrypt, Encrypt]\n    Name: mine\n"
      "    Constraints: { EncryptionContextSubset: { a: b }, SourceArn: 'arn:aws:s3:::x' }\n"
      "  - { at: 1h, do: kms:DescribeKey, KeyId: Key, GrantTokens: [!GetAtt g.GrantToken, text] }\n"
      "  - { at: 1h, do: kms:RevokeGrant, KeyId: Key, GrantId: !GetAtt g.GrantId }\n"
      "  - { at: 1h, do: kms:RevokeGrant, grant: g }\n"
      "  - { at: 1h, do: kms:RetireGrant, GrantToken: !GetAtt g.GrantToken }\n"
      "  - { at: 1h, do: kms:CreateGrant, table: Orders }\n"
      "  - { at: 1h, do: kms:ListGrants, KeyId: Key, GranteePrincipal: App }\n");
  const auto terms = call(loaded).getGrantTerms();
  CHECK(text(terms.getGranteePrincipal()) == "arn:aws:iam::111122223333:role/service/app");
  CHECK(text(terms.getRetiringPrincipal()) == "arn:aws:iam::111122223333:user/Lead");
  CHECK(terms.getOperations().size() == 2);
  CHECK(terms.getConstraint() == events::GrantTerms::Constraint::SUBSET);
  CHECK(text(terms.getSourceArn()) == "arn:aws:s3:::x");
  const auto tokens = call(loaded, 1).getGrantTokens();
  CHECK(tokens[0].getStep() == 0);
  CHECK(tokens[0].getToken());
  CHECK(text(tokens[1].getText()) == "text");
  CHECK(call(loaded, 2).getGrant().getStep() == 0);
  CHECK_FALSE(call(loaded, 2).getGrant().getToken());
  // The grant's own key, where none is named.
  CHECK(call(loaded, 3).getKeyId().getArn() == 0);
  CHECK(call(loaded, 4).getGrant().getToken());
  CHECK(call(loaded, 5).getGrantTerms().getOperations().size() == 0);
  CHECK(call(loaded, 5).getTable() == 0);
  CHECK(text(call(loaded, 6).getPrincipal()) == "arn:aws:iam::111122223333:role/service/app");
}

TEST_CASE("imported material has a name, a token and a wrapping key of some step") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: kms:GetParametersForImport, id: a, KeyId: Key, WrappingAlgorithm: "
      "RSAES_OAEP_SHA_256, WrappingKeySpec: RSA_2048 }\n"
      "  - { at: 1h, do: kms:GetParametersForImport, id: b, KeyId: Key, WrappingAlgorithm: "
      "RSAES_OAEP_SHA_256, WrappingKeySpec: RSA_2048 }\n"
      "  - { at: 1h, id: i, do: kms:ImportKeyMaterial, KeyId: Key, ImportToken: !GetAtt "
      "b.ImportToken, Material: first, MaterialBytes: 16, WrappedFor: a, ValidTo: +30d, "
      "ExpirationModel: KEY_MATERIAL_EXPIRES }\n"
      "  - { at: 1h, do: kms:ImportKeyMaterial, KeyId: Key, ImportToken: forged, Material: second, "
      "ValidTo: 2026-02-01T00:00:00Z }\n"
      "  - { at: 1h, do: kms:DeleteImportedKeyMaterial, KeyId: Key, KeyMaterialId: !GetAtt "
      "i.KeyMaterialId }\n"
      "  - { at: 1h, do: kms:DeleteImportedKeyMaterial, KeyId: Key, Material: second }\n");
  const auto import = call(loaded, 2);
  CHECK(import.getImportToken() == 2);
  CHECK(import.getWrappedFor() == 1);
  CHECK(import.getMaterial() == 0);
  CHECK(import.getMaterialBytes() == 16);
  const std::int64_t start = loaded.scenario().getStart();
  CHECK(import.getValidTo() ==
        start + (sim::Duration::hours(1) + sim::Duration::hours(24 * 30)).count());
  CHECK(call(loaded, 3).getImportToken() == 0);
  CHECK(call(loaded, 3).getMaterialBytes() == 32);
  CHECK(call(loaded, 3).getValidTo() == sim::parse_time("2026-02-01T00:00:00Z")->nanoseconds());
  CHECK(call(loaded, 4).getMaterial() == 0);
  CHECK(call(loaded, 5).getMaterial() == 1);
  const auto materials = loaded.scenario().getMaterials();
  REQUIRE(materials.size() == 2);
  CHECK(text(materials[0]) == "first");
}

TEST_CASE("no text that could be a key is taken as the name of a material") {
  for (const char* given :
       {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AAECAwQFBgcICQoLDA0ODw=="}) {
    INFO(given);
    const std::string text = said(kHead +
                                  "timeline:\n  - { at: 1h, do: kms:ImportKeyMaterial, "
                                  "KeyId: Key, ImportToken: t, Material: '" +
                                  given + "' }\n" + kWorld);
    CHECK(text.find("a scenario holds no key bytes") != std::string::npos);
  }
}

}  // namespace tablekey::scenarios::testing::kms_call_test
