#pragma once
// AES-256 of single blocks, the part from which key wrap and draws are built. It is not a way to
// encrypt a message, which is why nothing outside this room has a use for it.

#include <cstddef>
#include <cstdint>

#include "crypto/context.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

inline constexpr std::size_t kAesBlockSize = 16;

// The keyed forward permutation. Not for use by two threads at once.
class Aes256Encryptor {
 public:
  explicit Aes256Encryptor(const Key256& key);
  void rekey(const Key256& key);
  // Encrypts each 16-byte block of `in` on its own. Sizes are equal multiples of 16; the same place
  // is allowed.
  void blocks(ByteView in, ByteSpan out);

 private:
  CipherContext context_;
};

// The keyed inverse permutation. Not for use by two threads at once.
class Aes256Decryptor {
 public:
  explicit Aes256Decryptor(const Key256& key);
  void rekey(const Key256& key);
  // As Aes256Encryptor::blocks.
  void blocks(ByteView in, ByteSpan out);

 private:
  CipherContext context_;
};

}  // namespace tablekey::crypto
