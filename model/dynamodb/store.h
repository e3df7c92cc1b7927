// Ciphertext at rest: the sealed records of items. It lies beside State, so that a million items
// bloat neither events nor snapshots; a record that is missing is sealed again from what State says
// about the item (design.md 5, Store).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tablekey::model::dynamodb {

/// One record: an item under its data key (dynamodb.md 3.3). The ciphertext follows it in memory.
struct Record {
  std::uint32_t version = 0;
  std::uint32_t structure = 0;  ///< under whose data key it is
  std::uint32_t size = 0;       ///< bytes of ciphertext
  std::array<std::uint8_t, 12> iv{};
  std::array<std::uint8_t, 16> tag{};
  std::array<std::uint8_t, 16>
      key_digest{};  ///< of the item's primary key; part of the additional data

  std::span<std::uint8_t> sealed() { return {reinterpret_cast<std::uint8_t*>(this + 1), size}; }
};

class Store {
 public:
  /// The record of an item, or nullptr.
  Record* find(std::uint32_t table, std::uint32_t item) {
    if (table >= tables_.size() || item >= tables_[table].size()) return nullptr;
    return tables_[table][item];
  }
  /// Room for a record of `size` bytes in the place of the item's present one.
  Record& place(std::uint32_t table, std::uint32_t item, std::uint32_t size);
  void erase(std::uint32_t table, std::uint32_t item);
  void erase_table(std::uint32_t table);
  void clear();
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* allocate(std::size_t size);

  std::vector<std::vector<Record*>> tables_;
  std::vector<std::unique_ptr<std::byte[]>> arenas_;
  std::size_t arena_left_ = 0;
  std::byte* arena_next_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace tablekey::model::dynamodb
