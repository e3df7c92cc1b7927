// Which events somebody wants to see: the filters of `tablekey events`, from `name=value` texts.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"
#include "replay/observer.h"
#include "replay/recorded.h"
#include "sim/time.h"

namespace tablekey::replay {

/// An absent filter lets everything pass. All that are given must match; an event without the thing
/// that a filter asks about (a table, a connection …) does not match.
struct EventQuery {
  std::optional<events::Event::Which> type;
  std::vector<std::uint32_t> tables;  ///< any of these
  std::optional<std::uint32_t> key;
  std::string grant;                       ///< how its id begins; empty: any event
  std::vector<std::uint32_t> steps;        ///< any of these; empty: any event
  std::optional<std::uint32_t> principal;  ///< who calls, or whose connection it is
  std::optional<std::uint32_t> workload;
  std::optional<std::uint32_t>
      connection;  ///< index in State, or within `workload` if that is given
  std::optional<events::DataOperation> operation;
  std::optional<events::KmsOperation> kms_operation;
  std::optional<events::TableOperation> table_operation;
  enum class Result : std::uint8_t { any, ok, failed, named } result = Result::any;
  std::optional<events::Exception> exception;
  std::optional<events::KmsError> kms_error;
  std::optional<std::uint64_t> cause;  ///< number of the event that caused it
  sim::Time from = sim::Time::min();   ///< at or after
  sim::Time to = sim::Time::max();     ///< before or at
  std::uint64_t first = 0;             ///< event numbers, both included
  std::uint64_t last = UINT64_MAX;
  std::uint64_t limit = UINT64_MAX;  ///< events shown at most

  bool matches(const model::State& after, events::Event::Reader event, std::uint64_t number) const;
};

/// The names of all filters, for help.
std::vector<std::string_view> query_names();

/// Reads `type=KmsAnswered`, `table=Books`, `key=BooksKey`, `grant=5c5cd4a3`, `step=disable`,
/// `principal=App`, `connection=3`, `workload=web`, `operation=Decrypt`,
/// `result=AccessDeniedException`, `from=2h`, `to=2018-02-14T01:00:00Z`, `cause=17`,
/// `number=100-200`, `limit=20`, each at most once. The error is a whole message: what is wrong,
/// and what was meant.
std::expected<EventQuery, std::string> parse_query(const std::vector<std::string>& filters,
                                                   const model::ScenarioView& scenario);

/// Shows the matching events of a trace to `observer`, in order, up to the limit, and returns how
/// many matched. Reads only the frames that the number and time bounds leave, from the snapshot
/// before them on.
std::expected<std::uint64_t, TraceError> show_events(const RecordedRun& recorded,
                                                     const EventQuery& query, Observer& observer);

}  // namespace tablekey::replay
