#pragma once
// OpenSSL's algorithms, fetched once. Private to this room: EVP_aes_256_gcm() and its like look the
// algorithm up again on every use, which alone costs two to six times more and makes threads wait
// for one another (log-format-notes 12).

#include <openssl/evp.h>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

// Immutable once made, and the same for every user, which is why they belong to the process.
struct Algorithms {
  EVP_CIPHER* aes_256_gcm;
  EVP_CIPHER* aes_256_ecb;
  EVP_CIPHER* aes_256_ctr;
  EVP_MD* sha256;
};
const Algorithms& algorithms();

enum class Direction { kDecrypt = 0, kEncrypt = 1 };

// A new keyed context of the cipher.
CipherContext new_cipher_context(const EVP_CIPHER* cipher, Direction direction, const Key256& key);

// Another key in an existing context.
void rekey_cipher_context(const CipherContext& context, Direction direction, const Key256& key);

// A new SHA-256 context, started.
DigestContext new_sha256_context();

}  // namespace tablekey::crypto
