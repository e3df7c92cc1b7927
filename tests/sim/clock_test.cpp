// Coroutines outside of a small world: they must go on in one total order with its actions.
#include "sim/clock.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sim/agenda.h"
#include "sim/engine.h"

namespace clock_test {

namespace {

namespace asio = boost::asio;
using namespace tablekey::sim;
using Log = std::vector<std::string>;

Time at(std::int64_t n) { return Time::from_nanoseconds(n); }

// A world whose actions write their number down.
class World : public Simulation {
 public:
  explicit World(Log& log) : log_(log) {}

  void schedule(Time time, int number) { agenda_.schedule(time, 3, number); }

  [[nodiscard]] std::optional<Time> next_due() const override {
    const auto due = agenda_.next();
    return due ? std::optional(due->time) : std::nullopt;
  }
  bool run_slice(std::uint64_t turns_max, Time up_to) override {
    const Turned why = take_turns(
        {.turns_max = turns_max, .up_to = up_to}, [this] { return next_due(); },
        [this] { return turn(); });
    return why != Turned::nothing_left;
  }
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] std::uint64_t turns() const override { return turns_; }

 private:
  bool turn() {
    now_ = agenda_.next()->time;
    log_.push_back("world " + std::to_string(agenda_.pop()) + " at " +
                   std::to_string(now_.nanoseconds()));
    ++turns_;
    return true;
  }

  Log& log_;
  Agenda<int> agenda_;
  Time now_;
  std::uint64_t turns_ = 0;
};

Clock::awaitable<> visit(Clock& clock, Log& log, std::string name, std::vector<int> times) {
  for (const int time : times) {
    co_await clock.until(at(time));
    log.push_back(name + " at " + std::to_string(clock.now().nanoseconds()));
  }
}

}  // namespace

TEST_CASE("Coroutines go on after the world's actions of their instant, in the order of waiting") {
  Log log;
  World world(log);
  for (const int time : {30, 10, 20, 10}) {
    world.schedule(at(time), time);
  }
  Clock clock(world);
  asio::co_spawn(clock, visit(clock, log, "anna", {10, 20, 20}), asio::detached);
  asio::co_spawn(clock, visit(clock, log, "bert", {20, 25}), asio::detached);
  asio::co_spawn(clock, visit(clock, log, "carl", {10, 5}), asio::detached);
  clock.run();
  CHECK(log == Log{"world 10 at 10", "world 10 at 10", "anna at 10", "carl at 10", "carl at 10",
                   "world 20 at 20", "bert at 20", "anna at 20", "anna at 20", "bert at 25"});
  CHECK(world.next_due() == at(30));
}

TEST_CASE("What a coroutine has the world do now is done before the next coroutine goes on") {
  Log log;
  World world(log);
  Clock clock(world);
  const auto commander = [](Clock& c, World& w, Log& l) -> Clock::awaitable<> {
    co_await c.until(at(10));
    l.push_back("command");
    w.schedule(at(10), 1);
    w.schedule(at(11), 2);
  };
  asio::co_spawn(clock, commander(clock, world, log), asio::detached);
  asio::co_spawn(clock, visit(clock, log, "anna", {10, 11}), asio::detached);
  clock.run();
  CHECK(log == Log{"command", "world 1 at 10", "anna at 10", "world 2 at 11", "anna at 11"});
}

TEST_CASE("A thousand coroutines that wait for one instant go on in the order of waiting") {
  Log log;
  World world(log);
  Clock clock(world);
  Log expected;
  for (int i = 0; i < 1'000; ++i) {
    asio::co_spawn(clock, visit(clock, log, std::to_string(i), {50}), asio::detached);
    expected.push_back(std::to_string(i) + " at 50");
  }
  clock.run();
  CHECK(log == expected);
}

