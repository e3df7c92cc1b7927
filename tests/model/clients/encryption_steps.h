// Requests whose items their clients encrypt (dynamodb.md 8), for the tests of such runs.
#pragma once

#include <capnp/serialize.h>

#include <algorithm>
#include <string_view>

#include "tests/model/clients/request_steps.h"

namespace tablekey::model::tests {
inline namespace encryption_steps {

using Encryptor = events::ItemEncryptor;

inline constexpr auto kGet = ItemKind::GET, kPut = ItemKind::PUT;
inline constexpr std::uint32_t kTableKey = 0, kClientKey = 1;
inline const std::string kValue =
    R"({"author":{"S":"Ada"},"id":{"S":"a"},"note":{"S":"never seen at rest"}})";

struct Setup {
  Encryptor::Format format = Encryptor::Format::ENCRYPTION_CLIENT;
  Encryptor::Provider provider = Encryptor::Provider::DIRECT_KMS;
  std::string name = "pens";
  bool signatures = false;
  std::string plaintext_policy = {}, legacy_policy = {};
  std::string wrapping = {};
  std::string key_namespace = {};
  double ttl = 60;  // seconds; of the caching provider, whose key store is table 1
  std::uint32_t capacity = 1000;
};

inline void fill(const Setup& from, Encryptor::Builder to) {
  to.setLogicalId(from.name);
  to.setFormat(from.format);
  to.setProvider(from.provider);
  const bool caches = from.provider == Encryptor::Provider::MOST_RECENT;
  if (caches || from.provider == Encryptor::Provider::DIRECT_KMS) to.initKey().setArn(kClientKey);
  if (caches) to.setKeyStore(1);
  to.setTtl(static_cast<std::int64_t>(from.ttl * 1e9));
  to.setCapacity(from.capacity);
  to.setWrapping(from.wrapping);
  if (!from.key_namespace.empty()) to.setKeyNamespace(from.key_namespace);
  to.setKeyName(from.name);
  to.setSignatures(from.signatures);
  to.setPlaintextPolicy(from.plaintext_policy);
  to.setLegacyPolicy(from.legacy_policy);
  auto actions = to.initActions(1);
  actions[0].setName("author");
  actions[0].setAction(Encryptor::Action::SIGN_ONLY);
}

inline std::string allow(const std::string& condition = "") {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" +
         user_arn("db-lead") + R"("},"Action":"kms:*","Resource":"*")" + condition + "}]}";
}

inline Story library(const std::vector<Setup>& setups, const std::string& condition = "") {
  Story story = books(300);
  story.keys.push_back({.name = "ClientKey", .policy = allow(condition)});
  story.more = [setups](events::Scenario::Builder scenario) {
    auto list = scenario.initEncryptors(static_cast<unsigned>(setups.size()));
    for (unsigned i = 0; i < list.size(); ++i) fill(setups[i], list[i]);
  };
  return story;
}

inline More with(std::uint32_t encryptor) {
  return [=](events::DataCall::Builder call) { call.setEncryptor(encryptor); };
}

inline Fill put(std::uint32_t encryptor, const std::string& value = kValue,
                std::uint32_t item = 10) {
  return request(Operation::PUT_ITEM, {{kPut, item, value}}, with(encryptor));
}
inline Fill get(std::uint32_t encryptor, std::uint32_t item = 10,
                const std::string& key = id("a")) {
  return request(Operation::GET_ITEM, {{kGet, item, key}}, with(encryptor));
}

inline std::array<std::uint64_t, 2> decrypted_of(events::DataAnswered::Reader answer) {
  return {answer.getDecryptedHigh(), answer.getDecryptedLow()};
}

inline bool contains(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

inline std::vector<std::uint8_t> bytes_of(const KeptEvent& event) {
  capnp::MallocMessageBuilder copy;
  copy.setRoot(event.read());
  const auto words = capnp::messageToFlatArray(copy);
  const auto bytes = words.asBytes();
  return {bytes.begin(), bytes.end()};
}

// Neither what the client encrypts nor any key stands in an event.
inline void require_nothing_leaked(Play& play) {
  std::vector<std::vector<std::uint8_t>> secrets;
  play.world().vault().for_each_secret(play.state(), [&](std::span<const std::uint8_t> secret) {
    secrets.emplace_back(secret.begin(), secret.end());
  });
  const std::string_view note = "never seen at rest";
  secrets.emplace_back(note.begin(), note.end());
  for (const KeptEvent& event : play.all()) {
    const auto bytes = bytes_of(event);
    for (const auto& secret : secrets) REQUIRE_FALSE(contains(bytes, secret));
  }
}

inline const std::vector<Setup> kSetups = {
    {},
    {.provider = Encryptor::Provider::WRAPPED},
    {.provider = Encryptor::Provider::STATIC},
    {.format = Encryptor::Format::DATABASE_ENCRYPTION_SDK},
    {.format = Encryptor::Format::DATABASE_ENCRYPTION_SDK, .signatures = true},
    {.format = Encryptor::Format::DATABASE_ENCRYPTION_SDK,
     .provider = Encryptor::Provider::WRAPPED,
     .wrapping = "AES/GCM/NoPadding",
     .key_namespace = "library"},
    {.format = Encryptor::Format::DATABASE_ENCRYPTION_SDK,
     .provider = Encryptor::Provider::WRAPPED,
     .signatures = true,
     .wrapping = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
     .key_namespace = "library"},
};

}  // namespace encryption_steps
}  // namespace tablekey::model::tests
