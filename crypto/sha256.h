#pragma once
// SHA-256 (FIPS 180-4): digests of chunks and states, and the number a name is known by.

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/context.h"

namespace tablekey::crypto {

using Digest = std::array<std::uint8_t, 32>;

// The digest of one piece of memory.
[[nodiscard]] Digest sha256(ByteView bytes);

// The first 8 bytes, big endian, of SHA-256 of a name: the same number on every machine and in
// every run, as an entity of sim::Random or a key of a sorted table.
[[nodiscard]] std::uint64_t name_hash(std::string_view name);

// The digest of bytes that come in parts. After finish it starts over.
class Sha256 {
 public:
  Sha256();
  void update(ByteView bytes);
  [[nodiscard]] Digest finish();

 private:
  DigestContext context_;
};

}  // namespace tablekey::crypto
