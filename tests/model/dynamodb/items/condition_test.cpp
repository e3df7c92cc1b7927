// Goal: conditions mean what DynamoDB's mean, and what is wrong with one is said in its words, at
// its place. Drawn conditions are held against plain functions over the JSON of items.
#include "model/dynamodb/items/condition.h"

#include <fmt/format.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <string>

#include "model/dynamodb/items/json.h"
#include "tests/model/dynamodb/items/drawn_expression.h"

namespace tablekey::model::items::condition_test {
namespace {

const AttributeMap kItem = *parse_item(R"({
  "p": {"S": "key"}, "n": {"N": "5"}, "m": {"N": "7"}, "s": {"S": "hello"}, "b": {"B": "AAEC"},
  "t": {"BOOL": true}, "z": {"NULL": true}, "ss": {"SS": ["x", "y"]}, "ns": {"NS": ["1", "2.5"]},
  "bs": {"BS": ["AQ=="]}, "l": {"L": [{"N": "1"}, {"S": "two"}, {"M": {"k": {"S": "deep"}}}]},
  "doc": {"M": {"a": {"M": {"b": {"N": "3"}}}, "odd name": {"S": "o"}}}, "e": {"S": ""}
})");

Placeholders placeholders() {
  return {{{"#s", "s"}, {"#odd", "odd name"}, {"#d", "doc"}, {"#status", "Status"}},
          *parse_item(R"({
    ":five": {"N": "5"}, ":six": {"N": "6.0"}, ":hello": {"S": "hello"}, ":he": {"S": "he"},
    ":b": {"B": "AAEC"}, ":b0": {"B": "AA=="}, ":t": {"BOOL": true}, ":null": {"NULL": true},
    ":yx": {"SS": ["y", "x"]}, ":x": {"S": "x"}, ":one": {"N": "1"}, ":S": {"S": "S"},
    ":SS": {"S": "SS"}, ":bad": {"S": "X"}, ":list": {"L": []}, ":empty": {"S": ""},
    ":two": {"S": "two"}, ":map": {"M": {"k": {"S": "deep"}}}
  })")};
}

struct Asked {
  std::string text;
  bool holds;
};

struct Refused {
  std::string text, message, offence;
};

}  // namespace

TEST_CASE("a condition holds or it does not") {
  const auto [text, holds] = GENERATE(
      Asked{"n = :five", true}, Asked{"n = :hello", false}, Asked{"n <> :hello", true},
      Asked{"n < :six", true}, Asked{":six > n", true}, Asked{"n >= :five", true},
      Asked{"n > :five", false}, Asked{"n < :hello", false}, Asked{"n >= :hello", false},
      Asked{"s > :he", true}, Asked{"b > :b0", true}, Asked{"n < m", true}, Asked{"m < n", false},
      Asked{"absent = :five", false}, Asked{"absent <> :five", true}, Asked{"absent = gone", false},
      Asked{"absent <> gone", true}, Asked{"NOT absent = :five", true},
      Asked{"absent < :five", false}, Asked{"NOT absent < :five", true}, Asked{"ss = :yx", true},
      Asked{"t = :t", true}, Asked{"z = :null", true}, Asked{"l[2] = :map", true},
      Asked{"e = :empty", true}, Asked{"n BETWEEN :five AND :six", true},
      Asked{"m BETWEEN :five AND :six", false}, Asked{"n between n_absent and :six", false},
      Asked{":six BETWEEN n AND m", true}, Asked{"n IN (:hello, :five)", true},
      Asked{"n IN (:hello)", false}, Asked{"absent IN (:five)", false},
      Asked{"n IN (m, :five)", true}, Asked{"attribute_exists(n)", true},
      Asked{"attribute_exists(n.x)", false}, Asked{"attribute_not_exists(absent)", true},
      Asked{"attribute_exists(l[2].k)", true}, Asked{"attribute_exists(l[3])", false},
      Asked{"attribute_exists(#d.#odd)", true}, Asked{"attribute_type(s, :S)", true},
      Asked{"attribute_type(ss, :SS)", true}, Asked{"attribute_type(absent, :S)", false},
      Asked{"begins_with(#s, :he)", true}, Asked{"begins_with(#s, :empty)", true},
      Asked{"begins_with(n, :he)", false}, Asked{"begins_with(b, :b0)", true},
      Asked{"begins_with(:hello, s)", true}, Asked{"contains(s, :he)", true},
      Asked{"contains(ss, :x)", true}, Asked{"contains(ns, :one)", true},
      Asked{"contains(ns, :five)", false}, Asked{"contains(l, :two)", true},
      Asked{"contains(l, :x)", false}, Asked{"contains(l, :map)", true},
      Asked{"contains(b, :b0)", true}, Asked{"contains(doc, :x)", false},
      Asked{"contains(n, :five)", false}, Asked{"size(s) = :five", true},
      Asked{"size(b) < :five", true}, Asked{"size(ss) > :one", true},
      Asked{"size(l) < :five AND size(doc) > :one", true}, Asked{"size(n) > :one", false},
      Asked{"NOT size(absent) > :one", true}, Asked{"size(:hello) = n", true},
      Asked{"doc.a.b < :five", true}, Asked{"n = :five OR n = :six AND n = :hello", true},
      Asked{"(n = :five OR n = :six) AND n = :hello", false},
      Asked{"NOT n = :five AND n = :hello", false}, Asked{"NOT (n = :five AND n = :hello)", true},
      Asked{"NOT NOT n = :five", true}, Asked{"(n) = (:five)", true},
      Asked{"not\tattribute_exists ( absent )\r\nAnd n=:five", true});
  INFO(text);
  Placeholders given = placeholders();
  const auto condition = Condition::parse(text, given);
  if (!condition) FAIL(condition.error().message);
  CHECK(condition->holds(kItem) == holds);
}

