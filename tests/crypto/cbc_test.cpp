// AES-256-CBC: the standard's own blocks, agreement with OpenSSL's one-shot use, and padding that
// is right in every length and refused whenever it is not there.

#include "crypto/cbc.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <type_traits>

#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::cbc_test {
namespace {

static_assert(!std::is_copy_constructible_v<Aes256Cbc>);
static_assert(!std::is_default_constructible_v<CbcIv>);

const Bytes kKey = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
const Bytes kIv = hex("000102030405060708090a0b0c0d0e0f");

Aes256Cbc keyed() { return Aes256Cbc(Key256(exactly<32>(kKey))); }

CbcIv iv_of(const Bytes& bytes) { return CbcIv(exactly<16>(bytes)); }

Bytes encrypted(Aes256Cbc& cbc, const Bytes& iv, ByteView message) {
  Bytes out(Aes256Cbc::padded_size(message.size()));
  cbc.encrypt(iv_of(iv), message, out);
  return out;
}

std::optional<Bytes> decrypted(Aes256Cbc& cbc, const Bytes& iv, ByteView ciphertext) {
  const auto message = cbc.decrypt(iv_of(iv), ciphertext);
  if (!message) return std::nullopt;
  return to_bytes(message->bytes());
}

// OpenSSL without padding, so that what is inside can be chosen.
Bytes bare_blocks(const Bytes& iv, ByteView blocks) {
  const auto context = bare::context(kKey, "CBC", true);
  bare::must(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, iv.data(), -1, nullptr));
  bare::must(EVP_CIPHER_CTX_set_padding(context.get(), 0));
  Bytes out(blocks.size());
  int written = 0;
  bare::must(
      EVP_CipherUpdate(context.get(), out.data(), &written, blocks.data(), bare::size_of(blocks)));
  return out;
}

Bytes padded(const Bytes& message) {
  Bytes out = message;
  const std::size_t size = Aes256Cbc::padded_size(message.size());
  out.resize(size, static_cast<std::uint8_t>(size - message.size()));
  return out;
}

TEST_CASE("CBC gives the blocks of SP 800-38A", "[cbc]") {
  // F.2.5, CBC-AES256.Encrypt; the padding makes a fifth block, which the standard has not.
  const Bytes message =
      hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  const Bytes expected =
      hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
          "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b");
  Aes256Cbc cbc = keyed();
  Bytes out = encrypted(cbc, kIv, message);
  REQUIRE(out.size() == 80);
  CHECK(decrypted(cbc, kIv, out) == message);
  out.resize(64);
  CHECK(out == expected);
}

TEST_CASE("CBC pads every length as PKCS 7 says", "[cbc]") {
  Aes256Cbc cbc = keyed();
  for (std::size_t size = 0; size <= 100; ++size) {
    const Bytes message(size, static_cast<std::uint8_t>(size * 7));
    const Bytes out = encrypted(cbc, kIv, message);
    REQUIRE(out == bare_blocks(kIv, padded(message)));
    REQUIRE(decrypted(cbc, kIv, out) == message);
  }
}

TEST_CASE("CBC refuses every last block that is no padding", "[cbc]") {
  Aes256Cbc cbc = keyed();
  for (unsigned last = 0; last < 256; ++last) {
    // A block whose last byte claims a padding that the bytes before it contradict, but for 1.
    Bytes block(16, 0xee);
    block.back() = static_cast<std::uint8_t>(last);
    REQUIRE(decrypted(cbc, kIv, bare_blocks(kIv, block)).has_value() == (last == 1));
  }
  CHECK_FALSE(decrypted(cbc, kIv, {}).has_value());
  CHECK_FALSE(decrypted(cbc, kIv, Bytes(15)).has_value());
  CHECK_FALSE(decrypted(cbc, kIv, Bytes(17)).has_value());
  // A refusal does not disturb the next call.
  CHECK(decrypted(cbc, kIv, encrypted(cbc, kIv, hex("0102"))) == hex("0102"));
}

TEST_CASE("CBC brings back any message, and only under its key and IV", "[cbc]") {
  rc::prop("over random messages", [] {
    const auto message = *rc::gen::arbitrary<Bytes>();
    Bytes iv = *rc::gen::container<Bytes>(16, rc::gen::arbitrary<std::uint8_t>());
    Aes256Cbc cbc = keyed();
    const Bytes out = encrypted(cbc, iv, message);
    RC_ASSERT(decrypted(cbc, iv, out) == message);
    Aes256Cbc other = keyed();
    other.rekey(Key256());
    RC_ASSERT(decrypted(other, iv, out) != message);
    if (!message.empty()) {
      iv[0] ^= 1;
      RC_ASSERT(decrypted(cbc, iv, out) != message);
    }
  });
}

TEST_CASE("CBC with an output of another length is a broken law", "[cbc]") {
  Aes256Cbc cbc = keyed();
  Bytes out(15);
  CHECK_THROWS_AS(cbc.encrypt(iv_of(kIv), Bytes(3), out), BrokenLaw);
}

}  // namespace
}  // namespace tablekey::crypto::cbc_test
