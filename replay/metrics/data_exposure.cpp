// data_exposure(after=…): W_serve of cache-theory.md 1, for each cache entry: from R to the last
// request that was served with an authorization older than the denial, 0 if none was.
// stale_serves(after=…): N, how many such requests there were. The population is that of
// exposure(), so W_serve <= W_key holds entry by entry; where a key is still usable when the run
// ends, another request could have been served and the value is a lower bound.
#include "replay/metrics/serving.h"
#include "replay/metrics/window_metric.h"

namespace tablekey::replay {
namespace {

class ServesMetric : public WindowMetric {
 public:
  using WindowMetric::WindowMetric;

 protected:
  void begin(const Seen& seen) override { windows_.begin(seen, revocation()); }

  void measure(const Seen& seen) override {
    windows_.event(seen, revocation());
    stretch_stale(windows_, seen, revocation());
    for_each_serving(seen, [&](std::uint32_t entry, std::uint32_t connection) {
      if (entry == model::kNone || !revocation().about(connection)) return;
      if (!revocation().covers(seen, entry)) return;
      if (entry >= serves_.size()) serves_.resize(entry + 1);
      serves_[entry].last = seen.time() - revocation().time();
      ++serves_[entry].count;
    });
  }

  WindowSample sample(const model::State& end) const override {
    WindowSample sample;
    for (std::uint32_t i = 0; i < windows_.entries(); ++i) {
      if (!windows_.member(i)) continue;
      const bool open = windows_.until(i) > end.now().nanoseconds();
      if (open) {
        sample.add_censored(value_of(i));
      } else {
        sample.add(value_of(i));
      }
    }
    return sample;
  }
  std::string nothing() const override { return "no connection was open at that time"; }
  std::string censored_words() const override {
    return "entries could still serve when the run ended";
  }
  std::string zero_words() const override { return "entries served nothing any more"; }
  Unit unit() const override { return counts() ? Unit::number : Unit::seconds; }

 private:
  struct Serves {
    std::int64_t last = 0;  // from R, ns
    std::int64_t count = 0;
  };

  bool counts() const { return expectation().measure == scenarios::Measure::stale_serves; }
  std::int64_t value_of(std::uint32_t entry) const {
    if (entry >= serves_.size()) return 0;
    return counts() ? serves_[entry].count * scenarios::kBillion : serves_[entry].last;
  }

  KeyWindows windows_;
  std::vector<Serves> serves_;  // by entry
};

}  // namespace

std::unique_ptr<Metric> make_data_exposure_metric(const scenarios::Expectation& expectation,
                                                  const model::ScenarioView& scenario) {
  return std::make_unique<ServesMetric>(expectation, scenario);
}

std::unique_ptr<Metric> make_stale_serves_metric(const scenarios::Expectation& expectation,
                                                 const model::ScenarioView& scenario) {
  return std::make_unique<ServesMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
