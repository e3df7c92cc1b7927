// The DynamoDB Encryption Client's format: the vectors of dynamodb.md 8.1 byte for byte, its rules
// one by one, round trips over drawn items, and every change of a stored item refused.

#include "model/clients/encryption/item.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "crypto/hmac.h"
#include "model/clients/encryption/direct_kms.h"
#include "model/dynamodb/items/serialize.h"
#include "tests/crypto/hex.h"
#include "tests/model/clients/encryption/drawn_items.h"

namespace tablekey::model::encryption::item_test {
namespace {

using crypto::hex;
using crypto::to_bytes;
using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;

crypto::Key256 key_of(const Bytes& bytes) { return crypto::Key256(crypto::exactly<32>(bytes)); }

const Bytes kDataKey = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

CryptoConfig books(std::map<std::string, Action, std::less<>> named) {
  CryptoConfig config{{"Books", "Author", std::nullopt}, {Action::encrypt_and_sign, named}, {}};
  config.actions.set_index_key("Author");
  return config;
}

Materials materials_of(std::uint8_t number) {
  crypto::Key256 content, signing;
  content.writable()[0] = number;
  signing.writable()[1] = number;
  return {std::move(content), std::move(signing), {}};
}

template <class T>
Failure failure_of(const Expected<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().failure;
}

Expected<AttributeMap> sealed(const AttributeMap& item, const CryptoConfig& config,
                              const Materials& materials, std::uint64_t request = 0) {
  RequestDraws drawn = draws(request);
  return encrypt_item(item, config, materials, drawn);
}

// Author sign-only, Note encrypted, as stored.
struct Fixture {
  AttributeMap plain{{"Author", "Ada"}, {"Note", "secret"}, {"Free", "as it is"}};
  CryptoConfig config = books({{"Free", Action::do_nothing}});
  Materials materials = materials_of(9);
  AttributeMap stored = sealed(plain, config, materials).value();