TEST_CASE("a condition that does not read is refused at its token") {
  const auto [text, message, offence] = GENERATE(
      Refused{"a-b", R"(Syntax error; token: "-", near: "a-b")", "-"},
      Refused{"a = = :five", R"(Syntax error; token: "=", near: "= = :five")", "="},
      Refused{"n = :five AND", R"(Syntax error; token: "<EOF>", near: "AND")", ""},
      Refused{"n", R"(Syntax error; token: "<EOF>", near: "n")", ""},
      Refused{"(n = :five", R"(Syntax error; token: "<EOF>", near: ":five")", ""},
      Refused{"n = :five)", R"x(Syntax error; token: ")", near: ":five)")x", ")"},
      Refused{"_hidden = :five", R"(Syntax error; token: "_", near: "_hidden")", "_"},
      Refused{"n = 5", R"(Syntax error; token: "5", near: "= 5")", "5"},
      Refused{"n = : five", R"(Syntax error; token: ":", near: "= : five")", ":"},
      Refused{"n \xC3\xA9 m", "Syntax error; token: \"\xC3\xA9\", near: \"n \xC3\xA9 m\"",
              "\xC3\xA9"},
      Refused{"(n = :five) = :six", R"(Syntax error; token: "=", near: ") = :six")", "="},
      Refused{"n = (m = :six)", R"x(Syntax error; token: "<EOF>", near: ")")x", ""},
      Refused{"n BETWEEN :five OR :six", R"(Syntax error; token: "OR", near: ":five OR :six")",
              "OR"},
      Refused{"n IN :five", R"(Syntax error; token: ":five", near: "IN :five")", ":five"},
      Refused{"n IN ()", R"x(Syntax error; token: ")", near: "()")x", ")"},
      Refused{"l[x] = :five", R"(Syntax error; token: "x", near: "[x]")", "x"},
      Refused{"l[01] = :five", R"(Syntax error; token: "1", near: "01]")", "1"},
      Refused{"n AND m = :five", R"(Syntax error; token: "AND", near: "n AND m")", "AND"},
      Refused{"((n = :five))", "The expression has redundant parentheses;", "((n = :five))"},
      Refused{"n = ((:five))", "The expression has redundant parentheses;", "((:five))"});
  INFO(text);
  Placeholders given = placeholders();
  const auto condition = Condition::parse(text, given);
  REQUIRE(!condition);
  CHECK(condition.error().message == "Invalid ConditionExpression: " + message);
  CHECK(text.substr(condition.error().position, condition.error().length) == offence);
}

