// A DynamoDB number: an exact decimal of at most 38 significant digits between 1E-130 and
// 9.99...9E+125, negative alike (dynamodb.md 9). Kept normalised, so that equal numbers are equal
// objects however they were written.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace tablekey::model::items {

enum class NumberError : std::uint8_t {
  not_a_number,
  overflow,   // more than 9.99...9E+125
  underflow,  // closer to zero than 1E-130
  precision,  // more than 38 significant digits
};

/// DynamoDB's words. `text` is what was to be read; empty where a calculation failed.
std::string number_error_text(NumberError error, std::string_view text = {});

class Number {
 public:
  static constexpr int kDigitsMax = 38;
  static constexpr int kMagnitudeMax = 125;   // ten's power of the first digit
  static constexpr int kMagnitudeMin = -130;  // likewise

  constexpr Number() = default;  // zero
  static Number of(std::int64_t value);

  /// Decimal text with an optional sign, point and exponent: `300`, `-1.50`, `.5`, `1E-7`.
  static std::expected<Number, NumberError> parse(std::string_view text);

  /// The canonical text: no exponent, no trailing zeros after the point, no leading ones, `0` for
  /// zero (dynamodb.md 8.1). At most kTextMax bytes.
  [[nodiscard]] std::string text() const;
  static constexpr std::size_t kTextMax = 171;  // sign, "0.", 129 zeros, 38 digits, and one over
  /// Writes the canonical text, gives its length; `out` has room for kTextMax.
  std::size_t write(char* out) const;
  [[nodiscard]] std::size_t text_size() const;

  /// Exact, or the error that DynamoDB gives where the result can not be stored.
  [[nodiscard]] std::expected<Number, NumberError> plus(const Number& other) const;
  [[nodiscard]] std::expected<Number, NumberError> minus(const Number& other) const;
  [[nodiscard]] Number negated() const;

  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const = default;

  [[nodiscard]] bool is_zero() const { return high_ == 0 && low_ == 0; }
  [[nodiscard]] bool is_negative() const { return negative_; }
  /// Significant digits; 0 for zero.
  [[nodiscard]] int digits() const;
  /// Ten's power of the first significant digit; 0 for zero.
  [[nodiscard]] int magnitude() const;
  /// Writes the significant digits, first one first, as characters; gives their count.
  int write_digits(char* out) const;

 private:
  struct Arithmetic;  // on the coefficient as a whole

  // The value is coefficient * 10^exponent. The coefficient does not end in the digit 0; zero has
  // neither a sign nor an exponent.
  std::uint64_t high_ = 0, low_ = 0;
  std::int16_t exponent_ = 0;
  bool negative_ = false;
};

}  // namespace tablekey::model::items
