#pragma once
// The algorithms of RFC 3394 and RFC 5649 over any block cipher with `blocks(in, out)`. Private to
// this room and its tests: the product wraps under 256-bit keys only (keywrap.h), while half of the
// published vectors have shorter ones, and this code should answer for all of them.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "crypto/bytes.h"
#include "crypto/keywrap.h"
#include "crypto/secret.h"

namespace tablekey::crypto::keywrap {

constexpr std::size_t kHalfBlock = 8;  // The standards' 64-bit "semiblock".
constexpr std::size_t kPasses = 6;     // RFC 3394 2.2.1.

using Half = std::array<std::uint8_t, kHalfBlock>;

// The initial value of RFC 3394 2.2.3.1, recovered by unwrapping: the integrity check.
constexpr Half kInitialValue = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};

// The first half of the initial value of RFC 5649 section 3; the second is the key's length.
constexpr std::array<std::uint8_t, 4> kPaddedInitialValue = {0xa6, 0x59, 0x59, 0xa6};

inline void add_step_number(std::uint8_t* half, std::uint64_t step) {
  store_big_endian<kHalfBlock>(load_big_endian<kHalfBlock>(half) ^ step, half);
}

// RFC 3394 2.2.1, in place: `wrapped` holds 8 free bytes and then the key, two halves or more.
template <typename Encryptor>
void wrap_in_place(Encryptor& cipher, const Half& initial_value, ByteSpan wrapped) {
  Secret<2 * kHalfBlock> block;
  std::uint8_t* a = block.writable().data();
  std::uint8_t* b = a + kHalfBlock;
  std::copy(initial_value.begin(), initial_value.end(), a);
  std::uint64_t step = 1;
  for (std::size_t pass = 0; pass < kPasses; ++pass) {
    for (std::size_t at = kHalfBlock; at < wrapped.size(); at += kHalfBlock, ++step) {
      std::copy_n(&wrapped[at], kHalfBlock, b);
      cipher.blocks(block.bytes(), block.writable());
      add_step_number(a, step);
      std::copy_n(b, kHalfBlock, &wrapped[at]);
    }
  }
  std::copy_n(a, kHalfBlock, wrapped.begin());
}

// RFC 3394 2.2.2: the key into `secret`, and the initial value that was found, for the caller to
// judge. Nothing branches on a byte of either.
template <typename Decryptor>
Half unwrap_unchecked(Decryptor& cipher, ByteView wrapped, ByteSpan secret) {
  Secret<2 * kHalfBlock> block;
  std::uint8_t* a = block.writable().data();
  std::uint8_t* b = a + kHalfBlock;
  std::copy_n(wrapped.begin(), kHalfBlock, a);
  std::copy(wrapped.begin() + kHalfBlock, wrapped.end(), secret.begin());
  std::uint64_t step = kPasses * (secret.size() / kHalfBlock);
  for (std::size_t pass = 0; pass < kPasses; ++pass) {
    for (std::size_t end = secret.size(); end != 0; end -= kHalfBlock, --step) {
      std::copy_n(&secret[end - kHalfBlock], kHalfBlock, b);
      add_step_number(a, step);
      cipher.blocks(block.bytes(), block.writable());
      std::copy_n(b, kHalfBlock, &secret[end - kHalfBlock]);
    }
  }
  Half found;
  std::copy_n(a, kHalfBlock, found.begin());
  return found;
}

template <typename Encryptor>
void wrap(Encryptor& cipher, ByteView secret, ByteSpan wrapped) {
  require(secret.size() % kHalfBlock == 0 && secret.size() >= 2 * kHalfBlock &&
              secret.size() <= kKeyWrapInputMax && wrapped.size() == secret.size() + kHalfBlock,
          "RFC 3394 wraps two to 512 halves, and its output is one half longer");
  std::copy(secret.begin(), secret.end(), wrapped.begin() + kHalfBlock);
  wrap_in_place(cipher, kInitialValue, wrapped);
}

