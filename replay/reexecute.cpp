// Doing a recorded run again, and finding the first event that comes out differently.
#include "replay/reexecute.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "events/format.h"
#include "events/schema_digest.h"
#include "replay/event_entity.h"
#include "replay/run.h"
#include "replay/threads.h"

namespace tablekey::replay {
namespace {

using events::FrameType;
using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kHistoryLength = 5;
constexpr std::uint64_t kHistoryFrames = 4;  // how far back the entity's last events are looked for
constexpr std::uint64_t kSliceTurns = 8'192;

bool equal(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

/// Compares what a run hands over with the frames of a trace, and stops the run at the first
/// difference.
class ComparingSink : public events::ChunkSink {
 public:
  /// The first chunk or snapshot is compared with frame `first`.
  ComparingSink(const RecordedRun& recorded, std::uint64_t first)
      : recorded_(recorded), next_frame_(first) {}

  void identity(Bytes) override {}
  void chunk(Bytes message, const events::ChunkInfo& info) override {
    if (differs_) return;
    const std::uint64_t frame = next_frame_++;
    const auto frames = recorded_.file().frames();
    if (frame >= frames.size()) return note(frame, info.first_event, Divergence::Kind::extra);
    if (frames[frame].type != FrameType::events) {
      return note(frame, info.first_event, Divergence::Kind::snapshot);
    }
    auto payload = recorded_.file().payload(frame);
    if (!payload) return fail(payload.error());
    if (equal(payload->bytes(), message)) {
      equal_ += info.event_count;
      return;
    }
    locate(frame, message, info);
  }
  void snapshot(Bytes state, std::uint64_t event_number, std::int64_t) override {
    if (differs_) return;
    const std::uint64_t frame = next_frame_++;
    const auto frames = recorded_.file().frames();
    if (frame < frames.size() && frames[frame].type == FrameType::snapshot) {
      auto payload = recorded_.file().payload(frame);
      if (!payload) return fail(payload.error());
      if (equal(payload->bytes(), state)) return;
    } else if (frame >= frames.size() && recorded_.file().closing() != events::Closing::finished) {
      return;  // the recorded run was stopped exactly here
    }
    note(frame, event_number, Divergence::Kind::snapshot);
  }
  crypto::Digest chain() override { return {}; }
  events::Result<void> status() const override {
    if (error_) return std::unexpected(*error_);
    if (differs_) return events::fail(events::Error::Kind::content, "the runs differ");
    return {};
  }

  std::uint64_t equal_events() const { return equal_; }
  std::optional<Divergence> take() { return std::move(differs_); }
  const std::optional<events::Error>& error() const { return error_; }

  /// The replayed event that differs, for its line. Lives as long as the sink.
  std::optional<events::Event::Reader> replayed_event() const {
    if (!replayed_ || !replayed_index_) return std::nullopt;
    return (*replayed_)[*replayed_index_];
  }

 private:
  void fail(const events::Error& error) { error_ = error; }
  void note(std::uint64_t frame, std::uint64_t number, Divergence::Kind kind) {
    differs_.emplace();
    differs_->kind = kind;
    differs_->frame = frame;
    differs_->number = number;
  }

  // The chunks differ: which event is the first?
  void locate(std::uint64_t frame, Bytes message, const events::ChunkInfo& info) {
    auto recorded = recorded_.file().chunk(frame);
    if (!recorded) return fail(recorded.error());
    std::vector<std::uint64_t> words(message.size() / sizeof(std::uint64_t));
    std::memcpy(words.data(), message.data(), message.size());
    auto replayed = events::DecodedChunk::decode(events::Payload(std::move(words), message.size()),
                                                 info.first_event, info.event_count);
    if (!replayed) return fail(replayed.error());
    replayed_ = std::make_unique<events::DecodedChunk>(std::move(*replayed));
    const std::uint32_t common = std::min(recorded->size(), replayed_->size());
    for (std::uint32_t i = 0; i < common; ++i) {
      auto fields = field_differences((*recorded)[i], (*replayed_)[i]);
      if (fields.empty()) continue;
      note(frame, info.first_event + i, Divergence::Kind::event);
      differs_->fields = std::move(fields);
      replayed_index_ = i;
      equal_ += i;
      return;
    }
    equal_ += common;
    if (recorded->size() != replayed_->size()) {
      const bool more = replayed_->size() > recorded->size();
      note(frame, info.first_event + common,
           more ? Divergence::Kind::extra : Divergence::Kind::missing);
      if (more) replayed_index_ = common;
      return;
    }
    note(frame, info.first_event, Divergence::Kind::event);
    differs_->fields.push_back({"bytes", "the same values", "laid out differently"});
    replayed_index_ = 0;
  }

  const RecordedRun& recorded_;
  std::uint64_t next_frame_;
  std::uint64_t equal_ = 0;
  std::optional<Divergence> differs_;
  std::optional<events::Error> error_;
  std::unique_ptr<events::DecodedChunk> replayed_;
  std::optional<std::uint32_t> replayed_index_;
};

/// The run up to where the trace ends.
class BoundedRun : public sim::Simulation {
 public:
  BoundedRun(Run& run, std::uint64_t events) : run_(run), events_(events) {}
  std::optional<sim::Time> next_due() const override {
    return run_.turns() < events_ ? run_.next_due() : std::nullopt;
  }
  bool run_slice(std::uint64_t turns_max, sim::Time up_to) override {
    const std::uint64_t left = events_ - run_.turns();
    const bool more = run_.run_slice(std::min(turns_max, left), up_to);
    return more && run_.turns() < events_;
  }
  sim::Time now() const override { return run_.now(); }
  std::uint64_t turns() const override { return run_.turns(); }

 private:
  Run& run_;
  std::uint64_t events_;
};

std::optional<events::DecodedChunk> chunk_with(const RecordedRun& recorded, std::uint64_t event) {
  const auto frame = recorded.file().frame_of_event(event);
  if (!frame) return std::nullopt;
  auto chunk = recorded.file().chunk(*frame);
  if (!chunk) return std::nullopt;
  return std::move(*chunk);
}

void describe_recorded(Divergence& divergence, const RecordedRun& recorded) {
  // An event that cannot follow is still shown, in the state before it.
  auto state = recorded.state_after(divergence.number + 1);
  if (!state) state = recorded.state_after(divergence.number);
  const auto chunk = chunk_with(recorded, divergence.number);
  if (!state || !chunk) return;
  const auto event = (*chunk)[static_cast<std::uint32_t>(divergence.number - chunk->first_event())];
  divergence.time = sim::Time::from_nanoseconds(event.getTime());
  divergence.recorded_type = event_name(event);
  divergence.recorded_line = event_line(*state, event);
  divergence.recorded_cause = event.getCause();
  divergence.entity = entity_of(*state, event);
}

void describe_replayed(Divergence& divergence, const model::State& state,
                       events::Event::Reader event) {
  if (divergence.recorded_type.empty()) {
    divergence.time = sim::Time::from_nanoseconds(event.getTime());
    divergence.entity = entity_of(state, event);
  }
  divergence.replayed_type = event_name(event);
  divergence.replayed_line = event_line(state, event);
  divergence.replayed_cause = event.getCause();
}

void describe_before(Divergence& divergence, const RecordedRun& recorded) {
  if (divergence.number == 0) return;
  divergence.last_common = divergence.number - 1;
  const auto state = recorded.state_after(divergence.number);
  if (!state) return;
  const auto last_frame = recorded.file().frame_of_event(divergence.number - 1);
  if (!last_frame) return;
  const std::uint64_t first_frame = *last_frame > kHistoryFrames ? *last_frame - kHistoryFrames : 0;
  for (std::uint64_t frame = *last_frame + 1; frame-- > first_frame;) {
    if (recorded.file().frames()[frame].type != FrameType::events) continue;
    auto chunk = recorded.file().chunk(frame);
    if (!chunk) return;
    for (std::uint32_t i = chunk->size(); i-- > 0;) {
      const std::uint64_t number = chunk->first_event() + i;
      if (number >= divergence.number) continue;
      const auto event = (*chunk)[i];
      if (number + 1 == divergence.number) divergence.last_common_line = event_line(*state, event);
      if (divergence.history.size() < kHistoryLength && !divergence.entity.empty() &&
          entity_of(*state, event) == divergence.entity) {
        divergence.history.insert(divergence.history.begin(),
                                  fmt::format("{}  {}", number, event_line(*state, event)));
      }
    }
    if (divergence.history.size() == kHistoryLength) return;
  }
}

ReexecutionReport begin_report(const RecordedRun& recorded) {
  ReexecutionReport report;
  report.finished = recorded.file().closing() == events::Closing::finished;
  report.recorded_behaviour = recorded.identity().getBehaviourVersion();
  const crypto::Digest schema = events::schema_digest();
  const auto written = recorded.identity().getSchemaDigest();
  report.same_schema = equal({written.begin(), written.size()}, schema);
  report.changed_settings = recorded.changed_settings();
  return report;
}

TracePart whole(const RecordedRun& recorded) {
  return {.snapshot = {}, .begin = 0, .end = recorded.file().event_count(), .next = {}};
}

// A run that stands where the part begins.
std::expected<std::unique_ptr<Run>, TraceError> run_from(const RecordedRun& recorded,
                                                         const TracePart& part,
                                                         ComparingSink& sink) {
  if (!part.snapshot) {
    return std::make_unique<Run>(recorded.scenario(), sink, recorded.events_per_chunk());
  }
  auto state = recorded.state_after(part.begin);
  if (!state) return std::unexpected(state.error());
  const auto header = recorded.file().header(*part.snapshot);
  if (!header) {
    return std::unexpected(TraceError{TraceError::Kind::damaged, header.error().message});
  }
  return std::make_unique<Run>(recorded.scenario(), sink, recorded.events_per_chunk(),
                               std::move(*state), SnapshotPlan(part.begin, header->raw_length));
}

Divergence divergence_at(Divergence::Kind kind, std::uint64_t number, std::uint64_t frame) {
  Divergence divergence;
  divergence.kind = kind;
  divergence.number = number;
  divergence.frame = frame;
  return divergence;
}

// What the comparison of whole chunks does not see: an end too early or too late, and the state
// that the next part begins with.
std::optional<Divergence> at_its_end(const RecordedRun& recorded, const TracePart& part, Run& run,
                                     std::uint64_t equal_events, bool finished) {
  using Kind = Divergence::Kind;
  const bool last = part.end == recorded.file().event_count();
  if (last && finished && run.turns() >= part.end && run.next_due()) {
    auto divergence = divergence_at(Kind::extra, run.turns(), 0);
    divergence.time = *run.next_due();
    return divergence;
  }
  // Whole chunks that the run never came to.
  const std::uint64_t reached = part.begin + equal_events;
  if (!run.next_due() && reached < part.end) {
    return divergence_at(Kind::missing, reached,
                         recorded.file().frame_of_event(reached).value_or(0));
  }
  if (!part.next) return std::nullopt;
  const auto payload = recorded.file().payload(*part.next);
  if (payload && equal(payload->bytes(), run.state().save())) return std::nullopt;
  return divergence_at(Kind::snapshot, part.end, *part.next);
}

std::expected<ReexecutionReport, TraceError> reexecute_part(
    const RecordedRun& recorded, const TracePart& part,
    const std::function<void(sim::Simulation&)>& simulation_hook) {
  ReexecutionReport report = begin_report(recorded);
  ComparingSink sink(recorded, part.snapshot.value_or(0) + 1);
  auto made = run_from(recorded, part, sink);
  if (!made) return std::unexpected(made.error());
  Run& run = **made;
  BoundedRun bounded(run, part.end);
  if (simulation_hook) {
    simulation_hook(bounded);
  } else {
    while (bounded.run_slice(kSliceTurns, sim::Time::max())) {
    }
  }
  if (sink.status()) run.cut();
  if (sink.error()) {
    return std::unexpected(TraceError{TraceError::Kind::unreadable, sink.error()->message});
  }
  report.events = sink.equal_events();
  report.divergence = sink.take();
  const bool stopped = run.turns() < part.end && run.next_due().has_value();
  if (!report.divergence && !stopped) {
    report.divergence = at_its_end(recorded, part, run, report.events, report.finished);
  }
  if (!report.divergence) return report;
  if (report.divergence->number < recorded.file().event_count()) {
    describe_recorded(*report.divergence, recorded);
  }
  if (const auto event = sink.replayed_event()) {
    describe_replayed(*report.divergence, run.state(), *event);
  }
  describe_before(*report.divergence, recorded);
  return report;
}

}  // namespace

std::expected<ReexecutionReport, TraceError> reexecute(
    const RecordedRun& recorded, const std::function<void(sim::Simulation&)>& simulation_hook) {
  return reexecute_part(recorded, whole(recorded), simulation_hook);
}

std::vector<TracePart> parts_of(const RecordedRun& recorded, std::uint64_t from) {
  std::vector<TracePart> parts = {whole(recorded)};
  const auto frames = recorded.file().frames();
  for (std::uint64_t frame = 0; frame < frames.size(); ++frame) {
    if (frames[frame].type != FrameType::snapshot) continue;
    const std::uint64_t events = frames[frame].first_event;
    parts.back().end = events;
    parts.back().next = frame;
    parts.push_back({frame, events, recorded.file().event_count(), {}});
  }
  std::erase_if(parts, [&](const TracePart& part) { return part.end <= from && part.next; });
  return parts;
}

std::expected<ReexecutionReport, TraceError> reexecute_parts(const std::filesystem::path& trace,
                                                             const OpenOptions& options,
                                                             const std::vector<TracePart>& parts,
                                                             std::uint32_t threads) {
  using Result = std::expected<ReexecutionReport, TraceError>;
  std::vector<std::optional<Result>> results(parts.size());
  std::atomic<std::size_t> next = 0, first_differing = parts.size();
  const auto work = [&] {
    const auto recorded = RecordedRun::open(trace, options);
    for (std::size_t i = next++; i < parts.size(); i = next++) {
      if (i > first_differing) break;  // what lies behind a difference says nothing
      results[i] = recorded ? reexecute_part(*recorded, parts[i], {})
                            : Result(std::unexpected(recorded.error()));
      if (*results[i] && (*results[i])->same()) continue;
      std::size_t known = first_differing;
      while (i < known && !first_differing.compare_exchange_weak(known, i)) {
      }
    }
  };
  on_threads(static_cast<unsigned>(std::min<std::size_t>(threads, parts.size())), work);
  ReexecutionReport report;
  for (std::size_t i = 0; i < parts.size() && i <= first_differing; ++i) {
    if (!*results[i]) return std::unexpected(results[i]->error());
    ReexecutionReport& one = **results[i];
    one.events += report.events;
    report = std::move(one);
  }
  return report;
}

}  // namespace tablekey::replay
