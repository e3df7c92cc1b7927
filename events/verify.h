// Checks everything in a trace that can be checked without running it again: frames, leaves (on
// several threads), chain, the stored index against the rebuilt one, and that events are readable,
// numbered and in order of time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "events/reader.h"

namespace tablekey::events {

struct VerifyReport {
  Verdict verdict = Verdict::not_a_trace;  // damaged also where only verify sees it
  std::optional<Closing> closing;
  // Of the frames before the first one in which anything is wrong.
  std::uint64_t frames = 0;
  std::uint64_t events = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t good_bytes = 0;  // the superblock included
  std::uint64_t file_bytes = 0;
  Digest chain{};
  std::vector<std::string>
      findings;  // sentences, worst first; empty for a sound and complete trace
};

VerifyReport verify(const TraceFile& trace, unsigned threads);
Result<VerifyReport> verify(const std::filesystem::path& path, unsigned threads);

}  // namespace tablekey::events
