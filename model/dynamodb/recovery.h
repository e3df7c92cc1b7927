// Point-in-time recovery: from when to when a table can be restored (dynamodb.md 7.3). Every change
// is logged with what it replaced; the log is archived every few minutes, and going back through it
// gives the table of any second of the window.
#pragma once

#include "model/state.h"

namespace tablekey::model {

/// EarliestRestorableDateTime: whole seconds. The table has point-in-time recovery.
sim::Time earliest_restorable(const State& state, std::uint32_t table, sim::Time now);

/// LatestRestorableDateTime, about five minutes ago: whole seconds, never before the earliest. It
/// stands still while the archive stalls, because the service cannot use the table's key.
sim::Time latest_restorable(const State& state, std::uint32_t table, sim::Time now);

/// Whether the structure is history: a segment of the log, or a snapshot.
inline bool is_history(const Structure& structure) {
  return structure.kind == events::StructureKind::LOG_SEGMENT ||
         structure.kind == events::StructureKind::SNAPSHOT;
}

/// Whether a switch of keys wraps the structure's data key anew (dynamodb.md 2.6, pitr_rewrap).
inline bool switch_rewraps(const Settings& settings, const Structure& structure) {
  return settings.dynamodb.pitr_rewrap || !is_history(structure);
}

/// The version of the table key that a restore to that time needs: the present one, or an older one
/// where history is not re-wrapped. 0: the table is not encrypted.
std::uint32_t version_at(const State& state, std::uint32_t table, sim::Time time);

}  // namespace tablekey::model
