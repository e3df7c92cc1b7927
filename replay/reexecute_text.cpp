// The report of a re-execution in words and as JSON (ux.md 3, log-format-notes 8).
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/world.h"
#include "replay/reexecute.h"

namespace tablekey::replay {
namespace {

std::string since_start(const RecordedRun& recorded, sim::Time time) {
  return sim::print(time - recorded.scenario().start);
}

std::string_view headline(Divergence::Kind kind) {
  switch (kind) {
    case Divergence::Kind::event:
      return "trace and re-execution differ at";
    case Divergence::Kind::missing:
      return "the re-execution ends before";
    case Divergence::Kind::extra:
      return "the re-execution goes on after the trace's end with";
    case Divergence::Kind::snapshot:
      return "the state written down differs before";
  }
  return "";
}

std::string_view kind_name(Divergence::Kind kind) {
  switch (kind) {
    case Divergence::Kind::event:
      return "event";
    case Divergence::Kind::missing:
      return "missing";
    case Divergence::Kind::extra:
      return "extra";
    case Divergence::Kind::snapshot:
      return "snapshot";
  }
  return "";
}

std::string first_cause(const ReexecutionReport& report) {
  if (!report.changed_settings.empty()) {
    const auto& setting = report.changed_settings.front();
    return fmt::format("the default of {} was {} when recorded and is {} now", setting.path,
                       setting.recorded, setting.now);
  }
  if (report.recorded_behaviour != model::kBehaviourVersion) {
    return fmt::format("recorded by behaviour version {}, this is {}", report.recorded_behaviour,
                       model::kBehaviourVersion);
  }
  if (!report.same_schema) return "the event schema is another one";
  return "not a setting: the program decides differently than the one that recorded";
}

std::string print_fields(const Divergence& divergence) {
  std::string text;
  for (const FieldDifference& field : divergence.fields) {
    text += fmt::format("  field      {}\n    recorded {}\n    now      {}\n", field.path,
                        field.recorded, field.replayed);
  }
  return text;
}

std::string print_divergence(const ReexecutionReport& report, const RecordedRun& recorded,
                             const std::string& trace_name) {
  const Divergence& d = *report.divergence;
  std::string text =
      fmt::format("replay: {} event {} (t = {}, {}), frame {}\n", headline(d.kind), d.number,
                  since_start(recorded, d.time), sim::print(d.time), d.frame);
  text += fmt::format("  recorded   {}\n", d.recorded_line.empty() ? "(nothing)" : d.recorded_line);
  text += fmt::format("  now        {}\n", d.replayed_line.empty() ? "(nothing)" : d.replayed_line);
  text += print_fields(d);
  if (!d.entity.empty()) text += fmt::format("  about      {}\n", d.entity);
  text += fmt::format("  caused by  event {} recorded, event {} now\n", d.recorded_cause,
                      d.replayed_cause);
  if (d.last_common) {
    text += fmt::format("  last equal event {}  {}\n", *d.last_common, d.last_common_line);
  }
  if (!d.history.empty()) text += fmt::format("  before it, {}:\n", d.entity);
  for (const std::string& line : d.history) text += fmt::format("    {}\n", line);
  text += fmt::format("  first cause: {}\n", first_cause(report));
  text += fmt::format("  see it again: tablekey replay {}\n", trace_name);
  return text;
}

}  // namespace

std::string print(const ReexecutionReport& report, const RecordedRun& recorded,
                  const std::string& trace_name) {
  if (!report.same()) return print_divergence(report, recorded, trace_name);
  std::string text = fmt::format("replay: all {} events are equal, byte for byte\n", report.events);
  if (!report.finished)
    text += "  the trace was not closed as finished; it is equal as far as it goes\n";
  return text;
}

std::string print_json(const ReexecutionReport& report, const RecordedRun& recorded,
                       const std::string& trace_name) {
  nlohmann::ordered_json json;
  json["format"] = "tablekey.replay/1";
  json["trace"] = trace_name;
  json["same"] = report.same();
  json["eventsEqual"] = report.events;
  json["finished"] = report.finished;
  json["seed"] = recorded.scenario().seed;
  json["branch"] = recorded.identity().getBranch();
  json["behaviourVersion"] = {{"recorded", report.recorded_behaviour},
                              {"now", model::kBehaviourVersion}};
  json["sameSchema"] = report.same_schema;
  json["changedSettings"] = nlohmann::ordered_json::array();
  for (const auto& setting : report.changed_settings) {
    json["changedSettings"].push_back(
        {{"path", setting.path}, {"recorded", setting.recorded}, {"now", setting.now}});
  }
  if (!report.divergence) return json.dump(2) + "\n";
  const Divergence& d = *report.divergence;
  auto& out = json["divergence"];
  out["kind"] = kind_name(d.kind);
  out["event"] = d.number;
  out["frame"] = d.frame;
  out["time"] = sim::print(d.time);
  out["entity"] = d.entity;
  out["recorded"] = {
      {"type", d.recorded_type}, {"line", d.recorded_line}, {"cause", d.recorded_cause}};
  out["replayed"] = {
      {"type", d.replayed_type}, {"line", d.replayed_line}, {"cause", d.replayed_cause}};
  out["fields"] = nlohmann::ordered_json::array();
  for (const FieldDifference& field : d.fields) {
    out["fields"].push_back(
        {{"path", field.path}, {"recorded", field.recorded}, {"replayed", field.replayed}});
  }
  if (d.last_common) out["lastCommonEvent"] = *d.last_common;
  out["history"] = d.history;
  out["firstCause"] = first_cause(report);
  return json.dump(2) + "\n";
}

}  // namespace tablekey::replay
