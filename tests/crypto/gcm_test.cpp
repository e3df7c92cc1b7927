// AES-256-GCM: published answers, what the types make impossible, and that nothing of one call
// reaches into the next.

#include "crypto/gcm.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <type_traits>
#include <utility>

#include "crypto/kdf.h"
#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::gcm_test {
namespace {

// --- what cannot be written down ----------------------------------------------------------------

// An IV and a tag have one length each, and neither comes about by conversion or by default.
static_assert(!std::is_default_constructible_v<Iv>);
static_assert(std::is_constructible_v<Iv, const std::array<std::uint8_t, 12>&>);
static_assert(!std::is_constructible_v<Iv, const std::array<std::uint8_t, 11>&>);
static_assert(!std::is_constructible_v<Iv, const std::array<std::uint8_t, 16>&>);
static_assert(!std::is_constructible_v<Iv, ByteView>);
static_assert(!std::is_constructible_v<Iv, const Bytes&>);
static_assert(!std::is_convertible_v<std::array<std::uint8_t, 12>, Iv>);
static_assert(std::is_constructible_v<Tag, const std::array<std::uint8_t, 16>&>);
static_assert(!std::is_constructible_v<Tag, const std::array<std::uint8_t, 15>&>);
static_assert(!std::is_constructible_v<Tag, const std::array<std::uint8_t, 4>&>);
static_assert(!std::is_constructible_v<Tag, ByteView>);
static_assert(!std::is_convertible_v<std::array<std::uint8_t, 16>, Tag>);

// A context always has a key, is one owner's, and takes no key of another kind.
static_assert(!std::is_default_constructible_v<Aes256Gcm>);
static_assert(!std::is_copy_constructible_v<Aes256Gcm> && !std::is_copy_assignable_v<Aes256Gcm>);
static_assert(std::is_nothrow_move_constructible_v<Aes256Gcm>);
static_assert(!std::is_constructible_v<Aes256Gcm, const Secret<16>&>);
static_assert(!std::is_constructible_v<Aes256Gcm, ByteView>);
static_assert(!std::is_convertible_v<const Key256&, Aes256Gcm>);

// Every call brings its own IV, and every open its own tag.
template <typename... Arguments>
concept Opens = requires(Aes256Gcm& gcm, Arguments... arguments) {
  gcm.open(arguments...);
};
template <typename... Arguments>
concept Seals = requires(Aes256Gcm& gcm, Arguments... arguments) {
  gcm.seal(arguments...);
};
static_assert(Opens<Iv, ByteView, ByteView, Tag, ByteSpan>);
static_assert(!Opens<ByteView, ByteView, Tag, ByteSpan>);
static_assert(!Opens<Iv, ByteView, ByteView, ByteSpan>);
static_assert(!Opens<Iv, ByteView, ByteView, ByteView, ByteSpan>);
static_assert(!Opens<Iv, ByteView, ByteView, std::array<std::uint8_t, 16>, ByteSpan>);
static_assert(!Opens<std::array<std::uint8_t, 12>, ByteView, ByteView, Tag, ByteSpan>);
static_assert(!Opens<Tag, ByteView, ByteView, Iv, ByteSpan>);
static_assert(!Opens<Iv, ByteView, ByteView, Tag, ByteView>);
static_assert(Seals<Iv, ByteView, ByteView, ByteSpan, Tag&>);
static_assert(!Seals<ByteView, ByteView, ByteSpan, Tag&>);
static_assert(!Seals<Iv, ByteView, ByteView, ByteSpan>);
static_assert(!Seals<Iv, ByteView, ByteView, ByteSpan, std::array<std::uint8_t, 12>&>);

// ------------------------------------------------------------------------------------------------

Key256 key_of(std::string_view text) { return Key256(exactly<32>(hex(text))); }
Iv iv_of(std::string_view text) { return Iv(exactly<12>(hex(text))); }
Tag tag_of(std::string_view text) { return Tag(exactly<16>(hex(text))); }

struct Sealed {
  Bytes ciphertext;
  Tag tag;
};

Sealed seal(Aes256Gcm& gcm, const Iv& iv, ByteView aad, ByteView plaintext) {
  Sealed sealed{Bytes(plaintext.size()), {}};
  gcm.seal(iv, aad, plaintext, sealed.ciphertext, sealed.tag);
  return sealed;
}

std::optional<Bytes> open(Aes256Gcm& gcm, const Iv& iv, ByteView aad, const Sealed& sealed) {
  Bytes plaintext(sealed.ciphertext.size(), 0xee);
  if (gcm.open(iv, aad, sealed.ciphertext, sealed.tag, plaintext)) {
    return plaintext;
  }
  REQUIRE(plaintext == Bytes(plaintext.size(), 0));
  return std::nullopt;
}

const char* const kKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const char* const kIv = "cafebabefacedbaddecaf888";

TEST_CASE("AES-256-GCM gives the answers of its authors", "[gcm]") {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16.
  struct Case {
    const char *key, *iv, *aad, *plaintext, *ciphertext, *tag;
  };
  const std::string zero_key(64, '0');
  const std::string zero_iv(24, '0');
  const Case cases[] = {
      {zero_key.c_str(), zero_iv.c_str(), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {zero_key.c_str(), zero_iv.c_str(), "", "00000000000000000000000000000000",
       "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
      {kKey, kIv, "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
       "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
       "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
       "76fc6ece0f4e1768cddf8853bb2d551b"},
  };
  for (const Case& one : cases) {
    Aes256Gcm gcm(key_of(one.key));
    const Sealed sealed = seal(gcm, iv_of(one.iv), hex(one.aad), hex(one.plaintext));
    CHECK(sealed.ciphertext == hex(one.ciphertext));
    CHECK(sealed.tag == tag_of(one.tag));
    CHECK(open(gcm, iv_of(one.iv), hex(one.aad), sealed) == hex(one.plaintext));
  }
}

Bytes ascending(std::uint8_t first, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(first + i);
  }
  return bytes;
}

void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

void append_text(Bytes& to, std::string_view text) {
  std::array<std::uint8_t, 4> size;
  store_big_endian<4>(text.size(), size.data());
  append(to, size);
  append(to, bytes_of(text));
}

TEST_CASE("the ciphertext blob of the domain document comes out byte for byte", "[gcm]") {
  // kms.md 7.4, its test vector: KDF, AAD, ciphertext, tag and the digest of the whole blob.
  Bytes context = {0, 0, 0, 2};
  append_text(context, "aws:dynamodb:subscriberId");
  append_text(context, "111122223333");
  append_text(context, "aws:dynamodb:tableName");
  append_text(context, "Books");
  REQUIRE(context.size() == 84);

  const Bytes key_id = hex("1234abcd12ab34cd56ef1234567890ab");
  const Bytes material_id = hex("cba624df6ab942945341076b13bdb553165727028ccc0868ea1e116454e5ac65");
  const Bytes nonce = ascending(0x40, 32);
  Bytes info = key_id;
  append(info, material_id);
  append(info, nonce);
  Key256 key;
  kbkdf_counter(Key256(exactly<32>(ascending(0, 32))), bytes_of("tablekey/kms/v1/aes-256-gcm"),
                info, key.writable());
  CHECK(to_bytes(key.bytes()) ==
        hex("8cdc5a360566ca4f085c10a5810c1cbccc656c8f5aa8aa859f902c94e84170c7"));

  Bytes blob = {1, 1, 0, 0};
  append(blob, info);
  append(blob, ascending(0x60, 12));
  append(blob, Bytes{0, 0, 0, 32});
  REQUIRE(blob.size() == 100);
  Bytes aad = to_bytes(bytes_of("tablekey.aad.v1"));
  append(aad, blob);
  append(aad, context);
  Aes256Gcm gcm(key);
  const Iv iv(exactly<12>(ascending(0x60, 12)));
  const Sealed sealed = seal(gcm, iv, aad, ascending(0x80, 32));
  CHECK(sealed.ciphertext ==
        hex("658ecfb71336073b6ca2adf3d439673b59532f1424823d5dc63e6853ee0c63a1"));
  CHECK(sealed.tag == tag_of("2dfc5728bebde3a92c4d8c88a66a58c9"));
  append(blob, sealed.ciphertext);
  append(blob, sealed.tag.bytes);
  CHECK(blob.size() == 148);
  CHECK(to_bytes(sha256(blob)) ==
        hex("f43f4e6c06b5e11e5604ed6d263c65da81ef52cd31fb9766da5f6fa7e30a07ed"));
}

TEST_CASE("every IV length but 12 and every tag length but 16 is refused", "[gcm]") {
  const Bytes bytes(300, 1);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    REQUIRE(Iv::from(ByteView(bytes).first(size)).has_value() == (size == 12));
    REQUIRE(Tag::from(ByteView(bytes).first(size)).has_value() == (size == 16));
  }
}

TEST_CASE("any changed bit of tag, ciphertext, AAD or IV fails the open and leaves no plaintext",
          "[gcm]") {
  Aes256Gcm gcm(key_of(kKey));
  Bytes iv = hex(kIv);
  Bytes aad = ascending(1, 20);
  const Bytes plaintext = ascending(100, 37);
  Sealed sealed = seal(gcm, iv_of(kIv), aad, plaintext);
  const auto fails_with_each_bit = [&](std::span<std::uint8_t> part) {
    for (std::size_t bit = 0; bit < 8 * part.size(); ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      part[bit / 8] ^= mask;
      REQUIRE_FALSE(open(gcm, Iv(exactly<12>(iv)), aad, sealed).has_value());
      part[bit / 8] ^= mask;
      REQUIRE(open(gcm, Iv(exactly<12>(iv)), aad, sealed) == plaintext);  // The next open works.
    }
  };
  fails_with_each_bit(sealed.tag.bytes);
  fails_with_each_bit(sealed.ciphertext);
  fails_with_each_bit(aad);
  fails_with_each_bit(iv);
}

TEST_CASE("no tag of an earlier call is accepted for a later one", "[gcm]") {
  // The bare context would keep the tag of the last open if the next one forgot to set its own.
  Aes256Gcm gcm(key_of(kKey));
  const Sealed first = seal(gcm, iv_of(kIv), {}, ascending(0, 16));
  REQUIRE(open(gcm, iv_of(kIv), {}, first).has_value());
  CHECK_FALSE(open(gcm, iv_of(kIv), {}, {first.ciphertext, Tag()}).has_value());
  const Sealed second = seal(gcm, iv_of("000000000000000000000001"), {}, ascending(0, 16));
  CHECK_FALSE(open(gcm, iv_of(kIv), {}, {first.ciphertext, second.tag}).has_value());
  CHECK_FALSE(
      open(gcm, iv_of("000000000000000000000001"), {}, {second.ciphertext, first.tag}).has_value());
  CHECK(open(gcm, iv_of(kIv), {}, first).has_value());
}

TEST_CASE("empty plaintext and empty AAD are authenticated too", "[gcm]") {
  Aes256Gcm gcm(key_of(kKey));
  const Bytes aad = ascending(0, 3);
  const Sealed nothing = seal(gcm, iv_of(kIv), {}, {});
  const Sealed aad_only = seal(gcm, iv_of(kIv), aad, {});
  CHECK(nothing.tag != aad_only.tag);
  CHECK(open(gcm, iv_of(kIv), {}, nothing).has_value());
  CHECK(open(gcm, iv_of(kIv), aad, aad_only).has_value());
  CHECK_FALSE(open(gcm, iv_of(kIv), aad, nothing).has_value());
  CHECK_FALSE(open(gcm, iv_of(kIv), {}, aad_only).has_value());
}

TEST_CASE("sealing and opening in place gives the same as elsewhere", "[gcm]") {
  Aes256Gcm gcm(key_of(kKey));
  const Bytes plaintext = ascending(9, 400);
  const Sealed apart = seal(gcm, iv_of(kIv), {}, plaintext);
  Bytes place = plaintext;
  Tag tag;
  gcm.seal(iv_of(kIv), {}, place, place, tag);
  CHECK(place == apart.ciphertext);
  CHECK(tag == apart.tag);
  CHECK(gcm.open(iv_of(kIv), {}, place, tag, place));
  CHECK(place == plaintext);
}

TEST_CASE("a GCM output of another length than the input is a broken law", "[gcm]") {
  Aes256Gcm gcm(key_of(kKey));
  Bytes in(16);
  Bytes out(17);
  Tag tag;
  CHECK_THROWS_AS(gcm.seal(iv_of(kIv), {}, in, out, tag), BrokenLaw);
  CHECK_THROWS_AS(gcm.open(iv_of(kIv), {}, out, tag, in), BrokenLaw);
  // A span that only claims its length: nothing is read before the sizes are checked.
  const ByteView huge(in.data(), kGcmMessageMax + 1);
  CHECK_THROWS_AS(gcm.open(iv_of(kIv), huge, in, tag, in), BrokenLaw);
  CHECK_THROWS_AS(gcm.open(iv_of(kIv), {}, huge, tag, {in.data(), huge.size()}), BrokenLaw);
}

TEST_CASE("a moved-from GCM context is a broken law, and its successor works", "[gcm]") {
  Aes256Gcm source(key_of(kKey));
  const Sealed sealed = seal(source, iv_of(kIv), {}, ascending(0, 5));
  Aes256Gcm target = std::move(source);
  CHECK(open(target, iv_of(kIv), {}, sealed).has_value());
  Tag tag;
  CHECK_THROWS_AS(source.seal(iv_of(kIv), {}, {}, {}, tag), BrokenLaw);
  CHECK_THROWS_AS(source.rekey(key_of(kKey)), BrokenLaw);
}

// One context through a random history of seals, opens that work, opens that fail and new keys: it
// must always answer as a fresh bare context does.
TEST_CASE("a reused context answers as a fresh one, whatever went before", "[gcm]") {
  rc::prop("over random histories", [] {
    Bytes key = *rc::gen::container<Bytes>(32, rc::gen::arbitrary<std::uint8_t>());
    Aes256Gcm gcm{Key256(exactly<32>(key))};
    const int steps = *rc::gen::inRange(1, 30);
    for (int step = 0; step < steps; ++step) {
      if (*rc::gen::inRange(0, 4) == 0) {
        key = *rc::gen::container<Bytes>(32, rc::gen::arbitrary<std::uint8_t>());
        gcm.rekey(Key256(exactly<32>(key)));
      }
      const Bytes iv = *rc::gen::container<Bytes>(12, rc::gen::arbitrary<std::uint8_t>());
      const auto aad = *rc::gen::arbitrary<Bytes>();
      const auto text = *rc::gen::arbitrary<Bytes>();
      const Bytes expected = bare::gcm_seal(key, iv, aad, text);
      if (*rc::gen::arbitrary<bool>()) {
        Sealed sealed = seal(gcm, Iv(exactly<12>(iv)), aad, text);
        append(sealed.ciphertext, sealed.tag.bytes);
        RC_ASSERT(sealed.ciphertext == expected);
      } else {
        Sealed sealed{Bytes(expected.begin(), expected.end() - 16),
                      *Tag::from(ByteView(expected).last(16))};
        const bool spoilt = *rc::gen::arbitrary<bool>();
        sealed.tag.bytes[3] ^= spoilt ? 4 : 0;
        const auto opened = open(gcm, Iv(exactly<12>(iv)), aad, sealed);
        RC_ASSERT(opened == (spoilt ? std::nullopt : std::optional(text)));
      }
    }
  });
}

}  // namespace
}  // namespace tablekey::crypto::gcm_test
