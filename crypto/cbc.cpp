#include "crypto/cbc.h"

#include <openssl/err.h>

#include "crypto/algorithms.h"
#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

const EVP_CIPHER* aes_256_cbc() {
  // Fetched once and never freed, as those of algorithms.h.
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  require(cipher != nullptr, "OpenSSL has AES-256-CBC");
  return cipher;
}

void start(const CipherContext& context, const CbcIv& iv) {
  require(context != nullptr && EVP_CipherInit_ex2(context.get(), nullptr, nullptr, iv.bytes.data(),
                                                   -1, nullptr) == 1,
          "a keyed CBC context takes an IV");
}

}  // namespace

Aes256Cbc::Aes256Cbc(const Key256& key)
    : encryptor_(new_cipher_context(aes_256_cbc(), Direction::kEncrypt, key)),
      decryptor_(new_cipher_context(aes_256_cbc(), Direction::kDecrypt, key)) {}

void Aes256Cbc::rekey(const Key256& key) {
  rekey_cipher_context(encryptor_, Direction::kEncrypt, key);
  rekey_cipher_context(decryptor_, Direction::kDecrypt, key);
}

void Aes256Cbc::encrypt(const CbcIv& iv, ByteView plaintext, ByteSpan ciphertext) {
  require(plaintext.size() <= kCbcMessageMax && ciphertext.size() == padded_size(plaintext.size()),
          "a CBC ciphertext has room for its message and the padding");
  start(encryptor_, iv);
  int written = 0;
  require(plaintext.empty() ||
              EVP_EncryptUpdate(encryptor_.get(), ciphertext.data(), &written, plaintext.data(),
                                static_cast<int>(plaintext.size())) == 1,
          "a keyed CBC context encrypts");
  int rest = 0;
  require(EVP_EncryptFinal_ex(encryptor_.get(), ciphertext.data() + written, &rest) == 1 &&
              static_cast<std::size_t>(written + rest) == ciphertext.size(),
          "a CBC message is padded to whole blocks");
}

std::optional<SecretBuffer> Aes256Cbc::decrypt(const CbcIv& iv, ByteView ciphertext) {
  if (ciphertext.empty() || ciphertext.size() % 16 != 0 || ciphertext.size() > kCbcMessageMax) {
    return std::nullopt;
  }
  start(decryptor_, iv);
  // OpenSSL may write as many bytes as it reads, and cuts the padding only at the end.
  SecretBuffer padded(ciphertext.size() + 16);
  int written = 0;
  int rest = 0;
  require(EVP_DecryptUpdate(decryptor_.get(), padded.writable().data(), &written, ciphertext.data(),
                            static_cast<int>(ciphertext.size())) == 1,
          "a keyed CBC context decrypts");
  if (EVP_DecryptFinal_ex(decryptor_.get(), padded.writable().data() + written, &rest) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  SecretBuffer plaintext(static_cast<std::size_t>(written + rest));
  std::copy_n(padded.bytes().begin(), plaintext.size(), plaintext.writable().begin());
  return plaintext;
}

}  // namespace tablekey::crypto
