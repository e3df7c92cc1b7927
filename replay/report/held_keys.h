// Who held a plaintext table key from when until when: the lanes of the report's timeline. Each
// load begins a stretch of its own, so that a picture shows how often KMS was asked. However long
// the run is, no more stretches are kept than a picture can show: where there are more, those of a
// lane that lie close together become one, and merged() says how close.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/metrics/metric.h"

namespace tablekey::replay::report {

/// Nanoseconds since the Unix epoch, half-open.
struct Stretch {
  std::int64_t from = 0, until = 0;
  bool operator==(const Stretch&) const = default;
};

/// Joins stretches of one lane whose distance is less than `gap` ns; 0 joins none. They are in
/// order.
void join(std::vector<Stretch>& lane, std::int64_t gap);

class HeldKeys {
 public:
  /// Stretches that are kept at most, over all lanes (but for one a lane).
  explicit HeldKeys(std::size_t most = kMost) : most_(most) {}

  /// An event, with Holdings up to date.
  void event(const Seen& seen);

  /// By entry of State::cache; ends are as they are if nothing more happens, beyond the run's end
  /// too.
  const std::vector<std::vector<Stretch>>& lanes() const { return lanes_; }
  /// Stretches less than this apart (ns) are one; 0: none had to be joined.
  std::int64_t merged() const { return gap_; }

 private:
  static constexpr std::size_t kMost = 200'000;
  void changed(const Seen& seen, std::uint32_t entry);
  void served_past_its_time(const Seen& seen);
  void thin_out();

  std::size_t most_;
  std::vector<std::vector<Stretch>> lanes_;
  std::size_t kept_ = 0;
  std::int64_t gap_ = 0;
};

}  // namespace tablekey::replay::report
