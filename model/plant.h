// Turns on one of the bugs of planted.h, in a program that was built with them.
#pragma once

#include <span>
#include <string_view>

namespace tablekey::model {

/// The names of the planted bugs.
std::span<const std::string_view> planted_names();

/// Turns one on, for the whole program, before any world is made. False: there is none of that
/// name.
bool plant(std::string_view name);

}  // namespace tablekey::model
