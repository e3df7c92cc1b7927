// Perfetto's own format: tracks for keys, tables, plaintext table keys and calls to KMS, counters,
// and the timeline's steps. Flows lead from a call to the cached key or the refusal that came of
// it, and from a step to the new state of its key.
//
// Calls overlap, slices of one track must not: a call goes on the first track that is free, and
// each of these tracks is a sequence of packets of its own. A call is written when its answer has
// been taken further, since only then it is known what came of it.
#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <queue>

#include "model/dynamodb/errors.h"
#include "replay/event_fields.h"
#include "replay/event_text.h"
#include "replay/export/export.h"
#include "replay/export/kms_calls.h"
#include "replay/export/lanes.h"
#include "replay/export/perfetto_packets.h"
#include "replay/metrics/answers.h"
#include "replay/metrics/kms_call.h"
#include "replay/steps.h"
#include "scenarios/expectation.h"
#include "scenarios/explain_steps.h"

namespace tablekey::replay {
namespace perfetto {
namespace {

constexpr std::uint32_t kLaneSequence = 1, kFlightSequence = 2, kStepSequence = 3,
                        kFirstCallSequence = 4;
constexpr Track kCallsInFlight{Group::counters, 1};
constexpr Track kKeysCached{Group::counters, 2};
constexpr Track kSteps{Group::timeline, 1};

template <class Enum>
std::string operation_name(Enum operation) {
  return enumerant_text(
      capnp::DynamicEnum(capnp::Schema::from<Enum>(), static_cast<std::uint16_t>(operation)));
}

Track track_of(const Lane& lane) {
  switch (lane.kind) {
    case Lane::Kind::key:
      return {Group::keys, lane.index + 1};
    case Lane::Kind::table:
      return {Group::tables, lane.index + 1};
    case Lane::Kind::holder:
      return {Group::holders, lane.index + 1};
  }
  return {};
}

/// Lanes as slices, and how many keys are cached. What an event does to them waits until it is
/// known which flows end there.
class LanePackets : public LaneSink {
 public:
  LanePackets(Packets& packets, std::int64_t from) : packets_(packets), from_(from) {}

  void begins(const model::State& after, const Lane& lane, std::int64_t time, std::string_view what,
              std::uint64_t number, std::uint64_t answer) override {
    Change change{lane.kind,         track_of(lane), time,  true, lane_name(after, lane),
                  std::string(what), number,         answer};
    waiting_.push_back(std::move(change));
  }
  void ends(const Lane& lane, std::int64_t time) override {
    waiting_.push_back({lane.kind, track_of(lane), time, false, {}, {}, 0, 0});
  }

  /// Whether a plaintext key begins here that rests on the answer in that event.
  bool begins_by_answer(std::uint64_t number) const {
    return std::ranges::any_of(waiting_, [&](const Change& change) {
      return change.begins && change.answer == number && change.time >= from_;
    });
  }
  /// Whether a key gets a new state here by that event.
  bool key_changes_by(std::uint64_t number) const {
    return std::ranges::any_of(waiting_, [&](const Change& change) {
      return change.begins && change.kind == Lane::Kind::key && change.number == number &&
             change.time >= from_;
    });
  }
  /// Writes what waits. The flow ends at the first slice that came of that event or answer.
  void write(std::uint64_t flow) {
    for (Change& change : waiting_) take(change, flow);
    waiting_.clear();
  }

 private:
  struct Change {
    Lane::Kind kind{};
    Track track;
    std::int64_t time = 0;
    bool begins = false;
    std::string lane, what;
    std::uint64_t number = 0, answer = 0;
  };

