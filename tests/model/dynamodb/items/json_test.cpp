// Goal: DynamoDB JSON is read with clear errors and written in one form; what is written is read
// back.
#include "model/dynamodb/items/json.h"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/model/dynamodb/items/drawn_items.h"

namespace tablekey::model::items::json_test {
namespace {

struct Bad {
  std::string json, path, message;
};

std::string nested(std::size_t levels) {
  std::string json = R"({"S":""})";
  for (std::size_t i = 0; i < levels; ++i) json = R"({"L":[)" + json + "]}";
  return json;
}

}  // namespace

TEST_CASE("an item of all types is written in its one form") {
  const AttributeMap item = {
      {"Pages", AttributeValue::number(300)},
      {"Author", "Ada \"the first\"\n"},
      {"Blob", Bytes{0, 1, 2, 0xFF}},
      {"Open", AttributeValue::boolean(true)},
      {"Lost", Null{}},
      {"Tags", StringSet{"b", "a"}},
      {"Years", NumberSet{Number::of(10), Number::of(9)}},
      {"Keys", BinarySet{Bytes{2}, Bytes{1, 2}}},
      {"Steps", List{"one", AttributeValue::number(-2), List{}}},
      {"More", AttributeMap{{"b", "2"}, {"a", "1"}}},
  };
  const std::string json =
      R"({"Author":{"S":"Ada \"the first\"\n"},"Blob":{"B":"AAEC/w=="},)"
      R"("Keys":{"BS":["AQI=","Ag=="]},"Lost":{"NULL":true},"More":{"M":{"a":{"S":"1"},)"
      R"("b":{"S":"2"}}},"Open":{"BOOL":true},"Pages":{"N":"300"},)"
      R"("Steps":{"L":[{"S":"one"},{"N":"-2"},{"L":[]}]},"Tags":{"SS":["a","b"]},)"
      R"("Years":{"NS":["9","10"]}})";
  CHECK(to_json(item) == json);
  const auto read = parse_item(json);
  REQUIRE(read);
  CHECK(*read == item);
}

TEST_CASE("space, order, spelling and escapes are free") {
  const auto read = parse_item(
      " {\n\t\"b\" : { \"NS\" : [ \"1e1\" , \"2.50\" ] }, "
      "\"a\":{\"S\":\"\\u00e9\\ud83d\\ude00\\/\"}}\r ");
  REQUIRE(read);
  CHECK(to_json(*read) ==
        "{\"a\":{\"S\":\"\xC3\xA9\xF0\x9F\x98\x80/\"},\"b\":{\"NS\":[\"2.5\",\"10\"]}}");
}

TEST_CASE("the canonical items of scenarios are read") {
  // Key attributes first, sets in the order of their JSON texts.
  const auto read = parse_item(
      R"({"Title":{"S":"x"},"Author":{"S":"Ada"},"Set":{"SS":["a!","a"]},"N":{"NS":["10","9"]}})");
  REQUIRE(read);
  CHECK(
      to_json(*read) ==
      R"({"Author":{"S":"Ada"},"N":{"NS":["9","10"]},"Set":{"SS":["a","a!"]},"Title":{"S":"x"}})");
}

TEST_CASE("what is no item is refused with its place") {
  const auto [json, path, message] = GENERATE(
      Bad{"", "$", "expected '{', the text ends"}, Bad{"[]", "$", "expected '{'"},
      Bad{R"({"a":1})", "$.a", "expected '{'"},
      Bad{R"({"a":{}})", "$.a",
          "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      Bad{R"({"a":{"S":"x","N":"1"}})", "$.a",
          "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
          "the "
          "supported datatypes"},
      Bad{R"({"a":{"X":"x"}})", "$.a",
          "'X' is no type of an attribute: S, N, B, BOOL, NULL, SS, NS, BS, L or M"},
      Bad{R"({"a":{"S":1}})", "$.a.S", "expected '\"'"},
      Bad{R"({"a":{"N":"dog"}})", "$.a.N",
          "The parameter cannot be converted to a numeric value: dog"},
      Bad{R"({"a":{"N":"1e126"}})", "$.a.N",
          "Number overflow. Attempting to store a number with magnitude larger than supported "
          "range"},
      Bad{R"({"a":{"B":"?"}})", "$.a.B", "a B value must be base64"},
      Bad{R"({"a":{"BOOL":1}})", "$.a.BOOL", "expected true or false"},
      Bad{R"({"a":{"NULL":false}})", "$.a.NULL",
          "One or more parameter values were invalid: Null attribute value types must have the "
          "value "
          "of true"},
      Bad{R"({"a":{"SS":[]}})", "$.a.SS",
          "One or more parameter values were invalid: An string set  may not be empty"},
      Bad{R"({"a":{"NS":[]}})", "$.a.NS",
          "One or more parameter values were invalid: An number set  may not be empty"},
      Bad{R"({"a":{"BS":[]}})", "$.a.BS",
          "One or more parameter values were invalid: Binary sets should not be empty"},
      Bad{R"({"a":{"SS":["x","x"]}})", "$.a.SS",
          "One or more parameter values were invalid: Input collection [x, x] contains "
          "duplicates."},
      Bad{R"({"a":{"NS":["1","1.0"]}})", "$.a.NS", "Input collection contains duplicates"},
      Bad{R"({"a":{"BS":["AQ==","AQ=="]}})", "$.a.BS",
          "One or more parameter values were invalid: Input collection of type BS contains "
          "duplicates."},
      Bad{R"({"a":{"L":[{"S":""},{"M":{"b":{"N":"x"}}}]}})", "$.a.L[1].M.b.N",
          "The parameter cannot be converted to a numeric value: x"},
      Bad{R"({"a":{"S":""},"a":{"S":""}})", "$", "an attribute is given twice"},
      Bad{R"({"a":{"S":""}} x)", "$", "there is more text behind the value"},
      Bad{"{\"a\":{\"S\":\"\x80\"}}", "$.a.S", "a string that is not UTF-8"},
      Bad{R"({"a":{"S":"\ud800"}})", "$.a.S", "half a surrogate pair"},
      Bad{"{\"a\":{\"S\":\"\x01\"}}", "$.a.S", "a control character in a string"});
  INFO(json);
  const auto read = parse_item(json);
  REQUIRE(!read);
  CHECK(read.error().message == message);
  CHECK(read.error().path == path);
  CHECK(read.error().position <= json.size());
}

TEST_CASE("32 levels are read and a 33rd is refused") {
  CHECK(parse_value(nested(32)).has_value());
  const auto deep = parse_value(nested(33));
  REQUIRE(!deep);
  CHECK(deep.error().message.starts_with("Nesting Levels have exceeded supported limits"));
  CHECK(!parse_value(nested(100'000)).has_value());
}

TEST_CASE("JSON of drawn items is read back and is JSON") {
  rc::prop("what is written is read back", [] {
    const AttributeMap item = drawn_map(4);
    const std::string json = to_json(item);
    const auto read = parse_item(json);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == item);
    RC_ASSERT(to_json(*read) == json);
    // A reader of JSON by others agrees that it is what it is.
    const auto other = nlohmann::json::parse(json);
    RC_ASSERT(parse_item(other.dump(2)).value() == *read);
    RC_ASSERT(parse_item(other.dump(-1, ' ', true)).value() == *read);
  });
}

}  // namespace tablekey::model::items::json_test
