// The blob of kms.md 7.4 and the canonical context of 7.3, byte for byte.
#include "model/kms/blob.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <string>

#include "crypto/sha256.h"

namespace tablekey::model::kms::blob_test {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

template <std::size_t n>
std::array<std::uint8_t, n> counting(std::uint8_t first) {
  std::array<std::uint8_t, n> bytes;
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

constexpr std::string_view kKeyId = "1234abcd-12ab-34cd-56ef-1234567890ab";

/// The vector's backing key, 00 to 1f.
struct Vector {
  crypto::Key256 key;
  BlobInput input{};
  std::vector<std::uint8_t> context = table_context("Books", "111122223333");

  Vector() {
    const auto bytes = counting<32>(0);
    std::copy(bytes.begin(), bytes.end(), key.writable().begin());
    input.key_id = raw_key_id(kKeyId).value();
    input.material = material_id(kKeyId, key);
    input.nonce = counting<32>(0x40);
    input.iv = counting<12>(0x60);
  }
  std::vector<std::uint8_t> seal() {
    crypto::HmacSha256 hmac(key);
    return seal_blob(hmac, input, context, counting<32>(0x80));
  }
  bool opens(std::span<const std::uint8_t> blob, std::span<const std::uint8_t> with) {
    crypto::HmacSha256 hmac(key);
    std::array<std::uint8_t, 32> plaintext{};
    return open_blob(hmac, blob, with, plaintext) && plaintext == counting<32>(0x80);
  }
};

}  // namespace

TEST_CASE("The test vector of kms.md 7.4 comes out") {
  Vector vector;
  CHECK(hex(vector.input.material) ==
        "cba624df6ab942945341076b13bdb553165727028ccc0868ea1e116454e5ac65");
  CHECK(vector.context.size() == 84);
  const auto blob = vector.seal();
  REQUIRE(blob.size() == 148);
  CHECK(hex(std::span(blob).subspan(100, 32)) ==
        "658ecfb71336073b6ca2adf3d439673b59532f1424823d5dc63e6853ee0c63a1");
  CHECK(hex(std::span(blob).last(16)) == "2dfc5728bebde3a92c4d8c88a66a58c9");
  CHECK(hex(crypto::sha256(blob)) ==
        "f43f4e6c06b5e11e5604ed6d263c65da81ef52cd31fb9766da5f6fa7e30a07ed");
  CHECK(hex(std::span(blob).first(4)) == "01010000");
  CHECK(hex(std::span(blob).subspan(4, 16)) == "1234abcd12ab34cd56ef1234567890ab");
  CHECK(hex(std::span(blob).subspan(96, 4)) == "00000020");
  CHECK(vector.opens(blob, vector.context));
}

TEST_CASE("The canonical context sorts by key and keeps pairs apart") {
  const Pairs none;
  CHECK(hex(canonical_context(none)) == "00000000");
  CHECK(canonical_context(Pairs{{"a", "bc"}}) != canonical_context(Pairs{{"ab", "c"}}));
  CHECK(hex(canonical_context(Pairs{{"a", "bc"}})) == "000000010000000161000000026263");
  CHECK(canonical_context(Pairs{{"b", "2"}, {"a", "1"}}) ==
        canonical_context(Pairs{{"a", "1"}, {"b", "2"}}));
  CHECK(canonical_context(Pairs{{"A", "1"}}) != canonical_context(Pairs{{"a", "1"}}));
  // Bytes above 0x7f come after ASCII.
  const auto sorted = canonical_context(Pairs{{"\xc3\xa9", ""}, {"z", ""}});
  CHECK(hex(sorted) ==
        "00000002"
        "000000017a00000000"
        "00000002c3a900000000");
  // subscriberId stands before tableName.
  const auto table = table_context("Books", "111122223333");
  CHECK(std::string(table.begin() + 8, table.begin() + 33) == "aws:dynamodb:subscriberId");
}

TEST_CASE("A blob opens under its own context only") {
  Vector vector;
  const auto blob = vector.seal();
  const std::array<std::pair<std::string_view, std::string_view>, 2> lower{
      {{"aws:dynamodb:tablename", "Books"}, {"aws:dynamodb:subscriberId", "111122223333"}}};
  const std::array<std::pair<std::string_view, std::string_view>, 3> extra{
      {{"aws:dynamodb:tableName", "Books"},
       {"aws:dynamodb:subscriberId", "111122223333"},
       {"x", ""}}};
  CHECK_FALSE(vector.opens(blob, canonical_context(lower)));
  CHECK_FALSE(vector.opens(blob, canonical_context(extra)));
  CHECK_FALSE(vector.opens(blob, canonical_context(std::span(extra).first(1))));
  CHECK_FALSE(vector.opens(blob, canonical_context({})));
  CHECK_FALSE(vector.opens(blob, table_context("books", "111122223333")));
  CHECK(vector.opens(blob, canonical_context(std::span(extra).first(2))));
}

TEST_CASE("A blob opens under its own backing key only") {
  Vector vector;
  const auto blob = vector.seal();
  Vector other;
  other.key.writable()[31] ^= 1;
  CHECK_FALSE(other.opens(blob, vector.context));
}

TEST_CASE("A blob with any one bit flipped is refused, and so is every shorter or longer one") {
  Vector vector;
  auto blob = vector.seal();
  for (std::size_t bit = 0; bit < blob.size() * 8; ++bit) {
    blob[bit / 8] = static_cast<std::uint8_t>(blob[bit / 8] ^ 1U << bit % 8);
    CHECK_FALSE(vector.opens(blob, vector.context));
    blob[bit / 8] = static_cast<std::uint8_t>(blob[bit / 8] ^ 1U << bit % 8);
  }
  for (std::size_t size = 0; size < blob.size(); ++size) {
    CHECK_FALSE(parse_blob(std::span(blob).first(size)).has_value());
    CHECK_FALSE(vector.opens(std::span(blob).first(size), vector.context));
  }
  REQUIRE(vector.opens(blob, vector.context));
  blob.push_back(0);
  CHECK_FALSE(vector.opens(blob, vector.context));
}

TEST_CASE("Parsing is strict about version, suite, flags, reserved byte and length") {
  Vector vector;
  const auto good = vector.seal();
  REQUIRE(parse_blob(good).has_value());
  CHECK(parse_blob(good)->plaintext_size == 32);
  CHECK(parse_blob(good)->key_id == vector.input.key_id);
  CHECK(parse_blob(good)->material == vector.input.material);
  for (std::size_t at = 0; at < 4; ++at) {
    for (int value = 0; value < 256; ++value) {
      auto bad = good;
      bad[at] = static_cast<std::uint8_t>(value);
      const bool flag = at == 2 && value <= 1;  // mrk- or not
      CHECK(parse_blob(bad).has_value() == (bad[at] == good[at] || flag));
    }
  }
  std::vector<std::uint8_t> empty(116, 0);
  std::copy_n(good.begin(), 96, empty.begin());
  CHECK_FALSE(parse_blob(empty).has_value());  // n = 0
}

TEST_CASE("A failed open wipes the place of the plaintext") {
  Vector vector;
  auto blob = vector.seal();
  crypto::HmacSha256 hmac(vector.key);
  std::array<std::uint8_t, 32> plaintext;
  plaintext.fill(0xaa);
  blob.back() ^= 1;
  CHECK_FALSE(open_blob(hmac, blob, vector.context, plaintext));
  CHECK(plaintext == std::array<std::uint8_t, 32>{});
  std::array<std::uint8_t, 16> small;
  small.fill(0xaa);
  CHECK_FALSE(open_blob(hmac, vector.seal(), vector.context, small));
  CHECK(small == std::array<std::uint8_t, 16>{});
}

TEST_CASE("A key id is a UUID or mrk- and 32 digits, in lower case") {
  CHECK(raw_key_id(kKeyId).has_value());
  CHECK(raw_key_id("mrk-1234abcd12ab34cd56ef1234567890ab") == raw_key_id(kKeyId));
  CHECK_FALSE(raw_key_id("1234abcd-12ab-34cd-56ef-1234567890a").has_value());
  CHECK_FALSE(raw_key_id("1234abcd-12ab-34cd-56ef-1234567890abc").has_value());
  CHECK_FALSE(raw_key_id("1234abcd-12ab-34cd-56ef-1234567890aG").has_value());
  CHECK_FALSE(raw_key_id("").has_value());
}

TEST_CASE("The id of key material depends on the key's id and on the material") {
  Vector vector;
  const auto id = material_id(kKeyId, vector.key);
  CHECK(material_id("1234abcd-12ab-34cd-56ef-1234567890ac", vector.key) != id);
  vector.key.writable()[0] ^= 1;
  CHECK(material_id(kKeyId, vector.key) != id);
}

}  // namespace tablekey::model::kms::blob_test
