// Goal: updates do what DynamoDB's do and are refused in its words, at their place. Drawn updates
// are held against the same changes made to JSON.
#include "model/dynamodb/items/update.h"

#include <fmt/format.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <string>

#include "model/dynamodb/items/json.h"
#include "tests/model/dynamodb/items/drawn_update.h"

namespace tablekey::model::items::update_test {
namespace {

const std::string kItem =
    R"({"doc":{"M":{"k":{"S":"v"}}},"l":{"L":[{"S":"0"},{"S":"1"},{"S":"2"}]},"n":{"N":"5"},)"
    R"("ns":{"NS":["1","2"]},"p":{"S":"key"},"s":{"S":"text"},"ss":{"SS":["x","y"]}})";

Placeholders placeholders() {
  return {{{"#s", "s"}, {"#new", "new"}},
          *parse_item(R"({":one": {"N": "1"}, ":x": {"S": "x"}, ":xs": {"SS": ["x"]},
    ":xy": {"SS": ["x", "y"]}, ":z": {"SS": ["z"]}, ":ns": {"NS": ["2", "3"]},
    ":l": {"L": [{"S": "more"}]}, ":m": {"M": {}}, ":huge": {"N": "9e125"}})")};
}

struct Applied {
  std::string text, attribute, value;  // empty: it is not there
};

struct Refused {
  std::string text, message, offence;
};

}  // namespace

TEST_CASE("an update makes one attribute what it says") {
  const auto [text, attribute, value] = GENERATE(
      Applied{"SET n = :one", "n", R"({"N":"1"})"}, Applied{"SET #new = :x", "new", R"({"S":"x"})"},
      Applied{"set n = n + :one", "n", R"({"N":"6"})"},
      Applied{"SET n = n - :one", "n", R"({"N":"4"})"},
      Applied{"SET n = :one - n", "n", R"({"N":"-4"})"},
      Applied{"SET n = (n + :one)", "n", R"({"N":"6"})"},
      Applied{"SET #new = n", "new", R"({"N":"5"})"},
      Applied{"SET n = if_not_exists(n, :one)", "n", R"({"N":"5"})"},
      Applied{"SET #new = if_not_exists(#new, :one) + :one", "new", R"({"N":"2"})"},
      Applied{"SET #new = if_not_exists(absent, if_not_exists(gone, n))", "new", R"({"N":"5"})"},
      Applied{"SET l = list_append(l, :l)", "l",
              R"({"L":[{"S":"0"},{"S":"1"},{"S":"2"},{"S":"more"}]})"},
      Applied{"SET l = list_append(:l, :l)", "l", R"({"L":[{"S":"more"},{"S":"more"}]})"},
      Applied{"SET l = list_append(if_not_exists(absent, :l), l)", "l",
              R"({"L":[{"S":"more"},{"S":"0"},{"S":"1"},{"S":"2"}]})"},
      Applied{"SET doc.k = :one, doc.j = :x", "doc", R"({"M":{"j":{"S":"x"},"k":{"N":"1"}}})"},
      Applied{"SET l[1] = :x", "l", R"({"L":[{"S":"0"},{"S":"x"},{"S":"2"}]})"},
      Applied{"SET l[9] = :x, l[5] = :one", "l",
              R"({"L":[{"S":"0"},{"S":"1"},{"S":"2"},{"N":"1"},{"S":"x"}]})"},
      Applied{"SET l[5] = :x REMOVE l[0], l[1]", "l", R"({"L":[{"S":"2"},{"S":"x"}]})"},
      Applied{"REMOVE l[0], l[2] SET l[1] = :x", "l", R"({"L":[{"S":"x"}]})"},
      Applied{"REMOVE l[7]", "l", R"({"L":[{"S":"0"},{"S":"1"},{"S":"2"}]})"},
      Applied{"REMOVE s", "s", ""}, Applied{"REMOVE absent", "absent", ""},
      Applied{"REMOVE doc.k", "doc", R"({"M":{}})"},
      Applied{"REMOVE doc.j", "doc", R"({"M":{"k":{"S":"v"}}})"},
      Applied{"ADD n :one", "n", R"({"N":"6"})"}, Applied{"ADD #new :one", "new", R"({"N":"1"})"},
      Applied{"ADD doc.c :one", "doc", R"({"M":{"c":{"N":"1"},"k":{"S":"v"}}})"},
      Applied{"ADD ss :z", "ss", R"({"SS":["x","y","z"]})"},
      Applied{"ADD ss :xs", "ss", R"({"SS":["x","y"]})"},
      Applied{"ADD ns :ns", "ns", R"({"NS":["1","2","3"]})"},
      Applied{"ADD #new :xs", "new", R"({"SS":["x"]})"},
      Applied{"DELETE ss :xs", "ss", R"({"SS":["y"]})"}, Applied{"DELETE ss :xy", "ss", ""},
      Applied{"DELETE ss :z", "ss", R"({"SS":["x","y"]})"},
      Applied{"DELETE absent :xs", "absent", ""},
      // Every value is read from the item as it was.
      Applied{"SET n = l[0], l[0] = n", "n", R"({"S":"0"})"},
      Applied{"REMOVE n SET #new = n", "new", R"({"N":"5"})"});
  INFO(text);
  Placeholders given = placeholders();
  const auto update = Update::parse(text, given);
  if (!update) FAIL(update.error().message);
  const AttributeMap before = *parse_item(kItem);
  const auto after = update->apply(before);
  if (!after) FAIL(after.error().message);
  const AttributeValue* found = after->find(attribute);
  CHECK((found == nullptr ? "" : to_json(*found)) == value);
  CHECK(to_json(before) == kItem);
}

TEST_CASE("an update that does not read or mean anything is refused in DynamoDB's words") {
  const std::string operand = "Incorrect operand type for operator or function; ";
  const auto [text, message, offence] = GENERATE_COPY(
      Refused{"", "The expression can not be empty;", ""},
      Refused{"INVALID SYNTAX HERE", R"(Syntax error; token: "INVALID", near: "INVALID SYNTAX")",
              "INVALID"},
      Refused{"ADD n : one", R"(Syntax error; token: ":", near: "n : one")", ":"},
      Refused{"SET n = :one,", R"(Syntax error; token: "<EOF>", near: ",")", ""},
      Refused{"SET n", R"(Syntax error; token: "<EOF>", near: "n")", ""},
      Refused{"SET n = :one + :one + :one", R"(Syntax error; token: "+", near: ":one + :one")",
              "+"},
      Refused{"ADD n n", R"(Syntax error; token: "n", near: "n n")", "n"},
      Refused{"SET Status = :one", "Attribute name is a reserved keyword; reserved keyword: Status",
              "Status"},
      Refused{"SET n = size(s)",
              "The function is not allowed in an update expression; function: size", "size"},
      Refused{"SET n = plus(s)", "Invalid function name; function: plus", "plus"},
      Refused{"SET n = if_not_exists(n)",
              "Incorrect number of operands for operator or function; operator or function: "
              "if_not_exists, number of operands: 1",
              "if_not_exists"},
      Refused{"SET n = if_not_exists(:one, n)",
              "Operator or function requires a document path; operator or function: if_not_exists",
              "if_not_exists(:one, n)"},
      Refused{"SET n = :one REMOVE s SET s = :x",
              "The \"SET\" section can only be used once in an update expression;", "SET"},
      Refused{"SET #x = :one",
              "An expression attribute name used in the document path is not defined; attribute "
              "name: #x",
              "#x"},
      Refused{
          "SET n = :y",
          "An expression attribute value used in expression is not defined; attribute value: :y",
          ":y"},
      Refused{"SET s = :x, #s = :one",
              "Two document paths overlap with each other; must remove or rewrite one of these "
              "paths; path one: [s], path two: [s]",
              "#s"},
      Refused{"SET doc.k = :x REMOVE doc",
              "Two document paths overlap with each other; must remove or rewrite one of these "
              "paths; path one: [doc, k], path two: [doc]",
              "doc"},
      Refused{"SET doc.k = :x, doc[1] = :x",
              "Two document paths conflict with each other; must remove or rewrite one of these "
              "paths; path one: [doc, k], path two: [doc, [1]]",
              "doc[1]"},
      Refused{"SET n = n + :x", operand + "operator or function: +, operand type: S", ":x"},
      Refused{"SET l = list_append(l, :x)",
              operand + "operator or function: list_append, operand type: S", ":x"},
      Refused{"ADD n :x",
              operand + "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
              ":x"},
      Refused{"DELETE n :one",
              operand + "operator: DELETE, operand type: NUMBER, typeSet: "
                        "ALLOWED_FOR_DELETE_OPERAND",
              ":one"});
  INFO(text);
  Placeholders given = placeholders();
  const auto update = Update::parse(text, given);
  REQUIRE(!update);
  CHECK(update.error().message == "Invalid UpdateExpression: " + message);
  CHECK(text.substr(update.error().position, update.error().length) == offence);
}

TEST_CASE("an update that an item does not bear is refused in DynamoDB's words") {
  const std::string missing =
      "The provided expression refers to an attribute that does not exist in the item";
  const std::string type = "An operand in the update expression has an incorrect data type";
  const std::string path =
      "The document path provided in the update expression is invalid for update";
  const auto [text, message, offence] = GENERATE_COPY(
      Refused{"SET n = absent", missing, "n = absent"},
      Refused{"SET n = absent + :one", missing, "n = absent + :one"},
      Refused{"SET s = :x, n = list_append(absent, :l)", missing, "n = list_append(absent, :l)"},
      Refused{"SET n = s + :one", type, "n = s + :one"},
      Refused{"SET l = list_append(l, n)", type, "l = list_append(l, n)"},
      Refused{"ADD s :one", type, "s :one"}, Refused{"ADD ns :xs", type, "ns :xs"},
      Refused{"DELETE n :xs", type, "n :xs"}, Refused{"DELETE ss :ns", type, "ss :ns"},
      Refused{"SET absent.x = :one", path, "absent.x = :one"},
      Refused{"SET s.x = :one", path, "s.x = :one"},
      Refused{"SET doc[0] = :one", path, "doc[0] = :one"},
      Refused{"SET l.x = :one", path, "l.x = :one"}, Refused{"REMOVE absent.x", path, "absent.x"},
      Refused{"SET l[7].x = :one", path, "l[7].x = :one"},
      Refused{"SET #new = :huge + :huge",
              "Number overflow. Attempting to store a number with magnitude larger than supported "
              "range",
              "#new = :huge + :huge"},
      Refused{"ADD n :huge", "Attempting to store more than 38 significant digits in a Number",
              "n :huge"},
      // A wrong type is found before an attribute that is not there, wherever they stand.
      Refused{"SET n = absent ADD s :one", type, "s :one"});
  INFO(text);
  Placeholders given = placeholders();
  const auto update = Update::parse(text, given);
  if (!update) FAIL(update.error().message);
  const auto after = update->apply(*parse_item(kItem));
  REQUIRE(!after);
  CHECK(after.error().message == message);
  CHECK(text.substr(after.error().position, after.error().length) == offence);
}

TEST_CASE("no update touches the key") {
  const KeySchema schema = {{"p", Type::s}, KeyAttribute{"n", Type::n}};
  Placeholders given = placeholders();
  const auto words = [&](const std::string& text) {
    const auto touched = Update::parse(text, given).value().touches_key(schema);
    return touched ? touched->message : "fine";
  };
  CHECK(words("SET s = n") == "fine");
  CHECK(words("SET s = :x, p = :x") ==
        "One or more parameter values were invalid: Cannot update attribute p. This attribute is "
        "part of the key");
  CHECK(words("ADD n :one") ==
        "One or more parameter values were invalid: Cannot update attribute n. This attribute is "
        "part of the key");
}

TEST_CASE("what an update touched can be returned before and after") {
  Placeholders given = placeholders();
  const auto update = Update::parse("SET doc.k = :x, l[1] = :one REMOVE s ADD #new :one", given);
  REQUIRE(update);
  const AttributeMap before = *parse_item(kItem);
  const AttributeMap after = update->apply(before).value();
  CHECK(to_json(project(before, update->paths())) ==
        R"({"doc":{"M":{"k":{"S":"v"}}},"l":{"L":[{"S":"1"}]},"s":{"S":"text"}})");
  CHECK(to_json(project(after, update->paths())) ==
        R"({"doc":{"M":{"k":{"S":"x"}}},"l":{"L":[{"N":"1"}]},"new":{"N":"1"}})");
  CHECK(changed_attributes(before, after) == std::vector<std::string>{"doc", "l", "new", "s"});
  CHECK(changed_attributes(before, before).empty());
  CHECK(changed_attributes({}, {{"a", "1"}}) == std::vector<std::string>{"a"});
}

TEST_CASE("drawn updates do what is done to the JSON") {
  rc::prop("the compiled update agrees with changes of the JSON", [] {
    const AttributeMap item = drawn_map(3, 6);
    DrawnRequest request(item);
    const DrawnUpdate drawn = drawn_update(request);
    RC_PRE(drawn.text.size() <= kExpressionBytesMax);
    Placeholders given = request.placeholders();
    const auto update = Update::parse(drawn.text, given);
    if (!update) RC_FAIL(drawn.text + "\n" + update.error().message);
    for (const AttributeMap& each : {item, drawn_map(3, 6), AttributeMap{}}) {
      const auto after = update->apply(each);
      const slow::Json expected = slow::updated(drawn, slow::document(each));
      const slow::Json made = after ? slow::document(*after) : slow::Json();
      if (made != expected) {
        RC_FAIL(fmt::format("{}\n{}\nof {}\nmade {}\nnot {}", drawn.text, to_json(request.values),
                            to_json(each), made.dump(), expected.dump()));
      }
    }
  });
}

}  // namespace tablekey::model::items::update_test
