#pragma once
// SHA-384 and SHA-512 (FIPS 180-4) with what is made of them: HMAC (RFC 2104) and HKDF (RFC 5869).
// The Database Encryption SDK commits, derives and signs with these.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

using Digest384 = std::array<std::uint8_t, 48>;
using Digest512 = std::array<std::uint8_t, 64>;

// The digest of one piece of memory.
[[nodiscard]] Digest384 sha384(ByteView bytes);
[[nodiscard]] Digest512 sha512(ByteView bytes);

// HMAC over the hash whose digest has `kSize` bytes: 48 is SHA-384, 64 is SHA-512. A keyed context
// as HmacSha256 of hmac.h: the key blocks are hashed once per key. Not for use by two threads at
// once.
template <std::size_t kSize>
class HmacLong {
 public:
  using Mac = std::array<std::uint8_t, kSize>;

  explicit HmacLong(ByteView key);  // A key of any length, as the standard allows.
  void rekey(ByteView key);

  // The MAC of the parts one after the other; the caller encodes borders that matter.
  [[nodiscard]] Mac mac(std::initializer_list<ByteView> parts);
  [[nodiscard]] Mac mac(ByteView message) { return mac({message}); }
  // The same into place, for a MAC that is itself a key.
  void mac_into(std::initializer_list<ByteView> parts, std::span<std::uint8_t, kSize> out);

 private:
  DigestContext inner_;    // The hash after the key block XOR 0x36.
  DigestContext outer_;    // The hash after the key block XOR 0x5c.
  DigestContext running_;  // A copy of inner_, on which a call works.
};

extern template class HmacLong<48>;
extern template class HmacLong<64>;
using HmacSha384 = HmacLong<48>;
using HmacSha512 = HmacLong<64>;

// The longest output of HKDF-SHA-512, in bytes: 255 blocks. Asking for more is a broken law.
inline constexpr std::size_t kHkdfSha512OutputMax = 255 * 64;

// HKDF-SHA-512, extract and expand. An empty salt stands for 64 zero bytes.
void hkdf_sha512(ByteView input_key, ByteView salt, ByteView info, ByteSpan out);
[[nodiscard]] Key256 hkdf_sha512_key(ByteView input_key, ByteView info);  // No salt, 32 bytes.

}  // namespace tablekey::crypto
