// The shell around a simulation: what ends a run, what signals do, and that nothing is written
// where nothing should be. Nothing here depends on how fast the machine is.
#include "sim/shell.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace shell_test {

namespace {

using namespace tablekey::sim;

// One turn a simulated second, and something that happens at each.
class Seconds : public Simulation {
 public:
  explicit Seconds(std::uint64_t end, std::function<void(std::uint64_t)> each = {})
      : end_(end), each_(std::move(each)) {}

  [[nodiscard]] std::optional<Time> next_due() const override {
    return turns_ < end_ ? std::optional(at(turns_)) : std::nullopt;
  }
  bool run_slice(std::uint64_t turns_max, Time up_to) override {
    up_to_max_ = std::max(up_to_max_, up_to);
    for (std::uint64_t i = 0; i < turns_max && turns_ < end_ && at(turns_) <= up_to; ++i) {
      now_ = at(turns_++);
      if (each_) {
        each_(turns_);
      }
    }
    return turns_ < end_;
  }
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] std::uint64_t turns() const override { return turns_; }
  [[nodiscard]] Time up_to_max() const { return up_to_max_; }

 private:
  static Time at(std::uint64_t turn) {
    return Time() + Duration::seconds(static_cast<std::int64_t>(turn));
  }

  std::uint64_t end_;
  std::function<void(std::uint64_t)> each_;
  std::uint64_t turns_ = 0;
  Time now_;
  Time up_to_max_ = Time::min();
};

constexpr std::uint64_t kEndless = std::numeric_limits<std::int32_t>::max();

ShellOptions quiet() { return {.progress = Progress::none}; }

