#include "model/clients/encryption/item.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "model/dynamodb/items/serialize.h"

namespace tablekey::model::encryption {
namespace {

using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;

constexpr std::string_view kIvLabel = "tablekey/client-encryption/iv/v1";

bool own_attribute(std::string_view name) {
  return name == kDescriptionAttribute || name == kSignatureAttribute;
}

crypto::Key256 iv_key(const crypto::Key256& encryption_key) {
  crypto::HmacSha256 root(encryption_key);
  return crypto::kbkdf_counter(root, crypto::bytes_of(kIvLabel), {});
}

crypto::Digest digest(std::string_view text) { return crypto::sha256(crypto::bytes_of(text)); }

void append_digest(Bytes& out, const crypto::Digest& bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// The stored bytes of a binary attribute; null where there is none or it is of another type.
const Bytes* binary(const AttributeMap& item, std::string_view name) {
  const AttributeValue* value = item.find(name);
  return value == nullptr ? nullptr : value->as<Bytes>();
}

Expected<AttributeValue> decrypt_attribute(crypto::Aes256Cbc& cbc, const AttributeValue& stored) {
  const Bytes* bytes = stored.as<Bytes>();
  std::optional<crypto::SecretBuffer> serialized;
  if (bytes != nullptr) serialized = decrypt_value(cbc, *bytes);
  if (!serialized) return refused(Failure::decryption, "Decryption failed");
  auto value = items::deserialize(serialized->bytes());
  if (!value) {
    return refused(Failure::plaintext_malformed, "Malformed serialized data: " + value.error());
  }
  return std::move(*value);
}

std::optional<Error> check_mode(const MaterialDescription& description) {
  const auto mode = description.find(description::kMode);
  if (mode != description.end() && mode->second == description::kCbc) return std::nullopt;
  return Error{Failure::algorithm_unsupported,
               fmt::format("Invalid transformation name: AES{}",
                           mode == description.end() ? "" : mode->second)};
}

}  // namespace

// ---- values ------------------------------------------------------------------------------------

ItemIvs::ItemIvs(const crypto::Key256& encryption_key, const std::array<std::uint8_t, 32>& nonce)
    : keyed_(iv_key(encryption_key)), nonce_(nonce) {}

crypto::CbcIv ItemIvs::derive(std::string_view name, crypto::ByteView serialized) {
  std::array<std::uint8_t, 8> length{};
  crypto::store_big_endian<8>(name.size(), length.data());
  const crypto::Digest mac = keyed_.mac({nonce_, length, crypto::bytes_of(name), serialized});
  return crypto::CbcIv(crypto::ByteView(mac).first<crypto::CbcIv::kSize>());
}

Bytes encrypt_value(crypto::Aes256Cbc& cbc, const crypto::CbcIv& iv, crypto::ByteView serialized) {
  constexpr std::size_t kIv = crypto::CbcIv::kSize;
  Bytes stored(kIv + crypto::Aes256Cbc::padded_size(serialized.size()));
  std::copy(iv.bytes.begin(), iv.bytes.end(), stored.begin());
  cbc.encrypt(iv, serialized, crypto::ByteSpan(stored).subspan(kIv));
  return stored;
}

std::optional<crypto::SecretBuffer> decrypt_value(crypto::Aes256Cbc& cbc, crypto::ByteView stored) {
  constexpr std::size_t kIv = crypto::CbcIv::kSize;
  if (stored.size() < kIv) return std::nullopt;
  return cbc.decrypt(crypto::CbcIv(stored.first<kIv>()), stored.subspan(kIv));
}

// ---- signature ---------------------------------------------------------------------------------

Bytes string_to_sign(const AttributeMap& stored, const CryptoConfig& config) {
  std::vector<const items::Attribute*> attributes;
  for (const items::Attribute& attribute : stored) {
    const bool left_out =
        own_attribute(attribute.name) || config.actions.of(attribute.name) == Action::do_nothing;
    if (!left_out) attributes.push_back(&attribute);
  }
  std::sort(attributes.begin(), attributes.end(), [&](const auto* a, const auto* b) {
    return comes_before(config.order, a->name, b->name);
  });
  static const crypto::Digest encrypted = digest("ENCRYPTED"), plaintext = digest("PLAINTEXT");
  Bytes out;
  out.reserve(32 + 96 * attributes.size());
  append_digest(out, digest(fmt::format("TABLE>{}<TABLE", config.names.table)));
  Bytes value;
  for (const items::Attribute* attribute : attributes) {
    const bool is_encrypted = config.actions.of(attribute->name) == Action::encrypt_and_sign;
    append_digest(out, digest(attribute->name));
    append_digest(out, is_encrypted ? encrypted : plaintext);
    value.clear();
    items::serialize(attribute->value, value);
    append_digest(out, crypto::sha256(value));
  }
  return out;
}

crypto::Digest sign(const AttributeMap& stored, const CryptoConfig& config,
                    const crypto::Key256& signing_key) {
  return crypto::HmacSha256(signing_key).mac(string_to_sign(stored, config));
}

std::optional<Error> verify(const AttributeMap& stored, const CryptoConfig& config,
                            const crypto::Key256& signing_key) {
  const Bytes* signature = binary(stored, kSignatureAttribute);
  const crypto::Digest expected = sign(stored, config, signing_key);
  // crypto::equal takes a time that depends on the lengths alone.
  if (signature != nullptr && crypto::equal(*signature, expected)) return std::nullopt;
  return Error{Failure::signature_mismatch, "Unable to verify signature"};
}

void finish(AttributeMap& stored, const CryptoConfig& config, const Materials& materials,
            bool encrypted) {
  const crypto::Digest signature = sign(stored, config, materials.signing_key);
  MaterialDescription description = materials.description;
  if (encrypted) description.insert_or_assign(std::string(description::kMode), description::kCbc);
  description.insert_or_assign(std::string(description::kSigningAlgorithm), description::kHmac);
  stored.set(std::string(kSignatureAttribute), Bytes(signature.begin(), signature.end()));
  stored.set(std::string(kDescriptionAttribute), serialize_description(description));
}

// ---- items -------------------------------------------------------------------------------------

Expected<AttributeMap> encrypt_item(const AttributeMap& item, const CryptoConfig& config,
                                    const Materials& materials, DrawSource& draws) {
  if (std::optional<Error> error = check(config)) return std::unexpected(std::move(*error));
  if (config.actions.idle()) return item;
  for (const std::string_view reserved : {kDescriptionAttribute, kSignatureAttribute}) {
    if (!item.contains(reserved)) continue;
    return refused(
        Failure::reserved_name,
        fmt::format("Reserved attribute name \"{}\" is not allowed in plaintext item.", reserved));
  }
  if (!materials.encryption_key && config.actions.encrypts()) {
    return refused(Failure::no_encryption_key,
                   "Attribute actions ask for some attributes to be encrypted but no encryption "
                   "key is available");
  }
  AttributeMap stored = item;
  if (materials.encryption_key) {
    crypto::Aes256Cbc cbc(*materials.encryption_key);
    ItemIvs ivs(*materials.encryption_key, draws.nonce());
    for (const items::Attribute& attribute : item) {
      if (config.actions.of(attribute.name) != Action::encrypt_and_sign) continue;
      const Bytes plain = items::serialize(attribute.value);
      const crypto::CbcIv iv = ivs.derive(attribute.name, plain);
      stored.set(attribute.name, encrypt_value(cbc, iv, plain));
    }
  }
  finish(stored, config, materials, materials.encryption_key.has_value());
  return stored;
}

Expected<MaterialDescription> read_description(const AttributeMap& item) {
  if (!item.contains(kSignatureAttribute)) {
    return refused(Failure::signature_missing, "No signature attribute found in item");
  }
  if (binary(item, kSignatureAttribute) == nullptr) {
    return refused(Failure::signature_malformed, "Unable to verify signature");
  }
  if (!item.contains(kDescriptionAttribute)) return MaterialDescription{};
  const Bytes* bytes = binary(item, kDescriptionAttribute);
  if (bytes == nullptr) {
    return refused(Failure::description_malformed, "Invalid material description");
  }
  return parse_description(*bytes);
}

Expected<AttributeMap> decrypt_item(const AttributeMap& item, const CryptoConfig& config,
                                    const Materials& materials) {
  if (std::optional<Error> error = check(config)) return std::unexpected(std::move(*error));
  if (config.actions.idle()) return item;
  const Expected<MaterialDescription> description = read_description(item);
  if (!description) return std::unexpected(description.error());
  if (std::optional<Error> error = verify(item, config, materials.signing_key)) {
    return std::unexpected(std::move(*error));
  }
  AttributeMap plain = item;
  plain.erase(kSignatureAttribute);
  plain.erase(kDescriptionAttribute);
  if (!config.actions.encrypts()) return plain;
  if (!materials.encryption_key) {
    return refused(Failure::no_encryption_key,
                   "Attribute actions ask for some attributes to be decrypted but no decryption "
                   "key is available");
  }
  if (std::optional<Error> error = check_mode(*description)) {
    return std::unexpected(std::move(*error));
  }
  crypto::Aes256Cbc cbc(*materials.encryption_key);
  for (const items::Attribute& attribute : item) {
    const bool encrypted = !own_attribute(attribute.name) &&
                           config.actions.of(attribute.name) == Action::encrypt_and_sign;
    if (!encrypted) continue;
    Expected<AttributeValue> value = decrypt_attribute(cbc, attribute.value);
    if (!value) return std::unexpected(std::move(value.error()));
    plain.set(attribute.name, std::move(*value));
  }
  return plain;
}

}  // namespace tablekey::model::encryption
