// The raw keyrings of the Database Encryption SDK: what they wrap they open, under the same key,
// name, namespace and context alone.
#include "model/clients/encryption/raw_keyring.h"

#include <catch2/catch.hpp>

#include <set>

#include "tests/model/clients/encryption/drawn_items.h"

namespace tablekey::model::encryption::raw_keyring_test {
namespace {

using items::Bytes;

const EncryptionContext kContext = {{"aws-crypto-partition-name", "id"}, {"id", "a"}};

crypto::Key256 key_of(std::uint8_t number) {
  crypto::Key256 key;
  key.writable()[0] = number;
  return key;
}

const crypto::RsaKey& rsa_key(std::uint8_t number) {
  static const crypto::RsaKey one(2048, key_of(1)), two(2048, key_of(2));
  return number == 1 ? one : two;
}

RawKeyring ring(bool rsa, std::uint8_t number = 1, const std::string& name = "pens",
                const std::string& key_namespace = "library") {
  if (rsa) return {key_namespace, name, std::cref(rsa_key(number))};
  return {key_namespace, name, key_of(number)};
}

StructuredHeader header_with(const StructuredKeys& keys) {
  StructuredHeader header;
  header.data_keys = keys.data_keys;
  return header;
}

StructuredKeys wrapped(const RawKeyring& by, std::uint64_t request = 0,
                       const EncryptionContext& context = kContext) {
  RequestDraws drawn = draws(request);
  return by.wrap(drawn, context);
}

}  // namespace

TEST_CASE("A raw keyring opens what it has wrapped, with both keys of the reader") {
  for (const bool rsa : {false, true}) {
    const StructuredKeys keys = wrapped(ring(rsa));
    REQUIRE(keys.data_keys.size() == 1);
    CHECK(keys.data_keys[0].provider == "library");
    const auto opened = ring(rsa).unwrap(header_with(keys), kContext);
    REQUIRE(opened.has_value());
    CHECK(crypto::equal(opened->data_key, keys.data_key));
    CHECK(crypto::equal(opened->tag_key, keys.tag_keys[0]));
  }
}

TEST_CASE("A raw AES keyring names its key, and the tag and IV with which it opens") {
  const Bytes info = wrapped(ring(false)).data_keys[0].info;
  REQUIRE(info.size() == 4 + 4 + 4 + 12);
  CHECK(std::string(info.begin(), info.begin() + 4) == "pens");
  CHECK(Bytes(info.begin() + 4, info.begin() + 12) == Bytes{0, 0, 0, 128, 0, 0, 0, 12});
  const Bytes plain = wrapped(ring(true)).data_keys[0].info;
  CHECK(std::string(plain.begin(), plain.end()) == "pens");
}

TEST_CASE("Another key, name, namespace, context or a changed byte opens nothing") {
  for (const bool rsa : {false, true}) {
    const StructuredHeader header = header_with(wrapped(ring(rsa)));
    const auto fails = [&](const RawKeyring& by, const EncryptionContext& context) {
      const auto opened = by.unwrap(header, context);
      REQUIRE_FALSE(opened.has_value());
      return opened.error().text;
    };
    const std::string foreign =
        "Unable to decrypt data key: No Encrypted Data Keys found to match.";
    CHECK(fails(ring(rsa, 2), kContext) == "Unable to decrypt data key");
    CHECK(fails(ring(rsa, 1, "inks"), kContext) == foreign);
    CHECK(fails(ring(rsa, 1, "pens", "other"), kContext) == foreign);
    CHECK(fails(ring(!rsa), kContext) == foreign);
    CHECK(fails(ring(rsa), {{"id", "b"}}) == "Unable to decrypt data key");
    for (std::size_t i = 0; i < header.data_keys[0].ciphertext.size(); i += 7) {
      StructuredHeader broken = header;
      broken.data_keys[0].ciphertext[i] ^= 1;
      CHECK_FALSE(ring(rsa).unwrap(broken, kContext).has_value());
    }
  }
}

TEST_CASE("Equal draws give another intermediate key and another IV for another context") {
  std::set<Bytes> infos, bodies;
  for (const char* id : {"a", "b", "c"}) {
    const StructuredKeys keys = wrapped(ring(false), 0, {{"id", id}});
    CHECK(infos.insert(keys.data_keys[0].info).second);
    CHECK(bodies.insert(keys.data_keys[0].ciphertext).second);
    CHECK(wrapped(ring(false), 0, {{"id", id}}).data_keys == keys.data_keys);
  }
}

}  // namespace tablekey::model::encryption::raw_keyring_test
