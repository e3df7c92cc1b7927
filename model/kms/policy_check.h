// Whether a key policy may be put: the document itself, the principals that it names, and that its
// author does not lock itself out (kms.md 6.7, 6.8). CreateKey, ReplicateKey and PutKeyPolicy ask.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/kms/operation.h"

namespace tablekey::model::kms {

/// What AWS answers if `document` is to become the policy of a key; no refusal: it may. `key` is
/// that key, kNone where there is none yet. A request without a policy has nothing to check: its
/// key gets the default one, and the caller of this function does not call it (kms.md 6.8).
///
/// In this order: the API model's bounds and characters (ValidationException), the size
/// (LimitExceededException), the document's form and the existence of its principals, and unless
/// BypassPolicyLockoutSafetyCheck is set or the setting model.kms.policy.lockout_check is off, that
/// the caller may still call PutKeyPolicy under it (MalformedPolicyDocumentException). The
/// operator, who is no principal and bound by no policy, and a service cannot lock themselves out.
Refusal check_new_policy(const Deciding& d, const KmsRequest& request, std::string_view document,
                         std::uint32_t key);

/// The part of it that is the shape of the request: length and characters (kms.md 6.7).
Refusal check_policy_text(std::string_view document);

/// Whether a principal that a policy or a grant names exists, as far as the scenario can tell: it
/// describes the identities of the accounts that it gives any to, and says nothing of others. Not
/// deleted; of a role's session, the role. Accounts, services and `*` always do.
bool principal_exists(const State& state, std::string_view text);

/// The document as GetKeyPolicy shows it: principals that were deleted since stand there by their
/// unique ids, as which the policy was stored (kms.md 6.2).
std::string shown_policy(const State& state, std::string_view document);

}  // namespace tablekey::model::kms
