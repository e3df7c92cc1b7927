#include "replay/verbs/fold.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/verbs/open_trace.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

void print_text(const FoldReport& report, const RecordedRun& recorded, const std::string& trace,
                Console& console) {
  if (report.snapshots_differing == 0) {
    console.out << fmt::format(
        "{}: {}, {} folded{}\n", trace, console.on_out(Color::green, "equal"),
        counted(report.events, "event"),
        report.snapshots == 0
            ? ", no snapshot to compare with"
            : fmt::format(", {} came out", counted(report.snapshots, "snapshot")));
  } else {
    console.out << fmt::format("{}: {}, {} of {} did not come out; the first follows {}\n", trace,
                               console.on_out(Color::red, "different"),
                               grouped(report.snapshots_differing),
                               counted(report.snapshots, "snapshot"),
                               counted(report.first_differing.value_or(0), "event"));
  }
  console.out << fmt::format("state  {}\nchain  {}\n", hex(report.state),
                             hex(recorded.file().chain()));
}

void print_json(const FoldReport& report, const RecordedRun& recorded, const std::string& trace,
                Console& console) {
  Json document;
  document["format"] = "tablekey.fold/1";
  document["trace"] = trace;
  document["equal"] = report.snapshots_differing == 0;
  document["events"] = report.events;
  document["snapshots"] = report.snapshots;
  document["differing"] = report.snapshots_differing;
  document["first"] = nullptr;
  if (report.first_differing) document["first"] = *report.first_differing;
  document["ended"] = report.ended;
  document["state"] = hex(report.state);
  document["chain"] = hex(recorded.file().chain());
  console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace

int fold(const FoldOptions& options, Console& console) {
  const auto opened = open_trace(options.trace, console);
  if (!opened) return opened.error();
  const auto report = fold_trace(opened->recorded);
  if (!report) return console.fail(report.error(), options.trace);
  if (options.json) {
    print_json(*report, opened->recorded, options.trace.string(), console);
  } else {
    print_text(*report, opened->recorded, options.trace.string(), console);
  }
  return report->snapshots_differing == 0 ? opened->exit_code : kExitDiffers;
}

}  // namespace tablekey::replay::verbs
