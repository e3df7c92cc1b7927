// Running a setup: text, scenario, world, one event after the other, without a trace. Runs with
// different seeds are independent and go to all cores.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "model/scenario.h"
#include "tests/theory/probe.h"

namespace tablekey::theory {

using ProbeMaker = std::function<std::unique_ptr<Probe>(const model::ScenarioView& scenario)>;

/// A run, and how much work it was.
struct Ran {
  Reading reading;
  std::uint64_t events = 0;
};

/// Runs the scenario with this seed to its end, or until the probe is done. Throws CaseError with
/// the diagnostics of a text that the product refuses.
Ran simulate(const std::string& text, std::uint64_t seed, const ProbeMaker& maker);

/// Calls work(i) for i in [first, last) on so many threads; what one of them throws is thrown here.
void in_parallel(std::uint64_t first, std::uint64_t last, unsigned threads,
                 const std::function<void(std::uint64_t)>& work);

}  // namespace tablekey::theory
