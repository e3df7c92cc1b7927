#pragma once
// ECDSA over P-384 with SHA-384 (FIPS 186-4), deterministic: the nonce is that of RFC 6979, so that
// a signature is a function of the key and the message and can be recorded and replayed. OpenSSL
// 3.0 signs with a random nonce only; here it lends its curve arithmetic and its numbers.
//
// A nonce that repeats with two messages gives the key away. RFC 6979 draws it from an HMAC-DRBG
// over (key, digest): the same nonce comes again only with the same digest, that is with the same
// signature.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "crypto/bytes.h"
#include "crypto/secret.h"
#include "crypto/sha512.h"

struct bignum_st;

namespace tablekey::crypto {

using P384Signature = std::array<std::uint8_t, 96>;  // r and then s, 48 bytes each, big endian.
using P384PublicKey = std::array<std::uint8_t, 49>;  // A compressed point (SEC 1 2.3.3).

class EcdsaP384Key {
 public:
  // The key that the secret determines.
  explicit EcdsaP384Key(const Key256& seed);
  // A given private number, big endian; nothing when it is not in [1, n - 1].
  [[nodiscard]] static std::optional<EcdsaP384Key> from_private(const Secret<48>& number);

  [[nodiscard]] P384PublicKey public_key() const { return public_key_; }
  // Signs a message that has this digest.
  [[nodiscard]] P384Signature sign(const Digest384& digest) const;

 private:
  struct Wipe {
    void operator()(bignum_st* number) const noexcept;
  };
  explicit EcdsaP384Key(std::unique_ptr<bignum_st, Wipe> number);

  std::unique_ptr<bignum_st, Wipe> private_;  // In OpenSSL's heap, wiped when it ends.
  P384PublicKey public_key_{};
};

// Whether the signature is one of the digest under the public key. False as well when the key is no
// point of the curve or the signature not of 96 bytes: hostile bytes are an answer, not a fault.
[[nodiscard]] bool verify_p384(ByteView public_key, const Digest384& digest, ByteView signature);

}  // namespace tablekey::crypto
