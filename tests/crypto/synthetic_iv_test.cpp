// Synthetic IVs: the formula, and that every part of what is sealed enters into it.

#include "crypto/synthetic_iv.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::synthetic_iv_test {
namespace {

const Bytes kDataKey = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

SyntheticIv ivs() { return SyntheticIv(Key256(exactly<32>(kDataKey))); }

TEST_CASE("a synthetic IV is the stated HMAC under the stated key", "[synthetic_iv]") {
  // By OpenSSL's own KDF and MAC, from the formula in synthetic_iv.h.
  const Bytes iv_key = bare::kbkdf("SHA256", kDataKey, bytes_of("tk.iv.v1"), {}, 32);
  Bytes message = hex("00000000000000070000000000000003");
  for (const std::string_view part : {"aad", "plaintext"}) {
    message.insert(message.end(), part.begin(), part.end());
  }
  Bytes expected = bare::hmac("SHA256", iv_key, message);
  expected.resize(12);
  const Iv iv = ivs().derive(7, bytes_of("aad"), bytes_of("plaintext"));
  CHECK(to_bytes(iv.bytes) == expected);
}

TEST_CASE("the same seal has the same IV, and any other has another", "[synthetic_iv]") {
  // Every split of a text into AAD and plaintext, under several counters: without the lengths in
  // the encoding all splits of one counter would share an IV.
  SyntheticIv derive = ivs();
  const std::string_view text = "a text that is cut everywhere";
  std::set<std::array<std::uint8_t, 12>> seen;
  std::size_t count = 0;
  for (const std::uint64_t counter : {std::uint64_t{0}, std::uint64_t{1}, kSealsPerKeyMax - 1}) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut, ++count) {
      const Iv iv =
          derive.derive(counter, bytes_of(text.substr(0, cut)), bytes_of(text.substr(cut)));
      seen.insert(iv.bytes);
      REQUIRE(iv ==
              ivs().derive(counter, bytes_of(text.substr(0, cut)), bytes_of(text.substr(cut))));
    }
  }
  CHECK(seen.size() == count);
}

TEST_CASE("IVs of two data keys differ, also after re-keying", "[synthetic_iv]") {
  SyntheticIv derive = ivs();
  const Iv first = derive.derive(0, {}, {});
  derive.rekey(Key256());
  const Iv second = derive.derive(0, {}, {});
  CHECK(first != second);
  CHECK(second == SyntheticIv(Key256()).derive(0, {}, {}));
  derive.rekey(Key256(exactly<32>(kDataKey)));
  CHECK(first == derive.derive(0, {}, {}));
}

TEST_CASE("the seal after the last that a data key may make is a broken law", "[synthetic_iv]") {
  SyntheticIv derive = ivs();
  CHECK_NOTHROW(derive.derive(kSealsPerKeyMax - 1, {}, {}));
  CHECK_THROWS_AS(derive.derive(kSealsPerKeyMax, {}, {}), BrokenLaw);
  CHECK_THROWS_AS(derive.derive(~std::uint64_t{0}, {}, {}), BrokenLaw);
}

}  // namespace
}  // namespace tablekey::crypto::synthetic_iv_test
