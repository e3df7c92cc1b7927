// Simulated time: a point (Time) and a length (Duration), both 64-bit counts of nanoseconds in
// types of their own, so that the two never mix and a bare number is neither. Arithmetic never
// wraps: what does not fit throws TimeOverflow. Nothing here knows a wall clock, a locale or a time
// zone table.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tablekey::sim {

/// The result of time arithmetic lies outside of 64-bit nanoseconds (about 292 years either way).
class TimeOverflow : public std::overflow_error {
 public:
  using std::overflow_error::overflow_error;
};

namespace detail {

[[noreturn, gnu::cold]] void throw_time_overflow(const char* operation);

constexpr std::int64_t add_checked(std::int64_t a, std::int64_t b, const char* operation) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) [[unlikely]] {
    throw_time_overflow(operation);
  }
  return sum;
}

constexpr std::int64_t subtract_checked(std::int64_t a, std::int64_t b, const char* operation) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) [[unlikely]] {
    throw_time_overflow(operation);
  }
  return difference;
}

constexpr std::int64_t multiply_checked(std::int64_t a, std::int64_t b, const char* operation) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) [[unlikely]] {
    throw_time_overflow(operation);
  }
  return product;
}

/// Rounds toward zero. A zero divisor and the one quotient that does not fit both throw.
constexpr std::int64_t divide_checked(std::int64_t a, std::int64_t b, const char* operation) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) [[unlikely]] {
    throw_time_overflow(operation);
  }
  return a / b;
}

}  // namespace detail

/// A length of simulated time, positive or negative, in nanoseconds.
class Duration {
 public:
  constexpr Duration() = default;

  static constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
  static constexpr Duration microseconds(std::int64_t n) { return units(n, 1'000); }
  static constexpr Duration milliseconds(std::int64_t n) { return units(n, 1'000'000); }
  static constexpr Duration seconds(std::int64_t n) { return units(n, 1'000'000'000); }
  static constexpr Duration minutes(std::int64_t n) { return units(n, 60'000'000'000); }
  static constexpr Duration hours(std::int64_t n) { return units(n, 3'600'000'000'000); }
  /// Days of exactly 24 hours.
  static constexpr Duration days(std::int64_t n) { return units(n, 86'400'000'000'000); }
  static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max()); }
  static constexpr Duration min() { return Duration(std::numeric_limits<std::int64_t>::min()); }

  /// In nanoseconds.
  [[nodiscard]] constexpr std::int64_t count() const { return count_; }

  constexpr Duration operator-() const {
    return Duration(detail::subtract_checked(0, count_, "-duration"));
  }
  constexpr Duration& operator+=(Duration other) {
    count_ = detail::add_checked(count_, other.count_, "duration + duration");
    return *this;
  }
  constexpr Duration& operator-=(Duration other) {
    count_ = detail::subtract_checked(count_, other.count_, "duration - duration");
    return *this;
  }
  constexpr Duration& operator*=(std::int64_t factor) {
    count_ = detail::multiply_checked(count_, factor, "duration * number");
    return *this;
  }
  /// Rounds toward zero.
  constexpr Duration& operator/=(std::int64_t divisor) {
    count_ = detail::divide_checked(count_, divisor, "duration / number");
    return *this;
  }

  friend constexpr Duration operator+(Duration a, Duration b) { return a += b; }
  friend constexpr Duration operator-(Duration a, Duration b) { return a -= b; }
  friend constexpr Duration operator*(Duration a, std::int64_t factor) { return a *= factor; }
  friend constexpr Duration operator*(std::int64_t factor, Duration a) { return a *= factor; }
  /// Rounds toward zero.
  friend constexpr Duration operator/(Duration a, std::int64_t divisor) { return a /= divisor; }
  /// How often b goes into a, rounded toward zero.
  friend constexpr std::int64_t operator/(Duration a, Duration b) {
    return detail::divide_checked(a.count_, b.count_, "duration / duration");
  }
  /// What operator/ leaves over; it has the sign of a.
  friend constexpr Duration operator%(Duration a, Duration b) { return a - b * (a / b); }
  friend constexpr auto operator<=>(Duration, Duration) = default;

 private:
  constexpr explicit Duration(std::int64_t count) : count_(count) {}
  static constexpr Duration units(std::int64_t n, std::int64_t nanoseconds_each) {
    return Duration(detail::multiply_checked(n, nanoseconds_each, "duration of units"));
  }

  std::int64_t count_ = 0;
};

/// A point in simulated time: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds. It
/// spans 1677-09-21 to 2262-04-11.
class Time {
 public:
  constexpr Time() = default;

  static constexpr Time from_nanoseconds(std::int64_t n) { return Time(n); }
  static constexpr Time max() { return Time(std::numeric_limits<std::int64_t>::max()); }
  static constexpr Time min() { return Time(std::numeric_limits<std::int64_t>::min()); }

  /// Since the Unix epoch.
  [[nodiscard]] constexpr std::int64_t nanoseconds() const { return nanoseconds_; }

  constexpr Time& operator+=(Duration d) {
    nanoseconds_ = detail::add_checked(nanoseconds_, d.count(), "time + duration");
    return *this;
  }
  constexpr Time& operator-=(Duration d) {
    nanoseconds_ = detail::subtract_checked(nanoseconds_, d.count(), "time - duration");
    return *this;
  }
  friend constexpr Time operator+(Time t, Duration d) { return t += d; }
  friend constexpr Time operator+(Duration d, Time t) { return t += d; }
  friend constexpr Time operator-(Time t, Duration d) { return t -= d; }
  friend constexpr Duration operator-(Time a, Time b) {
    return Duration::nanoseconds(
        detail::subtract_checked(a.nanoseconds_, b.nanoseconds_, "time - time"));
  }
  friend constexpr auto operator<=>(Time, Time) = default;

 private:
  constexpr explicit Time(std::int64_t nanoseconds) : nanoseconds_(nanoseconds) {}

  std::int64_t nanoseconds_ = 0;
};

/// Reads `90s`, `2h30m`, `1.5h`, `250ms`, `6.114ms`, `2d`, `-5m`: numbers with the units d, h, m,
/// s, ms, us (or µs) and ns, largest first, a fraction in the last one only. The value must be a
/// whole number of nanoseconds. The error says what is wrong and what to write, without the place.
std::expected<Duration, std::string> parse_duration(std::string_view text);

/// The form that parse_duration reads back exactly, without a part that is nought: from one second
/// on `2h30m`, `1m30s`, `1h0.25s` is `1h0.25s`; below it one unit, `6.114ms`. Nothing is `0s`.
std::string print(Duration duration);

/// Reads ISO 8601: `2018-02-14T09:30:00Z`, seconds and their fraction (at most nine digits) may be
/// missing, an offset `+01:00` may stand for Z, and a date alone is its first instant in UTC.
std::expected<Time, std::string> parse_time(std::string_view text);

/// ISO 8601 in UTC with as many digits of a second as are needed: `2018-02-14T00:00:00.25Z`.
std::string print(Time time);

}  // namespace tablekey::sim
