// Comparison without regard to case, for action names, condition keys and the operators that ask
// for it. Letters are those a policy text may hold (U+0020 to U+00FF, kms.md 6.7), in UTF-8, and
// folding is a table of our own because the library's depends on the locale.
#pragma once

#include <string>
#include <string_view>

namespace tablekey::model::iam {

/// The lower-case form of a byte, given the byte before it: the Latin-1 capitals are the two-byte
/// sequences C3 80 to C3 9E without C3 97, the multiplication sign.
constexpr char fold(char c, char before) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c + ('a' - 'A'));
  const auto byte = static_cast<unsigned char>(c);
  const bool latin = static_cast<unsigned char>(before) == 0xc3 && byte >= 0x80 && byte <= 0x9e;
  return latin && byte != 0x97 ? static_cast<char>(byte + 0x20) : c;
}

constexpr bool equal_folded(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  char before_a = '\0';
  char before_b = '\0';
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && fold(a[i], before_a) != fold(b[i], before_b)) return false;
    before_a = a[i];
    before_b = b[i];
  }
  return true;
}

constexpr std::string folded(std::string_view text) {
  std::string result(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    result[i] = fold(text[i], i == 0 ? '\0' : text[i - 1]);
  }
  return result;
}

}  // namespace tablekey::model::iam
