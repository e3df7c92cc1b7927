// How fast is the agenda? The hold model: with n actions pending, take the first and schedule
// another one an exponential time later, over and over. An item is one such turn. Beside it, on the
// same times, std::priority_queue over the same keys (which can neither cancel nor be written
// down).
#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "sim/agenda.h"
#include "sim/distribution.h"
#include "sim/random.h"

namespace {

using namespace tablekey::sim;

struct Action {
  std::uint32_t kind;
  std::uint32_t connection;
  std::uint64_t item;
  std::uint64_t request;
};

// The delays are drawn beforehand, so that what is timed is the agenda.
std::vector<Duration> delays() {
  constexpr std::size_t kDelays = 1 << 16;
  const Distribution distribution = Distribution::exponential(Duration::seconds(1));
  const Random random(1);
  std::vector<Duration> all;
  for (std::size_t i = 0; i < kDelays; ++i) {
    all.push_back(distribution.sample_duration(random.draw(1, 1, i)));
  }
  return all;
}

void agenda_hold(benchmark::State& state) {
  const std::vector<Duration> delay = delays();
  Agenda<Action> agenda;
  std::uint64_t i = 0;
  while (agenda.size() < static_cast<std::size_t>(state.range(0))) {
    agenda.schedule(Time() + delay[i++ % delay.size()], 3, Action{});
  }
  const auto turn = [&] {
    const Time now = agenda.next()->time;
    Action action = agenda.pop();
    action.request = i;
    agenda.schedule(now + delay[i++ % delay.size()], 3, action);
  };
  for (std::int64_t warm = 0; warm < 3 * state.range(0); ++warm) {
    turn();
  }
  for (auto _ : state) {
    turn();
  }
  state.SetItemsProcessed(state.iterations());
}

void priority_queue_hold(benchmark::State& state) {
  struct Pending {
    Time time;
    std::uint64_t order;
    Action action;
    bool operator>(const Pending& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  const std::vector<Duration> delay = delays();
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> queue;
  std::uint64_t i = 0;
  while (queue.size() < static_cast<std::size_t>(state.range(0))) {
    const Time time = Time() + delay[i % delay.size()];
    queue.push({time, i++, Action{}});
  }
  const auto turn = [&] {
    Pending pending = queue.top();
    queue.pop();
    pending.time += delay[i % delay.size()];
    pending.order = i++;
    queue.push(pending);
  };
  for (std::int64_t warm = 0; warm < 3 * state.range(0); ++warm) {
    turn();
  }
  for (auto _ : state) {
    turn();
  }
  state.SetItemsProcessed(state.iterations());
}

// A timeout that is always moved: schedule, cancel, schedule again, as an idle connection's cache
// entry does at each request.
void agenda_reschedule(benchmark::State& state) {
  const std::vector<Duration> delay = delays();
  Agenda<Action> agenda;
  std::vector<Handle> timeouts;
  for (std::int64_t n = 0; n < state.range(0); ++n) {
    timeouts.push_back(agenda.schedule(Time() + Duration::minutes(5), 3, Action{}));
  }
  agenda.schedule(Time(), 3, Action{});
  std::uint64_t i = 0;
  for (auto _ : state) {
    const Time now = agenda.next()->time;
    agenda.pop();
    Handle& timeout = timeouts[i * 7919 % timeouts.size()];
    agenda.cancel(timeout);
    timeout = agenda.schedule(now + Duration::minutes(5), 3, Action{});
    agenda.schedule(now + delay[i++ % delay.size()] / 1000, 3, Action{});
  }
  state.SetItemsProcessed(state.iterations());
}

void random_draw(benchmark::State& state) {
  const Random random(1);
  std::uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(random.draw(i & 1023, 1, i));
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}

void random_sample(benchmark::State& state, const char* text) {
  const Random random(1);
  const Distribution distribution = *Distribution::parse(text);
  std::uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(distribution.sample_duration(random.draw(7, 1, i++)));
  }
  state.SetItemsProcessed(state.iterations());
}

void random_zipf(benchmark::State& state) {
  const Random random(1);
  const Zipf zipf(10'000'000, 0.99);
  std::uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(zipf.sample(random.draw(7, 1, i++)));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(agenda_hold)->Arg(100)->Arg(10'000)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(priority_queue_hold)->Arg(100)->Arg(10'000)->Arg(1'000'000);
BENCHMARK(agenda_reschedule)->Arg(100)->Arg(10'000)->Arg(1'000'000);
BENCHMARK(random_draw);
BENCHMARK_CAPTURE(random_sample, exponential, "exponential(mean=6ms)");
BENCHMARK_CAPTURE(random_sample, lognormal, "lognormal(median=6ms, p99=40ms)");
BENCHMARK_CAPTURE(random_sample, gamma, "gamma(shape=2, mean=6ms)");
BENCHMARK(random_zipf);

}  // namespace
