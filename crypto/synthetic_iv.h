#pragma once
// Initialisation vectors that are a function of what is sealed (log-format-notes 11, variant A).
//
// Why no (key, IV) pair comes with two different messages. Runs of one seed (forks, studies, an
// edited scenario) share data keys, so a counter that is unique in one run is not unique among all
// of them. Here the IV is the first 96 bits of
//
//   HMAC-SHA-256(K_iv, counter u64 || length of AAD u64 || AAD || plaintext),   big endian,
//
// with K_iv derived from the data key. The lengths make the encoding injective (the notes leave
// them out: then AAD "ab" with plaintext "c" and AAD "a" with plaintext "bc" would share an IV), so
// two seals under one key either are the same (counter, AAD, plaintext) and give the same
// ciphertext, which tells nobody anything, or are different inputs to a pseudo-random function:
// their IVs agree with probability 2^-96. With at most 2^32 seals under one key in all runs
// together there are fewer than 2^63 pairs, and the chance that any pair agrees is below 2^-33.
// derive() refuses the counter beyond that limit; who counts must advance before use and write the
// count into State.

#include <cstdint>

#include "crypto/bytes.h"
#include "crypto/gcm.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

// The most seals under one data key (SP 800-38D 8.3). The caller retires the key before.
inline constexpr std::uint64_t kSealsPerKeyMax = std::uint64_t{1} << 32;

// Derives the IVs of one data key. Not for use by two threads at once.
class SyntheticIv {
 public:
  explicit SyntheticIv(const Key256& data_key);
  void rekey(const Key256& data_key);

  // The IV with which exactly this message is sealed as number `counter`, below kSealsPerKeyMax.
  [[nodiscard]] Iv derive(std::uint64_t counter, ByteView aad, ByteView plaintext);

 private:
  HmacSha256 keyed_;
};

}  // namespace tablekey::crypto
