// The order of what is pending, over keys alone: three places by how soon a key is due.
//
//   lane   keys of one present instant, already sorted: the next is at the front, and what is
//          scheduled "now" goes to the back
//   heap   the keys of the open range, some tens at most in the usual case
//   wheel  everything later
//
// The next key is the lesser of the lane's and the heap's first; only when both are empty is the
// wheel's first bucket opened. None of it shows from outside: keys come out in their order,
// whatever came in when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/agenda_heap.h"
#include "sim/agenda_key.h"
#include "sim/agenda_wheel.h"

namespace tablekey::sim {

class AgendaQueue {
 public:
  /// The key's tag is unlike that of every key in the queue.
  void push(const AgendaKey& key) {
    if (key.time > open_.last) {
      wheel_.insert(key);
    } else if (key.time == now_ && (lane_empty() || lane_.back() < key)) {
      lane_.push_back(key);
    } else {
      heap_.push(key);
      if (heap_.size() > heap_max_) [[unlikely]] {
        narrow();
      }
    }
  }

  /// Whether the first key is at hand. If not, and the queue is not empty, open() brings it there.
  [[nodiscard]] bool ready() const { return !heap_.empty() || !lane_empty(); }

  /// Makes the queue ready, or returns false if it is empty.
  bool open();

  /// The first key; the queue must be ready.
  [[nodiscard]] const AgendaKey& top() const {
    return lane_first() ? lane_[lane_front_] : heap_.top();
  }

  /// Removes the first key; the queue must be ready.
  void pop() {
    now_ = top().time;
    if (!lane_first()) {
      heap_.pop();
      return;
    }
    if (++lane_front_ == lane_.size()) {
      lane_.clear();
      lane_front_ = 0;
    }
  }

  /// The keys that are due soonest, in no order; for prefetching what belongs to them.
  [[nodiscard]] std::span<const AgendaKey> soon() const {
    return heap_.empty() ? std::span(lane_).subspan(lane_front_) : heap_.keys();
  }

  [[nodiscard]] std::size_t memory_bytes() const {
    return (lane_.capacity() + opened_.capacity()) * sizeof(AgendaKey) + heap_.memory_bytes() +
           wheel_.memory_bytes();
  }

  /// Visits every key, in no order.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t i = lane_front_; i < lane_.size(); ++i) {
      visit(lane_[i]);
    }
    for (const AgendaKey& key : heap_.keys()) {
      visit(key);
    }
    wheel_.for_each(visit);
  }

  /// Takes all keys that satisfy the predicate out of it.
  template <class Predicate>
  void remove_if(const Predicate& predicate) {
    lane_.erase(lane_.begin(), lane_.begin() + static_cast<std::ptrdiff_t>(lane_front_));
    lane_front_ = 0;
    std::erase_if(lane_, predicate);
    heap_.remove_if(predicate);
    wheel_.remove_if(predicate);
  }

 private:
  static constexpr std::size_t kHeapMax = 64;
  static constexpr std::uint64_t kAnyTime = UINT64_MAX;

  [[nodiscard]] bool lane_empty() const { return lane_front_ == lane_.size(); }
  [[nodiscard]] bool lane_first() const {
    return !lane_empty() && (heap_.empty() || lane_[lane_front_] < heap_.top());
  }
  void open_wheel();
  void narrow();

  // Sorted from lane_front_ on; what lies before is done.
  std::vector<AgendaKey> lane_;
  std::size_t lane_front_ = 0;
  AgendaHeap heap_;
  std::size_t heap_max_ = kHeapMax;
  AgendaWheel wheel_;
  // Every key in the wheel is later than open_.last, every other key at most that. While the wheel
  // is empty all times are open.
  AgendaWheel::Range open_{.first = 0, .last = kAnyTime};
  std::uint64_t now_ = 0;  // the time of the key that was popped last
  std::vector<AgendaKey> opened_;
};

}  // namespace tablekey::sim
