// Workers take runs from the schedule under one lock and turn their worlds without it.
#include "replay/study/execute.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "replay/threads.h"

namespace tablekey::replay {
namespace {

class Workers {
 public:
  Workers(const scenarios::Study& study, StudySchedule& schedule, const ExecuteOptions& options)
      : study_(study), schedule_(schedule), options_(options) {}

  std::expected<bool, StudyRefused> run() {
    on_threads_watched(
        threads_or_all(options_.threads), [this] { work(); }, [this] { look(); });
    if (refused_) return std::unexpected(std::move(*refused_));
    return schedule_.done();
  }

 private:
  void look() {
    const std::lock_guard lock(mutex_);
    if (options_.look) options_.look(schedule_);
    if (options_.stop && options_.stop()) give_up();
  }

  // Requires the lock.
  void give_up() {
    stop_.store(true);
    changed_.notify_all();
  }

  void work() {
    std::unique_lock lock(mutex_);
    std::optional<StudyJob> job;
    try {
      while ((job = next(lock))) {
        lock.unlock();
        const scenarios::StudyScenario made =
            options_.make ? options_.make(*job) : study_.make(job->point, job->run);
        auto ended = run_one(study_, made, job->point, job->run, stop_);
        lock.lock();
        take(std::move(ended));
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      if (!std::exchange(broken_, true) && job && options_.broke) options_.broke(*job);
      give_up();
      throw;
    }
  }

  // Nothing: there is no more to do. While others run, what they find may be to do more.
  std::optional<StudyJob> next(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      if (stop_.load() || schedule_.done()) return std::nullopt;
      if (auto job = schedule_.next()) {
        ++running_;
        return job;
      }
      if (running_ == 0) return std::nullopt;
      changed_.wait(lock);
    }
  }

  void take(std::expected<std::optional<StudyRun>, StudyRefused> ended) {
    --running_;
    if (!ended) {
      if (!refused_) refused_ = std::move(ended.error());
      return give_up();
    }
    if (!*ended) return;
    if (options_.ran && !options_.ran(**ended)) give_up();
    schedule_.finished(std::move(**ended));
    changed_.notify_all();
  }

  const scenarios::Study& study_;
  StudySchedule& schedule_;
  const ExecuteOptions& options_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned running_ = 0;  // worlds that are being turned
  bool broken_ = false;   // one of them threw
  std::optional<StudyRefused> refused_;
};

}  // namespace

std::expected<bool, StudyRefused> execute(const scenarios::Study& study, StudySchedule& schedule,
                                          const ExecuteOptions& options) {
  return Workers(study, schedule, options).run();
}

std::expected<std::vector<StudyPoint>, StudyRefused> run_study(const scenarios::Study& study,
                                                               unsigned threads) {
  std::vector<StudyPoint> points;
  StudySchedule schedule(study, {}, [&](std::uint64_t point, std::vector<StudyRun> runs) {
    points.push_back({point, study.settings_of(point), std::move(runs)});
  });
  ExecuteOptions options;
  options.threads = threads;
  const auto all = execute(study, schedule, options);
  if (!all) return std::unexpected(all.error());
  return points;
}

}  // namespace tablekey::replay
