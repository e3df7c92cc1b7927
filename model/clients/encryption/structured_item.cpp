#include "model/clients/encryption/structured_item.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/bytes.h"
#include "crypto/ctr.h"
#include "crypto/gcm.h"
#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "model/clients/encryption/terminal.h"
#include "model/dynamodb/items/base64.h"
#include "model/law.h"

namespace tablekey::model::encryption {
namespace {

using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;

constexpr std::string_view kMessageIdLabel = "tablekey/client-encryption/message-id/v1";
constexpr std::string_view kDeriveLabel = "AWS_DBE_DERIVE_KEY";
constexpr std::string_view kFieldLabel = "AwsDbeField";
constexpr std::string_view kPublicKeyEntry = "aws-crypto-public-key";
constexpr std::size_t kTagSize = std::tuple_size_v<crypto::Digest384>;
constexpr std::size_t kSignatureSize = std::tuple_size_v<crypto::P384Signature>;
constexpr std::size_t kFieldKeySize = crypto::Key256::kSize + crypto::Iv::kSize;  // 44 = 2c

// ---- keys of fields ----------------------------------------------------------------------------

MessageId message_id(const crypto::Key256& data_key, const std::array<std::uint8_t, 32>& nonce,
                     const Fields& fields) {
  crypto::HmacSha256 root(data_key);
  crypto::HmacSha256 keyed(crypto::kbkdf_counter(root, crypto::bytes_of(kMessageIdLabel), {}));
  Bytes all(nonce.begin(), nonce.end());
  const auto append_counted = [&all](const Bytes& bytes) {
    std::array<std::uint8_t, 8> size{};
    crypto::store_big_endian<8>(bytes.size(), size.data());
    all.insert(all.end(), size.begin(), size.end());
    all.insert(all.end(), bytes.begin(), bytes.end());
  };
  for (const Field& field : fields) {
    const Terminal terminal = to_terminal(field.attribute->value);
    append_counted(field.path);
    append_counted({static_cast<std::uint8_t>(field.action),
                    static_cast<std::uint8_t>(terminal.type >> 8),
                    static_cast<std::uint8_t>(terminal.type)});
    append_counted(terminal.value);
  }
  return keyed.mac(all);
}

crypto::Key256 field_root(const crypto::Key256& data_key, const MessageId& message_id) {
  Bytes info(kDeriveLabel.begin(), kDeriveLabel.end());
  info.insert(info.end(), message_id.begin(), message_id.end());
  return crypto::hkdf_sha512_key(data_key.bytes(), info);
}

/// GCM under the keys of one item's attributes, in the order of their paths.
class FieldCipher {
 public:
  FieldCipher(const crypto::Key256& data_key, const MessageId& message_id)
      : stream_(field_root(data_key, message_id)), gcm_(crypto::Key256()) {}

  /// The type of what is encrypted, the ciphertext and the tag.
  Bytes seal(const Field& field, const AttributeValue& value) {
    const crypto::Iv nonce = next();
    const Terminal terminal = to_terminal(value);
    Bytes stored{static_cast<std::uint8_t>(terminal.type >> 8),
                 static_cast<std::uint8_t>(terminal.type)};
    stored.resize(2 + terminal.value.size() + crypto::Tag::kSize);
    crypto::Tag tag;
    gcm_.seal(nonce, field.path, terminal.value,
              crypto::ByteSpan(stored).subspan(2, terminal.value.size()), tag);
    std::copy(tag.bytes.begin(), tag.bytes.end(), stored.end() - crypto::Tag::kSize);
    return stored;
  }

  Expected<AttributeValue> open(const Field& field, const Bytes& stored) {
    const crypto::Iv nonce = next();
    if (stored.size() < 2 + crypto::Tag::kSize) {
      return refused(Failure::decryption, "cipherTxt too short.");
    }
    const crypto::ByteView bytes = stored;
    const crypto::Tag tag(bytes.last<crypto::Tag::kSize>());
    const crypto::ByteView ciphertext = bytes.subspan(2, bytes.size() - 2 - crypto::Tag::kSize);
    crypto::SecretBuffer plain(ciphertext.size());
    if (!gcm_.open(nonce, field.path, ciphertext, tag, plain.writable())) {
      return refused(Failure::decryption, "Tag mismatch");
    }
    const auto type = static_cast<std::uint16_t>(crypto::load_big_endian<2>(bytes.data()));
    return from_terminal(type, plain.bytes());
  }

