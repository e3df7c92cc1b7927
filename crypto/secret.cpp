#include "crypto/secret.h"

#include <openssl/crypto.h>

namespace tablekey::crypto {

void cleanse(ByteSpan bytes) noexcept { OPENSSL_cleanse(bytes.data(), bytes.size()); }

bool equal(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tablekey::crypto
