// Goal: a projection returns what its paths lead to and what is around it.
#include "model/dynamodb/items/projection.h"

#include <catch2/catch.hpp>
#include <string>

#include "model/dynamodb/items/json.h"

namespace tablekey::model::items::projection_test {
namespace {

const AttributeMap kItem = *parse_item(R"({
  "a": {"S": "1"}, "b": {"M": {"x": {"N": "1"}, "y": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]},
  "odd name": {"NULL": true}}}, "l": {"L": [{"M": {"k": {"S": "v"}, "j": {"S": "w"}}}, {"S": "s"}]}
})");

struct Projected {
  std::string text, json;
};

}  // namespace

TEST_CASE("a projection keeps what its paths lead to") {
  const auto [text, json] = GENERATE(
      Projected{"a", R"({"a":{"S":"1"}})"}, Projected{"absent", "{}"},
      Projected{"b.x, a", R"({"a":{"S":"1"},"b":{"M":{"x":{"N":"1"}}}})"},
      Projected{"b.y[2], b.y[0]", R"({"b":{"M":{"y":{"L":[{"S":"0"},{"S":"2"}]}}}})"},
      Projected{"b.y[7]", "{}"}, Projected{"b.#odd", R"({"b":{"M":{"odd name":{"NULL":true}}}})"},
      Projected{"l[0].k", R"({"l":{"L":[{"M":{"k":{"S":"v"}}}]}})"}, Projected{"l[1].k", "{}"},
      Projected{"a.x", "{}"}, Projected{"b[0]", "{}"},
      Projected{"l[0].k,l[1],l[0].j",
                R"({"l":{"L":[{"M":{"j":{"S":"w"},"k":{"S":"v"}}},{"S":"s"}]}})"});
  INFO(text);
  Placeholders given({{"#odd", "odd name"}}, {});
  const auto projection = Projection::parse(text, given);
  if (!projection) FAIL(projection.error().message);
  CHECK(to_json(projection->of(kItem)) == json);
}

TEST_CASE("a projection that does not read is refused") {
  Placeholders given;
  const auto words = [&given](std::string_view text) {
    return Projection::parse(text, given).error().message;
  };
  CHECK(words("!!") == R"(Invalid ProjectionExpression: Syntax error; token: "!", near: "!!")");
  CHECK(words("a,") == R"(Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ",")");
  CHECK(
      words("name") ==
      "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: name");
  CHECK(words("a, b, a") ==
        "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or "
        "rewrite one of these paths; path one: [a], path two: [a]");
  CHECK(words("a.b, a[1]") ==
        "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or "
        "rewrite one of these paths; path one: [a, b], path two: [a, [1]]");
  CHECK(words("#x") ==
        "Invalid ProjectionExpression: An expression attribute name used in the document path is "
        "not defined; attribute name: #x");
}

}  // namespace tablekey::model::items::projection_test
