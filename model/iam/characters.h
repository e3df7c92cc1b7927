// Characters of a policy's text, without a locale.
#pragma once

namespace tablekey::model::iam {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether the byte is not the first of its character in UTF-8.
constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace tablekey::model::iam
