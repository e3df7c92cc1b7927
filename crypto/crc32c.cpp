// The table version works on 8 bytes at a time (slicing by eight, Kounavis and Berry 2005) from
// tables made at compile time. The hardware version is compiled for SSE4.2 in this one function
// and chosen when the program runs, so that one binary works on every x86-64 machine.

#include "crypto/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tablekey::crypto {
namespace {

constexpr std::uint32_t kPolynomialReflected = 0x82f63b78;
constexpr std::size_t kSlices = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomialReflected : 0);
    }
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t shorter = tables[slice - 1][byte];
      tables[slice][byte] = shorter >> 8 ^ tables[0][shorter & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32c_table(ByteView bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  for (; bytes.size() >= kSlices; bytes = bytes.subspan(kSlices)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kSlices; ++i) {
      const std::uint32_t folded = i < 4 ? crc >> (8 * i) & 0xff : 0;
      next ^= kTables[kSlices - 1 - i][bytes[i] ^ folded];
    }
    crc = next;
  }
  for (const std::uint8_t byte : bytes) {
    crc = crc >> 8 ^ kTables[0][(crc ^ byte) & 0xff];
  }
  return ~crc;
}

#if defined(__x86_64__)

bool crc32c_has_hardware() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) std::uint32_t crc32c_hardware(ByteView bytes,
                                                                std::uint32_t seed) {
  std::uint64_t crc = ~seed;
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (const std::uint8_t byte : bytes) {
    narrow = _mm_crc32_u8(narrow, byte);
  }
  return ~narrow;
}

#else

bool crc32c_has_hardware() { return false; }

std::uint32_t crc32c_hardware(ByteView bytes, std::uint32_t seed) {
  return crc32c_table(bytes, seed);
}

#endif

std::uint32_t crc32c(ByteView bytes, std::uint32_t seed) {
  static const bool hardware = crc32c_has_hardware();
  return hardware ? crc32c_hardware(bytes, seed) : crc32c_table(bytes, seed);
}

}  // namespace tablekey::crypto
