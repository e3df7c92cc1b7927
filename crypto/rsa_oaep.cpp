#include "crypto/rsa_oaep.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "crypto/kdf.h"
#include "crypto/law.h"
#include "crypto/numbers.h"

namespace tablekey::crypto {
namespace {

constexpr std::uint32_t kExponent = 65537;
constexpr std::string_view kPrimeLabel = "tablekey/rsa/prime/v1";

struct FreeKeyContext {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeKeyContext>;

Number new_number() {
  Number number(BN_new());
  require(number != nullptr, "a number can be allocated");
  return number;
}

void must(int result, const char* law) { require(result == 1, law); }

// The candidate's two highest bits are set, so that the product of two has its full length.
void set_candidate(BIGNUM* number, ByteSpan bytes) {
  bytes.front() |= 0xc0;
  bytes.back() |= 0x01;
  require(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number) != nullptr,
          "a candidate is a number");
}

// A prime can serve if the public exponent, itself a prime, does not divide its predecessor.
bool serves(BIGNUM* candidate, BN_CTX* context) {
  const BN_ULONG remainder = BN_mod_word(candidate, kExponent);
  if (remainder == 1 || remainder == 0) return false;
  const int prime = BN_check_prime(candidate, context, nullptr);
  require(prime >= 0, "a number is prime or not");
  return prime == 1;
}

// The first prime in the sequence of candidates that (seed, which) determine. Whether a candidate
// is prime is a fact: the random bases of OpenSSL's test could only change its answer with a
// probability below 2^-128.
Number find_prime(HmacSha256& seed, std::uint8_t which, std::size_t bytes, BN_CTX* context) {
  SecretBuffer buffer(bytes);
  Number candidate = new_number();
  for (std::uint64_t attempt = 0;; ++attempt) {
    std::array<std::uint8_t, 9> place{which};
    store_big_endian<8>(attempt, place.data() + 1);
    kbkdf_counter(seed, bytes_of(kPrimeLabel), place, buffer.writable());
    set_candidate(candidate.get(), buffer.writable());
    if (serves(candidate.get(), context)) return candidate;
  }
}

// The numbers of a private key, in OpenSSL's order.
struct Components {
  Number n = new_number(), e = new_number(), d = new_number();
  Number p, q;
  Number dp = new_number(), dq = new_number(), qinv = new_number();
};

Components components(std::uint32_t bits, const Key256& seed) {
  const NumberContext context(BN_CTX_new());
  require(context != nullptr, "a context of numbers can be allocated");
  HmacSha256 keyed(seed);
  Components key;
  key.p = find_prime(keyed, 0, bits / 16, context.get());
  key.q = find_prime(keyed, 1, bits / 16, context.get());
  if (BN_cmp(key.p.get(), key.q.get()) < 0) key.p.swap(key.q);
  Number p1 = new_number(), q1 = new_number(), phi = new_number();
  const char* text = "the numbers of an RSA key can be worked out";
  must(BN_set_word(key.e.get(), kExponent), text);
  must(BN_mul(key.n.get(), key.p.get(), key.q.get(), context.get()), text);
  must(BN_sub(p1.get(), key.p.get(), BN_value_one()), text);
  must(BN_sub(q1.get(), key.q.get(), BN_value_one()), text);
  must(BN_mul(phi.get(), p1.get(), q1.get(), context.get()), text);
  const auto inverse = [&](Number& out, const Number& of, const Number& modulus) {
    BN_set_flags(of.get(), BN_FLG_CONSTTIME);
    require(BN_mod_inverse(out.get(), of.get(), modulus.get(), context.get()) != nullptr, text);
  };
  inverse(key.d, key.e, phi);
  must(BN_mod(key.dp.get(), key.d.get(), p1.get(), context.get()), text);
  must(BN_mod(key.dq.get(), key.d.get(), q1.get(), context.get()), text);
  inverse(key.qinv, key.q, key.p);
  return key;
}

// OSSL_PARAM_free leaves the private numbers in freed memory.
void wipe_and_free(OSSL_PARAM* params) {
  for (const OSSL_PARAM* param = params; param != nullptr && param->key != nullptr; ++param) {
    OPENSSL_cleanse(param->data, param->data_size);
  }
  OSSL_PARAM_free(params);
}

EVP_PKEY* make_key(const Components& key) {
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(
      OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  const std::array<std::pair<const char*, const BIGNUM*>, 8> numbers{{
      {OSSL_PKEY_PARAM_RSA_N, key.n.get()},
      {OSSL_PKEY_PARAM_RSA_E, key.e.get()},
      {OSSL_PKEY_PARAM_RSA_D, key.d.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR1, key.p.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, key.q.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT1, key.dp.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, key.dq.get()},
      {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key.qinv.get()},
  }};
  for (const auto& [name, number] : numbers) {
    must(OSSL_PARAM_BLD_push_BN(builder.get(), name, number), "OpenSSL takes an RSA number");
  }
  const std::unique_ptr<OSSL_PARAM, decltype(&wipe_and_free)> params(
      OSSL_PARAM_BLD_to_param(builder.get()), &wipe_and_free);
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  require(params != nullptr && context != nullptr, "OpenSSL has RSA");
  EVP_PKEY* made = nullptr;
  must(EVP_PKEY_fromdata_init(context.get()), "OpenSSL takes an RSA key");
  must(EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()),
       "OpenSSL takes an RSA key");
  return made;
}

const EVP_MD* digest_of(OaepHash hash) {
  // Fetched once and never freed, as those of algorithms.h.
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  const EVP_MD* digest = hash == OaepHash::kSha1 ? sha1 : sha256;
  require(digest != nullptr, "OpenSSL has SHA-1 and SHA-256");
  return digest;
}

// MGF1 (RFC 8017 B.2.1) of `seed`, XORed into `out`.
void mask(OaepHash hash, ByteView seed, ByteSpan out) {
  SecretBuffer input(seed.size() + 4);
  std::copy(seed.begin(), seed.end(), input.writable().begin());
  Secret<EVP_MAX_MD_SIZE> block;
  for (std::uint32_t counter = 0; !out.empty(); ++counter) {
    store_big_endian<4>(counter, input.writable().data() + seed.size());
    unsigned size = 0;
    must(EVP_Digest(input.bytes().data(), input.size(), block.writable().data(), &size,
                    digest_of(hash), nullptr),
         "a hash is made");
    const std::size_t part = std::min<std::size_t>(size, out.size());
    for (std::size_t i = 0; i < part; ++i) out[i] ^= block.bytes()[i];
    out = out.subspan(part);
  }
}

// EME-OAEP (RFC 8017 7.1.1): 00 || masked seed || masked data block.
SecretBuffer encode(OaepHash hash, ByteView message, ByteView seed, std::size_t size) {
  const std::size_t hash_size = oaep_seed_size(hash);
  SecretBuffer encoded(size);
  const ByteSpan seed_part = encoded.writable().subspan(1, hash_size);
  const ByteSpan block = encoded.writable().subspan(1 + hash_size);
  must(EVP_Digest(nullptr, 0, block.data(), nullptr, digest_of(hash), nullptr),
       "the empty label has a hash");
  block[block.size() - message.size() - 1] = 1;
  std::copy(message.begin(), message.end(), block.last(message.size()).begin());
  std::copy(seed.begin(), seed.end(), seed_part.begin());
  mask(hash, seed, block);
  mask(hash, block, seed_part);
  return encoded;
}

}  // namespace

void RsaKey::Free::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

RsaKey::RsaKey(std::uint32_t bits, const Key256& seed) : size_(bits / 8) {
  require(bits == 2048 || bits == 3072 || bits == 4096, "an RSA key has one of KMS's lengths");
  key_.reset(make_key(components(bits, seed)));
}

RsaKey::~RsaKey() = default;

std::vector<std::uint8_t> RsaKey::modulus() const {
  BIGNUM* raw = nullptr;
  must(EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_RSA_N, &raw), "an RSA key has a modulus");
  const Number number(raw);
  std::vector<std::uint8_t> bytes(size_);
  require(BN_bn2binpad(raw, bytes.data(), static_cast<int>(size_)) >= 0, "a modulus has its size");
  return bytes;
}

