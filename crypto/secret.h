#pragma once
// Types that hold key bytes. They live in the secret arena, are wiped when they end, are never
// copied without being asked, print nowhere and compare in constant time only. Key bytes outside
// these types and outside a keyed context of this room are a bug.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>

#include "crypto/bytes.h"
#include "crypto/harden.h"  // harden_process, the other half of what keeps a secret one.
#include "crypto/law.h"
#include "crypto/secret_arena.h"

namespace tablekey::crypto {

// Overwrites bytes with zeros in a way no compiler removes.
void cleanse(ByteSpan bytes) noexcept;

// Equality whose time depends on the lengths alone. Different lengths are unequal.
[[nodiscard]] bool equal(ByteView a, ByteView b) noexcept;

// `size` secret bytes chosen at run time, zero at first, never grown. For item plaintext and
// messages; a key has its own size in its type and uses Secret.
class SecretBuffer {
 public:
  explicit SecretBuffer(std::size_t size) : piece_(take_secret_piece(size)), size_(size) {}
  ~SecretBuffer() { release(); }
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  SecretBuffer(SecretBuffer&& other) noexcept : piece_(other.piece_), size_(other.size_) {
    other.piece_ = nullptr;
    other.size_ = 0;
  }
  SecretBuffer& operator=(SecretBuffer&& other) noexcept {
    if (this != &other) {
      release();
      piece_ = other.piece_;
      size_ = other.size_;
      other.piece_ = nullptr;
      other.size_ = 0;
    }
    return *this;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }  // 0 once moved from.
  [[nodiscard]] ByteView bytes() const noexcept { return {piece_, size_}; }
  [[nodiscard]] ByteSpan writable() noexcept { return {piece_, size_}; }

 private:
  void release() noexcept {
    if (piece_ != nullptr) {
      give_back_secret_piece(piece_, size_);
    }
  }

  std::uint8_t* piece_;
  std::size_t size_;
};

// Exactly N secret bytes, zero at first. Moving hands the bytes over and leaves nothing behind;
// a moved-from secret may only be assigned to or destroyed, anything else is a broken law.
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t kSize = N;

  Secret() : buffer_(N) {}
  // Copies bytes that are someone else's to wipe.
  explicit Secret(std::span<const std::uint8_t, N> source) : Secret() {
    std::copy(source.begin(), source.end(), buffer_.writable().begin());
  }
  // Takes bytes over: the source is zero afterwards.
  [[nodiscard]] static Secret take(std::span<std::uint8_t, N> source) {
    Secret taken{std::span<const std::uint8_t, N>(source)};
    cleanse(source);
    return taken;
  }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret() = default;

  // The only way to a second copy, so that every one of them can be found by name.
  [[nodiscard]] Secret clone() const { return Secret(bytes()); }

  [[nodiscard]] std::span<const std::uint8_t, N> bytes() const {
    require(buffer_.size() == N, "a moved-from secret is not read");
    return std::span<const std::uint8_t, N>(buffer_.bytes());
  }
  [[nodiscard]] std::span<std::uint8_t, N> writable() {
    require(buffer_.size() == N, "a moved-from secret is not written");
    return std::span<std::uint8_t, N>(buffer_.writable());
  }
  void wipe() { cleanse(writable()); }

 private:
  SecretBuffer buffer_;
};

using Key256 = Secret<32>;

template <std::size_t N>
[[nodiscard]] bool equal(const Secret<N>& a, const Secret<N>& b) {
  return equal(a.bytes(), b.bytes());
}

// Neither comparable in variable time nor printable, not even by accident.
template <std::size_t N>
bool operator==(const Secret<N>&, const Secret<N>&) = delete;
template <std::size_t N>
std::ostream& operator<<(std::ostream&, const Secret<N>&) = delete;
std::ostream& operator<<(std::ostream&, const SecretBuffer&) = delete;

}  // namespace tablekey::crypto
