// Which policies of a set may speak about a request at all. Evaluation and explanation ask the same
// question, so that a statement is reported exactly where it could have counted.
#pragma once

#include <span>

#include "model/iam/evaluate.h"

namespace tablekey::model::iam {

/// Every PolicyType, `none` included.
inline constexpr std::size_t kPolicyTypes = 8;

/// The policies of that kind, in order; none where they do not concern the request:
/// - the key policy and RCPs concern operations on a key (kms.md 6.3, "operations without a key");
/// - a service has no identity side, and an account's root user has none either: on its own
///   account's side it may do everything that SCPs leave to it;
/// - services are exempt from SCPs (kms.md 6.3, step 2).
std::span<const Policy* const> policies_of(PolicyType type, const Request& request,
                                           const PolicySet& policies);

}  // namespace tablekey::model::iam
