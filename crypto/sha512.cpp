#include "crypto/sha512.h"

#include <algorithm>

#include "crypto/algorithms.h"
#include "crypto/hmac_parts.h"
#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

constexpr std::size_t kSha512BlockSize = 128;  // Of both hashes.

using namespace hmac_parts;

template <std::size_t kSize>
const EVP_MD* hash() {
  static_assert(kSize == 48 || kSize == 64);
  // Fetched once and never freed, as those of algorithms.h.
  static const EVP_MD* const digest =
      EVP_MD_fetch(nullptr, kSize == 48 ? "SHA2-384" : "SHA2-512", nullptr);
  require(digest != nullptr, "OpenSSL has SHA-384 and SHA-512");
  return digest;
}

template <std::size_t kSize>
DigestContext new_context() {
  DigestContext context(EVP_MD_CTX_new());
  require(context != nullptr && EVP_DigestInit_ex2(context.get(), hash<kSize>(), nullptr) == 1,
          "a digest context starts");
  return context;
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> digest_of(ByteView bytes) {
  // One context a thread: making one costs more than hashing a name.
  thread_local const DigestContext context = new_context<kSize>();
  std::array<std::uint8_t, kSize> digest;
  require(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1 &&
              EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
              EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1,
          "a long hash is made");
  return digest;
}

}  // namespace

Digest384 sha384(ByteView bytes) { return digest_of<48>(bytes); }

Digest512 sha512(ByteView bytes) { return digest_of<64>(bytes); }

template <std::size_t kSize>
HmacLong<kSize>::HmacLong(ByteView key)
    : inner_(new_context<kSize>()), outer_(new_context<kSize>()), running_(new_context<kSize>()) {
  rekey(key);
}

template <std::size_t kSize>
void HmacLong<kSize>::rekey(ByteView key) {
  require(running_ != nullptr, "a moved-from HMAC is not used");
  Secret<kSha512BlockSize> block;
  const auto bytes = block.writable();
  if (key.size() <= kSha512BlockSize) {
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

template <std::size_t kSize>
void HmacLong<kSize>::mac_into(std::initializer_list<ByteView> parts,
                               std::span<std::uint8_t, kSize> out) {
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
  // At the end rather than at the start: the working context would otherwise keep its last digest.
  continue_from(running_, inner_);
}

template <std::size_t kSize>
typename HmacLong<kSize>::Mac HmacLong<kSize>::mac(std::initializer_list<ByteView> parts) {
  Mac made;
  mac_into(parts, made);
  return made;
}

template class HmacLong<48>;
template class HmacLong<64>;

void hkdf_sha512(ByteView input_key, ByteView salt, ByteView info, ByteSpan out) {
  require(out.size() <= kHkdfSha512OutputMax, "HKDF gives at most 255 blocks");
  Secret<64> block;
  HmacSha512 keyed(salt);
  keyed.mac_into({input_key}, block.writable());
  keyed.rekey(block.bytes());
  ByteView previous;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    keyed.mac_into({previous, info, {&counter, 1}}, block.writable());
    previous = block.bytes();
    const std::size_t part = std::min<std::size_t>(out.size(), previous.size());
    std::copy_n(previous.begin(), part, out.begin());
    out = out.subspan(part);
  }
}

Key256 hkdf_sha512_key(ByteView input_key, ByteView info) {
  Key256 derived;
  hkdf_sha512(input_key, {}, info, derived.writable());
  return derived;
}

}  // namespace tablekey::crypto
