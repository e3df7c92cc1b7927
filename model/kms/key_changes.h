// What a call's parameters say that both deciding and applying it need.
#pragma once

#include <cstdint>
#include <vector>

#include "model/state.h"
#include "scenario.capnp.h"

namespace tablekey::model::kms {

/// ScheduleKeyDeletion's waiting period in days: 30 unless given (kms.md 3.2).
std::uint32_t deletion_window(events::KmsCall::Reader call);

/// What TagResource or UntagResource makes of a key's tags (kms.md 1.10).
void change_tags(std::vector<Tag>& tags, events::KmsOperation operation,
                 events::KmsCall::Reader call);

}  // namespace tablekey::model::kms
