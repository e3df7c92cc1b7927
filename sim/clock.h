// Simulated time for code that stands outside of the world: tests, and people who embed the
// library. A coroutine says `co_await clock.until(t)` and goes on when the world has reached t.
// Inside the world there are no coroutines: what waits there is an action in the agenda.
//
// This header brings Boost.Asio with it. No other header of ours does.
#pragma once

#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "sim/shell.h"
#include "sim/time.h"

namespace tablekey::sim {

/// An execution context over a simulation. Everything happens in one total order: by time; at one
/// time first all the world's actions, then who waits, in the order in which the waits began. What
/// a resumed waiter has the world do at that same time is done before the next waiter resumes. So a
/// run is as repeatable with such code outside as without it.
///
/// One thread only. The simulation outlives the clock.
class Clock : public boost::asio::execution_context {
 public:
  class executor_type;

  /// The coroutine type to use with a clock: smaller and quicker than one on any executor.
  template <class T = void>
  using awaitable = boost::asio::awaitable<T, executor_type>;

  explicit Clock(Simulation& simulation) : simulation_(simulation), now_(simulation.now()) {}
  ~Clock();

  [[nodiscard]] executor_type get_executor() noexcept;

  /// The time of the latest resumption, or the world's if it is ahead of that.
  [[nodiscard]] Time now() const;

  /// Completes with void(error_code) when the world has reached the time (at once in the order
  /// above if that is past), with operation_aborted if it is cancelled first.
  template <class CompletionToken>
  auto async_wait_until(Time time, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code)>(
        [this](auto handler, Time until) { this->wait(until, std::move(handler)); }, token, time);
  }

  /// `co_await clock.until(t)`.
  auto until(Time time) { return async_wait_until(time, boost::asio::deferred); }

  /// `co_await clock.after(d)`.
  auto after(Duration duration) { return until(now() + duration); }

  /// Resumes waiters, and turns the world up to the times that they wait for, until nobody waits.
  void run();

 private:
  // Who waits, in the order in which they go on.
  struct Place {
    Time time;
    std::uint64_t ticket = 0;

    friend constexpr auto operator<=>(const Place&, const Place&) = default;
  };

  class Waiter {
   public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    virtual ~Waiter() = default;
    virtual void complete(boost::system::error_code error) = 0;
  };

  template <class Handler>
  class WaiterOf;

  template <class Handler>
  void wait(Time until, Handler handler);
  void cancel(Place place);
  void run_ready();

  Simulation& simulation_;
  Time now_;
  std::uint64_t next_ticket_ = 0;
  std::map<Place, std::unique_ptr<Waiter>> waiters_;
  std::deque<std::move_only_function<void()>> ready_;
};

/// Runs functions inside Clock::run(), in the order in which they were submitted.
class Clock::executor_type {
 public:
  explicit executor_type(Clock& clock) noexcept : clock_(&clock) {}

  [[nodiscard]] Clock& query(boost::asio::execution::context_t) const noexcept { return *clock_; }
  static constexpr boost::asio::execution::blocking_t query(
      boost::asio::execution::blocking_t) noexcept {
    return boost::asio::execution::blocking.never;
  }

  template <class Function>
  void execute(Function function) const {
    clock_->ready_.emplace_back(std::move(function));
  }

  friend bool operator==(const executor_type&, const executor_type&) noexcept = default;

 private:
  Clock* clock_;
};

inline Clock::executor_type Clock::get_executor() noexcept { return executor_type(*this); }

template <class Handler>
class Clock::WaiterOf final : public Clock::Waiter {
 public:
  WaiterOf(Clock& clock, Handler handler)
      : work_(boost::asio::get_associated_executor(handler, clock.get_executor())),
        handler_(std::move(handler)) {}

  void complete(boost::system::error_code error) override {
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
      slot.clear();
    }
    boost::asio::dispatch(work_.get_executor(), [handler = std::move(handler_), error]() mutable {
      std::move(handler)(error);
    });
  }

 private:
  using Executor = boost::asio::associated_executor_t<Handler, executor_type>;

  boost::asio::executor_work_guard<Executor> work_;
  Handler handler_;
};

template <class Handler>
void Clock::wait(Time until, Handler handler) {
  const Place place{.time = std::max(until, now()), .ticket = next_ticket_++};
  if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
    slot.assign([this, place](boost::asio::cancellation_type type) {
      if (type != boost::asio::cancellation_type::none) {
        cancel(place);
      }
    });
  }
  waiters_.emplace(place, std::make_unique<WaiterOf<Handler>>(*this, std::move(handler)));
}

}  // namespace tablekey::sim
