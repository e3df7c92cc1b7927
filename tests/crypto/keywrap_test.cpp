// Key wrap: the RFCs' answers, every flipped bit, every length, and agreement with OpenSSL's own.

#include "crypto/keywrap.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <type_traits>

#include "crypto/keywrap_rounds.h"
#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::keywrap_test {
namespace {

static_assert(!std::is_copy_constructible_v<KeyWrap>);
static_assert(!std::is_default_constructible_v<KeyWrap>);

const Bytes kKek = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const Bytes kData = hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");

KeyWrap keyed() { return KeyWrap(Key256(exactly<32>(kKek))); }

Bytes wrap(KeyWrap& wrapper, ByteView secret) {
  Bytes wrapped(secret.size() + 8);
  wrapper.wrap(secret, wrapped);
  return wrapped;
}

std::optional<Bytes> unwrap(KeyWrap& wrapper, ByteView wrapped) {
  Bytes secret(wrapped.size() < 8 ? 0 : wrapped.size() - 8, 0xee);
  if (wrapper.unwrap(wrapped, secret)) {
    return secret;
  }
  REQUIRE(secret == Bytes(secret.size(), 0));
  return std::nullopt;
}

Bytes wrap_padded(KeyWrap& wrapper, ByteView secret) {
  Bytes wrapped(KeyWrap::padded_size(secret.size()));
  wrapper.wrap_padded(secret, wrapped);
  return wrapped;
}

std::optional<Bytes> unwrap_padded(KeyWrap& wrapper, ByteView wrapped) {
  Bytes secret(wrapped.size() < 8 ? 0 : wrapped.size() - 8, 0xee);
  const auto size = wrapper.unwrap_padded(wrapped, secret);
  if (!size) {
    REQUIRE(secret == Bytes(secret.size(), 0));
    return std::nullopt;
  }
  REQUIRE(std::all_of(secret.begin() + static_cast<long>(*size), secret.end(),
                      [](std::uint8_t byte) { return byte == 0; }));
  secret.resize(*size);
  return secret;
}

// OpenSSL's own wrap ciphers, with and without padding.
Bytes bare_wrap(const char* mode, ByteView secret) {
  const auto context = bare::context(kKek, mode, true);
  Bytes wrapped(secret.size() + 24);
  int written = 0;
  bare::must(EVP_CipherUpdate(context.get(), wrapped.data(), &written, secret.data(),
                              bare::size_of(secret)));
  wrapped.resize(static_cast<std::size_t>(written));
  return wrapped;
}

TEST_CASE("key wrap gives the answers of RFC 3394", "[keywrap]") {
  // Sections 4.3, 4.5 and 4.6: 128, 192 and 256 bits of key data under a 256-bit key.
  KeyWrap wrapper = keyed();
  const ByteView data = kData;
  CHECK(wrap(wrapper, data.first(16)) == hex("64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"));
  CHECK(wrap(wrapper, hex("00112233445566778899aabbccddeeff0001020304050607")) ==
        hex("a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"));
  const Bytes wrapped =
      hex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
  CHECK(wrap(wrapper, data) == wrapped);
  CHECK(unwrap(wrapper, wrapped) == kData);

  const WrappedKey256 fixed = wrapper.wrap(Key256(exactly<32>(kData)));
  CHECK(to_bytes(fixed) == wrapped);
  Key256 key;
  CHECK(wrapper.unwrap(fixed, key));
  CHECK(to_bytes(key.bytes()) == kData);
}

TEST_CASE("padded key wrap gives the answers of RFC 5649", "[keywrap]") {
  // Section 6, both under a 192-bit key, which only the algorithm takes and not the product.
  bare::BlockCipher encryptor(hex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"), true);
  bare::BlockCipher decryptor(hex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"), false);
  const auto check = [&](const Bytes& secret, const Bytes& wrapped) {
    Bytes out(wrapped.size());
    keywrap::wrap_padded(encryptor, secret, out);
    CHECK(out == wrapped);
    Bytes back(wrapped.size() - 8);
    REQUIRE(keywrap::unwrap_padded(decryptor, wrapped, back) == secret.size());
    back.resize(secret.size());
    CHECK(back == secret);
  };
  check(hex("c37b7e6492584340bed12207808941155068f738"),
        hex("138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"));
  check(hex("466f7250617369"), hex("afbeb0f07dfbf5419200f2ccb50bb24f"));
}

TEST_CASE("key wrap agrees with OpenSSL's own at every length", "[keywrap]") {
  KeyWrap wrapper = keyed();
  for (std::size_t size = 1; size <= 300; ++size) {
    const Bytes secret(size, static_cast<std::uint8_t>(size * 31));
    const Bytes padded = wrap_padded(wrapper, secret);
    REQUIRE(padded == bare_wrap("WRAP-PAD", secret));
    REQUIRE(unwrap_padded(wrapper, padded) == secret);
    if (size % 8 == 0 && size >= 16) {
      const Bytes wrapped = wrap(wrapper, secret);
      REQUIRE(wrapped == bare_wrap("WRAP", secret));
      REQUIRE(unwrap(wrapper, wrapped) == secret);
    }
  }
}

TEST_CASE("a wrapped key with any bit flipped is refused and nothing of it given out",
          "[keywrap]") {
  KeyWrap wrapper = keyed();
  Bytes wrapped = wrap(wrapper, kData);
  Bytes padded = wrap_padded(wrapper, ByteView(kData).first(20));
  Bytes one_block = wrap_padded(wrapper, ByteView(kData).first(5));
  const auto flip_all = [](Bytes& bytes, auto attempt) {
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      bytes[bit / 8] ^= mask;
      REQUIRE_FALSE(attempt(bytes).has_value());
      bytes[bit / 8] ^= mask;
      REQUIRE(attempt(bytes).has_value());  // A refusal does not disturb the next call.
    }
  };
  flip_all(wrapped, [&](const Bytes& bytes) { return unwrap(wrapper, bytes); });
  flip_all(padded, [&](const Bytes& bytes) { return unwrap_padded(wrapper, bytes); });
  flip_all(one_block, [&](const Bytes& bytes) { return unwrap_padded(wrapper, bytes); });
}

TEST_CASE("neither wrapping is taken for the other", "[keywrap]") {
  KeyWrap wrapper = keyed();
  CHECK_FALSE(unwrap_padded(wrapper, wrap(wrapper, kData)).has_value());
  CHECK_FALSE(unwrap(wrapper, wrap_padded(wrapper, kData)).has_value());
}

// Makes a blob whose initial value and padding are not what the product would write.
Bytes forge(const keywrap::Half& initial_value, Bytes padded_secret) {
  Aes256Encryptor encryptor{Key256(exactly<32>(kKek))};
  padded_secret.insert(padded_secret.begin(), initial_value.begin(), initial_value.end());
  if (padded_secret.size() == 16) {
    encryptor.blocks(padded_secret, padded_secret);
  } else {
    keywrap::wrap_in_place(encryptor, initial_value, padded_secret);
  }
  return padded_secret;
}

Bytes forge(std::uint32_t claimed_size, const Bytes& padded_secret) {
  keywrap::Half initial_value = {0xa6, 0x59, 0x59, 0xa6};
  store_big_endian<4>(claimed_size, &initial_value[4]);
  return forge(initial_value, padded_secret);
}

TEST_CASE("a padded blob is refused for each length it does not have and each padding byte not 0",
          "[keywrap]") {
  KeyWrap wrapper = keyed();
  for (std::size_t halves = 1; halves <= 3; ++halves) {
    const Bytes zeros(8 * halves, 0);
    for (std::uint32_t claimed = 0; claimed < 40; ++claimed) {
      const bool lawful = claimed > 8 * (halves - 1) && claimed <= 8 * halves;
      REQUIRE(unwrap_padded(wrapper, forge(claimed, zeros)).has_value() == lawful);
    }
    for (const std::uint32_t claimed : {0x80000000U, 0xffffffffU, 0x00010000U}) {
      REQUIRE_FALSE(unwrap_padded(wrapper, forge(claimed, zeros)).has_value());
    }
    for (std::size_t at = 0; at < zeros.size(); ++at) {
      Bytes marked = zeros;
      marked[at] = 0x80;
      const auto claimed = static_cast<std::uint32_t>(8 * halves - 5);
      REQUIRE(unwrap_padded(wrapper, forge(claimed, marked)).has_value() == (at < claimed));
    }
  }
}

TEST_CASE("a blob is refused for each bit of its initial value that is another", "[keywrap]") {
  KeyWrap wrapper = keyed();
  for (const std::size_t size : {8U, 16U, 24U}) {
    keywrap::Half padded_value = {0xa6, 0x59, 0x59, 0xa6, 0, 0, 0, static_cast<std::uint8_t>(size)};
    REQUIRE(unwrap_padded(wrapper, forge(padded_value, Bytes(size))) == Bytes(size));
    for (std::size_t bit = 0; bit < 64; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      padded_value[bit / 8] ^= mask;
      REQUIRE_FALSE(unwrap_padded(wrapper, forge(padded_value, Bytes(size))).has_value());
      padded_value[bit / 8] ^= mask;
    }
  }
  keywrap::Half value = keywrap::kInitialValue;
  REQUIRE(unwrap(wrapper, forge(value, Bytes(16))) == Bytes(16));
  for (std::size_t bit = 0; bit < 64; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    value[bit / 8] ^= mask;
    REQUIRE_FALSE(unwrap(wrapper, forge(value, Bytes(16))).has_value());
    value[bit / 8] ^= mask;
  }
}

TEST_CASE("blobs of a length that no wrapping has are refused", "[keywrap]") {
  KeyWrap wrapper = keyed();
  const Bytes zeros(kKeyWrapInputMax + 17, 0);
  for (std::size_t size = 0; size < 100; ++size) {
    REQUIRE_FALSE(unwrap(wrapper, ByteView(zeros).first(size)).has_value());
    REQUIRE_FALSE(unwrap_padded(wrapper, ByteView(zeros).first(size)).has_value());
  }
  CHECK_FALSE(unwrap(wrapper, ByteView(zeros).first(kKeyWrapInputMax + 16)).has_value());
  CHECK_FALSE(unwrap_padded(wrapper, ByteView(zeros).first(kKeyWrapInputMax + 16)).has_value());
  const Bytes longest(kKeyWrapInputMax, 0x33);
  CHECK(unwrap(wrapper, wrap(wrapper, longest)) == longest);
  CHECK(unwrap_padded(wrapper, wrap_padded(wrapper, longest)) == longest);
}

TEST_CASE("RFC 3394 wraps no key of one half, in either direction", "[keywrap]") {
  // The choice that the published vectors leave open ("acceptable", ShortKey): see keywrap.h.
  KeyWrap wrapper = keyed();
  Bytes out(16);
  CHECK_THROWS_AS(wrapper.wrap(Bytes(8), out), BrokenLaw);
  // What a library that does wrap such keys would make: by the rounds, and as one block.
  Aes256Encryptor encryptor{Key256(exactly<32>(kKek))};
  keywrap::wrap_in_place(encryptor, keywrap::kInitialValue, out);
  CHECK_FALSE(unwrap(wrapper, out).has_value());
  CHECK_FALSE(unwrap(wrapper, forge(keywrap::kInitialValue, Bytes(8))).has_value());
}

TEST_CASE("wrapping what cannot be wrapped is a broken law", "[keywrap]") {
  KeyWrap wrapper = keyed();
  Bytes out(kKeyWrapInputMax + 16);
  for (const std::size_t size : {0U, 1U, 7U, 15U, 17U, 31U}) {
    CHECK_THROWS_AS(wrapper.wrap(Bytes(size), ByteSpan(out).first(size + 8)), BrokenLaw);
  }
  CHECK_THROWS_AS(wrapper.wrap(kData, ByteSpan(out).first(41)), BrokenLaw);
  CHECK_THROWS_AS(wrapper.wrap(Bytes(kKeyWrapInputMax + 8), out), BrokenLaw);
  CHECK_THROWS_AS(wrapper.wrap_padded({}, ByteSpan(out).first(8)), BrokenLaw);
  CHECK_THROWS_AS(wrapper.wrap_padded(kData, ByteSpan(out).first(48)), BrokenLaw);
  Bytes wrapped(40);
  CHECK_THROWS_AS(wrapper.unwrap(wrapped, ByteSpan(out).first(33)), BrokenLaw);
  CHECK_THROWS_AS(wrapper.unwrap_padded(wrapped, ByteSpan(out).first(31)), BrokenLaw);
}

TEST_CASE("a re-keyed key wrap opens what was made under the new key only", "[keywrap]") {
  KeyWrap wrapper = keyed();
  const Bytes under_old = wrap(wrapper, kData);
  wrapper.rekey(Key256());
  CHECK_FALSE(unwrap(wrapper, under_old).has_value());
  CHECK(unwrap(wrapper, wrap(wrapper, kData)) == kData);
  KeyWrap fresh{Key256()};
  CHECK(wrap(fresh, kData) == wrap(wrapper, kData));
}

}  // namespace
}  // namespace tablekey::crypto::keywrap_test
