#include "crypto/gcm.h"

#include <openssl/core_names.h>

#include "crypto/algorithms.h"

namespace tablekey::crypto {
namespace {

int length(ByteView bytes) { return static_cast<int>(bytes.size()); }

// One comparison of everything that could be wrong, since open is the hottest call there is.
void check(const CipherContext& context, ByteView aad, ByteView in, ByteSpan out) {
  require(context != nullptr && aad.size() <= kGcmMessageMax && in.size() <= kGcmMessageMax &&
              in.size() == out.size(),
          "GCM works on a live context, and its output is as long as its input");
}

// OpenSSL takes a null pointer for "finish", also with a length of zero, so an empty part is left
// out instead.
bool update(EVP_CIPHER_CTX* context, ByteView in, std::uint8_t* out) {
  int written = 0;
  return in.empty() || EVP_CipherUpdate(context, out, &written, in.data(), length(in)) == 1;
}

// Room for a final call to write to; GCM never does.
bool finish(EVP_CIPHER_CTX* context) {
  std::uint8_t nothing[16];
  int written = 0;
  return EVP_CipherFinal_ex(context, nothing, &written) == 1;
}

}  // namespace

Aes256Gcm::Aes256Gcm(const Key256& key)
    : context_(new_cipher_context(algorithms().aes_256_gcm, Direction::kEncrypt, key)) {}

void Aes256Gcm::rekey(const Key256& key) {
  rekey_cipher_context(context_, Direction::kEncrypt, key);
}

void Aes256Gcm::seal(const Iv& iv, ByteView aad, ByteView plaintext, ByteSpan ciphertext,
                     Tag& tag) {
  check(context_, aad, plaintext, ciphertext);
  EVP_CIPHER_CTX* context = context_.get();
  const bool sealed =
      EVP_EncryptInit_ex2(context, nullptr, nullptr, iv.bytes.data(), nullptr) == 1 &&
      update(context, aad, nullptr) && update(context, plaintext, ciphertext.data()) &&
      finish(context) &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(Tag::kSize),
                          tag.bytes.data()) == 1;
  require(sealed, "a keyed GCM context seals");
}

bool Aes256Gcm::open(const Iv& iv, ByteView aad, ByteView ciphertext, const Tag& tag,
                     ByteSpan plaintext) {
  check(context_, aad, ciphertext, plaintext);
  EVP_CIPHER_CTX* context = context_.get();
  // The IV and the tag go in with one call: neither can be forgotten, and it saves a lookup.
  const OSSL_PARAM parameters[] = {
      {OSSL_CIPHER_PARAM_AEAD_TAG, OSSL_PARAM_OCTET_STRING,
       const_cast<std::uint8_t*>(tag.bytes.data()), Tag::kSize, OSSL_PARAM_UNMODIFIED},
      OSSL_PARAM_END};
  const bool opened =
      EVP_DecryptInit_ex2(context, nullptr, nullptr, iv.bytes.data(), parameters) == 1 &&
      update(context, aad, nullptr) && update(context, ciphertext, plaintext.data()) &&
      finish(context);
  if (!opened) [[unlikely]] {
    cleanse(plaintext);
  }
  return opened;
}

}  // namespace tablekey::crypto
