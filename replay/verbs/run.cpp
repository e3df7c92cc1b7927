#include "replay/verbs/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "crypto/harden.h"
#include "events/digest_sink.h"
#include "events/output.h"
#include "events/reader.h"
#include "replay/verbs/verdict.h"
#include "scenarios/expectation.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

fs::path trace_path(const RunOptions& options) {
  if (options.trace) return *options.trace;
  fs::path beside = options.scenario.file;
  return beside.replace_extension(".tk");
}

// An invariant is a law about the whole trace, so it cannot be looked at without one.
std::optional<std::string> expectation_about_trace(events::Scenario::Reader scenario) {
  for (const auto expectation : scenario.getExpectations()) {
    const std::string line = expectation.getCheck().cStr();
    const auto parsed = scenarios::parse_expectation(line);
    if (parsed && parsed->measure == scenarios::Measure::invariant) return line;
  }
  return std::nullopt;
}

std::string hint_for(const events::Error& error, const fs::path& trace) {
  if (error.kind != events::Error::Kind::exists) return "-o FILE writes the trace elsewhere";
  std::error_code ignored;
  const std::string resume[] = {"tablekey", "resume", trace.string()};
  const bool unfinished =
      fs::exists(events::part_path(trace), ignored) && !fs::exists(trace, ignored);
  return unfinished
             ? fmt::format("{} goes on with it, --force begins anew, -o FILE writes elsewhere",
                           command_line(resume))
             : std::string("--force replaces it, -o FILE writes elsewhere");
}

int cannot_write(const events::Error& error, const fs::path& trace, Console& console) {
  return console.fail(kExitIo, error.message, hint_for(error, trace));
}

// Whatever can be refused before anything is written.
std::optional<int> refuse(const RunOptions& options, const ScenarioFile& file, Console& console) {
  std::error_code ignored;
  if (options.no_trace) {
    const auto line = expectation_about_trace(file.loaded.scenario());
    if (!line) return std::nullopt;
    return console.fail(kExitUsage,
                        fmt::format("--no-trace: the expectation '{}' is about the trace", *line),
                        "run it with a trace, or without that expectation");
  }
  if (fs::equivalent(options.scenario.file, trace_path(options), ignored)) {
    return console.fail(
        kExitUsage,
        fmt::format("the trace would replace the scenario {}", options.scenario.file.string()),
        "-o FILE writes the trace elsewhere");
  }
  return std::nullopt;
}

std::vector<std::uint64_t> identity_of(const RunOptions& options, const ScenarioFile& file,
                                       const model::ScenarioView& scenario) {
  return make_identity({.scenario = file.loaded.scenario(),
                        .source = file.source,
                        .source_name = options.scenario.file.filename().string(),
                        .overrides = options.scenario.set},
                       scenario);
}

// A finished trace of this very run (same scenario, seed, settings and program) may be written
// again: the bytes are the same, so nothing is lost. What an unfinished run left beside it is
// another matter.
bool holds_this_run(const fs::path& trace, std::span<const std::uint8_t> identity) {
  std::error_code ignored;
  if (fs::exists(events::part_path(trace), ignored)) return false;
  const auto file = events::TraceFile::open(trace, events::Check::index);
  if (!file || file->closing() != events::Closing::finished) return false;
  const auto recorded = file->payload(0);
  return recorded && std::ranges::equal(recorded->bytes(), identity);
}

// A run with everything but the place that it is written to.
struct Prepared {
  const RunOptions& options;
  const ScenarioFile& file;
  const model::ScenarioView& scenario;
  std::vector<std::uint64_t> identity;
  fs::path trace;
  bool trace_is_there = false;
};

int run_into(events::ChunkSink& sink, events::TraceWriter* writer, const Prepared& prepared,
             Console& console) {
  const RunOptions& options = prepared.options;
  sink.identity(bytes_of(prepared.identity));
  Run world(prepared.scenario, sink, IdentityInput{}.events_per_chunk);
  Audience audience(prepared.scenario);
  for (Observer* observer : audience.all()) world.show(*observer);
  Execution execution{prepared.scenario,
                      world,
                      sink,
                      writer,
                      prepared.trace,
                      audience,
                      prepared.trace_is_there,
                      options.writer.overwrite};
  const auto ending = execute(execution, options.shell);
  const std::string resume[] = {"tablekey", "resume", prepared.trace.string()};
  if (!ending && ending.error().kind == events::Error::Kind::exists) {
    return console.fail(kExitIo, ending.error().message,
                        "--force replaces it, -o FILE writes elsewhere");
  }
  if (!ending) {
    return console.fail(kExitIo, ending.error().message,
                        command_line(resume) + " goes on with what was written");
  }
  const bool resumable = writer != nullptr && !prepared.trace_is_there;
  return print_verdict(
      {execution, *ending,
       run_command(options.scenario.file.string(), prepared.scenario.seed, options.scenario.set),
       resumable ? command_line(resume) : std::string(), options.json},
      console);
}

}  // namespace

int run(const RunOptions& options, Console& console) {
  crypto::harden_process();
  const auto file = load_or_complain(options.scenario, console);
  if (!file) return file.error();
  if (const auto refused = refuse(options, *file, console)) return *refused;
  const auto scenario = model::ScenarioView::make(file->loaded.scenario());
  if (!scenario) return console.fail(kExitUsage, scenario.error());
  console.seed = (*scenario)->seed;
  Prepared prepared{options, *file, **scenario, identity_of(options, *file, **scenario),
                    trace_path(options)};
  if (options.no_trace) {
    events::DigestSink sink;
    return run_into(sink, nullptr, prepared, console);
  }
  prepared.trace_is_there = holds_this_run(prepared.trace, bytes_of(prepared.identity));
  events::WriterOptions writing = options.writer;
  writing.overwrite = writing.overwrite || prepared.trace_is_there;
  auto writer = events::TraceWriter::create(prepared.trace, writing);
  if (!writer) return cannot_write(writer.error(), prepared.trace, console);
  console.trace = prepared.trace;
  return run_into(**writer, writer->get(), prepared, console);
}

}  // namespace tablekey::replay::verbs
