// The law that a switch of keys leaves nothing behind: from its completion on no data key in use is
// wrapped under an older version of the table key (dynamodb.md 2.6).
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

#include "replay/invariants.h"
#include "replay/observer.h"

namespace tablekey::replay {

/// Looks at a table when its switch completes. It may be shown a run or a fold.
class LiveKeys : public Observer {
 public:
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  /// Looks at all tables, but for those that are being switched.
  void look_at_all(const model::State& end);
  InvariantFinding finding() const;

 private:
  void look_at(const model::State& state, std::uint32_t index, const std::string& when);

  std::uint64_t switches_ = 0, keys_ = 0;
  std::string broken_;  // the first that was found
};

/// Folds the trace and looks at every table when its switch completes, and at all tables at the
/// end. Error: the trace cannot be read.
std::expected<InvariantFinding, std::string> live_keys_current(const std::filesystem::path& trace);

}  // namespace tablekey::replay
