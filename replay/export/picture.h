// What a picture of a run shows, before it is drawn: lanes with what was when on them, at the
// resolution of the picture, so that a long run needs no more memory than a short one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replay/export/export.h"
#include "replay/export/lanes.h"

namespace tablekey::replay {

/// What is shown of one state of a lane. Times are nanoseconds since the Unix epoch.
struct Stretch {
  std::int64_t begin = 0, end = 0;
  std::string what;
  std::uint32_t parts = 1;  ///< drawn as one, since they lie closer together than can be seen
};

struct PictureLane {
  Lane::Kind kind{};
  std::string name;
  std::uint32_t entries = 1;  ///< holders that the lane stands for
  std::vector<Stretch> stretches;
};

/// The step that takes access away, and for how long plaintext table keys stayed usable after it.
struct Exposure {
  std::int64_t at = 0;
  std::string step;       ///< "kms:DisableKey on OrdersKey"
  bool measured = false;  ///< false: nobody held a key
  std::int64_t until = 0;
  bool at_least = false;  ///< the run ended first
};

struct Picture {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string chain;  ///< digest of the trace
  std::int64_t start = 0;
  std::int64_t from = 0, until = 0;  ///< what is shown
  std::vector<PictureLane> keys, tables, holders;
  std::optional<Exposure> exposure;
  std::vector<std::pair<std::int64_t, std::string>> steps;  ///< in the order of time
};

/// Folds the trace. At most `lanes_max` lanes of each kind: where there are more holders, those of
/// one workload and table share a lane.
std::expected<Picture, TraceError> picture_of(const RecordedRun& recorded,
                                              const ExportWindow& window, std::size_t lanes_max,
                                              std::int64_t pixels);

}  // namespace tablekey::replay
