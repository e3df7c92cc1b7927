// What a restore asks to be otherwise than its source was: billing mode, throughput, indexes
// (dynamodb.md 7.3). SSESpecificationOverride is restore_operations.cpp's.
#pragma once

#include <cstdint>
#include <vector>

#include "model/dynamodb/table_operation.h"

namespace tablekey::model::dynamodb {

/// What a restored table has where nothing overrides it: the backup's settings, or those that the
/// table has now where a point in time is restored.
struct RestoredSettings {
  std::uint32_t table = kNone;  ///< the source
  bool provisioned = false;
  std::uint32_t without_local = 0;            ///< local indexes that the source has not, by bit
  std::vector<std::uint32_t> global_indexes;  ///< of the source's family
};
/// `backup` kNone: of the table itself.
RestoredSettings restored_settings(const State& state, std::uint32_t table, std::uint32_t backup);

/// ValidationException where an override names an index that the source has not, or with another
/// key or projection, names one twice, or does not fit the billing mode.
TableRefusal settings_override_refusal(const State& state, events::TableCall::Reader call,
                                       const RestoredSettings& source);

}  // namespace tablekey::model::dynamodb
