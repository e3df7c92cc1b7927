// An ExpectationSet with measures that have no limit, as a study has them.
#include "tests/theory/measure_probe.h"

#include <fmt/format.h>

#include "tests/theory/case.h"
#include "tests/theory/setup.h"

namespace tablekey::theory {

MeasureProbe::MeasureProbe(const model::ScenarioView& scenario,
                           const std::vector<std::string>& measures, double to, FromNumbers from)
    : to_(moment_of(scenario, to)), from_(std::move(from)), lines_(scenario) {
  for (const std::string& measure : measures) {
    const auto parsed = scenarios::parse_measure(measure);
    if (!parsed) throw CaseError{fmt::format("'{}': {}", measure, parsed.error().message)};
    lines_.add(*parsed, measure, measure);
  }
}

void MeasureProbe::before(const model::State& state, std::int64_t time) {
  // What happens at `to` is no longer looked at, and whatever was so up to it has been seen.
  lines_.before(state, time);
  over_ = over_ || time >= to_;
}

void MeasureProbe::event(const model::State& after, events::Event::Reader event,
                         std::uint64_t number) {
  lines_.event(after, event, number);
}

Reading MeasureProbe::reading(const model::State& end) {
  std::vector<double> numbers;
  for (const replay::Outcome& outcome : lines_.finish(end)) {
    numbers.push_back(outcome.number.value_or(0));
  }
  return from_(numbers);
}

std::string within(const Stretch& stretch) {
  return fmt::format("after={}, before={}", duration(kBegin + stretch.from),
                     duration(kBegin + stretch.to));
}

}  // namespace tablekey::theory
