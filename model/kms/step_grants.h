// Which grants a call of the timeline means: the one that a RetireGrant or RevokeGrant ends, those
// whose tokens a call carries. AWS ends one grant a call; a step may name all that DynamoDB holds
// for a table, and then stands for several calls.
#pragma once

#include <cstdint>
#include <optional>

#include "model/kms/operation.h"
#include "model/state.h"

namespace tablekey::model {

struct StepGrant {
  std::uint32_t grant = 0;     ///< index into State::grants
  std::uint32_t position = 0;  ///< in the table's list; 0 for a grant that no table names
};

/// The grant that the step's call number `from` ends; nullopt: there is none.
std::optional<StepGrant> step_grant(const State& state, std::uint32_t step, std::uint32_t from);

/// The one after it, if the step means all of a table's.
std::optional<StepGrant> next_step_grant(const State& state, std::uint32_t step,
                                         std::uint32_t from);

namespace kms {

/// Finds the grant that the parameters of a RetireGrant, RevokeGrant or ListGrants name, and sets
/// `request.grant`; where they give no KeyId, it sets `request.key` too, else that must have been
/// found beforehand. A grant that was ended is still found: `check` of the row refuses it.
/// Refusals: InvalidGrantTokenException (malformed, or of no grant), InvalidGrantIdException, and
/// NotFoundException where no grant of the key has that id; the latter not for RevokeGrant and
/// ListGrants, whose rows check the id after authorization.
Refusal find_grant(const Deciding& d, KmsRequest& request);

/// The grants whose tokens the request's GrantTokens are, into `request.tokens`. A token that is
/// well formed and of no grant counts as absent (kms.md 5.3); refusals are
/// InvalidGrantTokenException, and ValidationException for more than ten.
Refusal read_tokens(const Deciding& d, KmsRequest& request);

}  // namespace kms
}  // namespace tablekey::model
