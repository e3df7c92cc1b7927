// A decimal number as a policy or a request writes it. Conditions compare numbers of any length
// exactly, and a request's value is read during evaluation, so this is a view of the digits:
// no locale, no floating point, no allocation.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tablekey::model::iam {

/// Lives no longer than the text it was read from.
class Decimal {
 public:
  /// `7`, `-12.50`, `1e3`; nothing where the text is not a number.
  static std::optional<Decimal> parse(std::string_view text);

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }

 private:
  bool zero() const { return whole_.empty() && fraction_.empty(); }
  char digit(std::size_t index) const;
  std::strong_ordering magnitude(const Decimal& other) const;

  bool negative_ = false;
  std::string_view whole_;     ///< Digits before the point, from the first that is not zero.
  std::string_view fraction_;  ///< Digits after it, likewise where `whole_` is empty.
  std::int64_t exponent_ = 0;  ///< Ten's power at the first digit.
};

}  // namespace tablekey::model::iam
