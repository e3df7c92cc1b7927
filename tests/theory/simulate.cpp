// The product's own path: scenarios::load, model::World, and observers in between. What is recorded
// goes nowhere; the events are the same as those of `tablekey run` with this file and seed.
#include "tests/theory/simulate.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "events/recorder.h"
#include "model/world.h"
#include "scenarios/load.h"
#include "tests/theory/case.h"

namespace tablekey::theory {
namespace {

constexpr std::uint32_t kEventsPerChunk = 512;

// Takes chunks and forgets them.
class Nowhere : public events::ChunkSink {
 public:
  void identity(events::Bytes) override {}
  void chunk(events::Bytes, const events::ChunkInfo&) override {}
  void snapshot(events::Bytes, std::uint64_t, std::int64_t) override {}
  events::Digest chain() override { return {}; }
  events::Result<void> status() const override { return {}; }
};

}  // namespace

Ran simulate(const std::string& text, std::uint64_t seed, const ProbeMaker& maker) {
  scenarios::LoadOptions options;
  options.seed = seed;
  const scenarios::LoadResult loaded = scenarios::load(text, "case.yaml", options);
  if (!loaded.ok())
    throw CaseError{"the scenario is refused:\n" + loaded.diagnostics.render(false)};
  const auto scenario = model::ScenarioView::make(loaded.scenario());
  if (!scenario) throw CaseError{"the scenario cannot run: " + scenario.error()};
  const std::unique_ptr<Probe> probe = maker(**scenario);
  Nowhere sink;
  events::Recorder recorder(kEventsPerChunk, 0, sink);
  model::World world(**scenario);
  while (!probe->done()) {
    const auto due = world.next_due();
    if (!due) break;
    const std::uint64_t number = world.state().events();
    probe->before(world.state(), due->nanoseconds());
    const events::Event::Reader event = world.turn(recorder);
    probe->event(world.state(), event, number);
    recorder.commit();
  }
  return {probe->reading(world.state()), world.state().events()};
}

void in_parallel(std::uint64_t first, std::uint64_t last, unsigned threads,
                 const std::function<void(std::uint64_t)>& work) {
  std::atomic<std::uint64_t> next = first;
  std::mutex guard;
  std::exception_ptr failure;
  const auto loop = [&] {
    for (std::uint64_t i = next++; i < last; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(guard);
        if (!failure) failure = std::current_exception();
        next = last;
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 1; i < threads; ++i) workers.emplace_back(loop);
    loop();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tablekey::theory
