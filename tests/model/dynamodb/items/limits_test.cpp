// Goal: sizes and capacity are those of dynamodb.md 9; validation speaks DynamoDB's words.
#include "model/dynamodb/items/limits.h"

#include <catch2/catch.hpp>
#include <string>

#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/validate.h"

namespace tablekey::model::items::limits_test {
namespace {

const KeySchema kBooks = {{"Author", Type::s}, KeyAttribute{"Title", Type::n}};
const KeySchema kBlobs = {{"Id", Type::b}, std::nullopt};

struct Sized {
  std::string json;
  std::size_t bytes;
};

struct Judged {
  std::string json, text;
};

std::string words(const Refusal& refusal) { return refusal.value_or("fine"); }

}  // namespace

TEST_CASE("each type has its size") {
  const auto [json, bytes] = GENERATE(
      Sized{R"({"S":""})", 0}, Sized{R"({"S":"\u00e9x"})", 3}, Sized{R"({"B":"AAEC"})", 3},
      Sized{R"({"N":"0"})", 1}, Sized{R"({"N":"7"})", 2}, Sized{R"({"N":"300"})", 2},
      Sized{R"({"N":"-12"})", 2}, Sized{R"({"N":"1.23"})", 3},
      Sized{R"({"N":"12345678901234567890123456789012345678"})", 20}, Sized{R"({"BOOL":true})", 1},
      Sized{R"({"NULL":true})", 1}, Sized{R"({"SS":["a","bc"]})", 3},
      Sized{R"({"NS":["1","100"]})", 4}, Sized{R"({"BS":["AA==","AAE="]})", 3},
      Sized{R"({"L":[]})", 3}, Sized{R"({"M":{}})", 3}, Sized{R"({"L":[{"S":"ab"},{"S":""}]})", 7},
      Sized{R"({"M":{"key":{"S":"ab"}}})", 9},
      Sized{R"({"L":[{"L":[{"BOOL":false}]}]})", 3 + 1 + 3 + 1 + 1});
  INFO(json);
  CHECK(value_size(*parse_value(json)) == bytes);
}

TEST_CASE("an item's names count") {
  CHECK(item_size({}) == 0);
  CHECK(item_size({{"Author", "Ada"}, {"Pages", AttributeValue::number(300)}}) == 6 + 3 + 5 + 2);
}

TEST_CASE("levels are lists and maps inside one another") {
  CHECK(levels("x") == 0);
  CHECK(levels(StringSet{"x"}) == 0);
  CHECK(levels(List{}) == 1);
  CHECK(levels(List{"x", AttributeMap{{"a", List{}}}}) == 3);
}

TEST_CASE("capacity is counted in whole steps") {
  CHECK(read_half_units(0, ReadMode::eventual) == 1);
  CHECK(read_half_units(4096, ReadMode::eventual) == 1);
  CHECK(read_half_units(4097, ReadMode::eventual) == 2);
  CHECK(read_half_units(4097, ReadMode::strong) == 4);
  CHECK(read_half_units(4097, ReadMode::transactional) == 8);
  CHECK(read_half_units(kItemBytesMax, ReadMode::strong) == 200);
  CHECK(write_units(0) == 1);
  CHECK(write_units(1024) == 1);
  CHECK(write_units(1025) == 2);
  CHECK(write_units(1025, true) == 4);
}

TEST_CASE("an item must have its key and be within bounds") {
  const auto [json, text] = GENERATE(
      Judged{R"({"Author":{"S":"Ada"},"Title":{"N":"1"}})", "fine"},
      Judged{R"({"Author":{"S":"Ada"}})",
             "One or more parameter values were invalid: Missing the key Title in the item"},
      Judged{R"({"Author":{"S":"Ada"},"Title":{"S":"x"}})",
             "One or more parameter values were invalid: Type mismatch for key Title expected: N "
             "actual: S"},
      Judged{R"({"Author":{"S":""},"Title":{"N":"1"}})",
             "One or more parameter values are not valid. The AttributeValue for a key attribute "
             "cannot contain an empty string value. Key: Author"},
      Judged{R"({"Author":{"S":")" + std::string(2049, 'x') + R"("},"Title":{"N":"1"}})",
             "One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
             "size limit of2048 bytes"},
      Judged{R"({"Author":{"S":")" + std::string(2048, 'x') + R"("},"Title":{"N":"1"}})", "fine"},
      Judged{R"({"Author":{"S":"A"},"Title":{"N":"1"},"":{"S":""}})",
             "One or more parameter values were invalid: Empty attribute name"});
  CHECK(words(validate_item(*parse_item(json), kBooks)) == text);
}

TEST_CASE("an item of 400 KB is stored and one byte more is not") {
  AttributeMap item = {{"Id", Bytes{1}}};
  item.set("x", std::string(kItemBytesMax - 4, 'x'));
  CHECK(item_size(item) == kItemBytesMax);
  CHECK(words(validate_item(item, kBlobs)) == "fine");
  CHECK(words(validate_updated_item(item)) == "fine");
  item.set("x", std::string(kItemBytesMax - 3, 'x'));
  CHECK(words(validate_item(item, kBlobs)) == "Item size has exceeded the maximum allowed size");
  CHECK(words(validate_updated_item(item)) ==
        "Item size to update has exceeded the maximum allowed size");
}

TEST_CASE("values are within bounds wherever they come in") {
  AttributeValue deep = List{};
  for (std::size_t i = 1; i < kLevelsMax; ++i) deep = List{deep};
  CHECK(words(validate_value(deep)) == "fine");
  deep = List{deep};
  CHECK(words(validate_value(deep)) ==
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
        "beyond supported limit");
  CHECK(words(validate_value(List{StringSet{}})) ==
        "One or more parameter values were invalid: An string set  may not be empty");
  CHECK(words(validate_value(NumberSet{})) ==
        "One or more parameter values were invalid: An number set  may not be empty");
  CHECK(words(validate_value(AttributeMap{{"a", BinarySet{}}})) ==
        "One or more parameter values were invalid: Binary sets should not be empty");
  CHECK(words(validate_value(AttributeMap{{std::string(65'536, 'n'), "x"}}))
            .starts_with("One or more parameter values were invalid: Attribute name is too large"));
}

TEST_CASE("a key is exactly the key attributes") {
  const auto [json, text] = GENERATE(
      Judged{R"({"Author":{"S":"Ada"},"Title":{"N":"1"}})", "fine"},
      Judged{R"({"Author":{"S":"Ada"}})", "The provided key element does not match the schema"},
      Judged{R"({"Author":{"S":"Ada"},"Title":{"S":"1"}})",
             "The provided key element does not match the schema"},
      Judged{R"({"Author":{"S":"Ada"},"Title":{"N":"1"},"x":{"N":"1"}})",
             "The provided key element does not match the schema"},
      Judged{R"({"Author":{"S":"Ada"},"Other":{"N":"1"}})",
             "The provided key element does not match the schema"},
      Judged{R"({"Author":{"S":""},"Title":{"N":"1"}})",
             "One or more parameter values are not valid. The AttributeValue for a key attribute "
             "cannot contain an empty string value. Key: Author"});
  CHECK(words(validate_key(*parse_item(json), kBooks)) == text);
  CHECK(words(validate_key({{"Id", Bytes{}}}, kBlobs)) ==
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty binary value. Key: Id");
}

TEST_CASE("an index takes the items that have its key") {
  const KeySchema index = {{"Genre", Type::s}, KeyAttribute{"Year", Type::n}};
  AttributeMap item = {{"Author", "Ada"}, {"Title", AttributeValue::number(1)}};
  CHECK(words(validate_index_key(item, index, "ByGenre")) == "fine");
  CHECK(!has_key(item, index));
  item.set("Genre", "science");
  CHECK(!has_key(item, index));
  item.set("Year", AttributeValue::number(1843));
  CHECK(words(validate_index_key(item, index, "ByGenre")) == "fine");
  CHECK(has_key(item, index));
  CHECK(key_of(item, kBooks) ==
        AttributeMap{{"Author", "Ada"}, {"Title", AttributeValue::number(1)}});
  item.set("Year", "1843");
  CHECK(words(validate_index_key(item, index, "ByGenre")) ==
        "One or more parameter values were invalid: Type mismatch for Index Key Year Expected: N "
        "Actual: S IndexName: ByGenre");
  item.set("Year", AttributeValue::number(1843));
  item.set("Genre", "");
  CHECK(
      words(validate_index_key(item, index, "ByGenre")) ==
      "One or more parameter values are not valid. A value specified for a secondary index key is "
      "not supported. The AttributeValue for a key attribute cannot contain an empty string "
      "value. IndexName: ByGenre, IndexKey: Genre");
}

}  // namespace tablekey::model::items::limits_test
