// NIST's vectors (ACVP and CAVP). As with Wycheproof's, what the product has goes through the
// product, and the rest through OpenSSL.

#include <catch2/catch.hpp>

#include "crypto/ctr.h"
#include "crypto/kdf.h"
#include "crypto/keywrap.h"
#include "crypto/keywrap_rounds.h"
#include "tests/crypto/bare_drbg.h"
#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/vectors.h"

namespace tablekey::crypto::nist_test {
namespace {

TEST_CASE("ACVP AES-256-CTR gives the stated answers", "[vectors]") {
  const auto file = vectors("acvp/ACVP-AES-CTR.json");
  if (!file) {
    return;
  }
  std::size_t count = 0;
  for_each_test(*file, [&](const Json& group, const Json& test) {
    ++count;
    const bool encrypts = group.at("direction") == "encrypt";
    Aes256Ctr ctr(Key256(exactly<32>(bytes_at(test, "key"))));
    Bytes bytes = bytes_at(test, encrypts ? "pt" : "ct");
    ctr.apply(CounterBlock(exactly<16>(bytes_at(test, "iv"))), bytes, bytes);
    REQUIRE(bytes == bytes_at(test.at("expected"), encrypts ? "ct" : "pt"));
  });
  CHECK(count == 16);
}

// Runs a file of key-wrap tests through the algorithm over OpenSSL's AES, and those with a 256-bit
// key through the product as well. Returns how many went through the product.
template <typename Wrap, typename Unwrap>
std::size_t run_wrap_file(const Json& file, Wrap wrap, Unwrap unwrap) {
  std::size_t through_product = 0;
  const auto check = [&](const Json& group, const Json& test, auto& encryptor, auto& decryptor) {
    const Json& expected = test.at("expected");
    if (group.at("direction") == "encrypt") {
      REQUIRE(wrap(encryptor, bytes_at(test, "pt")) == bytes_at(expected, "ct"));
    } else if (expected.value("testPassed", true)) {
      REQUIRE(unwrap(decryptor, bytes_at(test, "ct")) == bytes_at(expected, "pt"));
    } else {
      REQUIRE_FALSE(unwrap(decryptor, bytes_at(test, "ct")).has_value());
    }
  };
  for_each_test(file, [&](const Json& group, const Json& test) {
    const Bytes key = bytes_at(test, "key");
    bare::BlockCipher encryptor(key, true);
    bare::BlockCipher decryptor(key, false);
    check(group, test, encryptor, decryptor);
    if (key.size() == 32) {
      ++through_product;
      KeyWrap product(Key256(exactly<32>(key)));
      check(group, test, product, product);
    }
  });
  return through_product;
}

TEST_CASE("ACVP AES-KW gives the stated answers", "[vectors]") {
  const auto file = vectors("acvp/ACVP-AES-KW.json");
  if (!file) {
    return;
  }
  const std::size_t through_product = run_wrap_file(
      *file,
      [](auto& with, const Bytes& secret) {
        Bytes out(secret.size() + 8);
        if constexpr (requires { with.wrap(secret, out); }) {
          with.wrap(secret, out);
        } else {
          keywrap::wrap(with, secret, out);
        }
        return out;
      },
      [](auto& with, const Bytes& wrapped) -> std::optional<Bytes> {
        Bytes out(wrapped.size() - 8);
        bool opened = false;
        if constexpr (requires { with.unwrap(wrapped, out); }) {
          opened = with.unwrap(wrapped, out);
        } else {
          opened = keywrap::unwrap(with, wrapped, out);
        }
        return opened ? std::optional(out) : std::nullopt;
      });
  CHECK(through_product == 5);
}

TEST_CASE("ACVP AES-KWP gives the stated answers", "[vectors]") {
  const auto file = vectors("acvp/ACVP-AES-KWP.json");
  if (!file) {
    return;
  }
  const std::size_t through_product = run_wrap_file(
      *file,
      [](auto& with, const Bytes& secret) {
        Bytes out(KeyWrap::padded_size(secret.size()));
        if constexpr (requires { with.wrap_padded(secret, out); }) {
          with.wrap_padded(secret, out);
        } else {
          keywrap::wrap_padded(with, secret, out);
        }
        return out;
      },
      [](auto& with, const Bytes& wrapped) -> std::optional<Bytes> {
        Bytes out(wrapped.size() - 8);
        std::optional<std::size_t> size;
        if constexpr (requires { with.unwrap_padded(wrapped, out); }) {
          size = with.unwrap_padded(wrapped, out);
        } else {
          size = keywrap::unwrap_padded(with, wrapped, out);
        }
        out.resize(size.value_or(0));
        return size ? std::optional(out) : std::nullopt;
      });
  CHECK(through_product == 4);
}

TEST_CASE("ACVP HMAC-SHA-256 gives the stated answers", "[vectors]") {
  const auto file = vectors("acvp/HMAC-SHA2-256.json");
  if (!file) {
    return;
  }
  std::size_t count = 0;
  for_each_test(*file, [&](const Json&, const Json& test) {
    ++count;
    HmacSha256 hmac(ByteView(bytes_at(test, "key")));
    REQUIRE(to_bytes(hmac.mac(bytes_at(test, "msg"))) == bytes_at(test.at("expected"), "mac"));
  });
  CHECK(count == 8);
}

TEST_CASE("CAVP counter KDF gives the stated answers", "[vectors]") {
  const auto file = vectors("cavp/kbkdf_counter_hmac.json");
  if (!file) {
    return;
  }
  std::size_t through_product = 0;
  std::size_t through_openssl = 0;  // HMAC-SHA-512, which the product does not have.
  for (const Json& test : file->at("tests")) {
    INFO("id " << test.at("id"));
    const Bytes key = bytes_at(test, "key");
    const Bytes fixed = bytes_at(test, "fixedData");
    const Bytes expected = bytes_at(test, "keyOut");
    const std::string hash = test.at("hash") == "SHA-256" ? "SHA256" : "SHA512";
    if (hash == "SHA256") {
      ++through_product;
      HmacSha256 keyed{ByteView(key)};
      Bytes out(expected.size());
      kbkdf_counter_fixed(keyed, fixed, out);
      REQUIRE(out == expected);
    } else {
      ++through_openssl;
    }
    REQUIRE(bare::kbkdf(hash.c_str(), key, {}, fixed, expected.size(), true) == expected);
  }
  CHECK(through_product == 27);
  CHECK(through_openssl == 27);
}

// --- CTR-DRBG: the product draws otherwise (draw.h), the library's should still be known sound ---

TEST_CASE("CAVP CTR-DRBG AES-256 gives the stated answers through OpenSSL", "[vectors]") {
  const auto file = vectors("cavp/ctr_drbg_aes256_no_df.json");
  if (!file) {
    return;
  }
  std::size_t count = 0;
  for (const Json& test : file->at("tests")) {
    INFO("id " << test.at("id"));
    ++count;
    bare::CtrDrbg drbg({.derivation_function = false,
                        .entropy = bytes_at(test, "EntropyInput"),
                        .nonce = {},
                        .personalisation = bytes_at(test, "PersonalizationString")});
    if (test.contains("EntropyInputReseed")) {
      drbg.reseed(bytes_at(test, "EntropyInputReseed"), bytes_at(test, "AdditionalInputReseed"));
    }
    const Bytes expected = bytes_at(test, "ReturnedBits");
    drbg.generate(expected.size(), bytes_at(test, "AdditionalInput1"));
    REQUIRE(drbg.generate(expected.size(), bytes_at(test, "AdditionalInput2")) == expected);
  }
  CHECK(count == 80);
}

TEST_CASE("ACVP CTR-DRBG AES-256 gives the stated answers through OpenSSL", "[vectors]") {
  const auto file = vectors("acvp/ctrDRBG.json");
  if (!file) {
    return;
  }
  std::size_t count = 0;
  for_each_test(*file, [&](const Json& group, const Json& test) {
    ++count;
    bare::CtrDrbg drbg({.derivation_function = group.at("derFunc").get<bool>(),
                        .entropy = bytes_at(test, "entropyInput"),
                        .nonce = bytes_at(test, "nonce"),
                        .personalisation = bytes_at(test, "persoString")});
    const std::size_t size = group.at("returnedBitsLen").get<std::size_t>() / 8;
    Bytes last;
    for (const Json& step : test.at("otherInput")) {
      const Bytes additional = bytes_at(step, "additionalInput");
      if (step.at("intendedUse") == "reSeed") {
        drbg.reseed(bytes_at(step, "entropyInput"), additional);
      } else {
        last = drbg.generate(size, additional);
      }
    }
    REQUIRE(last == bytes_at(test.at("expected"), "returnedBits"));
  });
  CHECK(count == 8);
}

}  // namespace
}  // namespace tablekey::crypto::nist_test
