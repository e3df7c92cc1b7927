// Goal: the bytes of dynamodb.md 8.1, exactly; every value comes back; nothing else is read.
#include "model/dynamodb/items/serialize.h"

#include <fmt/format.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <string>

#include "model/dynamodb/items/json.h"
#include "tests/model/dynamodb/items/drawn_items.h"

namespace tablekey::model::items::serialize_test {
namespace {

std::string hex(const Bytes& bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

Bytes from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return bytes;
}

struct Vector {
  std::string json, bytes;
};

// A list of `levels` lists inside one another.
Bytes nested(std::size_t levels) {
  Bytes bytes;
  for (std::size_t i = 0; i < levels; ++i) {
    const Bytes head = from_hex(i + 1 == levels ? "004c00000000" : "004c00000001");
    bytes.insert(bytes.end(), head.begin(), head.end());
  }
  return bytes;
}

}  // namespace

TEST_CASE("values have the bytes of the published vectors") {
  const auto [json, bytes] = GENERATE(
      Vector{R"({"S":"Ada"})", "007300000003416461"},
      Vector{R"({"N":"300"})", "006e00000003333030"},
      Vector{R"({"N":"1.50"})", "006e00000003312e35"}, Vector{R"({"BOOL":true})", "003f01"},
      Vector{R"({"SS":["b","a"]})", "00530000000200000001610000000162"},
      Vector{R"({"BOOL":false})", "003f00"}, Vector{R"({"NULL":true})", "0000"},
      Vector{R"({"B":"AP8="})", "00620000000200ff"}, Vector{R"({"S":""})", "007300000000"},
      // The numbers of a set are sorted as texts: 10 before 9.
      Vector{R"({"NS":["9","10"]})",
             "004e0000000200000002313000000001"
             "39"},
      Vector{R"({"BS":["Ag==","AQ=="]})",
             "004200000002"
             "0000000101"
             "0000000102"},
      Vector{R"({"L":[{"NULL":true},{"S":"a"}]})",
             "004c00000002"
             "0000"
             "00730000000161"},
      Vector{R"({"M":{"b":{"BOOL":true},"a":{"NULL":true}}})",
             "004d00000002"
             "00730000000161"
             "0000"
             "00730000000162"
             "003f01"});
  INFO(json);
  const auto value = parse_value(json);
  REQUIRE(value);
  CHECK(hex(serialize(*value)) == bytes);
  CHECK(serialized_size(*value) == bytes.size() / 2);
  const auto back = deserialize(from_hex(bytes));
  REQUIRE(back);
  CHECK(*back == *value);
}

TEST_CASE("serializing appends") {
  Bytes out = {1, 2};
  serialize(AttributeValue("a"), out);
  serialize(AttributeMap{{"k", Null{}}}, out);
  CHECK(hex(out) ==
        "010200730000000161"
        "004d00000001"
        "0073000000016b"
        "0000");
}

TEST_CASE("bytes that serialize does not write are refused") {
  const auto bytes = GENERATE(as<std::string>(), "", "00", "01", "0173", "0078", "0073", "00730000",
                              "00730000000161ff", "0073000000026", "0073ffffffff", "007300000001ff",
                              "003f", "003f02", "006e00000000",
                              "006e0000000231"
                              "20",
                              "006e0000000330302e",
                              "006e00000002"
                              "3031",
                              "006e00000003"
                              "312e30",
                              "005300000000",
                              "005300000002"
                              "0000000162"
                              "0000000161",
                              "005300000002"
                              "0000000161"
                              "0000000161",
                              "0053ffffffff"
                              "00000000",
                              "004e00000002"
                              "0000000139"
                              "000000023130",
                              "004cffffffff",
                              "004d00000001"
                              "006200000001"
                              "61",
                              "004d00000002"
                              "00730000000162"
                              "0000"
                              "00730000000161"
                              "0000",
                              "000000");
  INFO(bytes);
  const auto value = deserialize(from_hex(bytes.size() % 2 == 0 ? bytes : bytes + "0"));
  REQUIRE(!value);
  CHECK(value.error().starts_with("byte "));
}

TEST_CASE("an item is a map") {
  CHECK(deserialize_item(from_hex("004d00000000")) == AttributeMap{});
  CHECK(!deserialize_item(from_hex("004c00000000")).has_value());
}

TEST_CASE("32 levels are deserialized and a 33rd is refused") {
  CHECK(deserialize(nested(32)).has_value());
  CHECK(!deserialize(nested(33)).has_value());
  CHECK(!deserialize(nested(60'000)).has_value());
}

TEST_CASE("serialized values come back") {
  rc::prop("deserialize is the inverse of serialize", [] {
    const AttributeValue value = drawn_value(4);
    const Bytes bytes = serialize(value);
    RC_ASSERT(bytes.size() == serialized_size(value));
    const auto back = deserialize(bytes);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
  });
  rc::prop("an item comes back as an item", [] {
    const AttributeMap item = drawn_map(3, 6);
    const auto back = deserialize_item(serialize(item));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == item);
    RC_ASSERT(deserialize(serialize(item)).value() == AttributeValue(item));
  });
  rc::prop("only one byte string reads as a value", [] {
    Bytes bytes = serialize(drawn_value(3));
    for (std::size_t left = 1 + drawn_below(3); left > 0; --left) {
      const std::size_t at = drawn_below(bytes.size());
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << drawn_below(8)));
    }
    if (drawn_below(3) == 0) bytes.resize(drawn_below(bytes.size() + 1));
    const auto read = deserialize(bytes);
    if (read) RC_ASSERT(serialize(*read) == bytes);
  });
}

}  // namespace tablekey::model::items::serialize_test
