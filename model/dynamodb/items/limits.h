// The limits of items and the arithmetic of capacity (dynamodb.md 9).
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::items {

inline constexpr std::size_t kItemBytesMax = 409'600;  // 400 KB, names and values
inline constexpr std::size_t kPartitionKeyBytesMax = 2048;
inline constexpr std::size_t kSortKeyBytesMax = 1024;
inline constexpr std::size_t kLevelsMax = 32;
inline constexpr std::size_t kBilledOverheadBytes = 100;  // storage billing adds it to every item

/// Names and values in bytes, as the limit of 400 KB, pages and capacity count them.
std::size_t item_size(const AttributeMap& item);
/// Without a name.
std::size_t value_size(const AttributeValue& value);
/// Lists and maps inside one another; a scalar or a set has none.
std::size_t levels(const AttributeValue& value);

enum class ReadMode : std::uint8_t { eventual, strong, transactional };

/// Half read units of reading `bytes` in one go (an item, or all that a Query or Scan page
/// examined): 4 KB steps, at least one, eventually consistent one half a step, strongly two,
/// transactional four.
std::uint64_t read_half_units(std::size_t bytes, ReadMode mode);
/// Write units: 1 KB steps, at least one, transactional twice. `bytes` is the larger of the item
/// before and after.
std::uint64_t write_units(std::size_t bytes, bool transactional = false);

}  // namespace tablekey::model::items
