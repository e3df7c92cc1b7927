#include "replay/fork.h"

#include <capnp/any.h>
#include <capnp/message.h>
#include <fmt/format.h>

#include <algorithm>

#include "crypto/sha256.h"
#include "events/format.h"
#include "model/law.h"
#include "replay/event_text.h"
#include "replay/same_past.h"

namespace tablekey::replay {
namespace {

using ErrorKind = TraceError::Kind;

std::unexpected<ForkError> fail(std::string message) {
  return std::unexpected(ForkError{{ErrorKind::unfit, std::move(message)}, {}});
}

std::unexpected<ForkError> bad_scenario(const scenarios::Diagnostics& diagnostics) {
  ForkError error;
  error.trace.message = "the changed scenario has errors";
  error.diagnostics = diagnostics.render(false);
  return std::unexpected(std::move(error));
}

scenarios::LoadResult load(const RecordedRun& parent, const ForkRequest& request,
                           std::span<const scenarios::Override> changes) {
  const auto header = parent.identity();
  scenarios::LoadOptions options;
  for (const auto setting : header.getOverrides()) {
    options.overrides.push_back({setting.getPath().cStr(), setting.getValue().cStr()});
  }
  options.overrides.insert(options.overrides.end(), changes.begin(), changes.end());
  options.seed = parent.scenario().seed;
  options.run_alone = true;
  options.read_include = request.read_include;
  return scenarios::load(header.getSource().cStr(), header.getSourceName().cStr(), options);
}

bool same_scenario(events::Scenario::Reader a, events::Scenario::Reader b) {
  return capnp::AnyStruct::Reader(a) == capnp::AnyStruct::Reader(b);
}

// Tells the forks of one trace apart: by when they begin and what they change.
std::uint64_t branch_of(const RecordedRun& parent, const ForkRequest& request) {
  std::string text = fmt::format("tk.branch.v1 {}", request.at.nanoseconds());
  for (const auto& [path, value] : request.changes) {
    text += fmt::format(" {}:{}={}:{}", path.size(), path, value.size(), value);
  }
  std::vector<std::uint8_t> bytes(parent.file().chain().begin(), parent.file().chain().end());
  bytes.insert(bytes.end(), text.begin(), text.end());
  const crypto::Digest digest = crypto::sha256(bytes);
  std::uint64_t branch = 0;
  for (std::size_t i = 0; i < sizeof branch; ++i) branch = branch << 8 | digest[i];
  return branch == 0 ? 1 : branch;  // 0 is a run of its own
}

std::optional<std::string> refuse(const RecordedRun& parent, sim::Time at) {
  const auto& scenario = parent.scenario();
  if (at < scenario.start || at > scenario.until) {
    return fmt::format("{} lies outside of the run, which goes from {} to {}", sim::print(at),
                       sim::print(scenario.start), sim::print(scenario.until));
  }
  if (parent.file().closing() == events::Closing::finished) return std::nullopt;
  const auto frames = parent.file().frames();
  const auto last = frames.empty() ? std::int64_t{0} : frames.back().last_time;
  if (at.nanoseconds() <= last) return std::nullopt;
  return fmt::format("the trace ends at {}, before {}: resume it first",
                     sim::print(sim::Time::from_nanoseconds(last)), sim::print(at));
}

/// Stops a run whose past would be another.
class PastComparison : public Observer {
 public:
  explicit PastComparison(const RecordedRun& parent) : parent_(parent) {}

  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    if (!chunk_ || number >= chunk_->first_event() + chunk_->size()) {
      auto read = parent_.file().chunk(parent_.file().frame_of_event(number).value());
      if (!read) throw model::BrokenLaw(read.error().message);
      chunk_ = std::make_unique<events::DecodedChunk>(std::move(*read));
    }
    const auto recorded = (*chunk_)[static_cast<std::uint32_t>(number - chunk_->first_event())];
    if (capnp::AnyStruct::Reader(recorded) == capnp::AnyStruct::Reader(event)) return;
    difference = fmt::format(
        "the change reaches back before the fork: event {} would be another\n"
        "  recorded  {}\n  changed   {}",
        number, event_line(after, recorded), event_line(after, event));
  }

