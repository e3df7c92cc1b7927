// Opening traces, and folding them.
#include "replay/recorded.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/sha256.h"
#include "events/format.h"
#include "events/schema_digest.h"
#include "model/apply.h"
#include "model/archive.h"
#include "model/law.h"
#include "model/world.h"
#include "sim/law.h"

namespace tablekey::replay {
namespace {

void show(model::State& state, events::Event::Reader event, std::uint64_t number,
          const std::vector<Observer*>& observers) {
  for (Observer* observer : observers) observer->before(state, event.getTime());
  model::apply(state, event);
  for (Observer* observer : observers) observer->event(state, event, number);
}

using events::FrameType;
using ErrorKind = TraceError::Kind;

std::unexpected<TraceError> fail(ErrorKind kind, std::string message) {
  return std::unexpected(TraceError{kind, std::move(message)});
}

ErrorKind kind_of_error(events::Error::Kind kind) {
  switch (kind) {
    case events::Error::Kind::torn:
      return ErrorKind::torn;
    case events::Error::Kind::damaged:
      return ErrorKind::damaged;
    case events::Error::Kind::not_a_trace:
      return ErrorKind::not_a_trace;
    case events::Error::Kind::unsupported:
    case events::Error::Kind::content:
      return ErrorKind::unfit;
    default:
      return ErrorKind::unreadable;
  }
}

std::unexpected<TraceError> fail(const events::Error& error) {
  return fail(kind_of_error(error.kind), error.message);
}

// A trace whose events do not fit its scenario was not written by tablekey: its bytes may be whole
// all the same.
template <class F>
auto guarded(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const model::BrokenLaw& broken) {
    return fail(ErrorKind::unfit, fmt::format("the trace cannot be folded: {}", broken.what()));
  } catch (const model::BadSnapshot& bad) {
    return fail(ErrorKind::unfit, bad.what());
  } catch (const sim::BrokenLaw& broken) {
    return fail(ErrorKind::unfit, fmt::format("the trace cannot be folded: {}", broken.what()));
  } catch (const sim::TimeOverflow& overflow) {
    return fail(ErrorKind::unfit, fmt::format("the trace cannot be folded: {}", overflow.what()));
  }
}

// A rule that this program does not know would be left out without a word.
std::expected<model::Quirks, std::string> quirks_of(events::Identity::Reader identity) {
  model::Quirks quirks;
  for (const auto name : identity.getQuirks()) {
    const auto quirk = model::find_quirk(name.cStr());
    if (!quirk) {
      return std::unexpected(
          fmt::format("needs the quirk '{}', which this version lacks", name.cStr()));
    }
    quirks.add(*quirk);
  }
  return quirks;
}

// Defaults that were others when the trace was recorded: settings that held then and do not hold
// now. What the scenario itself says is none of them, so an era that says something else does not
// take it over.
std::vector<model::DefaultOverride> recorded_defaults(events::Identity::Reader identity,
                                                      const model::ScenarioView& now) {
  std::vector<model::DefaultOverride> defaults;
  for (auto setting : identity.getEffective()) {
    const std::string path = setting.getPath().cStr(), value = setting.getValue().cStr();
    if (model::find_setting(path) == nullptr || now.settings().text(path) == value) continue;
    defaults.push_back({path, value});
  }
  return defaults;
}

}  // namespace

std::expected<RecordedRun, TraceError> RecordedRun::open(const std::filesystem::path& path,
                                                         const OpenOptions& options) {
  auto file = events::TraceFile::open(
      path, options.by_index ? events::Check::index : events::Check::frames);
  if (file && options.by_index && file->verdict() != events::Verdict::complete) {
    file = events::TraceFile::open(path);
  }
  if (!file) return fail(file.error());
  RecordedRun recorded;
  recorded.file_ = std::make_unique<events::TraceFile>(std::move(*file));
  if (auto usable = recorded.file_->usable(options.torn_too); !usable) return fail(usable.error());
  auto identity = recorded.file_->identity();
  if (!identity) return fail(identity.error());
  recorded.identity_ = std::make_unique<events::DecodedIdentity>(std::move(*identity));
  const auto header = recorded.identity_->get();
  const auto quirks = quirks_of(header);
  if (!quirks) return fail(ErrorKind::unfit, fmt::format("{}: {}", path.string(), quirks.error()));
  if (header.getEventsPerChunk() == 0) {
    return fail(ErrorKind::unfit, fmt::format("{}: has chunks of no events", path.string()));
  }
  return guarded([&]() -> std::expected<RecordedRun, TraceError> {
    auto defaults = options.defaults;
    if (options.recorded_settings) {
      const auto now = model::ScenarioView::make(header.getScenario(), {}, *quirks);
      if (!now) return fail(ErrorKind::unfit, now.error());
      defaults = recorded_defaults(header, **now);
    }
    auto scenario = model::ScenarioView::make(header.getScenario(), defaults, *quirks);
    if (!scenario) return fail(ErrorKind::unfit, scenario.error());
    recorded.scenario_ = std::move(*scenario);
    return std::move(recorded);
  });
}

