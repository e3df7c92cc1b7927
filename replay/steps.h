// Which step of the timeline an event of KMS came of. A KmsAnswered does not say so itself; it
// follows from the order in which steps are due, which is (time, place in the file).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

class Steps {
 public:
  explicit Steps(const model::ScenarioView& scenario);

  /// Takes note of the next event of the run and returns the KMS step that it is the answer to.
  std::optional<std::uint32_t> event(events::Event::Reader event, std::uint64_t number);
  /// The same of the last event again.
  std::optional<std::uint32_t> last() const { return last_; }

 private:
  std::optional<std::uint32_t> step_of(std::uint64_t cause);

  std::vector<std::uint32_t> order_;  // KMS steps as they are due
  std::size_t next_ = 0;
  std::map<std::uint64_t, std::uint32_t> answered_;  // event number to step: what a step's next
                                                     // call of many names as its cause
  std::optional<std::uint32_t> last_;
};

}  // namespace tablekey::replay
