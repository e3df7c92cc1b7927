// The CiphertextBlob of the simulated KMS, version 1 (kms.md 7.4), and the encryption context that
// it is bound to. The layout is ours: AWS publishes the algorithms (a key derived per call by SP
// 800-108 counter mode, AES-256-GCM with the context as additional data) and not the format.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace tablekey::model::kms {

using KeyId = std::array<std::uint8_t, 16>;
using MaterialId = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kPlaintextMax = 4096;

/// Pairs of an encryption context.
using ContextPairs = std::span<const std::pair<std::string_view, std::string_view>>;

/// The canonical form (kms.md 7.3): pairs sorted by key as bytes, each length before its text, the
/// count first.
std::vector<std::uint8_t> canonical_context(ContextPairs pairs);

/// The context of every call that DynamoDB makes: exactly the two pairs of the seed.
std::vector<std::uint8_t> table_context(std::string_view table_name, std::string_view account);

/// hex(SHA-256("tablekey.kmid.v1" || key id || material)), raw (kms.md 1.6).
MaterialId material_id(std::string_view key_id, const crypto::Key256& backing_key);

/// The 16 bytes of a key id; nullopt if it has not the form of a UUID or of mrk-….
std::optional<KeyId> raw_key_id(std::string_view key_id);

/// What can be read of a blob without any key.
struct BlobHeader {
  KeyId key_id{};
  MaterialId material{};
  std::size_t plaintext_size = 0;
};

/// Strict: any unknown version, suite or flag and any wrong length is no blob. nullopt becomes
/// InvalidCiphertextException.
std::optional<BlobHeader> parse_blob(std::span<const std::uint8_t> blob);

struct BlobInput {
  KeyId key_id;
  bool multi_region = false;
  MaterialId material;
  std::array<std::uint8_t, 32> nonce;  ///< N of the key derivation: no two calls share one
  std::array<std::uint8_t, 12> iv;
};

/// Encrypts under a backing key. No (key, IV) pair repeats: each call has its own N, drawn under
/// its own (entity, ordinal), so each has its own derived key; the drawn IV is a second guard.
std::vector<std::uint8_t> seal_blob(crypto::HmacSha256& backing_key, const BlobInput& input,
                                    std::span<const std::uint8_t> context,
                                    std::span<const std::uint8_t> plaintext);

/// Decrypts into `plaintext`, whose size must be the header's. False: context, key or bytes are not
/// those of the seal; `plaintext` is then wiped.
bool open_blob(crypto::HmacSha256& backing_key, std::span<const std::uint8_t> blob,
               std::span<const std::uint8_t> context, std::span<std::uint8_t> plaintext);

}  // namespace tablekey::model::kms