 private:
  /// Keys the cipher for the next attribute and gives its nonce: 44 bytes of the stream that begins
  /// at three times its place, so that the blocks of two attributes never meet.
  crypto::Iv next() {
    law(place_ < 0x55555555, "an item has fewer attributes than the format can count");
    std::array<std::uint8_t, crypto::CounterBlock::kSize> block{};
    std::copy(kFieldLabel.begin(), kFieldLabel.end(), block.begin());
    block[kFieldLabel.size()] = kFieldKeySize;
    crypto::store_big_endian<4>(std::uint64_t{3} * place_++, block.data() + 12);
    crypto::Secret<kFieldKeySize> key;
    stream_.apply(crypto::CounterBlock(block), key.bytes(), key.writable());
    gcm_.rekey(crypto::Key256(key.bytes().first<crypto::Key256::kSize>()));
    return crypto::Iv(key.bytes().last<crypto::Iv::kSize>());
  }

  crypto::Aes256Ctr stream_;
  crypto::Aes256Gcm gcm_;
  std::uint32_t place_ = 0;
};

// ---- foot --------------------------------------------------------------------------------------

Bytes make_foot(const crypto::Digest384& hash, const StructuredPlan& plan,
                const StructuredKeys& keys) {
  Bytes foot;
  for (const crypto::Key256& tag_key : keys.tag_keys) {
    const crypto::Digest384 tag = crypto::HmacSha384(tag_key.bytes()).mac(hash);
    foot.insert(foot.end(), tag.begin(), tag.end());
  }
  if (plan.signer) {
    // ECDSA with SHA-384 hashes its message, which here is a hash already.
    const crypto::P384Signature signature = plan.signer->sign(crypto::sha384(hash));
    foot.insert(foot.end(), signature.begin(), signature.end());
  }
  return foot;
}

struct Foot {
  crypto::ByteView tags;
  crypto::ByteView signature;
};

Expected<Foot> read_foot(const Bytes& bytes, const StructuredHeader& header) {
  const bool has_signature = header.flavour == Flavour::mac_and_ecdsa;
  const std::size_t signature_size = has_signature ? kSignatureSize : 0;
  if (bytes.size() < kTagSize + signature_size) {
    return refused(Failure::footer_malformed, "Footer too short.");
  }
  if ((bytes.size() - signature_size) % kTagSize != 0) {
    return refused(Failure::footer_malformed, fmt::format("Mangled {} footer has strange size",
                                                          has_signature ? "signed" : "unsigned"));
  }
  const crypto::ByteView all = bytes;
  const Foot foot{all.first(bytes.size() - signature_size), all.last(signature_size)};
  if (foot.tags.size() / kTagSize != header.data_keys.size()) {
    return refused(Failure::footer_malformed,
                   "There are a different number of recipient tags in the stored header than "
                   "there are in the decryption materials.");
  }
  return foot;
}

/// Whether one of the tags is the right one. All are compared, each in constant time.
bool has_tag(crypto::ByteView tags, const crypto::Digest384& expected) {
  bool found = false;
  for (; !tags.empty(); tags = tags.subspan(kTagSize)) {
    found |= crypto::equal(tags.first(kTagSize), expected);
  }
  return found;
}

std::optional<Error> verify_foot(const Bytes& bytes, const StructuredOpening& opening,
                                 const crypto::Digest384& hash, const crypto::Key256& tag_key) {
  const Expected<Foot> foot = read_foot(bytes, opening.header);
  if (!foot) return foot.error();
  if (!has_tag(foot->tags, crypto::HmacSha384(tag_key.bytes()).mac(hash))) {
    return Error{Failure::signature_mismatch,
                 "Signature of record does not match the signature computed when the record was "
                 "encrypted."};
  }
  if (opening.header.flavour == Flavour::mac) return std::nullopt;
  const auto entry = opening.context.find(kPublicKeyEntry);
  std::optional<Bytes> public_key;
  if (entry != opening.context.end()) public_key = items::from_base64(entry->second);
  if (public_key && crypto::verify_p384(*public_key, crypto::sha384(hash), foot->signature)) {
    return std::nullopt;
  }
  return Error{Failure::signature_mismatch, "Signature did not verify"};
}

// ---- contexts ----------------------------------------------------------------------------------

std::uint8_t structure_version(const Fields& fields) {
  const bool some = std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return field.action == CryptoAction::sign_and_include_in_context;
  });
  return some ? 2 : 1;
}

