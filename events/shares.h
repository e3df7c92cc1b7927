// Shares are whole numbers of millionths in every message.
#pragma once

#include <cstdint>

namespace tablekey::events {

inline constexpr std::uint32_t kWhole = 1'000'000;  // 100 %

}  // namespace tablekey::events
