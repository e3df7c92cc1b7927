// Goal: the reader takes exactly RFC 8259, sees repeated keys, and says where a fault lies.
#include "model/iam/json.h"

#include <catch2/catch.hpp>
#include <string>

namespace tablekey::model::iam::json_test {

TEST_CASE("a JSON document is read with the place of every value") {
  const auto root = read_json(" {\"a\": [1, -2.5e+3, true, null], \"b\": \"x\\u00e9\\n\"} ");
  REQUIRE(root);
  CHECK(root->offset == 1);
  const JsonValue* list = root->find("a");
  REQUIRE(list != nullptr);
  REQUIRE(list->items.size() == 4);
  CHECK(list->items[1].text == "-2.5e+3");
  CHECK(list->items[1].offset == 11);
  CHECK(list->items[2].kind == JsonKind::boolean);
  CHECK(list->items[3].kind == JsonKind::null);
  CHECK(root->find("b")->text == "x\xc3\xa9\n");
  CHECK(root->find("c") == nullptr);
}

TEST_CASE("a surrogate pair is one character and half of one is refused") {
  CHECK(read_json("\"\\ud83d\\udd11\"")->text == "\xf0\x9f\x94\x91");
  CHECK(!read_json("\"\\ud83d\""));
  CHECK(!read_json("\"\\ud83dx\""));
  CHECK(!read_json("\"\\udd11\""));
  CHECK(!read_json("\"\\ud83d\\u0041\""));
}

TEST_CASE("what is not JSON is refused") {
  const auto text =
      GENERATE("", " ", "{", "[", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "01",
               "-01", "+1", ".5", "1.", "1e", "-", "nul", "True", "\"", "\"\\x\"", "\"\\u12g4\"",
               "\"\\u12\"", "\"\n\"", "1 2", "{}{}", "[1}", "\v1", "// c\n1", "NaN", "\"\\");
  INFO(text);
  CHECK(!read_json(text));
}

TEST_CASE("bytes that are not UTF-8 are refused") {
  const auto bytes = GENERATE("\xff", "\xc0\x80", "\xc3", "\xed\xa0\x80", "\xe0\x80\x80",
                              "\xf5\x80\x80\x80", "\xf4\x90\x80\x80", "\xc3\x28", "\x80");
  CHECK(!read_json(std::string("\"").append(bytes).append("\"")));
}

TEST_CASE("a repeated key is a fault with its path and place") {
  const auto root = read_json("{\"a\": [{\"b\": 1,\n \"b\": 2}]}");
  REQUIRE(!root);
  CHECK(root.error().message == "The key \"b\" is given twice.");
  CHECK(root.error().path == "$.a[0].b");
  CHECK(root.error().offset == 17);
}

TEST_CASE("nesting is bounded and arrays may be long") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(read_json(nested(kJsonDepthMax)));
  CHECK(!read_json(nested(kJsonDepthMax + 1)));
  CHECK(!read_json(std::string(1'000'000, '[')));
  std::string many = "[0";
  for (int i = 0; i < 50'000; ++i) many += ",0";
  CHECK(read_json(many + "]"));
}

TEST_CASE("every cut of a document is refused") {
  const std::string text = "{\"Statement\":[{\"a\":\"\\u00e9\",\"b\":[1.5e3,true]}]}";
  REQUIRE(read_json(text));
  for (std::size_t length = 0; length < text.size(); ++length) {
    INFO(length);
    CHECK(!read_json(text.substr(0, length)));
  }
}

TEST_CASE("the path of a value names keys and indices from the root") {
  const auto root = read_json("{\"Statement\": [{}, {\"Action\": [\"a\", \"b\"]}]}");
  REQUIRE(root);
  const JsonValue& action = *root->find("Statement")->items[1].find("Action");
  CHECK(json_path(*root, action.items[1]) == "$.Statement[1].Action[1]");
  CHECK(json_path(*root, *root) == "$");
}

TEST_CASE("the path of a place is that of the innermost value around it") {
  const std::string text = R"({"a": [1, {"bc": "de"}], "f": 2})";
  const auto root = read_json(text);
  REQUIRE(root);
  const auto path = [&](std::string_view needle) { return json_path(*root, text.find(needle)); };
  CHECK(path("1") == "$.a[0]");
  CHECK(path("c") == "$.a[1].bc");
  CHECK(path("e\"}") == "$.a[1].bc");
  CHECK(path("\"f") == "$.f");
  CHECK(json_path(*root, std::size_t{0}) == "$");
}

}  // namespace tablekey::model::iam::json_test
