// Work on several threads. Goal: every number is done once, whatever the threads; an exception
// comes out on the caller's thread after the others have ended; who looks on is called and may end
// it.
#include "replay/threads.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tablekey::replay::threads_test {

TEST_CASE("every number is done once, on any number of threads") {
  for (const unsigned threads : {0U, 1U, 2U, 7U, 64U}) {
    for (const std::size_t count : {0UL, 1UL, 5UL, 1000UL}) {
      std::vector<std::atomic<int>> done(count);
      for_each_parallel(count, threads, [&](std::size_t i) { ++done[i]; });
      for (const auto& times : done) REQUIRE(times == 1);
    }
  }
  CHECK(threads_or_all(3) == 3);
  CHECK(threads_or_all(0) >= 1);
}

TEST_CASE("an exception of any thread comes out at the caller's, and nothing is begun after it") {
  std::atomic<int> begun = 0;
  const auto work = [&](std::size_t i) {
    ++begun;
    if (i == 10) throw std::runtime_error("the tenth");
    std::this_thread::yield();
  };
  CHECK_THROWS_WITH(for_each_parallel(1'000'000, 4, work), "the tenth");
  CHECK(begun < 1'000'000);
  CHECK_THROWS_WITH(on_threads(3, [] { throw std::runtime_error("all"); }), "all");
}

TEST_CASE("the caller's thread is one of those that work") {
  std::atomic<bool> here = false;
  const auto caller = std::this_thread::get_id();
  on_threads(1, [&] { here = std::this_thread::get_id() == caller; });
  CHECK(here);
}

TEST_CASE("who looks on is called while the work goes on, and once at its end") {
  std::atomic<bool> stop = false;
  int looks = 0;
  on_threads_watched(
      2,
      [&] {
        while (!stop) std::this_thread::yield();
      },
      [&] {
        ++looks;
        stop = true;
      });
  CHECK(looks >= 1);
  CHECK_THROWS_WITH(on_threads_watched(
                        2, [] { throw std::runtime_error("watched"); }, [] {}),
                    "watched");
}

}  // namespace tablekey::replay::threads_test
