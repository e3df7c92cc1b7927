// The coefficient has at most 38 digits, so it fits 127 bits; every sum that can be stored fits
// 128.
#include "model/dynamodb/items/number.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>

namespace tablekey::model::items {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::array<Wide, 39> kPowers = [] {
  std::array<Wide, 39> powers{};
  Wide power = 1;
  for (Wide& each : powers) {
    each = power;
    power *= 10;
  }
  return powers;
}();

int digit_count(Wide value) {
  int count = value < kPowers[19] ? 0 : 19;
  while (count < 39 && value >= kPowers[static_cast<std::size_t>(count)]) ++count;
  return count;
}

constexpr std::uint64_t kHalf = 10'000'000'000'000'000'000U;  // 10^19

// What parse has seen: `coefficient * 10^exponent`, the coefficient's last digit not 0.
struct Scanned {
  Wide coefficient = 0;
  std::int64_t exponent = 0;
  std::int64_t digits = 0;  // significant ones; beyond 38 the coefficient is not kept up
};

// Adds one digit of the mantissa; `place` is its power of ten within the fraction (negative), or 0
// in the whole part, whose later digits raise the exponent again.
class Scanner {
 public:
  void digit(char character, std::int64_t place) {
    if (character == '0') {
      if (seen_.digits != 0) ++zeros_;
      if (seen_.digits != 0 && place == 0) ++seen_.exponent;
      return;
    }
    seen_.digits += zeros_ + 1;
    if (seen_.digits <= Number::kDigitsMax) {
      seen_.coefficient = seen_.coefficient * kPowers[static_cast<std::size_t>(zeros_ + 1)] +
                          static_cast<unsigned>(character - '0');
    }
    zeros_ = 0;
    seen_.exponent = place;
  }
  [[nodiscard]] const Scanned& seen() const { return seen_; }

 private:
  Scanned seen_;
  std::int64_t zeros_ = 0;  // since the last other digit
};

// The exponent behind `e`; false if it is none or beyond what Java's BigDecimal can hold.
bool scan_exponent(std::string_view text, std::int64_t& exponent) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return false;
  exponent = 0;
  for (const char character : text) {
    if (character < '0' || character > '9') return false;
    exponent = exponent * 10 + (character - '0');
    if (exponent > std::numeric_limits<std::int32_t>::max()) return false;
  }
  if (negative) exponent = -exponent;
  return true;
}

// False if it is no number at all.
bool scan(std::string_view text, Scanner& scanner, std::int64_t& exponent) {
  std::int64_t place = 0;
  bool point = false, any = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (character == '.') {
      if (point) return false;
      point = true;
    } else if (character >= '0' && character <= '9') {
      if (point) --place;
      scanner.digit(character, place);
      any = true;
    } else if (character == 'e' || character == 'E') {
      return any && scan_exponent(text.substr(i + 1), exponent);
    } else {
      return false;
    }
  }
  return any;
}

}  // namespace

struct Number::Arithmetic {
  static Wide coefficient(const Number& number) { return Wide{number.high_} << 64 | number.low_; }

  // `coefficient` does not end in the digit 0 unless it is zero.
  static std::expected<Number, NumberError> make(bool negative, Wide coefficient,
                                                 std::int64_t digits, std::int64_t exponent) {
    if (digits == 0) return Number();
    if (digits > kDigitsMax) return std::unexpected(NumberError::precision);
    const std::int64_t magnitude = exponent + digits - 1;
    if (magnitude > kMagnitudeMax) return std::unexpected(NumberError::overflow);
    if (magnitude < kMagnitudeMin) return std::unexpected(NumberError::underflow);
    Number number;
    number.high_ = static_cast<std::uint64_t>(coefficient >> 64);
    number.low_ = static_cast<std::uint64_t>(coefficient);
    number.exponent_ = static_cast<std::int16_t>(exponent);
    number.negative_ = negative;
    return number;
  }

  static std::expected<Number, NumberError> normalised(bool negative, Wide coefficient,
                                                       std::int64_t exponent) {
    if (coefficient == 0) return Number();
    while (coefficient % 10 == 0) {
      coefficient /= 10;
      ++exponent;
    }
    return make(negative, coefficient, digit_count(coefficient), exponent);
  }

  // `a` has the higher exponent. The last digit of a sum of different exponents is that of `b`, so
  // a sum from 10^38 times its last place on has too many digits: it is never calculated.
  static std::expected<Number, NumberError> sum(const Number& a, const Number& b) {
    const int shift = a.exponent_ - b.exponent_;
    Wide left = coefficient(a);
    const Wide right = coefficient(b);
    if (shift > kDigitsMax) return std::unexpected(NumberError::precision);
    const Wide scale = kPowers[static_cast<std::size_t>(shift)];
    if (shift > 0 && left > 2 * kPowers[38] / scale) {
      return std::unexpected(NumberError::precision);
    }
    left *= scale;
    if (a.negative_ == b.negative_) return normalised(a.negative_, left + right, b.exponent_);
    if (left >= right) return normalised(a.negative_, left - right, b.exponent_);
    return normalised(b.negative_, right - left, b.exponent_);
  }
};

