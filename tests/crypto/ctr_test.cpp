// AES-256 blocks and counter mode: published answers, and counters that wrap.

#include "crypto/ctr.h"

#include <catch2/catch.hpp>
#include <type_traits>

#include "crypto/ecb.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::ctr_test {
namespace {

static_assert(!std::is_default_constructible_v<CounterBlock>);
static_assert(!std::is_constructible_v<CounterBlock, const std::array<std::uint8_t, 12>&>);
static_assert(!std::is_constructible_v<CounterBlock, ByteView>);
static_assert(!std::is_constructible_v<Aes256Ctr, const Secret<16>&>);
static_assert(!std::is_copy_constructible_v<Aes256Ctr>);
static_assert(!std::is_copy_constructible_v<Aes256Encryptor>);

Key256 key_of(std::string_view text) { return Key256(exactly<32>(hex(text))); }
CounterBlock counter_of(std::string_view text) { return CounterBlock(exactly<16>(hex(text))); }

const char* const kKey = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

TEST_CASE("AES-256 gives the answer of FIPS 197 in both directions", "[ecb]") {
  // FIPS 197 C.3.
  const Key256 key = key_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const Bytes plaintext = hex("00112233445566778899aabbccddeeff");
  Bytes block(16);
  Aes256Encryptor encryptor(key);
  encryptor.blocks(plaintext, block);
  CHECK(block == hex("8ea2b7ca516745bfeafc49904b496089"));
  Aes256Decryptor decryptor(key);
  decryptor.blocks(block, block);
  CHECK(block == plaintext);
}

TEST_CASE("AES blocks are independent of each other and of earlier calls", "[ecb]") {
  Aes256Encryptor encryptor(key_of(kKey));
  Bytes many(16 * 20);
  for (std::size_t i = 0; i < many.size(); ++i) {
    many[i] = static_cast<std::uint8_t>(i / 16);
  }
  Bytes at_once(many.size());
  encryptor.blocks(many, at_once);
  for (std::size_t at = 0; at < many.size(); at += 16) {
    Bytes one(16);
    Aes256Encryptor(key_of(kKey)).blocks(ByteView(many).subspan(at, 16), one);
    REQUIRE(one == Bytes(at_once.begin() + static_cast<long>(at),
                         at_once.begin() + static_cast<long>(at) + 16));
  }
  Aes256Decryptor decryptor(key_of(kKey));
  decryptor.blocks(at_once, at_once);
  CHECK(at_once == many);
  encryptor.blocks({}, {});
}

TEST_CASE("AES on anything but whole blocks of one length is a broken law", "[ecb]") {
  Aes256Encryptor encryptor(key_of(kKey));
  Bytes bytes(32);
  CHECK_THROWS_AS(encryptor.blocks(ByteView(bytes).first(15), ByteSpan(bytes).first(15)),
                  BrokenLaw);
  CHECK_THROWS_AS(encryptor.blocks(ByteView(bytes).first(16), bytes), BrokenLaw);
  Aes256Encryptor moved = std::move(encryptor);
  CHECK_THROWS_AS(encryptor.blocks(bytes, bytes), BrokenLaw);
  CHECK_NOTHROW(moved.blocks(bytes, bytes));
}

TEST_CASE("a re-keyed context is as a new one", "[ecb]") {
  const Key256 other = key_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  Bytes in(64, 3);
  Bytes fresh(64);
  Bytes rekeyed(64);
  Aes256Encryptor encryptor(key_of(kKey));
  encryptor.blocks(in, rekeyed);
  encryptor.rekey(other);
  encryptor.blocks(in, rekeyed);
  Aes256Encryptor(other).blocks(in, fresh);
  CHECK(rekeyed == fresh);

  Aes256Ctr ctr(key_of(kKey));
  ctr.apply(counter_of("ffffffffffffffffffffffffffffffff"), in, rekeyed);
  ctr.rekey(other);
  ctr.apply(counter_of("00000000000000000000000000000000"), in, rekeyed);
  Aes256Ctr(other).apply(counter_of("00000000000000000000000000000000"), in, fresh);
  CHECK(rekeyed == fresh);
}

TEST_CASE("counter mode gives the answer of SP 800-38A", "[ctr]") {
  // SP 800-38A F.5.5.
  const Bytes plaintext =
      hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  const Bytes ciphertext =
      hex("601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
          "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
  const CounterBlock counter = counter_of("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  Aes256Ctr ctr(key_of(kKey));
  Bytes out(plaintext.size());
  ctr.apply(counter, plaintext, out);
  CHECK(out == ciphertext);
  ctr.apply(counter, out, out);  // Each call starts at its own counter.
  CHECK(out == plaintext);
  for (std::size_t size = 0; size <= plaintext.size(); ++size) {
    Bytes part(size);
    ctr.apply(counter, ByteView(plaintext).first(size), part);
    REQUIRE(part == Bytes(ciphertext.begin(), ciphertext.begin() + static_cast<long>(size)));
  }
}

TEST_CASE("the counter is one number of 128 bits that wraps", "[ctr]") {
  Aes256Ctr ctr(key_of(kKey));
  Aes256Encryptor encryptor(key_of(kKey));
  Bytes stream(48);
  ctr.apply(counter_of("fffffffffffffffffffffffffffffffe"), Bytes(48), stream);
  Bytes blocks =
      hex("fffffffffffffffffffffffffffffffe"
          "ffffffffffffffffffffffffffffffff"
          "00000000000000000000000000000000");
  encryptor.blocks(blocks, blocks);
  CHECK(stream == blocks);
}

TEST_CASE("a counter-mode output of another length than the input is a broken law", "[ctr]") {
  Aes256Ctr ctr(key_of(kKey));
  Bytes bytes(16);
  CHECK_THROWS_AS(
      ctr.apply(counter_of("00000000000000000000000000000000"), bytes, ByteSpan(bytes).first(15)),
      BrokenLaw);
}

}  // namespace
}  // namespace tablekey::crypto::ctr_test
