// The records of a table's items, in chunks that a copy shares until one of the two changes: a
// backup of a million items costs a list of chunks, and what is written afterwards.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "model/archive.h"
#include "model/law.h"
#include "sim/time.h"

namespace tablekey::model {

/// The current record of an item that was written; items that only exist from the start need none.
struct Item {
  std::uint32_t version = 0;  ///< 0: as generated at the start, if below `generated`
  std::uint32_t size = 0;     ///< by DynamoDB's rules (dynamodb.md 9)
  std::uint32_t origin = 0;   ///< of a generated value: index into State::origins
  std::uint32_t expires = 0;  ///< its TTL attribute, in seconds since the epoch; 0: none
  bool given = false;         ///< a caller gave the value: its ciphertext is in Table::given
  bool deleted = false;
  /// Of the record. Both 0: no event recorded it, as of a generated value that a restore copied.
  std::uint64_t tag_high = 0, tag_low = 0;

  bool operator==(const Item&) const = default;
};

/// A TTL attribute as DynamoDB reads it: whole seconds (dynamodb.md 9). Out of range: as far as it
/// goes; what lies before the epoch is long past.
inline std::uint32_t ttl_seconds(sim::Time time) {
  const std::int64_t seconds = time.nanoseconds() / 1'000'000'000;
  if (seconds <= 0) return time == sim::Time() ? 0 : 1;
  return seconds < UINT32_MAX ? static_cast<std::uint32_t>(seconds) : UINT32_MAX;
}
/// Zero: no attribute.
inline sim::Time ttl_time(std::uint32_t seconds) {
  return sim::Time::from_nanoseconds(std::int64_t{seconds} * 1'000'000'000);
}

/// A sequence of items, numbered from 0. Copies are cheap and independent of each other.
class ItemVersions {
 public:
  /// Items of one chunk: what a first write after a copy costs.
  static constexpr std::size_t kChunk = 32;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Item& operator[](std::size_t index) const {
    static const Item untouched{};
    const auto& chunk = chunks_[index / kChunk];
    return chunk ? (*chunk)[index % kChunk] : untouched;
  }
  /// The item, to be changed. A chunk that others see too is copied first.
  Item& change(std::size_t index) {
    law(index < size_, "an item that changes is one of the table's");
    auto& chunk = chunks_[index / kChunk];
    if (!chunk) {
      chunk = std::make_shared<Chunk>();
    } else if (chunk.use_count() != 1) {
      chunk = std::make_shared<Chunk>(*chunk);
    } else {
      // Whoever let go of it on another thread has read it before.
      std::atomic_thread_fence(std::memory_order_acquire);
    }
    return (*chunk)[index % kChunk];
  }
  /// Grows; items that come are untouched.
  void resize(std::size_t size) {
    law(size >= size_, "a sequence of items grows");
    size_ = size;
    chunks_.resize((size + kChunk - 1) / kChunk);
  }
  void clear() {
    size_ = 0;
    chunks_.clear();
  }
  /// Whether anything in the chunk of this item was ever changed: the rest may be passed over.
  bool touched(std::size_t index) const { return chunks_[index / kChunk] != nullptr; }
  /// Chunks that are the very same in both: what the copy did not cost.
  std::size_t shared_with(const ItemVersions& other) const {
    std::size_t shared = 0;
    for (std::size_t i = 0; i < chunks_.size() && i < other.chunks_.size(); ++i) {
      if (chunks_[i] && chunks_[i] == other.chunks_[i]) ++shared;
    }
    return shared;
  }
  bool operator==(const ItemVersions& other) const {
    if (size_ != other.size_) return false;
    for (std::size_t i = 0; i < size_; ++i) {
      if ((*this)[i] != other[i]) return false;
    }
    return true;
  }

  using Chunk = std::array<Item, kChunk>;

 private:
  template <class Archive, class Versions>
  friend void visit_item_versions(Archive& archive, Versions& versions);

  std::size_t size_ = 0;
  std::vector<std::shared_ptr<Chunk>> chunks_;  // none: nothing in it was touched
};

/// What an archive knows of chunks that it has come by: each is written once, whoever shares it.
/// Which ones are shared follows from the events, so the bytes stay canonical.
struct ChunkRegistry {
  std::map<const void*, std::uint32_t> written;  // only looked up: its order decides nothing
  std::vector<std::shared_ptr<ItemVersions::Chunk>> read;
};

/// Writes the size, then for each chunk 0 (untouched), or 1 + its number among those written so
/// far, followed by its items if it is new.
template <class Archive, class Versions>
void visit_item_versions(Archive& archive, Versions& versions) {
  std::uint64_t size = versions.size_;
  archive.plain(size);
  if constexpr (Archive::kLoading) {
    if (size / ItemVersions::kChunk > archive.left()) {
      throw BadSnapshot("a length in the snapshot is impossible");
    }
    versions.clear();
    versions.resize(size);
  }
  for (auto& chunk : versions.chunks_) {
    std::uint32_t number = 0;
    if constexpr (Archive::kLoading) {
      archive.plain(number);
      if (number == 0) continue;
      auto& known = archive.chunks.read;
      if (number > known.size() + 1)
        throw BadSnapshot("the snapshot names a chunk before its time");
      if (number == known.size() + 1) {
        known.push_back(std::make_shared<ItemVersions::Chunk>());
        visit_value(archive, *known.back());
      }
      chunk = known[number - 1];
    } else {
      if (!chunk) {
        archive.plain(number);
        continue;
      }
      const auto next = static_cast<std::uint32_t>(archive.chunks.written.size() + 1);
      const auto [found, fresh] = archive.chunks.written.try_emplace(chunk.get(), next);
      number = found->second;
      archive.plain(number);
      if (fresh) visit_value(archive, *chunk);
    }
  }
}

}  // namespace tablekey::model