TEST_CASE("a condition without a lawful meaning is refused in DynamoDB's words") {
  const auto [text, message, offence] = GENERATE(
      Refused{"size = :five", "Attribute name is a reserved keyword; reserved keyword: size",
              "size"},
      Refused{"doc.Status = :five",
              "Attribute name is a reserved keyword; reserved keyword: Status", "Status"},
      Refused{"l[9999999999] = :five",
              "List index is not within the allowable range; index: [9999999999]", "9999999999"},
      Refused{"like(s, :he)", "Invalid function name; function: like", "like"},
      Refused{"Size(s) = :five", "Invalid function name; function: Size", "Size"},
      Refused{"if_not_exists(s, :he)",
              "The function is not allowed in a condition expression; function: if_not_exists",
              "if_not_exists"},
      Refused{"size(s)",
              "The function is not allowed to be used this way in an expression; function: size",
              "size"},
      Refused{"attribute_exists(s) = :t",
              "The function is not allowed to be used this way in an expression; function: "
              "attribute_exists",
              "attribute_exists"},
      Refused{"begins_with(s)",
              "Incorrect number of operands for operator or function; operator or function: "
              "begins_with, number of operands: 1",
              "begins_with"},
      Refused{"#x = :five",
              "An expression attribute name used in the document path is not defined; attribute "
              "name: #x",
              "#x"},
      Refused{"n = :y",
              "An expression attribute value used in expression is not defined; attribute "
              "value: :y",
              ":y"});
  INFO(text);
  Placeholders given = placeholders();
  const auto condition = Condition::parse(text, given);
  REQUIRE(!condition);
  CHECK(condition.error().message == "Invalid ConditionExpression: " + message);
  CHECK(text.substr(condition.error().position, condition.error().length) == offence);
}

TEST_CASE("a condition whose operands do not fit is refused in DynamoDB's words") {
  const std::string operand =
      "Incorrect operand type for operator or function; operator or function: ";
  const auto [text, message, offence] = GENERATE_COPY(
      Refused{"attribute_exists(:five)",
              "Operator or function requires a document path; operator or function: "
              "attribute_exists",
              "attribute_exists(:five)"},
      Refused{"s = #s",
              "The first operand must be distinct from the remaining operands for this "
              "operator or "
              "function; operator: =, first operand: [s]",
              "s = #s"},
      Refused{"l[2].k IN (:five, l[2].k)",
              "The first operand must be distinct from the remaining operands for this "
              "operator or "
              "function; operator: IN, first operand: [l, [2], k]",
              "l[2].k IN (:five, l[2].k)"},
      Refused{"n BETWEEN :five AND n",
              "The first operand must be distinct from the remaining operands for this operator or "
              "function; operator: BETWEEN, first operand: [n]",
              "n BETWEEN :five AND n"},
      Refused{"contains(n, n)",
              "The first operand must be distinct from the remaining operands for this operator or "
              "function; operator: contains, first operand: [n]",
              "contains(n, n)"},
      Refused{"n < :t", operand + "<, operand type: BOOL", ":t"},
      Refused{"n BETWEEN :null AND :five", operand + "BETWEEN, operand type: NULL", ":null"},
      Refused{"begins_with(s, :five)", operand + "begins_with, operand type: N", ":five"},
      Refused{"size(:five) = :five", operand + "size, operand type: N", ":five"},
      Refused{"attribute_type(s, :five)", operand + "attribute_type, operand type: N", ":five"},
      Refused{"attribute_type(s, :bad)",
              "Invalid attribute type name found; type: X, valid types: "
              "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}",
              ":bad"},
      Refused{"n BETWEEN :six AND :five",
              "The BETWEEN operator requires upper bound to be greater than or equal to lower "
              "bound; "
              "lower bound operand: AttributeValue: {N:6}, upper bound operand: AttributeValue: "
              "{N:5}",
              "n BETWEEN :six AND :five"},
      Refused{"n BETWEEN :five AND :hello",
              "The BETWEEN operator requires same data type for lower and upper bounds; lower "
              "bound "
              "operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {S:hello}",
              "n BETWEEN :five AND :hello"});
  INFO(text);
  Placeholders given = placeholders();
  const auto condition = Condition::parse(text, given);
  REQUIRE(!condition);
  CHECK(condition.error().message == "Invalid ConditionExpression: " + message);
  CHECK(text.substr(condition.error().position, condition.error().length) == offence);
}

