#include "model/dynamodb/items/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "model/dynamodb/items/validate.h"

namespace tablekey::model::items {
namespace {

constexpr std::size_t kPlaceholderBytesMax = 255;

bool is_placeholder(std::string_view key, char mark) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return key.size() > 1 && key.front() == mark && std::all_of(key.begin() + 1, key.end(), word);
}

std::optional<ExpressionError> invalid_key(std::string_view parameter, std::string_view key,
                                           char mark) {
  if (key.size() > kPlaceholderBytesMax) {
    return ExpressionError{fmt::format("{} contains invalid key: The expression attribute map "
                                       "contains a key that is too long; size of key: {}",
                                       parameter, key.size()),
                           0, 0};
  }
  if (is_placeholder(key, mark)) return std::nullopt;
  return ExpressionError{
      fmt::format("{} contains invalid key: Syntax error; key: \"{}\"", parameter, key), 0, 0};
}

// Where Java's HashSet puts a text, in a set made for `total` of them: DynamoDB lists several keys
// in that order.
std::uint32_t java_slot(std::string_view text, std::size_t total) {
  std::uint32_t hash = 0;
  for (const char letter : text) hash = 31 * hash + static_cast<std::uint8_t>(letter);
  std::size_t slots = 16;
  while (slots < total * 4 / 3 + 1) slots *= 2;
  return (hash ^ hash >> 16) & static_cast<std::uint32_t>(slots - 1);
}

std::optional<ExpressionError> unused_keys(std::string_view parameter,
                                           std::vector<std::string_view> keys, std::size_t total) {
  if (keys.empty()) return std::nullopt;
  std::stable_sort(keys.begin(), keys.end(), [total](std::string_view a, std::string_view b) {
    return java_slot(a, total) < java_slot(b, total);
  });
  return ExpressionError{fmt::format("Value provided in {} unused in expressions: keys: {{{}}}",
                                     parameter, fmt::join(keys, ", ")),
                         0, 0};
}

using PathPointers = std::span<const DocumentPath* const>;

// Paths that agree up to `depth`, sorted: what they lead to within `value`; nothing if nothing is
// there.
std::optional<AttributeValue> projected(const AttributeValue& value, PathPointers paths,
                                        std::size_t depth);

// Takes the paths that continue with the same step off the front.
PathPointers take_step(PathPointers& paths, std::size_t depth) {
  const PathStep& step = (*paths.front())[depth];
  std::size_t count = 1;
  while (count < paths.size() && (*paths[count])[depth] == step) ++count;
  const PathPointers taken = paths.first(count);
  paths = paths.subspan(count);
  return taken;
}

AttributeMap projected_map(const AttributeMap& map, PathPointers paths, std::size_t depth) {
  AttributeMap out;
  while (!paths.empty()) {
    const PathPointers part = take_step(paths, depth);
    const auto* name = std::get_if<std::string>(&(*part.front())[depth]);
    const AttributeValue* value = name == nullptr ? nullptr : map.find(*name);
    if (value == nullptr) continue;
    if (auto found = projected(*value, part, depth + 1)) out.set(*name, std::move(*found));
  }
  return out;
}

List projected_list(const List& list, PathPointers paths, std::size_t depth) {
  List out;
  while (!paths.empty()) {
    const PathPointers part = take_step(paths, depth);
    const auto* index = std::get_if<std::uint32_t>(&(*part.front())[depth]);
    if (index == nullptr || *index >= list.size()) continue;
    if (auto found = projected(list[*index], part, depth + 1)) out.push_back(std::move(*found));
  }
  return out;
}

std::optional<AttributeValue> projected(const AttributeValue& value, PathPointers paths,
                                        std::size_t depth) {
  // Of paths that agree so far, one that ends here sorts first.
  if (paths.front()->size() == depth) return value;
  if (const auto* map = value.as<AttributeMap>()) {
    AttributeMap part = projected_map(*map, paths, depth);
    if (!part.empty()) return part;
  } else if (const auto* list = value.as<List>()) {
    List part = projected_list(*list, paths, depth);
    if (!part.empty()) return part;
  }
  return std::nullopt;
}

const AttributeValue* step_into(const AttributeValue& value, const PathStep& step) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    const auto* map = value.as<AttributeMap>();
    return map == nullptr ? nullptr : map->find(*name);
  }
  const auto* list = value.as<List>();
  const std::uint32_t index = std::get<std::uint32_t>(step);
  return list == nullptr || index >= list->size() ? nullptr : &(*list)[index];
}

}  // namespace

