// Which cache entries served a request.
#pragma once

#include <cstdint>

#include "replay/data_answers.h"
#include "replay/metrics/window_metric.h"

namespace tablekey::replay {

/// Calls `visit(entry, connection)` for each entry whose key served the request that the event
/// answers: one, or those of all tables of a batch or a transaction. The entry is
/// kNone where a table has no key. See Holdings::used.
template <class Visit>
void for_each_serving(const Seen& seen, Visit visit) {
  if (seen.answer == nullptr || !seen.answer->served) return;
  if (!seen.event.isDataAnswered() || seen.event.getDataAnswered().getStep() == 0) {
    const std::uint32_t connection = seen.answer->connection;
    return visit(seen.holdings->used(seen.after, connection), connection);
  }
  const auto answered = seen.event.getDataAnswered();
  for (const std::uint32_t connection :
       connections_of(seen.after, answered.getConnection(), answered.getStep())) {
    visit(seen.holdings->used(seen.after, connection), connection);
  }
}

/// An entry past its time that served because KMS could not be asked was usable until then.
inline void stretch_stale(KeyWindows& windows, const Seen& seen, const Revocation& revocation) {
  if (seen.answer == nullptr || !seen.answer->served) return;
  if (seen.answer->via != events::Access::STALE) return;
  for_each_serving(seen, [&](std::uint32_t entry, std::uint32_t connection) {
    if (entry == model::kNone || !revocation.about(connection)) return;
    if (revocation.covers(seen, entry)) windows.stretch(entry, seen.time());
  });
}

}  // namespace tablekey::replay
