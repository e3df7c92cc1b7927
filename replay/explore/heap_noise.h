// Other addresses for everything that is made while it lives: what a run does must not depend on
// where its values lie, nor on what memory held before.
#pragma once

#include <memory>
#include <vector>

#include "replay/explore/dice.h"

namespace tablekey::replay::explore {

class HeapNoise {
 public:
  explicit HeapNoise(std::uint64_t which) {
    Dice dice(which, "heap");
    for (int i = 0; i < kBlocks; ++i) {
      const auto size = static_cast<std::size_t>(dice.between(16, 2'048));
      blocks_.emplace_back(new unsigned char[size]);
      // The allocator hands blocks out again as they were left.
      for (std::size_t at = 0; at < size; ++at) {
        blocks_.back()[at] = static_cast<unsigned char>(at * 31 + static_cast<unsigned>(i));
      }
    }
    for (auto& block : blocks_) {
      if (dice.chance(50)) block.reset();
    }
  }

 private:
  static constexpr int kBlocks = 500;
  std::vector<std::unique_ptr<unsigned char[]>> blocks_;
};

}  // namespace tablekey::replay::explore
