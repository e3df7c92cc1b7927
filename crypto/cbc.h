#pragma once
// AES-256 in CBC mode (SP 800-38A 6.2) with PKCS #7 padding: encryption without authentication, the
// way the DynamoDB Encryption Client of 2018 encrypts an attribute. Whoever uses it authenticates
// the ciphertext and checks that before anything is decrypted here.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

// The initialisation vector of one CBC message. It must be unpredictable to whoever chooses the
// plaintext, so it is drawn; there is no default one.
struct CbcIv {
  static constexpr std::size_t kSize = 16;

  explicit constexpr CbcIv(std::span<const std::uint8_t, kSize> source) {
    std::copy(source.begin(), source.end(), bytes.begin());
  }
  bool operator==(const CbcIv&) const = default;

  std::array<std::uint8_t, kSize> bytes{};
};

// The longest message, in bytes: OpenSSL counts in int, and the padding needs room.
inline constexpr std::size_t kCbcMessageMax = 0x7fffffff - 32;

// Two keyed contexts, one for each direction. Not for use by two threads at once.
class Aes256Cbc {
 public:
  explicit Aes256Cbc(const Key256& key);
  void rekey(const Key256& key);

  // The size of the ciphertext: padding is 1 to 16 bytes.
  [[nodiscard]] static constexpr std::size_t padded_size(std::size_t plaintext_size) {
    return (plaintext_size / 16 + 1) * 16;
  }

  // `ciphertext` has padded_size(plaintext.size()) bytes and does not overlap the plaintext.
  void encrypt(const CbcIv& iv, ByteView plaintext, ByteSpan ciphertext);
  // The plaintext; nothing when the length is not one of whole blocks or the padding is wrong.
  [[nodiscard]] std::optional<SecretBuffer> decrypt(const CbcIv& iv, ByteView ciphertext);

 private:
  CipherContext encryptor_;
  CipherContext decryptor_;
};

}  // namespace tablekey::crypto
