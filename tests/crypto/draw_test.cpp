// Draws: the formula, recomputed with OpenSSL alone, and that no two kinds of value mix.

#include "crypto/draw.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::draw_test {
namespace {

Bytes secret_bytes(const DrawStream& stream, std::uint64_t ordinal) {
  Key256 key;
  stream.secret(ordinal, key);
  return to_bytes(key.bytes());
}

Bytes by_formula(const Bytes& seed, std::string_view purpose, std::string_view entity,
                 const Bytes& blocks) {
  const Bytes root = bare::hmac("SHA256", seed, bytes_of("tk.root.v1"));
  const Bytes key = bare::kbkdf("SHA256", root, bytes_of(purpose), bytes_of(entity), 32);
  Bytes out(blocks.size());
  bare::BlockCipher(key, true).blocks(blocks, out);
  return out;
}

TEST_CASE("a draw is the stated function of seed, purpose, entity and ordinal", "[draw]") {
  const Bytes seed = hex("0123456789abcdef");
  const DrawRoot root(0x0123456789abcdef);
  const DrawStream stream = root.stream("backing-key", "key:1234abcd");
  CHECK(secret_bytes(stream, 0x1122334455667788) ==
        by_formula(seed, "backing-key", "key:1234abcd",
                   hex("1122334455667788 00000000 00000000"
                       "1122334455667788 00000001 00000000")));
  CHECK(to_bytes(stream.public_bytes(0x1122334455667788)) ==
        by_formula(seed, "backing-key", "key:1234abcd",
                   hex("1122334455667788 00000000 00000001"
                       "1122334455667788 00000001 00000001")));
  Bytes choice = bare::hmac("SHA256", seed, bytes_of("tk.choice.v1"));
  CHECK(root.choice_root() == load_big_endian<8>(choice.data()));
}

TEST_CASE("a draw does not depend on the draws before it", "[draw]") {
  const DrawRoot root(1);
  const DrawStream busy = root.stream("purpose", "entity");
  for (std::uint64_t i = 0; i < 50; ++i) {
    CHECK(busy.public_bytes(i) != std::array<std::uint8_t, 32>{});
  }
  CHECK(secret_bytes(busy, 7) == secret_bytes(DrawRoot(1).stream("purpose", "entity"), 7));
}

TEST_CASE("values of other seeds, purposes, entities, ordinals and kinds all differ", "[draw]") {
  std::set<std::string> halves;
  std::size_t count = 0;
  const auto add = [&](const auto& value) {
    halves.insert(std::string(value.begin(), value.begin() + 16));
    halves.insert(std::string(value.begin() + 16, value.end()));
    count += 2;
  };
  for (const std::uint64_t seed : {0U, 1U, 256U}) {
    const DrawRoot root(seed);
    for (const char* purpose : {"a", "ab", "b"}) {
      for (const char* entity : {"", "b", "bc", "c"}) {
        const DrawStream stream = root.stream(purpose, entity);
        for (const std::uint64_t ordinal :
             {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
          add(stream.public_bytes(ordinal));
          add(secret_bytes(stream, ordinal));
        }
      }
    }
  }
  CHECK(halves.size() == count);
}

TEST_CASE("a stream sent to another purpose or entity is that stream", "[draw]") {
  const DrawRoot root(42);
  DrawStream stream = root.stream("one", "x");
  root.retarget(stream, "two", "y");
  CHECK(stream.public_bytes(3) == root.stream("two", "y").public_bytes(3));
  root.retarget(stream, "one", "x");
  CHECK(stream.public_bytes(3) == root.stream("one", "x").public_bytes(3));
}

TEST_CASE("a purpose that could be read two ways is a broken law", "[draw]") {
  // The KDF ends its label with a zero byte: "a\0b" of "c" would be "a" of "b\0c".
  const DrawRoot root(42);
  CHECK_THROWS_AS(root.stream(std::string_view("a\0b", 3), "c"), BrokenLaw);
  CHECK_THROWS_AS(root.stream("", "c"), BrokenLaw);
  CHECK_NOTHROW(root.stream("a", std::string_view("b\0c", 3)));
}

TEST_CASE("the values of a seed stay what they are", "[draw]") {
  // A change here changes every trace: it needs a new behaviour version, not a new expectation.
  const DrawRoot root(20180214);
  CHECK(to_bytes(root.stream("kms.nonce", "key:books").public_bytes(0)) ==
        hex("98281a84efd53c4608b501ded9882c2d8219a995fb893b2ee04229f7b78700fc"));
  CHECK(root.choice_root() == 0x3f275524152b0d1f);
}

}  // namespace
}  // namespace tablekey::crypto::draw_test
