// Which grants a kms:RevokeGrant or kms:RetireGrant of the timeline means. AWS ends one grant a
// call; a step may name all that DynamoDB holds for a table, and then stands for several calls.
#pragma once

#include <cstdint>
#include <optional>

#include "model/state.h"

namespace tablekey::model {

struct StepGrant {
  std::uint32_t grant = 0;     ///< index into State::grants
  std::uint32_t position = 0;  ///< in the table's list
};

/// The grant that the step's call number `from` ends; nullopt: there is none.
std::optional<StepGrant> step_grant(const State& state, std::uint32_t step, std::uint32_t from);

/// The one after it, if the step means all of them.
std::optional<StepGrant> next_step_grant(const State& state, std::uint32_t step,
                                         std::uint32_t from);

}  // namespace tablekey::model
