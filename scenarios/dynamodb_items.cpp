// Expressions, and requests about one item.
#include "scenarios/dynamodb_items.h"

#include <fmt/format.h>

#include "model/dynamodb/items/condition.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/key_condition.h"
#include "model/dynamodb/items/projection.h"
#include "model/dynamodb/items/update.h"
#include "scenarios/characters.h"
#include "scenarios/dynamodb_call.h"
#include "scenarios/item.h"
#include "scenarios/pairs.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

namespace items = model::items;

items::KeySchema schema_of(const DraftAttribute& hash, const DraftAttribute& range) {
  const auto attribute = [](const DraftAttribute& from) {
    items::KeyAttribute to;
    to.name = from.name;
    (void)items::type_of_name(from.type, to.type);
    return to;
  };
  items::KeySchema schema;
  schema.partition = attribute(hash);
  if (!range.name.empty()) schema.sort = attribute(range);
  return schema;
}

// Parses the expressions of one request, each error at its place.
class ExpressionCheck {
 public:
  ExpressionCheck(const ExpressionTexts& texts, Diagnostics& diagnostics)
      : diagnostics_(diagnostics), placeholders_(make(texts)) {}
  bool check(const ExpressionTexts& texts, const items::KeySchema& table,
             const items::KeySchema& queried);

 private:
  static items::Placeholders make(const ExpressionTexts& texts);
  // A Query may not filter by its key; a Scan may.
  void condition(const Node& node, items::ExpressionKind kind, const items::KeySchema& schema,
                 bool without_key);
  void fail(const Node& node, const items::ExpressionError& error) {
    diagnostics_.error(error.length == 0 && error.position == 0
                           ? node.place
                           : part_of(node, error.position, std::max<std::size_t>(error.length, 1)),
                       printable(error.message));
  }

  Diagnostics& diagnostics_;
  items::Placeholders placeholders_;
};

items::Placeholders ExpressionCheck::make(const ExpressionTexts& texts) {
  std::map<std::string, std::string, std::less<>> names(texts.names.begin(), texts.names.end());
  items::AttributeMap values;
  if (!texts.values.empty()) {
    if (auto parsed = items::parse_item(texts.values)) values = std::move(*parsed);
  }
  return {std::move(names), std::move(values)};
}

void ExpressionCheck::condition(const Node& node, items::ExpressionKind kind,
                                const items::KeySchema& schema, bool without_key) {
  const auto parsed = items::Condition::parse(node.text, placeholders_, kind);
  if (!parsed) return fail(node, parsed.error());
  auto wrong = parsed->enters_key(schema);
  if (!wrong && without_key) wrong = parsed->mentions_key(schema);
  if (wrong) fail(node, *wrong);
}

bool ExpressionCheck::check(const ExpressionTexts& texts, const items::KeySchema& table,
                            const items::KeySchema& queried) {
  using Kind = items::ExpressionKind;
  const std::size_t before = diagnostics_.errors();
  if (texts.key_condition != nullptr) {
    const auto parsed =
        items::KeyCondition::parse(texts.key_condition->text, placeholders_, queried);
    if (!parsed) fail(*texts.key_condition, parsed.error());
  }
  if (texts.filter != nullptr) {
    condition(*texts.filter, Kind::filter, queried, texts.key_condition != nullptr);
  }
  if (texts.condition != nullptr) condition(*texts.condition, Kind::condition, table, false);
  if (texts.update != nullptr) {
    const auto parsed = items::Update::parse(texts.update->text, placeholders_);
    if (!parsed) {
      fail(*texts.update, parsed.error());
    } else if (const auto wrong = parsed->touches_key(table)) {
      fail(*texts.update, *wrong);
    }
  }
  if (texts.projection != nullptr) {
    const auto parsed = items::Projection::parse(texts.projection->text, placeholders_);
    if (!parsed) fail(*texts.projection, parsed.error());
  }
  if (diagnostics_.errors() != before) return false;
  const Node* any = texts.key_condition;
  for (const Node* one : {texts.filter, texts.condition, texts.update, texts.projection}) {
    if (any == nullptr) any = one;
  }
  auto wrong = placeholders_.invalid();
  if (!wrong && any != nullptr) wrong = placeholders_.unused();
  if (wrong && any != nullptr) diagnostics_.error(any->place, printable(wrong->message));
  return diagnostics_.errors() == before;
}

