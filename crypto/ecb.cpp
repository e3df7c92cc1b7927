#include "crypto/ecb.h"

#include "crypto/algorithms.h"
#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

void run_blocks(const CipherContext& context, ByteView in, ByteSpan out) {
  require(context != nullptr && in.size() == out.size() && in.size() % kAesBlockSize == 0 &&
              in.size() <= (std::size_t{1} << 30),
          "AES works on a live context and whole blocks");
  int written = 0;
  require(in.empty() || (EVP_CipherUpdate(context.get(), out.data(), &written, in.data(),
                                          static_cast<int>(in.size())) == 1 &&
                         written == static_cast<int>(out.size())),
          "a keyed AES context processes whole blocks at once");
}

// Without padding: the flag makes every later call to set the key or an IV slower, so that the
// other modes, which never pad, do not have it.
CipherContext new_block_context(Direction direction, const Key256& key) {
  CipherContext context = new_cipher_context(algorithms().aes_256_ecb, direction, key);
  require(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1, "AES blocks are not padded");
  return context;
}

}  // namespace

Aes256Encryptor::Aes256Encryptor(const Key256& key)
    : context_(new_block_context(Direction::kEncrypt, key)) {}

void Aes256Encryptor::rekey(const Key256& key) {
  rekey_cipher_context(context_, Direction::kEncrypt, key);
}

void Aes256Encryptor::blocks(ByteView in, ByteSpan out) { run_blocks(context_, in, out); }

Aes256Decryptor::Aes256Decryptor(const Key256& key)
    : context_(new_block_context(Direction::kDecrypt, key)) {}

void Aes256Decryptor::rekey(const Key256& key) {
  rekey_cipher_context(context_, Direction::kDecrypt, key);
}

void Aes256Decryptor::blocks(ByteView in, ByteSpan out) { run_blocks(context_, in, out); }

}  // namespace tablekey::crypto
