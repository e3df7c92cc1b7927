// Goal: ISO 8601 and epoch seconds name the same moments; what is neither is none.
#include "model/iam/moment.h"

#include <catch2/catch.hpp>
#include <string>

namespace tablekey::model::iam::moment_test {

TEST_CASE("a moment may be written in several ways") {
  const auto text =
      GENERATE("1709640000", "2024-03-05T12:00:00Z", "2024-03-05T12:00Z",
               "2024-03-05T12:00:00.000Z", "2024-03-05T13:00:00+01:00", "2024-03-05T04:00:00-08:00",
               "2024-03-05T17:30:00+0530", "2024-03-05T12:00:00");
  INFO(text);
  CHECK(Moment::parse(text) == Moment{1709640000, 0});
}

TEST_CASE("days and months begin at midnight UTC") {
  CHECK(Moment::parse("1970-01-01") == Moment{0, 0});
  CHECK(Moment::parse("2024-03") == Moment::parse("2024-03-01T00:00:00Z"));
  CHECK(Moment::parse("1969-12-31T23:59:59Z") == Moment{-1, 0});
  CHECK(Moment::parse("0000-01-01") == Moment{-62167219200, 0});
  CHECK(Moment::parse("9999-12-31T23:59:59Z") == Moment{253402300799, 0});
  CHECK(Moment::parse("-5") == Moment{-5, 0});
}

TEST_CASE("every day follows the one before by one day") {
  std::int64_t expected = Moment::parse("1899-12-31")->seconds;
  const auto two = [](int n) { return std::string(n < 10 ? "-0" : "-").append(std::to_string(n)); };
  int days = 0;
  for (int year = 1900; year <= 2100; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= 31; ++day) {
        const auto moment = Moment::parse(std::to_string(year) + two(month) + two(day));
        if (!moment) continue;
        expected += 86'400;
        ++days;
        if (moment->seconds != expected) FAIL(year << two(month) << two(day));
      }
    }
  }
  CHECK(days == 73'414);  // 201 years, 49 of them with a leap day.
}

TEST_CASE("fractions of a second count to the nanosecond") {
  CHECK(Moment::parse("1970-01-01T00:00:00.5Z") == Moment{0, 500'000'000});
  CHECK(Moment::parse("1970-01-01T00:00:00.0000000019Z") == Moment{0, 1});
  CHECK(*Moment::parse("1970-01-01T00:00:00.5Z") < *Moment::parse("1"));
}

TEST_CASE("what is not a date is none") {
  const auto text = GENERATE("", "-", "sdfdsf", "234-13", "2024-13", "2024-02-30", "2023-02-29",
                             "1900-02-29", "2024-02-32T00:00:00Z", "2024-03-05T24:00:00Z",
                             "2024-03-05T12:00:61Z", "2024-03-05T12", "2024-03-05T12:00:00.Z",
                             "2024-03-05 12:00:00", "05/03/2024", "1e9", "1.5", "2024-03-05TZ",
                             "2024-03-05Z", "2024-03-05T12:00:00+24:00", "99999999999999999999");
  INFO(text);
  CHECK(!Moment::parse(text));
}

}  // namespace tablekey::model::iam::moment_test
