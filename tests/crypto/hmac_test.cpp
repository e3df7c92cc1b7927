// SHA-256, HMAC-SHA-256 and what is built from them: published answers, and contexts that carry
// nothing over.

#include "crypto/hmac.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <type_traits>

#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::hmac_test {
namespace {

static_assert(!std::is_copy_constructible_v<HmacSha256> && !std::is_copy_constructible_v<Sha256>);
static_assert(!std::is_default_constructible_v<HmacSha256>);  // Never without a key.

template <typename Expected>
concept Verifies = requires(HmacSha256& hmac, const Expected& expected) {
  hmac.verify({ByteView()}, expected);
};
static_assert(Verifies<Digest>);
static_assert(!Verifies<std::array<std::uint8_t, 16>>);  // A shortened MAC.
static_assert(!Verifies<ByteView>);

TEST_CASE("SHA-256 gives the published answers", "[sha256]") {
  // FIPS 180-4 examples, and the million times "a" of FIPS 180-2 B.3.
  CHECK(to_bytes(sha256({})) ==
        hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  CHECK(to_bytes(sha256(bytes_of("abc"))) ==
        hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK(to_bytes(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        hex("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
  CHECK(to_bytes(sha256(bytes_of(std::string(1000000, 'a')))) ==
        hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

TEST_CASE("SHA-256 of parts is that of the whole, and finish starts over", "[sha256]") {
  const std::string text(200, 'x');
  Sha256 hash;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    hash.update(bytes_of(text).first(cut));
    hash.update({});
    hash.update(bytes_of(text).subspan(cut));
    REQUIRE(hash.finish() == sha256(bytes_of(text)));
  }
  CHECK(hash.finish() == sha256({}));
}

TEST_CASE("SHA-256 in one call is the same in every thread", "[sha256]") {
  Digest elsewhere{};
  std::jthread([&] { elsewhere = sha256(bytes_of("abc")); }).join();
  CHECK(elsewhere == sha256(bytes_of("abc")));
}

TEST_CASE("a name's hash is the first 8 bytes of its SHA-256, big endian", "[sha256]") {
  CHECK(name_hash("abc") == 0xba7816bf8f01cfea);
  CHECK(name_hash("") == 0xe3b0c44298fc1c14);
}

TEST_CASE("HMAC-SHA-256 gives the answers of RFC 4231", "[hmac]") {
  // Test cases 1 to 4, 6 and 7 (5 is a truncated MAC, which is not one here).
  struct Case {
    Bytes key, message;
    const char* mac;
  };
  const std::string long_key_text = "Test Using Larger Than Block-Size Key - Hash Key First";
  const std::string long_both_text =
      "This is a test using a larger than block-size key and a larger than block-size data. The "
      "key needs to be hashed before being used by the HMAC algorithm.";
  const Case cases[] = {
      {Bytes(20, 0x0b), to_bytes(bytes_of("Hi There")),
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {to_bytes(bytes_of("Jefe")), to_bytes(bytes_of("what do ya want for nothing?")),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Bytes(20, 0xaa), Bytes(50, 0xdd),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, 0xcd),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {Bytes(131, 0xaa), to_bytes(bytes_of(long_key_text)),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {Bytes(131, 0xaa), to_bytes(bytes_of(long_both_text)),
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  HmacSha256 reused(ByteView{});
  for (const Case& one : cases) {
    reused.rekey(one.key);
    CHECK(to_bytes(HmacSha256(ByteView(one.key)).mac(one.message)) == hex(one.mac));
    CHECK(to_bytes(reused.mac(one.message)) == hex(one.mac));
    CHECK(to_bytes(reused.mac(one.message)) == hex(one.mac));  // The context carries nothing over.
  }
}

TEST_CASE("HMAC agrees with OpenSSL's for keys and messages of any length", "[hmac]") {
  HmacSha256 hmac(ByteView{});
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes key(size, static_cast<std::uint8_t>(size));
    const Bytes message(3 * size, 7);
    hmac.rekey(key);
    const Bytes expected = bare::hmac("SHA256", key, message);
    REQUIRE(to_bytes(hmac.mac(message)) == expected);
    const ByteView view = message;
    REQUIRE(to_bytes(hmac.mac({view.first(size), {}, view.subspan(size)})) == expected);
  }
}

TEST_CASE("verifying accepts the MAC and nothing one bit away", "[hmac]") {
  const Key256 key;
  HmacSha256 hmac(key);
  Digest mac = hmac.mac(bytes_of("message"));
  CHECK(hmac.verify({bytes_of("mess"), bytes_of("age")}, mac));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    mac[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    REQUIRE_FALSE(hmac.verify({bytes_of("message")}, mac));
    mac[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
}

TEST_CASE("moved-from hash contexts are a broken law", "[hmac]") {
  HmacSha256 hmac{Key256()};
  const HmacSha256 moved = std::move(hmac);
  CHECK_THROWS_AS(hmac.mac(ByteView{}), BrokenLaw);
  CHECK_THROWS_AS(hmac.rekey(Key256()), BrokenLaw);
  Sha256 hash;
  const Sha256 moved_hash = std::move(hash);
  CHECK_THROWS_AS(hash.update({}), BrokenLaw);
  CHECK_THROWS_AS(hash.finish(), BrokenLaw);
}

TEST_CASE("a key check value is the beginning of a MAC of its own text", "[hmac]") {
  const Bytes key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  Bytes expected = bare::hmac("SHA256", key, bytes_of("tk.kcv"));
  expected.resize(8);
  CHECK(to_bytes(key_check_value(Key256(exactly<32>(key)))) == expected);
}

}  // namespace
}  // namespace tablekey::crypto::hmac_test
