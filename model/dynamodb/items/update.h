// UpdateExpression: SET, REMOVE, ADD and DELETE, parsed once, applied to any number of items.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dynamodb/items/expression.h"
#include "model/dynamodb/items/validate.h"

namespace tablekey::model::items {

class Update {
 public:
  static std::expected<Update, ExpressionError> parse(std::string_view text,
                                                      Placeholders& placeholders);

  /// The first action on a key attribute, which no update may touch.
  [[nodiscard]] std::optional<ExpressionError> touches_key(const KeySchema& schema) const;

  /// What it makes of the item; one that does not exist is its key attributes. Every operand is
  /// read from `item` as it was. The error is DynamoDB's and shows the action that failed. Neither
  /// size nor nesting of the result is checked here: validate_updated_item.
  [[nodiscard]] std::expected<AttributeMap, ExpressionError> apply(const AttributeMap& item) const;

  /// All paths that it acts on, in the order of writing. UPDATED_OLD is `project(before, paths())`
  /// and UPDATED_NEW is `project(after, paths())`.
  [[nodiscard]] const std::vector<DocumentPath>& paths() const { return paths_; }

  struct Operand {
    enum class Kind : std::uint8_t { path, constant, plus, minus, if_not_exists, list_append };
    Kind kind = Kind::constant;
    DocumentPath path;              // of path and if_not_exists
    AttributeValue constant;        // of constant
    std::vector<Operand> operands;  // two, of if_not_exists one: the value to take instead
  };
  enum class ActionKind : std::uint8_t { set, remove, add, remove_from_set };
  struct Action {
    ActionKind kind = ActionKind::set;
    DocumentPath path;
    Operand value;  // of remove none; of add and remove_from_set a constant
    std::uint32_t section = 0;
    std::size_t position = 0, length = 0;
  };
  [[nodiscard]] const std::vector<Action>& actions() const { return actions_; }

 private:
  friend class UpdateCompiler;

  std::vector<Action> actions_;
  std::vector<DocumentPath> paths_;
};

/// The top-level attributes in which two items differ, in the order of their names.
std::vector<std::string> changed_attributes(const AttributeMap& before, const AttributeMap& after);

}  // namespace tablekey::model::items
