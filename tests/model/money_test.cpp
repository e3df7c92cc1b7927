// Amounts of money as text and as billionths of a dollar.
#include "model/money.h"

#include <catch2/catch.hpp>

namespace tablekey::model::money_test {

TEST_CASE("An amount is read exactly and printed with two decimals at least") {
  CHECK(parse_money("$0.03")->nanodollars == 30'000'000);
  CHECK(parse_money("1")->nanodollars == 1'000'000'000);
  CHECK(parse_money("$0.000000001")->nanodollars == 1);
  CHECK(print({30'000'000}) == "$0.03");
  CHECK(print({1'000'000'000}) == "$1.00");
  CHECK(print({3'000}) == "$0.000003");
  CHECK(print(*parse_money("$12.5")) == "$12.50");
}

TEST_CASE("What is no amount is refused with a sentence") {
  for (const char* text :
       {"", "$", "$.5", "$1.", "-1", "$1,000", "1e3", "$0.0000000001", "$99999999999", "two"}) {
    INFO(text);
    REQUIRE_FALSE(parse_money(text).has_value());
    CHECK(parse_money(text).error().find("expected an amount") == 0);
  }
}

}  // namespace tablekey::model::money_test
