#include "replay/verbs/whatif.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/harden.h"
#include "events/writer.h"
#include "replay/comparison.h"
#include "replay/fork.h"
#include "replay/threads.h"
#include "replay/verbs/whatif_names.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSliceTurns = 8'192;
constexpr const char* kUnchanged = "unchanged";

/// One future: where its trace is, and what came of it.
struct Future {
  std::string name;
  fs::path trace;
  std::vector<scenarios::Override> changes;
  MeasuredRun measured{};
  std::uint64_t past = 0;  ///< events that it shares with the others
  std::string error{};     ///< a sentence; empty: all is well
  std::string diagnostics{};
};

events::WriterOptions writing(const WhatIfOptions& options) {
  events::WriterOptions writer;
  writer.overwrite = options.force;
  return writer;
}

std::expected<void, std::string> finish(Run& run, events::TraceWriter& writer) {
  while (run.run_slice(kSliceTurns, sim::Time::max())) {
  }
  run.cut();
  if (auto status = writer.status(); !status) return std::unexpected(status.error().message);
  if (auto closed = writer.close(events::Closing::finished); !closed) {
    return std::unexpected(closed.error().message);
  }
  return {};
}

std::expected<void, std::string> measure(Future& future, const std::vector<std::string>& measures) {
  const auto recorded = RecordedRun::open(future.trace);
  if (!recorded) return std::unexpected(recorded.error().message);
  auto measured = measure_trace(*recorded, measures);
  if (!measured) return std::unexpected(measured.error().message);
  future.measured = std::move(*measured);
  return {};
}

std::expected<void, std::string> run_unchanged(Future& future, const ScenarioFile& file,
                                               const WhatIfOptions& options) {
  auto scenario = model::ScenarioView::make(file.loaded.scenario());
  if (!scenario) return std::unexpected(scenario.error());
  auto writer = events::TraceWriter::create(future.trace, writing(options));
  if (!writer) return std::unexpected(writer.error().message);
  const auto identity = make_identity({.scenario = file.loaded.scenario(),
                                       .source = file.source,
                                       .source_name = options.scenario.file.filename().string(),
                                       .overrides = options.scenario.set},
                                      **scenario);
  (*writer)->identity(bytes_of(identity));
  Run run(**scenario, **writer, IdentityInput{}.events_per_chunk);
  return finish(run, **writer);
}

std::expected<void, std::string> run_alternative(Future& future, const fs::path& unchanged,
                                                 sim::Time at, const WhatIfOptions& options) {
  const auto parent = RecordedRun::open(unchanged);
  if (!parent) return std::unexpected(parent.error().message);
  const fs::path beside = options.scenario.file.parent_path();
  const auto fork =
      plan_fork(*parent, {at, future.changes, [beside](std::string_view path) {
                            return read_text(beside / path, scenarios::kTraceBytesMax);
                          }});
  if (!fork) {
    future.diagnostics = fork.error().diagnostics;
    return std::unexpected(fork.error().trace.message);
  }
  future.past = fork->past;
  auto writer = events::TraceWriter::create(future.trace, writing(options));
  if (!writer) return std::unexpected(writer.error().message);
  (*writer)->identity(bytes_of(fork->identity));
  Run run(*fork->scenario, **writer, parent->events_per_chunk());
  if (auto entered = enter_fork(*parent, *fork, run); !entered) {
    return std::unexpected(entered.error().message);
  }
  return finish(run, **writer);
}

// Alternatives have nothing to do with each other, so they run side by side; what each is does not
// depend on it.
void run_alternatives(std::vector<Future>& futures, sim::Time at,
                      const std::vector<std::string>& measures, const WhatIfOptions& options) {
  const auto work = [&](std::size_t i) {
    Future& future = futures[i + 1];  // the first is the unchanged one
    auto done = run_alternative(future, futures.front().trace, at, options);
    if (done) done = measure(future, measures);
    if (!done) future.error = done.error();
  };
  for_each_parallel(futures.size() - 1, threads_or_all(options.threads.value_or(0)), work);
}

int report_futures(const std::vector<Future>& futures, sim::Time at, const WhatIfOptions& options,
                   Console& console) {
  for (const Future& future : futures) {
    if (future.error.empty()) continue;
    console.err << future.diagnostics;
    return console.fail(kExitUsage, fmt::format("{}: {}", future.name, future.error));
  }
  std::vector<MeasuredRun> runs;
  std::vector<std::string> names;
  for (const Future& future : futures) {
    runs.push_back(future.measured);
    names.push_back(future.name);
  }
  if (const auto unanswered = answered_by_none(runs)) {
    return console.fail(kExitUsage, *unanswered);
  }
  auto rows = compare_runs(runs);
  if (!options.all && !options.json) {
    std::erase_if(rows, [](const ComparedRow& row) { return !row.expected && !row.differs(); });
  }
  if (options.json) {
    console.out << print_comparison_json(rows, names);
  } else {
    console.out << fmt::format("{} futures from {}, after {} that they share\n\n", futures.size(),
                               sim::print(at), counted(futures.back().past, "event"))
                << print_comparison(rows, names) << '\n';
    for (const Future& future : futures) {
      console.out << fmt::format("trace   {}\n", future.trace.string());
    }
  }
  const bool met = std::ranges::none_of(futures.front().measured.values, [](const auto& value) {
    return value.met.has_value() && !*value.met;
  });
  return met ? kExitOk : kExitDiffers;
}

std::vector<Future> futures_of(const scenarios::WhatIf& section, const fs::path& folder) {
  std::vector<std::string> names = {kUnchanged};
  for (const auto& alternative : section.alternatives) names.push_back(alternative.name);
  const auto files = trace_names(names);
  std::vector<Future> futures;
  futures.push_back({kUnchanged, folder / files[0], {}});
  for (std::size_t i = 0; i < section.alternatives.size(); ++i) {
    const auto& alternative = section.alternatives[i];
    futures.push_back({alternative.name, folder / files[i + 1], alternative.changes});
  }
  return futures;
}

}  // namespace

int whatif(const WhatIfOptions& options, Console& console) {
  crypto::harden_process();
  const auto file = load_or_complain(options.scenario, console);
  if (!file) return file.error();
  if (!file->loaded.what_if) {
    return console.fail(kExitUsage, fmt::format("{} has no whatif", options.scenario.file.string()),
                        "give it a section such as  whatif: { at: 2h, alternatives: [{ name: "
                        "disable, timeline: [{ do: kms:DisableKey, key: OrdersKey }] }] }");
  }
  console.seed = file->loaded.scenario().getSeed();
  const scenarios::WhatIf& section = *file->loaded.what_if;
  fs::path folder = options.scenario.file;
  folder.replace_extension(".whatif");
  if (options.output) folder = *options.output;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    return console.fail(kExitIo,
                        fmt::format("cannot make {}: {}", folder.string(), failed.message()));
  }
  std::vector<std::string> measures = section.measures;
  measures.insert(measures.end(), options.measures.begin(), options.measures.end());
  std::vector<Future> futures = futures_of(section, folder);
  auto done = run_unchanged(futures.front(), *file, options);
  if (!done) {
    return console.fail(kExitIo, done.error(), "--force replaces it, -o DIR writes elsewhere");
  }
  if (done = measure(futures.front(), measures); !done) {
    return console.fail(kExitUsage, done.error());
  }
  run_alternatives(futures, section.at, measures, options);
  return report_futures(futures, section.at, options, console);
}

}  // namespace tablekey::replay::verbs