std::string number_error_text(NumberError error, std::string_view text) {
  switch (error) {
    case NumberError::not_a_number:
      if (text.empty()) return "The parameter cannot be converted to a numeric value";
      return fmt::format("The parameter cannot be converted to a numeric value: {}", text);
    case NumberError::overflow:
      return "Number overflow. Attempting to store a number with magnitude larger than supported "
             "range";
    case NumberError::underflow:
      return "Number underflow. Attempting to store a number with magnitude smaller than supported "
             "range";
    case NumberError::precision:
      break;
  }
  return "Attempting to store more than 38 significant digits in a Number";
}

Number Number::of(std::int64_t value) {
  const auto size =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return *Arithmetic::normalised(value < 0, size, 0);
}

std::expected<Number, NumberError> Number::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Scanner scanner;
  std::int64_t exponent = 0;
  if (!scan(text, scanner, exponent)) return std::unexpected(NumberError::not_a_number);
  const Scanned& seen = scanner.seen();
  return Arithmetic::make(negative, seen.coefficient, seen.digits, seen.exponent + exponent);
}

int Number::write_digits(char* out) const {
  const Wide whole = Arithmetic::coefficient(*this);
  std::array<std::uint64_t, 2> halves = {static_cast<std::uint64_t>(whole / kHalf),
                                         static_cast<std::uint64_t>(whole % kHalf)};
  char* end = out;
  if (halves[0] != 0) {
    end = fmt::format_to(end, "{}{:019}", halves[0], halves[1]);
  } else if (halves[1] != 0) {
    end = fmt::format_to(end, "{}", halves[1]);
  }
  return static_cast<int>(end - out);
}

int Number::digits() const { return is_zero() ? 0 : digit_count(Arithmetic::coefficient(*this)); }

int Number::magnitude() const { return is_zero() ? 0 : exponent_ + digits() - 1; }

std::size_t Number::write(char* out) const {
  if (is_zero()) {
    *out = '0';
    return 1;
  }
  char* end = out;
  if (negative_) *end++ = '-';
  std::array<char, 40> text;
  const auto count = static_cast<std::size_t>(write_digits(text.data()));
  const auto zeros = [&end](int times) {
    std::memset(end, '0', static_cast<std::size_t>(times));
    end += times;
  };
  const auto copy = [&end, &text](std::size_t from, std::size_t to) {
    std::memcpy(end, text.data() + from, to - from);
    end += to - from;
  };
  const int power = exponent_ + static_cast<int>(count) - 1;
  if (exponent_ >= 0) {
    copy(0, count);
    zeros(exponent_);
  } else if (power >= 0) {
    const auto whole = static_cast<std::size_t>(power + 1);
    copy(0, whole);
    *end++ = '.';
    copy(whole, count);
  } else {
    *end++ = '0';
    *end++ = '.';
    zeros(-power - 1);
    copy(0, count);
  }
  return static_cast<std::size_t>(end - out);
}

std::size_t Number::text_size() const {
  if (is_zero()) return 1;
  const int count = digits();
  const int power = exponent_ + count - 1;
  int size = negative_ ? 1 : 0;
  if (exponent_ >= 0) {
    size += count + exponent_;
  } else {
    size += power >= 0 ? count + 1 : 1 - power + count;
  }
  return static_cast<std::size_t>(size);
}

std::string Number::text() const {
  std::array<char, kTextMax> text;
  return {text.data(), write(text.data())};
}

Number Number::negated() const {
  Number other = *this;
  other.negative_ = !is_zero() && !negative_;
  return other;
}

std::expected<Number, NumberError> Number::plus(const Number& other) const {
  if (is_zero()) return other;
  if (other.is_zero()) return *this;
  return exponent_ >= other.exponent_ ? Arithmetic::sum(*this, other)
                                      : Arithmetic::sum(other, *this);
}

std::expected<Number, NumberError> Number::minus(const Number& other) const {
  return plus(other.negated());
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  const auto sign = [](const Number& n) { return n.is_zero() ? 0 : n.negative_ ? -1 : 1; };
  const int side = sign(*this);
  if (side != sign(other)) return side <=> sign(other);
  if (side == 0) return std::strong_ordering::equal;
  const Number& small = side > 0 ? *this : other;
  const Number& large = side > 0 ? other : *this;
  const int digits_small = small.digits(), digits_large = large.digits();
  const int magnitude_small = small.exponent_ + digits_small;
  const int magnitude_large = large.exponent_ + digits_large;
  if (magnitude_small != magnitude_large) return magnitude_small <=> magnitude_large;
  Wide a = Arithmetic::coefficient(small), b = Arithmetic::coefficient(large);
  if (digits_small < digits_large) {
    a *= kPowers[static_cast<std::size_t>(digits_large - digits_small)];
  } else {
    b *= kPowers[static_cast<std::size_t>(digits_small - digits_large)];
  }
  return a < b   ? std::strong_ordering::less
         : a > b ? std::strong_ordering::greater
                 : std::strong_ordering::equal;
}

}  // namespace tablekey::model::items
