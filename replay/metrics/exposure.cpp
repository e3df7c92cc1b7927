// exposure(after=…): W_key of cache-theory.md 1, for each connection's cache entry: sup{t >= 0 :
// entry usable at R + t}, 0 if it was not usable. See revocation.h for R, for what counts after it
// and for how propagation is part of it. An entry that is still usable when the run ends gives only
// a lower bound.
#include "replay/metrics/revocation.h"
#include "replay/metrics/window_sample.h"

namespace tablekey::replay {
namespace {

class ExposureMetric : public WindowMetric {
 public:
  using WindowMetric::WindowMetric;

 protected:
  void begin(const Seen& seen) override { windows_.begin(seen, revocation()); }
  void measure(const Seen& seen) override { windows_.event(seen, revocation()); }

  WindowSample sample(const model::State& end) const override {
    WindowSample sample;
    const std::int64_t now = end.now().nanoseconds();
    for (std::uint32_t i = 0; i < windows_.connections(); ++i) {
      if (!windows_.member(i)) continue;
      const std::int64_t until = windows_.until(i);
      if (until > now) {
        sample.add_censored(now - revocation().time());
      } else {
        sample.add(until == 0 ? 0 : until - revocation().time());
      }
    }
    return sample;
  }
  std::string nothing(const WindowSample& sample) const override {
    return sample.positive() == 0 ? "no connection held the key at that time" : "";
  }
  std::string censored_words() const override {
    return "connections still held the key when the run ended";
  }
  std::string zero_words() const override { return "open connections held no usable key"; }

 private:
  KeyWindows windows_;
};

}  // namespace

std::unique_ptr<Metric> make_exposure_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario) {
  return std::make_unique<ExposureMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
