// The text files of a report that are part of the program.
#pragma once

#include <string_view>

namespace tablekey::replay::report {

/// report.min.js: the pictures, with the licences of what they are made with.
std::string_view script();
/// report.css.
std::string_view style();

}  // namespace tablekey::replay::report
