#include "sim/clock.h"

#include <algorithm>

namespace tablekey::sim {

Clock::~Clock() {
  // What a destroyed coroutine leaves behind may wait or submit once more.
  while (!waiters_.empty() || !ready_.empty()) {
    const auto waiters = std::exchange(waiters_, {});
    const auto ready = std::exchange(ready_, {});
  }
  shutdown();
  destroy();
}

Time Clock::now() const { return std::max(now_, simulation_.now()); }

void Clock::cancel(Place place) {
  // Its handler goes to the end of what is ready, so nobody is resumed inside of the canceller.
  if (auto waiter = waiters_.extract(place)) {
    waiter.mapped()->complete(boost::asio::error::operation_aborted);
  }
}

void Clock::run_ready() {
  while (!ready_.empty()) {
    auto function = std::move(ready_.front());
    ready_.pop_front();
    function();
  }
}

void Clock::run() {
  run_ready();
  while (!waiters_.empty()) {
    const Time time = waiters_.begin()->first.time;
    simulation_.run_slice(UINT64_MAX, time);
    // The world may have made somebody wait for less; then that comes first.
    run_ready();
    if (waiters_.empty() || waiters_.begin()->first.time != time) {
      continue;
    }
    now_ = time;
    auto first = waiters_.extract(waiters_.begin());
    first.mapped()->complete({});
    run_ready();
  }
}

}  // namespace tablekey::sim
