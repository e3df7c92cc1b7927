// From the last snapshot before the cut, fold to the cut, then hand the pen over.
#include "replay/resume.h"

#include <fmt/format.h>

#include <algorithm>

#include "events/format.h"
#include "replay/part_file.h"

namespace tablekey::replay {
namespace {

using ErrorKind = TraceError::Kind;

std::unexpected<TraceError> cannot_resume(ErrorKind kind, std::string message) {
  return std::unexpected(TraceError{kind, std::move(message)});
}

// Which file holds what is left, and what the finished one is called.
std::pair<std::filesystem::path, std::filesystem::path> places(const std::filesystem::path& given) {
  std::error_code ignored;
  if (given.extension() == ".part") {
    std::filesystem::path whole = given;
    return {given, whole.replace_extension()};
  }
  if (!std::filesystem::exists(given, ignored) &&
      std::filesystem::exists(part_of(given), ignored)) {
    return {part_of(given), given};
  }
  return {given, given};
}

struct Kept {
  std::uint64_t frames = 0;
  std::uint64_t events = 0;
  SnapshotPlan plan;
};

Kept kept_part(const RecordedRun& recorded) {
  Kept kept;
  kept.frames = recorded.file().full_frames(recorded.events_per_chunk());
  const auto frames = recorded.file().frames();
  for (std::uint64_t i = 0; i < kept.frames; ++i) {
    if (frames[i].type == events::FrameType::events) {
      kept.events = frames[i].first_event + frames[i].event_count;
    } else if (frames[i].type == events::FrameType::snapshot) {
      if (const auto header = recorded.file().header(i)) {
        kept.plan.taken(header->first_event, header->raw_length);
      }
    }
  }
  return kept;
}

// A trace has one codec, so that going on with it gives the file of the uninterrupted run.
events::Codec codec_of(const events::TraceFile& file) {
  for (std::uint64_t i = 0; i < file.frames().size(); ++i) {
    const auto header = file.header(i);
    if (header && header->codec != events::Codec::none) return header->codec;
  }
  return events::Codec::none;
}

void copy_origin(const RecordedRun& recorded, Resumed& resumed) {
  resumed.source_name = recorded.identity().getSourceName().cStr();
  for (const auto setting : recorded.identity().getOverrides()) {
    resumed.overrides.emplace_back(setting.getPath().cStr(), setting.getValue().cStr());
  }
}

}  // namespace

std::expected<Resumed, TraceError> resume(const std::filesystem::path& trace,
                                          const events::WriterOptions& options,
                                          const MakeObservers& observers) {
  const auto [source, path] = places(trace);
  OpenOptions open;
  open.torn_too = true;
  auto recorded = RecordedRun::open(source, open);
  if (!recorded) return std::unexpected(recorded.error());
  // A .part that says finished was killed between its footer and its name: its tail is written
  // again.
  if (recorded->file().closing() == events::Closing::finished && source == path) {
    return cannot_resume(
        ErrorKind::unfit,
        fmt::format("{}: the run is finished; there is nothing to resume", source.string()));
  }
  if (auto same = recorded->same_program(); !same) return std::unexpected(same.error());

  const Kept kept = kept_part(*recorded);
  Resumed resumed;
  auto scenario = model::ScenarioView::make(recorded->identity().getScenario(), {},
                                            recorded->scenario().quirks());
  if (!scenario) return cannot_resume(ErrorKind::unfit, scenario.error());
  resumed.scenario = std::move(*scenario);
  const auto watching = observers ? observers(*resumed.scenario) : std::vector<Observer*>();
  if (!watching.empty()) {
    if (auto shown = recorded->fold(kept.events, watching); !shown) {
      return std::unexpected(shown.error());
    }
  }
  auto state = recorded->state_after(kept.events);
  if (!state) return std::unexpected(state.error());

  resumed.path = path;
  resumed.events_kept = kept.events;
  resumed.events_dropped = recorded->file().event_count() - kept.events;
  const std::uint32_t events_per_chunk = recorded->events_per_chunk();
  const std::vector<std::uint8_t> saved = state->save();
  copy_origin(*recorded, resumed);
  events::WriterOptions writing = options;
  writing.codec = codec_of(recorded->file());
  model::State own = model::State::restore(*resumed.scenario, saved);

  // The writer shortens the file under the mapping, so the trace is let go of first.
  recorded = cannot_resume(ErrorKind::unfit, "");
  auto writer = events::TraceWriter::resume(source, path, kept.frames, writing);
  if (!writer) return cannot_resume(ErrorKind::unreadable, writer.error().message);
  resumed.writer = std::move(*writer);
  resumed.run = std::make_unique<Run>(*resumed.scenario, *resumed.writer, events_per_chunk,
                                      std::move(own), kept.plan);
  for (Observer* observer : watching) resumed.run->show(*observer);
  return resumed;
}

}  // namespace tablekey::replay
