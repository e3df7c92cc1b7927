#include "sim/shell.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "sim/progress.h"

namespace tablekey::sim {

namespace {

namespace asio = boost::asio;
using WallClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using SignalAction = struct sigaction;

constexpr int kExitInterrupted = 130;
constexpr std::array<int, 2> kSignals{SIGINT, SIGTERM};

// Asio puts the default action in place of whatever a signal did before. This puts it back, unless
// the run was interrupted: then a second signal ends the process while the caller closes its files.
class SignalKeeper {
 public:
  SignalKeeper() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_[i]);
    }
  }
  SignalKeeper(const SignalKeeper&) = delete;
  SignalKeeper& operator=(const SignalKeeper&) = delete;
  ~SignalKeeper() {
    SignalAction leave{};
    leave.sa_handler = [](int) { ::_exit(kExitInterrupted); };
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], interrupted_ && !ignored(i) ? &leave : &before_[i], nullptr);
    }
  }

  // A signal that was ignored (nohup, a shell's background job) stays so.
  [[nodiscard]] bool ignored(std::size_t i) const { return before_[i].sa_handler == SIG_IGN; }
  void note_interrupted() { interrupted_ = true; }

 private:
  std::array<SignalAction, kSignals.size()> before_{};
  bool interrupted_ = false;
};

Progress resolved(Progress progress) {
  if (progress != Progress::automatic) {
    return progress;
  }
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && std::getenv("CI") == nullptr;
  return terminal ? Progress::line : Progress::none;
}

// Shows the meter at most ten times a second, JSON once a second.
class ProgressDisplay {
 public:
  ProgressDisplay(const ShellOptions& options, Time now)
      : kind_(resolved(options.progress)),
        out_(options.progress_out),
        meter_(options.begin.value_or(now), options.end) {}

  void update(const ProgressSample& sample) {
    if (kind_ == Progress::none || sample.wall_seconds < next_seconds_) {
      return;
    }
    next_seconds_ = sample.wall_seconds + (kind_ == Progress::line ? 0.1 : 1.0);
    meter_.add(sample);
    write(kind_ == Progress::line ? fmt::format("\r{}\x1b[K", meter_.line())
                                  : fmt::format("{}\n", meter_.json(false)));
    shown_ = true;
  }

  void close(const ProgressSample& sample) {
    if (kind_ == Progress::line && shown_) {
      write("\r\x1b[K");
    } else if (kind_ == Progress::json) {
      meter_.add(sample);
      write(meter_.json(true) + "\n");
    }
  }

 private:
  void write(const std::string& text) const {
    if (out_) {
      out_(text);
    } else {
      std::fputs(text.c_str(), stderr);
    }
  }

  Progress kind_;
  const std::function<void(std::string_view)>& out_;
  ProgressMeter meter_;
  double next_seconds_ = 0.1;
  bool shown_ = false;
};

// Maps wall time since the start to simulated time and back.
class Pace {
 public:
  Pace(double factor, Time begin) : factor_(factor), begin_(begin) {}

  [[nodiscard]] Time simulated(Seconds elapsed) const {
    const double nanoseconds = elapsed.count() * factor_ * 1e9;
    const double room =
        static_cast<double>(Time::max().nanoseconds()) - static_cast<double>(begin_.nanoseconds());
    return nanoseconds >= room * 0.999
               ? Time::max()
               : begin_ + Duration::nanoseconds(static_cast<std::int64_t>(nanoseconds));
  }

  [[nodiscard]] Seconds wall(Time due) const {
    const double nanoseconds =
        static_cast<double>(due.nanoseconds()) - static_cast<double>(begin_.nanoseconds());
    return Seconds(nanoseconds / 1e9 / factor_);
  }

 private:
  double factor_;
  Time begin_;
};

// One run: the coroutine that turns the world, beside the signals that stop it.
class Run {
 public:
  Run(Simulation& simulation, const ShellOptions& options)
      : simulation_(simulation),
        options_(options),
        turns_before_(simulation.turns()),
        display_(options, first_time(simulation)),
        signals_(io_),
        timer_(io_) {
    if (options.pace) {
      pace_.emplace(*options.pace, first_time(simulation));
    }
  }

  Stop operator()() {
    if (options_.heed_signals) {
      listen();
    }
    std::exception_ptr failure;
    asio::co_spawn(io_, turn(), [this, &failure](std::exception_ptr thrown) {
      failure = thrown;
      signals_.cancel();
    });
    io_.run();
    display_.close(sample());
    if (failure) {
      std::rethrow_exception(failure);
    }
    return stop_.value_or(Stop::finished);
  }

