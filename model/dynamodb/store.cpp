// Records in bump arenas: one million small allocations would cost more than the records
// themselves.
#include "model/dynamodb/store.h"

#include <algorithm>
#include <new>

namespace tablekey::model::dynamodb {
namespace {

constexpr std::size_t kArenaBytes = std::size_t{1} << 20;
// Past this the store starts over: every record can be sealed again when it is needed.
constexpr std::size_t kBytesMax = std::size_t{3} << 30;
constexpr std::size_t kAlignment = alignof(Record) < 8 ? 8 : alignof(Record);

std::size_t footprint(std::uint32_t size) {
  return (sizeof(Record) + size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

std::byte* Store::allocate(std::size_t size) {
  if (size > arena_left_) {
    const std::size_t arena = std::max(size, kArenaBytes);
    arenas_.push_back(std::make_unique_for_overwrite<std::byte[]>(arena));
    arena_next_ = arenas_.back().get();
    arena_left_ = arena;
    bytes_ += arena;
  }
  std::byte* place = arena_next_;
  arena_next_ += size;
  arena_left_ -= size;
  return place;
}

Record& Store::place(std::uint32_t table, std::uint32_t item, std::uint32_t size) {
  if (bytes_ > kBytesMax) clear();
  if (table >= tables_.size()) tables_.resize(table + std::size_t{1});
  if (item >= tables_[table].size()) {
    tables_[table].resize(std::max<std::size_t>(item + std::size_t{1}, tables_[table].size() * 2));
  }
  Record*& slot = tables_[table][item];
  // A record of the same footprint is overwritten in place; others stay behind in their arena.
  if (slot == nullptr || footprint(slot->size) != footprint(size)) {
    slot = new (allocate(footprint(size))) Record;
  }
  slot->size = size;
  return *slot;
}

void Store::erase(std::uint32_t table, std::uint32_t item) {
  if (find(table, item) != nullptr) tables_[table][item] = nullptr;
}

void Store::erase_table(std::uint32_t table) {
  if (table < tables_.size()) std::vector<Record*>().swap(tables_[table]);
}

void Store::clear() {
  tables_.clear();
  arenas_.clear();
  arena_left_ = 0;
  arena_next_ = nullptr;
  bytes_ = 0;
}

}  // namespace tablekey::model::dynamodb
