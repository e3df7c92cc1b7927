// Reads the structure of a trace from its bytes alone and says what state it is in. Trusts nothing:
// no length is used before the header that holds it has been checked, and nothing is allocated from
// a length in the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/format.h"

namespace tablekey::events {

enum class Verdict {
  complete,     // footer and trailer are there and end exactly at the end of the file
  torn,         // the end is missing; the good prefix is whole
  damaged,      // valid bytes follow invalid ones
  not_a_trace,  // the superblock is not ours, or of a newer format
};
std::string_view name(Verdict);

struct Scan {
  Verdict verdict = Verdict::not_a_trace;
  std::string explanation;  // one sentence: what was found, and where
  std::uint64_t file_bytes = 0;
  std::uint64_t good_bytes = 0;    // superblock and good chained frames
  std::vector<IndexEntry> frames;  // the good chained frames: the index, rebuilt
  std::uint64_t event_count = 0;   // in them
  Digest chain{};                  // after them
  std::optional<Closing> closing;  // only of a complete trace
  std::optional<Index>
      stored_index;  // of an intact footer, wherever it was found at the end of the file
  std::optional<FrameHeader> footer;  // its header
};

// Walks all frames: headers, numbers, payload CRCs, chain. Leaves are for verify.
Scan scan(Bytes file);

// Trusts the footer's index instead: reads superblock, trailer and footer only. A file without an
// intact footer is scanned.
Scan scan_index(Bytes file);

}  // namespace tablekey::events
