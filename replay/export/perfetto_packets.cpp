#include "replay/export/perfetto_packets.h"

#include <algorithm>

namespace tablekey::replay::perfetto {
namespace {

// Trace
constexpr std::uint32_t kTracePacket = 1;
// TracePacket
constexpr std::uint32_t kClockSnapshot = 6, kTimestamp = 8, kSequenceId = 10, kTrackEvent = 11,
                        kSequenceFlags = 13, kTrackDescriptor = 60, kFirstOnSequence = 87;
constexpr std::uint64_t kIncrementalStateCleared = 1;
// ClockSnapshot and its Clock
constexpr std::uint32_t kClocks = 1, kClockId = 1, kClockTime = 2;
constexpr std::uint64_t kRealtime = 1, kBoottime = 6;
// TrackDescriptor and CounterDescriptor
constexpr std::uint32_t kUuid = 1, kName = 2, kParentUuid = 5, kCounter = 8, kUnit = 3;
constexpr std::uint64_t kUnitCount = 2;
// TrackEvent
constexpr std::uint32_t kAnnotations = 4, kType = 9, kTrackUuid = 11, kEventName = 23,
                        kCounterValue = 30, kFlowIds = 47, kTerminatingFlowIds = 48;
constexpr std::uint64_t kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounterType = 4;
// DebugAnnotation
constexpr std::uint32_t kUintValue = 3, kStringValue = 6, kAnnotationName = 10;

constexpr std::uint32_t kMainSequence = 1;

std::string_view group_name(Group group) {
  switch (group) {
    case Group::keys:
      return "Keys";
    case Group::tables:
      return "Tables";
    case Group::holders:
      return "Plaintext table keys";
    case Group::calls:
      return "Calls to KMS";
    case Group::counters:
      return "Counters";
    case Group::timeline:
      return "Timeline";
  }
  return "?";
}

}  // namespace

Details& Details::text(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  ProtoMessage annotation;
  annotation.text(kAnnotationName, name).text(kStringValue, value);
  fields_.message(kAnnotations, annotation);
  return *this;
}

Details& Details::number(std::string_view name, std::uint64_t value) {
  ProtoMessage annotation;
  annotation.text(kAnnotationName, name).number(kUintValue, value);
  fields_.message(kAnnotations, annotation);
  return *this;
}

Details& Details::flow(std::uint64_t id) {
  fields_.fixed64(kFlowIds, id);
  return *this;
}

Details& Details::flow_ends(std::uint64_t id) {
  fields_.fixed64(kTerminatingFlowIds, id);
  return *this;
}

Packets::Packets(const ExportSink& sink, const ExportWindow& window, std::int64_t start,
                 std::int64_t end)
    : sink_(sink),
      from_(std::max(start, window.from.nanoseconds())),
      until_(std::max(from_, std::min(end, window.until.nanoseconds()))) {
  // Both clocks show simulated time: a viewer can then print dates.
  ProtoMessage clocks;
  for (const std::uint64_t clock : {kBoottime, kRealtime}) {
    ProtoMessage reading;
    reading.number(kClockId, clock).integer(kClockTime, from_);
    clocks.message(kClocks, reading);
  }
  ProtoMessage snapshot;
  snapshot.integer(kTimestamp, from_).message(kClockSnapshot, clocks);
  packet(snapshot, kMainSequence);
}

void Packets::packet(ProtoMessage& packet, std::uint32_t sequence) {
  packet.number(kSequenceId, sequence);
  if (sequences_.insert(sequence).second) {
    packet.number(kSequenceFlags, kIncrementalStateCleared).number(kFirstOnSequence, 1);
  }
  ProtoMessage trace;
  trace.message(kTracePacket, packet);
  sink_.write(trace.bytes());
}

void Packets::declare(const Track& track, std::string_view name, bool counter) {
  if (!declared_.insert(track.uuid()).second) return;
  const Track group{track.group, 0};
  if (track.number != 0) declare(group, group_name(track.group));
  ProtoMessage descriptor;
  descriptor.number(kUuid, track.uuid()).text(kName, name);
  if (track.number != 0) descriptor.number(kParentUuid, group.uuid());
  if (counter) {
    ProtoMessage unit;
    unit.number(kUnit, kUnitCount);
    descriptor.message(kCounter, unit);
  }
  ProtoMessage declaration;
  declaration.message(kTrackDescriptor, descriptor);
  packet(declaration, kMainSequence);
}

void Packets::event(std::uint32_t sequence, const Track& track, std::int64_t time,
                    std::uint64_t type, std::string_view name, const ProtoMessage& rest) {
  ProtoMessage event;
  event.number(kType, type).number(kTrackUuid, track.uuid());
  if (!name.empty()) event.text(kEventName, name);
  ProtoMessage described;
  described.integer(kTimestamp, std::clamp(time, from_, until_));
  // The rest is fields of the event, too.
  ProtoMessage whole;
  whole.append(event).append(rest);
  described.message(kTrackEvent, whole);
  packet(described, sequence);
}

void Packets::slice_begins(std::uint32_t sequence, const Track& track, std::int64_t time,
                           std::string_view name, const Details& details) {
  event(sequence, track, time, kSliceBegin, name, details.fields_);
  ++written_;
}

void Packets::slice_ends(std::uint32_t sequence, const Track& track, std::int64_t time) {
  event(sequence, track, time, kSliceEnd, {}, {});
}

void Packets::instant(std::uint32_t sequence, const Track& track, std::int64_t time,
                      std::string_view name, const Details& details) {
  if (!shows(time, time)) return;
  event(sequence, track, time, kInstant, name, details.fields_);
  ++written_;
}

void Packets::counter(std::uint32_t sequence, const Track& track, std::int64_t time,
                      std::int64_t value) {
  ProtoMessage rest;
  rest.integer(kCounterValue, value);
  event(sequence, track, time, kCounterType, {}, rest);
  ++written_;
}

}  // namespace tablekey::replay::perfetto
