#include "model/clients/encryption/meta_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "model/dynamodb/items/serialize.h"
#include "model/law.h"

namespace tablekey::model::encryption {
namespace {

using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;

constexpr std::string_view kRecordType = "0";
constexpr std::string_view kRecordCipher = "AES";
constexpr std::size_t kHead = 6;  // Of a serialized B: 00 'b' and the length.

std::array<std::uint8_t, kHead> head_of_key() { return {0, 'b', 0, 0, 0, crypto::Key256::kSize}; }

/// A key as a serialized B, in secret memory.
crypto::SecretBuffer serialized(const crypto::Key256& key) {
  crypto::SecretBuffer out(kHead + crypto::Key256::kSize);
  const auto head = head_of_key();
  std::copy(head.begin(), head.end(), out.writable().begin());
  std::copy(key.bytes().begin(), key.bytes().end(), out.writable().begin() + kHead);
  return out;
}

Expected<crypto::Key256> open_key(crypto::Aes256Cbc& cbc, const AttributeMap& record,
                                  std::string_view name) {
  const AttributeValue* value = record.find(name);
  const Bytes* stored = value == nullptr ? nullptr : value->as<Bytes>();
  std::optional<crypto::SecretBuffer> plain;
  if (stored != nullptr) plain = decrypt_value(cbc, *stored);
  if (!plain) return refused(Failure::decryption, "Decryption failed");
  const auto head = head_of_key();
  if (plain->size() != kHead + crypto::Key256::kSize ||
      !std::equal(head.begin(), head.end(), plain->bytes().begin())) {
    return refused(Failure::record_malformed, "Invalid record");
  }
  return crypto::Key256(plain->bytes().last<crypto::Key256::kSize>());
}

/// Whether an encrypted text attribute is the one text that it can be.
std::optional<Error> check_text(crypto::Aes256Cbc& cbc, const AttributeMap& record,
                                std::string_view name, std::string_view only) {
  const AttributeValue* value = record.find(name);
  const Bytes* stored = value == nullptr ? nullptr : value->as<Bytes>();
  std::optional<crypto::SecretBuffer> plain;
  if (stored != nullptr) plain = decrypt_value(cbc, *stored);
  if (plain) {
    const auto text = items::deserialize(plain->bytes());
    if (text && *text == AttributeValue(std::string(only))) return std::nullopt;
  }
  return Error{Failure::record_malformed,
               fmt::format("Unsupported material: {} is not \"{}\"", name, only)};
}

/// The attributes that say what a record is, in the clear. Only the keys are secret.
AttributeMap texts_of_record() {
  return {{std::string(meta::kType), std::string(kRecordType)},
          {std::string(meta::kEncryptionAlgorithm), std::string(kRecordCipher)},
          {std::string(meta::kIntegrityAlgorithm), std::string(description::kHmac)}};
}

}  // namespace

MetaKeys MetaKeys::draw(DrawSource& draws) {
  MetaKeys keys;
  draws.secret(keys.encryption);
  draws.secret(keys.integrity);
  return keys;
}

WrappedKeys MetaKeys::provider(std::string_view material, std::uint64_t version) const {
  return {encryption.clone(),
          integrity.clone(),
          {{std::string(description::kMetaId), material_id(material, version)}}};
}

CryptoConfig meta_config(std::string table) {
  CryptoConfig config;
  config.names = {std::move(table), std::string(meta::kName), std::string(meta::kVersion)};
  config.actions.set_index_key(meta::kName);
  config.actions.set_index_key(meta::kVersion);
  return config;
}

AttributeMap meta_key(std::string_view material, std::uint64_t version) {
  law(version <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()),
      "a version of a material is a number that DynamoDB and we can count");
  return {
      {std::string(meta::kName), std::string(material)},
      {std::string(meta::kVersion), AttributeValue::number(static_cast<std::int64_t>(version))}};
}

Expected<AttributeMap> seal_meta_record(std::string_view material, std::uint64_t version,
                                        const MetaKeys& keys, const CryptoConfig& config,
                                        const Materials& materials, DrawSource& draws) {
  if (std::optional<Error> error = check(config)) return std::unexpected(std::move(*error));
  if (!materials.encryption_key) {
    return refused(Failure::no_encryption_key,
                   "Attribute actions ask for some attributes to be encrypted but no encryption "
                   "key is available");
  }
  AttributeMap record = meta_key(material, version);
  crypto::Aes256Cbc cbc(*materials.encryption_key);
  ItemIvs ivs(*materials.encryption_key, draws.nonce());
  const auto put = [&](std::string_view name, crypto::ByteView plain) {
    const crypto::CbcIv iv = ivs.derive(name, plain);
    record.set(std::string(name), encrypt_value(cbc, iv, plain));
  };
  for (const items::Attribute& text : texts_of_record()) {
    put(text.name, items::serialize(text.value));
  }
  put(meta::kEncryptionKey, serialized(keys.encryption).bytes());
  put(meta::kIntegrityKey, serialized(keys.integrity).bytes());
  finish(record, config, materials, true);
  return record;
}

Expected<MetaKeys> open_meta_record(const AttributeMap& record, const CryptoConfig& config,
                                    const Materials& materials) {
  const Expected<MaterialDescription> description = read_description(record);
  if (!description) return std::unexpected(description.error());
  if (std::optional<Error> error = verify(record, config, materials.signing_key)) {
    return std::unexpected(std::move(*error));
  }
  if (!materials.encryption_key) {
    return refused(Failure::no_encryption_key,
                   "Attribute actions ask for some attributes to be decrypted but no decryption "
                   "key is available");
  }
  crypto::Aes256Cbc cbc(*materials.encryption_key);
  for (const items::Attribute& text : texts_of_record()) {
    if (auto error = check_text(cbc, record, text.name, *text.value.as<std::string>())) {
      return std::unexpected(std::move(*error));
    }
  }
  Expected<crypto::Key256> encryption = open_key(cbc, record, meta::kEncryptionKey);
  if (!encryption) return std::unexpected(std::move(encryption.error()));
  Expected<crypto::Key256> integrity = open_key(cbc, record, meta::kIntegrityKey);
  if (!integrity) return std::unexpected(std::move(integrity.error()));
  return MetaKeys{std::move(*encryption), std::move(*integrity)};
}

}  // namespace tablekey::model::encryption
