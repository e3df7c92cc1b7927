// detection(after=…): W_deny of cache-theory.md 1, for each cache entry: from R to the first
// request that was refused because of the revocation, that is with an answer that KMS gave after it
// had begun to deny. The population is the entries that held a key at R or were asked for later;
// one where nothing was refused gives only a lower bound, the rest of the run.
#include "replay/metrics/serving.h"
#include "replay/metrics/window_metric.h"

namespace tablekey::replay {
namespace {

/// The connection on which a request was refused because KMS had denied it the table's key; an
/// outage or a spent quota is no denial.
std::uint32_t refused_by_kms(const Seen& seen) {
  const auto denies = [](events::KmsError error) {
    switch (error) {
      case events::KmsError::NONE:
      case events::KmsError::THROTTLING:
      case events::KmsError::KMS_INTERNAL:
      case events::KmsError::KEY_UNAVAILABLE:
      case events::KmsError::DEPENDENCY_TIMEOUT:
        return false;
      default:
        return true;
    }
  };
  if (seen.event.isDataAnswered()) {
    const auto answered = seen.event.getDataAnswered();
    return denies(answered.getKmsError()) ? refused_connection(seen.after, answered) : model::kNone;
  }
  if (!seen.event.isRequestFailed()) return model::kNone;
  const auto failed = seen.event.getRequestFailed();
  return denies(failed.getKmsError()) ? failed.getConnection() : model::kNone;
}

class DetectionMetric : public WindowMetric {
 public:
  using WindowMetric::WindowMetric;

 protected:
  void begin(const Seen& seen) override {
    const Holdings& holdings = *seen.holdings;
    for (std::uint32_t i = 0; i < revocation().connections(); ++i) {
      const std::uint32_t entry = Holdings::entry_of(seen.after, i);
      if (!revocation().about(i) || entry == model::kNone) continue;
      if (holdings.until(entry) > revocation().time()) at(entry).member = true;
    }
  }

  void measure(const Seen& seen) override {
    for (const Holdings::Change& change : seen.holdings->changed()) {
      if (change.connection != model::kNone && revocation().about(change.connection) &&
          !seen.event.isConnectionClosed()) {
        at(change.entry).member = true;
      }
    }
    const std::uint32_t connection = refused_by_kms(seen);
    if (connection == model::kNone || !revocation().about(connection)) return;
    const std::uint32_t entry = seen.holdings->used(seen.after, connection);
    if (entry == model::kNone || at(entry).refused != kNotRefused) return;
    if (revocation().covers(seen.after, connection, seen.event.getCause())) return;
    at(entry).refused = seen.time() - revocation().time();
    at(entry).member = true;
  }

  WindowSample sample(const model::State& end) const override {
    WindowSample sample;
    const std::int64_t rest = end.now().nanoseconds() - revocation().time();
    for (const Entry& entry : entries_) {
      if (!entry.member) continue;
      if (entry.refused == kNotRefused) {
        sample.add_censored(rest);
      } else {
        sample.add(entry.refused);
      }
    }
    return sample;
  }
  std::string nothing() const override {
    return "no connection held the key or asked for it since then";
  }
  std::string censored_words() const override {
    return "entries refused nothing before the run ended";
  }
  std::string zero_words() const override { return "entries refused at once"; }

 private:
  static constexpr std::int64_t kNotRefused = -1;
  struct Entry {
    std::int64_t refused = kNotRefused;  // from R, ns
    bool member = false;
  };
  Entry& at(std::uint32_t entry) {
    if (entry >= entries_.size()) entries_.resize(entry + 1);
    return entries_[entry];
  }
  std::vector<Entry> entries_;
};

}  // namespace

std::unique_ptr<Metric> make_detection_metric(const scenarios::Expectation& expectation,
                                              const model::ScenarioView& scenario) {
  return std::make_unique<DetectionMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
