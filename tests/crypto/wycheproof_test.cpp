// Project Wycheproof's adversarial vectors. Those with a 256-bit AES key go through the product;
// those with shorter keys, which the product does not have, go through our key-wrap algorithm over
// OpenSSL's AES, or through OpenSSL alone. The counts are asserted, so that no part of a file is
// passed over in silence.

#include <catch2/catch.hpp>

#include "crypto/gcm.h"
#include "crypto/kdf.h"
#include "crypto/keywrap.h"
#include "crypto/keywrap_rounds.h"
#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/vectors.h"

namespace tablekey::crypto::wycheproof_test {
namespace {

bool is_valid(const Json& test) { return test.at("result") == "valid"; }

// --- AES-GCM ------------------------------------------------------------------------------------

void run_gcm_through_product(const Json& test) {
  Aes256Gcm gcm(Key256(exactly<32>(bytes_at(test, "key"))));
  const Iv iv = Iv::from(bytes_at(test, "iv")).value();
  const Tag tag = Tag::from(bytes_at(test, "tag")).value();
  const Bytes message = bytes_at(test, "msg");
  const Bytes aad = bytes_at(test, "aad");
  const Bytes ciphertext = bytes_at(test, "ct");
  Bytes out(ciphertext.size(), 0xee);
  REQUIRE(gcm.open(iv, aad, ciphertext, tag, out) == is_valid(test));
  REQUIRE(out == (is_valid(test) ? message : Bytes(out.size(), 0)));
  Tag sealed;
  gcm.seal(iv, aad, message, out, sealed);
  REQUIRE((out == ciphertext && sealed == tag) == is_valid(test));
}

// An IV that OpenSSL cannot be set to throws.
void run_gcm_through_openssl(const Json& test) {
  const Bytes key = bytes_at(test, "key");
  const Bytes iv = bytes_at(test, "iv");
  const auto opened =
      bare::gcm_open(key, iv, bytes_at(test, "aad"), bytes_at(test, "ct"), bytes_at(test, "tag"));
  REQUIRE(opened.has_value() == is_valid(test));
  if (is_valid(test)) {
    REQUIRE(*opened == bytes_at(test, "msg"));
    Bytes expected = bytes_at(test, "ct");
    const Bytes tag = bytes_at(test, "tag");
    expected.insert(expected.end(), tag.begin(), tag.end());
    REQUIRE(bare::gcm_seal(key, iv, bytes_at(test, "aad"), bytes_at(test, "msg")) == expected);
  }
}

TEST_CASE("Wycheproof AES-GCM: all 12-byte IVs give the stated answer, all others are refused",
          "[vectors]") {
  const auto file = vectors("wycheproof/aes_gcm_test.json");
  if (!file) {
    return;
  }
  std::size_t through_product = 0;
  std::size_t refused_by_type = 0;
  std::size_t shorter_keys = 0;
  std::size_t refused_by_openssl = 0;
  for_each_test(*file, [&](const Json&, const Json& test) {
    const bool our_key = bytes_at(test, "key").size() == 32;
    REQUIRE(Tag::from(bytes_at(test, "tag")).has_value());
    if (our_key && Iv::from(bytes_at(test, "iv")).has_value()) {
      ++through_product;
      run_gcm_through_product(test);
      return;
    }
    ++(our_key ? refused_by_type : shorter_keys);
    const std::size_t iv_size = bytes_at(test, "iv").size();
    if (iv_size == 0 || iv_size > 128) {  // OpenSSL's own bounds.
      ++refused_by_openssl;
      REQUIRE_THROWS(run_gcm_through_openssl(test));
    } else {
      run_gcm_through_openssl(test);
    }
  });
  CHECK(through_product == 43);
  CHECK(refused_by_type == 25);
  CHECK(shorter_keys == 137);
  CHECK(refused_by_openssl == 6);  // Three empty IVs, and three of 257 bytes.
}

// --- key wrap -----------------------------------------------------------------------------------

// A wrapping over one key, with the product where it has the key's size.
struct Wrapping {
  explicit Wrapping(const Bytes& key) : encryptor(key, true), decryptor(key, false) {
    if (key.size() == 32) {
      product.emplace(Key256(exactly<32>(key)));
    }
  }
  bare::BlockCipher encryptor;
  bare::BlockCipher decryptor;
  std::optional<KeyWrap> product;
};

// The wrapped key; nothing when its length is refused.
std::optional<Bytes> wrap(Wrapping& with, const Bytes& secret, bool padded) {
  Bytes out(padded ? KeyWrap::padded_size(secret.size()) : secret.size() + 8);
  try {
    if (with.product && padded) {
      with.product->wrap_padded(secret, out);
    } else if (with.product) {
      with.product->wrap(secret, out);
    } else if (padded) {
      keywrap::wrap_padded(with.encryptor, secret, out);
    } else {
      keywrap::wrap(with.encryptor, secret, out);
    }
  } catch (const BrokenLaw&) {
    return std::nullopt;
  }
  return out;
}

std::optional<Bytes> unwrap(Wrapping& with, const Bytes& wrapped, bool padded) {
  Bytes out(wrapped.size() < 8 ? 0 : wrapped.size() - 8);
  std::optional<std::size_t> size;
  if (padded) {
    size = with.product ? with.product->unwrap_padded(wrapped, out)
                        : keywrap::unwrap_padded(with.decryptor, wrapped, out);
  } else if (with.product ? with.product->unwrap(wrapped, out)
                          : keywrap::unwrap(with.decryptor, wrapped, out)) {
    size = out.size();
  }
  if (!size) {
    return std::nullopt;
  }
  out.resize(*size);
  return out;
}

struct WrapCounts {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  std::size_t acceptable = 0;  // Left open by the vectors, refused by us.
  std::size_t through_product = 0;
};

WrapCounts run_wrap_file(const Json& file, bool padded) {
  WrapCounts counts;
  for_each_test(file, [&](const Json&, const Json& test) {
    Wrapping with(bytes_at(test, "key"));
    counts.through_product += with.product ? 1U : 0U;
    const Bytes secret = bytes_at(test, "msg");
    const Bytes wrapped = bytes_at(test, "ct");
    if (is_valid(test)) {
      ++counts.valid;
      REQUIRE(wrap(with, secret, padded) == wrapped);
      REQUIRE(unwrap(with, wrapped, padded) == secret);
      return;
    }
    // Wrapping never makes the blob, and unwrapping never accepts it.
    ++(test.at("result") == "acceptable" ? counts.acceptable : counts.invalid);
    REQUIRE(wrap(with, secret, padded).value_or(Bytes()) != (wrapped.empty() ? Bytes{1} : wrapped));
    REQUIRE_FALSE(unwrap(with, wrapped, padded).has_value());
    if (test.at("result") == "acceptable") {
      REQUIRE(test.at("flags") == Json::array({"ShortKey"}));
      REQUIRE_FALSE(wrap(with, secret, padded).has_value());
    }
  });
  return counts;
}

TEST_CASE("Wycheproof AES-KW gives the stated answers, and short keys are refused", "[vectors]") {
  if (const auto file = vectors("wycheproof/aes_wrap_test.json")) {
    const WrapCounts counts = run_wrap_file(*file, false);
    CHECK(counts.valid == 25);
    CHECK(counts.invalid == 84);
    CHECK(counts.acceptable == 3);
    CHECK(counts.through_product == 46);
  }
}

TEST_CASE("Wycheproof AES-KWP gives the stated answers", "[vectors]") {
  if (const auto file = vectors("wycheproof/aes_kwp_test.json")) {
    const WrapCounts counts = run_wrap_file(*file, true);
    CHECK(counts.valid == 52);
    CHECK(counts.invalid == 118);
    CHECK(counts.acceptable == 0);
    CHECK(counts.through_product == 63);
  }
}

// --- MACs and HKDF ------------------------------------------------------------------------------

TEST_CASE("Wycheproof HMAC-SHA-256 gives the stated answers", "[vectors]") {
  const auto file = vectors("wycheproof/hmac_sha256_test.json");
  if (!file) {
    return;
  }
  std::size_t whole = 0;
  std::size_t shortened = 0;  // 128-bit tags, which verify() does not take: compared by the test.
  for_each_test(*file, [&](const Json&, const Json& test) {
    HmacSha256 hmac(ByteView(bytes_at(test, "key")));
    const Bytes message = bytes_at(test, "msg");
    const Bytes tag = bytes_at(test, "tag");
    Digest mac = hmac.mac(message);
    if (tag.size() == mac.size()) {
      ++whole;
      Digest expected;
      std::copy(tag.begin(), tag.end(), expected.begin());
      REQUIRE(hmac.verify({message}, expected) == is_valid(test));
    } else {
      ++shortened;
      REQUIRE(equal(ByteView(mac).first(tag.size()), tag) == is_valid(test));
    }
  });
  CHECK(whole == 58);
  CHECK(shortened == 58);
}

TEST_CASE("Wycheproof HKDF-SHA-256 gives the stated answers", "[vectors]") {
  const auto file = vectors("wycheproof/hkdf_sha256_test.json");
  if (!file) {
    return;
  }
  std::size_t refused = 0;
  for_each_test(*file, [&](const Json&, const Json& test) {
    Bytes out(test.at("size").get<std::size_t>());
    const auto derive = [&] {
      hkdf_sha256(bytes_at(test, "ikm"), bytes_at(test, "salt"), bytes_at(test, "info"), out);
    };
    if (is_valid(test)) {
      derive();
      REQUIRE(out == bytes_at(test, "okm"));
    } else {
      ++refused;
      REQUIRE_THROWS_AS(derive(), BrokenLaw);
    }
  });
  CHECK(file->at("numberOfTests") == 61);
  CHECK(refused == 3);
}

TEST_CASE("Wycheproof AES-CMAC gives the stated answers through OpenSSL", "[vectors]") {
  // The product has no CMAC; the library under it should still be known to be sound.
  const auto file = vectors("wycheproof/aes_cmac_test.json");
  if (!file) {
    return;
  }
  std::size_t run = 0;
  std::size_t no_such_key = 0;
  for_each_test(*file, [&](const Json&, const Json& test) {
    const Bytes key = bytes_at(test, "key");
    if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
      ++no_such_key;
      REQUIRE(test.at("flags") == Json::array({"InvalidKeySize"}));
      REQUIRE_FALSE(
          bare::mac("CMAC", bare::text("cipher", "AES-256-CBC"), key, bytes_at(test, "msg")));
      return;
    }
    ++run;
    const std::string cipher = bare::aes_name(key.size(), "CBC");
    const auto mac =
        bare::mac("CMAC", bare::text("cipher", cipher.c_str()), key, bytes_at(test, "msg"));
    REQUIRE((mac == bytes_at(test, "tag")) == is_valid(test));
  });
  CHECK(run == 204);
  CHECK(no_such_key == 5);
}

}  // namespace
}  // namespace tablekey::crypto::wycheproof_test
