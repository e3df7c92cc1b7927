// How long data was readable after its key was taken away, as the events of a run tell it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "replay/observer.h"

namespace tablekey::replay::explore {

class ExposureProbe : public Observer {
 public:
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

  struct Window {
    std::int64_t revoked = 0;       ///< when the step was answered
    std::int64_t last_served = -1;  ///< the last read since then; -1: none
    bool over = false;              ///< a read was refused afterwards, or access was given again
    events::KmsOperation by{};
    std::int64_t length() const { return last_served < 0 ? 0 : last_served - revoked; }
  };
  /// The longest window; nullptr: nothing was taken away from anybody.
  const Window* longest() const;
  /// When table keys came from KMS: instants that a search may aim at.
  const std::vector<std::int64_t>& loaded() const { return loaded_; }

 private:
  void answered(events::Event::KmsAnswered::Reader answered, std::int64_t time);
  void served(const model::State& after, std::uint32_t table, events::Access via,
              std::int64_t time);
  void refused(const model::State& after, std::uint32_t table, events::KmsError error);

  std::map<std::uint32_t, Window> open_;  // by key
  std::vector<Window> closed_;
  std::vector<std::int64_t> loaded_;
};

}  // namespace tablekey::replay::explore
