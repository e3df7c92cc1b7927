// What a scenario expects, measured: the `expect` lines of the header as one observer, and the
// verdict on each at the end of the run. Definitions are those of cache-theory.md 1; each metric is
// one file beside this one.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/observer.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {

class Metric;
class StepOutcomes;
class Holdings;

enum class Met : std::uint8_t {
  met,
  not_met,
  no_data,   ///< there was nothing to measure; counts as not met
  measured,  ///< a measure without a limit
};
std::string_view name_of(Met met);

/// One expectation at the end of a run.
struct Outcome {
  std::string name;              ///< as the scenario names it; empty: only the check
  std::string check;             ///< the line
  std::string measured;          ///< "4m59.5s", "at least 5h", "0", "Disabled"
  std::string limit;             ///< "<= 20m"; empty for an invariant
  std::string note;              ///< "3 of 40 connections still held the key at the end of the run"
  std::optional<double> number;  ///< what was measured, in `unit`; absent for words and no data
  std::string unit;              ///< "s", "/s", "USD", "" for a count or a share (1 is all)
  bool at_least = false;         ///< `number` is only a lower bound: the run ended too early
  std::uint64_t samples = 0;     ///< windows or requests that it is a statistic of, where it is one
  Met met = Met::no_data;
  bool warn = false;  ///< severity: warn; a run is not failed by it
  std::uint32_t line = 0;

  bool fails() const { return (met == Met::not_met || met == Met::no_data) && !warn; }
};

/// What a check of the whole trace found; see ExpectationSet::Hook.
struct InvariantResult {
  bool known = false;  ///< false: nobody looked
  bool holds = false;
  std::string measured;  ///< what was looked at: "no key in 12,345 events"; becomes the note
};

class ExpectationSet : public Observer {
 public:
  /// Evaluates an invariant at the end of a run, outside of what events can say.
  using Hook = std::function<InvariantResult(scenarios::Invariant)>;

  ExpectationSet();
  /// The expectations of a scenario's header. Throws model::BrokenLaw for a line that does not
  /// parse: a header was checked before it was written.
  explicit ExpectationSet(const model::ScenarioView& scenario);
  ~ExpectationSet() override;
  ExpectationSet(const ExpectationSet&) = delete;
  ExpectationSet& operator=(const ExpectationSet&) = delete;

  /// One more line; before the first event only.
  std::expected<void, scenarios::ExpectationError> add(std::string name, std::string check,
                                                       bool warn = false, std::uint32_t line = 0);
  /// The same for a line that was parsed, with a limit or (a measure of a study) without one.
  void add(scenarios::Expectation expectation, std::string name, std::string check,
           bool warn = false, std::uint32_t line = 0);

  void before(const model::State& state, std::int64_t time) override;
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

  /// The verdicts, in the order of the lines. Call once, after the last event.
  std::vector<Outcome> finish(const model::State& end, const Hook& invariants = {});

 private:
  struct Entry;
  void prepare(const model::State& state);

  std::vector<std::unique_ptr<Entry>> entries_;
  void show_moments(const model::State& state, std::int64_t time);

  bool prepared_ = false;
  std::int64_t next_moment_ = INT64_MAX;    // the earliest that a metric still waits for
  std::optional<std::int64_t> arrived_;     // when the request came that goes on now
  std::unique_ptr<Holdings> holdings_;      // only if a metric needs it
  std::unique_ptr<StepOutcomes> outcomes_;  // likewise
};

/// The table of a verdict: name or check, measured, limit, met. One line each, aligned.
std::string text_of(const std::vector<Outcome>& outcomes);

/// A JSON array, one object an outcome.
nlohmann::ordered_json json_of(const std::vector<Outcome>& outcomes);

}  // namespace tablekey::replay
