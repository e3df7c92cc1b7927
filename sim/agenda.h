// What is still to happen: actions with the time at which each is due, in one total order of (time,
// priority, sequence). It is part of the simulated world's state, so it is plain data: it can be
// copied, walked in order, written down and restored, and its behaviour depends on what is pending
// and never on how that came to be.
//
// Payloads lie in a slab and never move while pending; the order is kept over 16-byte keys
// (agenda_queue.h). Cancelling frees the slot at once and leaves the key behind; a key whose tag is
// no longer its slot's is stale and is dropped when it comes up, or all together when they are
// many.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/agenda_key.h"
#include "sim/agenda_queue.h"
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

/// Names a pending action so that it can be cancelled. It lives in memory only and depends on
/// history: what is written down or hashed is the action's sequence number.
struct Handle {
  std::uint32_t slot = 0xFFFFFFFF;
  std::uint32_t generation = 0;

  friend constexpr bool operator==(const Handle&, const Handle&) = default;
};

inline constexpr Handle kNoHandle{};

/// At most kPendingMax actions are pending at once and at most kSequenceMax are ever scheduled;
/// more break a law. A payload is a small trivially copyable value.
template <class Payload>
class Agenda {
  static_assert(std::is_trivially_copyable_v<Payload>, "actions are small plain values");
  static_assert(std::is_default_constructible_v<Payload>);

 public:
  static constexpr std::size_t kPendingMax = AgendaKey::kSlotMask;
  static constexpr std::uint64_t kSequenceMax = AgendaKey::kSequenceMask - 1;
  static constexpr unsigned kPriorityMax = (1U << AgendaKey::kPriorityBits) - 1;

  struct Entry {
    Due due;
    Payload payload;
  };

  Agenda() = default;
  Agenda(Agenda&&) noexcept = default;
  Agenda& operator=(Agenda&&) noexcept = default;
  ~Agenda() = default;

  /// A copy has the same pending actions under the same handles, and the same future.
  Agenda(const Agenda& other);
  Agenda& operator=(const Agenda& other) { return *this = Agenda(other); }

  /// Adds an action under the next sequence number. The time must not be before that of the action
  /// popped last. References to payloads stay valid.
  Handle schedule(Time time, unsigned priority, const Payload& payload) {
    law(priority <= kPriorityMax, "a priority is from 0 to 7");
    law(time >= last_popped_, "nothing is scheduled before what was already done");
    return add(time, priority, next_sequence_++, payload);
  }

  /// Whether the action was still pending, and now is not.
  bool cancel(Handle handle);

  [[nodiscard]] bool pending(Handle handle) const {
    return handle.slot < slots_used_ && is_live(slot_at(handle.slot).tag) &&
           generation_of(slot_at(handle.slot).tag) == handle.generation;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// What payloads and keys take, pending or kept for later use.
  [[nodiscard]] std::size_t memory_bytes() const {
    return blocks_.size() * kBlockSlots * sizeof(Slot) + queue_.memory_bytes();
  }

  /// What is due first, if anything is pending.
  [[nodiscard]] std::optional<Due> next() const {
    if (size_ == 0) {
      return std::nullopt;
    }
    settle();
    return due_of(queue_.top());
  }

  /// The payload of what is due first, valid until that is popped or cancelled. Nothing may be
  /// empty.
  [[nodiscard]] const Payload& front() const {
    law(size_ != 0, "an empty agenda has no first action");
    settle();
    return slot_at(queue_.top().slot()).payload;
  }

  /// Removes what is due first. The agenda must not be empty.
  Payload pop() {
    law(size_ != 0, "an empty agenda has no action to take");
    settle();
    const AgendaKey key = queue_.top();
    const Payload payload = slot_at(key.slot()).payload;
    queue_.pop();
    release(key.slot());
    last_popped_ = key.due_time();
    settled_ = false;
    if (!restored_.empty()) [[unlikely]] {
      restored_ = {};
    }
    return payload;
  }

  /// The sequence number that the next action to be scheduled will have.
  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }

