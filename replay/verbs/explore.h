// `explore`: random scenarios from seeds, checked against the laws; a scenario that breaks one is
// shrunk and written down.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/verbs/console.h"
#include "replay/verbs/scenario_file.h"
#include "sim/shell.h"

namespace tablekey::replay::verbs {

/// Seeds from the first to the last.
struct SeedRange {
  std::uint64_t first = 1, last = 200;
};

struct ExploreOptions {
  std::filesystem::path file;  ///< a scenario to look at instead of seeds; empty: none
  std::vector<Setting> set;    ///< of that scenario
  std::optional<SeedRange> seeds;
  std::optional<sim::Duration> budget;  ///< of real time
  std::optional<std::uint32_t> threads;
  std::filesystem::path output = ".";  ///< where shrunk scenarios go
  std::optional<std::string> worst;    ///< what to search the worst timeline for: exposure
  std::optional<std::uint32_t> tries;  ///< of that search
  std::optional<std::uint32_t> reads;  ///< that it may place
  bool until_broken = false;
  bool print = false;  ///< only the scenario of the first seed
  bool json = false;
  bool force = false;
  sim::Progress progress = sim::Progress::automatic;
};

/// 0: no law is broken; 1: one is.
int explore(const ExploreOptions& options, Console& console);

/// The search for the worst timeline. 0: it found one; 1: nothing was ever readable after a
/// revocation.
int explore_worst(const ExploreOptions& options, Console& console);

/// `exposure`.
std::expected<std::string, std::string> parse_worst(std::string_view text);
/// `200` (the first so many), `7..7`, `1000..2000`.
std::expected<SeedRange, std::string> parse_seeds(std::string_view text);

}  // namespace tablekey::replay::verbs
