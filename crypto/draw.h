#pragma once
// Key material and other unguessable values from the seed (log-format-notes 11). There is no
// generator with state: a draw is a function of (seed, purpose, entity, ordinal), so that a new
// entity or a new draw shifts no other value, and State holds nothing but ordinals.
//
//   root       = HMAC-SHA-256(seed as u64, "tk.root.v1")
//   stream key = KBKDF-counter(root, label = purpose, context = entity)
//   draw(i)    = AES-256(stream key, i u64 || half u32 || kind u32) for half = 0, 1      big endian
//
// The kind is 0 for a secret and 1 for a public value: what is printed under an ordinal never is
// the key drawn under the same one. Workload choices have a root of their own, a MAC of another
// text, from which no key root can be found.

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/ecb.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace tablekey::crypto {

class DrawRoot;

// The values of one (purpose, entity). Not for use by two threads at once.
class DrawStream {
 public:
  // 32 bytes that may be seen: nonces, ids, tokens.
  [[nodiscard]] std::array<std::uint8_t, 32> public_bytes(std::uint64_t ordinal) const;
  // A key.
  void secret(std::uint64_t ordinal, Key256& out) const;

 private:
  friend class DrawRoot;
  explicit DrawStream(const Key256& stream_key) : cipher_(stream_key) {}

  mutable Aes256Encryptor cipher_;  // Its context holds no state between calls.
};

// The root of all draws of a run. Not for use by two threads at once.
class DrawRoot {
 public:
  explicit DrawRoot(std::uint64_t seed);

  // The stream of a purpose ("backing-key") and an entity ("key:1234abcd-..."). A purpose is not
  // empty and has no zero byte.
  [[nodiscard]] DrawStream stream(std::string_view purpose, std::string_view entity) const;
  // The same in a stream that already exists: re-keyed, nothing allocated by us.
  void retarget(DrawStream& stream, std::string_view purpose, std::string_view entity) const;

  // The root of sim::Random: workload choices, latencies, arrivals. Not secret.
  [[nodiscard]] std::uint64_t choice_root() const { return choice_root_; }

 private:
  [[nodiscard]] Key256 stream_key(std::string_view purpose, std::string_view entity) const;

  mutable HmacSha256 root_;  // Its contexts hold no state between calls.
  std::uint64_t choice_root_;
};

}  // namespace tablekey::crypto