  Expected<AttributeMap> open() const { return decrypt_item(stored, config, materials); }
};

}  // namespace

TEST_CASE("values serialize to the bytes of the domain document", "[encryption]") {
  CHECK(items::serialize(AttributeValue("Ada")) == hex("007300000003416461"));
  CHECK(items::serialize(AttributeValue::number(300)) == hex("006e00000003333030"));
  CHECK(items::serialize(items::Number::parse("1.50").value()) == hex("006e00000003312e35"));
  CHECK(items::serialize(AttributeValue::boolean(true)) == hex("003f01"));
  CHECK(items::serialize(AttributeValue(items::StringSet{"b", "a"})) ==
        hex("00530000000200000001610000000162"));
}

TEST_CASE("the string to sign and its MAC are those of the domain document", "[encryption]") {
  const AttributeMap item{{"Author", "Ada"}, {"Pages", AttributeValue::number(300)}};
  const CryptoConfig config = books({{"Pages", Action::sign_only}});
  const Bytes text = string_to_sign(item, config);
  CHECK(text.size() == 224);
  CHECK(to_bytes(crypto::sha256(text)) ==
        hex("f826f5c930ebd9753a2902c078ff2502e5367cc46b56eccc650edad65b2a5c67"));
  CHECK(to_bytes(sign(item, config, key_of(kDataKey))) ==
        hex("c5fc8ef4b4810887382146c00ba90600d38709f3e7467e77f076a7363c1167d1"));
}

TEST_CASE("an item's keys come of its data key as in the domain document", "[encryption]") {
  CHECK(to_bytes(content_key(key_of(kDataKey)).bytes()) ==
        hex("781ddf3715c39edff39465b0bdc122575ccc03d55a2bb23a3c2abadc853f0a78"));
  CHECK(to_bytes(signing_key(key_of(kDataKey)).bytes()) ==
        hex("1ce18b7e6ba3388e72a987d0c3b7993222c321f3cd78aefc2c846699a325a157"));
}

TEST_CASE("an encrypted attribute and its item's signature are those of the domain document",
          "[encryption]") {
  const crypto::Key256 content = content_key(key_of(kDataKey));
  const crypto::Key256 signing = signing_key(key_of(kDataKey));
  crypto::Aes256Cbc cbc(content);
  const crypto::CbcIv iv(crypto::exactly<16>(hex("000102030405060708090a0b0c0d0e0f")));
  const Bytes note = encrypt_value(cbc, iv, items::serialize(AttributeValue("secret")));
  CHECK(note == hex("000102030405060708090a0b0c0d0e0f0d98b7a1fc761f7fdb0b32d5faeaa976"));
  AttributeMap item{{"Author", "Ada"}, {"Note", note}};
  const CryptoConfig config = books({});
  const Bytes signature = hex("ce6c6fdea6ca350bb2ff5f9e0fc6ea01f40b3f840a221ca74a1e28fa6dd30e56");
  CHECK(to_bytes(sign(item, config, signing)) == signature);

  // The same as a whole item, read back.
  Materials materials{content.clone(), signing.clone(), {}};
  finish(item, config, materials, true);
  CHECK(*item.find(kSignatureAttribute) == AttributeValue(signature));
  CHECK(decrypt_item(item, config, materials).value() ==
        AttributeMap{{"Author", "Ada"}, {"Note", "secret"}});
}

TEST_CASE("a description serializes to the bytes of the domain document", "[encryption]") {
  const MaterialDescription description{
      {std::string(description::kMode), std::string(description::kCbc)},
      {std::string(description::kContentAlgorithm), std::string(description::kAes256)}};
  Bytes expected = hex("00000000 00000010");
  const auto append = [&expected](std::string_view text) {
    expected.insert(expected.end(), text.begin(), text.end());
  };
  const auto append_hex = [&expected](std::string_view text) {
    const Bytes bytes = hex(text);
    expected.insert(expected.end(), bytes.begin(), bytes.end());
  };
  append("amzn-ddb-env-alg");
  append_hex("00000007");
  append("AES/256");
  append_hex("00000015");
  append("amzn-ddb-map-sym-mode");
  append_hex("00000011");
  append("/CBC/PKCS5Padding");
  CHECK(serialize_description(description) == expected);
  CHECK(parse_description(expected).value() == description);
}

TEST_CASE("a stored item hides what is encrypted and shows the rest", "[encryption]") {
  const Fixture f;
  CHECK(f.stored.size() == 5);
  CHECK(*f.stored.find("Author") == AttributeValue("Ada"));
  CHECK(*f.stored.find("Free") == AttributeValue("as it is"));
  CHECK(f.stored.find("Note")->as<Bytes>()->size() == 32);
  const MaterialDescription description = read_description(f.stored).value();
  CHECK(description.find(description::kMode)->second == description::kCbc);
  CHECK(f.open().value() == f.plain);
}

TEST_CASE("drawn items come back from the Encryption Client's format", "[encryption]") {
  rc::prop("whatever the actions and the order of names", [](std::uint64_t seed) {
    Dice dice(seed);
    const AttributeMap item = drawn_item(dice);
    const CryptoConfig config = drawn_config(dice, item);
    const Materials materials = materials_of(1);
    const AttributeMap stored = sealed(item, config, materials).value();
    RC_ASSERT(decrypt_item(stored, config, materials).value() == item);
    for (const items::Attribute& attribute : item) {
      const bool same = *stored.find(attribute.name) == attribute.value;
      RC_ASSERT(same == (config.actions.of(attribute.name) != Action::encrypt_and_sign));
    }
    // The same draws give the same item, others another one if anything was encrypted.
    RC_ASSERT(sealed(item, config, materials).value() == stored);
  });
}

TEST_CASE("equal draws with another plaintext give another IV", "[encryption]") {
  const Fixture f;
  AttributeMap other = f.plain;
  other.set("Note", "secreT");
  const AttributeMap stored = sealed(other, f.config, f.materials).value();
  const auto iv = [](const AttributeMap& item) {
    const Bytes& bytes = *item.find("Note")->as<Bytes>();
    return Bytes(bytes.begin(), bytes.begin() + 16);
  };
  CHECK(iv(stored) != iv(f.stored));
  CHECK(iv(sealed(f.plain, f.config, f.materials, 1).value()) != iv(f.stored));
  // Two attributes of one item with one value have two.
  AttributeMap twins = f.plain;
  twins.set("Twin", "secret");
  const AttributeMap both = sealed(twins, f.config, f.materials).value();
  CHECK(*both.find("Twin") != *both.find("Note"));
}

TEST_CASE("what the library refuses to write", "[encryption]") {
  const Fixture f;
  for (const std::string_view reserved : {kDescriptionAttribute, kSignatureAttribute}) {
    AttributeMap item = f.plain;
    item.set(std::string(reserved), "x");
    const auto refusal = sealed(item, f.config, f.materials);
    CHECK(failure_of(refusal) == Failure::reserved_name);
    CHECK(refusal.error().text == "Reserved attribute name \"" + std::string(reserved) +
                                      "\" is not allowed in plaintext item.");
    CHECK(exception_name(refusal.error().failure) == "EncryptionError");
    CryptoConfig config = f.config;
    config.actions.named[std::string(reserved)] = Action::sign_only;
    CHECK(failure_of(sealed(f.plain, config, f.materials)) == Failure::reserved_action);
  }
  CryptoConfig nameless = f.config;
  nameless.names.table.clear();
  CHECK(failure_of(sealed(f.plain, nameless, f.materials)) == Failure::table_name_missing);
  CryptoConfig key = f.config;
  key.actions.named["Author"] = Action::encrypt_and_sign;
  CHECK(failure_of(sealed(f.plain, key, f.materials)) == Failure::key_would_be_encrypted);
  CHECK(check(key)->text == "Cannot encrypt partition key");
  key = f.config;
  key.names.sort = "Note";
  CHECK(check(key)->text == "Cannot encrypt sort key");
  const Materials signing_only{std::nullopt, f.materials.signing_key.clone(), {}};
  CHECK(failure_of(sealed(f.plain, f.config, signing_only)) == Failure::no_encryption_key);
}

TEST_CASE("with nothing to do an item passes as it is, both ways", "[encryption]") {
  const Fixture f;
  CryptoConfig idle = f.config;
  idle.actions = {Action::do_nothing, {{"Note", Action::do_nothing}}};
  CHECK(sealed(f.plain, idle, f.materials).value() == f.plain);
  CHECK(decrypt_item(f.plain, idle, f.materials).value() == f.plain);
}

TEST_CASE("items that are only signed need no encryption key", "[encryption]") {
  const Fixture f;
  CryptoConfig config = f.config;
  config.actions = {Action::sign_only, {}};
  const Materials materials{std::nullopt, f.materials.signing_key.clone(), {}};
  const AttributeMap stored = sealed(f.plain, config, materials).value();
  CHECK_FALSE(read_description(stored).value().contains(description::kMode));
  CHECK(decrypt_item(stored, config, materials).value() == f.plain);
}

TEST_CASE("a stored item without a right signature is refused before anything is decrypted",
          "[encryption]") {
  Fixture f;
  SECTION("no signature") {
    f.stored.erase(kSignatureAttribute);
    const auto refusal = f.open();
    CHECK(failure_of(refusal) == Failure::signature_missing);
    CHECK(refusal.error().text == "No signature attribute found in item");
    CHECK(exception_name(refusal.error().failure) == "DecryptionError");
  }
  SECTION("a signature that is text") {
    f.stored.set(std::string(kSignatureAttribute), "x");
    CHECK(failure_of(f.open()) == Failure::signature_malformed);
  }
  SECTION("a signature of another length") {
    f.stored.find(kSignatureAttribute)->as<Bytes>()->pop_back();
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("another table") {
    f.config.names.table = "Boots";
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("another signing key") {
    f.materials.signing_key.writable()[31] ^= 1;
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("an attribute that was encrypted is taken for signed only") {
    f.config.actions.named["Note"] = Action::sign_only;
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("an attribute that was left alone is taken for signed") {
    f.config.actions.named["Free"] = Action::sign_only;
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("a signed attribute changed") {
    f.stored.set("Author", "Eve");
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("a signed attribute gone") {
    f.stored.erase("Note");
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("an attribute more") {
    f.stored.set("More", "x");
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("an encrypted attribute in the clear") {
    f.stored.set("Note", "secret");
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("the signature of another item") {
    const AttributeMap other =
        sealed({{"Author", "Bob"}, {"Note", "secret"}}, f.config, f.materials).value();
    f.stored.set(std::string(kSignatureAttribute), *other.find(kSignatureAttribute));
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("two attributes that changed places") {
    f.plain.set("Twin", "other");
    f.stored = sealed(f.plain, f.config, f.materials).value();
    const AttributeValue note = *f.stored.find("Note");
    f.stored.set("Note", *f.stored.find("Twin"));
    f.stored.set("Twin", note);
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("an attribute that nobody signs may change") {
    f.stored.set("Free", "something else");
    CHECK(*f.open().value().find("Free") == AttributeValue("something else"));
  }
}

TEST_CASE("every bit of a stored attribute is signed", "[encryption]") {
  Fixture f;
  for (const std::string_view name : {std::string_view("Note"), kSignatureAttribute}) {
    Bytes& bytes = *f.stored.find(name)->as<Bytes>();
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      REQUIRE(failure_of(f.open()) == Failure::signature_mismatch);
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
  }
  CHECK(f.open().value() == f.plain);
}

TEST_CASE("only after the signature does the encryption speak", "[encryption]") {
  Fixture f;
  SECTION("another encryption key under the right signature") {
    f.materials.encryption_key->writable()[31] ^= 1;
    const Failure failure = failure_of(f.open());
    CHECK((failure == Failure::decryption || failure == Failure::plaintext_malformed));
  }
  SECTION("a mode that does not exist, which nothing signs") {
    MaterialDescription description = read_description(f.stored).value();
    description[std::string(description::kMode)] = "/ECB/NoPadding";
    f.stored.set(std::string(kDescriptionAttribute), serialize_description(description));
    CHECK(failure_of(f.open()) == Failure::algorithm_unsupported);
  }
  SECTION("no description at all") {
    f.stored.erase(kDescriptionAttribute);
    CHECK(failure_of(f.open()) == Failure::algorithm_unsupported);
  }
  SECTION("a ciphertext too short to be one, rightly signed") {
    f.stored.set("Note", Bytes(16));
    finish(f.stored, f.config, f.materials, true);
    CHECK(failure_of(f.open()) == Failure::decryption);
  }
}

TEST_CASE("a description cut short or of another version is refused, and no key asked for",
          "[encryption]") {
  Fixture f;
  const Bytes whole = *f.stored.find(kDescriptionAttribute)->as<Bytes>();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    f.stored.set(std::string(kDescriptionAttribute), cut);
    const auto description = read_description(f.stored);
    // It may end where an entry does; then it says less.
    if (description) {
      REQUIRE(description->size() < 2);
    } else {
      REQUIRE(description.error().failure == Failure::description_malformed);
    }
  }
  Bytes newer = whole;
  newer[3] = 1;
  f.stored.set(std::string(kDescriptionAttribute), newer);
  CHECK(failure_of(read_description(f.stored)) == Failure::description_version);
  f.stored.set(std::string(kDescriptionAttribute), "text");
  CHECK(failure_of(read_description(f.stored)) == Failure::description_malformed);
}

TEST_CASE("hostile bytes are refused and nothing else happens", "[encryption]") {
  rc::prop("as a description", [](const Bytes& bytes) {
    const auto description = parse_description(bytes);
    RC_ASSERT(description.has_value() || !description.error().text.empty());
  });
  rc::prop("as an item", [](std::uint64_t seed) {
    Dice dice(seed);
    Fixture f;
    for (const std::string_view name :
         {std::string_view("Note"), kDescriptionAttribute, kSignatureAttribute}) {
      if (dice.one_in(2)) f.stored.set(std::string(name), drawn_value(dice, 2));
    }
    const auto plain = f.open();
    RC_ASSERT(!plain.has_value() || *plain == f.plain);
  });
  rc::prop("as a value that was rightly signed", [](std::uint64_t seed) {
    Dice dice(seed);
    Fixture f;
    f.stored.set("Note", drawn_bytes(dice, 200));
    finish(f.stored, f.config, f.materials, true);
    RC_ASSERT_FALSE(f.open().has_value());
  });
}

TEST_CASE("names beyond the basic plane order otherwise in Java than in Python", "[encryption]") {
  // U+FF61 comes before U+10002 by code points and after it by UTF-16 units.
  const std::string bmp = "｡", beyond = "\U00010002";
  CHECK(comes_before(NameOrder::code_points, bmp, beyond));
  CHECK(comes_before(NameOrder::utf16_units, beyond, bmp));
  CHECK(comes_before(NameOrder::utf16_units, "a", "é"));
  CHECK(comes_before(NameOrder::utf16_units, "a", "ab"));
  CHECK_FALSE(comes_before(NameOrder::utf16_units, "a", "a"));
  // U+D7FF is below the surrogates, U+E000 above.
  CHECK(comes_before(NameOrder::utf16_units, "\xed\x9f\xbf", beyond));
  CHECK(comes_before(NameOrder::utf16_units, beyond, "\xee\x80\x80"));

  Fixture f;
  const AttributeMap item{{"Author", "Ada"}, {bmp, "one"}, {beyond, "two"}};
  const AttributeMap python = sealed(item, f.config, f.materials).value();
  CryptoConfig java = f.config;
  java.order = NameOrder::utf16_units;
  CHECK(decrypt_item(python, f.config, f.materials).value() == item);
  CHECK(failure_of(decrypt_item(python, java, f.materials)) == Failure::signature_mismatch);
  // Names of the basic plane alone: the libraries read each other.
  CHECK(decrypt_item(f.stored, java, f.materials).value() == f.plain);
}

}  // namespace tablekey::model::encryption::item_test
