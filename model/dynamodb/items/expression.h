// What all expressions share: how an error is told, the substitutes that a request defines for
// names and values, and document paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::items {

inline constexpr std::size_t kExpressionBytesMax = 4096;
inline constexpr std::size_t kOperatorsMax = 300;
inline constexpr std::size_t kInOperandsMax = 100;

/// The parameter that an expression was given as; errors name it.
enum class ExpressionKind : std::uint8_t { condition, filter, key_condition, update, projection };
/// `ConditionExpression`, ...
std::string_view expression_name(ExpressionKind kind);

struct ExpressionError {
  std::string message;       // the whole text of the ValidationException
  std::size_t position = 0;  // the offence: byte of the expression
  std::size_t length = 0;    // and its bytes; 0 at the end or where there is no place to show
  bool operator==(const ExpressionError&) const = default;
};

/// ExpressionAttributeNames and ExpressionAttributeValues of one request. All expressions of the
/// request are parsed with the same object, which notes what they use. DynamoDB's order: an update
/// before its condition; of a Query the filter, the projection, then the key condition.
class Placeholders {
 public:
  Placeholders() = default;
  /// Names with their `#`, values with their `:`.
  Placeholders(std::map<std::string, std::string, std::less<>> names, AttributeMap values);

  /// What is wrong with the definitions themselves: a key without its `#` or `:`, a value that
  /// DynamoDB can not hold.
  [[nodiscard]] std::optional<ExpressionError> invalid() const;
  /// To be asked after all expressions are parsed: definitions that none of them used.
  [[nodiscard]] std::optional<ExpressionError> unused() const;

  /// What it stands for, noted as used; null where it is not defined.
  const std::string* name(std::string_view key);
  const AttributeValue* value(std::string_view key);

 private:
  struct Name {
    std::string name;
    bool used = false;
  };
  std::map<std::string, Name, std::less<>> names_;
  AttributeMap values_;
  std::vector<bool> value_used_;  // by place in values_
};

/// One step of a document path: an attribute's name, or an element's index.
using PathStep = std::variant<std::string, std::uint32_t>;
/// `a.b[2].c`, names substituted. Never empty; begins with a name.
using DocumentPath = std::vector<PathStep>;

/// Where it leads in an item, or null.
const AttributeValue* find(const AttributeMap& item, const DocumentPath& path);
/// As DynamoDB's errors write it: `[a, b, [2], c]`.
std::string path_text(const DocumentPath& path);
/// The part of an item that the paths lead to, with what is around it: maps keep their names, lists
/// keep the order of the elements that are left.
AttributeMap project(const AttributeMap& item, const std::vector<DocumentPath>& paths);

}  // namespace tablekey::model::items
