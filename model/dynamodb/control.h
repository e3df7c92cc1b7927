// What the control plane shows of a table, and who may ask what in which state
// (dynamodb.md 1.2, 1.5).
#pragma once

#include <cstdint>
#include <string>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::model::dynamodb {

/// The TableStatus that DescribeTable shows: a projection of several jobs (dynamodb.md 1.2).
/// NONE: there is no such table.
events::TableStatus shown_status(const State& state, std::uint32_t table);

/// Whether the name is a table's: it is not absent or gone.
bool table_exists(const State& state, std::uint32_t table);

/// Whether a switch of the table's key is under way: its SSEDescription says UPDATING. Neither
/// its admission nor what is retired afterwards is part of it.
bool switching(const State& state, std::uint32_t table);

/// SSEDescription (dynamodb.md 2.2).
struct SseDescription {
  bool present = false;  ///< false: the table is under the AWS owned key, or not encrypted
  bool updating = false;
  std::uint32_t key = kNone;  ///< KMSMasterKeyArn; kNone: none is shown
  sim::Time inaccessible;     ///< InaccessibleEncryptionDateTime; zero: absent
};
SseDescription sse_description(const State& state, std::uint32_t table);

}  // namespace tablekey::model::dynamodb
