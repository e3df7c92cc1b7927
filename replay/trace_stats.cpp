#include "replay/trace_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "events/format.h"
#include "replay/event_text.h"
#include "replay/grouped.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBarWidth = 40;

std::unexpected<TraceError> damaged(const events::Error& error) {
  return std::unexpected(TraceError{TraceError::Kind::damaged, error.message});
}

/// In which of the equal parts of the run a time lies.
std::size_t slice_of(const TraceStats& stats, std::int64_t time) {
  const auto whole = stats.last.nanoseconds() - stats.first.nanoseconds();
  if (whole <= 0) return 0;
  // No product of two times: they may be years.
  const std::int64_t width = whole / static_cast<std::int64_t>(TraceStats::kSlices) + 1;
  return static_cast<std::size_t>((time - stats.first.nanoseconds()) / width);
}

void count_frame(const events::FrameHeader& header, TraceStats& stats) {
  stats.stored_bytes += header.stored_length;
  stats.compressed = stats.compressed || header.codec != events::Codec::none;
  switch (header.type) {
    case events::FrameType::identity:
      stats.identity_bytes += header.raw_length;
      break;
    case events::FrameType::events:
      ++stats.chunks;
      stats.event_bytes += header.raw_length;
      break;
    case events::FrameType::snapshot:
      ++stats.snapshots;
      stats.snapshot_bytes += header.raw_length;
      break;
    case events::FrameType::footer:
      break;
  }
}

void find_span(const RecordedRun& recorded, TraceStats& stats) {
  bool any = false;
  for (const auto& frame : recorded.file().frames()) {
    if (frame.type != events::FrameType::events) continue;
    if (!any) stats.first = sim::Time::from_nanoseconds(frame.first_time);
    stats.last = sim::Time::from_nanoseconds(frame.last_time);
    any = true;
  }
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? std::string("0 %")
                    : fmt::format("{:.1f} %",
                                  100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string chart(const TraceStats& stats, sim::Time start) {
  const std::uint64_t most = *std::ranges::max_element(stats.slices);
  if (most == 0) return {};
  const std::int64_t whole = stats.last.nanoseconds() - stats.first.nanoseconds();
  const std::int64_t width = whole / static_cast<std::int64_t>(TraceStats::kSlices) + 1;
  std::string text = "\nevents over time\n";
  for (std::size_t i = 0; i < TraceStats::kSlices; ++i) {
    const auto begin =
        stats.first + sim::Duration::nanoseconds(static_cast<std::int64_t>(i) * width);
    const auto seconds = (begin - start).count() / 1'000'000'000;
    const auto bar = static_cast<std::size_t>(stats.slices[i] * kBarWidth / most);
    text += fmt::format("  {:>12}  {:>12}  {}\n", sim::print(sim::Duration::seconds(seconds)),
                        grouped(stats.slices[i]), std::string(bar, '#'));
  }
  return text;
}

}  // namespace

std::expected<TraceStats, TraceError> stats_of(const RecordedRun& recorded) {
  TraceStats stats;
  stats.events = recorded.file().event_count();
  stats.file_bytes = recorded.file().bytes().size();
  find_span(recorded, stats);
  std::map<events::Event::Which, EventKindStats> kinds;
  const auto frames = recorded.file().frames();
  for (std::uint64_t number = 0; number < frames.size(); ++number) {
    const auto header = recorded.file().header(number);
    if (!header) return damaged(header.error());
    count_frame(*header, stats);
    if (header->type != events::FrameType::events) continue;
    const auto chunk = recorded.file().chunk(number);
    if (!chunk) return damaged(chunk.error());
    for (const auto event : chunk->events()) {
      EventKindStats& kind = kinds[event.which()];
      const auto time = sim::Time::from_nanoseconds(event.getTime());
      if (kind.count++ == 0) {
        kind.type = event_name(event);
        kind.first = time;
      }
      kind.last = time;
      const std::size_t slice = slice_of(stats, event.getTime());
      if (slice < TraceStats::kSlices) ++stats.slices[slice];
    }
  }
  for (auto& [which, kind] : kinds) stats.kinds.push_back(std::move(kind));
  std::ranges::sort(stats.kinds, [](const EventKindStats& a, const EventKindStats& b) {
    return a.count != b.count ? a.count > b.count : a.type < b.type;
  });
  return stats;
}

std::string print(const TraceStats& stats, const RecordedRun& recorded, const std::string& name) {
  const auto& scenario = recorded.scenario();
  std::string text = fmt::format("{}: {} with seed {}, behaviour version {}\n", name,
                                 scenario.reader().getName().cStr(), scenario.seed,
                                 recorded.identity().getBehaviourVersion());
  for (const model::QuirkRow& row : model::quirk_table()) {
    if (scenario.has(row.quirk)) continue;
    text += fmt::format("  made before the rule {}: {}\n", row.name, row.rule);
  }
  if (recorded.identity().getBranch() != 0) {
    text += fmt::format("  forked: branch {:016x}\n", recorded.identity().getBranch());
  }
  text += fmt::format("  {} events from {} to {} ({})\n", grouped(stats.events),
                      sim::print(stats.first), sim::print(stats.last),
                      sim::print(stats.last - stats.first));
  text += fmt::format("  {} bytes: {} chunks of events with {}, {} snapshots with {}, header {}\n",
                      grouped(stats.file_bytes), grouped(stats.chunks), grouped(stats.event_bytes),
                      grouped(stats.snapshots), grouped(stats.snapshot_bytes),
                      grouped(stats.identity_bytes));
  if (stats.events != 0) {
    text += fmt::format("  {} bytes an event", stats.event_bytes / stats.events);
    if (stats.compressed) {
      const std::uint64_t raw = stats.event_bytes + stats.snapshot_bytes + stats.identity_bytes;
      text += fmt::format(", all compressed to {}", share_text(stats.stored_bytes, raw));
    }
    text += "\n";
  }
  text += "\nevents by kind\n";
  for (const EventKindStats& kind : stats.kinds) {
    text += fmt::format("  {:<26} {:>12}  {:>7}  first {}  last {}\n", kind.type,
                        grouped(kind.count), share_text(kind.count, stats.events),
                        sim::print(kind.first), sim::print(kind.last));
  }
  return text + chart(stats, scenario.start);
}

std::string print_json(const TraceStats& stats, const RecordedRun& recorded,
                       const std::string& name) {
  Json json;
  json["format"] = "tablekey.stats/1";
  json["trace"] = name;
  json["scenario"] = recorded.scenario().reader().getName().cStr();
  json["seed"] = recorded.scenario().seed;
  json["branch"] = recorded.identity().getBranch();
  json["behaviourVersion"] = recorded.identity().getBehaviourVersion();
  json["quirks"] = recorded.scenario().quirks().names();
  json["events"] = stats.events;
  json["first"] = sim::print(stats.first);
  json["last"] = sim::print(stats.last);
  json["bytes"] = {{"file", stats.file_bytes},
                   {"events", stats.event_bytes},
                   {"snapshots", stats.snapshot_bytes},
                   {"identity", stats.identity_bytes},
                   {"stored", stats.stored_bytes}};
  json["chunks"] = stats.chunks;
  json["snapshots"] = stats.snapshots;
  json["compressed"] = stats.compressed;
  Json& kinds = json["kinds"] = Json::array();
  for (const EventKindStats& kind : stats.kinds) {
    kinds.push_back({{"type", kind.type},
                     {"count", kind.count},
                     {"first", sim::print(kind.first)},
                     {"last", sim::print(kind.last)}});
  }
  json["slices"] = stats.slices;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tablekey::replay
