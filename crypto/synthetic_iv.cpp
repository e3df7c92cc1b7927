#include "crypto/synthetic_iv.h"

#include "crypto/kdf.h"
#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

// K_iv, a key of its own: the data key itself is used by AES only.
void take_iv_key(HmacSha256& keyed_with_data_key) {
  const Key256 iv_key = kbkdf_counter(keyed_with_data_key, bytes_of("tk.iv.v1"), {});
  keyed_with_data_key.rekey(iv_key);
}

}  // namespace

SyntheticIv::SyntheticIv(const Key256& data_key) : keyed_(data_key) { take_iv_key(keyed_); }

void SyntheticIv::rekey(const Key256& data_key) {
  keyed_.rekey(data_key);
  take_iv_key(keyed_);
}

Iv SyntheticIv::derive(std::uint64_t counter, ByteView aad, ByteView plaintext) {
  require(counter < kSealsPerKeyMax, "one data key seals at most 2^32 messages");
  std::array<std::uint8_t, 16> numbers;
  store_big_endian<8>(counter, numbers.data());
  store_big_endian<8>(aad.size(), numbers.data() + 8);
  const Digest digest = keyed_.mac({numbers, aad, plaintext});
  return Iv(std::span(digest).first<Iv::kSize>());
}

}  // namespace tablekey::crypto
