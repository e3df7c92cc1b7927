// How long each cache entry stayed usable after a revocation: W_key of cache-theory.md 1, which the
// metric takes its statistics of and the report draws.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/metrics/window_metric.h"

namespace tablekey::replay {

/// One entry's window, half-open: [R, until).
struct ExposureWindow {
  std::uint32_t entry = 0;       ///< into State::cache
  std::uint32_t connection = 0;  ///< through which the revocation came to be about it
  std::int64_t length = 0;       ///< ns from R on; 0: it held no usable key
  bool open = false;             ///< still usable when the run ended: `length` is a lower bound
};

class ExposureWindows {
 public:
  /// R is now.
  void begin(const Seen& seen, const Revocation& revocation) { windows_.begin(seen, revocation); }
  /// An event at R or later.
  void event(const Seen& seen, const Revocation& revocation);
  /// All windows when the run ended at `now` (ns since the Unix epoch), by entry.
  std::vector<ExposureWindow> at_end(const Revocation& revocation, std::int64_t now) const;

 private:
  KeyWindows windows_;
};

}  // namespace tablekey::replay
