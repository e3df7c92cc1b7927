// Goal: grant operations are a set in the API model's order, and each suits the keys that
// kms.md 1.2 and 5.1 say. Method: the list written out once more, and every operation against every
// key spec.
#include "model/kms/grant_operations.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace tablekey::model::kms::grant_operations_test {
namespace {

using enum GrantOperation;

const std::vector<std::string> kModelOrder = {"Decrypt",
                                              "Encrypt",
                                              "GenerateDataKey",
                                              "GenerateDataKeyWithoutPlaintext",
                                              "ReEncryptFrom",
                                              "ReEncryptTo",
                                              "Sign",
                                              "Verify",
                                              "GetPublicKey",
                                              "CreateGrant",
                                              "RetireGrant",
                                              "DescribeKey",
                                              "GenerateDataKeyPair",
                                              "GenerateDataKeyPairWithoutPlaintext",
                                              "GenerateMac",
                                              "VerifyMac",
                                              "DeriveSharedSecret"};

std::vector<std::string> names(GrantOperations operations) {
  std::vector<std::string> list;
  operations.for_each([&](GrantOperation operation) { list.emplace_back(name(operation)); });
  return list;
}

bool suits(std::string_view spec, std::string_view usage, GrantOperations operations) {
  return GrantKeyTypes::of(spec, usage).suit(operations);
}

}  // namespace

TEST_CASE("grant operations are printed in the order of the API model") {
  GrantOperations all;
  for (std::size_t i = kModelOrder.size(); i-- > 0;) {
    const auto operation = grant_operation(kModelOrder[i]);
    REQUIRE(operation);
    CHECK(name(*operation) == kModelOrder[i]);
    CHECK(static_cast<std::size_t>(*operation) == i);
    all.add(*operation);
  }
  CHECK(names(all) == kModelOrder);
  CHECK(all.size() == kGrantOperationCount);
}

TEST_CASE("a grant operation has one spelling, an action has any case") {
  for (const char* text : {"", "decrypt", "DECRYPT", "Decrypt ", "kms:Decrypt", "ReEncrypt",
                           "ListGrants", "RevokeGrant", "GenerateRandom"}) {
    INFO(text);
    CHECK_FALSE(grant_operation(text));
  }
  CHECK(grant_operation_of_action("kms:Decrypt") == decrypt);
  CHECK(grant_operation_of_action("KMS:decrypt") == decrypt);
  CHECK(grant_operation_of_action("kms:ReEncryptTo") == re_encrypt_to);
  for (const char* action : {"", "kms", "kms:", "Decrypt", "kms:ReEncrypt", "kms:ListGrants",
                             "s3:Decrypt", "kms:Decrypt*"}) {
    INFO(action);
    CHECK_FALSE(grant_operation_of_action(action));
  }
}

TEST_CASE("grant operations are compared as sets and survive as bits") {
  CHECK(GrantOperations{decrypt, encrypt, decrypt} == GrantOperations{encrypt, decrypt});
  CHECK(GrantOperations{decrypt, encrypt}.includes({decrypt}));
  CHECK(GrantOperations{decrypt}.includes({}));
  CHECK_FALSE(GrantOperations{decrypt}.includes({decrypt, encrypt}));
  CHECK(GrantOperations{}.empty());
  const GrantOperations some = {derive_shared_secret, create_grant};
  CHECK(GrantOperations::from_bits(some.bits()) == some);
  CHECK(GrantOperations::from_bits(0xffffffff).size() == kGrantOperationCount);
}

TEST_CASE("every key may be described and its grants created and retired under a grant") {
  for (std::size_t i = 0; i < kGrantKeyTypeCount; ++i) {
    CHECK(operations_suiting(static_cast<GrantKeyType>(i))
              .includes({create_grant, retire_grant, describe_key}));
  }
}

TEST_CASE("which other operations suit a key follows from its spec and usage") {
  const GrantOperations data_keys = {generate_data_key, generate_data_key_without_plaintext,
                                     generate_data_key_pair,
                                     generate_data_key_pair_without_plaintext};
  CHECK(suits("SYMMETRIC_DEFAULT", "", data_keys));
  CHECK(suits("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT",
              {decrypt, encrypt, re_encrypt_from, re_encrypt_to}));
  CHECK(suits("RSA_4096", "ENCRYPT_DECRYPT",
              {decrypt, encrypt, re_encrypt_from, re_encrypt_to, get_public_key}));
  CHECK(suits("RSA_2048", "SIGN_VERIFY", {sign, verify, get_public_key}));
  CHECK(suits("ECC_NIST_P521", "KEY_AGREEMENT", {derive_shared_secret, get_public_key}));
  CHECK(suits("ECC_SECG_P256K1", "", {sign, verify}));
  CHECK(suits("ECC_NIST_EDWARDS25519", "", {sign, verify}));
  CHECK(suits("ML_DSA_65", "", {sign, verify, get_public_key}));
  CHECK(suits("HMAC_384", "", {generate_mac, verify_mac}));
  for (const auto& [spec, operation] : std::vector<std::pair<std::string_view, GrantOperation>>{
           {"SYMMETRIC_DEFAULT", sign},
           {"SYMMETRIC_DEFAULT", verify},
           {"SYMMETRIC_DEFAULT", generate_mac},
           {"SYMMETRIC_DEFAULT", get_public_key},
           {"SYMMETRIC_DEFAULT", derive_shared_secret},
           {"RSA_3072", generate_data_key},
           {"RSA_3072", generate_data_key_pair},
           {"RSA_3072", derive_shared_secret},
           {"ECC_NIST_P256", encrypt},
           {"ECC_SECG_P256K1", derive_shared_secret},
           {"ECC_NIST_EDWARDS25519", derive_shared_secret},
           {"HMAC_256", decrypt},
           {"HMAC_256", sign},
           {"HMAC_256", get_public_key},
           {"ML_DSA_87", encrypt}}) {
    INFO(spec << " " << name(operation));
    CHECK_FALSE(suits(spec, "", {operation}));
  }
}

TEST_CASE("a key has one usage: what no single one allows does not suit it") {
  CHECK(suits("RSA_2048", "", {decrypt}));
  CHECK(suits("RSA_2048", "", {sign}));
  CHECK_FALSE(suits("RSA_2048", "", {decrypt, sign}));
  CHECK_FALSE(suits("RSA_2048", "SIGN_VERIFY", {decrypt}));
  CHECK_FALSE(suits("ECC_NIST_P256", "", {sign, derive_shared_secret}));
  CHECK_FALSE(suits("SM2", "", {encrypt, verify}));
}

TEST_CASE("nothing suits a spec that there is not, or a usage that it cannot have") {
  CHECK(GrantKeyTypes::of("RSA", "").empty());
  CHECK(GrantKeyTypes::of("", "").empty());
  CHECK(GrantKeyTypes::of("SYMMETRIC_DEFAULT", "SIGN_VERIFY").empty());
  CHECK(GrantKeyTypes::of("RSA_2048", "KEY_AGREEMENT").empty());
  CHECK_FALSE(suits("AES_256", "", {describe_key}));
}

}  // namespace tablekey::model::kms::grant_operations_test
