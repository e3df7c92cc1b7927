// Times and durations: arithmetic that never wraps, texts that read back exactly, and refusals
// whose whole words are part of the product.
#include "sim/time.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "sim/civil.h"

namespace time_test {

namespace {

using namespace tablekey::sim;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

Duration ns(std::int64_t n) { return Duration::nanoseconds(n); }
Time at(std::int64_t n) { return Time::from_nanoseconds(n); }

std::string duration_error(std::string_view text) {
  const auto parsed = parse_duration(text);
  return parsed ? "read as " + print(*parsed) : parsed.error();
}

std::string time_error(std::string_view text) {
  const auto parsed = parse_time(text);
  return parsed ? "read as " + print(*parsed) : parsed.error();
}

// Numbers of every size, with the ends of the range among them.
rc::Gen<std::int64_t> any_count() {
  static const std::vector<std::int64_t> ends{kMin, kMin + 1, -1, 0, 1, kMax - 1, kMax};
  static const std::vector<std::int64_t> units{
      1, 1'000, 1'000'000, 1'000'000'000, 60'000'000'000, 86'400'000'000'000};
  const auto product = [](const auto& pair) { return pair.first * pair.second; };
  return rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::elementOf(ends),
                        rc::gen::map(rc::gen::pair(rc::gen::inRange<std::int64_t>(-5'000, 5'000),
                                                   rc::gen::elementOf(units)),
                                     product));
}

// The arithmetic can be done by the compiler.
static_assert(Duration::hours(2) + Duration::minutes(30) == Duration::seconds(9'000));
static_assert(Duration::days(1) / Duration::hours(1) == 24);
static_assert(Duration::seconds(-7) % Duration::seconds(4) == Duration::seconds(-3));
static_assert(Time() + Duration::milliseconds(5) - Time() == Duration::microseconds(5'000));
static_assert(days_from_civil({.year = 2018, .month = 2, .day = 14}) == 17'576);
static_assert(civil_from_days(-1) == CivilDate{.year = 1969, .month = 12, .day = 31});

}  // namespace

TEST_CASE("Time arithmetic that does not fit throws and never wraps") {
  CHECK_THROWS_AS(ns(kMax) + ns(1), TimeOverflow);
  CHECK_THROWS_AS(ns(kMin) - ns(1), TimeOverflow);
  CHECK_THROWS_AS(-ns(kMin), TimeOverflow);
  CHECK_THROWS_AS(ns(kMax / 2 + 1) * 2, TimeOverflow);
  CHECK_THROWS_AS(ns(kMin) / -1, TimeOverflow);
  CHECK_THROWS_AS(ns(1) / 0, TimeOverflow);
  CHECK_THROWS_AS(ns(1) / ns(0), TimeOverflow);
  CHECK_THROWS_AS(ns(1) % ns(0), TimeOverflow);
  CHECK_THROWS_AS(Duration::days(106'752), TimeOverflow);
  CHECK_THROWS_AS(Time::max() + ns(1), TimeOverflow);
  CHECK_THROWS_AS(Time::min() - ns(1), TimeOverflow);
  CHECK_THROWS_AS(Time::max() - Time::min(), TimeOverflow);
  CHECK_THROWS_WITH(Time::max() + ns(1), "time + duration does not fit 64-bit nanoseconds");
}

TEST_CASE("Time arithmetic is exact wherever it fits") {
  __extension__ using Wide = __int128;
  const auto fits = [](Wide value) { return value >= kMin && value <= kMax; };
  rc::prop("like integers of twice the size", [&] {
    const std::int64_t a = *any_count();
    const std::int64_t b = *any_count();
    const auto agrees = [&](Wide exact, auto operation) {
      if (fits(exact)) {
        RC_ASSERT(operation() == static_cast<std::int64_t>(exact));
      } else {
        RC_ASSERT_THROWS_AS(operation(), TimeOverflow);
      }
    };
    agrees(Wide{a} + b, [&] { return (ns(a) + ns(b)).count(); });
    agrees(Wide{a} - b, [&] { return (ns(a) - ns(b)).count(); });
    agrees(Wide{a} * b, [&] { return (ns(a) * b).count(); });
    agrees(Wide{a} + b, [&] { return (at(a) + ns(b)).nanoseconds(); });
    agrees(Wide{a} - b, [&] { return (at(a) - at(b)).count(); });
  });
}

TEST_CASE("Durations are read as people write them") {
  const std::vector<std::pair<std::string, std::int64_t>> cases{
      {"90s", 90'000'000'000},
      {"2h30m", 9'000'000'000'000},
      {"1.5h", 5'400'000'000'000},
      {"250ms", 250'000'000},
      {"6.114ms", 6'114'000},
      {"2d", 172'800'000'000'000},
      {"-5m", -300'000'000'000},
      {"0s", 0},
      {"007s", 7'000'000'000},
      {"1us", 1'000},
      {"1\u00b5s", 1'000},
      {"1\u03bcs", 1'000},
      {"3ns", 3},
      {"1d2h3m4s5ms6us7ns", 93'784'005'006'007},
      {"1h0.000000001s", 3'600'000'000'001},
      {"0.0000000000125d", 1'080},  // whole, though no digit of it is
      {"1.50000000000000000000000000s", 1'500'000'000},
      {"9223372036854775807ns", kMax},
      {"-9223372036854775808ns", kMin},
  };
  for (const auto& [text, count] : cases) {
    INFO(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed);
    CHECK(parsed->count() == count);
  }
}

TEST_CASE("A duration that cannot be read says why and what to write") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"5", "'5' needs a unit: write 5m (minutes), 5s or 5h"},
      {"0", "'0' needs a unit: write 0m (minutes), 0s or 0h"},
      {"1.5", "'1.5' needs a unit: write 1.5m (minutes), 1.5s or 1.5h"},
      {"2h30", "'2h30' needs a unit: write 30m (minutes), 30s or 30h"},
      {"", "'' is not a duration: write 90s, 5m, 2h30m or 1.5h"},
      {"-", "'-' is not a duration: write 90s, 5m, 2h30m or 1.5h"},
      {"soon", "'soon' is not a duration: write 90s, 5m, 2h30m or 1.5h"},
      {".5s", "'.5s' is not a duration: write 90s, 5m, 2h30m or 1.5h"},
      {"5.s", "'5.s' is not a duration: write 90s, 5m, 2h30m or 1.5h"},
      {"+5s", "'+5s' is not a duration: write 90s, 5m, 2h30m or 1.5h"},
      {"5 s", "'5 s' has no such unit: use d, h, m, s, ms, us or ns, as in 2h30m"},
      {"5w", "'5w' has no such unit: use d, h, m, s, ms, us or ns, as in 2h30m"},
      {"5S", "'5S' has no such unit: use d, h, m, s, ms, us or ns, as in 2h30m"},
      {"5m2h", "'5m2h' must name each unit once, largest first, as in 2h30m"},
      {"5m5m", "'5m5m' must name each unit once, largest first, as in 2h30m"},
      {"1.5h30m", "'1.5h30m' may have a fraction in its last part only"},
      {"0.5ns", "'0.5ns' is finer than a nanosecond"},
      {"1.0000000001s", "'1.0000000001s' is finer than a nanosecond"},
      {"0.33333333333333333333d", "'0.33333333333333333333d' is finer than a nanosecond"},
      {"293y", "'293y' has no such unit: use d, h, m, s, ms, us or ns, as in 2h30m"},
      {"106752d", "'106752d' is longer than 292 years"},
      {"9223372036854775808ns", "'9223372036854775808ns' is longer than 292 years"},
      {"99999999999999999999999999999999999999999999d",
       "'99999999999999999999999999999999999999999999d' is longer than 292 years"},
  };
  for (const auto& [text, error] : cases) {
    CHECK(duration_error(text) == error);
  }
}

TEST_CASE("Durations are printed without parts that are nought") {
  const std::vector<std::pair<std::int64_t, std::string>> cases{
      {0, "0s"},
      {1, "1ns"},
      {1'500, "1.5us"},
      {6'114'000, "6.114ms"},
      {999'999'999, "999.999999ms"},
      {1'000'000'000, "1s"},
      {90'000'000'000, "1m30s"},
      {9'000'000'000'000, "2h30m"},
      {3'600'250'000'000, "1h0.25s"},
      {86'400'000'000'001, "1d0.000000001s"},
      {-300'000'000'000, "-5m"},
      {kMax, "106751d23h47m16.854775807s"},
      {kMin, "-106751d23h47m16.854775808s"},
  };
  for (const auto& [count, text] : cases) {
    CHECK(print(ns(count)) == text);
  }
}

TEST_CASE("A printed duration reads back exactly, and so does a printed time") {
  rc::prop("durations", [] {
    const Duration duration = ns(*any_count());
    RC_ASSERT(parse_duration(print(duration)).value() == duration);
  });
  rc::prop("times", [] {
    const Time time = at(*any_count());
    RC_ASSERT(parse_time(print(time)).value() == time);
  });
}

TEST_CASE("Times are read and printed as ISO 8601") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"2018-02-14", "2018-02-14T00:00:00Z"},
      {"2018-02-14T09:30Z", "2018-02-14T09:30:00Z"},
      {"2018-02-14T09:30:15Z", "2018-02-14T09:30:15Z"},
      {"2018-02-14T09:30:15.250Z", "2018-02-14T09:30:15.25Z"},
      {"2018-02-14T00:30:00+01:00", "2018-02-13T23:30:00Z"},
      {"2018-02-14T20:00:00-08:00", "2018-02-15T04:00:00Z"},
      {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"},
      {"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"},
      {"1677-09-21T00:12:43.145224192Z", "1677-09-21T00:12:43.145224192Z"},
      {"2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775807Z"},
  };
  for (const auto& [text, printed] : cases) {
    INFO(text);
    const auto parsed = parse_time(text);
    REQUIRE(parsed);
    CHECK(print(*parsed) == printed);
  }
  CHECK(parse_time("2018-02-14T00:00:00Z")->nanoseconds() == 1'518'566'400'000'000'000);
  CHECK(parse_time("1677-09-21T00:12:43.145224192Z") == Time::min());
  CHECK(parse_time("2262-04-11T23:47:16.854775807Z") == Time::max());
}

TEST_CASE("A time that cannot be read says why and what to write") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "'' is not a time: write 2018-02-14T09:30:00Z"},
      {"tomorrow", "'tomorrow' is not a time: write 2018-02-14T09:30:00Z"},
      {"2018-2-14", "'2018-2-14' is not a time: write 2018-02-14T09:30:00Z"},
      {"2018-02-14 09:30:00Z", "'2018-02-14 09:30:00Z' is not a time: write 2018-02-14T09:30:00Z"},
      {"2018-02-14T09", "'2018-02-14T09' is not a time: write 2018-02-14T09:30:00Z"},
      {"2018-02-14T09:30:1Z", "'2018-02-14T09:30:1Z' is not a time: write 2018-02-14T09:30:00Z"},
      {"2018-02-14T09:30:00ZZ",
       "'2018-02-14T09:30:00ZZ' is not a time: write 2018-02-14T09:30:00Z"},
      {"2018-02-14T09:30:00",
       "'2018-02-14T09:30:00' needs a zone: write 2018-02-14T09:30:00Z for UTC"},
      {"2018-02-14T09:30:00PST",
       "'2018-02-14T09:30:00PST' is not a time: write 2018-02-14T09:30:00Z"},
      {"2018-02-14T09:30:00+1",
       "'2018-02-14T09:30:00+1' has no such zone: write Z or an offset such as +01:00"},
      {"2018-13-01", "'2018-13-01' has no such month: 13"},
      {"2018-02-29", "'2018-02-29' names a day that 2018-02 does not have"},
      {"1900-02-29", "'1900-02-29' names a day that 1900-02 does not have"},
      {"2018-00-10", "'2018-00-10' has no such month: 00"},
      {"2018-02-00", "'2018-02-00' names a day that 2018-02 does not have"},
      {"2016-12-31T23:59:60Z",
       "'2016-12-31T23:59:60Z' is past 23:59:59 (there are no leap seconds in simulated time)"},
      {"2018-02-14T24:00:00Z",
       "'2018-02-14T24:00:00Z' is past 23:59:59 (there are no leap seconds in simulated time)"},
      {"2018-02-14T09:30:00.Z",
       "'2018-02-14T09:30:00.Z' must have one to nine digits after the second's point"},
      {"2018-02-14T09:30:00.0123456789Z",
       "'2018-02-14T09:30:00.0123456789Z' must have one to nine digits after the second's point"},
      {"2262-04-11T23:47:16.854775808Z",
       "'2262-04-11T23:47:16.854775808Z' is outside of simulated time (1677-09-21 to 2262-04-11)"},
      {"0001-01-01", "'0001-01-01' is outside of simulated time (1677-09-21 to 2262-04-11)"},
      {"9999-12-31", "'9999-12-31' is outside of simulated time (1677-09-21 to 2262-04-11)"},
  };
  for (const auto& [text, error] : cases) {
    CHECK(time_error(text) == error);
  }
}

TEST_CASE("The calendar counts every day of eight hundred years once") {
  // Walks day by day with the rules that everybody knows, beside the formulas.
  CivilDate date{.year = 1600, .month = 1, .day = 1};
  std::int64_t days = days_from_civil(date);
  CHECK(days == -135'140);
  while (date.year < 2400) {
    REQUIRE(days_from_civil(date) == days);
    REQUIRE(civil_from_days(days) == date);
    ++days;
    if (++date.day > days_in_month(date.year, date.month)) {
      date.day = 1;
      if (++date.month > 12) {
        date.month = 1;
        ++date.year;
      }
    }
  }
  CHECK(days_from_civil(date) == 157'054);
}

}  // namespace time_test
