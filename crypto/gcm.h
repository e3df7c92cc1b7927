#pragma once
// AES-256-GCM with the one IV length (12 bytes) and the one tag length (16 bytes) we use. OpenSSL's
// context accepts other lengths, a repeated IV and a forgotten tag; through this class none of
// these can be written down.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

// An initialisation vector. There is no default one: it comes from SyntheticIv, from a draw, or out
// of a ciphertext.
struct Iv {
  static constexpr std::size_t kSize = 12;

  explicit constexpr Iv(std::span<const std::uint8_t, kSize> source) {
    std::copy(source.begin(), source.end(), bytes.begin());
  }
  // The IV of a stored ciphertext; nothing when the length is not 12.
  [[nodiscard]] static std::optional<Iv> from(ByteView source) {
    return source.size() == kSize ? std::optional<Iv>(Iv(source.first<kSize>())) : std::nullopt;
  }
  bool operator==(const Iv&) const = default;

  std::array<std::uint8_t, kSize> bytes{};
};

// An authentication tag. The default one is all zero and opens nothing.
struct Tag {
  static constexpr std::size_t kSize = 16;

  constexpr Tag() = default;
  explicit constexpr Tag(std::span<const std::uint8_t, kSize> source) {
    std::copy(source.begin(), source.end(), bytes.begin());
  }
  // The tag of a stored ciphertext; nothing when the length is not 16.
  [[nodiscard]] static std::optional<Tag> from(ByteView source) {
    return source.size() == kSize ? std::optional<Tag>(Tag(source.first<kSize>())) : std::nullopt;
  }
  bool operator==(const Tag&) const = default;

  std::array<std::uint8_t, kSize> bytes{};
};

// The largest message we seal or open, in bytes. SP 800-38D allows 2^36 - 32; OpenSSL counts in
// int. AAD has the same bound.
inline constexpr std::size_t kGcmMessageMax = 0x7fffffff - 16;

// A keyed context (about 1.2 KB of OpenSSL's heap). Costly to make, cheap to use, cheap to re-key.
// Every call sets its own IV and every open its own tag, so nothing carries over from one call to
// the next. Not for use by two threads at once.
class Aes256Gcm {
 public:
  explicit Aes256Gcm(const Key256& key);

  // Replaces the key; as if newly made, without the allocation.
  void rekey(const Key256& key);

  // Encrypts `plaintext` into `ciphertext` (the same length; the same place is allowed, partial
  // overlap is not) and sets `tag`. The caller guarantees that (key, iv) never comes with another
  // (aad, plaintext): see synthetic_iv.h.
  void seal(const Iv& iv, ByteView aad, ByteView plaintext, ByteSpan ciphertext, Tag& tag);

  // Decrypts `ciphertext` into `plaintext` (as in seal) and says whether the tag was right. When it
  // was not, `plaintext` is wiped before this returns.
  [[nodiscard]] bool open(const Iv& iv, ByteView aad, ByteView ciphertext, const Tag& tag,
                          ByteSpan plaintext);

 private:
  CipherContext context_;
};

}  // namespace tablekey::crypto