// Lengths that no wrapping has are refused as a wrong check value is: the blob is not ours.
inline bool possible_length(ByteView wrapped, std::size_t halves_min) {
  return wrapped.size() % kHalfBlock == 0 && wrapped.size() >= halves_min * kHalfBlock &&
         wrapped.size() <= kKeyWrapInputMax + kHalfBlock;
}

inline void require_room(ByteView wrapped, ByteSpan secret) {
  require(wrapped.size() < kHalfBlock || secret.size() == wrapped.size() - kHalfBlock,
          "what is unwrapped is one half shorter");
}

template <typename Decryptor>
bool unwrap(Decryptor& cipher, ByteView wrapped, ByteSpan secret) {
  require_room(wrapped, secret);
  const bool valid = possible_length(wrapped, 3) &&
                     equal(unwrap_unchecked(cipher, wrapped, secret), kInitialValue);
  if (!valid) {
    cleanse(secret);
  }
  return valid;
}

template <typename Encryptor>
void wrap_padded(Encryptor& cipher, ByteView secret, ByteSpan wrapped) {
  require(!secret.empty() && secret.size() <= kKeyWrapInputMax &&
              wrapped.size() == KeyWrap::padded_size(secret.size()),
          "RFC 5649 wraps 1 to 4096 bytes, and its output has their padded size");
  Half initial_value;
  std::copy(kPaddedInitialValue.begin(), kPaddedInitialValue.end(), initial_value.begin());
  store_big_endian<4>(secret.size(), &initial_value[4]);
  const auto padding = std::copy(secret.begin(), secret.end(), wrapped.begin() + kHalfBlock);
  std::fill(padding, wrapped.end(), std::uint8_t{0});
  if (wrapped.size() == 2 * kHalfBlock) {  // One half is too short for the rounds: one block.
    std::copy(initial_value.begin(), initial_value.end(), wrapped.begin());
    cipher.blocks(wrapped, wrapped);
  } else {
    wrap_in_place(cipher, initial_value, wrapped);
  }
}

// The initial value and the padding of RFC 5649 section 3, all of them looked at whatever the first
// ones say, so that the time tells nothing about which one was wrong.
inline bool padding_holds(const Half& found, ByteView padded) {
  const std::uint64_t size = load_big_endian<4>(&found[4]);
  const ByteView last_half = padded.last(kHalfBlock);
  const std::uint64_t before = padded.size() - kHalfBlock;  // `size` lies in (before, before + 8].
  unsigned wrong = equal(ByteView(found).first(4), kPaddedInitialValue) ? 0 : 1;
  wrong |= static_cast<unsigned>(size <= before) | static_cast<unsigned>(size > padded.size());
  for (std::size_t i = 0; i < kHalfBlock; ++i) {
    const unsigned beyond_end = 0U - static_cast<unsigned>(before + i >= size);
    wrong |= beyond_end & last_half[i];
  }
  return wrong == 0;
}

template <typename Decryptor>
Half unwrap_padded_unchecked(Decryptor& cipher, ByteView wrapped, ByteSpan secret) {
  if (wrapped.size() != 2 * kHalfBlock) {
    return unwrap_unchecked(cipher, wrapped, secret);
  }
  Secret<2 * kHalfBlock> block;
  cipher.blocks(wrapped, block.writable());
  Half found;
  std::copy_n(block.bytes().begin(), kHalfBlock, found.begin());
  std::copy_n(block.bytes().begin() + kHalfBlock, kHalfBlock, secret.begin());
  return found;
}

template <typename Decryptor>
std::optional<std::size_t> unwrap_padded(Decryptor& cipher, ByteView wrapped, ByteSpan secret) {
  require_room(wrapped, secret);
  if (possible_length(wrapped, 2)) {
    const Half found = unwrap_padded_unchecked(cipher, wrapped, secret);
    if (padding_holds(found, secret)) {
      return load_big_endian<4>(&found[4]);
    }
  }
  cleanse(secret);
  return std::nullopt;
}

}  // namespace tablekey::crypto::keywrap
