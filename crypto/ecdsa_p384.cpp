#include "crypto/ecdsa_p384.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include <algorithm>

#include "crypto/kdf.h"
#include "crypto/law.h"
#include "crypto/numbers.h"

namespace tablekey::crypto {
namespace {

constexpr std::size_t kScalarSize = 48;
constexpr std::string_view kPrivateLabel = "tablekey/p384/private/v1";

struct FreePoint {
  void operator()(EC_POINT* point) const noexcept { EC_POINT_clear_free(point); }
};
using Point = std::unique_ptr<EC_POINT, FreePoint>;

// The curve and its order, made once and never freed, as the algorithms of algorithms.h are.
const EC_GROUP* curve() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_secp384r1);
  require(group != nullptr, "OpenSSL has P-384");
  return group;
}

const BIGNUM* order() { return EC_GROUP_get0_order(curve()); }

void must(int result) { require(result == 1, "the numbers of P-384 can be worked with"); }

Number new_secret_number() {
  Number number(BN_new());
  require(number != nullptr, "a number can be allocated");
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

Number number_of(ByteView bytes) {
  Number number = new_secret_number();
  require(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()) != nullptr,
          "bytes are a number");
  return number;
}

void write(const BIGNUM* number, ByteSpan out) {
  require(BN_bn2binpad(number, out.data(), static_cast<int>(out.size())) >= 0,
          "a number of P-384 has 48 bytes");
}

NumberContext new_number_context() {
  NumberContext context(BN_CTX_new());
  require(context != nullptr, "a context of numbers can be allocated");
  return context;
}

Point new_point() {
  Point point(EC_POINT_new(curve()));
  require(point != nullptr, "a point can be allocated");
  return point;
}

bool is_scalar(const BIGNUM* number) {
  return !BN_is_zero(number) && !BN_is_negative(number) && BN_cmp(number, order()) < 0;
}

// The x coordinate of number * G, modulo the order.
Number x_of_multiple(const BIGNUM* number, BN_CTX* context) {
  const Point point = new_point();
  must(EC_POINT_mul(curve(), point.get(), number, nullptr, nullptr, context));
  Number x = new_secret_number();
  must(EC_POINT_get_affine_coordinates(curve(), point.get(), x.get(), nullptr, context));
  must(BN_nnmod(x.get(), x.get(), order(), context));
  return x;
}

// The nonces of RFC 6979 3.2 for P-384 and SHA-384, where digest, order and hash have 48 bytes.
class Nonces {
 public:
  Nonces(const BIGNUM* private_number, const BIGNUM* message) : keyed_(ByteView(key_.bytes())) {
    Secret<kScalarSize> secret;
    write(private_number, secret.writable());
    std::array<std::uint8_t, kScalarSize> reduced;
    write(message, reduced);
    std::fill_n(value_.writable().begin(), kScalarSize, std::uint8_t{1});
    stir(0, secret.bytes(), reduced);
    stir(1, secret.bytes(), reduced);
  }

  // The next candidate in [1, n - 1].
  Number next() {
    for (;;) {
      step();
      Number candidate = number_of(value_.bytes());
      if (is_scalar(candidate.get())) return candidate;
      reject();
    }
  }
  // After a candidate that gave no signature.
  void reject() { stir(0, {}, {}); }

 private:
  void step() { keyed_.mac_into({value_.bytes()}, value_.writable()); }
  void stir(std::uint8_t mark, ByteView secret, ByteView message) {
    keyed_.mac_into({value_.bytes(), {&mark, 1}, secret, message}, key_.writable());
    keyed_.rekey(key_.bytes());
    step();
  }

  Secret<kScalarSize> key_;
  Secret<kScalarSize> value_;
  HmacSha384 keyed_;
};

Number reduced(const Digest384& digest, BN_CTX* context) {
  Number number = number_of(digest);
  must(BN_nnmod(number.get(), number.get(), order(), context));
  return number;
}

// s = (message + r * d) / k; the inverse by Fermat, whose time does not depend on k.
Number second_half(const BIGNUM* nonce, const BIGNUM* message, const BIGNUM* r, const BIGNUM* d,
                   BN_CTX* context) {
  Number exponent = new_secret_number();
  must(BN_copy(exponent.get(), order()) != nullptr ? 1 : 0);
  must(BN_sub_word(exponent.get(), 2));
  Number inverse = new_secret_number();
  must(BN_mod_exp_mont_consttime(inverse.get(), nonce, exponent.get(), order(), context, nullptr));
  Number s = new_secret_number();
  must(BN_mod_mul(s.get(), r, d, order(), context));
  must(BN_mod_add(s.get(), s.get(), message, order(), context));
  must(BN_mod_mul(s.get(), s.get(), inverse.get(), order(), context));
  return s;
}

}  // namespace

