#include "crypto/secret.h"

#include <openssl/crypto.h>
#include <string.h>

namespace tablekey::crypto {

// Of the two wipes that no compiler removes, this is the one that writes whole vectors: every
// served request wipes its item. Nothing has no address that it may be given.
void cleanse(ByteSpan bytes) noexcept {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool equal(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tablekey::crypto
