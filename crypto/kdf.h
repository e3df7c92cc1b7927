#pragma once
// Keys from keys: the counter-mode KDF of SP 800-108 and HKDF (RFC 5869), both over HMAC-SHA-256.

#include <cstdint>
#include <span>

#include "crypto/bytes.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

// SP 800-108 counter mode with 32-bit counter and 32-bit length, both big endian (kms.md 7.4):
// block i is HMAC(key, i || label || 00 || context || length of the output in bits). `label` has no
// zero byte, so that the one after it is the separator. Up to 32 bytes of output, the case of every
// AES-256 key, are one HMAC. At most 2^29 - 1 bytes.
void kbkdf_counter(HmacSha256& keyed, ByteView label, ByteView context, ByteSpan out);
void kbkdf_counter(const Key256& key, ByteView label, ByteView context, ByteSpan out);
[[nodiscard]] Key256 kbkdf_counter(HmacSha256& keyed, ByteView label, ByteView context);

// The same over fixed input data that the caller has already put together, as the standard's
// own test vectors give it: block i is HMAC(key, i || fixed_input).
void kbkdf_counter_fixed(HmacSha256& keyed, ByteView fixed_input, ByteSpan out);

// The longest output of HKDF-SHA-256, in bytes: 255 blocks. Asking for more is a broken law.
inline constexpr std::size_t kHkdfOutputMax = 255 * 32;

// HKDF-SHA-256, extract and expand. An empty salt stands for 32 zero bytes.
void hkdf_sha256(ByteView input_key, ByteView salt, ByteView info, ByteSpan out);

}  // namespace tablekey::crypto
