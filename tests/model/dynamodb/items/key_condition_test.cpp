// Goal: the condition of a Query is taken apart into a partition and a range, selects the items
// that the same condition holds for, and is refused in DynamoDB's words.
#include "model/dynamodb/items/key_condition.h"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <string>

#include "model/dynamodb/items/condition.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/ordered_key.h"
#include "tests/model/dynamodb/items/drawn_items.h"

namespace tablekey::model::items::key_condition_test {
namespace {

const KeySchema kBooks = {{"Author", Type::s}, KeyAttribute{"Published", Type::n}};
const KeySchema kFlat = {{"Author", Type::s}, std::nullopt};

Placeholders placeholders() {
  return {{{"#a", "Author"}, {"#y", "Published"}},
          *parse_item(R"({":ada": {"S": "Ada"}, ":from": {"N": "1840"}, ":to": {"N": "1843"},
                          ":text": {"S": "x"}, ":none": {"S": ""}})")};
}

SortRange range(std::optional<SortRange::Bound> lower, std::optional<SortRange::Bound> upper) {
  return {std::move(lower), std::move(upper), std::nullopt};
}

SortRange::Bound bound(std::int64_t year, bool inclusive) {
  return {AttributeValue::number(year), inclusive};
}

struct Ranged {
  std::string text;
  SortRange range;
};

struct Refused {
  std::string text, message, offence;
};

}  // namespace

TEST_CASE("a key condition is a partition and a range") {
  const auto [text, sort] = GENERATE(
      Ranged{"Author = :ada", {}}, Ranged{":ada = #a", {}},
      Ranged{"#a = :ada AND Published = :from", range(bound(1840, true), bound(1840, true))},
      Ranged{"Published > :from AND Author = :ada", range(bound(1840, false), std::nullopt)},
      Ranged{"Author = :ada AND #y >= :from", range(bound(1840, true), std::nullopt)},
      Ranged{"Author = :ada AND #y < :from", range(std::nullopt, bound(1840, false))},
      Ranged{"Author = :ada AND #y <= :from", range(std::nullopt, bound(1840, true))},
      Ranged{"Author = :ada AND :from > #y", range(std::nullopt, bound(1840, false))},
      Ranged{"(Author = :ada) AND (#y BETWEEN :from AND :to)",
             range(bound(1840, true), bound(1843, true))});
  INFO(text);
  Placeholders given = placeholders();
  const auto condition = KeyCondition::parse(text, given, kBooks);
  if (!condition) FAIL(condition.error().message);
  CHECK(condition->partition == AttributeValue("Ada"));
  CHECK(condition->sort == sort);
}

TEST_CASE("a beginning is a range of texts") {
  const KeySchema schema = {{"Author", Type::s}, KeyAttribute{"Title", Type::s}};
  Placeholders given = placeholders();
  const auto condition =
      KeyCondition::parse("Author = :ada AND begins_with(Title, :text)", given, schema);
  REQUIRE(condition);
  CHECK(condition->sort.prefix == AttributeValue("x"));
  CHECK(condition->sort.contains("x"));
  CHECK(condition->sort.contains("xyz"));
  CHECK(!condition->sort.contains("y"));
}

TEST_CASE("a key condition that selects no range is refused in DynamoDB's words") {
  const auto [text, message, offence] = GENERATE(
      Refused{"", "Invalid KeyConditionExpression: The expression can not be empty;", ""},
      Refused{"a-b", R"(Invalid KeyConditionExpression: Syntax error; token: "-", near: "a-b")",
              "-"},
      Refused{"Author = :ada OR Published = :from",
              "Invalid operator used in KeyConditionExpression: OR", "OR"},
      Refused{"NOT Author = :ada", "Invalid operator used in KeyConditionExpression: NOT", "NOT"},
      Refused{"Author IN (:ada)", "Invalid operator used in KeyConditionExpression: IN", "IN"},
      Refused{"Author <> :ada", "Invalid operator used in KeyConditionExpression: <>", "<>"},
      Refused{"contains(Author, :ada)", "Invalid operator used in KeyConditionExpression: contains",
              "contains"},
      Refused{"Author = :ada AND size(Published) = :from",
              "KeyConditionExpressions cannot contain nested operations", "size(Published)"},
      Refused{"Author = :ada AND Published > :from AND Published < :to",
              "KeyConditionExpressions must only contain one condition per key", "Published < :to"},
      Refused{"Author = #y",
              "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
              "condition",
              "#y"},
      Refused{":ada = :text",
              "Invalid condition in KeyConditionExpression: No key attribute specified",
              ":ada = :text"},
      Refused{"Author = :ada AND :from BETWEEN Published AND :to",
              "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key "
              "attribute as its first operand",
              ":from BETWEEN Published AND :to"},
      Refused{"Author.x = :ada",
              "KeyConditionExpressions cannot have conditions on nested attributes", "Author.x"},
      Refused{"Published = :from", "Query condition missed key schema element: Author",
              "Published = :from"},
      Refused{"Author = :ada AND Elsewhere = :ada",
              "Query condition missed key schema element: Published", "Elsewhere = :ada"},
      Refused{"Author > :ada", "Query key condition not supported", "Author > :ada"},
      Refused{"Author = :from",
              "One or more parameter values were invalid: Condition parameter type does not match "
              "schema type",
              "Author = :from"},
      Refused{"Author = :none",
              "One or more parameter values are not valid. The AttributeValue for a key attribute "
              "cannot contain an empty string value. Key: Author",
              "Author = :none"});
  INFO(text);
  Placeholders given = placeholders();
  const auto condition = KeyCondition::parse(text, given, kBooks);
  REQUIRE(!condition);
  CHECK(condition.error().message == message);
  CHECK(text.substr(condition.error().position, condition.error().length) == offence);
}

TEST_CASE("a table without a sort key takes no second condition") {
  Placeholders given = placeholders();
  CHECK(KeyCondition::parse("Author = :ada", given, kFlat).has_value());
  const auto condition = KeyCondition::parse("Author = :ada AND #y = :from", given, kFlat);
  REQUIRE(!condition);
  CHECK(condition.error().message == "Query key condition not supported");
}

TEST_CASE("range, ordered bytes and the plain condition select the same items") {
  rc::prop("of drawn keys", [] {
    const Type type = static_cast<Type>(drawn_below(3));
    const KeySchema schema = {{"p", Type::s}, KeyAttribute{"k", type}};
    AttributeValue low = drawn_key(type), high = drawn_key(type);
    if (compare_keys(low, high) > 0) std::swap(low, high);
    const auto filled = [](const AttributeValue& value) {
      return value != AttributeValue("") && value != AttributeValue(Bytes{});
    };
    RC_PRE(filled(low) && filled(high));
    static const std::vector<std::string> kSorts = {"k = :l",
                                                    "k < :l",
                                                    "k <= :l",
                                                    "k > :l",
                                                    "k >= :l",
                                                    "k between :l and :h",
                                                    "begins_with(k, :l)"};
    const std::string sort = kSorts[drawn_below(type == Type::n ? 6 : 7)];
    const bool two = sort.find(":h") != std::string::npos;
    AttributeMap values = {{":p", "a"}, {":l", low}};
    if (two) values.set(":h", high);
    Placeholders given({}, values);
    const auto query = KeyCondition::parse("p = :p AND " + sort, given, schema);
    if (!query) RC_FAIL(query.error().message);
    const auto plain = Condition::parse("p = :p and " + sort, given);
    RC_ASSERT(plain.has_value());
    const OrderedRange bytes = query->ordered_range();
    for (int i = 0; i < 10; ++i) {
      const std::string partition = drawn_below(5) == 0 ? drawn_text() : "a";
      const AttributeValue key = i < 2 ? (i == 0 ? low : high) : drawn_key(type);
      const AttributeMap item = {{"p", partition}, {"k", key}};
      const bool holds = plain->holds(item);
      RC_ASSERT((AttributeValue(partition) == query->partition && query->sort.contains(key)) ==
                holds);
      const std::string place = ordered_key(item, schema) + (drawn_below(2) == 0 ? "" : "\xFF");
      const bool inside = place >= bytes.first && (bytes.last.empty() || place < bytes.last);
      RC_ASSERT(inside == holds);
    }
  });
}

}  // namespace tablekey::model::items::key_condition_test