const Node* expression(const MapReader& map, std::string_view name, Diagnostics& diagnostics) {
  const Node* node = map.get(name);
  if (node == nullptr || read_text(*node, name, diagnostics) == nullptr) return nullptr;
  return node;
}

}  // namespace

std::optional<ExpressionTexts> read_expressions(const MapReader& map, Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.errors();
  ExpressionTexts texts;
  texts.condition = expression(map, "ConditionExpression", diagnostics);
  texts.filter = expression(map, "FilterExpression", diagnostics);
  texts.key_condition = expression(map, "KeyConditionExpression", diagnostics);
  texts.update = expression(map, "UpdateExpression", diagnostics);
  texts.projection = expression(map, "ProjectionExpression", diagnostics);
  if (const Node* names = map.get("ExpressionAttributeNames")) {
    const auto pairs = read_pairs(*names, "ExpressionAttributeNames", diagnostics);
    if (pairs) texts.names = *pairs;
  }
  if (const Node* values = map.get("ExpressionAttributeValues")) {
    const auto json = read_values(*values, "ExpressionAttributeValues", diagnostics);
    if (json) texts.values = *json;
  }
  if (diagnostics.errors() != before) return std::nullopt;
  return texts;
}

bool check_expressions(const ExpressionTexts& texts, const DraftTable& table,
                       const DraftIndex* index, Diagnostics& diagnostics) {
  const items::KeySchema own = schema_of(table.hash, table.range);
  const items::KeySchema queried = index == nullptr ? own : schema_of(index->hash, index->range);
  return ExpressionCheck(texts, diagnostics).check(texts, own, queried);
}

bool read_item_call(ActionContext& context, const MapReader& map, events::ItemCall::Kind kind,
                    std::uint32_t table, events::ItemCall::Builder to) {
  using Kind = events::ItemCall::Kind;
  Diagnostics& diagnostics = context.diagnostics;
  const bool put = kind == Kind::PUT;
  const Node* node = map.get(put ? "Item" : "Key");
  if (node == nullptr) node = map.get(put ? "item" : "key");
  if (node == nullptr) {
    diagnostics.error(map.place(), fmt::format("{} lacks '{}'", map.what(), put ? "Item" : "Key"));
    return false;
  }
  const ItemShape shape = put ? ItemShape::item : ItemShape::key;
  const std::string_view field = put ? "Item" : "Key";
  const auto value = read_item(*node, field, shape, context.draft.tables[table], diagnostics);
  const auto texts = read_expressions(map, diagnostics);
  if (!value || !texts) return false;
  if (!check_expressions(*texts, context.draft.tables[table], nullptr, diagnostics)) return false;
  to.setKind(kind);
  to.setTable(table);
  to.setItem(item_ordinal(*value, shape, item_space(context.draft, table)));
  put ? to.setValue(*value) : to.setKey(*value);
  if (put) to.setKey(key_part(*value, context.draft.tables[table]));
  if (texts->condition != nullptr) to.setCondition(texts->condition->text);
  if (texts->update != nullptr) to.setUpdate(texts->update->text);
  if (texts->projection != nullptr) to.setProjection(texts->projection->text);
  set_pairs(texts->names, to.initNames(count_of(texts->names)));
  to.setValues(texts->values);
  if (const Node* returned = map.get("ReturnValues")) {
    const std::vector<std::string_view> words = {"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW",
                                                 "UPDATED_NEW"};
    const auto choice = read_choice(*returned, "ReturnValues", words, diagnostics);
    if (!choice) return false;
    to.setReturnValues(std::string(words[*choice]));
  }
  if (const Node* consistent = map.get("ConsistentRead")) {
    const auto flag = read_boolean(*consistent, "ConsistentRead", diagnostics);
    if (!flag) return false;
    to.setConsistentRead(*flag);
  }
  return true;
}

}  // namespace tablekey::scenarios
