// Re-execution: the run is done again from the trace's own header, and every event must equal the
// recorded one byte for byte. The first that differs is reported with its cause.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/event_text.h"
#include "replay/recorded.h"
#include "sim/shell.h"

namespace tablekey::replay {

/// The first difference between a trace and its re-execution.
struct Divergence {
  enum class Kind {
    event,     ///< the event differs
    missing,   ///< the re-execution ended before it
    extra,     ///< the trace ended before it, though it was closed as finished
    snapshot,  ///< all events before it are equal, the state written down is not
  } kind = Kind::event;
  std::uint64_t number = 0;  ///< of the event; of a snapshot: how many events it follows
  std::uint64_t frame = 0;   ///< in which frame of the trace
  sim::Time time;
  std::string recorded_type, replayed_type;  ///< kinds of the events; empty where there is none
  std::string recorded_line, replayed_line;
  std::vector<FieldDifference> fields;
  std::string entity;                        ///< what the event is about
  std::optional<std::uint64_t> last_common;  ///< number of the last equal event
  std::string last_common_line;
  std::uint64_t recorded_cause = 0, replayed_cause = 0;
  std::vector<std::string> history;  ///< the last recorded events of that entity, oldest first
};

struct ReexecutionReport {
  std::uint64_t events = 0;  ///< compared and equal
  bool finished = false;     ///< the trace holds the run to its end
  std::optional<Divergence> divergence;
  std::vector<RecordedRun::ChangedSetting> changed_settings;
  std::uint32_t recorded_behaviour = 0;
  bool same_schema = false;
  bool same() const { return !divergence; }
};

/// Re-executes and compares. `simulation_hook` is given the run's simulation to turn (a shell with
/// progress); without one it is turned at once.
std::expected<ReexecutionReport, TraceError> reexecute(
    const RecordedRun& recorded, const std::function<void(sim::Simulation&)>& simulation_hook = {});

/// A part of a trace that can be done again alone: it begins at the trace's start or at a snapshot,
/// and ends at the next one or at the trace's end.
struct TracePart {
  std::optional<std::uint64_t> snapshot;  ///< frame that it begins with; none: the start
  std::uint64_t begin = 0, end = 0;       ///< events [begin, end)
  std::optional<std::uint64_t> next;      ///< frame of the snapshot that must come out at its end
};

/// The parts of a trace, in order; `from` leaves out those that end at or before that event.
std::vector<TracePart> parts_of(const RecordedRun& recorded, std::uint64_t from = 0);

/// Re-executes the parts on so many threads (one: on the calling one) and puts their reports
/// together: the first difference is that of the earliest part that has one. The trace is opened
/// anew by every thread.
std::expected<ReexecutionReport, TraceError> reexecute_parts(const std::filesystem::path& trace,
                                                             const OpenOptions& options,
                                                             const std::vector<TracePart>& parts,
                                                             std::uint32_t threads);

/// The report as the sentences of ux.md 3, and as JSON ("tablekey.replay/1").
std::string print(const ReexecutionReport& report, const RecordedRun& recorded,
                  const std::string& trace_name);
std::string print_json(const ReexecutionReport& report, const RecordedRun& recorded,
                       const std::string& trace_name);

}  // namespace tablekey::replay
