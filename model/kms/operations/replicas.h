// Multi-Region sets (kms.md 1.8): one primary key and at most one replica in each other Region, all
// with the key id, the key material and the settings of the primary.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/state.h"

namespace tablekey::model::kms {

/// The primary key of the set that a multi-Region key is in, at present; the key itself where it is
/// no multi-Region key. kNone: the set has lost it. A deleted key still finds the set it was in.
std::uint32_t primary_of(const State& state, std::uint32_t key);

/// The key of the same set in a Region, whatever its state; kNone: there is none.
std::uint32_t sibling_in(const State& state, std::uint32_t key, std::string_view region);

/// Whether the key is a replica at present: its rotation and its new material are its primary's.
bool is_replica(const State& state, std::uint32_t key);

}  // namespace tablekey::model::kms