/// What the head stores of a context: only what a reader cannot see in the item itself.
EncryptionContext stored_part(const EncryptionContext& context) {
  EncryptionContext stored;
  const auto key = context.find(kPublicKeyEntry);
  if (key != context.end()) stored.insert(*key);
  return stored;
}

/// The stored context and the reproduced one, which agree where both speak.
Expected<EncryptionContext> joined(EncryptionContext stored, const EncryptionContext& reproduced) {
  std::string differences;
  for (const auto& [name, value] : reproduced) {
    const auto [found, fresh] = stored.emplace(name, value);
    if (fresh || found->second == value) continue;
    differences += fmt::format("input context for {} was {} but stored context had {}\n", name,
                               value, found->second);
  }
  if (differences.empty()) return stored;
  return refused(Failure::context_mismatch, "Encryption Context Mismatch\n" + differences);
}

std::optional<Error> check_public_key(const StructuredHeader& header) {
  const bool present = header.stored_context.contains(kPublicKeyEntry);
  if (present == (header.flavour == Flavour::mac_and_ecdsa)) return std::nullopt;
  return Error{Failure::context_mismatch,
               present ? "Encryption Context contains a verification key for a suite that does "
                         "not sign."
                       : "Encryption Context missing verification key."};
}

Expected<const Bytes*> own_bytes(const AttributeMap& item, std::string_view name) {
  const AttributeValue* value = item.find(name);
  if (value == nullptr) {
    return refused(Failure::header_missing, fmt::format("The field name {} is required.", name));
  }
  const Bytes* bytes = value->as<Bytes>();
  if (bytes == nullptr) {
    return refused(name == kHeadAttribute ? Failure::header_malformed : Failure::footer_malformed,
                   fmt::format("{} must be a binary Terminal.", name));
  }
  return bytes;
}

/// Whether everything that the legend calls encrypted could be.
bool encrypted_are_binary(const Fields& fields) {
  return std::all_of(fields.begin(), fields.end(), [](const Field& field) {
    if (field.action != CryptoAction::encrypt_and_sign) return true;
    const Bytes* stored = field.attribute->value.as<Bytes>();
    return stored != nullptr && stored->size() >= 2;
  });
}

/// The head, whole, with its commitment verified.
std::optional<Error> verify_commitment(crypto::ByteView head, const StructuredHeader& header,
                                       const crypto::Key256& data_key) {
  const crypto::ByteView before = head.first(head.size() - kCommitmentSize);
  const auto expected = commitment(data_key, header.message_id, before);
  if (crypto::equal(head.last(kCommitmentSize), expected)) return std::nullopt;
  return Error{Failure::commitment, "Key commitment mismatch."};
}

}  // namespace

// ---- writing -----------------------------------------------------------------------------------

Expected<StructuredPlan> plan_encryption(const AttributeMap& item, const StructuredConfig& config,
                                         DrawSource& draws) {
  if (std::optional<Error> error = check(config)) return std::unexpected(std::move(*error));
  const Expected<Fields> fields = fields_to_write(item, config);
  if (!fields) return std::unexpected(fields.error());
  StructuredPlan plan{item_context(*fields, config.names, structure_version(*fields)),
                      std::nullopt};
  if (config.flavour == Flavour::mac_and_ecdsa) {
    crypto::Key256 seed;
    draws.secret(seed);
    plan.signer.emplace(seed);
    const crypto::P384PublicKey key = plan.signer->public_key();
    items::append_base64(plan.context[std::string(kPublicKeyEntry)], Bytes(key.begin(), key.end()));
  }
  if (!fits(plan.context)) return refused(Failure::too_long, "Bad encryption context");
  return plan;
}

