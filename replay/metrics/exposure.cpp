// exposure(after=…): W_key of cache-theory.md 1, for each cache entry: sup{t >= 0 : entry usable at
// R + t}, 0 if it was not usable. fleet_exposure(after=…).value: the largest of them. See
// revocation.h for R and for what counts after it. While KMS itself goes on allowing, whoever asks
// gets the key: that time is part of every window (cache-theory.md 3.13). An entry that is still
// usable when the run ends gives only a lower bound.
#include "replay/metrics/exposure.h"

#include <algorithm>

#include "replay/metrics/serving.h"

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
    for (const ExposureWindow& one : windows_.at_end(revocation(), end.now().nanoseconds())) {
      one.open ? sample.add_censored(one.length) : sample.add(one.length);
    }
    return sample;
  }
  std::string nothing() const override { return "no connection was open at that time"; }
  std::string censored_words() const override {
    return "entries still held the key when the run ended";
  }
  std::string zero_words() const override { return "entries held no usable key"; }

 private:
  ExposureWindows windows_;
};

}  // namespace

void ExposureWindows::event(const Seen& seen, const Revocation& revocation) {
  windows_.event(seen, revocation);
  stretch_stale(windows_, seen, revocation);
}

std::vector<ExposureWindow> ExposureWindows::at_end(const Revocation& revocation,
                                                    std::int64_t now) const {
  std::vector<ExposureWindow> all;
  for (std::uint32_t i = 0; i < windows_.entries(); ++i) {
    if (!windows_.member(i)) continue;
    const std::int64_t denied = revocation.denied_at(windows_.connection(i));
    const std::int64_t until = std::max(windows_.until(i), denied);
    ExposureWindow& one = all.emplace_back();
    one.entry = i;
    one.connection = windows_.connection(i);
    one.open = until > now;
    if (one.open) {
      one.length = now - revocation.time();
    } else if (until != 0) {
      one.length = until - revocation.time();
    }
  }
  return all;
}

std::unique_ptr<Metric> make_exposure_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario) {
  return std::make_unique<ExposureMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
