// The CiphertextBlob of a step's request: what another step or a table has, perhaps damaged.
#pragma once

#include <cstdint>
#include <vector>

#include "model/state.h"
#include "scenario.capnp.h"

namespace tablekey::model::kms {

/// The bytes that are sent. Empty: the step that should have returned a blob returned none, or the
/// table has no table key. Bit b is bit b % 8 of byte b / 8, the lowest first; one beyond the end
/// changes nothing.
std::vector<std::uint8_t> referenced_blob(const State& state, events::BlobReference::Reader blob);

}  // namespace tablekey::model::kms
