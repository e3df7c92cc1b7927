// The words, in the order of their enumerations.
#include "scenarios/kms_words.h"

#include <algorithm>

namespace tablekey::scenarios {
namespace {

template <class Enum>
std::optional<Enum> named(const std::vector<std::string_view>& words, std::string_view name) {
  const auto found = std::ranges::find(words, name);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

template <class Enum>
std::string_view word(const std::vector<std::string_view>& words, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < words.size() ? words[index] : std::string_view("?");
}

}  // namespace

const std::vector<std::string_view>& key_spec_names() {
  static const std::vector<std::string_view> kWords = {"SYMMETRIC_DEFAULT",
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
                                                       "SM2"};
  return kWords;
}

const std::vector<std::string_view>& key_usage_names() {
  static const std::vector<std::string_view> kWords = {"ENCRYPT_DECRYPT", "SIGN_VERIFY",
                                                       "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"};
  return kWords;
}

const std::vector<std::string_view>& origin_names() {
  static const std::vector<std::string_view> kWords = {"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM",
                                                       "EXTERNAL_KEY_STORE"};
  return kWords;
}

const std::vector<std::string_view>& connection_error_names() {
  static const std::vector<std::string_view> kWords = {
      "NONE",
      "INVALID_CREDENTIALS",
      "CLUSTER_NOT_FOUND",
      "NETWORK_ERRORS",
      "INTERNAL_ERROR",
      "INSUFFICIENT_CLOUDHSM_HSMS",
      "USER_LOCKED_OUT",
      "USER_NOT_FOUND",
      "USER_LOGGED_IN",
      "SUBNET_NOT_FOUND",
      "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
      "XKS_PROXY_ACCESS_DENIED",
      "XKS_PROXY_NOT_REACHABLE",
      "XKS_PROXY_INVALID_RESPONSE",
      "XKS_PROXY_INVALID_CONFIGURATION",
      "XKS_PROXY_TIMED_OUT",
      "XKS_PROXY_INVALID_TLS_CONFIGURATION",
      "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
      "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"};
  return kWords;
}

std::optional<events::KeySpec> key_spec_named(std::string_view name) {
  return named<events::KeySpec>(key_spec_names(), name);
}
std::optional<events::KeyUsage> key_usage_named(std::string_view name) {
  return named<events::KeyUsage>(key_usage_names(), name);
}
std::optional<events::Origin> origin_named(std::string_view name) {
  return named<events::Origin>(origin_names(), name);
}

std::vector<events::KeyUsage> usages_of(events::KeySpec spec) {
  using enum events::KeyUsage;
  using Spec = events::KeySpec;
  switch (spec) {
    case Spec::SYMMETRIC_DEFAULT:
      return {ENCRYPT_DECRYPT};
    case Spec::RSA2048:
    case Spec::RSA3072:
    case Spec::RSA4096:
      return {ENCRYPT_DECRYPT, SIGN_VERIFY};
    case Spec::ECC_NIST_P256:
    case Spec::ECC_NIST_P384:
    case Spec::ECC_NIST_P521:
      return {SIGN_VERIFY, KEY_AGREEMENT};
    case Spec::SM2:
      return {ENCRYPT_DECRYPT, SIGN_VERIFY, KEY_AGREEMENT};
    case Spec::HMAC224:
    case Spec::HMAC256:
    case Spec::HMAC384:
    case Spec::HMAC512:
      return {GENERATE_VERIFY_MAC};
    default:
      return {SIGN_VERIFY};
  }
}

std::string_view name_of(events::KeySpec spec) { return word(key_spec_names(), spec); }
std::string_view name_of(events::KeyUsage usage) { return word(key_usage_names(), usage); }
std::string_view name_of(events::Origin origin) { return word(origin_names(), origin); }
std::string_view name_of(events::ConnectionError error) {
  return word(connection_error_names(), error);
}

}  // namespace tablekey::scenarios
