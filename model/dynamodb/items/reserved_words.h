// The words that an expression may not use as an attribute's name (DynamoDB Developer Guide,
// "Reserved words in DynamoDB").
#pragma once

#include <string_view>

namespace tablekey::model::items {

/// Without regard to case.
bool is_reserved_word(std::string_view word);

}  // namespace tablekey::model::items
