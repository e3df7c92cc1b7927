// Attribute values in the Database Encryption SDK's bytes: the shapes of its specification, and one
// way to write a value and no other.

#include "model/clients/encryption/terminal.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/crypto/hex.h"
#include "tests/model/clients/encryption/drawn_items.h"

namespace tablekey::model::encryption::terminal_test {
namespace {

using crypto::hex;
using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;

items::Number number(std::string_view text) { return items::Number::parse(text).value(); }

}  // namespace

TEST_CASE("values become terminals as the specification says", "[encryption]") {
  CHECK(to_terminal(items::Null{}) == Terminal{0x0000, {}});
  CHECK(to_terminal("Ada") == Terminal{0x0001, hex("416461")});
  CHECK(to_terminal(number("1.50")) == Terminal{0x0002, hex("312e35")});
  CHECK(to_terminal(Bytes{1, 2}) == Terminal{0xffff, hex("0102")});
  CHECK(to_terminal(AttributeValue::boolean(true)) == Terminal{0x0004, hex("01")});
  CHECK(to_terminal(AttributeValue::boolean(false)) == Terminal{0x0004, hex("00")});
  CHECK(to_terminal(items::StringSet{"b", "a"}) ==
        Terminal{0x0101, hex("00000002 0000000161 0000000162")});
  // By text, not by value: "10" before "9".
  CHECK(to_terminal(items::NumberSet{number("9"), number("10")}) ==
        Terminal{0x0102, hex("00000002 000000023130 0000000139")});
  CHECK(to_terminal(items::BinarySet{Bytes{2}, Bytes{1, 1}}) ==
        Terminal{0x01ff, hex("00000002 000000020101 0000000102")});
  CHECK(to_terminal(items::List{"a", items::Null{}}) ==
        Terminal{0x0300, hex("00000002 0001 00000001 61 0000 00000000")});
  CHECK(to_terminal(AttributeMap{{"k", "v"}}) ==
        Terminal{0x0200, hex("00000001 0001 00000001 6b 0001 00000001 76")});
}

TEST_CASE("sets and maps are ordered by UTF-16 units", "[encryption]") {
  const std::string bmp = "｡", beyond = "\U00010002";
  CHECK(to_terminal(items::StringSet{bmp, beyond}).value ==
        hex("00000002 00000004f0908082 00000003efbda1"));
  CHECK(to_terminal(AttributeMap{{bmp, items::Null{}}, {beyond, items::Null{}}}).value ==
        hex("00000002 0001 00000004 f0908082 0000 00000000 0001 00000003 efbda1 0000 00000000"));
}

TEST_CASE("drawn values come back from their terminals", "[encryption]") {
  rc::prop("whatever they are", [](std::uint64_t seed) {
    Dice dice(seed);
    const AttributeValue value = drawn_value(dice, 4);
    const Terminal terminal = to_terminal(value);
    RC_ASSERT(from_terminal(terminal.type, terminal.value).value() == value);
  });
}

TEST_CASE("bytes that are no value, or not the one way to write it, are refused", "[encryption]") {
  const auto refuses = [](std::uint16_t type, std::string_view bytes) {
    const auto value = from_terminal(type, hex(bytes));
    return !value.has_value() && value.error().failure == Failure::plaintext_malformed;
  };
  CHECK(refuses(0x0005, ""));
  CHECK(refuses(0x0000, "00"));
  CHECK(refuses(0x0004, ""));
  CHECK(refuses(0x0004, "02"));
  CHECK(refuses(0x0002, ""));
  CHECK(refuses(0x0002, "312e3530"));                        // 1.50
  CHECK(refuses(0x0001, "ff"));                              // no UTF-8
  CHECK(refuses(0x0101, "00000001"));                        // a member missing
  CHECK(refuses(0x0101, "00000000 00"));                     // bytes left over
  CHECK(refuses(0x0101, "ffffffff 0000000161"));             // members that are not there
  CHECK(refuses(0x0101, "00000002 0000000161 0000000161"));  // twice
  CHECK(refuses(0x0101, "00000002 0000000162 0000000161"));  // out of order
  CHECK(refuses(0x0300, "00000001 0001 00000002 61"));
  CHECK(refuses(0x0200, "00000001 0002 00000001 31 0000 00000000"));  // a name that is N
  CHECK(refuses(0x0200, "00000002 0001 00000001 6b 0000 00000000 0001 00000001 6b 0000 00000000"));
  // Lists in lists beyond DynamoDB's 32 levels.
  AttributeValue deep{items::List{}};
  for (int i = 0; i < 40; ++i) deep = items::List{deep};
  const Terminal terminal = to_terminal(deep);
  CHECK_FALSE(from_terminal(terminal.type, terminal.value).has_value());
}

TEST_CASE("random bytes are a value or refused", "[encryption]") {
  rc::prop("of every type", [](const Bytes& bytes, std::uint64_t pick) {
    static const std::uint16_t kTypes[] = {0, 1, 2, 4, 0x101, 0x102, 0x1ff, 0x200, 0x300, 0xffff};
    const std::uint16_t type = kTypes[pick % 10];
    const auto value = from_terminal(type, bytes);
    if (value) RC_ASSERT(to_terminal(*value) == (Terminal{type, bytes}));
  });
}

}  // namespace tablekey::model::encryption::terminal_test
