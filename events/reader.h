// A trace file, opened for reading: its verdict, its frames, and any event by number or by
// simulated time. The file is mapped; opening walks all frames unless Check::index is asked for.
// The file must not be truncated while it is open.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "events/decode.h"
#include "events/error.h"
#include "events/scan.h"

namespace tablekey::events {

enum class Check {
  frames,  // walk the whole file
  index,   // trust the footer; each frame is checked when it is read
};

struct Limits {
  std::uint64_t decompressed_bytes_max = std::uint64_t{1}
                                         << 30;  // one frame; refused before it is allocated
};

class TraceFile {
 public:
  // An Error only where the file cannot be read at all; what it is worth is in verdict().
  static Result<TraceFile> open(const std::filesystem::path& path, Check check = Check::frames,
                                Limits limits = {});
  // The same from bytes in memory, which are copied. `origin` stands for the file name in messages.
  static TraceFile from_bytes(Bytes bytes, std::string origin, Check check = Check::frames,
                              Limits limits = {});

  Verdict verdict() const { return scan_.verdict; }
  const std::string& explanation() const { return scan_.explanation; }
  const Scan& scan() const { return scan_; }
  // Nothing to say for a complete trace and, if asked for, a torn one; else the error that tells
  // the user.
  Result<void> usable(bool torn_too) const;
  // How the trace was closed; nothing if it was not.
  std::optional<Closing> closing() const { return scan_.closing; }

  std::span<const IndexEntry> frames() const { return scan_.frames; }
  std::uint64_t event_count() const { return scan_.event_count; }
  const Digest& chain() const { return scan_.chain; }
  Bytes bytes() const;  // the whole file

  // The identity frame; an Error if there is none.
  Result<DecodedIdentity> identity() const;
  // The raw payload of frame `number`: a snapshot's bytes, or a chunk's for comparing. CRC, codec
  // and lengths are checked.
  Result<Payload> payload(std::uint64_t number) const;
  Result<FrameHeader> header(std::uint64_t number) const;
  // The events of frame `number`, which must be of type events.
  Result<DecodedChunk> chunk(std::uint64_t number) const;

  // The frame that holds an event; nothing beyond the end. Binary search in the index.
  std::optional<std::uint64_t> frame_of_event(std::uint64_t event) const;
  // How many events happened at or before a time (ns since the Unix epoch): the first event after
  // it has this number. Decodes one chunk.
  Result<std::uint64_t> events_until(std::int64_t time) const;
  // The last snapshot taken after at most so many events; nothing if there is none.
  std::optional<std::uint64_t> snapshot_before(std::uint64_t events) const;
  // How many chained frames can be kept for going on: up to, not including, the first chunk of
  // another length than `events_per_chunk`.
  std::uint64_t full_frames(std::uint32_t events_per_chunk) const;

 private:
  TraceFile(std::shared_ptr<const Mapping> mapping, std::string origin, Check check, Limits limits);

  std::shared_ptr<const Mapping> mapping_;
  std::string origin_;
  Limits limits_;
  Check check_;
  Scan scan_;
  std::vector<std::uint64_t> event_frames_;  // numbers of the frames of type events
};

}  // namespace tablekey::events
