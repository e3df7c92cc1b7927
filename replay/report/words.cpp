#include "replay/report/words.h"

#include <fmt/format.h>

#include <cmath>

namespace tablekey::replay::report {
namespace {

std::string two_units(std::int64_t whole, std::int64_t per, const char* big, const char* small) {
  if (whole % per == 0) return fmt::format("{}{}", whole / per, big);
  return fmt::format("{}{} {}{}", whole / per, big, whole % per, small);
}

// 4 significant digits, with thousands grouped and no zeros at the end.
std::string number_text(double value) {
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e15 || size < 1e-4)) return fmt::format("{:.3g}", value);
  if (size >= 1000) {
    const auto whole = static_cast<std::uint64_t>(size + 0.5);
    return (value < 0 ? "-" : "") + grouped(whole);
  }
  return fmt::format("{:.4g}", value);
}

}  // namespace

std::string span_text(std::int64_t nanoseconds) {
  if (nanoseconds < 0) return "-" + span_text(-nanoseconds);
  if (nanoseconds == 0) return "0s";
  if (nanoseconds < 1'000'000)
    return fmt::format("{:.3g}µs", static_cast<double>(nanoseconds) / 1e3);
  if (nanoseconds < 999'500'000) {
    return fmt::format("{:.3g}ms", static_cast<double>(nanoseconds) / 1e6);
  }
  if (nanoseconds < 59'950'000'000) return fmt::format("{:.3g}s", seconds(nanoseconds));
  const std::int64_t whole = (nanoseconds + 500'000'000) / 1'000'000'000;
  if (whole < 3600) return two_units(whole, 60, "m", "s");
  const std::int64_t minutes = (whole + 30) / 60;
  if (minutes < 2880) return two_units(minutes, 60, "h", "m");
  return two_units((minutes + 30) / 60, 24, "d", "h");
}

std::string span_text(double value) {
  constexpr double kLongest = 9e9;  // what nanoseconds can say
  if (!(std::abs(value) < kLongest)) return fmt::format("{:.3g}s", value);
  return span_text(static_cast<std::int64_t>(std::llround(value * 1e9)));
}

std::string value_text(double value, std::string_view unit, bool share) {
  if (share) return number_text(value * 100) + " %";
  if (unit == "s") return span_text(value);
  if (unit == "USD") return (value < 0 ? "-$" : "$") + number_text(std::abs(value));
  return number_text(value) + std::string(unit);
}

std::string half_width_text(double value, std::string_view unit, bool share) {
  if (unit == "s") return span_text(value);
  const double shown = share ? value * 100 : value;
  const std::string number =
      std::abs(shown) >= 100 ? number_text(std::floor(shown + 0.5)) : fmt::format("{:.2g}", shown);
  if (share) return number + " %";
  return (unit == "USD" ? "$" : "") + number + (unit == "USD" ? "" : std::string(unit));
}

std::string counted(std::uint64_t number, std::string_view one) {
  return fmt::format("{} {}{}", grouped(number), one, number == 1 ? "" : "s");
}

}  // namespace tablekey::replay::report
