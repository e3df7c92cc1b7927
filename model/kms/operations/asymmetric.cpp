// Operations on asymmetric and HMAC keys, and data key pairs (kms.md 1.2, 2.3). Every check is
// made: state, permission, quota, usage, algorithm. What passes them succeeds without bytes: this
// program computes no signature, MAC, shared secret or public key.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "events/text.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace asymmetric {
namespace {

using events::KeyUsage;
using events::KmsError;
using Operation = events::KmsOperation;
using events::text;

constexpr std::size_t kMessageMax = 4096;

KeyUsage usage_needed(Operation operation) {
  switch (operation) {
    case Operation::SIGN:
    case Operation::VERIFY:
      return KeyUsage::SIGN_VERIFY;
    case Operation::GENERATE_MAC:
    case Operation::VERIFY_MAC:
      return KeyUsage::GENERATE_VERIFY_MAC;
    case Operation::DERIVE_SHARED_SECRET:
      return KeyUsage::KEY_AGREEMENT;
    default:
      return KeyUsage::ENCRYPT_DECRYPT;
  }
}

// The name of the parameter that says which algorithm.
std::string_view algorithm_path(Operation operation) {
  switch (usage_needed(operation)) {
    case KeyUsage::SIGN_VERIFY:
      return "signingAlgorithm";
    case KeyUsage::GENERATE_VERIFY_MAC:
      return "macAlgorithm";
    case KeyUsage::KEY_AGREEMENT:
      return "keyAgreementAlgorithm";
    default:
      return "encryptionAlgorithm";
  }
}

std::size_t message_size(events::KmsCall::Reader call) {
  return call.getPlaintextBytes() != 0 ? call.getPlaintextBytes() : call.getPlaintext().size();
}

Refusal validate_algorithm(const Deciding&, const KmsRequest& request) {
  const std::string_view path = algorithm_path(request.operation);
  if (request.parameters.getEncryptionAlgorithm().size() == 0) {
    return validation_error(path, "Member must not be null");
  }
  if (message_size(request.parameters) <= kMessageMax) return {};
  return validation_error("message", "Member must have length less than or equal to 4096");
}

bool is_pair_spec(events::KeySpec spec) {
  const KeyFamily family = family_of(spec);
  return family == KeyFamily::rsa || family == KeyFamily::ecc || family == KeyFamily::sm2;
}

Refusal validate_pair(const Deciding&, const KmsRequest& request) {
  const std::string_view word = text(request.parameters.getKeySpec());
  if (word.empty()) return validation_error("keyPairSpec", "Member must not be null");
  const auto spec = spec_of(word);
  if (spec && is_pair_spec(*spec)) return {};
  return refusal(KmsError::VALIDATION,
                 fmt::format("1 validation error detected: Value '{}' at 'keyPairSpec' failed to "
                             "satisfy constraint: Member must satisfy enum value set: [RSA_2048, "
                             "RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, "
                             "ECC_SECG_P256K1, ECC_NIST_EDWARDS25519, SM2]",
                             word));
}

Refusal wrong_usage(const Deciding& d, const KmsRequest& request, KeyUsage usage) {
  return refusal(
      KmsError::INVALID_KEY_USAGE,
      fmt::format("{} key usage is {} which is not valid for {}.", d.state.key_arn(request.key),
                  usage_name(usage), operation_name(request.operation)));
}

Refusal check_algorithm(Deciding& d, KmsRequest& request) {
  const auto key = described(d.state, request.key);
  if (key.getUsage() != usage_needed(request.operation)) {
    return wrong_usage(d, request, key.getUsage());
  }
  const std::string_view algorithm = text(request.parameters.getEncryptionAlgorithm());
  const auto known = algorithms_of(key.getSpec(), key.getUsage());
  if (std::find(known.begin(), known.end(), algorithm) != known.end()) return {};
  return refusal(KmsError::INVALID_KEY_USAGE,
                 fmt::format("Algorithm {} is incompatible with key spec {}.", algorithm,
                             spec_name(key.getSpec())));
}

// The pair's private key is encrypted under the KMS key, which must be a symmetric one.
Refusal check_pair(Deciding& d, KmsRequest& request) {
  const auto key = described(d.state, request.key);
  if (key.getUsage() != KeyUsage::ENCRYPT_DECRYPT) return wrong_usage(d, request, key.getUsage());
  if (key.getSpec() != events::KeySpec::SYMMETRIC_DEFAULT) {
    return refusal(KmsError::INVALID_KEY_USAGE,
                   fmt::format("Algorithm SYMMETRIC_DEFAULT is incompatible with key spec {}.",
                               spec_name(key.getSpec())));
  }
  if (request.parameters.getRecipient()) {
    return refusal(KmsError::UNSUPPORTED_OPERATION,
                   "Recipient: tablekey does not simulate attestation.");
  }
  request.material = at(d.state.keys, request.key).current;
  return {};
}

// Symmetric and HMAC keys have no public key.
Refusal check_public(Deciding& d, KmsRequest& request) {
  const auto key = described(d.state, request.key);
  const KeyFamily family = family_of(key.getSpec());
  if (family != KeyFamily::symmetric && family != KeyFamily::hmac) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION,
                 fmt::format("{} key spec is {} which is not valid for GetPublicKey.",
                             d.state.key_arn(request.key), spec_name(key.getSpec())));
}

OperationRow row(Operation operation, GrantOperation grantable) {
  OperationRow made;
  made.operation = operation;
  made.name = operation_name(operation);
  made.forms = KeyForms::any;
  made.cross_account = made.tokens = true;
  made.grantable = grantable;
  return made;
}

OperationRow cryptographic(Operation operation, GrantOperation grantable) {
  OperationRow made = row(operation, grantable);
  made.cryptographic = made.dry_run = true;
  made.quota = QuotaGroup::symmetric;  // by the key: see quota.cpp
  made.validate = validate_algorithm;
  made.check = check_algorithm;
  return made;
}

OperationRow pair(Operation operation, GrantOperation grantable) {
  OperationRow made = cryptographic(operation, grantable);
  made.quota = QuotaGroup::data_key_pair_ecc;  // by the pair's spec: see quota.cpp
  made.validate = validate_pair;
  made.check = check_pair;
  return made;
}

std::array<OperationRow, 8> make_rows() {
  using enum GrantOperation;
  OperationRow publishing = row(Operation::GET_PUBLIC_KEY, get_public_key);
  publishing.quota_default = 2000;
  publishing.check = check_public;
  return {cryptographic(Operation::SIGN, sign),
          cryptographic(Operation::VERIFY, verify),
          cryptographic(Operation::GENERATE_MAC, generate_mac),
          cryptographic(Operation::VERIFY_MAC, verify_mac),
          cryptographic(Operation::DERIVE_SHARED_SECRET, derive_shared_secret),
          pair(Operation::GENERATE_DATA_KEY_PAIR, generate_data_key_pair),
          pair(Operation::GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT,
               generate_data_key_pair_without_plaintext),
          publishing};
}

}  // namespace
}  // namespace asymmetric

std::span<const OperationRow> asymmetric_operations() {
  static const std::array<OperationRow, 8> rows = asymmetric::make_rows();
  return rows;
}

}  // namespace tablekey::model::kms