  void take(Change& change, std::uint64_t& flow) {
    const bool holder = change.kind == Lane::Kind::holder;
    if (holder) cached_ += change.begins ? 1 : -1;
    const std::uint64_t track = change.track.uuid();
    if (change.begins && change.time < from_) {
      early_.insert_or_assign(track, std::move(change));
      return;
    }
    if (!change.begins && change.time <= from_ && early_.erase(track) != 0) return;
    show_early();
    if (change.begins) {
      const bool of_key = change.kind == Lane::Kind::key && change.number == flow;
      const bool ends = flow != 0 && (of_key || change.answer == flow);
      show(change, change.time, std::exchange(flow, ends ? 0 : flow) * (ends ? 1 : 0));
    } else {
      packets_.slice_ends(kLaneSequence, change.track, change.time);
    }
    if (holder) count(change.time);
  }

  // What was open when the window opened.
  void show_early() {
    if (shown_) return;
    shown_ = true;
    count(from_);
    for (const auto& [track, change] : early_) show(change, from_, 0);
    early_.clear();
  }
  void show(const Change& change, std::int64_t time, std::uint64_t flow) {
    Details details;
    details.number("event", change.number);
    if (change.answer != 0) details.number("authorized by event", change.answer);
    if (flow != 0) details.flow_ends(flow);
    packets_.declare(change.track, change.lane);
    packets_.slice_begins(kLaneSequence, change.track, time, change.what, details);
  }
  void count(std::int64_t time) {
    packets_.declare(kKeysCached, "plaintext table keys cached", true);
    packets_.counter(kLaneSequence, kKeysCached, time, cached_);
  }

  Packets& packets_;
  std::int64_t from_;
  bool shown_ = false;
  std::vector<Change> waiting_;
  std::map<std::uint64_t, Change> early_;  // by track
  std::int64_t cached_ = 0;
};

/// Calls to KMS as slices, each on the first track that is free, and how many are under way.
class CallPackets {
 public:
  CallPackets(Packets& packets, std::int64_t from) : packets_(packets), from_(from) {}

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) {
    arrive(event.getTime());
    if (const auto ended = tracker_.ended(event, number)) end(after, event, *ended);
    for (const std::uint32_t call : tracker_.opened(after, event, number)) {
      track_of_[call] = take_track(event.getTime());
      count(event.getTime(), 1);
    }
  }
  /// The event that the answer to a call led to: 0, or the event that answered it.
  std::uint64_t answered_by(std::uint32_t call) const {
    const auto found = awaited_.find(call);
    return found == awaited_.end() ? 0 : found->second.call.number;
  }
  /// The answer has been taken further; `flow`: something came of it that shows.
  void delivered(std::uint32_t call, bool flow) {
    const auto found = awaited_.find(call);
    if (found == awaited_.end()) return;
    write(found->second, flow);
    awaited_.erase(found);
  }
  void finish(std::int64_t end) {
    for (auto& [call, slice] : awaited_) write(slice, false);
    awaited_.clear();
    arrive(end);
  }
  /// Whether the slice of a call that is delivered now lies in the window.
  bool shows(std::int64_t time) const { return time >= from_; }

 private:
  struct Slice {
    TrackedCall call;
    std::size_t track = 0;
    std::string name;
    Details details;
  };

  void end(const model::State& after, events::Event::Reader event, const TrackedCall& call) {
    const auto known = track_of_.find(call.call);
    Slice slice{call, 0, {}, {}};
    slice.track = known == track_of_.end() ? take_track(call.sent) : known->second;
    if (known == track_of_.end()) {
      count(call.sent, 1);
    } else {
      track_of_.erase(known);
    }
    free_at_[slice.track] = call.arrives;
    arrivals_.push(call.arrives);
    describe(after, event, slice);
    if (call.awaited) {
      awaited_.insert_or_assign(call.call, std::move(slice));
    } else {
      write(slice, false);
    }
  }

