#pragma once
// HMAC-SHA-256 (RFC 2104) with a keyed context: the two padded key blocks are hashed once per key,
// and each MAC continues from there. Twice as fast as giving OpenSSL's MAC the key each time.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace tablekey::crypto {

// Not for use by two threads at once.
class HmacSha256 {
 public:
  explicit HmacSha256(const Key256& key);
  explicit HmacSha256(ByteView key);  // A key of any length, as the standard allows.

  void rekey(const Key256& key) { rekey(key.bytes()); }
  void rekey(ByteView key);

  // The MAC of the parts one after the other. Parts are joined without lengths between them: where
  // their borders matter the caller encodes them.
  [[nodiscard]] Digest mac(std::initializer_list<ByteView> parts);
  [[nodiscard]] Digest mac(ByteView message) { return mac({message}); }

  // The same into place, for a MAC that is itself a key.
  void mac_into(std::initializer_list<ByteView> parts, std::span<std::uint8_t, 32> out);

  // Whether `expected` is the MAC, in constant time. A shortened MAC is not one.
  [[nodiscard]] bool verify(std::initializer_list<ByteView> parts, const Digest& expected);

 private:
  DigestContext inner_;    // SHA-256 after the key block XOR 0x36.
  DigestContext outer_;    // SHA-256 after the key block XOR 0x5c.
  DigestContext running_;  // A copy of inner_, on which a call works.
};

// A number that recognises a key and says nothing else about it: the first 8 bytes of
// HMAC-SHA-256(key, "tk.kcv") (log-format-notes 13). This, never key bytes, goes into logs.
[[nodiscard]] std::array<std::uint8_t, 8> key_check_value(const Key256& key);

}  // namespace tablekey::crypto
