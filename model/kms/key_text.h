// The forms in which the API names keys and aliases (kms.md 1.3), as texts and without State.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tablekey::model::kms {

/// How a text may name a key (kms.md 1.3).
enum class KeyTextForm : std::uint8_t {
  key_id,
  key_arn,
  alias_name,
  alias_arn,
  malformed_arn,
  malformed
};

/// A text that names a key, taken apart; views are into it.
struct KeyText {
  KeyTextForm form = KeyTextForm::malformed;
  std::string_view region, account;  ///< of an ARN
  std::string_view name;             ///< the key id, or alias/…
};

KeyText parse_key_text(std::string_view text);

/// Whether a text has the form of a key id: a lower-case UUID, or mrk- and 32 hexadecimal digits.
bool is_key_id(std::string_view text);

/// `arn:<partition>:kms:<region>:<account>:key/<id>`.
std::string key_arn_text(std::string_view region, std::string_view account, std::string_view id);

/// The partition of a Region: `aws`, `aws-cn` or `aws-us-gov`.
std::string_view partition_of(std::string_view region);

}  // namespace tablekey::model::kms
