// What is still to happen: actions with the time at which each is due, in one total order of
// (time, priority, sequence).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <ranges>
#include <set>
#include <tuple>
#include <type_traits>
#include <vector>

#include "sim/law.h"
#include "sim/time.h"

namespace tablekey::sim {

/// Where an action stands in the order: by time, then priority (0 first, 7 last), then sequence.
struct Due {
  Time time;
  unsigned priority = 0;
  std::uint64_t sequence = 0;

  friend constexpr auto operator<=>(const Due&, const Due&) = default;
};

/// Names a pending action so that it can be cancelled. Lives in memory only: what is written down
/// is the action's sequence number.
struct Handle {
  std::uint32_t slot = 0xFFFFFFFF;
  std::uint32_t generation = 0;

  friend constexpr bool operator==(const Handle&, const Handle&) = default;
};

inline constexpr Handle kNoHandle{};

template <class Payload>
class Agenda {
  static_assert(std::is_trivially_copyable_v<Payload>, "actions are small plain values");

 public:
  struct Entry {
    Due due;
    Payload payload;
  };

  Handle schedule(Time time, unsigned priority, const Payload& payload) {
    law(priority <= 7, "an agenda's priority is at most 7");
    law(time >= last_popped_, "nothing is scheduled before what was already done");
    return place({time, priority, next_sequence_++}, payload);
  }
  bool cancel(Handle handle) {
    if (!pending(handle)) return false;
    order_.erase({slab_[handle.slot].due, handle.slot});
    release(handle.slot);
    return true;
  }
  [[nodiscard]] bool pending(Handle handle) const {
    return handle.slot < slab_.size() && slab_[handle.slot].live &&
           slab_[handle.slot].generation == handle.generation;
  }
  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] bool empty() const { return order_.empty(); }
  [[nodiscard]] std::optional<Due> next() const {
    if (order_.empty()) return std::nullopt;
    return std::get<0>(*order_.begin());
  }
  [[nodiscard]] const Payload& front() const {
    law(!empty(), "an empty agenda has no front");
    return slab_[std::get<1>(*order_.begin())].payload;
  }
  Payload pop() {
    law(!empty(), "an empty agenda has nothing to pop");
    const auto [due, slot] = *order_.begin();
    order_.erase(order_.begin());
    last_popped_ = due.time;
    release(slot);
    return slab_[slot].payload;
  }
  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }
  [[nodiscard]] std::uint64_t sequence_of(Handle handle) const {
    law(pending(handle), "a sequence is asked of a pending action");
    return slab_[handle.slot].due.sequence;
  }
  [[nodiscard]] Handle find(std::uint64_t sequence) const {
    for (std::uint32_t i = 0; i < slab_.size(); ++i)
      if (slab_[i].live && slab_[i].due.sequence == sequence) return {i, slab_[i].generation};
    return kNoHandle;
  }
  template <class Visit>
  void for_each_in_order(Visit&& visit) const {
    for (const auto& [due, slot] : order_) visit(due, slab_[slot].payload);
  }
  template <std::ranges::input_range Entries>
  void restore(std::uint64_t next_sequence, Entries&& entries) {
    clear(next_sequence);
    for (const Entry& entry : entries) restore_entry(entry.due, entry.payload);
  }
  void clear(std::uint64_t next_sequence) {
    *this = Agenda();
    next_sequence_ = next_sequence;
  }
  Handle restore_entry(const Due& due, const Payload& payload) { return place(due, payload); }

 private:
  struct Slot {
    Due due;
    std::uint32_t generation = 0;
    bool live = false;
    Payload payload;
  };
  Handle place(const Due& due, const Payload& payload) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slab_.size()));
      slab_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slab_[slot].due = due;
    slab_[slot].live = true;
    slab_[slot].payload = payload;
    order_.insert({due, slot});
    return {slot, slab_[slot].generation};
  }
  void release(std::uint32_t slot) {
    slab_[slot].live = false;
    ++slab_[slot].generation;
    free_.push_back(slot);
  }

  std::set<std::tuple<Due, std::uint32_t>> order_;
  std::vector<Slot> slab_;
  std::vector<std::uint32_t> free_;
  std::uint64_t next_sequence_ = 0;
  Time last_popped_ = Time::min();
};

}  // namespace tablekey::sim
