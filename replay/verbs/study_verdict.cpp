#include "replay/verbs/study_verdict.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/verbs/study_folder.h"
#include "replay/verbs/study_table.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

std::string headline(const StudyVerdict& verdict, const Console& console) {
  const StudySummary& summary = verdict.summary;
  const std::string& name = verdict.loaded.study().name;
  const std::string where =
      fmt::format("{}, {}", counted(summary.points_total, "point"), counted(summary.runs, "run"));
  if (summary.expected == 0) {
    return fmt::format("{}: {}, it expects nothing; {}", name, console.on_out(Color::green, "met"),
                       where);
  }
  if (summary.failed == 0) {
    return fmt::format("{}: {}, {} of {} held; {}", name, console.on_out(Color::green, "met"),
                       grouped(summary.expected - summary.warned),
                       counted(summary.expected, "expectation"), where);
  }
  return fmt::format("{}: {}, {} of {}; {}", name, console.on_out(Color::red, "not met"),
                     grouped(summary.failed), counted(summary.expected, "expectation"), where);
}

// "mean(exposure(after=disable).p99) <= 20m" as it was, and what came out.
std::string measured(const StudySummary::Failure& failure) {
  const ExpectationResult& result = failure.result;
  if (result.met == Met::no_data) return "no data";
  if (!result.value)
    return fmt::format("in {} of {}", result.runs_met, counted(result.runs, "run"));
  return (result.at_least ? "at least " : "") + short_value(*result.value, result.unit);
}

std::string failures_text(const StudyVerdict& verdict) {
  std::string out;
  for (const StudySummary::Failure& failure : verdict.summary.failures) {
    const auto& expected = verdict.loaded.study().expectations[failure.expectation];
    const bool plain =
        expected.over == scenarios::OverSeeds::mean && !expected.check.starts_with("mean(");
    out += fmt::format("  {}  {}{}, is {}{}{}\n", name_of(failure.result.met),
                       plain ? "mean of " : "", expected.check, measured(failure),
                       failure.settings.empty() ? "" : ", with ", settings_text(failure.settings));
    if (expected.warn) out.insert(out.size() - 1, "  (warning only)");
  }
  return out;
}

void print_text(const StudyVerdict& verdict, Console& console) {
  const StudySummary& summary = verdict.summary;
  if (verdict.shard.count > 1) {
    console.out << fmt::format("{}: shard {} of {} is there, {}\n\nruns    {}\n",
                               verdict.loaded.study().name, verdict.shard.index + 1,
                               verdict.shard.count, counted(summary.runs, "run"),
                               (verdict.folder / "runs.jsonl").string());
    return;
  }
  if (summary.failed != 0) console.out << fmt::format("again: {}\n\n", verdict.again);
  console.out << headline(verdict, console) << "\n\n";
  if (!summary.failures.empty()) console.out << failures_text(verdict) << '\n';
  console.out << table_of(verdict.loaded.study(), summary);
  const std::string warnings = warnings_of(verdict.loaded.study(), summary);
  if (!warnings.empty()) console.out << warnings << '\n';
  console.out << fmt::format("events  {} in {}\n", grouped(summary.events),
                             counted(summary.runs, "run"));
  if (!verdict.folder.empty()) {
    console.out << fmt::format("results {}\n", verdict.folder.string());
  }
}

// The points are those of results.jsonl, one after another, however many there are.
void print_points(const StudyVerdict& verdict, Console& console) {
  console.out << "  \"results\": [";
  bool first = true;
  static_cast<void>(each_line(verdict.folder / "results.jsonl", [&](std::string_view line) {
    console.out << (first ? "\n    " : ",\n    ") << line;
    first = false;
    return true;
  }));
  console.out << (first ? "]\n" : "\n  ]\n");
}

void print_json(const StudyVerdict& verdict, Console& console) {
  const StudySummary& summary = verdict.summary;
  Json document;
  document["format"] = "tablekey.study/1";
  document["scenario"] = verdict.loaded.study().name;
  document["study"] = digest_of(verdict.loaded.text);
  document["command"] = verdict.again;
  document["verdict"] = nullptr;
  if (verdict.shard.count == 1) document["verdict"] = summary.failed == 0 ? "met" : "not met";
  document["shard"] = nullptr;
  if (verdict.shard.count > 1) {
    document["shard"] = fmt::format("{}/{}", verdict.shard.index + 1, verdict.shard.count);
  }
  document["points"] = verdict.loaded.study().points();
  document["runs"] = summary.runs;
  document["events"] = summary.events;
  document["expectations"] = {
      {"judged", summary.expected}, {"failed", summary.failed}, {"warned", summary.warned}};
  document["folder"] = verdict.folder.string();
  document["files"] = Json::object();
  for (const auto& [name, digest] : verdict.files) document["files"][name] = digest;
  std::string text = document.dump(2, ' ', false, Json::error_handler_t::replace);
  text.resize(text.size() - 2);  // the last line's end and brace: the points come before them
  console.out << text << ",\n";
  print_points(verdict, console);
  console.out << "}\n";
}

// Measures that never saw anything, and checks that had nothing to judge: mistakes of the file.
bool complain_of_nothing(const StudyVerdict& verdict, Console& console) {
  const scenarios::Study& study = verdict.loaded.study();
  scenarios::Diagnostics diagnostics = study.sources;
  bool useless = false;
  for (std::size_t i = 0; i < study.measures.size(); ++i) {
    const StudySummary::Seen& seen = verdict.summary.seen[i];
    if (seen.runs == 0 || seen.no_data != seen.runs) continue;
    useless = true;
    diagnostics.error(study.measures[i].place, "no run of the study saw data for this", seen.note);
  }
  for (const StudySummary::Failure& failure : verdict.summary.failures) {
    if (failure.result.met != Met::no_data) continue;
    const auto& expected = study.expectations[failure.expectation];
    diagnostics.error(expected.place,
                      failure.settings.empty()
                          ? std::string("no run saw data for this check")
                          : fmt::format("no run saw data for this check with {}",
                                        settings_text(failure.settings)),
                      failure.result.note);
  }
  console.err << diagnostics.render(console.color_err);
  return useless;
}

}  // namespace

int print_study(const StudyVerdict& verdict, Console& console) {
  verdict.json ? print_json(verdict, console) : print_text(verdict, console);
  console.out.flush();
  if (verdict.shard.count > 1) return kExitOk;
  if (complain_of_nothing(verdict, console)) return kExitUsage;
  return verdict.summary.failed == 0 ? kExitOk : kExitDiffers;
}

}  // namespace tablekey::replay::verbs