  /// The sequence number of a pending action.
  [[nodiscard]] std::uint64_t sequence_of(Handle handle) const {
    law(pending(handle), "only a pending action has a sequence number");
    return sequence_in(slot_at(handle.slot).tag);
  }

  /// The handle of the pending action with this sequence number, else kNoHandle. Quick after a
  /// restore until the first pop; otherwise it looks at all that is pending.
  [[nodiscard]] Handle find(std::uint64_t sequence) const;

  /// Calls visit(const Due&, const Payload&) for all that is pending, in the order in which it is
  /// due.
  template <class Visit>
  void for_each_in_order(Visit&& visit) const;

  /// Replaces everything by what for_each_in_order once visited: the future is then the same.
  template <std::ranges::input_range Entries>
  void restore(std::uint64_t next_sequence, Entries&& entries) {
    clear(next_sequence);
    for (const Entry& entry : entries) {
      restore_entry(entry.due, entry.payload);
    }
  }

  /// Forgets everything; the sequence goes on from here.
  void clear(std::uint64_t next_sequence) {
    *this = Agenda();
    next_sequence_ = next_sequence;
  }

  /// Adds an action that was pending when the agenda was written down, under its own sequence
  /// number.
  Handle restore_entry(const Due& due, const Payload& payload) {
    law(due.priority <= kPriorityMax, "a restored priority is from 0 to 7");
    law(due.sequence < next_sequence_, "a restored action was scheduled before");
    const Handle handle = add(due.time, due.priority, due.sequence, payload);
    restored_.emplace_back(due.sequence, handle.slot);
    restored_sorted_ = false;
    return handle;
  }

 private:
  // A pending slot's tag is its key's. A free slot's has all ones above the slot bits, which no
  // sequence can have, and the next free slot in them.
  struct Slot {
    std::uint64_t tag;
    Payload payload;
  };
  static constexpr unsigned kBlockBits = 10;
  static constexpr std::size_t kBlockSlots = std::size_t{1} << kBlockBits;
  static constexpr std::uint64_t kFreeTag = ~AgendaKey::kSlotMask;
  static constexpr std::uint32_t kNoSlot = AgendaKey::kSlotMask;
  // Stale keys are swept when they outnumber the pending ones by this many.
  static constexpr std::size_t kStaleMin = 1024;

  static bool is_live(std::uint64_t tag) { return tag < kFreeTag; }
  static std::uint64_t sequence_in(std::uint64_t tag) {
    return AgendaKey{.time = 0, .tag = tag}.sequence();
  }
  static std::uint32_t generation_of(std::uint64_t tag) {
    return static_cast<std::uint32_t>(sequence_in(tag));
  }
  static Due due_of(const AgendaKey& key) {
    return {.time = key.due_time(), .priority = key.priority(), .sequence = key.sequence()};
  }

  [[nodiscard]] Slot& slot_at(std::uint32_t slot) const {
    return blocks_[slot >> kBlockBits][slot % kBlockSlots];
  }
  [[nodiscard]] bool stale(const AgendaKey& key) const {
    return slot_at(key.slot()).tag != key.tag;
  }

  Handle add(Time time, unsigned priority, std::uint64_t sequence, const Payload& payload) {
    law(sequence <= kSequenceMax, "an agenda schedules fewer than 2^37 actions");
    const std::uint32_t slot = take_slot();
    const AgendaKey key = AgendaKey::make(time, priority, sequence, slot);
    slot_at(slot) = {.tag = key.tag, .payload = payload};
    queue_.push(key);
    ++size_;
    return {.slot = slot, .generation = static_cast<std::uint32_t>(sequence)};
  }

  std::uint32_t take_slot() {
    if (free_slot_ != kNoSlot) {
      return std::exchange(
          free_slot_, static_cast<std::uint32_t>(slot_at(free_slot_).tag & AgendaKey::kSlotMask));
    }
    law(slots_used_ < kPendingMax, "an agenda holds fewer than 2^24 pending actions");
    if (slots_used_ % kBlockSlots == 0) {
      blocks_.push_back(std::make_unique_for_overwrite<Slot[]>(kBlockSlots));
    }
    return slots_used_++;
  }

