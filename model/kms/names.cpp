// One table a list of words. An enum's value is the position of its word, which a test walks.
#include "model/kms/names.h"

#include <algorithm>
#include <array>

namespace tablekey::model::kms {
namespace {

using events::KeySpec;
using events::KeyUsage;
using Words = std::span<const std::string_view>;

constexpr auto kOperationNames = std::to_array<std::string_view>({
    "CreateKey",
    "DescribeKey",
    "EnableKey",
    "DisableKey",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
    "PutKeyPolicy",
    "CreateGrant",
    "RetireGrant",
    "RevokeGrant",
    "GenerateDataKey",
    "Decrypt",
    "Encrypt",
    "ReEncrypt",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateRandom",
    "GenerateMac",
    "VerifyMac",
    "Sign",
    "Verify",
    "DeriveSharedSecret",
    "GetPublicKey",
    "GetKeyPolicy",
    "ListKeyPolicies",
    "ListKeys",
    "UpdateKeyDescription",
    "GetKeyLastUsage",
    "TagResource",
    "UntagResource",
    "ListResourceTags",
    "CreateAlias",
    "UpdateAlias",
    "DeleteAlias",
    "ListAliases",
    "EnableKeyRotation",
    "DisableKeyRotation",
    "GetKeyRotationStatus",
    "RotateKeyOnDemand",
    "ListKeyRotations",
    "GetParametersForImport",
    "ImportKeyMaterial",
    "DeleteImportedKeyMaterial",
    "ListGrants",
    "ListRetirableGrants",
    "ReplicateKey",
    "UpdatePrimaryRegion",
    "CreateCustomKeyStore",
    "ConnectCustomKeyStore",
    "DisconnectCustomKeyStore",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "UpdateCustomKeyStore",
});

constexpr auto kExceptions = std::to_array<std::string_view>({
    "",
    "AccessDeniedException",
    "DisabledException",
    "KMSInvalidStateException",
    "NotFoundException",
    "InvalidCiphertextException",
    "IncorrectKeyException",
    "MalformedPolicyDocumentException",
    "LimitExceededException",
    "ValidationException",
    "UnsupportedOperationException",
    "InvalidArnException",
    "AlreadyExistsException",
    "InvalidAliasNameException",
    "TagException",
    "ConflictException",
    "InvalidGrantTokenException",
    "InvalidGrantIdException",
    "InvalidMarkerException",
    "InvalidKeyUsageException",
    "IncorrectKeyMaterialException",
    "InvalidImportTokenException",
    "ExpiredImportTokenException",
    "DryRunOperationException",
    "ThrottlingException",
    "KMSInternalException",
    "KeyUnavailableException",
    "DependencyTimeoutException",
    "CustomKeyStoreInvalidStateException",
    "CustomKeyStoreNotFoundException",
    "CustomKeyStoreHasCMKsException",
    "CustomKeyStoreNameInUseException",
    "CloudHsmClusterNotFoundException",
    "CloudHsmClusterInUseException",
    "KMSInvalidMacException",
    "KMSInvalidSignatureException",
    "XksKeyAlreadyInUseException",
    "XksKeyInvalidConfigurationException",
    "NotAuthorizedException",
});

constexpr auto kStates = std::to_array<std::string_view>({
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "Deleted",
    "PendingImport",
    "Unavailable",
    "Creating",
    "Updating",
    "PendingReplicaDeletion",
});

constexpr auto kOrigins =
    std::to_array<std::string_view>({"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"});

constexpr auto kUsages = std::to_array<std::string_view>(
    {"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"});

constexpr auto kSpecs = std::to_array<std::string_view>({
    "SYMMETRIC_DEFAULT",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "SM2",
});

constexpr std::array<std::string_view, 1> kSymmetric{"SYMMETRIC_DEFAULT"};
constexpr std::array<std::string_view, 2> kRsaEncryption{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"};
constexpr std::array<std::string_view, 6> kRsaSigning{
    "RSASSA_PSS_SHA_256",        "RSASSA_PSS_SHA_384",        "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512"};
constexpr std::array<std::string_view, 3> kEcdsa{"ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512"};
constexpr std::array<std::string_view, 2> kEd25519{"ED25519_SHA_512", "ED25519_PH_SHA_512"};
constexpr std::array<std::string_view, 1> kEcdh{"ECDH"};
constexpr std::array<std::string_view, 1> kMlDsa{"ML_DSA_SHAKE_256"};
constexpr std::array<std::string_view, 4> kMacs{"HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384",
                                                "HMAC_SHA_512"};
constexpr std::array<std::string_view, 1> kSm2Encryption{"SM2PKE"};
constexpr std::array<std::string_view, 1> kSm2Signing{"SM2DSA"};

template <class Enum>
std::string_view word(Words words, Enum value) {
  const auto place = static_cast<std::size_t>(value);
  return place < words.size() ? words[place] : std::string_view("?");
}

template <class Enum>
std::optional<Enum> value_of(Words words, std::string_view text) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

Words signing_algorithms(KeySpec spec) {
  switch (spec) {
    case KeySpec::ECC_NIST_P256:
    case KeySpec::ECC_SECG_P256K1:
      return Words(kEcdsa).subspan(0, 1);
    case KeySpec::ECC_NIST_P384:
      return Words(kEcdsa).subspan(1, 1);
    case KeySpec::ECC_NIST_P521:
      return Words(kEcdsa).subspan(2, 1);
    case KeySpec::ECC_NIST_EDWARDS25519:
      return kEd25519;
    case KeySpec::SM2:
      return kSm2Signing;
    default:
      return family_of(spec) == KeyFamily::ml_dsa ? Words(kMlDsa) : Words(kRsaSigning);
  }
}

Words encryption_algorithms(KeyFamily family) {
  if (family == KeyFamily::rsa) return kRsaEncryption;
  return family == KeyFamily::sm2 ? Words(kSm2Encryption) : Words(kSymmetric);
}

}  // namespace

std::string_view operation_name(events::KmsOperation operation) {
  return word(kOperationNames, operation);
}
std::string_view exception_name(events::KmsError error) { return word(kExceptions, error); }
std::string_view state_name(events::KeyState state) { return word(kStates, state); }
std::string_view origin_name(events::Origin origin) { return word(kOrigins, origin); }
std::string_view usage_name(KeyUsage usage) { return word(kUsages, usage); }
std::string_view spec_name(KeySpec spec) { return word(kSpecs, spec); }

std::optional<events::Origin> origin_of(std::string_view name) {
  return value_of<events::Origin>(kOrigins, name);
}
std::optional<KeyUsage> usage_of(std::string_view name) {
  return value_of<KeyUsage>(kUsages, name);
}
std::optional<KeySpec> spec_of(std::string_view name) { return value_of<KeySpec>(kSpecs, name); }

unsigned http_status(events::KmsError error) {
  switch (error) {
    case events::KmsError::NONE:
      return 200;
    case events::KmsError::KMS_INTERNAL:
    case events::KmsError::KEY_UNAVAILABLE:
      return 500;
    case events::KmsError::DEPENDENCY_TIMEOUT:
      return 503;
    default:
      return 400;
  }
}

bool is_retryable(events::KmsError error) {
  return http_status(error) >= 500 || error == events::KmsError::THROTTLING;
}

KeyFamily family_of(KeySpec spec) {
  if (spec == KeySpec::SYMMETRIC_DEFAULT) return KeyFamily::symmetric;
  if (spec <= KeySpec::RSA4096) return KeyFamily::rsa;
  if (spec <= KeySpec::ECC_NIST_EDWARDS25519) return KeyFamily::ecc;
  if (spec <= KeySpec::HMAC512) return KeyFamily::hmac;
  return spec <= KeySpec::ML_DSA87 ? KeyFamily::ml_dsa : KeyFamily::sm2;
}

bool usage_suits(KeySpec spec, KeyUsage usage) {
  switch (family_of(spec)) {
    case KeyFamily::symmetric:
      return usage == KeyUsage::ENCRYPT_DECRYPT;
    case KeyFamily::rsa:
      return usage == KeyUsage::ENCRYPT_DECRYPT || usage == KeyUsage::SIGN_VERIFY;
    case KeyFamily::hmac:
      return usage == KeyUsage::GENERATE_VERIFY_MAC;
    case KeyFamily::ml_dsa:
      return usage == KeyUsage::SIGN_VERIFY;
    case KeyFamily::sm2:
      return usage != KeyUsage::GENERATE_VERIFY_MAC;
    case KeyFamily::ecc:
      break;
  }
  const bool agrees = spec <= KeySpec::ECC_NIST_P521;  // the NIST curves alone
  return usage == KeyUsage::SIGN_VERIFY || (agrees && usage == KeyUsage::KEY_AGREEMENT);
}

Words algorithms_of(KeySpec spec, KeyUsage usage) {
  if (!usage_suits(spec, usage)) return {};
  switch (usage) {
    case KeyUsage::ENCRYPT_DECRYPT:
      return encryption_algorithms(family_of(spec));
    case KeyUsage::SIGN_VERIFY:
      return signing_algorithms(spec);
    case KeyUsage::KEY_AGREEMENT:
      return kEcdh;
    case KeyUsage::GENERATE_VERIFY_MAC:
      break;
  }
  const auto place = static_cast<std::size_t>(spec) - static_cast<std::size_t>(KeySpec::HMAC224);
  return Words(kMacs).subspan(place, 1);
}

}  // namespace tablekey::model::kms
