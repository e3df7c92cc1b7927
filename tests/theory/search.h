// The lifetime of least cost (cache-theory.md 9), found on simulated costs: the same seeds at every
// lifetime, so that what differs is the rule and not the luck.
#pragma once

#include <optional>

#include "tests/theory/case.h"
#include "tests/theory/engine.h"

namespace tablekey::theory {

/// Whether the case asks for one.
bool is_search(const Case& given);

/// Throws CaseError.
Result search(const Case& given, const Effort& effort);

}  // namespace tablekey::theory
