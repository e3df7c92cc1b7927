// data_exposure(after=…): W_serve of cache-theory.md 1, for each connection: from R to the last
// request that was served with an authorization older than the denial, 0 if none was. The
// population is that of exposure(), so W_serve <= W_key holds connection by connection; where a key
// is still usable when the run ends, another request could have been served and the window is a
// lower bound.
#include <algorithm>

#include "replay/data_answers.h"
#include "replay/metrics/revocation.h"
#include "replay/metrics/window_sample.h"

namespace tablekey::replay {
namespace {

/// The connections whose table keys served a request.
std::vector<std::uint32_t> served_connections(const model::State& state,
                                              events::Event::Reader event) {
  if (event.isItemRead()) return {event.getItemRead().getConnection()};
  if (event.isItemWritten()) return {event.getItemWritten().getConnection()};
  if (event.isItemsRead()) return {event.getItemsRead().getConnection()};
  if (!event.isDataAnswered() || !was_served(event.getDataAnswered())) return {};
  const auto answered = event.getDataAnswered();
  return connections_of(state, answered.getConnection(), answered.getStep());
}

class DataExposureMetric : public WindowMetric {
 public:
  using WindowMetric::WindowMetric;

 protected:
  void begin(const Seen& seen) override {
    windows_.begin(seen, revocation());
    served_.assign(revocation().connections(), 0);
  }

  void measure(const Seen& seen) override {
    windows_.event(seen, revocation());
    for (const std::uint32_t connection : served_connections(seen.after, seen.event)) {
      if (!revocation().about(connection)) continue;
      if (revocation().covers(connection, seen.holdings->authorized_by(connection))) {
        served_[connection] = seen.time() - revocation().time();
      }
    }
  }

  WindowSample sample(const model::State& end) const override {
    WindowSample sample;
    for (std::uint32_t i = 0; i < windows_.connections(); ++i) {
      if (!windows_.member(i)) continue;
      const bool open = windows_.until(i) > end.now().nanoseconds();
      if (open) {
        sample.add_censored(served_[i]);
      } else {
        sample.add(served_[i]);
      }
    }
    return sample;
  }
  std::string nothing(const WindowSample& sample) const override {
    return sample.size() == 0 ? "no connection was open at that time" : "";
  }
  std::string censored_words() const override {
    return "connections could still be served when the run ended";
  }
  std::string zero_words() const override { return "connections served nothing any more"; }

 private:
  KeyWindows windows_;
  std::vector<std::int64_t> served_;  // from R, ns
};

}  // namespace

std::unique_ptr<Metric> make_data_exposure_metric(const scenarios::Expectation& expectation,
                                                  const model::ScenarioView& scenario) {
  return std::make_unique<DataExposureMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
