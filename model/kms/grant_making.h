// Making a grant: the parameters of CreateGrant, held to kms.md 5.1, become its terms. The order
// of the checks is ours; AWS documents none.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/kms/grant_operations.h"
#include "model/kms/grant_rules.h"

namespace tablekey::model::kms {

/// The parameters of CreateGrant as they came. An absent one is nullopt, which is not the same as
/// an empty text.
struct GrantDraft {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::optional<std::string> grantee;
  std::optional<std::string> grantee_service;
  std::optional<std::string> retiring;
  std::optional<std::string> retiring_service;
  std::vector<std::string> operations;  ///< As asked; they may repeat and need not exist.
  std::optional<Pairs> equals;          ///< Constraints.EncryptionContextEquals
  std::optional<Pairs> subset;          ///< Constraints.EncryptionContextSubset
  std::optional<std::string> source_arn;
  std::optional<std::string> name;
  /// An AWS service calls for itself or for a caller: it may put a service principal where others
  /// put an ARN, as DynamoDB's grants show (kms.md 5.1).
  bool service_internal = false;
};

/// Which rule of kms.md 5.1 a draft breaks.
enum class GrantFault : std::uint8_t {
  grantee_missing,
  grantee_twice,
  grantee_form,
  grantee_is_a_group,  ///< A group or an organisation.
  retiring_twice,
  retiring_form,
  retiring_is_a_group,
  service_form,
  service_without_source_arn,
  service_without_retiring,
  operations_missing,
  operation_unknown,
  operation_unsuitable,
  constraint_twice,
  constraint_on_this_key,
  pairs_too_many,
  pair_value_too_long,
  source_arn_form,
  name_form,
};

struct GrantRefusal {
  GrantFault fault{};
  std::string_view exception;  ///< `ValidationException`, `InvalidArnException`
  std::string message;
  std::string_view reason;  ///< The rule in hyphenated words: `operation-not-supported-by-key`.
};

inline constexpr std::size_t kGrantPairsMax = 8;
inline constexpr std::size_t kGrantPairValueCharactersMax = 384;
inline constexpr std::size_t kGrantNameCharactersMax = 256;
inline constexpr std::size_t kGrantsPerKeyMax = 50'000;

/// The terms of the grant to be made on a key that has one of `types`, or the first rule it breaks.
std::expected<GrantTerms, GrantRefusal> make_grant(const GrantDraft& draft, GrantKeyTypes types);

/// The terms of a grant that exists already, as ListGrants shows it: nothing is checked, since a
/// listed grantee may be a service or the unique id of a principal that is no more (kms.md 5.1),
/// and unknown operations are passed over.
GrantTerms grant_as_listed(const GrantDraft& draft);

}  // namespace tablekey::model::kms
