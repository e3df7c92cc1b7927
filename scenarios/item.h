// Items and keys as the timeline gives them, in the one form that the model stores: canonical
// DynamoDB JSON, the key attributes first (hash, then range), the others sorted by name, no white
// space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

inline constexpr std::size_t kItemBytesMax = 409'600;  // 400 KB (dynamodb.md 9)

// What must be there.
enum class ItemShape : std::uint8_t {
  item,       // all key attributes and anything else
  key,        // exactly the key attributes
  partition,  // exactly the hash key attribute (of a Query)
};

// `node` is a map of attributes, each either DynamoDB JSON ({ S: text }) or plain YAML. Of plain
// scalars a key attribute has the type that the table defines; for any other, a quoted scalar is S,
// true and false are BOOL, null is NULL, what reads as a JSON number is N, the rest is S. Nothing
// after an error.
[[nodiscard]] std::optional<std::string> read_item(const Node& node, std::string_view field,
                                                   ItemShape shape, const DraftTable& table,
                                                   Diagnostics& diagnostics);

// The key attributes of what read_item gave, in the same form.
[[nodiscard]] std::string key_part(const std::string& value, const DraftTable& table);

// ExpressionAttributeValues: { ":name": value }, as canonical DynamoDB JSON. Nothing after an
// error.
[[nodiscard]] std::optional<std::string> read_values(const Node& node, std::string_view field,
                                                     Diagnostics& diagnostics);

// The ordinal of the item with that key: a generated one's number, or the next free one from Items
// on, the same for the same key. `value` is what read_item gave.
[[nodiscard]] std::uint32_t item_ordinal(const std::string& value, ItemShape shape,
                                         DraftTable& table);

}  // namespace tablekey::scenarios
