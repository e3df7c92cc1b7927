#include "replay/report/held_keys.h"

#include <algorithm>

#include "replay/metrics/serving.h"

namespace tablekey::replay::report {

void join(std::vector<Stretch>& lane, std::int64_t gap) {
  if (gap == 0 || lane.size() < 2) return;
  std::size_t last = 0;
  for (std::size_t i = 1; i < lane.size(); ++i) {
    if (lane[i].from - lane[last].until < gap) {
      lane[last].until = std::max(lane[last].until, lane[i].until);
    } else {
      lane[++last] = lane[i];
    }
  }
  lane.resize(last + 1);
}

void HeldKeys::event(const Seen& seen) {
  if (lanes_.size() < seen.holdings->entries()) lanes_.resize(seen.holdings->entries());
  for (const Holdings::Change& change : seen.holdings->changed()) changed(seen, change.entry);
  if (seen.answer != nullptr && seen.answer->via == events::Access::STALE) {
    served_past_its_time(seen);
  }
  if (kept_ > most_) thin_out();
}

void HeldKeys::changed(const Seen& seen, std::uint32_t entry) {
  std::vector<Stretch>& lane = lanes_[entry];
  const std::int64_t now = seen.time(), until = seen.holdings->until(entry);
  if (seen.holdings->inserted(entry)) {
    if (!lane.empty() && lane.back().from == now) {  // one event may tell of an entry twice
      lane.back().until = std::max(now, until);
      return;
    }
    if (!lane.empty()) lane.back().until = std::min(lane.back().until, now);
    if (gap_ != 0 && !lane.empty() && now - lane.back().until < gap_) {
      lane.back().until = std::max(now, until);
      return;
    }
    lane.push_back({now, std::max(now, until)});
    ++kept_;
  } else if (!lane.empty() && (lane.back().until > now || until > now)) {
    lane.back().until = std::max(lane.back().from, until);
  }
}

// Where KMS cannot be asked, an entry may serve longer than its time.
void HeldKeys::served_past_its_time(const Seen& seen) {
  for_each_serving(seen, [&](std::uint32_t entry, std::uint32_t) {
    if (entry >= lanes_.size() || lanes_[entry].empty()) return;
    lanes_[entry].back().until = std::max(lanes_[entry].back().until, seen.time());
  });
}

void HeldKeys::thin_out() {
  std::size_t entries = 0;
  for (const auto& lane : lanes_) entries += lane.empty() ? 0U : 1U;
  while (kept_ > std::max(most_ / 2, entries)) {
    gap_ = gap_ == 0 ? 1'000'000'000 : gap_ * 2;
    kept_ = 0;
    for (auto& lane : lanes_) {
      join(lane, gap_);
      kept_ += lane.size();
    }
  }
}

}  // namespace tablekey::replay::report