std::vector<RecordedRun::ChangedSetting> RecordedRun::changed_settings() const {
  std::vector<ChangedSetting> changed;
  for (auto setting : identity().getEffective()) {
    const std::string path = setting.getPath().cStr();
    if (model::find_setting(path) == nullptr) {
      changed.push_back({path, setting.getValue().cStr(), "(no such setting)"});
      continue;
    }
    const std::string now = scenario().settings().text(path);
    if (now != setting.getValue().cStr()) changed.push_back({path, setting.getValue().cStr(), now});
  }
  return changed;
}

std::expected<void, TraceError> RecordedRun::same_program() const {
  const auto header = identity();
  if (header.getBehaviourVersion() != model::kBehaviourVersion) {
    return fail(ErrorKind::unfit,
                fmt::format("the trace was begun by behaviour version {}, this program has {}; "
                            "run the scenario again",
                            header.getBehaviourVersion(), model::kBehaviourVersion));
  }
  const crypto::Digest schema = events::schema_digest();
  const auto written = header.getSchemaDigest();
  if (written.size() != schema.size() ||
      !std::equal(schema.begin(), schema.end(), written.begin())) {
    return fail(ErrorKind::unfit,
                "the trace was begun with another event schema; run the scenario again");
  }
  if (const auto changed = changed_settings(); !changed.empty()) {
    return fail(ErrorKind::unfit,
                fmt::format("the default of {} was {} when the trace was begun and is {} now; run "
                            "the scenario again",
                            changed[0].path, changed[0].recorded, changed[0].now));
  }
  return {};
}

std::expected<void, TraceError> RecordedRun::apply_frames(
    model::State& state, std::uint64_t from_frame, std::uint64_t events,
    const std::vector<Observer*>& observers) const {
  const auto frames = file_->frames();
  for (std::uint64_t number = from_frame; number < frames.size(); ++number) {
    if (state.events() >= events) break;
    if (frames[number].type != FrameType::events) continue;
    auto chunk = file_->chunk(number);
    if (!chunk) return fail(chunk.error());
    for (const auto event : chunk->events()) {
      if (state.events() >= events) break;
      const std::uint64_t event_number = state.events();
      show(state, event, event_number, observers);
    }
  }
  return {};
}

std::expected<model::State, TraceError> RecordedRun::state_after(std::uint64_t events) const {
  return guarded([&]() -> std::expected<model::State, TraceError> {
    model::State state(*scenario_);
    std::uint64_t frame = 0;
    if (const auto snapshot = file_->snapshot_before(events)) {
      auto payload = file_->payload(*snapshot);
      if (!payload) return fail(payload.error());
      state = model::State::restore(*scenario_, payload->bytes());
      frame = *snapshot + 1;
    }
    if (auto applied = apply_frames(state, frame, events, {}); !applied) {
      return std::unexpected(applied.error());
    }
    return state;
  });
}

std::expected<model::State, TraceError> RecordedRun::state_at(sim::Time time) const {
  auto events = file_->events_until(time.nanoseconds());
  if (!events) return fail(events.error());
  return state_after(*events);
}

std::expected<void, TraceError> RecordedRun::fold(std::uint64_t events,
                                                  const std::vector<Observer*>& observers) const {
  return guarded([&]() -> std::expected<void, TraceError> {
    model::State state(*scenario_);
    return apply_frames(state, 0, events, observers);
  });
}

std::expected<FoldReport, TraceError> fold_trace(const RecordedRun& recorded,
                                                 const std::vector<Observer*>& observers) {
  return guarded([&]() -> std::expected<FoldReport, TraceError> {
    FoldReport report;
    model::State state(recorded.scenario());
    const auto frames = recorded.file().frames();
    for (std::uint64_t number = 0; number < frames.size(); ++number) {
      if (frames[number].type == FrameType::snapshot) {
        auto header = recorded.file().header(number);
        if (!header) return fail(header.error());
        ++report.snapshots;
        if (crypto::sha256(state.save()) == header->leaf) continue;
        ++report.snapshots_differing;
        if (!report.first_differing) report.first_differing = state.events();
      }
      if (frames[number].type != FrameType::events) continue;
      auto chunk = recorded.file().chunk(number);
      if (!chunk) return fail(chunk.error());
      for (const auto event : chunk->events()) {
        const std::uint64_t event_number = state.events();
        show(state, event, event_number, observers);
      }
    }
    report.events = state.events();
    report.state = crypto::sha256(state.save());
    report.ended = state.ended();
    return report;
  });
}

}  // namespace tablekey::replay
