#include "crypto/hmac.h"

#include <algorithm>

#include "crypto/algorithms.h"
#include "crypto/hmac_parts.h"
#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

constexpr std::size_t kHashBlockSize = 64;

using namespace hmac_parts;

}  // namespace

HmacSha256::HmacSha256(const Key256& key) : HmacSha256(ByteView(key.bytes())) {}

HmacSha256::HmacSha256(ByteView key)
    : inner_(new_sha256_context()), outer_(new_sha256_context()), running_(new_sha256_context()) {
  rekey(key);
}

void HmacSha256::rekey(ByteView key) {
  require(running_ != nullptr, "a moved-from HMAC is not used");
  Secret<kHashBlockSize> block;
  const auto bytes = block.writable();
  if (key.size() <= kHashBlockSize) {
    std::copy(key.begin(), key.end(), bytes.begin());
  } else {
    start_with(running_, key);
    require(EVP_DigestFinal_ex(running_.get(), bytes.data(), nullptr) == 1,
            "HMAC hashes a long key");
  }
  exclusive_or(bytes, kInnerPad);
  start_with(inner_, bytes);
  exclusive_or(bytes, kInnerPad ^ kOuterPad);
  start_with(outer_, bytes);
  continue_from(running_, inner_);
}

// Copying a context allocates in OpenSSL 3.0, so each of the two starts is copied once a call. The
// inner one is copied at the end rather than at the start: the working context would otherwise keep
// its last digest, which may be a key.
void HmacSha256::mac_into(std::initializer_list<ByteView> parts, std::span<std::uint8_t, 32> out) {
  EVP_MD_CTX* running = running_.get();
  require(running != nullptr, "a moved-from HMAC is not used");
  for (const ByteView part : parts) {
    require(EVP_DigestUpdate(running, part.data(), part.size()) == 1, "HMAC takes bytes");
  }
  require(EVP_DigestFinal_ex(running, out.data(), nullptr) == 1, "HMAC finishes its inner hash");
  continue_from(running_, outer_);
  require(EVP_DigestUpdate(running, out.data(), out.size()) == 1 &&
              EVP_DigestFinal_ex(running, out.data(), nullptr) == 1,
          "HMAC finishes its outer hash");
  continue_from(running_, inner_);
}

Digest HmacSha256::mac(std::initializer_list<ByteView> parts) {
  Digest digest;
  mac_into(parts, digest);
  return digest;
}

bool HmacSha256::verify(std::initializer_list<ByteView> parts, const Digest& expected) {
  return equal(mac(parts), expected);
}

std::array<std::uint8_t, 8> key_check_value(const Key256& key) {
  const Digest digest = HmacSha256(key).mac(bytes_of("tk.kcv"));
  std::array<std::uint8_t, 8> value;
  std::copy_n(digest.begin(), value.size(), value.begin());
  return value;
}

}  // namespace tablekey::crypto
