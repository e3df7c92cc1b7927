// The laws of design.md 8 on one scenario: it is run, and done again in other ways, in memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "events/format.h"
#include "replay/explore/finding.h"
#include "scenario.capnp.h"

namespace tablekey::replay::explore {

struct Law {
  std::string_view name;
  std::string_view sentence;
};

/// All laws, in the order in which they are looked at.
std::span<const Law> laws();
std::string_view sentence_of(std::string_view law);

/// What checking a scenario came to.
struct Checked {
  std::optional<Finding> finding;  ///< the first law that does not hold
  std::uint64_t events = 0;
  std::uint64_t asked = 0;  ///< facts that were held against the books
  events::Digest chain{};   ///< of the run's chunks
};

/// Runs the scenario file `text` and checks every law, or those alone that are needed to see
/// whether `only` holds. `seed` chooses where the run is cut for resuming.
Checked check(const std::string& text, std::uint64_t seed, std::string_view only = {});
/// The same of a compiled scenario.
Checked check(events::Scenario::Reader scenario, std::uint64_t seed, std::string_view only = {});

}  // namespace tablekey::replay::explore
