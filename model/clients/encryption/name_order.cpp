#include "model/clients/encryption/name_order.h"

#include <algorithm>

namespace tablekey::model::encryption {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t place) {
  return static_cast<std::uint8_t>(text[place]);
}

/// Where a first differing byte stands in UTF-16 order: the surrogates, which begin what UTF-8
/// writes with F0 to F4, come before U+E000, which it writes with EE.
unsigned utf16_rank(std::uint8_t byte) {
  const bool above_surrogates = byte == 0xee || byte == 0xef;
  const bool beyond_plane = byte >= 0xf0;
  return byte + (above_surrogates ? 0x100U : 0U) + (beyond_plane ? 0x80U : 0U);
}

}  // namespace

bool comes_before(NameOrder order, std::string_view a, std::string_view b) {
  const std::size_t shared = std::min(a.size(), b.size());
  std::size_t place = 0;
  while (place < shared && a[place] == b[place]) ++place;
  if (place == shared) return a.size() < b.size();
  const std::uint8_t left = byte_at(a, place), right = byte_at(b, place);
  if (order == NameOrder::code_points) return left < right;
  return utf16_rank(left) < utf16_rank(right);
}

}  // namespace tablekey::model::encryption
