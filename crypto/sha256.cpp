#include "crypto/sha256.h"

#include "crypto/algorithms.h"
#include "crypto/law.h"

namespace tablekey::crypto {

Digest sha256(ByteView bytes) {
  // One context a thread: making one costs more than hashing a name.
  thread_local Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::uint64_t name_hash(std::string_view name) {
  return load_big_endian<8>(sha256(bytes_of(name)).data());
}

Sha256::Sha256() : context_(new_sha256_context()) {}

void Sha256::update(ByteView bytes) {
  require(context_ != nullptr && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1,
          "SHA-256 takes bytes");
}

Digest Sha256::finish() {
  Digest digest;
  require(context_ != nullptr && EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1 &&
              EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1,
          "SHA-256 finishes and starts over");
  return digest;
}

}  // namespace tablekey::crypto
