// What a run says of itself: the whole texts, for given moments.
#include "sim/progress.h"

#include <catch2/catch.hpp>

namespace progress_test {

namespace {

using namespace tablekey::sim;

Time after(Duration duration) { return *parse_time("2018-02-14") + duration; }

}  // namespace

TEST_CASE("The progress line shows events, rate, simulated time, share and time to go") {
  ProgressMeter meter(after({}), after(Duration::hours(10)));
  meter.add({.wall_seconds = 3, .turns = 1'204'000, .now = after(Duration::hours(2))});
  CHECK(meter.line() == "1,204,000 events  401,333/s  2018-02-14T02:00:00Z  20%  12s left");
  CHECK(meter.json(false) ==
        R"({"format":"tablekey-progress/1","events":1204000,"events_per_second":401333,)"
        R"("simulated":"2018-02-14T02:00:00Z","share":0.2000,"seconds_left":12.0,"last":false})");
}

TEST_CASE("Without a known end there is neither a share nor a time to go") {
  ProgressMeter meter(after({}), std::nullopt);
  meter.add({.wall_seconds = 2, .turns = 999, .now = after(Duration::seconds(1))});
  CHECK(meter.line() == "999 events  500/s  2018-02-14T00:00:01Z");
  CHECK(meter.json(true) ==
        R"({"format":"tablekey-progress/1","events":999,"events_per_second":500,)"
        R"("simulated":"2018-02-14T00:00:01Z","last":true})");
}

TEST_CASE("At the very beginning nothing is divided by nothing") {
  ProgressMeter meter(after({}), after(Duration::hours(1)));
  meter.add({.wall_seconds = 0, .turns = 0, .now = after({})});
  CHECK(meter.line() == "0 events  0/s  2018-02-14T00:00:00Z  0%");
}

TEST_CASE("The rate follows a change of speed within a few seconds") {
  ProgressMeter meter(std::nullopt, std::nullopt);
  double seconds = 0;
  std::uint64_t turns = 0;
  for (int i = 0; i < 50; ++i) {
    meter.add({.wall_seconds = seconds += 0.1, .turns = turns += 100, .now = after({})});
  }
  CHECK(meter.line() == "5,000 events  1,000/s  2018-02-14T00:00:00Z");
  for (int i = 0; i < 100; ++i) {
    meter.add({.wall_seconds = seconds += 0.1, .turns = turns += 10, .now = after({})});
  }
  CHECK(meter.line().find("6,000 events  10") == 0);
}

TEST_CASE("Time beyond the stated end is the whole, not more") {
  ProgressMeter meter(after({}), after(Duration::hours(1)));
  meter.add({.wall_seconds = 1, .turns = 10, .now = after(Duration::hours(2))});
  CHECK(meter.line() == "10 events  10/s  2018-02-14T02:00:00Z  100%  0s left");
}

}  // namespace progress_test
