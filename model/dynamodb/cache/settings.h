// The settings of table key caching and of the routers that cache: rows of the table of settings.
#pragma once

#include <span>

#include "model/settings.h"

namespace tablekey::model {

inline constexpr std::uint32_t kRoutersMax = 100'000;

std::span<const SettingRow> cache_settings();

}  // namespace tablekey::model
