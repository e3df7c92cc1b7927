#include "sim/agenda_queue.h"

#include <algorithm>

namespace tablekey::sim {

bool AgendaQueue::open() {
  if (!ready()) {
    if (wheel_.empty()) {
      open_ = {.first = 0, .last = kAnyTime};
      return false;
    }
    open_wheel();
  }
  return true;
}

// Takes the wheel's first bucket. Many keys of one instant, sorted, are a lane; few are a heap.
void AgendaQueue::open_wheel() {
  opened_.clear();
  open_ = wheel_.take_first(opened_);
  heap_max_ = kHeapMax;
  if (wheel_.empty()) {
    open_ = {.first = 0, .last = kAnyTime};
  }
  const bool one_instant = opened_.size() > AgendaWheel::kChunkKeys;
  if (one_instant && lane_empty()) {
    if (!std::ranges::is_sorted(opened_)) {
      std::ranges::sort(opened_);
    }
    lane_.swap(opened_);
    lane_front_ = 0;
    return;
  }
  for (const AgendaKey& key : opened_) {
    heap_.push(key);
  }
}

// The heap has grown too large: gives its keys to the wheel and opens the first of them alone.
// Where that is not possible the heap stays, and is tried again when it has doubled.
void AgendaQueue::narrow() {
  const std::span<const AgendaKey> keys = heap_.keys();
  const std::uint64_t first = heap_.top().time;
  // Keys scheduled after a look ahead may precede the open range, and so what the wheel can place
  // before the rest; or precede the lane, which would then hide them.
  const bool in_range = first >= open_.first;
  const bool behind_lane = lane_empty() || lane_.back().time <= first;
  if (!in_range || !behind_lane) {
    heap_max_ = heap_.size() * 2;
    return;
  }
  wheel_.insert_before_all(keys);
  heap_.clear();
  open_wheel();
  heap_max_ = std::max(kHeapMax, heap_.size() * 2);
}

}  // namespace tablekey::sim