std::string_view expression_name(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::condition:
      return "ConditionExpression";
    case ExpressionKind::filter:
      return "FilterExpression";
    case ExpressionKind::key_condition:
      return "KeyConditionExpression";
    case ExpressionKind::update:
      return "UpdateExpression";
    case ExpressionKind::projection:
      break;
  }
  return "ProjectionExpression";
}

Placeholders::Placeholders(std::map<std::string, std::string, std::less<>> names,
                           AttributeMap values)
    : values_(std::move(values)), value_used_(values_.size(), false) {
  for (auto& [key, name] : names) names_.emplace(key, Name{std::move(name), false});
}

std::optional<ExpressionError> Placeholders::invalid() const {
  constexpr std::string_view kNames = "ExpressionAttributeNames",
                             kValues = "ExpressionAttributeValues";
  for (const auto& [key, name] : names_) {
    if (auto error = invalid_key(kNames, key, '#')) return error;
    if (!name.name.empty()) continue;
    return ExpressionError{
        fmt::format("{} contains invalid value: Empty attribute name for key {}", kNames, key), 0,
        0};
  }
  for (const Attribute& value : values_) {
    if (auto error = invalid_key(kValues, value.name, ':')) return error;
  }
  for (const Attribute& value : values_) {
    const Refusal refusal = validate_value(value.value);
    if (!refusal) continue;
    return ExpressionError{
        fmt::format("{} contains invalid value: {} for key {}", kValues, *refusal, value.name), 0,
        0};
  }
  return std::nullopt;
}

std::optional<ExpressionError> Placeholders::unused() const {
  std::vector<std::string_view> names, values;
  for (const auto& [key, name] : names_) {
    if (!name.used) names.push_back(key);
  }
  if (auto error = unused_keys("ExpressionAttributeNames", std::move(names), names_.size())) {
    return error;
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (!value_used_[i]) values.push_back(values_.begin()[i].name);
  }
  return unused_keys("ExpressionAttributeValues", std::move(values), values_.size());
}

const std::string* Placeholders::name(std::string_view key) {
  const auto found = names_.find(key);
  if (found == names_.end()) return nullptr;
  found->second.used = true;
  return &found->second.name;
}

const AttributeValue* Placeholders::value(std::string_view key) {
  const Attribute* found = std::lower_bound(
      values_.begin(), values_.end(), key,
      [](const Attribute& attribute, std::string_view sought) { return attribute.name < sought; });
  if (found == values_.end() || found->name != key) return nullptr;
  value_used_[static_cast<std::size_t>(found - values_.begin())] = true;
  return &found->value;
}

const AttributeValue* find(const AttributeMap& item, const DocumentPath& path) {
  const AttributeValue* value = item.find(std::get<std::string>(path.front()));
  for (std::size_t i = 1; i < path.size() && value != nullptr; ++i) {
    value = step_into(*value, path[i]);
  }
  return value;
}

std::string path_text(const DocumentPath& path) {
  std::string out = "[";
  for (const PathStep& step : path) {
    if (out.size() > 1) out += ", ";
    if (const auto* name = std::get_if<std::string>(&step)) {
      out += *name;
    } else {
      out += fmt::format("[{}]", std::get<std::uint32_t>(step));
    }
  }
  return out + "]";
}

AttributeMap project(const AttributeMap& item, const std::vector<DocumentPath>& paths) {
  std::vector<const DocumentPath*> sorted;
  sorted.reserve(paths.size());
  for (const DocumentPath& path : paths) sorted.push_back(&path);
  std::sort(sorted.begin(), sorted.end(),
            [](const DocumentPath* a, const DocumentPath* b) { return *a < *b; });
  return projected_map(item, sorted, 0);
}

}  // namespace tablekey::model::items
