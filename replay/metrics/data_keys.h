// Which data keys lie unwrapped in memory. A request unwraps those of the partitions (and their
// parts of local indexes) that it touches, and they are kept with the table key that unwrapped
// them, and go with it; or on the storage node, and outlive it: model.dynamodb.data_keys.cache
// (dynamodb.md 3.5).
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "replay/metrics/metric.h"

namespace tablekey::replay {

/// The data key of a structure of a table.
struct UnwrappedDataKey {
  std::uint32_t table = 0, structure = 0;
  auto operator<=>(const UnwrappedDataKey&) const = default;
};

/// Those that requests have unwrapped. What the service unwraps for its own work, and entries of
/// global indexes, are not counted.
class UnwrappedDataKeys {
 public:
  /// An event; Holdings have seen it.
  void event(const Seen& seen);
  /// Those in some memory at `time`, of structures that are still there, in order.
  std::vector<UnwrappedDataKey> at(const model::State& state, const Holdings& holdings,
                                   std::int64_t time) const;

 private:
  struct Kept {
    std::int64_t until = 0;  // of the entry, as it was last seen
    std::set<std::uint32_t> structures;
  };
  void unwrap(const Seen& seen, std::uint32_t table, std::uint32_t structure);
  void touch(const Seen& seen, std::uint32_t table, std::uint32_t item, bool write);
  void touch_all(const Seen& seen);

  std::vector<Kept> entries_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> serving_;  // table, entry of this request
  std::set<UnwrappedDataKey> unwrapped_;                          // by anyone, ever
};

}  // namespace tablekey::replay
