// `study`: a grid of runs, its results, and their being put together again from shards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "replay/study/schedule.h"
#include "replay/verbs/console.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/scenario_file.h"
#include "sim/shell.h"

namespace tablekey::replay::verbs {

struct StudyOptions {
  ScenarioChoices scenario;
  std::optional<std::uint64_t> repeat;          ///< instead of the study's own
  std::optional<std::filesystem::path> output;  ///< nullopt: beside the scenario, as NAME.study
  std::uint32_t threads = 0;                    ///< 0: all cores
  StudyShard shard;
  bool force = false;
  sim::Progress progress = sim::Progress::automatic;
  std::optional<sim::Duration> time_limit;  ///< of wall time
  bool json = false;
};

/// Runs a study, or goes on with one that was stopped, or shows one that is finished.
int study(const StudyOptions& options, Console& console);

struct StudyPlanOptions {
  ScenarioChoices scenario;
  std::optional<std::uint64_t> repeat;
  std::uint32_t shards = 0;  ///< 0: none asked for
  bool json = false;
};

/// Says which runs a study consists of, without one.
int study_plan(const StudyPlanOptions& options, Console& console);

struct StudyMergeOptions {
  std::vector<std::filesystem::path> shards;
  std::filesystem::path output;
  bool force = false;
  bool json = false;
};

/// Puts the shards of a study together: the files that the study would have written in one piece.
int study_merge(const StudyMergeOptions& options, Console& console);

/// 3/20: the third of twenty.
Parsed<StudyShard> parse_shard(std::string_view text);
/// A whole number, at least 1.
Parsed<std::uint32_t> parse_threads(std::string_view text);

}  // namespace tablekey::replay::verbs
