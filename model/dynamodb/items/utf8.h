// UTF-8, strictly: DynamoDB's texts and names are Unicode, and whatever comes in as bytes is
// checked once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tablekey::model::items {

/// The length of the longest well-formed beginning; the text's own length where all is well. No
/// overlong forms, no surrogates, nothing beyond U+10FFFF.
std::size_t utf8_valid_length(std::string_view text);
inline bool is_utf8(std::string_view text) { return utf8_valid_length(text) == text.size(); }

void append_utf8(std::string& out, std::uint32_t code_point);

/// The length in UTF-16 units of well-formed text, which is what Java calls a string's length.
std::size_t utf16_length(std::string_view text);

}  // namespace tablekey::model::items
