// Goal: what gzip packed comes out whole or is refused. Method: bytes that gzip wrote, as they are,
// doubled, cut at every length and with every bit turned.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "scenarios/gunzip.h"

namespace tablekey::scenarios::testing::gunzip_test {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios/recordings/" + name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("gzip's members are unpacked one after the other") {
  const std::string packed = file("trail.json.gz"), text = file("trail.json");
  REQUIRE(text.size() > 1000);
  CHECK(is_gzip(packed));
  CHECK_FALSE(is_gzip(text));
  CHECK(gunzip(packed, 1 << 20) == text);
  CHECK(gunzip(packed + packed, 1 << 20) == text + text);
}

TEST_CASE("a gzip file that unpacks to too much is refused, whatever it is") {
  const std::string packed = file("trail.json.gz"), text = file("trail.json");
  CHECK(gunzip(packed, text.size()) == text);
  CHECK(gunzip(packed, text.size() - 1).error() == GunzipError::too_large);
}

TEST_CASE("a gzip file that was cut or changed never gives another text") {
  const std::string packed = file("trail.json.gz"), text = file("trail.json");
  for (std::size_t length = 1; length < packed.size(); ++length) {
    INFO(length);
    CHECK_FALSE(gunzip(packed.substr(0, length), 1 << 20).has_value());
  }
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    std::string changed = packed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    const auto unpacked = gunzip(changed, 1 << 20);
    INFO(bit);
    CHECK((!unpacked || *unpacked == text));  // a changed file name or time is no other text
  }
}

}  // namespace tablekey::scenarios::testing::gunzip_test
