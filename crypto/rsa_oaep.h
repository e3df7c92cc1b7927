#pragma once
// RSA-OAEP (RFC 8017) as AWS KMS has it for imported key material: key pairs that a seed
// determines, encryption by whoever has the public half, decryption by OpenSSL. The encoding is
// ours, because its 'random' seed must be a drawn one; the decoding is OpenSSL's own, so that the
// two check each other.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/secret.h"

struct evp_pkey_st;

namespace tablekey::crypto {

// The hash of OAEP and of its mask generation MGF1, which KMS takes to be the same.
enum class OaepHash : std::uint8_t { kSha1, kSha256 };

// An RSA key pair with the public exponent 65537.
class RsaKey {
 public:
  // The pair of `bits` (2048, 3072 or 4096) that the secret determines: nothing of it depends on
  // OpenSSL's own randomness, nor on how OpenSSL looks for primes, only on which numbers are prime.
  // Takes about a second.
  RsaKey(std::uint32_t bits, const Key256& seed);
  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  // The length of a ciphertext, in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // The modulus, big endian, size() bytes. The public exponent is 65537.
  [[nodiscard]] std::vector<std::uint8_t> modulus() const;
  // The public half as a DER SubjectPublicKeyInfo, as GetParametersForImport returns it.
  [[nodiscard]] std::vector<std::uint8_t> public_key_der() const;

  // The longest message that OAEP carries under this key.
  [[nodiscard]] std::size_t message_max(OaepHash hash) const;

  // OAEP with an empty label under the public half. `seed` is the encoding's: of 20 bytes with
  // SHA-1, of 32 with SHA-256, and never used twice.
  [[nodiscard]] std::vector<std::uint8_t> encrypt(OaepHash hash, ByteView message,
                                                  ByteView seed) const;
  // The message; nothing when the ciphertext is not one under this key and hash.
  [[nodiscard]] std::optional<SecretBuffer> decrypt(OaepHash hash, ByteView ciphertext) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;  // Wipes the private half.
  };
  std::unique_ptr<evp_pkey_st, Free> key_;
  std::size_t size_;
};

// The length of the seed that encrypt wants.
[[nodiscard]] constexpr std::size_t oaep_seed_size(OaepHash hash) {
  return hash == OaepHash::kSha1 ? 20 : 32;
}

}  // namespace tablekey::crypto
