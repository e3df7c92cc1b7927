// The two orders of attribute names (dynamodb.md 8.1): by code points, as Python sorts, and by
// UTF-16 units, as Java does. They differ only where one name has a character beyond the basic
// plane and the other one between U+E000 and U+FFFF.
#pragma once

#include <cstdint>
#include <string_view>

namespace tablekey::model::encryption {

enum class NameOrder : std::uint8_t { code_points, utf16_units };

/// Whether `a` comes before `b`. Both are UTF-8; bytes that are not compare as themselves.
bool comes_before(NameOrder order, std::string_view a, std::string_view b);

}  // namespace tablekey::model::encryption
