// The forms that texts inside a policy must have when it is put: actions, resources, Sids and
// principals (kms.md 6.7; the messages are those recorded from the service where one is known).
// Each check gives the message of a refusal, or nothing where the text is well formed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/iam/compiled_policy.h"

namespace tablekey::model::iam {

/// What IAM answers where only its older parser refuses a text.
inline constexpr std::string_view kLegacyParsing = "The policy failed legacy parsing";

/// `*` or `vendor:name`.
std::optional<std::string> action_fault(std::string_view action);

/// `*` or an ARN of a known partition and of one vendor; trailing parts may be left out.
std::optional<std::string> resource_fault(std::string_view resource);

/// Whether the text passes as a date when a policy is put. The service's parser is more generous
/// than the comparison (moment.h): it takes a year alone (`01T`, `-292275054`), hours of one digit,
/// any day up to 31; what the comparison then cannot read equals nothing.
bool passes_as_date(std::string_view text);

/// Of an identity policy: letters and digits, and the underscore, which the service's message does
/// not mention and which it was seen to accept. Key policies take any text.
std::optional<std::string> sid_fault(std::string_view sid);

/// Reads one value of `Principal.AWS`; nothing where it has none of the forms of kms.md 6.2.
std::optional<PrincipalName> parse_aws_principal(std::string_view text);

/// Reads one value of another kind of principal (`Service`, `Federated`, `CanonicalUser`);
/// nothing where there is no such kind.
std::optional<PrincipalName> parse_principal(std::string_view kind, std::string_view text);

/// A resource as the pattern it stands for: an ARN with fewer than six parts ends in wildcards,
/// and variables have a meaning behind the fifth colon only (kms.md 6.4).
TextPattern compile_resource(std::string_view resource, bool variables);

}  // namespace tablekey::model::iam
