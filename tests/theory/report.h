// Estimates beside the exact values, for a person: only here is `expected` looked at.
#pragma once

#include <string>
#include <vector>

#include "tests/theory/case.h"
#include "tests/theory/engine.h"

namespace tablekey::theory {

/// One line: estimate, 99 % interval, exact value, z, effort.
std::string line_of(const Case& given, const Result& result);

/// How far off, in standard errors; nothing where there is nothing to compare or no error.
std::optional<double> z_of(const Case& given, const Result& result);

/// The share of intervals that hold the exact value, mean z^2, worst |z|.
std::string summary_of(const std::vector<std::pair<Case, Result>>& all);

/// Whether one of them is off by more than five standard errors.
bool is_off(const std::vector<std::pair<Case, Result>>& all);

}  // namespace tablekey::theory
