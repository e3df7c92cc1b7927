// The attribute `aws_dbe_head` (dynamodb.md 8.2; DBE header): what is needed to read an item, with
// a commitment to its data key at the end.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crypto/secret.h"
#include "model/clients/encryption/failure.h"
#include "model/clients/encryption/kms_call.h"
#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::encryption {

inline constexpr std::string_view kHeadAttribute = "aws_dbe_head";
inline constexpr std::string_view kFootAttribute = "aws_dbe_foot";

using MessageId = std::array<std::uint8_t, 32>;
inline constexpr std::size_t kCommitmentSize = 32;

/// How items are signed: with a MAC for every data key, or with a signature besides.
enum class Flavour : std::uint8_t { mac = 0, mac_and_ecdsa = 1 };

struct EncryptedDataKey {
  std::string provider;
  items::Bytes info;
  items::Bytes ciphertext;
  bool operator==(const EncryptedDataKey&) const = default;
};

/// Everything before the commitment.
struct StructuredHeader {
  std::uint8_t version = 1;  ///< 2: some attribute is signed and in the context
  Flavour flavour = Flavour::mac_and_ecdsa;
  MessageId message_id{};
  std::string legend;  ///< e, s or c of each signed attribute, in the order of canonical paths
  EncryptionContext stored_context;
  std::vector<EncryptedDataKey> data_keys;
  bool operator==(const StructuredHeader&) const = default;
};

/// Refused: more of something than its count can say, or no data key.
Expected<items::Bytes> serialize_header(const StructuredHeader& header);
/// A whole head, commitment included, which nobody has verified yet.
Expected<StructuredHeader> parse_header(std::span<const std::uint8_t> head);

/// Count, then every pair in the order of the names' bytes, with 16-bit lengths. Sizes have been
/// checked.
items::Bytes serialize_context(const EncryptionContext& context);
/// What a wrapped key is bound to: an empty context is no bytes at all, otherwise as the header has
/// it.
inline items::Bytes aad_of(const EncryptionContext& context) {
  return context.empty() ? items::Bytes{} : serialize_context(context);
}
bool fits(const EncryptionContext& context);

/// The commitment to a data key: HMAC-SHA-384 of the header, cut to 32 bytes, under a key that
/// HKDF-SHA-512 makes of the data key and the message id.
std::array<std::uint8_t, kCommitmentSize> commitment(const crypto::Key256& data_key,
                                                     const MessageId& message_id,
                                                     std::span<const std::uint8_t> header);

}  // namespace tablekey::model::encryption
