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

struct CheckOptions {
  std::uint64_t seed = 1;      ///< chooses where the run is cut for resuming
  std::string_view only = {};  ///< look only at what tells whether this law holds
  /// How often the run is done again: what depends on addresses may come out the same by chance.
  unsigned replays = 2;
};

/// Runs the scenario file `text` and checks every law.
Checked check(const std::string& text, const CheckOptions& options);
/// The same of a compiled scenario.
Checked check(events::Scenario::Reader scenario, const CheckOptions& options);

}  // namespace tablekey::replay::explore