 private:
  static constexpr std::uint64_t kTurnsMin = 16;
  static constexpr std::uint64_t kTurnsMax = 1 << 20;
  // Long enough to cost nothing, short enough that a signal seems to act at once.
  static constexpr Seconds kSlice{0.005};
  static constexpr Seconds kLongestSleep{0.1};

  // Paced time begins when the first thing happens. A run that goes on has had its first turn.
  static Time first_time(const Simulation& simulation) {
    return simulation.turns() == 0 ? simulation.next_due().value_or(simulation.now())
                                   : simulation.now();
  }

  void listen() {
    keeper_.emplace();
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      if (!keeper_->ignored(i)) {
        signals_.add(kSignals[i]);
      }
    }
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) {
        return;
      }
      stop_ = Stop::interrupted;
      keeper_->note_interrupted();
      timer_.cancel();
      signals_.async_wait([](const boost::system::error_code& second_error, int) {
        if (!second_error) {
          std::_Exit(kExitInterrupted);
        }
      });
    });
  }

  asio::awaitable<void> turn() {
    while (!stop_) {
      const Seconds before = elapsed();
      if (options_.wall_limit && before >= wall_limit()) {
        stop_ = Stop::deadline;
        break;
      }
      const Time up_to = pace_ ? pace_->simulated(before) : Time::max();
      if (!simulation_.run_slice(turns_per_slice_, up_to)) {
        stop_ = Stop::finished;
        break;
      }
      adapt(elapsed() - before);
      display_.update(sample());
      if (pace_ && simulation_.next_due().value_or(up_to) > up_to) {
        co_await sleep();
      } else {
        // Gives way to the signals.
        co_await asio::post(io_, asio::deferred);
      }
    }
  }

  // Until the next action is due, or something else must be looked after.
  asio::awaitable<void> sleep() {
    Seconds until = pace_->wall(*simulation_.next_due());
    until = std::min(until, elapsed() + kLongestSleep);
    if (options_.wall_limit) {
      until = std::min(until, wall_limit());
    }
    timer_.expires_at(begin_ + std::chrono::ceil<WallClock::duration>(until));
    auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::deferred));
    static_cast<void>(error);  // a wait that a signal cut short is as good as one that ended
  }

  // Only the length of a slice depends on wall time, and no result depends on that.
  void adapt(Seconds taken) {
    if (taken > kSlice) {
      turns_per_slice_ = std::max(turns_per_slice_ / 2, kTurnsMin);
    } else if (taken < kSlice / 4) {
      turns_per_slice_ = std::min(turns_per_slice_ * 2, kTurnsMax);
    }
  }

  [[nodiscard]] Seconds elapsed() const { return WallClock::now() - begin_; }
  [[nodiscard]] Seconds wall_limit() const {
    return std::chrono::nanoseconds(options_.wall_limit->count());
  }
  [[nodiscard]] ProgressSample sample() const {
    return {.wall_seconds = elapsed().count(),
            .turns = simulation_.turns() - turns_before_,
            .now = simulation_.now()};
  }

  Simulation& simulation_;
  const ShellOptions& options_;
  const WallClock::time_point begin_ = WallClock::now();
  const std::uint64_t turns_before_;
  std::uint64_t turns_per_slice_ = 256;
  std::optional<Stop> stop_;
  std::optional<Pace> pace_;
  ProgressDisplay display_;
  std::optional<SignalKeeper> keeper_;  // outlives the signal set, to have the last word
  asio::io_context io_{1};
  asio::signal_set signals_;
  asio::steady_timer timer_;
};

}  // namespace

Stop run(Simulation& simulation, const ShellOptions& options) { return Run(simulation, options)(); }

std::expected<double, std::string> parse_pace(std::string_view text) {
  const auto refused = [text] {
    return std::unexpected(fmt::format(
        "'{}' is not a pace: write 60x for a simulated minute in a second, or 1x for real time",
        text));
  };
  std::string_view digits = text;
  if (!digits.ends_with('x')) {
    return refused();
  }
  digits.remove_suffix(1);
  double pace = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pace);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || !(pace >= 1e-6 && pace <= 1e12)) {
    return refused();
  }
  return pace;
}

std::expected<Progress, std::string> parse_progress(std::string_view text) {
  if (text == "auto" || text == "automatic") {
    return Progress::automatic;
  }
  if (text == "none") {
    return Progress::none;
  }
  if (text == "line") {
    return Progress::line;
  }
  if (text == "json") {
    return Progress::json;
  }
  return std::unexpected(
      fmt::format("'{}' is not a kind of progress: write auto, none, line or json", text));
}

}  // namespace tablekey::sim
