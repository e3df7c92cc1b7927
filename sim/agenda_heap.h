// A binary heap's broader cousin: every node has four children, which lie in one cache line, so
// that a removal touches half as many lines.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/agenda_key.h"

namespace tablekey::sim {

/// The least key is keys()[0]; every key is less than its four children.
class AgendaHeap {
 public:
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const AgendaKey& top() const { return keys_.front(); }
  [[nodiscard]] std::span<const AgendaKey> keys() const { return keys_; }
  [[nodiscard]] std::size_t memory_bytes() const { return keys_.capacity() * sizeof(AgendaKey); }

  void push(const AgendaKey& key) {
    keys_.push_back(key);
    rise(keys_.size() - 1, key);
  }

  void pop() {
    const AgendaKey last = keys_.back();
    keys_.pop_back();
    if (!keys_.empty()) {
      sink(0, last);
    }
  }

  void clear() { keys_.clear(); }

  /// Takes all keys that satisfy the predicate out of it.
  template <class Predicate>
  void remove_if(const Predicate& predicate) {
    std::erase_if(keys_, predicate);
    for (std::size_t i = keys_.size() / kChildren + 1; i-- > 0;) {
      if (i < keys_.size()) {
        sink(i, AgendaKey(keys_[i]));
      }
    }
  }

 private:
  static constexpr std::size_t kChildren = 4;

  // Both move a gap to where the key belongs, and write the key once.
  void rise(std::size_t gap, const AgendaKey key) {
    while (gap > 0) {
      const std::size_t parent = (gap - 1) / kChildren;
      if (!(key < keys_[parent])) {
        break;
      }
      keys_[gap] = keys_[parent];
      gap = parent;
    }
    keys_[gap] = key;
  }

  void sink(std::size_t gap, const AgendaKey key) {
    const std::size_t size = keys_.size();
    while (true) {
      const std::size_t first = gap * kChildren + 1;
      if (first >= size) {
        break;
      }
      const std::size_t least = least_child(first, size);
      if (!(keys_[least] < key)) {
        break;
      }
      keys_[gap] = keys_[least];
      gap = least;
    }
    keys_[gap] = key;
  }

  [[nodiscard]] std::size_t least_child(std::size_t first, std::size_t size) const {
    if (first + kChildren <= size) {
      const std::size_t a = keys_[first + 1] < keys_[first] ? first + 1 : first;
      const std::size_t b = keys_[first + 3] < keys_[first + 2] ? first + 3 : first + 2;
      return keys_[b] < keys_[a] ? b : a;
    }
    std::size_t least = first;
    for (std::size_t child = first + 1; child < size; ++child) {
      least = keys_[child] < keys_[least] ? child : least;
    }
    return least;
  }

  std::vector<AgendaKey> keys_;
};

}  // namespace tablekey::sim
