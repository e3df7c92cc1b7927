#pragma once
// OpenSSL's large numbers, owned. Private to this room.

#include <openssl/bn.h>

#include <memory>

namespace tablekey::crypto {

struct FreeNumber {
  void operator()(BIGNUM* number) const noexcept { BN_clear_free(number); }
  void operator()(BN_CTX* context) const noexcept { BN_CTX_free(context); }  // Wipes its numbers.
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;
using NumberContext = std::unique_ptr<BN_CTX, FreeNumber>;

}  // namespace tablekey::crypto
