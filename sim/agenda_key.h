// The 16 bytes by which the agenda orders what is pending. Everything else about an action lies in
// a slab, so that ordering moves little memory.
#pragma once

#include <compare>
#include <cstdint>

#include "sim/random.h"
#include "sim/time.h"

namespace tablekey::sim {

/// Compared as one 128-bit number: the time, then the priority, then the sequence. The slot takes
/// the lowest bits and never decides, because no two keys have one sequence.
struct AgendaKey {
  static constexpr unsigned kSlotBits = 24;
  static constexpr unsigned kSequenceBits = 37;
  static constexpr unsigned kPriorityBits = 3;
  static constexpr std::uint64_t kSlotMask = (std::uint64_t{1} << kSlotBits) - 1;
  static constexpr std::uint64_t kSequenceMask = (std::uint64_t{1} << kSequenceBits) - 1;
  static constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

  std::uint64_t time = 0;  // with the sign bit turned, so that unsigned order is the order of time
  std::uint64_t tag = 0;   // priority | sequence | slot

  static constexpr std::uint64_t time_bits(Time t) {
    return static_cast<std::uint64_t>(t.nanoseconds()) ^ kSignBit;
  }
  static constexpr AgendaKey make(Time t, unsigned priority, std::uint64_t sequence,
                                  std::uint32_t slot) {
    const std::uint64_t order = std::uint64_t{priority} << kSequenceBits | sequence;
    return {.time = time_bits(t), .tag = order << kSlotBits | slot};
  }

  [[nodiscard]] constexpr Time due_time() const {
    return Time::from_nanoseconds(static_cast<std::int64_t>(time ^ kSignBit));
  }
  [[nodiscard]] constexpr unsigned priority() const {
    return static_cast<unsigned>(tag >> (kSlotBits + kSequenceBits));
  }
  [[nodiscard]] constexpr std::uint64_t sequence() const {
    return tag >> kSlotBits & kSequenceMask;
  }
  [[nodiscard]] constexpr std::uint32_t slot() const {
    return static_cast<std::uint32_t>(tag & kSlotMask);
  }

  [[nodiscard]] constexpr Uint128 number() const { return static_cast<Uint128>(time) << 64 | tag; }

  friend constexpr bool operator==(const AgendaKey&, const AgendaKey&) = default;
  friend constexpr auto operator<=>(const AgendaKey& a, const AgendaKey& b) {
    return a.number() <=> b.number();
  }
};
static_assert(sizeof(AgendaKey) == 16);
static_assert(AgendaKey::kSlotBits + AgendaKey::kSequenceBits + AgendaKey::kPriorityBits == 64);

}  // namespace tablekey::sim
