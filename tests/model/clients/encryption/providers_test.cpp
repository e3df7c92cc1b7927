// The providers of the Encryption Client: what each asks of KMS, that an item sealed through it
// comes back, and that it opens only under its conditions.

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "model/clients/encryption/direct_kms.h"
#include "model/clients/encryption/item.h"
#include "model/clients/encryption/local_keys.h"
#include "model/clients/encryption/meta_store.h"
#include "model/dynamodb/items/base64.h"
#include "tests/model/clients/encryption/drawn_items.h"

namespace tablekey::model::encryption::providers_test {
namespace {

using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;

const DirectKms kDirect{"arn:aws:kms:us-west-2:111122223333:key/1234abcd"};

crypto::Key256 key_of(std::uint8_t number) {
  crypto::Key256 key;
  key.writable()[0] = number;
  return key;
}

const crypto::RsaKey& rsa_key(std::uint8_t number) {
  static const crypto::RsaKey one(2048, key_of(1)), two(2048, key_of(2));
  return number == 1 ? one : two;
}

CryptoConfig config_of(std::string table = "Books") {
  CryptoConfig config{{std::move(table), "pk", "sk"}, {}, {}};
  config.actions.set_index_key("pk");
  config.actions.set_index_key("sk");
  return config;
}

const AttributeMap kItem{
    {"pk", "Ada"}, {"sk", AttributeValue::number(7)}, {"Note", "secret"}, {"Pages", "300"}};

template <class T>
Failure failure_of(const Expected<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().failure;
}

/// A write and a read through the direct KMS provider. No answer of KMS is Failure::unwrapping.
Expected<AttributeMap> put(ListKms& kms, const AttributeMap& item, const CryptoConfig& config,
                           std::uint64_t request = 0) {
  const Expected<KmsCall> call = kDirect.encryption_request(config.names, item);
  if (!call) return std::unexpected(call.error());
  const ListKms::Generated key = kms.generate(*call);
  RequestDraws drawn = draws(request);
  return encrypt_item(item, config,
                      DirectKms::encryption_materials(key.plaintext, key.ciphertext_blob), drawn);
}

Expected<AttributeMap> get(ListKms& kms, const AttributeMap& stored, const CryptoConfig& config,
                           const DirectKms& provider = kDirect) {
  const Expected<MaterialDescription> description = read_description(stored);
  if (!description) return std::unexpected(description.error());
  const Expected<KmsCall> call = provider.decryption_request(config.names, stored, *description);
  if (!call) return std::unexpected(call.error());
  const std::optional<crypto::Key256> key = kms.decrypt(*call);
  if (!key) return refused(Failure::unwrapping, "KMS refused");
  return decrypt_item(stored, config, DirectKms::decryption_materials(*key, *description));
}

void change_description(AttributeMap& stored, std::string_view field,
                        std::optional<std::string> value) {
  MaterialDescription description = read_description(stored).value();
  if (value) {
    description[std::string(field)] = *value;
  } else {
    description.erase(std::string(field));
  }
  stored.set(std::string(kDescriptionAttribute), serialize_description(description));
}

}  // namespace

// ---- direct KMS --------------------------------------------------------------------------------

TEST_CASE("the direct KMS provider asks with table, keys and algorithms in the context",
          "[encryption]") {
  const TableNames names{"Books", "pk", "sk"};
  const KmsCall call = kDirect.encryption_request(names, kItem).value();
  CHECK(call.operation == KmsOperation::generate_data_key);
  CHECK(call.key == kDirect.key);
  CHECK(call.bytes == 32);
  CHECK(call.context == EncryptionContext{{"*amzn-ddb-env-alg*", "AES/256"},
                                          {"*amzn-ddb-sig-alg*", "HmacSHA256/256"},
                                          {"*aws-kms-table*", "Books"},
                                          {"pk", "Ada"},
                                          {"sk", "7"}});
  AttributeMap binary = kItem;
  binary.set("pk", Bytes{0, 1, 0xff});
  CHECK(kDirect.encryption_request(names, binary).value().context.at("pk") == "AAH/");
  // As the library: without the attribute there is no entry, with another type there is no call.
  binary.erase("pk");
  CHECK_FALSE(kDirect.encryption_request(names, binary).value().context.contains("pk"));
  binary.set("pk", AttributeValue::boolean(true));
  const auto refusal = kDirect.encryption_request(names, binary);
  CHECK(failure_of(refusal) == Failure::key_type);
  CHECK(refusal.error().text ==
        "Attribute of type \"BOOL\" cannot be used in KMS encryption context.");
  // A key attribute does not hide the table.
  const TableNames odd{"Books", "*aws-kms-table*", std::nullopt};
  const AttributeMap hidden{{"*aws-kms-table*", "Boots"}};
  CHECK(kDirect.encryption_request(odd, hidden).value().context.at("*aws-kms-table*") == "Books");
}

TEST_CASE("drawn items come back through the direct KMS provider, a call each way",
          "[encryption]") {
  rc::prop("whatever the actions", [](std::uint64_t seed) {
    Dice dice(seed);
    const AttributeMap item = drawn_item(dice);
    const CryptoConfig config = drawn_config(dice, item);
    RC_PRE(!config.actions.idle());
    ListKms kms;
    const AttributeMap stored = put(kms, item, config).value();
    RC_ASSERT(get(kms, stored, config).value() == item);
    RC_ASSERT(kms.decrypts == 1U);
  });
}

TEST_CASE("an item of the direct KMS provider opens only under its conditions", "[encryption]") {
  ListKms kms;
  const CryptoConfig config = config_of();
  AttributeMap stored = put(kms, kItem, config).value();
  REQUIRE(get(kms, stored, config).value() == kItem);
  kms.decrypts = 0;

  SECTION("another table is another context, which KMS refuses") {
    CHECK(failure_of(get(kms, stored, config_of("Boots"))) == Failure::unwrapping);
  }
  SECTION("so are other key values") {
    stored.set("sk", AttributeValue::number(8));
    CHECK(failure_of(get(kms, stored, config)) == Failure::unwrapping);
  }
  SECTION("another KMS key") {
    CHECK(failure_of(get(kms, stored, config, DirectKms{"other"})) == Failure::unwrapping);
  }
  SECTION("the data key of another item, with its right to be asked for") {
    AttributeMap other = kItem;
    other.set("Note", "other");
    const AttributeMap second = put(kms, other, config, 1).value();
    change_description(stored, description::kWrappedKey,
                       read_description(second).value().find(description::kWrappedKey)->second);
    CHECK(failure_of(get(kms, stored, config)) == Failure::signature_mismatch);
  }
  SECTION("an attribute of another item of the same key") {
    AttributeMap other = kItem;
    other.set("Note", "other");
    stored.set("Note", *put(kms, other, config, 1).value().find("Note"));
    CHECK(failure_of(get(kms, stored, config)) == Failure::signature_mismatch);
  }
  SECTION("another action") {
    CryptoConfig changed = config;
    changed.actions.named["Note"] = Action::sign_only;
    CHECK(failure_of(get(kms, stored, changed)) == Failure::signature_mismatch);
  }
  SECTION("KMS is not asked for what no library wrote") {
    AttributeMap unsigned_item = stored;
    unsigned_item.erase(kSignatureAttribute);
    CHECK(failure_of(get(kms, unsigned_item, config)) == Failure::signature_missing);
    for (const auto& [field, value, failure] :
         {std::tuple{description::kWrappedKey, std::optional<std::string>(),
                     Failure::data_key_missing},
          std::tuple{description::kWrappedKey, std::optional<std::string>("no base64"),
                     Failure::description_malformed},
          std::tuple{description::kContentAlgorithm, std::optional<std::string>("AES/128"),
                     Failure::algorithm_unsupported},
          std::tuple{description::kSignatureAlgorithm, std::optional<std::string>(),
                     Failure::algorithm_unsupported}}) {
      AttributeMap changed = stored;
      change_description(changed, field, value);
      CHECK(failure_of(get(kms, changed, config)) == failure);
    }
    CHECK(kms.decrypts == 0);
  }
}

TEST_CASE("every item of the direct KMS provider has keys of its own", "[encryption]") {
  ListKms kms;
  const CryptoConfig config = config_of();
  const AttributeMap one = put(kms, kItem, config).value();
  const AttributeMap two = put(kms, kItem, config).value();  // the same draws
  CHECK(*one.find("Note") != *two.find("Note"));
  CHECK(read_description(one).value() != read_description(two).value());
}

// ---- wrapped -----------------------------------------------------------------------------------

namespace {

Expected<AttributeMap> put(const WrappedKeys& provider, const AttributeMap& item,
                           const CryptoConfig& config, std::uint64_t request = 0) {
  RequestDraws drawn = draws(request);
  const Materials materials = provider.encryption_materials(drawn);
  return encrypt_item(item, config, materials, drawn);
}

Expected<AttributeMap> get(const WrappedKeys& provider, const AttributeMap& stored,
                           const CryptoConfig& config) {
  const Expected<MaterialDescription> description = read_description(stored);
  if (!description) return std::unexpected(description.error());
  const Expected<Materials> materials = provider.decryption_materials(*description);
  if (!materials) return std::unexpected(materials.error());
  return decrypt_item(stored, config, *materials);
}

WrappedKeys aes_provider(std::uint8_t wrapping, std::uint8_t signing) {
  return {key_of(wrapping), key_of(signing)};
}

WrappedKeys rsa_provider(std::uint8_t wrapping, std::uint8_t signing) {
  return {std::cref(rsa_key(wrapping)), key_of(signing)};
}

}  // namespace

TEST_CASE("drawn items come back through the wrapped provider", "[encryption]") {
  rc::prop("under an AES key", [](std::uint64_t seed) {
    Dice dice(seed);
    const AttributeMap item = drawn_item(dice);
    const CryptoConfig config = drawn_config(dice, item);
    RC_PRE(!config.actions.idle());
    const WrappedKeys provider = aes_provider(1, 2);
    RC_ASSERT(get(provider, put(provider, item, config).value(), config).value() == item);
  });
  Dice dice(5);
  for (int i = 0; i < 5; ++i) {  // under an RSA key, which takes its time
    const AttributeMap item = drawn_item(dice);
    const WrappedKeys provider = rsa_provider(1, 2);
    CHECK(get(provider, put(provider, item, config_of()).value(), config_of()).value() == item);
  }
}

TEST_CASE("an item of the wrapped provider opens only under its conditions", "[encryption]") {
  const CryptoConfig config = config_of();
  const bool aes = GENERATE(true, false);
  const auto provider = [aes](std::uint8_t wrapping, std::uint8_t signing) {
    return aes ? aes_provider(wrapping, signing) : rsa_provider(wrapping, signing);
  };
  AttributeMap stored = put(provider(1, 2), kItem, config).value();
  REQUIRE(get(provider(1, 2), stored, config).value() == kItem);
  const MaterialDescription description = read_description(stored).value();
  CHECK(description.find(description::kWrappingAlgorithm)->second ==
        (aes ? "AESWrap" : "RSA/ECB/OAEPWithSHA-256AndMGF1Padding"));
  CHECK(description.find(description::kContentAlgorithm)->second == "AES/256");

  // Another wrapping key, another signing key, another table.
  CHECK(failure_of(get(provider(2, 2), stored, config)) == Failure::unwrapping);
  CHECK(failure_of(get(provider(1, 3), stored, config)) == Failure::signature_mismatch);
  CHECK(failure_of(get(provider(1, 2), stored, config_of("Boots"))) == Failure::signature_mismatch);
  // A key that was wrapped in the other way.
  CHECK(failure_of(get(aes ? rsa_provider(1, 2) : aes_provider(1, 2), stored, config)) ==
        Failure::algorithm_unsupported);

  SECTION("a wrapped key that was tampered with") {
    Bytes wrapped = items::from_base64(description.find(description::kWrappedKey)->second).value();
    wrapped[3] ^= 1;
    std::string text;
    items::append_base64(text, wrapped);
    change_description(stored, description::kWrappedKey, text);
    CHECK(failure_of(get(provider(1, 2), stored, config)) == Failure::unwrapping);
    change_description(stored, description::kWrappedKey, "AAAA");
    CHECK(failure_of(get(provider(1, 2), stored, config)) == Failure::unwrapping);
  }
  SECTION("no wrapped key") {
    change_description(stored, description::kWrappedKey, std::nullopt);
    CHECK(failure_of(get(provider(1, 2), stored, config)) == Failure::data_key_missing);
  }
  SECTION("an algorithm without its length, as early libraries wrote it") {
    change_description(stored, description::kContentAlgorithm, "AES");
    CHECK(get(provider(1, 2), stored, config).value() == kItem);
  }
  SECTION("a shorter key asked for") {
    change_description(stored, description::kContentAlgorithm, "AES/128");
    CHECK(failure_of(get(provider(1, 2), stored, config)) == Failure::algorithm_unsupported);
  }
  SECTION("the wrapped key of another item, which this signature does not cover") {
    // The encryption key is wrong and the signature right: only the padding or the value tells.
    const AttributeMap other = put(provider(1, 2), kItem, config, 1).value();
    stored.set(std::string(kDescriptionAttribute), *other.find(kDescriptionAttribute));
    const Failure failure = failure_of(get(provider(1, 2), stored, config));
    CHECK((failure == Failure::decryption || failure == Failure::plaintext_malformed));
  }
}

// ---- static ------------------------------------------------------------------------------------

TEST_CASE("items of the static provider share its keys and open under no other", "[encryption]") {
  const CryptoConfig config = config_of();
  const StaticKeys keys{key_of(1), key_of(2)};
  RequestDraws drawn = draws(0);
  const AttributeMap stored = encrypt_item(kItem, config, keys.materials(), drawn).value();
  CHECK(decrypt_item(stored, config, keys.materials()).value() == kItem);
  CHECK(read_description(stored).value() ==
        MaterialDescription{{"amzn-ddb-map-signingAlg", "HmacSHA256"},
                            {"amzn-ddb-map-sym-mode", "/CBC/PKCS5Padding"}});
  const StaticKeys other_signing{key_of(1), key_of(3)};
  CHECK(failure_of(decrypt_item(stored, config, other_signing.materials())) ==
        Failure::signature_mismatch);
  const StaticKeys other_content{key_of(3), key_of(2)};
  const Failure failure = failure_of(decrypt_item(stored, config, other_content.materials()));
  CHECK((failure == Failure::decryption || failure == Failure::plaintext_malformed));
  CHECK(failure_of(decrypt_item(stored, config_of("Boots"), keys.materials())) ==
        Failure::signature_mismatch);
  // Sign-only keys write items that are only signed.
  const StaticKeys signing_only{std::nullopt, key_of(2)};
  CHECK(failure_of(decrypt_item(stored, config, signing_only.materials())) ==
        Failure::no_encryption_key);
}

}  // namespace tablekey::model::encryption::providers_test
