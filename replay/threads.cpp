#include "replay/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace tablekey::replay {
namespace {

/// Threads that may still be at work, and what the first of them threw.
class Crew {
 public:
  explicit Crew(unsigned size) : working_(size) {}

  void run(const std::function<void()>& work) {
    std::exception_ptr thrown;
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (!thrown_) thrown_ = thrown;
    --working_;
    ended_.notify_all();
  }

  void watch(const std::function<void()>& look) {
    std::unique_lock lock(mutex_);
    while (working_ != 0) {
      ended_.wait_for(lock, std::chrono::milliseconds(100));
      lock.unlock();
      look();
      lock.lock();
    }
  }

  /// Requires that all have ended.
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned working_;
  std::exception_ptr thrown_;
};

}  // namespace

unsigned threads_or_all(unsigned asked) {
  return asked != 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

void on_threads(unsigned threads, const std::function<void()>& work) {
  Crew crew(std::max(1U, threads));
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([&] { crew.run(work); });
    crew.run(work);
  }
  crew.rethrow();
}

void on_threads_watched(unsigned threads, const std::function<void()>& work,
                        const std::function<void()>& look) {
  Crew crew(std::max(1U, threads));
  {
    std::vector<std::jthread> others;
    for (unsigned i = 0; i < std::max(1U, threads); ++i) {
      others.emplace_back([&] { crew.run(work); });
    }
    crew.watch(look);
  }
  crew.rethrow();
}

void for_each_parallel(std::size_t count, unsigned threads,
                       const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto share = [&] {
    try {
      for (std::size_t i = next++; i < count && !failed; i = next++) work(i);
    } catch (...) {
      failed = true;
      throw;
    }
  };
  on_threads(static_cast<unsigned>(std::min<std::size_t>(threads, std::max<std::size_t>(count, 1))),
             share);
}

}  // namespace tablekey::replay