// The wait status of a child process that does this and then exits with 7.
int status_of(const std::function<void()>& child_does) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    child_does();
    ::_exit(7);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("A run ends when the simulation has nothing left") {
  Seconds simulation(10'000);
  CHECK(run(simulation, quiet()) == Stop::finished);
  CHECK(simulation.turns() == 10'000);
  CHECK(simulation.up_to_max() == Time::max());
  Seconds nothing(0);
  CHECK(run(nothing, quiet()) == Stop::finished);
}

TEST_CASE("SIGINT and SIGTERM stop a run between two turns, and it can go on later") {
  for (const int signal : {SIGINT, SIGTERM}) {
    Seconds simulation(kEndless, [signal](std::uint64_t turn) {
      if (turn == 1'000) {
        ::raise(signal);
      }
    });
    CHECK(run(simulation, quiet()) == Stop::interrupted);
    const std::uint64_t turns = simulation.turns();
    CHECK(turns >= 1'000);
    ShellOptions short_time = quiet();
    short_time.wall_limit = Duration::milliseconds(5);
    CHECK(run(simulation, short_time) == Stop::deadline);
    CHECK(simulation.turns() > turns);
  }
}

TEST_CASE("A second signal while the first is honoured exits with 130") {
  const int during = status_of([] {
    Seconds simulation(kEndless, [](std::uint64_t turn) {
      if (turn == 10) {
        ::raise(SIGINT);
        ::raise(SIGINT);
      }
    });
    run(simulation, quiet());
    ::raise(SIGINT);
  });
  CHECK(WIFEXITED(during));
  CHECK(WEXITSTATUS(during) == 130);

  // Here the run has returned, and its caller is still closing files.
  const int after = status_of([] {
    Seconds simulation(kEndless, [](std::uint64_t turn) {
      if (turn == 10) {
        ::raise(SIGTERM);
      }
    });
    if (run(simulation, quiet()) == Stop::interrupted) {
      ::raise(SIGINT);
    }
  });
  CHECK(WIFEXITED(after));
  CHECK(WEXITSTATUS(after) == 130);
}

TEST_CASE("A signal that was ignored stays ignored, and a handler comes back after the run") {
  const int ignored = status_of([] {
    ::signal(SIGINT, SIG_IGN);
    Seconds simulation(5'000, [](std::uint64_t turn) {
      if (turn == 10) {
        ::raise(SIGINT);
      }
    });
    ::_exit(run(simulation, quiet()) == Stop::finished ? 0 : 1);
  });
  CHECK(WIFEXITED(ignored));
  CHECK(WEXITSTATUS(ignored) == 0);

  const int restored = status_of([] {
    ::signal(SIGTERM, [](int) { ::_exit(42); });
    Seconds simulation(10);
    run(simulation, quiet());
    ::raise(SIGTERM);
  });
  CHECK(WIFEXITED(restored));
  CHECK(WEXITSTATUS(restored) == 42);
}

TEST_CASE("A run that does not heed signals leaves them alone") {
  const int status = status_of([] {
    ::signal(SIGTERM, SIG_DFL);
    ShellOptions options = quiet();
    options.heed_signals = false;
    Seconds simulation(kEndless, [](std::uint64_t turn) {
      if (turn == 10) {
        ::raise(SIGTERM);
      }
    });
    run(simulation, options);
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("A wall time limit stops an endless run") {
  Seconds simulation(kEndless);
  ShellOptions options = quiet();
  options.wall_limit = Duration::milliseconds(20);
  CHECK(run(simulation, options) == Stop::deadline);
  CHECK(simulation.turns() > 0);
  Seconds untouched(kEndless);
  options.wall_limit = Duration();
  CHECK(run(untouched, options) == Stop::deadline);
  CHECK(untouched.turns() == 0);
}

TEST_CASE("A paced run never runs ahead of its pace and comes to the same end") {
  Seconds simulation(20);
  ShellOptions options = quiet();
  options.pace = 400;  // 19 simulated seconds in about a twentieth of a second
  CHECK(run(simulation, options) == Stop::finished);
  CHECK(simulation.turns() == 20);
  CHECK(simulation.up_to_max() >= Time() + Duration::seconds(19));
  CHECK(simulation.up_to_max() < Time::max());
}

TEST_CASE("A paced run that sleeps wakes for signals and for its limit") {
  Seconds simulation(1'000, [](std::uint64_t turn) {
    if (turn == 1) {
      ::raise(SIGINT);
    }
  });
  ShellOptions options = quiet();
  options.pace = 1e-6;  // the second turn is due in eleven days
  CHECK(run(simulation, options) == Stop::interrupted);
  CHECK(simulation.turns() == 1);

  Seconds limited(1'000);
  options.wall_limit = Duration::milliseconds(10);
  CHECK(run(limited, options) == Stop::deadline);
  CHECK(limited.turns() == 1);
}

TEST_CASE("What the simulation throws passes through the shell") {
  Seconds simulation(kEndless, [](std::uint64_t turn) {
    if (turn == 3) {
      throw std::runtime_error("a broken law");
    }
  });
  CHECK_THROWS_WITH(run(simulation, quiet()), "a broken law");
}

TEST_CASE(
    "Progress as a line overwrites itself and is erased, as JSON it ends with the last moment") {
  std::string text;
  ShellOptions options{.progress = Progress::line,
                       .progress_out = [&](std::string_view part) { text += part; },
                       .end = Time() + Duration::seconds(kEndless)};
  bool told = false;
  Seconds simulation(kEndless, [&](std::uint64_t) {
    if (!told && !text.empty()) {
      told = true;
      ::raise(SIGTERM);
    }
  });
  CHECK(run(simulation, options) == Stop::interrupted);
  REQUIRE_FALSE(text.empty());
  CHECK(text.starts_with('\r'));
  CHECK(text.ends_with("\r\x1b[K"));
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find(" events  ") != std::string::npos);

  text.clear();
  options.progress = Progress::json;
  options.wall_limit = Duration::milliseconds(5);
  Seconds again(kEndless);
  run(again, options);
  CHECK(text.starts_with(R"({"format":"tablekey-progress/1","events":)"));
  CHECK(text.ends_with("\"last\":true}\n"));
}

TEST_CASE("A run too short to look at leaves no line, and a quiet one writes nothing") {
  std::string text;
  ShellOptions options{.progress = Progress::line,
                       .progress_out = [&](std::string_view part) { text += part; }};
  Seconds simulation(3);
  run(simulation, options);
  CHECK((text.empty() || text.ends_with("\r\x1b[K")));
  text.clear();
  options.progress = Progress::none;
  Seconds other(100);
  run(other, options);
  CHECK(text.empty());
}

TEST_CASE("A pace and a kind of progress are read, and refused with what to write") {
  CHECK(parse_pace("60x") == 60.0);
  CHECK(parse_pace("0.5x") == 0.5);
  for (const std::string text : {"60", "x", "", "0x", "-1x", "fastx", "nanx", "1e99x", "60 x"}) {
    REQUIRE_FALSE(parse_pace(text));
    CHECK(parse_pace(text).error() ==
          "'" + text +
              "' is not a pace: write 60x for a simulated minute in a second, or 1x for real time");
  }
  CHECK(parse_progress("auto") == Progress::automatic);
  CHECK(parse_progress("none") == Progress::none);
  CHECK(parse_progress("line") == Progress::line);
  CHECK(parse_progress("json") == Progress::json);
  CHECK(parse_progress("bar").error() ==
        "'bar' is not a kind of progress: write auto, none, line or json");
}

}  // namespace shell_test
