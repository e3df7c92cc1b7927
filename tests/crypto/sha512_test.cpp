// SHA-384, SHA-512, their HMACs and HKDF-SHA-512: published answers, and OpenSSL's own beside ours.

#include "crypto/sha512.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <type_traits>

#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::sha512_test {
namespace {

static_assert(!std::is_copy_constructible_v<HmacSha384>);

Bytes mac384(ByteView key, ByteView message) { return to_bytes(HmacSha384(key).mac(message)); }
Bytes mac512(ByteView key, ByteView message) { return to_bytes(HmacSha512(key).mac(message)); }

Bytes our_hkdf(ByteView key, ByteView salt, ByteView info, std::size_t size) {
  Bytes out(size);
  hkdf_sha512(key, salt, info, out);
  return out;
}

Bytes bare_hkdf(ByteView key, ByteView salt, ByteView info, std::size_t size) {
  const OSSL_PARAM params[] = {bare::text(OSSL_KDF_PARAM_DIGEST, "SHA512"),
                               bare::octets(OSSL_KDF_PARAM_KEY, key),
                               bare::octets(OSSL_KDF_PARAM_SALT, salt),
                               bare::octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_END};
  return bare::derive("HKDF", params, size);
}

TEST_CASE("the long hashes give the answers of FIPS 180-4", "[sha512]") {
  CHECK(to_bytes(sha384(bytes_of("abc"))) ==
        hex("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7"));
  CHECK(to_bytes(sha512(bytes_of("abc"))) ==
        hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
  CHECK(to_bytes(sha384({})) ==
        hex("38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
            "274edebfe76f65fbd51ad2f14898b95b"));
}

TEST_CASE("the long HMACs give the answers of RFC 4231", "[sha512]") {
  // Cases 1, 2 and 6, the last with a key longer than a block.
  CHECK(mac384(Bytes(20, 0x0b), bytes_of("Hi There")) ==
        hex("afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
            "faea9ea9076ede7f4af152e8b2fa9cb6"));
  CHECK(mac512(Bytes(20, 0x0b), bytes_of("Hi There")) ==
        hex("87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"));
  CHECK(mac384(bytes_of("Jefe"), bytes_of("what do ya want for nothing?")) ==
        hex("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
            "8e2240ca5e69e2c78b3239ecfab21649"));
  const ByteView text = bytes_of("Test Using Larger Than Block-Size Key - Hash Key First");
  CHECK(mac384(Bytes(131, 0xaa), text) ==
        hex("4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
            "0c2ef6ab4030fe8296248df163f44952"));
  CHECK(mac512(Bytes(131, 0xaa), text) ==
        hex("80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"));
}

TEST_CASE("the long HMACs agree with OpenSSL's for any key and message", "[sha512]") {
  rc::prop("over random inputs", [] {
    const auto key = *rc::gen::arbitrary<Bytes>();
    const auto message = *rc::gen::arbitrary<Bytes>();
    const auto cut = *rc::gen::inRange<std::size_t>(0, message.size() + 1);
    RC_ASSERT(mac384(key, message) == bare::hmac("SHA384", key, message));
    RC_ASSERT(mac512(key, message) == bare::hmac("SHA512", key, message));
    // Parts are joined, a context is used again, and another key leaves nothing of the first.
    HmacSha384 keyed{ByteView(message)};
    keyed.rekey(key);
    const ByteView all = message;
    RC_ASSERT(to_bytes(keyed.mac({all.first(cut), all.subspan(cut)})) == mac384(key, message));
    RC_ASSERT(to_bytes(keyed.mac(message)) == mac384(key, message));
  });
}

TEST_CASE("HKDF-SHA-512 agrees with EVP_KDF at every output length", "[sha512]") {
  for (std::size_t size = 1; size <= 200; ++size) {
    REQUIRE(our_hkdf(Bytes(32, 9), bytes_of("salt"), bytes_of("info"), size) ==
            bare_hkdf(Bytes(32, 9), bytes_of("salt"), bytes_of("info"), size));
  }
  CHECK(to_bytes(hkdf_sha512_key(Bytes(32, 9), bytes_of("info")).bytes()) ==
        bare_hkdf(Bytes(32, 9), {}, bytes_of("info"), 32));
}

TEST_CASE("HKDF-SHA-512 gives the published answers for the inputs of RFC 5869", "[sha512]") {
  // The RFC lists SHA-256 and SHA-1 only; these answers are those of widely used test suites.
  CHECK(our_hkdf(Bytes(22, 0x0b), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"),
                 42) == hex("832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c14815793"
                            "38da362cb8d9f925d7cb"));
  CHECK(our_hkdf(Bytes(22, 0x0b), {}, {}, 42) ==
        hex("f5fa02b18298a72a8c23898a8703472c6eb179dc204c03425c970e3b164bf90f"
            "ff22d04836d0e2343bac"));
}

TEST_CASE("HKDF-SHA-512 beyond its bound is a broken law", "[sha512]") {
  Bytes out(kHkdfSha512OutputMax + 1);
  CHECK_THROWS_AS(hkdf_sha512(Bytes(32), {}, {}, out), BrokenLaw);
  CHECK_NOTHROW(hkdf_sha512(Bytes(32), {}, {}, ByteSpan(out).first(kHkdfSha512OutputMax)));
}

}  // namespace
}  // namespace tablekey::crypto::sha512_test
