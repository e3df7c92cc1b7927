// How often a table's encryption may be changed (dynamodb.md 2.7).
#pragma once

#include <cstdint>
#include <string>

#include "model/state.h"

namespace tablekey::model::dynamodb {

/// Whether a switch to that key counts: one to the AWS owned key does not, and in the years to 2020
/// only one from the owned to the managed key did. kNone: a key that KMS does not know.
bool counts_as_change(const State& state, std::uint32_t table, std::uint32_t to_key);

/// The window that `now` is in, with what was counted in it so far.
SwitchQuota quota_window(const State& state, std::uint32_t table, sim::Time now);

/// The message of the LimitExceededException; empty: the change may be made.
std::string quota_refusal(const State& state, std::uint32_t table, std::uint32_t to_key,
                          sim::Time now);

}  // namespace tablekey::model::dynamodb
