// Base64 as the BinaryEquals operator compares it (kms.md 6.4).
#pragma once

#include <string_view>

namespace tablekey::model::iam {

/// Whether both texts are base64 (RFC 4648, padded or not) of the same bytes.
bool base64_equal(std::string_view a, std::string_view b);

}  // namespace tablekey::model::iam
