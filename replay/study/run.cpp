// The world, a sink that keeps nothing, and the measures.
#include "replay/study/run.h"

#include <limits>

#include "model/law.h"
#include "replay/metrics/metric.h"
#include "replay/run.h"

namespace tablekey::replay {
namespace {

constexpr std::uint64_t kTurnsBetweenLooks = 20'000;
constexpr std::uint32_t kEventsPerChunk = 512;

// A run of a study is known by its seed and settings; its bytes are nobody's.
class NoSink : public events::ChunkSink {
 public:
  void identity(events::Bytes) override {}
  void chunk(events::Bytes, const events::ChunkInfo&) override {}
  void snapshot(events::Bytes, std::uint64_t, std::int64_t) override {}
  events::Digest chain() override { return {}; }
  events::Result<void> status() const override { return {}; }
};

// Never due: a snapshot that nobody keeps need not be taken.
SnapshotPlan no_snapshots() { return {0, std::numeric_limits<std::uint64_t>::max()}; }

StudyNumber number_of(const Outcome& outcome) {
  StudyNumber number;
  number.value = outcome.number;
  number.at_least = outcome.at_least;
  number.unit = outcome.unit;
  if (!outcome.number) number.note = outcome.note;
  return number;
}

double limit_of(const scenarios::Limit& limit, const model::ScenarioView& scenario) {
  switch (limit.kind) {
    case scenarios::Limit::Kind::count:
      return static_cast<double>(limit.count);
    case scenarios::Limit::Kind::rate:
      return limit.rate;
    case scenarios::Limit::Kind::duration:
      return static_cast<double>(limit.nanoseconds) / 1e9;
    case scenarios::Limit::Kind::money:
      return static_cast<double>(limit.nanodollars) / 1e9;
    case scenarios::Limit::Kind::moment:
      return static_cast<double>(time_of(limit.moment, scenario) - scenario.start.nanoseconds()) /
             1e9;
    case scenarios::Limit::Kind::number:
      return static_cast<double>(limit.billionths) / 1e9;
    case scenarios::Limit::Kind::word:
      return 0;
  }
  return 0;
}

// The measures, then the expectations, in one set.
void ask(const scenarios::Study& study, ExpectationSet& set) {
  for (const scenarios::StudyMeasure& measure : study.measures) {
    set.add(measure.expectation, measure.line, measure.line);
  }
  for (const scenarios::StudyExpectation& one : study.expectations) {
    set.add(one.expectation, one.name, one.check, one.warn, one.line);
  }
}

void take_answers(const scenarios::Study& study, const std::vector<Outcome>& outcomes,
                  const model::ScenarioView& scenario, StudyRun& run) {
  const std::size_t measures = study.measures.size();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (i < measures) {
      run.measured.push_back(number_of(outcomes[i]));
      continue;
    }
    const scenarios::StudyExpectation& expected = study.expectations[i - measures];
    run.judged.push_back({number_of(outcomes[i]), limit_of(expected.expectation.limit, scenario),
                          outcomes[i].met == Met::met});
  }
}

}  // namespace

std::expected<std::optional<StudyRun>, StudyRefused> run_one(const scenarios::Study& study,
                                                             const scenarios::StudyScenario& made,
                                                             std::uint64_t point, std::uint32_t run,
                                                             const std::atomic<bool>& stop,
                                                             bool metrics) {
  if (!made.ok()) return std::unexpected(StudyRefused{made.diagnostics.render(false)});
  const auto view = model::ScenarioView::make(made.scenario());
  if (!view) return std::unexpected(StudyRefused{"error: " + view.error() + "\n"});
  const model::ScenarioView& scenario = **view;
  NoSink sink;
  Run world(scenario, sink, kEventsPerChunk, model::State(scenario), no_snapshots());
  ExpectationSet set;
  if (metrics) {
    ask(study, set);
    world.show(set);
  }
  const sim::Time end = sim::Time::from_nanoseconds(std::numeric_limits<std::int64_t>::max());
  while (world.run_slice(kTurnsBetweenLooks, end)) {
    if (stop.load(std::memory_order_relaxed)) return std::nullopt;
  }
  StudyRun out;
  out.point = point;
  out.run = run;
  out.seed = study.seed_of(run);
  out.events = world.turns();
  if (metrics) take_answers(study, set.finish(world.state(), {}), scenario, out);
  return out;
}

}  // namespace tablekey::replay
