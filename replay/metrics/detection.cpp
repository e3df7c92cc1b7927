// detection(after=…): W_deny of cache-theory.md 1, for each connection: from R to the first request
// that was refused because of the revocation, that is with an answer that KMS gave after it had
// begun to deny. The population is the connections that held a key at R or sent a request later;
// one that was never refused gives only a lower bound, the rest of the run.
#include <algorithm>

#include "replay/data_answers.h"
#include "replay/metrics/revocation.h"
#include "replay/metrics/window_sample.h"

namespace tablekey::replay {
namespace {

constexpr std::int64_t kNotRefused = -1;

/// The connection on which a request was refused because KMS had refused it the table's key.
std::uint32_t refused_by_kms(const Seen& seen) {
  if (seen.event.isDataAnswered()) {
    return refused_connection(seen.after, seen.event.getDataAnswered());
  }
  if (!seen.event.isRequestFailed()) return model::kNone;
  const auto failed = seen.event.getRequestFailed();
  return failed.getKmsError() == events::KmsError::NONE ? model::kNone : failed.getConnection();
}

class DetectionMetric : public WindowMetric {
 public:
  using WindowMetric::WindowMetric;

 protected:
  void begin(const Seen& seen) override {
    refused_.assign(revocation().connections(), kNotRefused);
    member_.assign(revocation().connections(), 0);
    for (std::uint32_t i = 0; i < member_.size(); ++i) {
      member_[i] = revocation().about(i) && seen.holdings->until(i) > revocation().time();
    }
  }

  void measure(const Seen& seen) override {
    for (const std::uint32_t i : seen.holdings->changed()) {
      if (revocation().about(i)) member_[i] = member_[i] || !seen.event.isConnectionClosed();
    }
    const std::uint32_t connection = refused_by_kms(seen);
    if (connection == model::kNone) return;
    if (!revocation().about(connection) || refused_[connection] != kNotRefused) return;
    if (revocation().covers(connection, seen.event.getCause())) return;
    refused_[connection] = seen.time() - revocation().time();
  }

  WindowSample sample(const model::State& end) const override {
    WindowSample sample;
    const std::int64_t rest = end.now().nanoseconds() - revocation().time();
    for (std::uint32_t i = 0; i < member_.size(); ++i) {
      if (!member_[i]) continue;
      if (refused_[i] == kNotRefused) {
        sample.add_censored(rest);
      } else {
        sample.add(refused_[i]);
      }
    }
    return sample;
  }
  std::string nothing(const WindowSample& sample) const override {
    return sample.size() == 0 ? "no connection held the key or asked for it since then" : "";
  }
  std::string censored_words() const override {
    return "connections were not refused before the run ended";
  }
  std::string zero_words() const override { return "connections were refused at once"; }

 private:
  std::vector<std::int64_t> refused_;  // from R, ns
  std::vector<char> member_;
};

}  // namespace

std::unique_ptr<Metric> make_detection_metric(const scenarios::Expectation& expectation,
                                              const model::ScenarioView& scenario) {
  return std::make_unique<DetectionMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
