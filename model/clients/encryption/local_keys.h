// The two providers that ask nobody (dynamodb.md 8.1): static keys, and wrapped ones. The wrapped
// provider makes a new AES key for every item and writes it into the item, wrapped with RFC 3394
// under an AES key or with RSA-OAEP under a public key; the caller's signing key signs all items.
#pragma once

#include <functional>
#include <optional>
#include <variant>

#include "crypto/rsa_oaep.h"
#include "crypto/secret.h"
#include "model/clients/encryption/draw_source.h"
#include "model/clients/encryption/materials.h"

namespace tablekey::model::encryption {

/// Fixed keys for both directions. Every item shares them.
struct StaticKeys {
  std::optional<crypto::Key256> encryption;
  crypto::Key256 signing;

  Materials materials() const;
};

class WrappedKeys {
 public:
  using WrappingKey = std::variant<crypto::Key256, std::reference_wrapper<const crypto::RsaKey>>;

  /// An RSA key outlives the provider. `description` is written into every item; the caching
  /// provider names its version there.
  WrappedKeys(WrappingKey wrapping, crypto::Key256 signing, MaterialDescription description = {});

  /// A new item key. Draws a key and, for OAEP, a nonce.
  Materials encryption_materials(DrawSource& draws) const;
  /// The item's key, unwrapped. Refused: a description without one, another way of wrapping, a key
  /// that was not wrapped under this provider's.
  Expected<Materials> decryption_materials(const MaterialDescription& description) const;

  /// `AESWrap`, or the name of OAEP with SHA-256.
  std::string_view algorithm() const;

 private:
  std::vector<std::uint8_t> wrap(const crypto::Key256& item_key, DrawSource& draws) const;
  std::optional<crypto::Key256> unwrap(std::span<const std::uint8_t> wrapped) const;

  WrappingKey wrapping_;
  crypto::Key256 signing_;
  MaterialDescription description_;
};

}  // namespace tablekey::model::encryption
