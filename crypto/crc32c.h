#pragma once
// CRC-32C (Castagnoli, RFC 3720 B.4): the cheap check for accidents in the trace file. It is no
// protection against intent; the hash chain is.

#include <cstdint>

#include "crypto/bytes.h"

namespace tablekey::crypto {

// The CRC of `bytes`. To continue over several pieces give the previous result as `seed`. Uses the
// processor's own instruction where there is one; the result is the same with and without.
[[nodiscard]] std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

// The two ways to compute it, for the test that compares them. crc32c_hardware may be called only
// where crc32c_has_hardware() says so.
[[nodiscard]] bool crc32c_has_hardware();
[[nodiscard]] std::uint32_t crc32c_hardware(ByteView bytes, std::uint32_t seed);
[[nodiscard]] std::uint32_t crc32c_table(ByteView bytes, std::uint32_t seed);

}  // namespace tablekey::crypto
