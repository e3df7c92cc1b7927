#pragma once
// AES key wrap, without padding (RFC 3394, SP 800-38F KW) and with it (RFC 5649, KWP). Written over
// keyed AES-256 contexts because OpenSSL 3.0's own wrap cipher does not use the processor's AES
// instructions: five to ten times slower for the same bytes.
//
// RFC 3394 is for two 64-bit blocks and more. A key of 8 bytes, which some libraries wrap all the
// same, is refused here in both directions; RFC 5649 is the way to wrap one.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/bytes.h"
#include "crypto/ecb.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

// The longest key we wrap, in bytes. The standards allow far more; nothing here has such keys, and
// a blob that claims one is refused before it is read.
inline constexpr std::size_t kKeyWrapInputMax = 4096;

using WrappedKey256 = std::array<std::uint8_t, 40>;

// Two keyed contexts, one for each direction. Not for use by two threads at once.
class KeyWrap {
 public:
  explicit KeyWrap(const Key256& key);
  void rekey(const Key256& key);

  // RFC 3394 of a 256-bit key, the case we have; sizes cannot be wrong.
  [[nodiscard]] WrappedKey256 wrap(const Key256& secret);
  // False, and `secret` zero, when the blob was not made under this key.
  [[nodiscard]] bool unwrap(const WrappedKey256& wrapped, Key256& secret);

  // RFC 3394 of any key: `secret` is a multiple of 8 and at least 16 bytes, `wrapped` 8 more.
  void wrap(ByteView secret, ByteSpan wrapped);
  // False, and `secret` zero, when `wrapped` is no wrapping under this key, by its length or by its
  // integrity check. `secret` is 8 bytes shorter than `wrapped`.
  [[nodiscard]] bool unwrap(ByteView wrapped, ByteSpan secret);

  // RFC 5649 of a key of 1 byte or more; `wrapped` has padded_size(secret.size()) bytes.
  void wrap_padded(ByteView secret, ByteSpan wrapped);
  // The length of the key found, in the first bytes of `secret`, the rest zero; nothing, and all of
  // `secret` zero, as in unwrap. `secret` is 8 bytes shorter than `wrapped`.
  [[nodiscard]] std::optional<std::size_t> unwrap_padded(ByteView wrapped, ByteSpan secret);

  [[nodiscard]] static constexpr std::size_t padded_size(std::size_t secret_size) {
    return (secret_size + 7) / 8 * 8 + 8;
  }

 private:
  Aes256Encryptor encryptor_;
  Aes256Decryptor decryptor_;
};

}  // namespace tablekey::crypto
