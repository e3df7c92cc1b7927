// Goal: numbers compare by value at any length, and what is not a number is none.
#include "model/iam/decimal.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace tablekey::model::iam::decimal_test {

TEST_CASE("numbers are ordered by value however they are written") {
  // Each row holds spellings of one number, and rows ascend.
  const std::string huge(400, '9');
  const std::vector<std::vector<std::string>> rows = {{"-" + huge},
                                                      {"-12.5", "-012.50", "-1.25e1", "-125E-1"},
                                                      {"-12"},
                                                      {"-0.001", "-.001", "-1e-3"},
                                                      {"0", "-0", "0.000", "0e9", "+0", "00"},
                                                      {"0.0009"},
                                                      {"1e-3", "0.001"},
                                                      {"0.01"},
                                                      {"9"},
                                                      {"10", "1e1", "10.", "+10"},
                                                      {"156.25"},
                                                      {"1000000000000000000000", "1e21"},
                                                      {"1000000000000000000001"},
                                                      {huge, huge + ".0"},
                                                      {"1e999"},
                                                      {"1e99999999999999999999999"}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows.size(); ++j) {
      for (const std::string& a : rows[i]) {
        for (const std::string& b : rows[j]) {
          INFO(a << " and " << b);
          REQUIRE(Decimal::parse(a));
          REQUIRE(Decimal::parse(b));
          CHECK((*Decimal::parse(a) <=> *Decimal::parse(b)) == (i <=> j));
        }
      }
    }
  }
}

TEST_CASE("what is not a number is none") {
  const auto text = GENERATE("", "-", "+", ".", "e1", "1e", "1e+", "1 ", " 1", "0x10", "1,5",
                             "1.2.3", "--1", "inf", "nan", "1e1e1");
  INFO(text);
  CHECK(!Decimal::parse(text));
}

}  // namespace tablekey::model::iam::decimal_test
