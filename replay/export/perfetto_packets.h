// Perfetto's TracePackets, as far as a picture of a run needs them. Field numbers are those of
// perfetto's protos/perfetto/trace/{trace_packet,clock_snapshot}.proto and
// track_event/{track_event,track_descriptor,counter_descriptor,debug_annotation}.proto.
//
// Nothing is interned, so no packet depends on another one of its sequence. Each sequence begins
// with SEQ_INCREMENTAL_STATE_CLEARED all the same, and its timestamps never fall.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "replay/export/export.h"
#include "replay/export/protobuf.h"

namespace tablekey::replay::perfetto {

/// Identifies a track: groups are tracks too, those below them count from 1.
enum class Group : std::uint32_t {
  keys = 1,
  tables = 2,
  holders = 3,
  calls = 4,
  counters = 5,
  timeline = 6,
};
struct Track {
  Group group{};
  std::uint32_t number = 0;  ///< 0: the group's own
  std::uint64_t uuid() const {
    return std::uint64_t{static_cast<std::uint32_t>(group)} << 32 | number;
  }
};

/// What an event of a track says besides its name.
class Details {
 public:
  Details& text(std::string_view name, std::string_view value);
  Details& number(std::string_view name, std::uint64_t value);
  /// A flow that begins here, or goes on.
  Details& flow(std::uint64_t id);
  /// A flow that ends here.
  Details& flow_ends(std::uint64_t id);

 private:
  friend class Packets;
  ProtoMessage fields_;  // of the TrackEvent
};

class Packets {
 public:
  /// What lies outside of the window is cut off. `end`: of the run (ns since the Unix epoch).
  Packets(const ExportSink& sink, const ExportWindow& window, std::int64_t start, std::int64_t end);

  /// Says what a track is, once.
  void declare(const Track& track, std::string_view name, bool counter = false);
  void slice_begins(std::uint32_t sequence, const Track& track, std::int64_t time,
                    std::string_view name, const Details& details);
  void slice_ends(std::uint32_t sequence, const Track& track, std::int64_t time);
  void instant(std::uint32_t sequence, const Track& track, std::int64_t time, std::string_view name,
               const Details& details);
  void counter(std::uint32_t sequence, const Track& track, std::int64_t time, std::int64_t value);

  /// Where the window begins (ns since the Unix epoch).
  std::int64_t from() const { return from_; }
  /// Whether a slice of these ends shows at all.
  bool shows(std::int64_t begin, std::int64_t end) const { return end >= from_ && begin <= until_; }
  /// Slices, instants and counter values so far.
  std::uint64_t written() const { return written_; }

 private:
  void packet(ProtoMessage& packet, std::uint32_t sequence);
  void event(std::uint32_t sequence, const Track& track, std::int64_t time, std::uint64_t type,
             std::string_view name, const ProtoMessage& rest);

  const ExportSink& sink_;
  std::int64_t from_, until_;
  std::set<std::uint64_t> declared_;
  std::set<std::uint32_t> sequences_;
  std::uint64_t written_ = 0;
};

}  // namespace tablekey::replay::perfetto
