#include "model/iam/base64.h"

#include <cstddef>

namespace tablekey::model::iam {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string_view without_padding(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

/// Bits of the last digit that carry no byte, for a text of that many digits.
unsigned unused_bits(std::size_t digits) { return digits % 4 == 2 ? 4 : digits % 4 == 3 ? 2 : 0; }

}  // namespace

bool base64_equal(std::string_view a, std::string_view b) {
  a = without_padding(a);
  b = without_padding(b);
  if (a.size() != b.size() || a.size() % 4 == 1) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t digit_a = kAlphabet.find(a[i]);
    const std::size_t digit_b = kAlphabet.find(b[i]);
    if (digit_a == std::string_view::npos || digit_b == std::string_view::npos) return false;
    const unsigned unused = i + 1 == a.size() ? unused_bits(a.size()) : 0;
    if (digit_a >> unused != digit_b >> unused) return false;
  }
  return true;
}

}  // namespace tablekey::model::iam
