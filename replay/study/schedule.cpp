#include "replay/study/schedule.h"

#include <algorithm>
#include <utility>

namespace tablekey::replay {
namespace {

// The first look at whether a point is known well enough; without a rule all runs are made.
std::uint32_t first_runs(const scenarios::Study& study) {
  return study.stop ? std::min(study.stop->min, study.repeat) : study.repeat;
}

}  // namespace

bool StudyShard::has(const scenarios::Study& study, std::uint64_t point, std::uint32_t run) const {
  return (study.stop ? point : point * study.repeat + run) % count == index;
}

StudySchedule::StudySchedule(const scenarios::Study& study, StudyShard shard, Complete complete)
    : study_(study),
      shard_(shard),
      complete_(std::move(complete)),
      student_(study.confidence),
      points_(study.points()) {
  const std::uint64_t all = study.stop ? points_ : points_ * study.repeat;
  runs_total_ = (all / shard.count + (all % shard.count > shard.index ? 1 : 0)) *
                (study.stop ? study.repeat : 1);
}

void StudySchedule::extend(std::uint64_t point, Open& open, std::uint32_t runs) {
  for (auto run = static_cast<std::uint32_t>(open.runs.size()); run < runs; ++run) {
    open.runs.emplace_back();
    const bool wanted = shard_.has(study_, point, run);
    open.begun.push_back(!wanted);
    if (wanted) ++open.missing;
  }
}

void StudySchedule::open_point() {
  const std::uint64_t point = next_point_++;
  Open& open = open_[point];
  extend(point, open, first_runs(study_));
  if (open.missing == 0) settle(point, open);
}

// Once the runs that were asked for are there: enough, or half as many more.
void StudySchedule::settle(std::uint64_t point, Open& open) {
  const auto runs = static_cast<std::uint32_t>(open.runs.size());
  if (study_.stop && runs < study_.repeat && shard_.has(study_, point, 0)) {
    SeedValues values;
    for (const auto& run : open.runs) {
      const StudyNumber& number = run->measured[study_.stop->measure];
      values.push_back(number.value ? std::optional<SeedValue>({*number.value, number.at_least})
                                    : std::nullopt);
    }
    if (!narrow_enough(*study_.stop, mean_of(values, student_))) {
      return extend(point, open, std::min(study_.stop->next(runs), study_.repeat));
    }
  }
  open.complete = true;
}

std::optional<StudyJob> StudySchedule::next() {
  for (;;) {
    for (auto& [point, open] : open_) {
      while (open.next < open.begun.size() && open.begun[open.next]) ++open.next;
      if (open.next == open.begun.size()) continue;
      open.begun[open.next] = true;
      return StudyJob{point, open.next++};
    }
    if (next_point_ == points_ || next_point_ - first_open_ >= kPointsOpenMax) return std::nullopt;
    open_point();
    hand_on();
  }
}

bool StudySchedule::finished(StudyRun run) {
  if (run.point < first_open_ || run.point >= points_) return false;
  while (next_point_ <= run.point) open_point();
  const std::uint64_t point = run.point;
  Open& open = open_[point];
  if (run.run >= open.runs.size() || open.runs[run.run] || !shard_.has(study_, point, run.run)) {
    return false;
  }
  open.begun[run.run] = true;
  const std::uint32_t number = run.run;
  open.runs[number] = std::move(run);
  ++runs_done_;
  if (--open.missing == 0) settle(point, open);
  hand_on();
  return true;
}

void StudySchedule::hand_on() {
  while (!open_.empty() && open_.begin()->second.complete) {
    std::vector<StudyRun> runs;
    for (auto& run : open_.begin()->second.runs) {
      if (run) runs.push_back(std::move(*run));
    }
    open_.erase(open_.begin());
    const std::uint64_t point = first_open_++;
    if (complete_) complete_(point, std::move(runs));
  }
}

}  // namespace tablekey::replay
