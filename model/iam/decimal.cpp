#include "model/iam/decimal.h"

#include <algorithm>

#include "model/iam/characters.h"

namespace tablekey::model::iam {
namespace {

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

/// Exponents beyond this bound are treated as it: no two numbers that fit into a policy differ
/// by so much in length that it could matter which of them is the larger.
constexpr std::int64_t kExponentMax = 1'000'000'000'000;

/// `e12` at the end of a number; nothing where something else stands there.
std::optional<std::int64_t> read_exponent(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  text.remove_prefix(1);
  const bool negative = take_sign(text);
  const std::string_view digits = take_digits(text);
  if (digits.empty() || !text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) value = std::min(value * 10 + (c - '0'), kExponentMax);
  return negative ? -value : value;
}

std::size_t leading_zeros(std::string_view digits) {
  return std::min(digits.find_first_not_of('0'), digits.size());
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal number;
  number.negative_ = take_sign(text);
  number.whole_ = take_digits(text);
  const bool point = text.starts_with('.');
  if (point) text.remove_prefix(1);
  if (point) number.fraction_ = take_digits(text);
  if (number.whole_.empty() && number.fraction_.empty()) return std::nullopt;
  const auto exponent = read_exponent(text);
  if (!exponent) return std::nullopt;
  number.whole_.remove_prefix(leading_zeros(number.whole_));
  std::int64_t shift = static_cast<std::int64_t>(number.whole_.size()) - 1;
  if (number.whole_.empty()) {
    const std::size_t zeros = leading_zeros(number.fraction_);
    number.fraction_.remove_prefix(zeros);
    shift = -1 - static_cast<std::int64_t>(zeros);
  }
  number.exponent_ = *exponent + shift;
  if (number.zero()) number.negative_ = false;
  return number;
}

char Decimal::digit(std::size_t index) const {
  if (index < whole_.size()) return whole_[index];
  index -= whole_.size();
  return index < fraction_.size() ? fraction_[index] : '0';
}

std::strong_ordering Decimal::magnitude(const Decimal& other) const {
  if (zero() || other.zero()) return !zero() <=> !other.zero();
  if (exponent_ != other.exponent_) return exponent_ <=> other.exponent_;
  const std::size_t count =
      std::max(whole_.size() + fraction_.size(), other.whole_.size() + other.fraction_.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (digit(i) != other.digit(i)) return digit(i) <=> other.digit(i);
  }
  return std::strong_ordering::equal;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (negative_ != other.negative_) return other.negative_ <=> negative_;
  return negative_ ? other.magnitude(*this) : magnitude(other);
}

}  // namespace tablekey::model::iam
