// The texts with which KMS denies (kms.md 6.9). They are data that people search their logs for,
// so they are kept in one place and to the letter.
#pragma once

#include <string>
#include <string_view>

#include "model/iam/evaluate.h"

namespace tablekey::model::iam {

/// `auth.denial_text` (kms.md 11): since 2021 the text ends in what was missing.
enum class DenialStyle : std::uint8_t { modern, classic };

/// The message of AccessDeniedException for a request that names its key. Requires a denial.
std::string denial_text(DenialStyle style, const Request& request, const Decision& decision);

/// The message for Decrypt and ReEncrypt when the key was found from the ciphertext: it does not
/// tell a missing key from a forbidden one.
inline constexpr std::string_view kMaskedDenialText =
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access.";

}  // namespace tablekey::model::iam
