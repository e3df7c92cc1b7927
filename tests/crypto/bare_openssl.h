#pragma once
// OpenSSL without our classes: what the tests compare them with, and what runs the published
// vectors for algorithms and key sizes that the product does not have. Every call makes its own
// context, and nothing here is fast.

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "crypto/bytes.h"
#include "tests/crypto/hex.h"

namespace tablekey::crypto::bare {

struct Free {
  void operator()(EVP_CIPHER* it) const { EVP_CIPHER_free(it); }
  void operator()(EVP_CIPHER_CTX* it) const { EVP_CIPHER_CTX_free(it); }
  void operator()(EVP_MAC* it) const { EVP_MAC_free(it); }
  void operator()(EVP_MAC_CTX* it) const { EVP_MAC_CTX_free(it); }
  void operator()(EVP_KDF* it) const { EVP_KDF_free(it); }
  void operator()(EVP_KDF_CTX* it) const { EVP_KDF_CTX_free(it); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

inline void must(int result) {
  if (result != 1) {
    throw std::runtime_error("OpenSSL refused");
  }
}

inline int size_of(ByteView bytes) { return static_cast<int>(bytes.size()); }

// A null pointer means "absent" to OpenSSL; an empty value has an address all the same.
inline constexpr std::uint8_t kNothing = 0;

inline OSSL_PARAM octets(const char* name, ByteView bytes) {
  return OSSL_PARAM_construct_octet_string(
      name, const_cast<std::uint8_t*>(bytes.empty() ? &kNothing : bytes.data()), bytes.size());
}

inline OSSL_PARAM text(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}

// "AES-128-GCM" and so on, by the size of the key in bytes.
inline std::string aes_name(std::size_t key_size, const char* mode) {
  return "AES-" + std::to_string(8 * key_size) + "-" + mode;
}

// A keyed context of a cipher, made anew; throws when there is none of that key size.
inline Owned<EVP_CIPHER_CTX> context(ByteView key, const char* mode, bool encrypt) {
  const Owned<EVP_CIPHER> cipher(
      EVP_CIPHER_fetch(nullptr, aes_name(key.size(), mode).c_str(), nullptr));
  Owned<EVP_CIPHER_CTX> made(EVP_CIPHER_CTX_new());
  must(cipher != nullptr);
  must(EVP_CipherInit_ex2(made.get(), cipher.get(), key.data(), nullptr, encrypt ? 1 : 0, nullptr));
  EVP_CIPHER_CTX_set_padding(made.get(), 0);
  return made;
}

inline void set_iv(EVP_CIPHER_CTX* gcm, ByteView iv) {
  must(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_IVLEN, size_of(iv), nullptr));
  must(EVP_CipherInit_ex2(gcm, nullptr, nullptr, iv.data(), -1, nullptr));
}

// AES-GCM with any key size and any IV that OpenSSL takes: the ciphertext and then the tag.
inline Bytes gcm_seal(ByteView key, ByteView iv, ByteView aad, ByteView plaintext) {
  const auto gcm = context(key, "GCM", true);
  set_iv(gcm.get(), iv);
  Bytes out(plaintext.size() + 16);
  int written = 0;
  if (!aad.empty()) {
    must(EVP_CipherUpdate(gcm.get(), nullptr, &written, aad.data(), size_of(aad)));
  }
  if (!plaintext.empty()) {
    must(EVP_CipherUpdate(gcm.get(), out.data(), &written, plaintext.data(), size_of(plaintext)));
  }
  must(EVP_CipherFinal_ex(gcm.get(), out.data(), &written));
  must(EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_GET_TAG, 16, &out[plaintext.size()]));
  return out;
}

inline std::optional<Bytes> gcm_open(ByteView key, ByteView iv, ByteView aad, ByteView ciphertext,
                                     ByteView tag) {
  const auto gcm = context(key, "GCM", false);
  set_iv(gcm.get(), iv);
  Bytes out(ciphertext.size() + 16);
  int written = 0;
  must(EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_SET_TAG, size_of(tag),
                           const_cast<std::uint8_t*>(tag.data())));
  if (!aad.empty()) {
    must(EVP_CipherUpdate(gcm.get(), nullptr, &written, aad.data(), size_of(aad)));
  }
  if (!ciphertext.empty()) {
    must(EVP_CipherUpdate(gcm.get(), out.data(), &written, ciphertext.data(), size_of(ciphertext)));
  }
  if (EVP_CipherFinal_ex(gcm.get(), out.data() + ciphertext.size(), &written) != 1) {
    return std::nullopt;
  }
  out.resize(ciphertext.size());
  return out;
}

