#include "replay/report/run_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "events/reader.h"
#include "model/vault.h"
#include "replay/invariants.h"
#include "replay/report/timeline.h"
#include "replay/report/words.h"
#include "replay/settings_document.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

// A longer scenario file is left to its owner.
constexpr std::size_t kSourceShown = 262'144;

std::string hex_digits(std::span<const std::uint8_t> bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

InvariantResult look(const RunReportInput& input, const model::State& end,
                     scenarios::Invariant invariant) {
  model::Vault vault(end.scenario());
  const auto found = check_invariant(scenarios::name_of(invariant), input.trace, end, vault);
  InvariantResult result;
  result.known = found.has_value();
  result.holds = found && found->held;
  result.measured = found ? found->detail : found.error();
  return result;
}

// The same words as on the terminal, and the number of what failed first.
std::string verdict_text(const std::vector<Outcome>& outcomes, bool ended) {
  if (!ended) return "stopped before its end; nothing can be said of what it expects";
  if (outcomes.empty()) return "it expects nothing";
  const auto count = [&](auto what) {
    return static_cast<std::uint64_t>(std::ranges::count_if(outcomes, what));
  };
  const std::uint64_t failed = count([](const Outcome& one) { return one.fails(); });
  const std::uint64_t warned =
      count([](const Outcome& one) { return one.warn && one.met != Met::met; });
  std::string out = failed != 0 ? fmt::format("{} of {} not met", grouped(failed),
                                              counted(outcomes.size(), "expectation"))
                    : outcomes.size() == 1
                        ? std::string("its one expectation met")
                        : fmt::format("all {} expectations met", outcomes.size());
  if (failed == 0 && warned != 0) {
    out = fmt::format("{} of {} met", grouped(outcomes.size() - warned),
                      counted(outcomes.size(), "expectation"));
  }
  if (warned != 0) {
    out += fmt::format(", {} not met that only warn{}", grouped(warned), warned == 1 ? "s" : "");
  }
  return out;
}

Json expectations(const std::vector<Outcome>& outcomes) {
  Json list = json_of(outcomes);
  for (std::size_t i = 0; i < outcomes.size(); ++i) list[i]["met"] = outcomes[i].met == Met::met;
  return list;
}

Json verdict(const std::vector<Outcome>& outcomes, bool ended) {
  if (!ended) return nullptr;
  const bool failed =
      std::ranges::any_of(outcomes, [](const Outcome& outcome) { return outcome.fails(); });
  return failed ? "not met" : "met";
}

std::string_view trace_state(const events::TraceFile& file, bool ended) {
  if (file.verdict() == events::Verdict::torn) return "torn";
  return ended ? "finished" : "interrupted";
}

void add_head(Json& out, const RunReportInput& input, const model::State& end,
              const std::vector<Outcome>& outcomes) {
  const events::Identity::Reader identity = input.recorded.identity();
  const model::ScenarioView& scenario = end.scenario();
  const std::string name = scenario.reader().getName().cStr();
  std::string description = scenario.reader().getDescription().cStr();
  while (description.ends_with('\n') || description.ends_with(' ')) description.pop_back();
  out["format"] = kFormat;
  out["kind"] = "run";
  out["scenario"] = name;
  out["title"] = name + ": " + verdict_text(outcomes, end.ended());
  out["description"] = description;
  out["verdict"] = verdict(outcomes, end.ended());
  out["seed"] = scenario.seed;
  out["profile"] = scenario.reader().getProfile().cStr();
  out["command"] = input.command;
  out["events"] = end.events();
  out["start"] = sim::print(scenario.start);
  out["time"] = sim::print(end.now());
  out["seconds"] = seconds(end.now().nanoseconds() - scenario.start.nanoseconds());
  out["chain"] = hex_digits(input.recorded.file().chain());
  out["trace"] = trace_state(input.recorded.file(), end.ended());
  out["behaviour"] = identity.getBehaviourVersion();
  out["quirks"] = scenario.quirks().names();
}

void add_source(Json& out, events::Identity::Reader identity) {
  const std::string source = identity.getSource().cStr();
  out["source"] = {{"name", identity.getSourceName().cStr()},
                   {"bytes", source.size()},
                   {"text", source.size() <= kSourceShown ? Json(source) : Json(nullptr)}};
}

}  // namespace

std::expected<Json, TraceError> run_document(const RunReportInput& input) {
  const std::uint64_t events = input.recorded.file().event_count();
  const auto end = input.recorded.state_after(events);
  if (!end) return std::unexpected(end.error());
  RunWatch watch(input.recorded.scenario(), end->now().nanoseconds());
  if (const auto folded = input.recorded.fold(events, {&watch}); !folded) {
    return std::unexpected(folded.error());
  }
  std::vector<Outcome> outcomes;
  if (end->ended()) {
    outcomes = watch.expectations.finish(
        *end, [&](scenarios::Invariant invariant) { return look(input, *end, invariant); });
  }
  Json out;
  add_head(out, input, *end, outcomes);
  out["expectations"] = expectations(outcomes);
  out["counts"] = watch.summary.json(*end);
  out["steps"] = steps_document(end->scenario(), watch, end->now().nanoseconds());
  out["lanes"] = lanes_document(*end, watch);
  auto revocations = revocations_document(input.recorded, *end, watch, outcomes);
  if (!revocations) return std::unexpected(revocations.error());
  out["revocations"] = std::move(*revocations);
  out["calls"] = watch.rates.calls();
  out["requests"] = watch.rates.requests();
  out["hierarchy"] = hierarchy_of(*end, end->now());
  out["settings"] = settings_document(end->scenario());
  add_source(out, input.recorded.identity());
  return out;
}

}  // namespace tablekey::replay::report