  void describe(const model::State& after, events::Event::Reader event, Slice& slice) {
    const auto sent = sent_call(after, event);
    if (!sent) return;
    slice.name = operation_name(sent->operation);
    const bool failed = sent->error != events::KmsError::NONE;
    const std::string outcome = failed ? std::string(scenarios::name_of(sent->error)) : "ok";
    if (failed) slice.name += " " + outcome;
    if (event.isCallLost()) slice.name += " (lost)";
    slice.details.number("event", slice.call.number).text("outcome", outcome);
    slice.details.text("key", name_of_id(after, FieldMeaning::key, sent->key));
    slice.details.text("table", name_of_id(after, FieldMeaning::table, sent->table));
    if (sent->as_service) slice.details.text("caller", "dynamodb.amazonaws.com");
    if (!sent->as_service && sent->caller != 0) {
      slice.details.text("caller", name_of_id(after, FieldMeaning::session, sent->caller - 1));
    }
    if (!event.isKmsAnswered()) return;
    const auto answer = event.getKmsAnswered();
    slice.details.text("decided by", operation_name(answer.getDecidedBy()));
    slice.details.text("request id",
                       model::dynamodb::uuid(answer.getRequestHigh(), answer.getRequestLow()));
  }

  void write(Slice& slice, bool flow) {
    if (!packets_.shows(slice.call.sent, slice.call.arrives)) return;
    const Track track{Group::calls, static_cast<std::uint32_t>(slice.track + 1)};
    const auto sequence = static_cast<std::uint32_t>(kFirstCallSequence + slice.track);
    if (flow) slice.details.flow(slice.call.number);
    packets_.declare(track, fmt::format("KMS call {}", slice.track + 1));
    packets_.slice_begins(sequence, track, slice.call.sent, slice.name, slice.details);
    packets_.slice_ends(sequence, track, slice.call.arrives);
  }

  std::size_t take_track(std::int64_t time) {
    std::size_t track = 0;
    while (track < free_at_.size() && free_at_[track] > time) ++track;
    if (track == free_at_.size()) free_at_.emplace_back();
    free_at_[track] = INT64_MAX;  // until its end is known
    return track;
  }

  // Answers that are there by then.
  void arrive(std::int64_t time) {
    for (; !arrivals_.empty() && arrivals_.top() <= time; arrivals_.pop()) {
      count(arrivals_.top(), -1);
    }
  }
  void count(std::int64_t time, std::int64_t change) {
    in_flight_ += change;
    if (time < from_) return;
    packets_.declare(kCallsInFlight, "KMS calls in flight", true);
    packets_.counter(kFlightSequence, kCallsInFlight, time, in_flight_);
  }

  Packets& packets_;
  std::int64_t from_;
  CallTracker tracker_;
  std::map<std::uint32_t, std::size_t> track_of_;  // by call: of those under way
  std::map<std::uint32_t, Slice> awaited_;         // by call: answered, not delivered
  std::vector<std::int64_t> free_at_;              // by track
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> arrivals_;
  std::int64_t in_flight_ = 0;
};

/// An instant for each step of the timeline, when its time has come.
class StepPackets {
 public:
  StepPackets(Packets& packets, events::Scenario::Reader scenario)
      : packets_(packets), scenario_(scenario), done_(scenario.getSteps().size()) {
    for (std::uint32_t i = 0; i < done_.size(); ++i) order_.push_back(i);
    std::ranges::stable_sort(order_, {},
                             [&](std::uint32_t i) { return scenario.getSteps()[i].getAt(); });
  }
  /// Steps that came before `time` and were not shown with their answer.
  void advance(std::int64_t time) {
    for (; next_ < order_.size() && scenario_.getSteps()[order_[next_]].getAt() < time; ++next_) {
      if (!done_[order_[next_]]) show(order_[next_], {});
    }
  }
  /// A step that calls KMS, with its answer.
  void answered(std::uint32_t step, events::Event::Reader event, std::uint64_t number, bool flow) {
    Details details;
    const events::KmsError error = event.getKmsAnswered().getError();
    const bool failed = error != events::KmsError::NONE;
    details.number("event", number).text("outcome", failed ? scenarios::name_of(error) : "ok");
    if (flow) details.flow(number);
    show(step, details);
  }

