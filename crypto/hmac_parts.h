// What HMAC is made of whatever its hash (RFC 2104). Private to the HMACs.
#pragma once

#include <cstdint>

#include "crypto/algorithms.h"
#include "crypto/bytes.h"
#include "crypto/law.h"

namespace tablekey::crypto::hmac_parts {

inline constexpr std::uint8_t kInnerPad = 0x36;  // RFC 2104 section 2.
inline constexpr std::uint8_t kOuterPad = 0x5c;

inline void exclusive_or(ByteSpan block, std::uint8_t pad) {
  for (std::uint8_t& byte : block) {
    byte ^= pad;
  }
}

inline void start_with(const DigestContext& context, ByteView block) {
  require(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1 &&
              EVP_DigestUpdate(context.get(), block.data(), block.size()) == 1,
          "HMAC takes its key");
}

inline void continue_from(const DigestContext& context, const DigestContext& start) {
  require(EVP_MD_CTX_copy_ex(context.get(), start.get()) == 1, "HMAC continues from its key");
}

}  // namespace tablekey::crypto::hmac_parts
