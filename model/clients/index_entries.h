// Entries of a global secondary index as a Query or Scan finds them: what was propagated so far,
// which may lag behind the table.
#pragma once

#include <optional>

#include "model/clients/request_work.h"
#include "model/dynamodb/partitions.h"

namespace tablekey::model {

/// The version of the item that its entry shows; 0: it has none.
std::uint32_t entry_version(const State& state, std::uint32_t table, std::uint32_t index,
                            std::uint32_t item);

/// The entry, opened under its partition's data key; nothing: the item has none. `wanted` is asked
/// of the attributes of entries that are cheap to foresee (generated ones), before one is opened.
struct IndexEntryRead {
  items::AttributeMap entry;
  IndexPlace place;
  RecordTag tag;
  std::uint32_t version = 0;
};
std::optional<IndexEntryRead> read_entry(Deciding& d, std::uint32_t table, std::uint32_t index,
                                         std::uint32_t item, sim::Time until,
                                         const items::AttributeValue* partition);

}  // namespace tablekey::model
