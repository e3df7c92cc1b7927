// The proleptic Gregorian calendar in integers: days since 1970-01-01 and back. Our own, because
// the standard library's calendar brings locales and time zone tables with it.
#pragma once

#include <cstdint>

#include "sim/time.h"

namespace tablekey::sim {

struct CivilDate {
  std::int32_t year = 1970;
  std::uint32_t month = 1;  // 1 to 12
  std::uint32_t day = 1;    // 1 to 31

  friend constexpr bool operator==(const CivilDate&, const CivilDate&) = default;
};

struct CivilTime {
  CivilDate date;
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  std::uint32_t second = 0;
  std::uint32_t nanosecond = 0;
};

constexpr bool is_leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// 28 to 31; month must be 1 to 12.
constexpr std::uint32_t days_in_month(std::int64_t year, std::uint32_t month) {
  if (month == 2) {
    return is_leap_year(year) ? 29 : 28;
  }
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

namespace detail {

constexpr std::int64_t kDaysPerEra = 146'097;    // 400 years
constexpr std::int64_t kDaysToEpoch = 719'468;   // from 0000-03-01 to 1970-01-01
constexpr std::int64_t kDaysOfFiveMonths = 153;  // March to July, and August to December

constexpr std::int64_t divide_down(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

}  // namespace detail

/// Days since 1970-01-01 of a date that exists. Years are counted from March, so that the leap day
/// is a year's last and every five months from March on have the same 153 days.
constexpr std::int64_t days_from_civil(const CivilDate& date) {
  const bool before_march = date.month <= 2;
  const std::int64_t year = std::int64_t{date.year} - (before_march ? 1 : 0);
  const std::int64_t era = detail::divide_down(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month = std::int64_t{date.month} + (before_march ? 9 : -3);
  const std::int64_t day_of_year = (detail::kDaysOfFiveMonths * month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * detail::kDaysPerEra + day_of_era - detail::kDaysToEpoch;
}

constexpr CivilDate civil_from_days(std::int64_t days_since_epoch) {
  const std::int64_t days = days_since_epoch + detail::kDaysToEpoch;
  const std::int64_t era = detail::divide_down(days, detail::kDaysPerEra);
  const std::int64_t day_of_era = days - era * detail::kDaysPerEra;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / detail::kDaysOfFiveMonths;  // 0 is March
  const std::int64_t day = day_of_year - (detail::kDaysOfFiveMonths * month + 2) / 5 + 1;
  const std::int64_t year = era * 400 + year_of_era + (month >= 10 ? 1 : 0);
  return {.year = static_cast<std::int32_t>(year),
          .month = static_cast<std::uint32_t>(month < 10 ? month + 3 : month - 9),
          .day = static_cast<std::uint32_t>(day)};
}

/// The date and the time of day in UTC.
constexpr CivilTime civil_time(Time time) {
  constexpr std::int64_t kNanosecondsPerDay = 86'400'000'000'000;
  const std::int64_t days = detail::divide_down(time.nanoseconds(), kNanosecondsPerDay);
  // Unsigned, because the first moment of the earliest day lies before Time::min().
  const std::uint64_t of_day = static_cast<std::uint64_t>(time.nanoseconds()) -
                               static_cast<std::uint64_t>(days) * kNanosecondsPerDay;
  return {.date = civil_from_days(days),
          .hour = static_cast<std::uint32_t>(of_day / 3'600'000'000'000),
          .minute = static_cast<std::uint32_t>(of_day / 60'000'000'000 % 60),
          .second = static_cast<std::uint32_t>(of_day / 1'000'000'000 % 60),
          .nanosecond = static_cast<std::uint32_t>(of_day % 1'000'000'000)};
}

}  // namespace tablekey::sim