Expected<AttributeMap> encrypt_structured(const AttributeMap& item, const StructuredConfig& config,
                                          const StructuredPlan& plan, const StructuredKeys& keys,
                                          DrawSource& draws) {
  const Expected<Fields> fields = fields_to_write(item, config);
  if (!fields) return std::unexpected(fields.error());
  StructuredHeader header{structure_version(*fields),
                          config.flavour,
                          message_id(keys.data_key, draws.nonce(), *fields),
                          legend_of(*fields),
                          stored_part(plan.context),
                          keys.data_keys};
  Expected<Bytes> head = serialize_header(header);
  if (!head) return std::unexpected(std::move(head.error()));
  const auto proof = commitment(keys.data_key, header.message_id, *head);
  head->insert(head->end(), proof.begin(), proof.end());

  FieldCipher cipher(keys.data_key, header.message_id);
  AttributeMap stored = item;
  for (const Field& field : *fields) {
    if (field.action != CryptoAction::encrypt_and_sign) continue;
    stored.set(field.attribute->name, cipher.seal(field, field.attribute->value));
  }
  Fields stored_fields = *fields;
  for (Field& field : stored_fields) {
    const items::Attribute* place = std::find_if(
        stored.begin(), stored.end(),
        [&](const items::Attribute& attribute) { return attribute.name == field.attribute->name; });
    field.attribute = place;
  }
  Bytes foot = make_foot(canonical_hash(stored_fields, *head, plan.context), plan, keys);
  stored.set(std::string(kHeadAttribute), std::move(*head));
  stored.set(std::string(kFootAttribute), std::move(foot));
  return stored;
}

// ---- reading -----------------------------------------------------------------------------------

Expected<StructuredOpening> open_structured(const AttributeMap& item,
                                            const StructuredConfig& config) {
  if (std::optional<Error> error = check(config)) return std::unexpected(std::move(*error));
  const Expected<const Bytes*> head = own_bytes(item, kHeadAttribute);
  if (!head) return std::unexpected(head.error());
  const Expected<const Bytes*> foot = own_bytes(item, kFootAttribute);
  if (!foot) return std::unexpected(foot.error());
  Expected<StructuredHeader> header = parse_header(**head);
  if (!header) return std::unexpected(std::move(header.error()));
  const Expected<Fields> fields = fields_to_read(item, config, header->legend);
  if (!fields) return std::unexpected(fields.error());
  if (std::optional<Error> error = check_public_key(*header)) {
    return std::unexpected(std::move(*error));
  }
  Expected<EncryptionContext> context =
      joined(header->stored_context, item_context(*fields, config.names, header->version));
  if (!context) return std::unexpected(std::move(context.error()));
  if (!fits(*context)) return refused(Failure::too_long, "Bad encryption context");
  return StructuredOpening{std::move(*header), std::move(*context)};
}

Expected<AttributeMap> decrypt_structured(const AttributeMap& item, const StructuredConfig& config,
                                          const StructuredOpening& opening,
                                          const OpenedKeys& keys) {
  const Expected<Fields> fields = fields_to_read(item, config, opening.header.legend);
  if (!fields) return std::unexpected(fields.error());
  const Expected<const Bytes*> head = own_bytes(item, kHeadAttribute);
  const Expected<const Bytes*> foot = own_bytes(item, kFootAttribute);
  law(head && foot && (*head)->size() > kCommitmentSize,
      "an item is decrypted after it was understood");
  if (auto error = verify_commitment(**head, opening.header, keys.data_key)) {
    return std::unexpected(std::move(*error));
  }
  if (!encrypted_are_binary(*fields)) return refused(Failure::signature_mismatch, "Bad length.");
  const crypto::Digest384 hash = canonical_hash(*fields, **head, opening.context);
  if (auto error = verify_foot(**foot, opening, hash, keys.tag_key)) {
    return std::unexpected(std::move(*error));
  }
  AttributeMap plain = item;
  plain.erase(kHeadAttribute);
  plain.erase(kFootAttribute);
  FieldCipher cipher(keys.data_key, opening.header.message_id);
  for (const Field& field : *fields) {
    if (field.action != CryptoAction::encrypt_and_sign) continue;
    Expected<AttributeValue> value = cipher.open(field, *field.attribute->value.as<Bytes>());
    if (!value) return std::unexpected(std::move(value.error()));
    plain.set(field.attribute->name, std::move(*value));
  }
  return plain;
}

}  // namespace tablekey::model::encryption
