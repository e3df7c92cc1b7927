#include "replay/explore/explore.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "crypto/sha256.h"
#include "replay/explore/generate.h"

namespace tablekey::replay::explore {
namespace {

struct Looked {
  Checked checked;
  std::optional<Violation> violation;
};

class Workers {
 public:
  explicit Workers(const ExploreOptions& options)
      : options_(options), next_(options.first), last_(options.last) {}

  Explored run() {
    const unsigned threads = options_.threads != 0
                                 ? options_.threads
                                 : std::max(std::thread::hardware_concurrency(), 1U);
    {
      std::vector<std::jthread> workers;
      working_ = threads;
      for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
      watch();
    }
    if (thrown_) std::rethrow_exception(thrown_);
    return result();
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (working_ != 0) {
      changed_.wait_for(lock, std::chrono::milliseconds(100));
      if (options_.look) options_.look(looked_.size());
      if (options_.stop && options_.stop()) stopped_ = true;
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (!stopped_ && next_ <= last_) {
      const std::uint64_t seed = next_++;
      lock.unlock();
      try {
        Looked looked = look_at(seed);
        lock.lock();
        // Smaller seeds that are under way may still break a law.
        if (looked.violation && options_.until_broken) last_ = std::min(last_, seed);
        looked_.emplace(seed, std::move(looked));
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!thrown_) thrown_ = std::current_exception();
        stopped_ = true;
      }
    }
    --working_;
    changed_.notify_all();
  }

  Looked look_at(std::uint64_t seed) const {
    Looked looked;
    const Story story = generate(seed);
    looked.checked = check(story.text(), {.seed = seed});
    if (!looked.checked.finding) return looked;
    Violation& violation = looked.violation.emplace();
    violation.seed = seed;
    violation.finding = *looked.checked.finding;
    violation.shrunk =
        options_.shrinks ? shrink(story, violation.finding) : Shrunk{story, violation.finding, 0};
    return looked;
  }

  Explored result() {
    Explored out;
    std::vector<std::uint8_t> chains;
    for (std::uint64_t seed = options_.first; seed <= last_; ++seed) {
      const auto found = looked_.find(seed);
      if (found == looked_.end()) break;
      ++out.seeds;
      out.events += found->second.checked.events;
      out.asked += found->second.checked.asked;
      const events::Digest& chain = found->second.checked.chain;
      chains.insert(chains.end(), chain.begin(), chain.end());
      if (found->second.violation) out.violations.push_back(std::move(*found->second.violation));
    }
    out.all = out.seeds == last_ - options_.first + 1;
    out.digest = crypto::sha256(chains);
    return out;
  }

  const ExploreOptions& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_, last_;
  unsigned working_ = 0;
  bool stopped_ = false;
  std::map<std::uint64_t, Looked> looked_;
  std::exception_ptr thrown_;
};

}  // namespace

Explored explore(const ExploreOptions& options) { return Workers(options).run(); }

}  // namespace tablekey::replay::explore
