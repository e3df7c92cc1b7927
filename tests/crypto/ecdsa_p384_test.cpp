// ECDSA over P-384: the answers of RFC 6979, agreement with OpenSSL in both directions, and no
// signature, key or digest taken for another.

#include "crypto/ecdsa_p384.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <type_traits>

#include "crypto/sha256.h"
#include "tests/crypto/bare_openssl.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::ecdsa_p384_test {
namespace {

static_assert(!std::is_copy_constructible_v<EcdsaP384Key>);

// RFC 6979 A.2.6.
const Bytes kPrivate =
    hex("6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
        "96d5724e4c70a825f872c9ea60d2edf5");
const Bytes kPublicX =
    hex("ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
        "def8f0ea9055866064a254515480bc13");

EcdsaP384Key published() {
  return EcdsaP384Key::from_private(Secret<48>(exactly<48>(kPrivate))).value();
}

Key256 seed_of(std::uint8_t number) {
  Key256 seed;
  seed.writable()[31] = number;
  return seed;
}

using PublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// A key as OpenSSL reads it: the public half alone.
PublicKey bare_public(ByteView point) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  OSSL_PARAM params[] = {bare::text(OSSL_PKEY_PARAM_GROUP_NAME, "P-384"),
                         bare::octets(OSSL_PKEY_PARAM_PUB_KEY, point), OSSL_PARAM_END};
  EVP_PKEY* key = nullptr;
  bare::must(EVP_PKEY_fromdata_init(context.get()));
  bare::must(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params));
  return {key, &EVP_PKEY_free};
}

Bytes der_of(const P384Signature& signature) {
  ECDSA_SIG* raw = ECDSA_SIG_new();
  ECDSA_SIG_set0(raw, BN_bin2bn(signature.data(), 48, nullptr),
                 BN_bin2bn(signature.data() + 48, 48, nullptr));
  Bytes der(110);
  unsigned char* at = der.data();
  der.resize(static_cast<std::size_t>(i2d_ECDSA_SIG(raw, &at)));
  ECDSA_SIG_free(raw);
  return der;
}

bool openssl_verifies(ByteView point, ByteView message, const P384Signature& signature) {
  const PublicKey key = bare_public(point);
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const Bytes der = der_of(signature);
  bare::must(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get()));
  return EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) ==
         1;
}

struct OpensslSigned {
  Bytes point;
  P384Signature signature;
};

// A new key of OpenSSL's, and its signature with a random nonce.
OpensslSigned openssl_signs(ByteView message) {
  const PublicKey key(EVP_EC_gen("P-384"), &EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bare::must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get()));
  Bytes der(110);
  std::size_t size = der.size();
  bare::must(EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()));
  const unsigned char* at = der.data();
  ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size));
  OpensslSigned made;
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed), made.signature.data(), 48);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed), made.signature.data() + 48, 48);
  ECDSA_SIG_free(parsed);
  Bytes uncompressed(97);
  std::size_t point_size = 0;
  bare::must(EVP_PKEY_get_octet_string_param(
      key.get(), OSSL_PKEY_PARAM_PUB_KEY, uncompressed.data(), uncompressed.size(), &point_size));
  made.point.assign(uncompressed.begin(), uncompressed.begin() + 49);
  made.point[0] = static_cast<std::uint8_t>(2 + uncompressed.back() % 2);
  return made;
}

}  // namespace

TEST_CASE("P-384 signs as RFC 6979 says, byte for byte", "[ecdsa]") {
  const EcdsaP384Key key = published();
  CHECK(to_bytes(key.sign(sha384(bytes_of("sample")))) ==
        hex("94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
            "81a648152e44acf96e36dd1e80fabe46"
            "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
            "a329c145786e679e7b82c71a38628ac8"));
  CHECK(to_bytes(key.sign(sha384(bytes_of("test")))) ==
        hex("8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb"
            "0542a7f0812998da8f1dd3ca3cf023db"
            "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e0"
            "6a739f040649a667bf3b828246baa5a5"));
  const P384PublicKey point = key.public_key();
  CHECK(Bytes(point.begin() + 1, point.end()) == kPublicX);
}

