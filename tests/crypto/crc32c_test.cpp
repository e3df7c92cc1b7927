// CRC-32C: known answers, and the two ways to compute it against a bit-by-bit model.

#include "crypto/crc32c.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "crypto/bytes.h"

namespace tablekey::crypto::crc32c_test {
namespace {

// The definition itself (RFC 3720 B.4), one bit at a time.
std::uint32_t crc_by_bits(ByteView bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    }
  }
  return ~crc;
}

std::vector<std::uint8_t> counting_bytes(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 167 + (i >> 8));
  }
  return bytes;
}

TEST_CASE("CRC-32C gives the published answers", "[crc32c]") {
  // RFC 3720 B.4 and the check value of the CRC catalogue.
  CHECK(crc32c(bytes_of("123456789")) == 0xe3069283);
  CHECK(crc32c(std::vector<std::uint8_t>(32, 0x00)) == 0x8a9136aa);
  CHECK(crc32c(std::vector<std::uint8_t>(32, 0xff)) == 0x62a8ab43);
  std::vector<std::uint8_t> ascending(32);
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    ascending[i] = static_cast<std::uint8_t>(i);
  }
  CHECK(crc32c(ascending) == 0x46dd794e);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("the table and the instruction give the same CRC-32C at every length and alignment",
          "[crc32c]") {
  if (!crc32c_has_hardware()) {
    WARN("this processor has no CRC-32C instruction; the table alone is tested");
  }
  const std::vector<std::uint8_t> bytes = counting_bytes(300);
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t size = 0; start + size <= bytes.size(); ++size) {
      const ByteView piece = ByteView(bytes).subspan(start, size);
      const std::uint32_t seed = static_cast<std::uint32_t>(size * 0x9e3779b9U);
      const std::uint32_t expected = crc_by_bits(piece, seed);
      REQUIRE(crc32c_table(piece, seed) == expected);
      REQUIRE((!crc32c_has_hardware() || crc32c_hardware(piece, seed) == expected));
      REQUIRE(crc32c(piece, seed) == expected);
    }
  }
}

TEST_CASE("a CRC-32C continued over pieces is that of the whole", "[crc32c]") {
  const std::vector<std::uint8_t> bytes = counting_bytes(100);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::uint32_t first = crc32c(ByteView(bytes).first(cut));
    REQUIRE(crc32c(ByteView(bytes).subspan(cut), first) == crc32c(bytes));
  }
}

TEST_CASE("CRC-32C sees every single flipped bit of a frame header", "[crc32c]") {
  std::vector<std::uint8_t> bytes = counting_bytes(128);
  const std::uint32_t whole = crc32c(bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    REQUIRE(crc32c(bytes) != whole);
    bytes[bit / 8] ^= mask;
  }
}

}  // namespace
}  // namespace tablekey::crypto::crc32c_test
