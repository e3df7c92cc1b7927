#include "crypto/kdf.h"

#include <algorithm>

#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

using Word = std::array<std::uint8_t, 4>;

Word word(std::uint64_t number) {
  Word bytes;
  store_big_endian<4>(number, bytes.data());
  return bytes;
}

// Fills `out` with the blocks that `make(number, block)` gives for 1, 2, ... and cuts the last one.
// A block that is wholly wanted is made in its place; the rest of the last one is wiped.
template <typename MakeBlock>
void fill_with_blocks(ByteSpan out, MakeBlock make) {
  std::uint64_t number = 1;
  for (; out.size() >= 32; ++number) {
    make(number, out.first<32>());
    out = out.subspan(32);
  }
  if (!out.empty()) {
    Key256 last;
    make(number, last.writable());
    std::copy_n(last.bytes().begin(), out.size(), out.begin());
  }
}

}  // namespace

void kbkdf_counter(HmacSha256& keyed, ByteView label, ByteView context, ByteSpan out) {
  require(out.size() < std::size_t{1} << 29, "KBKDF counts its output in 32 bits");
  const Word bits = word(out.size() * 8);
  const std::uint8_t separator = 0;
  fill_with_blocks(out, [&](std::uint64_t number, std::span<std::uint8_t, 32> block) {
    keyed.mac_into({word(number), label, {&separator, 1}, context, bits}, block);
  });
}

void kbkdf_counter(const Key256& key, ByteView label, ByteView context, ByteSpan out) {
  HmacSha256 keyed(key);
  kbkdf_counter(keyed, label, context, out);
}

Key256 kbkdf_counter(HmacSha256& keyed, ByteView label, ByteView context) {
  Key256 derived;
  kbkdf_counter(keyed, label, context, derived.writable());
  return derived;
}

void kbkdf_counter_fixed(HmacSha256& keyed, ByteView fixed_input, ByteSpan out) {
  require(out.size() < std::size_t{1} << 29, "KBKDF counts its output in 32 bits");
  fill_with_blocks(out, [&](std::uint64_t number, std::span<std::uint8_t, 32> block) {
    keyed.mac_into({word(number), fixed_input}, block);
  });
}

void hkdf_sha256(ByteView input_key, ByteView salt, ByteView info, ByteSpan out) {
  require(out.size() <= kHkdfOutputMax, "HKDF gives at most 255 blocks");
  Key256 extracted;
  HmacSha256 keyed(salt);
  keyed.mac_into({input_key}, extracted.writable());
  keyed.rekey(extracted);
  ByteView previous;
  fill_with_blocks(out, [&](std::uint64_t number, std::span<std::uint8_t, 32> block) {
    const auto counter = static_cast<std::uint8_t>(number);
    keyed.mac_into({previous, info, {&counter, 1}}, block);
    previous = block;
  });
}

}  // namespace tablekey::crypto