TEST_CASE("a filter is named as a filter and may not mention the key") {
  Placeholders given = placeholders();
  const auto bad = Condition::parse("", given, ExpressionKind::filter);
  REQUIRE(!bad);
  CHECK(bad.error().message == "Invalid FilterExpression: The expression can not be empty;");
  const auto filter = Condition::parse("n = :five AND (p = :x)", given, ExpressionKind::filter);
  REQUIRE(filter);
  const KeySchema schema = {{"p", Type::s}, std::nullopt};
  const auto mention = filter->mentions_key(schema);
  REQUIRE(mention);
  CHECK(mention->message ==
        "Filter Expression can only contain non-primary key attributes: Primary key "
        "attribute: p");
  CHECK(mention->position == 15);
  CHECK(!filter->mentions_key({{"q", Type::s}, std::nullopt}));
  CHECK(!filter->enters_key(schema));
  const auto entering = Condition::parse("attribute_exists(p.x)", given);
  REQUIRE(entering);
  REQUIRE(entering->enters_key(schema));
  CHECK(entering->enters_key(schema)->message ==
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: Key: p");
}

TEST_CASE("placeholders are all used and well defined") {
  Placeholders given({{"#a", "a"}, {"#b", "b"}}, {{":x", "1"}, {":y", "2"}});
  CHECK(!given.invalid());
  REQUIRE(Condition::parse("#a = :x", given));
  REQUIRE(given.unused());
  CHECK(given.unused()->message ==
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}");
  REQUIRE(Condition::parse("#b = :x", given));
  REQUIRE(given.unused());
  CHECK(given.unused()->message ==
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:y}");
  REQUIRE(Condition::parse("#b = :y", given));
  CHECK(!given.unused());

  const auto words = [](const Placeholders& defined) {
    const auto error = defined.invalid();
    return error ? error->message : "fine";
  };
  CHECK(words({{{"a", "a"}}, {}}) ==
        "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"");
  CHECK(words({{{"#", "a"}}, {}}) ==
        "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\"");
  CHECK(words({{{"#a", ""}}, {}}) ==
        "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a");
  CHECK(words({{}, {{":a-b", "a"}}}) ==
        "ExpressionAttributeValues contains invalid key: Syntax error; key: \":a-b\"");
  CHECK(words({{}, {{":a", StringSet{}}}}) ==
        "ExpressionAttributeValues contains invalid value: One or more parameter values were "
        "invalid: An string set  may not be empty for key :a");
}

TEST_CASE("expressions have limits") {
  Placeholders given = placeholders();
  const auto words = [&given](const std::string& text) {
    const auto condition = Condition::parse(text, given);
    return condition ? "fine" : condition.error().message;
  };
  const auto chain = [](std::size_t parts, const std::string& part, const std::string& joint) {
    std::string text = part;
    for (std::size_t i = 1; i < parts; ++i) text += joint + part;
    return text;
  };
  // n parts hold n comparisons and n - 1 ORs.
  CHECK(words(chain(150, "n=:x", " OR ")) == "fine");
  CHECK(words(chain(151, "n=:x", " OR ")) ==
        "Invalid ConditionExpression: The expression contains too many operators; number of "
        "operators: 301");
  CHECK(words("n=:x" + std::string(4092, ' ')) == "fine");
  CHECK(words("n=:x" + std::string(4093, ' ')) ==
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; "
        "expression size: 4097");
  CHECK(words("n IN (" + chain(100, ":x", ",") + ")") == "fine");
  CHECK(words("n IN (" + chain(101, ":x", ",") + ")") ==
        "Invalid ConditionExpression: The IN operator is provided with too many operands; "
        "number "
        "of operands: 101");
  CHECK(words("a" + chain(31, ".a", "") + "=:x") == "fine");
  CHECK(words("a" + chain(32, ".a", "") + "=:x") ==
        "Invalid ConditionExpression: The document path has too many nesting levels; nesting "
        "levels: 33");
  std::string nots;
  for (int i = 0; i < 299; ++i) nots += "NOT (";
  CHECK(words(nots + "n=:x" + std::string(299, ')')) == "fine");
  CHECK(words(std::string(2000, '(') + "n=:x" + std::string(2000, ')')) ==
        "Invalid ConditionExpression: The expression is nested too deeply");
  CHECK(words(std::string(4096, '(')).starts_with("Invalid ConditionExpression: "));
  CHECK(words("\x80") == "Invalid ConditionExpression: The expression is not UTF-8");
}

TEST_CASE("drawn conditions mean what their parts mean") {
  rc::prop("the compiled condition agrees with plain functions over the JSON", [] {
    const AttributeMap item = drawn_map(3, 6);
    DrawnRequest request(item);
    const DrawnCondition drawn = drawn_condition(request, 3);
    RC_PRE(drawn.text.size() <= kExpressionBytesMax);
    Placeholders given = request.placeholders();
    const auto condition = Condition::parse(drawn.text, given);
    if (!condition) RC_FAIL(drawn.text + "\n" + condition.error().message);
    for (const AttributeMap& each : {item, drawn_map(3, 6), AttributeMap{}}) {
      const bool expected = drawn.holds(slow::document(each));
      if (condition->holds(each) != expected) {
        RC_FAIL(fmt::format("{}\n{}\n{}", drawn.text, to_json(request.values), to_json(each)));
      }
    }
  });
}

}  // namespace tablekey::model::items::condition_test
