// Key derivation: published answers, and our one-HMAC path beside OpenSSL's EVP_KDF.

#include "crypto/kdf.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::kdf_test {
namespace {

Bytes our_kbkdf(ByteView key, ByteView label, ByteView context, std::size_t size) {
  HmacSha256 keyed(key);
  Bytes out(size);
  kbkdf_counter(keyed, label, context, out);
  return out;
}

Bytes our_hkdf(ByteView key, ByteView salt, ByteView info, std::size_t size) {
  Bytes out(size);
  hkdf_sha256(key, salt, info, out);
  return out;
}

TEST_CASE("the counter KDF gives the key of the domain document", "[kdf]") {
  // kms.md 7.4: HBK = 00..1f, context = key id || HBK id || N.
  const Bytes key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const Bytes context =
      hex("1234abcd12ab34cd56ef1234567890ab"
          "cba624df6ab942945341076b13bdb553165727028ccc0868ea1e116454e5ac65"
          "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f");
  const ByteView label = bytes_of("tablekey/kms/v1/aes-256-gcm");
  const Bytes expected = hex("8cdc5a360566ca4f085c10a5810c1cbccc656c8f5aa8aa859f902c94e84170c7");
  CHECK(our_kbkdf(key, label, context, 32) == expected);
  HmacSha256 keyed{ByteView(key)};
  CHECK(to_bytes(kbkdf_counter(keyed, label, context).bytes()) == expected);
  Key256 by_key;
  kbkdf_counter(Key256(exactly<32>(key)), label, context, by_key.writable());
  CHECK(to_bytes(by_key.bytes()) == expected);
}

TEST_CASE("the counter KDF agrees with EVP_KDF at every output length", "[kdf]") {
  const Bytes key(32, 0x5a);
  for (std::size_t size = 1; size <= 200; ++size) {
    REQUIRE(our_kbkdf(key, bytes_of("label"), bytes_of("context"), size) ==
            bare::kbkdf("SHA256", key, bytes_of("label"), bytes_of("context"), size));
  }
}

TEST_CASE("the counter KDF agrees with EVP_KDF for any label and context", "[kdf]") {
  rc::prop("over random inputs", [] {
    const auto key = *rc::gen::nonEmpty(rc::gen::arbitrary<Bytes>());
    const auto label = *rc::gen::arbitrary<Bytes>();
    const auto context = *rc::gen::arbitrary<Bytes>();
    const auto size = *rc::gen::inRange<std::size_t>(1, 100);
    RC_ASSERT(our_kbkdf(key, label, context, size) ==
              bare::kbkdf("SHA256", key, label, context, size));
  });
}

TEST_CASE("the counter KDF binds the length of its output", "[kdf]") {
  const Bytes key(32, 1);
  Bytes longer = our_kbkdf(key, bytes_of("label"), {}, 33);
  longer.resize(32);
  CHECK(longer != our_kbkdf(key, bytes_of("label"), {}, 32));
}

TEST_CASE("the counter KDF over assembled input is the same function", "[kdf]") {
  const Bytes key(32, 1);
  HmacSha256 keyed{ByteView(key)};
  Bytes out(70);
  kbkdf_counter_fixed(keyed, hex("6c61626c 00 637478 00000230"), out);
  CHECK(out == our_kbkdf(key, bytes_of("labl"), bytes_of("ctx"), 70));
}

TEST_CASE("a KDF output beyond the standard's bound is a broken law", "[kdf]") {
  // Spans that only claim their length: nothing is written before the sizes are checked.
  HmacSha256 keyed{Key256()};
  Bytes out(kHkdfOutputMax + 1);
  CHECK_THROWS_AS(kbkdf_counter(keyed, {}, {}, ByteSpan(out.data(), std::size_t{1} << 29)),
                  BrokenLaw);
  CHECK_THROWS_AS(kbkdf_counter_fixed(keyed, {}, ByteSpan(out.data(), std::size_t{1} << 29)),
                  BrokenLaw);
  CHECK_THROWS_AS(hkdf_sha256(Bytes(32), {}, {}, out), BrokenLaw);
  CHECK_NOTHROW(hkdf_sha256(Bytes(32), {}, {}, ByteSpan(out).first(kHkdfOutputMax)));
}

TEST_CASE("HKDF gives the answers of RFC 5869", "[kdf]") {
  // Appendix A.1 to A.3.
  CHECK(our_hkdf(Bytes(22, 0x0b), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"),
                 42) == hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                            "34007208d5b887185865"));
  Bytes counting(256);
  for (std::size_t i = 0; i < counting.size(); ++i) {
    counting[i] = static_cast<std::uint8_t>(i);
  }
  const ByteView all = counting;
  CHECK(our_hkdf(all.first(80), all.subspan(0x60, 80), all.subspan(0xb0, 80), 82) ==
        hex("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
            "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
            "cc30c58179ec3e87c14c01d5c1f3434f1d87"));
  CHECK(our_hkdf(Bytes(22, 0x0b), {}, {}, 42) ==
        hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
            "9d201395faa4b61a96c8"));
}

TEST_CASE("HKDF agrees with EVP_KDF at every output length", "[kdf]") {
  for (std::size_t size = 1; size <= 200; ++size) {
    REQUIRE(our_hkdf(Bytes(32, 9), bytes_of("salt"), bytes_of("info"), size) ==
            bare::hkdf(Bytes(32, 9), bytes_of("salt"), bytes_of("info"), size));
  }
}

}  // namespace
}  // namespace tablekey::crypto::kdf_test