  void release(std::uint32_t slot) {
    slot_at(slot).tag = kFreeTag | free_slot_;
    free_slot_ = slot;
    --size_;
  }

  // Brings the first live key to the queue's top. Nothing that can be observed changes.
  void settle() const {
    while (!settled_) {
      if (!queue_.ready()) {
        law(queue_.open(), "every pending action has its key");
        for (const AgendaKey& key :
             queue_.soon().first(std::min(kPrefetch, queue_.soon().size()))) {
          __builtin_prefetch(&slot_at(key.slot()));
        }
      }
      settled_ = !stale(queue_.top());
      if (!settled_) {
        queue_.pop();
        --stale_count_;
      }
    }
  }
  static constexpr std::size_t kPrefetch = 16;

  mutable AgendaQueue queue_;
  mutable bool settled_ = false;  // the queue's top is live
  mutable std::size_t stale_count_ = 0;
  std::vector<std::unique_ptr<Slot[]>> blocks_;
  std::uint32_t slots_used_ = 0;
  std::uint32_t free_slot_ = kNoSlot;
  std::size_t size_ = 0;
  std::uint64_t next_sequence_ = 0;
  Time last_popped_ = Time::min();
  // (sequence, slot) of what was restored, for find(); dropped at the first pop.
  mutable std::vector<std::pair<std::uint64_t, std::uint32_t>> restored_;
  mutable bool restored_sorted_ = false;
};

template <class Payload>
Agenda<Payload>::Agenda(const Agenda& other)
    : slots_used_(other.slots_used_),
      free_slot_(other.free_slot_),
      size_(other.size_),
      next_sequence_(other.next_sequence_),
      last_popped_(other.last_popped_),
      restored_(other.restored_),
      restored_sorted_(other.restored_sorted_) {
  for (std::uint32_t first = 0; first < slots_used_; first += kBlockSlots) {
    blocks_.push_back(std::make_unique_for_overwrite<Slot[]>(kBlockSlots));
    const std::size_t used = std::min<std::size_t>(kBlockSlots, slots_used_ - first);
    std::copy_n(other.blocks_[first >> kBlockBits].get(), used, blocks_.back().get());
  }
  other.queue_.for_each([&](const AgendaKey& key) {
    if (!stale(key)) {
      queue_.push(key);
    }
  });
}

template <class Payload>
bool Agenda<Payload>::cancel(Handle handle) {
  if (!pending(handle)) {
    return false;
  }
  release(handle.slot);
  settled_ = false;
  if (++stale_count_ > size_ + kStaleMin) {
    queue_.remove_if([this](const AgendaKey& key) { return stale(key); });
    stale_count_ = 0;
  }
  return true;
}

template <class Payload>
Handle Agenda<Payload>::find(std::uint64_t sequence) const {
  const auto named = [&](std::uint32_t slot) {
    return Handle{.slot = slot, .generation = static_cast<std::uint32_t>(sequence)};
  };
  if (!std::exchange(restored_sorted_, true)) {
    std::ranges::sort(restored_);
  }
  const auto found = std::ranges::lower_bound(restored_, std::pair(sequence, std::uint32_t{0}));
  if (found != restored_.end() && found->first == sequence && pending(named(found->second))) {
    return named(found->second);
  }
  for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
    if (is_live(slot_at(slot).tag) && sequence_in(slot_at(slot).tag) == sequence) {
      return named(slot);
    }
  }
  return kNoHandle;
}

template <class Payload>
template <class Visit>
void Agenda<Payload>::for_each_in_order(Visit&& visit) const {
  std::vector<AgendaKey> keys;
  keys.reserve(size_);
  queue_.for_each([&](const AgendaKey& key) {
    if (!stale(key)) {
      keys.push_back(key);
    }
  });
  law(keys.size() == size_, "every pending action has one key");
  std::ranges::sort(keys);
  for (const AgendaKey& key : keys) {
    visit(due_of(key), std::as_const(slot_at(key.slot()).payload));
  }
}

}  // namespace tablekey::sim
