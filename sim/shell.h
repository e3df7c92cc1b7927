// The shell in which a simulation runs: it turns the world in short slices on an io_context, and
// between slices it heeds signals, a wall time limit, the progress line and the pace. What a run
// computes never depends on it. Wall time exists here and in the progress line, and nowhere else.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sim/time.h"

namespace tablekey::sim {

/// What the shell turns. One turn is one action and so one event.
class Simulation {
 public:
  Simulation() = default;
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  virtual ~Simulation() = default;

  /// When the next action is due; nothing if the world has come to its end.
  [[nodiscard]] virtual std::optional<Time> next_due() const = 0;

  /// Takes turns, at most turns_max, as long as the next action is due at or before up_to. False
  /// when nothing is left to do at all, however late.
  virtual bool run_slice(std::uint64_t turns_max, Time up_to) = 0;

  /// The time of the last turn.
  [[nodiscard]] virtual Time now() const = 0;

  /// How many turns were taken.
  [[nodiscard]] virtual std::uint64_t turns() const = 0;
};

/// Why run() returned.
enum class Stop : std::uint8_t {
  finished,     // nothing is left to do
  interrupted,  // SIGINT or SIGTERM came; the world stands between two events
  deadline,     // the wall time limit was reached; the world stands between two events
};

enum class Progress : std::uint8_t {
  automatic,  // the line if standard error is a terminal and CI is unset, else nothing
  none,
  line,  // one line that overwrites itself and is erased at the end
  json,  // one JSON object a line
};

struct ShellOptions {
  Progress progress = Progress::automatic;
  /// Receives the progress text; standard error if empty.
  std::function<void(std::string_view)> progress_out{};
  /// When the simulation began and will end, if known: for the share done and the time to go.
  std::optional<Time> begin{};
  std::optional<Time> end{};
  /// Simulated seconds in a second of wall time; nothing means as fast as it goes.
  std::optional<double> pace{};
  /// In wall time.
  std::optional<Duration> wall_limit{};
  /// Whether SIGINT and SIGTERM stop the run. A second one while the first is being honoured ends
  /// the process at once with exit status 130.
  bool heed_signals = true;
};

/// Turns the simulation until it is finished or must stop. What the simulation throws passes
/// through.
Stop run(Simulation& simulation, const ShellOptions& options);

/// Reads a pace: `60x`, `0.5x`. The error says what to write.
std::expected<double, std::string> parse_pace(std::string_view text);

/// Reads `automatic`/`auto`, `none`, `line` or `json`.
std::expected<Progress, std::string> parse_progress(std::string_view text);

}  // namespace tablekey::sim