TEST_CASE("a P-384 key is a function of its seed for ever", "[ecdsa]") {
  // The digest comes from another program, with arithmetic of its own. Another key would change
  // what every scenario with signed items records.
  const EcdsaP384Key key(seed_of(1));
  const P384PublicKey point = key.public_key();
  CHECK(point == EcdsaP384Key(seed_of(1)).public_key());
  CHECK(point != EcdsaP384Key(seed_of(2)).public_key());
  CHECK(to_bytes(sha256(point)) ==
        hex("93e4e24ebf9105096a39ce70e334c1e77138ef781caaf89fbf6fc9b6156dfbf6"));
}

TEST_CASE("OpenSSL and we believe each other's P-384 signatures", "[ecdsa]") {
  for (std::uint8_t i = 0; i < 8; ++i) {
    const Bytes message(i * std::size_t{9}, i);
    const EcdsaP384Key key(seed_of(i));
    const P384Signature ours = key.sign(sha384(message));
    REQUIRE(ours == key.sign(sha384(message)));
    REQUIRE(verify_p384(key.public_key(), sha384(message), ours));
    REQUIRE(openssl_verifies(key.public_key(), message, ours));
    const OpensslSigned theirs = openssl_signs(message);
    REQUIRE(verify_p384(theirs.point, sha384(message), theirs.signature));
    REQUIRE_FALSE(verify_p384(key.public_key(), sha384(message), theirs.signature));
    REQUIRE_FALSE(verify_p384(theirs.point, sha384(message), ours));
  }
}

TEST_CASE("a P-384 signature with any bit flipped is refused", "[ecdsa]") {
  const EcdsaP384Key key = published();
  const Digest384 digest = sha384(bytes_of("sample"));
  P384Signature signature = key.sign(digest);
  for (std::size_t bit = 0; bit < 8 * signature.size(); bit += 3) {
    signature[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    REQUIRE_FALSE(verify_p384(key.public_key(), digest, signature));
    signature[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  REQUIRE(verify_p384(key.public_key(), digest, signature));
  Digest384 other = digest;
  other[47] ^= 1;
  CHECK_FALSE(verify_p384(key.public_key(), other, signature));
}

TEST_CASE("hostile keys and signatures of P-384 are refused and nothing else", "[ecdsa]") {
  const EcdsaP384Key key = published();
  const Digest384 digest = sha384({});
  const P384Signature signature = key.sign(digest);
  const Bytes point = to_bytes(key.public_key());
  CHECK_FALSE(verify_p384({}, digest, signature));
  CHECK_FALSE(verify_p384(Bytes(49), digest, signature));
  CHECK_FALSE(verify_p384(Bytes(49, 0xff), digest, signature));
  CHECK_FALSE(verify_p384(ByteView(point).first(48), digest, signature));
  CHECK_FALSE(verify_p384(point, digest, {}));
  CHECK_FALSE(verify_p384(point, digest, Bytes(96)));
  CHECK_FALSE(verify_p384(point, digest, Bytes(96, 0xff)));
  CHECK_FALSE(verify_p384(point, digest, ByteView(signature).first(95)));
  Bytes zero_r = to_bytes(signature);
  std::fill_n(zero_r.begin(), 48, std::uint8_t{0});
  CHECK_FALSE(verify_p384(point, digest, zero_r));
  rc::prop("for random bytes", [&] {
    const auto bytes = *rc::gen::container<Bytes>(49, rc::gen::arbitrary<std::uint8_t>());
    RC_ASSERT_FALSE(verify_p384(bytes, digest, signature));
  });
}

TEST_CASE("a private number outside the order is no P-384 key", "[ecdsa]") {
  CHECK_FALSE(EcdsaP384Key::from_private(Secret<48>()).has_value());
  const Bytes order =
      hex("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
          "581a0db248b0a77aecec196accc52973");
  CHECK_FALSE(EcdsaP384Key::from_private(Secret<48>(exactly<48>(order))).has_value());
  Bytes below = order;
  below.back() -= 1;
  CHECK(EcdsaP384Key::from_private(Secret<48>(exactly<48>(below))).has_value());
}

}  // namespace tablekey::crypto::ecdsa_p384_test
