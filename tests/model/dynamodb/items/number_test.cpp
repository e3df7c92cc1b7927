// Goal: numbers are exact, have one text, and refuse what DynamoDB refuses; arithmetic and order
// are held against digits added by hand.
#include "model/dynamodb/items/number.h"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/model/dynamodb/items/drawn_items.h"
#include "tests/model/dynamodb/items/slow_number.h"

namespace tablekey::model::items::number_test {
namespace {

struct Spelling {
  std::string text, canonical;
};

struct Refused {
  std::string text;
  NumberError error;
};

}  // namespace

TEST_CASE("a number has one text however it was written") {
  const auto [text, canonical] = GENERATE(
      Spelling{"0", "0"}, Spelling{"-0", "0"}, Spelling{"0.000", "0"}, Spelling{"0e1000", "0"},
      Spelling{"300", "300"}, Spelling{"1.50", "1.5"}, Spelling{"+3", "3"},
      Spelling{".123", "0.123"}, Spelling{"5.", "5"}, Spelling{"0001.23", "1.23"},
      Spelling{"1e+5", "100000"}, Spelling{"-17.4E3", "-17400"}, Spelling{"1200e-2", "12"},
      Spelling{"120e-3", "0.12"}, Spelling{"100.010", "100.01"}, Spelling{"-0.0050", "-0.005"},
      Spelling{"3.1415926535897932384626433832795028841",
               "3.1415926535897932384626433832795028841"},
      Spelling{"18446744073709551616", "18446744073709551616"},
      Spelling{"10000000000000000000", "10000000000000000000"},
      Spelling{"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
      Spelling{"1e125", "1" + std::string(125, '0')},
      Spelling{"1e-130", "0." + std::string(129, '0') + "1"},
      Spelling{std::string(500, '0') + "7." + std::string(500, '0'), "7"});
  INFO(text);
  const auto number = Number::parse(text);
  REQUIRE(number);
  CHECK(number->text() == canonical);
  CHECK(number->text_size() == canonical.size());
  CHECK(Number::parse(canonical) == *number);
}

TEST_CASE("what DynamoDB can not store is refused in its words") {
  const auto [text, error] = GENERATE(
      Refused{"", NumberError::not_a_number}, Refused{"-", NumberError::not_a_number},
      Refused{".", NumberError::not_a_number}, Refused{"e5", NumberError::not_a_number},
      Refused{"1e", NumberError::not_a_number}, Refused{"1e+", NumberError::not_a_number},
      Refused{" 1", NumberError::not_a_number}, Refused{"1 ", NumberError::not_a_number},
      Refused{"1.2.3", NumberError::not_a_number}, Refused{"--1", NumberError::not_a_number},
      Refused{"0x10", NumberError::not_a_number}, Refused{"NaN", NumberError::not_a_number},
      Refused{"Infinity", NumberError::not_a_number}, Refused{"1e1e1", NumberError::not_a_number},
      Refused{"1e99999999999", NumberError::not_a_number}, Refused{"1e126", NumberError::overflow},
      Refused{"11e125", NumberError::overflow}, Refused{"-1e126", NumberError::overflow},
      Refused{"1e2000000000", NumberError::overflow}, Refused{"1e-131", NumberError::underflow},
      Refused{"0.9e-130", NumberError::underflow},
      Refused{"3.14159265358979323846264338327950288419", NumberError::precision},
      Refused{"314159265358979323846264338327950288419e30", NumberError::precision},
      Refused{"1" + std::string(200, '0') + "1", NumberError::precision});
  INFO(text);
  const auto number = Number::parse(text);
  REQUIRE(!number);
  CHECK(number.error() == error);
}

TEST_CASE("each refusal of a number has DynamoDB's text") {
  CHECK(number_error_text(NumberError::not_a_number, "dog") ==
        "The parameter cannot be converted to a numeric value: dog");
  CHECK(number_error_text(NumberError::not_a_number) ==
        "The parameter cannot be converted to a numeric value");
  CHECK(number_error_text(NumberError::overflow) ==
        "Number overflow. Attempting to store a number with magnitude larger than supported range");
  CHECK(number_error_text(NumberError::underflow) ==
        "Number underflow. Attempting to store a number with magnitude smaller than supported "
        "range");
  CHECK(number_error_text(NumberError::precision) ==
        "Attempting to store more than 38 significant digits in a Number");
}

TEST_CASE("integers of 64 bits become numbers") {
  CHECK(Number::of(0).text() == "0");
  CHECK(Number::of(-1200).text() == "-1200");
  CHECK(Number::of(INT64_MAX).text() == "9223372036854775807");
  CHECK(Number::of(INT64_MIN).text() == "-9223372036854775808");
}

TEST_CASE("sums at the edges of what can be stored") {
  const auto number = [](const std::string& text) { return *Number::parse(text); };
  CHECK(number("1e22").plus(number("1"))->text() == "10000000000000000000001");
  CHECK(number("1e37").plus(number("1"))->text() == "10000000000000000000000000000000000001");
  CHECK(number("1e38").plus(number("1")).error() == NumberError::precision);
  CHECK(number("1e50").minus(number("1")).error() == NumberError::precision);
  CHECK(number("1e125").plus(number("1e-130")).error() == NumberError::precision);
  CHECK(number("1e38").minus(number("99999999999999999999999999999999999999"))->text() == "1");
  CHECK(number("99999999999999999999999999999999999999").plus(number("1"))->text() ==
        "1" + std::string(38, '0'));
  CHECK(number("34e37").plus(number("1")).error() == NumberError::precision);
  CHECK(number("29e37").plus(number("99999999999999999999999999999999999999")).error() ==
        NumberError::precision);
  CHECK(number("9e125").plus(number("9e125")).error() == NumberError::overflow);
  CHECK(number("9e125").minus(number("-9e125")).error() == NumberError::overflow);
  CHECK(number("11e-130").minus(number("1e-129"))->text() == "0." + std::string(129, '0') + "1");
  CHECK(number("5").minus(number("5")) == Number());
}

TEST_CASE("numbers agree with digits added by hand") {
  rc::prop("order, sum and difference are those of the digits", [] {
    const Number a = drawn_number(), b = drawn_number();
    const SlowNumber slow_a(a.text()), slow_b(b.text());
    RC_ASSERT(slow_a.text() == a.text());
    RC_ASSERT((a <=> b) == (slow_a.compare(slow_b) <=> 0));
    RC_ASSERT((a == b) == (slow_a.compare(slow_b) == 0));
    RC_ASSERT(a.digits() <= Number::kDigitsMax);
    for (const bool add : {true, false}) {
      const auto fast = add ? a.plus(b) : a.minus(b);
      const SlowNumber slow = add ? slow_a.plus(slow_b) : slow_a.minus(slow_b);
      RC_ASSERT(fast.has_value() == slow.can_be_stored());
      if (fast) RC_ASSERT(fast->text() == slow.text());
    }
  });
  rc::prop("what is read back is what was written", [] {
    const Number number = drawn_number();
    RC_ASSERT(Number::parse(number.text()).value() == number);
    RC_ASSERT(number.text().size() == number.text_size());
    RC_ASSERT(number.text().size() <= Number::kTextMax);
    RC_ASSERT(number.negated().negated() == number);
  });
  rc::prop("close numbers are told apart", [] {
    const Number a = drawn_number();
    const auto b = a.plus(*Number::parse("1e" + std::to_string(drawn_between(-40, 40))));
    RC_PRE(b.has_value());
    RC_ASSERT(a < *b);
    RC_ASSERT(b->minus(a).has_value());
  });
}

}  // namespace tablekey::model::items::number_test