 private:
  void show(std::uint32_t index, const Details& more) {
    const auto step = scenario_.getSteps()[index];
    done_[index] = true;
    Details details = more;
    details.text("id", step.getId().cStr()).number("line", step.getLine());
    packets_.declare(kSteps, "steps");
    packets_.instant(kStepSequence, kSteps, step.getAt(), scenarios::step_line(scenario_, step),
                     details);
  }

  Packets& packets_;
  events::Scenario::Reader scenario_;
  std::vector<bool> done_;
  std::vector<std::uint32_t> order_;  // by time
  std::size_t next_ = 0;
};

class Perfetto : public Observer {
 public:
  Perfetto(const RecordedRun& recorded, const ExportChoices& choices, const ExportSink& sink,
           std::int64_t start, std::int64_t end)
      : packets_(sink, choices.window, start, end),
        lane_packets_(packets_, packets_.from()),
        lanes_(lane_packets_),
        calls_(packets_, packets_.from()),
        steps_(packets_, recorded.scenario().reader()) {}

  void before(const model::State& state, std::int64_t time) override {
    lanes_.before(state, time);
    delivered_ = delivered_call(state);
  }

  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    const std::int64_t time = event.getTime();
    lanes_.event(after, event, number);
    steps_.advance(time);
    const auto answer = answer_of(event);
    const bool refused = answer && !answer->served && packets_.shows(time, time);
    std::uint64_t flow = 0;
    if (const std::uint64_t answered = calls_.answered_by(delivered_); answered != 0) {
      const bool begins = lane_packets_.begins_by_answer(answered);
      if (begins || refused) flow = answered;
      calls_.delivered(delivered_, flow != 0);
      if (begins) lane_packets_.write(std::exchange(flow, 0));
    }
    if (const auto step = kms_step(event)) {
      const bool changes = lane_packets_.key_changes_by(number);
      steps_.answered(*step, event, number, changes);
      if (changes) lane_packets_.write(number);
    }
    lane_packets_.write(0);
    if (refused) refusal(after, *answer, time, number, flow);
    calls_.event(after, event, number);
  }

  std::uint64_t finish(std::int64_t end) {
    lanes_.finish(end);
    lane_packets_.write(0);
    steps_.advance(end + 1);
    calls_.finish(end);
    return packets_.written();
  }

 private:
  // A request that was refused, where its key would have been.
  void refusal(const model::State& after, const Answer& answer, std::int64_t time,
               std::uint64_t number, std::uint64_t flow) {
    std::uint32_t entry = lanes_.holdings()->used(after, answer.connection);
    if (entry == model::kNone) entry = answer.connection;
    const Lane lane{Lane::Kind::holder, entry};
    Details details;
    details.number("event", number).text("operation", operation_name(answer.operation));
    if (flow != 0) details.flow_ends(flow);
    packets_.declare(track_of(lane), lane_name(after, lane));
    packets_.instant(kLaneSequence, track_of(lane), time, scenarios::name_of(answer.exception),
                     details);
  }

  Packets packets_;
  LanePackets lane_packets_;
  Lanes lanes_;
  CallPackets calls_;
  StepPackets steps_;
  std::uint32_t delivered_ = model::kNone;
};

}  // namespace
}  // namespace perfetto

Exported export_perfetto(const RecordedRun& recorded, const ExportChoices& choices,
                         const ExportSink& sink) {
  const std::int64_t start = recorded.scenario().start.nanoseconds();
  const auto frames = recorded.file().frames();
  std::int64_t end = start;
  for (const events::IndexEntry& frame : frames) end = std::max(end, frame.last_time);
  perfetto::Perfetto perfetto(recorded, choices, sink, start, end);
  if (auto folded = fold_window(recorded, choices.window, {&perfetto}); !folded) {
    return std::unexpected(folded.error());
  }
  return perfetto.finish(std::min(end, choices.window.until.nanoseconds()));
}

}  // namespace tablekey::replay
