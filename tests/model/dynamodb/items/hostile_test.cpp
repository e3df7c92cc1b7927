// Goal: whatever is thrown at the readers of this room, they answer with a value or an error that
// has a place, and what they take they can give back. Method: lawful inputs, bent at random.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "model/dynamodb/items/condition.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/key_condition.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/projection.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/items/update.h"
#include "tests/model/dynamodb/items/drawn_update.h"

namespace tablekey::model::items::hostile_test {
namespace {

// Bytes changed, lost, doubled, swapped for pieces that mean something.
std::string bent(std::string text, const std::vector<std::string>& pieces) {
  for (std::size_t left = 1 + drawn_below(4); left > 0; --left) {
    const std::size_t at = drawn_below(text.size() + 1);
    switch (drawn_below(4)) {
      case 0:
        text.insert(at, pieces[drawn_below(pieces.size())]);
        break;
      case 1:
        text.erase(at, 1 + drawn_below(4));
        break;
      case 2:
        text.insert(at, text.substr(drawn_below(text.size() + 1), drawn_below(12)));
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(drawn_below(256));
    }
  }
  return text;
}

void require_place(const ExpressionError& error, const std::string& text) {
  RC_ASSERT(!error.message.empty());
  RC_ASSERT(error.position <= text.size());
  RC_ASSERT(error.length <= text.size() - error.position);
}

const std::vector<std::string> kPieces = {"(",
                                          ")",
                                          "((",
                                          "))",
                                          "[",
                                          "]",
                                          "[0]",
                                          ",",
                                          ".",
                                          ":",
                                          "#",
                                          ":v0",
                                          "#n0",
                                          "a",
                                          "size(a)",
                                          " AND ",
                                          " OR ",
                                          "NOT ",
                                          " BETWEEN ",
                                          " IN (",
                                          "=",
                                          "<>",
                                          "<=",
                                          "+",
                                          "-",
                                          "SET ",
                                          "REMOVE ",
                                          "ADD ",
                                          "DELETE ",
                                          "list_append(a,",
                                          "if_not_exists(",
                                          "contains(",
                                          "99999999999",
                                          "\xC3\xA9",
                                          "\x80"};

void parse_everything(const std::string& text, const DrawnRequest& request,
                      const AttributeMap& item) {
  for (const ExpressionKind kind : {ExpressionKind::condition, ExpressionKind::filter}) {
    Placeholders given = request.placeholders();
    const auto condition = Condition::parse(text, given, kind);
    if (!condition) {
      require_place(condition.error(), text);
    } else {
      const bool holds = condition->holds(item);
      RC_ASSERT(holds == condition->holds(item));
    }
  }
  Placeholders given = request.placeholders();
  const auto update = Update::parse(text, given);
  if (!update) {
    require_place(update.error(), text);
  } else if (const auto after = update->apply(item); !after) {
    require_place(after.error(), text);
  } else if (levels(*after) <= kLevelsMax) {
    RC_ASSERT(parse_item(to_json(*after)).value() == *after);
  }
  const auto projection = Projection::parse(text, given);
  if (!projection) {
    require_place(projection.error(), text);
  } else {
    const AttributeMap once = projection->of(item);
    RC_ASSERT(item_size(once) <= item_size(item));
  }
  const KeySchema schema = {{"a", Type::s}, KeyAttribute{"b", Type::n}};
  const auto query = KeyCondition::parse(text, given, schema);
  if (!query) require_place(query.error(), text);
}

}  // namespace

TEST_CASE("bent expressions are read or refused at a place") {
  rc::prop("conditions", [] {
    const AttributeMap item = drawn_map(3, 6);
    DrawnRequest request(item);
    const std::string text = drawn_condition(request, 2).text;
    parse_everything(bent(text, kPieces), request, item);
  });
  rc::prop("updates", [] {
    const AttributeMap item = drawn_map(3, 6);
    DrawnRequest request(item);
    const std::string text = drawn_update(request).text;
    parse_everything(bent(text, kPieces), request, item);
  });
  rc::prop("heaps of tokens", [] {
    const AttributeMap item = drawn_map(2, 6);
    DrawnRequest request(item);
    std::string text;
    for (std::size_t left = drawn_below(30); left > 0; --left) {
      text += kPieces[drawn_below(kPieces.size())];
    }
    parse_everything(text, request, item);
  });
}

TEST_CASE("bent JSON is read as JSON or refused") {
  const std::vector<std::string> pieces = {"{",
                                           "}",
                                           "[",
                                           "]",
                                           ",",
                                           ":",
                                           "\"",
                                           "\\",
                                           "\\u",
                                           "\\ud800",
                                           "null",
                                           "true",
                                           "{\"S\":\"\"}",
                                           "{\"L\":[",
                                           "{\"M\":{",
                                           "\"NS\":[\"1\"]",
                                           "1",
                                           " ",
                                           "\n",
                                           "\xFF",
                                           "1e999"};
  rc::prop("an item", [pieces] {
    const std::string text = bent(to_json(drawn_map(3, 6)), pieces);
    const auto item = parse_item(text);
    if (!item) {
      RC_ASSERT(!item.error().message.empty());
      RC_ASSERT(item.error().path.starts_with("$"));
      RC_ASSERT(item.error().position <= text.size());
    } else {
      RC_ASSERT(nlohmann::json::accept(text));
      RC_ASSERT(parse_item(to_json(*item)).value() == *item);
      RC_ASSERT(deserialize_item(serialize(*item)).value() == *item);
    }
  });
}

TEST_CASE("bent texts of numbers are numbers or not") {
  const std::vector<std::string> pieces = {"0", "9", ".", "e", "E", "+", "-", "e-130", "000000000"};
  rc::prop("a number", [pieces] {
    const auto number = Number::parse(bent(drawn_number().text(), pieces));
    if (number) RC_ASSERT(Number::parse(number->text()).value() == *number);
  });
}

TEST_CASE("counts that lie cost nothing") {
  // A list within a list, each of which says that it fills the rest.
  Bytes bytes;
  for (std::size_t i = 0; i < kLevelsMax; ++i) {
    const Bytes head = {0x00, 0x4C, 0x00, 0x03, 0x00, 0x00};
    bytes.insert(bytes.end(), head.begin(), head.end());
  }
  bytes.resize(409'600, 0xFF);
  const auto value = deserialize(bytes);
  REQUIRE(!value);
  CHECK(value.error() == "byte 192: a tag begins with 0");
}

TEST_CASE("many attributes are read in any order") {
  std::string json = "{";
  for (int i = 30'000; i > 0; --i) {
    json += "\"" + std::to_string(i) + "\":{\"NULL\":true}" + (i > 1 ? "," : "}");
  }
  const auto item = parse_item(json);
  REQUIRE(item);
  CHECK(item->size() == 30'000);
  CHECK(item->contains("17"));
}

TEST_CASE("an update can append a list to itself many times") {
  std::string value = "a";
  for (int i = 0; i < 250; ++i) value = "list_append(" + value + ",a)";
  Placeholders given;
  const auto update = Update::parse("SET b = " + value, given);
  REQUIRE(update);
  const auto after = update->apply({{"a", List{std::string(1000, 'x')}}});
  REQUIRE(after);
  CHECK(after->find("b")->as<List>()->size() == 251);
}

}  // namespace tablekey::model::items::hostile_test
