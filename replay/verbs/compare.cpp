#include "replay/verbs/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/comparison.h"
#include "replay/verbs/open_trace.h"

namespace tablekey::replay::verbs {
namespace {

// File names tell most traces apart; where they do not, whole paths do.
std::vector<std::string> names_of(const std::vector<std::filesystem::path>& traces) {
  std::vector<std::string> names;
  for (const auto& trace : traces) names.push_back(trace.filename().string());
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) == sorted.end()) return names;
  names.clear();
  for (const auto& trace : traces) names.push_back(trace.string());
  return names;
}

}  // namespace

int compare(const CompareOptions& options, Console& console) {
  if (options.traces.size() < 2) {
    return console.fail(kExitUsage, "one trace alone cannot be compared",
                        "tablekey compare A.tk B.tk …");
  }
  std::vector<MeasuredRun> runs;
  int exit_code = kExitOk;
  for (const auto& path : options.traces) {
    const auto opened = open_trace(path, console, {.recorded_settings = true});
    if (!opened) return opened.error();
    exit_code = std::max(exit_code, opened->exit_code);
    auto measured = measure_trace(opened->recorded, options.measures);
    if (!measured) return console.fail(measured.error(), path);
    runs.push_back(std::move(*measured));
  }
  if (const auto unanswered = answered_by_none(runs)) {
    return console.fail(kExitUsage, *unanswered);
  }
  std::vector<ComparedRow> rows = compare_runs(runs);
  const bool differ = std::ranges::any_of(rows, &ComparedRow::differs);
  if (options.differing) std::erase_if(rows, [](const ComparedRow& row) { return !row.differs(); });
  const auto names = names_of(options.traces);
  if (options.json) {
    console.out << print_comparison_json(rows, names);
  } else if (rows.empty()) {
    console.out << "every number is equal\n";
  } else {
    console.out << print_comparison(rows, names);
  }
  return options.differing && differ ? kExitDiffers : exit_code;
}

}  // namespace tablekey::replay::verbs
