#include "crypto/ctr.h"

#include "crypto/algorithms.h"
#include "crypto/law.h"

namespace tablekey::crypto {

Aes256Ctr::Aes256Ctr(const Key256& key)
    : context_(new_cipher_context(algorithms().aes_256_ctr, Direction::kEncrypt, key)) {}

void Aes256Ctr::rekey(const Key256& key) {
  rekey_cipher_context(context_, Direction::kEncrypt, key);
}

void Aes256Ctr::apply(const CounterBlock& first, ByteView in, ByteSpan out) {
  require(context_ != nullptr && in.size() == out.size() && in.size() <= 0x7fffffff,
          "counter mode works on a live context, and its output is as long as its input");
  if (in.empty()) {
    return;
  }
  int written = 0;
  require(EVP_EncryptInit_ex2(context_.get(), nullptr, nullptr, first.bytes.data(), nullptr) == 1 &&
              EVP_EncryptUpdate(context_.get(), out.data(), &written, in.data(),
                                static_cast<int>(in.size())) == 1 &&
              written == static_cast<int>(out.size()),
          "a keyed counter-mode context encrypts");
}

}  // namespace tablekey::crypto
