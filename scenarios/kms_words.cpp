// The words, in the order of their enumerations.
#include "scenarios/kms_words.h"

#include <algorithm>

#include "model/kms/names.h"
#include "model/kms/operations/stores.h"

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

// The words are the model's, value by value.
template <class Enum>
std::vector<std::string_view> words_up_to(Enum last, std::string_view (*name)(Enum)) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i) {
    words.push_back(name(static_cast<Enum>(i)));
  }
  return words;
}

}  // namespace

const std::vector<std::string_view>& key_spec_names() {
  static const auto kWords = words_up_to(events::KeySpec::SM2, model::kms::spec_name);
  return kWords;
}

const std::vector<std::string_view>& key_usage_names() {
  static const auto kWords = words_up_to(events::KeyUsage::KEY_AGREEMENT, model::kms::usage_name);
  return kWords;
}

const std::vector<std::string_view>& origin_names() {
  static const auto kWords =
      words_up_to(events::Origin::EXTERNAL_KEY_STORE, model::kms::origin_name);
  return kWords;
}

const std::vector<std::string_view>& connection_error_names() {
  static const auto kWords = [] {
    using enum events::ConnectionError;
    auto words = words_up_to(XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION,
                             model::kms::connection_error_name);
    words.front() = "NONE";
    return words;
  }();
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