  std::string difference;  ///< empty: none so far

 private:
  const RecordedRun& parent_;
  std::unique_ptr<events::DecodedChunk> chunk_;
};

std::expected<void, TraceError> fold_past(const RecordedRun& parent, std::uint64_t past, Run& run) {
  const auto frames = parent.file().frames();
  for (std::uint64_t number = 0; number < frames.size() && run.turns() < past; ++number) {
    if (frames[number].type != events::FrameType::events) continue;
    auto chunk = parent.file().chunk(number);
    if (!chunk) return std::unexpected(TraceError{ErrorKind::damaged, chunk.error().message});
    for (const auto event : chunk->events()) {
      if (run.turns() == past) break;
      run.repeat(event);
    }
  }
  return {};
}

std::expected<void, TraceError> decide_past(const RecordedRun& parent, std::uint64_t past,
                                            Run& run) {
  PastComparison comparison(parent);
  run.show(comparison);
  while (run.turns() < past && comparison.difference.empty()) {
    if (!run.run_slice(1, sim::Time::max())) break;
  }
  run.hide(comparison);
  if (!comparison.difference.empty()) {
    return std::unexpected(TraceError{ErrorKind::unfit, std::move(comparison.difference)});
  }
  return {};
}

}  // namespace

std::expected<Fork, ForkError> plan_fork(const RecordedRun& parent, const ForkRequest& request) {
  if (auto same = parent.same_program(); !same) return std::unexpected(ForkError{same.error(), {}});
  if (auto refused = refuse(parent, request.at)) return fail(std::move(*refused));
  const auto before = load(parent, request, {});
  if (!before.ok() || !same_scenario(before.scenario(), parent.identity().getScenario())) {
    return fail(
        "the scenario file in the trace does not compile to the scenario that was run: a file "
        "that it includes has changed, or is not beside the trace");
  }
  const auto after = load(parent, request, request.changes);
  if (!after.ok()) return bad_scenario(after.diagnostics);
  auto scenario = model::ScenarioView::make(after.scenario(), {}, parent.scenario().quirks());
  if (!scenario) return fail(scenario.error());
  auto past = parent.file().events_until(request.at.nanoseconds() - 1);
  if (!past) return fail(past.error().message);

  Fork fork;
  IdentityInput input{.scenario = after.scenario(),
                      .source = parent.identity().getSource().cStr(),
                      .source_name = parent.identity().getSourceName().cStr(),
                      .events_per_chunk = parent.events_per_chunk()};
  for (const auto setting : parent.identity().getOverrides()) {
    input.overrides.emplace_back(setting.getPath().cStr(), setting.getValue().cStr());
  }
  for (const auto& [path, value] : request.changes) input.overrides.emplace_back(path, value);
  input.branch = branch_of(parent, request);
  input.parent.assign(parent.file().chain().begin(), parent.file().chain().end());
  fork.identity = make_identity(input, **scenario);
  fork.overrides = std::move(input.overrides);
  fork.past = *past;
  fork.folded = same_past(parent.scenario(), **scenario, request.at);
  fork.scenario = std::move(*scenario);
  return fork;
}

std::expected<void, TraceError> enter_fork(const RecordedRun& parent, const Fork& fork, Run& run) {
  try {
    return fork.folded ? fold_past(parent, fork.past, run) : decide_past(parent, fork.past, run);
  } catch (const model::BrokenLaw& broken) {
    return std::unexpected(TraceError{
        ErrorKind::unfit, fmt::format("the past of the fork cannot be folded: {}", broken.what())});
  }
}

}  // namespace tablekey::replay
