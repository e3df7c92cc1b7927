// The loop that runs, folds and slices share: which limit ends it, and that it stops exactly there.
#include "sim/engine.h"

#include <catch2/catch.hpp>
#include <vector>

namespace engine_test {

namespace {

using namespace tablekey::sim;

// A world of one turn a nanosecond, from 0 on.
struct Ticks {
  std::int64_t next = 0;
  std::int64_t end = 10;
  std::int64_t stop_at = 1'000;

  Turned take(const TurnLimit& limit) {
    return take_turns(
        limit,
        [this] { return next < end ? std::optional(Time::from_nanoseconds(next)) : std::nullopt; },
        [this] { return next++ != stop_at; });
  }
};

}  // namespace

TEST_CASE("Turns are taken until nothing is left") {
  Ticks ticks;
  CHECK(ticks.take({}) == Turned::nothing_left);
  CHECK(ticks.next == 10);
  CHECK(ticks.take({.turns_max = 0}) == Turned::nothing_left);
}

TEST_CASE("A turn at the limit is taken and one after it is not") {
  Ticks ticks;
  CHECK(ticks.take({.up_to = Time::from_nanoseconds(4)}) == Turned::up_to);
  CHECK(ticks.next == 5);
  CHECK(ticks.take({.up_to = Time::from_nanoseconds(4)}) == Turned::up_to);
  CHECK(ticks.next == 5);
}

TEST_CASE("No more turns are taken than allowed, and slices add up to the whole") {
  Ticks ticks;
  CHECK(ticks.take({.turns_max = 0}) == Turned::turns_max);
  CHECK(ticks.next == 0);
  CHECK(ticks.take({.turns_max = 3}) == Turned::turns_max);
  CHECK(ticks.next == 3);
  CHECK(ticks.take({.turns_max = 7}) == Turned::nothing_left);
  CHECK(ticks.next == 10);
}

TEST_CASE("A turn can cut the loop short after itself") {
  Ticks ticks{.stop_at = 6};
  CHECK(ticks.take({}) == Turned::cut_short);
  CHECK(ticks.next == 7);
}

}  // namespace engine_test
