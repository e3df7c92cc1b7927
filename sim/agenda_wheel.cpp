#include "sim/agenda_wheel.h"

#include <utility>

namespace tablekey::sim {

void AgendaWheel::grow() {
  blocks_.push_back(std::make_unique_for_overwrite<Chunk[]>(kChunksPerBlock));
  for (std::size_t i = kChunksPerBlock; i-- > 0;) {
    free_chunk(&blocks_.back()[i]);
  }
}

AgendaWheel::Chunk* AgendaWheel::detach(unsigned level, unsigned slot) {
  Chunk* const chain = buckets_[level * kDigits + slot];
  buckets_[level * kDigits + slot] = nullptr;
  digits_used_[level] &= ~(std::uint64_t{1} << slot);
  if (digits_used_[level] == 0) {
    levels_used_ &= ~(1U << level);
  }
  return chain;
}

void AgendaWheel::swap(AgendaWheel& other) noexcept {
  std::swap(buckets_, other.buckets_);
  std::swap(digits_used_, other.digits_used_);
  std::swap(levels_used_, other.levels_used_);
  std::swap(base_, other.base_);
  std::swap(free_, other.free_);
  std::swap(blocks_, other.blocks_);
}

// The bits in which the times of a bucket's keys differ.
std::uint64_t AgendaWheel::difference_in(const Chunk* chain) {
  std::uint64_t difference = 0;
  const std::uint64_t some_time = chain->keys[0].time;
  for (const Chunk* chunk = chain; chunk != nullptr; chunk = chunk->next) {
    for (std::uint32_t i = 0; i < chunk->count; ++i) {
      difference |= chunk->keys[i].time ^ some_time;
    }
  }
  return difference;
}

AgendaWheel::Range AgendaWheel::take_first(std::vector<AgendaKey>& out) {
  while (true) {
    const auto level = static_cast<unsigned>(std::countr_zero(levels_used_));
    const auto slot = static_cast<unsigned>(std::countr_zero(digits_used_[level]));
    const unsigned shift = level * kDigitBits;
    Chunk* const chain = detach(level, slot);
    const auto hand_out = [&out](const AgendaKey& key) { out.push_back(key); };
    if (chain->next == nullptr) {
      consume(chain, hand_out);
      base_ = prefix(base_, level) | std::uint64_t{slot} << shift;
      return {.first = base_, .last = base_ | ((std::uint64_t{1} << shift) - 1)};
    }
    const std::uint64_t difference = difference_in(chain);
    const std::uint64_t some_time = chain->keys[0].time;
    if (difference == 0) {
      consume(chain, hand_out);
      base_ = some_time;
      return {.first = some_time, .last = some_time};
    }
    // Many keys of many times: they are spread over the level of their highest difference. That and
    // all other levels below this bucket's are empty, so nothing there is mixed up.
    const unsigned lower = level_of(difference);
    base_ = prefix(some_time, lower);
    consume(chain,
            [this, lower](const AgendaKey& key) { put(lower, digit(key.time, lower), key); });
  }
}

void AgendaWheel::insert_before_all(std::span<const AgendaKey> keys) {
  std::uint64_t difference = 0;
  for (const AgendaKey& key : keys) {
    difference |= key.time ^ keys[0].time;
  }
  const unsigned level = level_of(difference);
  base_ = prefix(keys[0].time, level);
  for (const AgendaKey& key : keys) {
    put(level, digit(key.time, level), key);
  }
}

}  // namespace tablekey::sim
