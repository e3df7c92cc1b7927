#include "model/kms/grant_operations.h"

#include "model/iam/fold.h"

namespace tablekey::model::kms {
namespace {

using enum GrantOperation;

constexpr std::array<std::string_view, kGrantOperationCount> kNames = {
    "Decrypt",
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

/// A key's type and the operations on keys of that type; those that every key has come on top.
constexpr GrantOperations kCommon = {create_grant, retire_grant, describe_key};
constexpr std::array<GrantOperations, kGrantKeyTypeCount> kSuiting = {
    GrantOperations{decrypt, encrypt, generate_data_key, generate_data_key_without_plaintext,
                    re_encrypt_from, re_encrypt_to, generate_data_key_pair,
                    generate_data_key_pair_without_plaintext},
    GrantOperations{decrypt, encrypt, re_encrypt_from, re_encrypt_to, get_public_key},
    GrantOperations{sign, verify, get_public_key}, GrantOperations{generate_mac, verify_mac},
    GrantOperations{derive_shared_secret, get_public_key}};

/// One way to have a key: the beginning of its spec, its usage and what that makes of it (kms.md
/// 1.2). Of beginnings that fit, all count.
struct KeyForm {
  std::string_view spec;  ///< Ends in `*` where more follows.
  std::string_view usage;
  GrantKeyType type;
};

constexpr std::array<KeyForm, 12> kForms = {{
    {"SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", GrantKeyType::symmetric_encryption},
    {"RSA_*", "ENCRYPT_DECRYPT", GrantKeyType::asymmetric_encryption},
    {"RSA_*", "SIGN_VERIFY", GrantKeyType::signing},
    {"ECC_NIST_P*", "SIGN_VERIFY", GrantKeyType::signing},
    {"ECC_NIST_P*", "KEY_AGREEMENT", GrantKeyType::key_agreement},
    {"ECC_NIST_EDWARDS25519", "SIGN_VERIFY", GrantKeyType::signing},
    {"ECC_SECG_P256K1", "SIGN_VERIFY", GrantKeyType::signing},
    {"HMAC_*", "GENERATE_VERIFY_MAC", GrantKeyType::mac},
    {"ML_DSA_*", "SIGN_VERIFY", GrantKeyType::signing},
    {"SM2", "ENCRYPT_DECRYPT", GrantKeyType::asymmetric_encryption},
    {"SM2", "SIGN_VERIFY", GrantKeyType::signing},
    {"SM2", "KEY_AGREEMENT", GrantKeyType::key_agreement},
}};

bool pattern_fits(std::string_view form, std::string_view spec) {
  if (form.ends_with('*')) return spec.starts_with(form.substr(0, form.size() - 1));
  return form == spec;
}

}  // namespace

std::string_view name(GrantOperation operation) {
  return kNames[static_cast<std::size_t>(operation)];
}

std::optional<GrantOperation> grant_operation(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<GrantOperation>(i);
  }
  return std::nullopt;
}

std::optional<GrantOperation> grant_operation_of_action(std::string_view action) {
  constexpr std::string_view kVendor = "kms:";
  if (!iam::equal_folded(action.substr(0, kVendor.size()), kVendor)) return std::nullopt;
  action.remove_prefix(kVendor.size());
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (iam::equal_folded(kNames[i], action)) return static_cast<GrantOperation>(i);
  }
  return std::nullopt;
}

GrantOperations operations_suiting(GrantKeyType type) {
  GrantOperations operations = kSuiting[static_cast<std::size_t>(type)];
  operations.add(kCommon);
  return operations;
}

GrantKeyTypes GrantKeyTypes::of(std::string_view spec, std::string_view usage) {
  GrantKeyTypes types;
  for (const KeyForm& form : kForms) {
    if (pattern_fits(form.spec, spec) && (usage.empty() || usage == form.usage))
      types.add(form.type);
  }
  return types;
}

bool GrantKeyTypes::suit(GrantOperations operations) const {
  for (std::size_t i = 0; i < kGrantKeyTypeCount; ++i) {
    const auto type = static_cast<GrantKeyType>(i);
    if (contains(type) && operations_suiting(type).includes(operations)) return true;
  }
  return false;
}

}  // namespace tablekey::model::kms