TEST_CASE("A clock goes on past the world's last action and returns when nobody waits") {
  Log log;
  World world(log);
  world.schedule(at(1), 1);
  Clock clock(world);
  asio::co_spawn(clock, visit(clock, log, "anna", {1'000}), asio::detached);
  clock.run();
  CHECK(log == Log{"world 1 at 1", "anna at 1000"});
  CHECK(clock.now() == at(1'000));
  clock.run();
  CHECK(log.size() == 2);
}

TEST_CASE("A cancelled wait ends with operation_aborted, and others keep their places") {
  Log log;
  World world(log);
  Clock clock(world);
  asio::cancellation_signal signal;
  const auto patient = [](Clock& c, Log& l) -> Clock::awaitable<> {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto [error] = co_await c.async_wait_until(at(100), asio::as_tuple(asio::deferred));
    l.push_back(error == asio::error::operation_aborted ? "aborted" : "waited");
  };
  asio::co_spawn(clock, visit(clock, log, "anna", {100}), asio::detached);
  asio::co_spawn(clock, patient(clock, log),
                 asio::bind_cancellation_slot(signal.slot(), asio::detached));
  asio::co_spawn(clock, visit(clock, log, "carl", {100}), asio::detached);
  const auto canceller = [](Clock& c, asio::cancellation_signal& s, Log& l) -> Clock::awaitable<> {
    co_await c.until(at(40));
    s.emit(asio::cancellation_type::all);
    l.push_back("cancelled");
  };
  asio::co_spawn(clock, canceller(clock, signal, log), asio::detached);
  clock.run();
  CHECK(log == Log{"cancelled", "aborted", "anna at 100", "carl at 100"});
}

TEST_CASE("A cancelled wait throws from until, like any Asio operation") {
  Log log;
  World world(log);
  Clock clock(world);
  using namespace asio::experimental::awaitable_operators;
  const auto race = [](Clock& c, Log& l) -> Clock::awaitable<> {
    std::vector<int> late(1, 200);
    std::vector<int> soon(1, 100);
    const auto winner = co_await (visit(c, l, "late", late) || visit(c, l, "soon", soon));
    l.push_back("winner " + std::to_string(winner.index()));
  };
  asio::co_spawn(clock, race(clock, log), asio::detached);
  clock.run();
  CHECK(log == Log{"soon at 100", "winner 1"});
  CHECK(clock.now() == at(100));
}

TEST_CASE("A clock that is destroyed destroys who waits, and resumes nobody") {
  struct Mark {
    Log& log;
    ~Mark() { log.push_back("destroyed"); }
  };
  Log log;
  World world(log);
  {
    Clock clock(world);
    const auto waiting = [](Clock& c, Log& l) -> Clock::awaitable<> {
      const Mark mark{l};
      co_await c.until(at(10));
      l.push_back("resumed");
    };
    asio::co_spawn(clock, waiting(clock, log), asio::detached);
    asio::post(clock, [&] {
      asio::co_spawn(clock, visit(clock, log, "never", {5}), asio::detached);
      throw std::runtime_error("leaves run()");
    });
    CHECK_THROWS_AS(clock.run(), std::runtime_error);
    CHECK(log.empty());
  }
  CHECK(log == Log{"destroyed"});
}

TEST_CASE("Coroutines on any executor and plain callbacks can wait as well") {
  Log log;
  World world(log);
  Clock clock(world);
  const auto any = [](Clock& c, Log& l) -> asio::awaitable<void> {
    co_await c.after(Duration::nanoseconds(7));
    l.push_back("any at " + std::to_string(c.now().nanoseconds()));
  };
  asio::co_spawn(asio::any_io_executor(clock.get_executor()), any(clock, log), asio::detached);
  clock.async_wait_until(at(3), [&](boost::system::error_code error) {
    log.push_back(error ? "failed" : "callback");
  });
  clock.run();
  CHECK(log == Log{"callback", "any at 7"});
}

TEST_CASE("An exception that leaves a coroutine reaches its completion handler") {
  Log log;
  World world(log);
  Clock clock(world);
  const auto failing = [](Clock& c) -> Clock::awaitable<> {
    co_await c.until(at(1));
    throw std::runtime_error("told");
  };
  std::string told;
  asio::co_spawn(clock, failing(clock), [&](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::runtime_error& error) {
      told = error.what();
    }
  });
  clock.run();
  CHECK(told == "told");
}

}  // namespace clock_test