// AES of single blocks under a key of any size, in the form that keywrap_rounds.h takes.
class BlockCipher {
 public:
  BlockCipher(ByteView key, bool encrypt) : context_(context(key, "ECB", encrypt)) {}
  void blocks(ByteView in, ByteSpan out) {
    int written = 0;
    must(EVP_CipherUpdate(context_.get(), out.data(), &written, in.data(), size_of(in)));
  }

 private:
  Owned<EVP_CIPHER_CTX> context_;
};

// A MAC; nothing when OpenSSL does not take the key.
inline std::optional<Bytes> mac(const char* algorithm, const OSSL_PARAM& choice, ByteView key,
                                ByteView message) {
  const Owned<EVP_MAC> fetched(EVP_MAC_fetch(nullptr, algorithm, nullptr));
  const Owned<EVP_MAC_CTX> mac_context(EVP_MAC_CTX_new(fetched.get()));
  const OSSL_PARAM params[] = {choice, OSSL_PARAM_END};
  const std::uint8_t* bytes = key.empty() ? &kNothing : key.data();
  if (EVP_MAC_init(mac_context.get(), bytes, key.size(), params) != 1) {
    return std::nullopt;
  }
  Bytes out(EVP_MAX_MD_SIZE);
  std::size_t size = 0;
  must(EVP_MAC_update(mac_context.get(), message.data(), message.size()));
  must(EVP_MAC_final(mac_context.get(), out.data(), &size, out.size()));
  out.resize(size);
  return out;
}

inline Bytes hmac(const char* digest, ByteView key, ByteView message) {
  return mac("HMAC", text("digest", digest), key, message).value();
}

inline Bytes derive(const char* algorithm, const OSSL_PARAM* params, std::size_t size) {
  const Owned<EVP_KDF> fetched(EVP_KDF_fetch(nullptr, algorithm, nullptr));
  const Owned<EVP_KDF_CTX> kdf(EVP_KDF_CTX_new(fetched.get()));
  Bytes out(size);
  must(EVP_KDF_derive(kdf.get(), out.data(), out.size(), params));
  return out;
}

// SP 800-108 in counter mode. `assembled` leaves the separator and the length out, so that label
// and context are the fixed input data as it is.
inline Bytes kbkdf(const char* digest, ByteView key, ByteView label, ByteView context,
                   std::size_t size, bool assembled = false) {
  int with = assembled ? 0 : 1;
  const OSSL_PARAM params[] = {text(OSSL_KDF_PARAM_MODE, "counter"),
                               text(OSSL_KDF_PARAM_MAC, "HMAC"),
                               text(OSSL_KDF_PARAM_DIGEST, digest),
                               octets(OSSL_KDF_PARAM_KEY, key),
                               octets(OSSL_KDF_PARAM_SALT, label),
                               octets(OSSL_KDF_PARAM_INFO, context),
                               OSSL_PARAM_construct_int(OSSL_KDF_PARAM_KBKDF_USE_L, &with),
                               OSSL_PARAM_construct_int(OSSL_KDF_PARAM_KBKDF_USE_SEPARATOR, &with),
                               OSSL_PARAM_END};
  return derive("KBKDF", params, size);
}

inline Bytes hkdf(ByteView key, ByteView salt, ByteView info, std::size_t size) {
  const OSSL_PARAM params[] = {text(OSSL_KDF_PARAM_DIGEST, "SHA256"),
                               octets(OSSL_KDF_PARAM_KEY, key), octets(OSSL_KDF_PARAM_SALT, salt),
                               octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_END};
  return derive("HKDF", params, size);
}

}  // namespace tablekey::crypto::bare
