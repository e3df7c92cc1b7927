// Base64 (RFC 4648, padded), in which DynamoDB JSON writes binary values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::items {

void append_base64(std::string& out, const Bytes& bytes);
/// Nothing where the text is not base64 of whole bytes. The unused bits of the last character are
/// not looked at, as in most readers.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace tablekey::model::items