std::vector<std::uint8_t> RsaKey::public_key_der() const {
  unsigned char* raw = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &raw);
  require(size > 0, "a public key can be written");
  std::vector<std::uint8_t> der(raw, raw + size);
  OPENSSL_free(raw);
  return der;
}

std::size_t RsaKey::message_max(OaepHash hash) const {
  return size_ - 2 * oaep_seed_size(hash) - 2;
}

std::vector<std::uint8_t> RsaKey::encrypt(OaepHash hash, ByteView message, ByteView seed) const {
  require(message.size() <= message_max(hash) && seed.size() == oaep_seed_size(hash),
          "OAEP has room for the message, and a seed as long as its hash");
  const SecretBuffer encoded = encode(hash, message, seed, size_);
  const KeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  std::vector<std::uint8_t> ciphertext(size_);
  std::size_t written = ciphertext.size();
  require(context != nullptr && EVP_PKEY_encrypt_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
              EVP_PKEY_encrypt(context.get(), ciphertext.data(), &written, encoded.bytes().data(),
                               encoded.size()) == 1 &&
              written == size_,
          "RSA encrypts a number below its modulus");
  return ciphertext;
}

std::optional<SecretBuffer> RsaKey::decrypt(OaepHash hash, ByteView ciphertext) const {
  if (ciphertext.size() != size_) return std::nullopt;
  const KeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  require(context != nullptr && EVP_PKEY_decrypt_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), digest_of(hash)) == 1 &&
              EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), digest_of(hash)) == 1,
          "OpenSSL has OAEP");
  SecretBuffer plaintext(size_);
  std::size_t size = plaintext.size();
  if (EVP_PKEY_decrypt(context.get(), plaintext.writable().data(), &size, ciphertext.data(),
                       ciphertext.size()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  SecretBuffer message(size);
  std::copy_n(plaintext.bytes().begin(), size, message.writable().begin());
  return message;
}

}  // namespace tablekey::crypto
