// Which runs a study consists of, and in which order they are begun: point by point, run by run.
// Runs may end in any order; points are handed on in theirs, each with all of its runs. Whether a
// point needs more runs is decided from the first so many of them, never from those that happen to
// be there, so that the number of threads changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "replay/study/run.h"
#include "replay/study/statistics.h"

namespace tablekey::replay {

/// One of `count` parts of a study. Its runs are dealt out one after another, whole points where a
/// point's runs decide about each other.
struct StudyShard {
  std::uint32_t index = 0;  ///< from 0
  std::uint32_t count = 1;
  bool has(const scenarios::Study& study, std::uint64_t point, std::uint32_t run) const;
};

struct StudyJob {
  std::uint64_t point = 0;
  std::uint32_t run = 0;
};

class StudySchedule {
 public:
  /// Takes a point with its runs in this shard, in order; called for points in order.
  using Complete = std::function<void(std::uint64_t point, std::vector<StudyRun> runs)>;
  /// Points that may wait for an earlier one.
  static constexpr std::uint64_t kPointsOpenMax = 256;

  /// The study must outlive it.
  StudySchedule(const scenarios::Study& study, StudyShard shard, Complete complete);

  /// A run to begin; nothing if all are begun that can be at present.
  std::optional<StudyJob> next();
  /// The end of a run that next() gave, or one that was done earlier. False: it is none of this
  /// study's, or was there already.
  bool finished(StudyRun run);
  /// All points were handed on.
  bool done() const { return first_open_ == points_; }

  std::uint64_t runs_done() const { return runs_done_; }
  /// Of this shard, if no point stops early.
  std::uint64_t runs_total() const { return runs_total_; }

 private:
  struct Open {
    std::vector<std::optional<StudyRun>> runs;  // as many as are wanted so far
    std::vector<bool> begun;
    std::uint32_t next = 0;  // none before it waits to be begun
    std::uint64_t missing = 0;
    bool complete = false;
  };
  void open_point();
  void extend(std::uint64_t point, Open& open, std::uint32_t runs);
  void settle(std::uint64_t point, Open& open);
  void hand_on();

  const scenarios::Study& study_;
  StudyShard shard_;
  Complete complete_;
  StudentTable student_;
  std::uint64_t points_;
  std::uint64_t first_open_ = 0, next_point_ = 0;
  std::map<std::uint64_t, Open> open_;
  std::uint64_t runs_done_ = 0, runs_total_ = 0;
};

}  // namespace tablekey::replay
