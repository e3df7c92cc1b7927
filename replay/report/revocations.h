// The moments at which a run takes access away, and what became of whoever had it: for each of them
// how long every cache entry stayed usable, and how the last one lost its key.
//
// Which moments: those that the scenario's expectations about exposure count from. If it has none,
// the steps after which KMS denied somebody who had been allowed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replay/metrics/exposure.h"
#include "replay/report/hierarchy.h"

namespace tablekey::replay::report {

/// Numbers of the events by which an entry had its key and lost it; 0: there is none.
struct LastReader {
  std::uint32_t entry = 0, connection = 0;
  std::uint64_t authorized = 0;   ///< KMS's answer that the key came with
  std::uint64_t last_use = 0;     ///< the last request that it served
  std::uint64_t uses = 0;         ///< requests that it served after the revocation
  std::uint64_t ended = 0;        ///< what closed it before its time, or found it ended
  std::uint64_t asked_again = 0;  ///< the Decrypt that its connection sent next
};

class WatchedMoment {
 public:
  /// `label` is what the moment is called: the id of a step, or a time.
  WatchedMoment(std::string label, scenarios::Moment moment, const model::ScenarioView& scenario,
                bool asked_for);

  void before(const Seen& seen);
  void event(const Seen& seen);

  const std::string& label() const { return label_; }
  /// An expectation counts from it.
  bool asked_for() const { return asked_for_; }
  const Revocation& revocation() const { return revocation_; }
  std::uint64_t event_number() const { return number_; }  ///< with which R was reached
  /// The keys and who held them at R, null before it.
  const nlohmann::ordered_json& hierarchy() const { return hierarchy_; }
  std::vector<ExposureWindow> windows(std::int64_t now) const {
    return windows_.at_end(revocation_, now);
  }
  /// Whether KMS refuses somebody since, but not the one whose window it is: that one may go on.
  bool still_allowed(const ExposureWindow& window) const {
    return anybody_refused() && revocation_.denied_at(window.connection) == 0;
  }
  bool anybody_refused() const { return revocation_.first_denial().number != 0; }
  /// How the entry came to its end. Requires a window of it.
  LastReader story_of(const ExposureWindow& window) const;

 private:
  struct Trail {
    std::uint64_t authorized = 0, last_use = 0, uses = 0, ended = 0, asked_again = 0;
  };
  void begin(const Seen& seen);
  void follow(const Seen& seen);

  std::string label_;
  bool asked_for_;
  Revocation revocation_;
  ExposureWindows windows_;
  std::uint64_t number_ = 0;
  std::vector<Trail> trails_;  // by entry
  nlohmann::ordered_json hierarchy_;
};

/// All of a scenario, in the order of their times; at most `kMomentsMax`.
inline constexpr std::size_t kMomentsMax = 6;
std::vector<std::unique_ptr<WatchedMoment>> moments_of(const model::ScenarioView& scenario);

}  // namespace tablekey::replay::report
