#pragma once
// AES-256 in counter mode (SP 800-38A 6.5): encryption without authentication, for key streams.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

// The first counter block of a message. It counts up as one 128-bit big-endian number and wraps.
struct CounterBlock {
  static constexpr std::size_t kSize = 16;

  explicit constexpr CounterBlock(std::span<const std::uint8_t, kSize> source) {
    std::copy(source.begin(), source.end(), bytes.begin());
  }

  std::array<std::uint8_t, kSize> bytes{};
};

// A keyed context. Not for use by two threads at once.
class Aes256Ctr {
 public:
  explicit Aes256Ctr(const Key256& key);
  void rekey(const Key256& key);
  // Encrypts or decrypts (they are one operation). Sizes are equal; the same place is allowed. Each
  // call starts afresh at `first`; that no two messages share a counter block is the caller's law.
  void apply(const CounterBlock& first, ByteView in, ByteSpan out);

 private:
  CipherContext context_;
};

}  // namespace tablekey::crypto
