#include "replay/explore/explore.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "crypto/sha256.h"
#include "replay/explore/generate.h"
#include "replay/threads.h"

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
    on_threads_watched(
        threads_or_all(options_.threads), [this] { work(); }, [this] { look(); });
    return result();
  }

 private:
  void look() {
    const std::lock_guard lock(mutex_);
    if (options_.look) options_.look(looked_.size());
    if (options_.stop && options_.stop()) stopped_ = true;
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
        stopped_ = true;
        throw;
      }
    }
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
  std::uint64_t next_, last_;
  bool stopped_ = false;
  std::map<std::uint64_t, Looked> looked_;
};

}  // namespace

Explored explore(const ExploreOptions& options) { return Workers(options).run(); }

}  // namespace tablekey::replay::explore
