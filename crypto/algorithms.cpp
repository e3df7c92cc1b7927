#include "crypto/algorithms.h"

#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

EVP_CIPHER* fetch_cipher(const char* name) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  require(cipher != nullptr, "OpenSSL has the AES-256 ciphers");
  return cipher;
}

EVP_MD* fetch_digest(const char* name) {
  EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);
  require(digest != nullptr, "OpenSSL has SHA-256");
  return digest;
}

}  // namespace

const Algorithms& algorithms() {
  // Never freed: a context in another static object may outlive any order of destruction we chose.
  static const Algorithms fetched{fetch_cipher("AES-256-GCM"), fetch_cipher("AES-256-ECB"),
                                  fetch_cipher("AES-256-CTR"), fetch_digest("SHA2-256")};
  return fetched;
}

CipherContext new_cipher_context(const EVP_CIPHER* cipher, Direction direction, const Key256& key) {
  CipherContext context(EVP_CIPHER_CTX_new());
  require(context != nullptr, "a cipher context can be allocated");
  require(EVP_CipherInit_ex2(context.get(), cipher, key.bytes().data(), nullptr,
                             static_cast<int>(direction), nullptr) == 1,
          "a cipher context takes its key");
  return context;
}

void rekey_cipher_context(const CipherContext& context, Direction direction, const Key256& key) {
  require(context != nullptr, "a moved-from context is not used");
  require(EVP_CipherInit_ex2(context.get(), nullptr, key.bytes().data(), nullptr,
                             static_cast<int>(direction), nullptr) == 1,
          "a cipher context takes another key");
}

DigestContext new_sha256_context() {
  DigestContext context(EVP_MD_CTX_new());
  require(context != nullptr, "a digest context can be allocated");
  require(EVP_DigestInit_ex2(context.get(), algorithms().sha256, nullptr) == 1,
          "a digest context starts");
  return context;
}

void FreeContext::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

void FreeContext::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

}  // namespace tablekey::crypto
