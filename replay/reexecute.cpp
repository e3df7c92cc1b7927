// Doing a recorded run again, and finding the first event that comes out differently.
#include "replay/reexecute.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "events/format.h"
#include "events/schema_digest.h"
#include "replay/event_entity.h"
#include "replay/run.h"

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
  explicit ComparingSink(const RecordedRun& recorded) : recorded_(recorded) {}

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
  std::uint64_t next_frame_ = 1;  // after the identity
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

}  // namespace

std::expected<ReexecutionReport, TraceError> reexecute(
    const RecordedRun& recorded, const std::function<void(sim::Simulation&)>& simulation_hook) {
  ReexecutionReport report = begin_report(recorded);
  ComparingSink sink(recorded);
  Run run(recorded.scenario(), sink, recorded.events_per_chunk());
  BoundedRun bounded(run, recorded.file().event_count());
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
  if (!report.divergence && run.turns() >= recorded.file().event_count() && report.finished &&
      run.next_due()) {
    report.divergence.emplace();
    report.divergence->kind = Divergence::Kind::extra;
    report.divergence->number = run.turns();
    report.divergence->time = *run.next_due();
  }
  // Whole chunks that the run never came to.
  if (!report.divergence && !run.next_due() && report.events < recorded.file().event_count()) {
    report.divergence.emplace();
    report.divergence->kind = Divergence::Kind::missing;
    report.divergence->number = report.events;
    report.divergence->frame = recorded.file().frame_of_event(report.events).value_or(0);
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

}  // namespace tablekey::replay
