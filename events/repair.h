// Saves what can be relied on: the longest valid prefix of a torn or damaged trace, copied into a
// new file that is closed as interrupted, so that it can be used and resumed. The input is never
// changed, and success is said only after the new file was read again with the normal reader.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "events/reader.h"

namespace tablekey::events {

struct RepairReport {
  Verdict before = Verdict::torn;
  std::string explanation;  // why the input is not complete
  std::uint64_t frames_kept = 0;
  std::uint64_t events_kept = 0;
  std::uint64_t bytes_kept = 0;  // of the input, superblock included
  std::uint64_t bytes_lost = 0;
  std::optional<std::uint64_t> events_lost;  // where a footer still says how many there were
};

// A complete and sound input needs no repair and is refused, as is one without an identity frame.
// `destination` must not exist unless `overwrite`.
Result<RepairReport> repair(const std::filesystem::path& input,
                            const std::filesystem::path& destination, bool overwrite);

}  // namespace tablekey::events
