// The hierarchical timing wheel: where keys wait that are not due soon. A time is a row of digits
// of six bits. A key lies on the level of the highest digit in which its time differs from the base
// (a time that nothing in the wheel precedes), in the bucket of that digit. So the first bucket of
// the lowest level that has one holds the earliest keys, inserting is two shifts and a store, and a
// key moves at most once a level until its bucket is small enough to be handed out.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/agenda_key.h"

namespace tablekey::sim {

class AgendaWheel {
 public:
  /// A bucket of at most so many keys is handed out as it is.
  static constexpr std::size_t kChunkKeys = 15;

  /// The interval of times, both ends included (as AgendaKey::time), that a handed out bucket
  /// covers.
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };

  AgendaWheel() = default;
  AgendaWheel(const AgendaWheel&) = delete;
  AgendaWheel& operator=(const AgendaWheel&) = delete;
  AgendaWheel(AgendaWheel&& other) noexcept { swap(other); }
  AgendaWheel& operator=(AgendaWheel&& other) noexcept {
    swap(other);
    return *this;
  }
  ~AgendaWheel() = default;

  [[nodiscard]] bool empty() const { return levels_used_ == 0; }

  /// The key must lie after the range that was last handed out.
  void insert(const AgendaKey& key) {
    const unsigned level = level_of(key.time ^ base_);
    put(level, digit(key.time, level), key);
  }

  /// Puts in keys that all precede every key in the wheel and lie in the range that was last handed
  /// out (or anywhere, while the wheel is empty). Nothing may be inserted until take_first() has
  /// handed out the first of them again.
  void insert_before_all(std::span<const AgendaKey> keys);

  /// Removes the earliest keys and appends them to out in no order: a few, or many of one time. The
  /// wheel must not be empty.
  Range take_first(std::vector<AgendaKey>& out);

  [[nodiscard]] std::size_t memory_bytes() const {
    return blocks_.size() * kChunksPerBlock * sizeof(Chunk);
  }

  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Chunk* chunk : buckets_) {
      for (; chunk != nullptr; chunk = chunk->next) {
        for (std::uint32_t i = 0; i < chunk->count; ++i) {
          visit(chunk->keys[i]);
        }
      }
    }
  }

  /// Takes all keys that satisfy the predicate out of it.
  template <class Predicate>
  void remove_if(const Predicate& predicate) {
    for (unsigned level = 0; level < kLevels; ++level) {
      for (std::uint64_t used = digits_used_[level]; used != 0; used &= used - 1) {
        refill(level, static_cast<unsigned>(std::countr_zero(used)), predicate);
      }
    }
  }

 private:
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kDigits = 1U << kDigitBits;
  static constexpr unsigned kLevels = (64 + kDigitBits - 1) / kDigitBits;
  static constexpr std::size_t kChunksPerBlock = 256;

  // Four cache lines. Only the first chunk of a bucket has room left.
  struct Chunk {
    std::array<AgendaKey, kChunkKeys> keys;
    Chunk* next;
    std::uint32_t count;
  };
  static_assert(sizeof(Chunk) == 256);

  static unsigned level_of(std::uint64_t difference) {
    return static_cast<unsigned>(std::bit_width(difference | 1) - 1) / kDigitBits;
  }
  static unsigned digit(std::uint64_t time, unsigned level) {
    return static_cast<unsigned>(time >> (level * kDigitBits)) % kDigits;
  }
  // The time with the digits of this level and of all below it as nought.
  static std::uint64_t prefix(std::uint64_t time, unsigned level) {
    const unsigned bits = (level + 1) * kDigitBits;
    return bits >= 64 ? 0 : time >> bits << bits;
  }

  void put(unsigned level, unsigned slot, const AgendaKey& key) {
    Chunk*& head = buckets_[level * kDigits + slot];
    if (head == nullptr || head->count == kChunkKeys) [[unlikely]] {
      head = new_chunk(head);
      digits_used_[level] |= std::uint64_t{1} << slot;
      levels_used_ |= 1U << level;
    }
    head->keys[head->count++] = key;
  }

  Chunk* new_chunk(Chunk* next) {
    if (free_ == nullptr) [[unlikely]] {
      grow();
    }
    Chunk* chunk = free_;
    free_ = chunk->next;
    chunk->next = next;
    chunk->count = 0;
    return chunk;
  }
  void free_chunk(Chunk* chunk) {
    chunk->next = free_;
    free_ = chunk;
  }
  void grow();
  void swap(AgendaWheel& other) noexcept;
  Chunk* detach(unsigned level, unsigned slot);
  static std::uint64_t difference_in(const Chunk* chain);

  // Hands every key of a detached bucket to take and frees its chunks.
  template <class Take>
  void consume(Chunk* chain, const Take& take) {
    while (chain != nullptr) {
      for (std::uint32_t i = 0; i < chain->count; ++i) {
        take(chain->keys[i]);
      }
      Chunk* const done = chain;
      chain = chain->next;
      free_chunk(done);
    }
  }

  template <class Predicate>
  void refill(unsigned level, unsigned slot, const Predicate& predicate) {
    consume(detach(level, slot), [&](const AgendaKey& key) {
      if (!predicate(key)) {
        put(level, slot, key);
      }
    });
  }

  std::array<Chunk*, kLevels * kDigits> buckets_{};
  std::array<std::uint64_t, kLevels> digits_used_{};  // bit d: bucket d of the level has keys
  std::uint32_t levels_used_ = 0;                     // bit l: level l has keys
  std::uint64_t base_ = 0;
  Chunk* free_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> blocks_;
};

}  // namespace tablekey::sim