void EcdsaP384Key::Wipe::operator()(bignum_st* number) const noexcept { BN_clear_free(number); }

EcdsaP384Key::EcdsaP384Key(std::unique_ptr<bignum_st, Wipe> number) : private_(std::move(number)) {
  const NumberContext context = new_number_context();
  const Point point = new_point();
  must(EC_POINT_mul(curve(), point.get(), private_.get(), nullptr, nullptr, context.get()));
  require(EC_POINT_point2oct(curve(), point.get(), POINT_CONVERSION_COMPRESSED, public_key_.data(),
                             public_key_.size(), context.get()) == public_key_.size(),
          "a compressed point of P-384 has 49 bytes");
}

// FIPS 186-4 B.4.1: 64 bits more than the order has, reduced modulo n - 1, plus 1.
EcdsaP384Key::EcdsaP384Key(const Key256& seed)
    : EcdsaP384Key([&seed] {
        SecretBuffer drawn(kScalarSize + 8);
        kbkdf_counter(seed, bytes_of(kPrivateLabel), {}, drawn.writable());
        const NumberContext context = new_number_context();
        Number number = number_of(drawn.bytes());
        Number bound = new_secret_number();
        must(BN_sub(bound.get(), order(), BN_value_one()));
        must(BN_nnmod(number.get(), number.get(), bound.get(), context.get()));
        must(BN_add_word(number.get(), 1));
        return std::unique_ptr<bignum_st, Wipe>(number.release());
      }()) {}

std::optional<EcdsaP384Key> EcdsaP384Key::from_private(const Secret<48>& number) {
  Number given = number_of(number.bytes());
  if (!is_scalar(given.get())) return std::nullopt;
  return EcdsaP384Key(std::unique_ptr<bignum_st, Wipe>(given.release()));
}

P384Signature EcdsaP384Key::sign(const Digest384& digest) const {
  require(private_ != nullptr, "a moved-from key does not sign");
  const NumberContext context = new_number_context();
  const Number message = reduced(digest, context.get());
  Nonces nonces(private_.get(), message.get());
  for (;; nonces.reject()) {
    const Number nonce = nonces.next();
    const Number r = x_of_multiple(nonce.get(), context.get());
    const Number s =
        second_half(nonce.get(), message.get(), r.get(), private_.get(), context.get());
    // Either is zero with a probability of 2^-384; the standard says what to do then.
    if (BN_is_zero(r.get()) || BN_is_zero(s.get())) continue;
    P384Signature signature;
    write(r.get(), ByteSpan(signature).first(kScalarSize));
    write(s.get(), ByteSpan(signature).last(kScalarSize));
    return signature;
  }
}

bool verify_p384(ByteView public_key, const Digest384& digest, ByteView signature) {
  if (public_key.size() != std::tuple_size_v<P384PublicKey> ||
      signature.size() != 2 * kScalarSize) {
    return false;
  }
  const NumberContext context = new_number_context();
  const Point key = new_point();
  if (EC_POINT_oct2point(curve(), key.get(), public_key.data(), public_key.size(), context.get()) !=
      1) {
    ERR_clear_error();
    return false;
  }
  const Number r = number_of(signature.first(kScalarSize));
  const Number s = number_of(signature.last(kScalarSize));
  if (!is_scalar(r.get()) || !is_scalar(s.get())) return false;
  Number inverse = new_secret_number();
  require(BN_mod_inverse(inverse.get(), s.get(), order(), context.get()) != nullptr,
          "a number below a prime order has an inverse");
  Number u1 = reduced(digest, context.get());
  Number u2 = new_secret_number();
  must(BN_mod_mul(u1.get(), u1.get(), inverse.get(), order(), context.get()));
  must(BN_mod_mul(u2.get(), r.get(), inverse.get(), order(), context.get()));
  const Point sum = new_point();
  must(EC_POINT_mul(curve(), sum.get(), u1.get(), key.get(), u2.get(), context.get()));
  if (EC_POINT_is_at_infinity(curve(), sum.get()) == 1) return false;
  Number x = new_secret_number();
  must(EC_POINT_get_affine_coordinates(curve(), sum.get(), x.get(), nullptr, context.get()));
  must(BN_nnmod(x.get(), x.get(), order(), context.get()));
  return BN_cmp(x.get(), r.get()) == 0;
}

}  // namespace tablekey::crypto
