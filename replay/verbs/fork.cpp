#include "replay/verbs/fork.h"

#include <fmt/format.h>

#include "crypto/harden.h"
#include "events/output.h"
#include "replay/fork.h"
#include "replay/verbs/moment.h"
#include "replay/verbs/open_trace.h"
#include "replay/verbs/verdict.h"
#include "scenarios/branch.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

// What the options change, as overrides of the scenario file.
std::expected<std::vector<scenarios::Override>, std::string> changes_of(const ForkOptions& options,
                                                                        sim::Time at) {
  std::vector<scenarios::Override> settings;
  for (const auto& [path, value] : options.set) settings.push_back({path, value});
  auto changes = scenarios::setting_overrides(settings, at);
  for (const std::string& text : options.steps) {
    auto step = scenarios::step_override(text, at);
    if (!step) return std::unexpected(fmt::format("--do: '{}' {}", text, step.error()));
    changes.push_back(std::move(*step));
  }
  return changes;
}

int refused(const ForkError& error, const ForkOptions& options, Console& console) {
  console.err << error.diagnostics;
  if (!error.diagnostics.empty()) return kExitUsage;
  return console.fail(error.trace, options.trace);
}

std::string again(const ForkOptions& options) {
  std::vector<std::string> words = {"tablekey", "fork", options.trace.string(), "--at", options.at};
  for (const std::string& step : options.steps) {
    words.emplace_back("--do");
    words.push_back(step);
  }
  for (const auto& [path, value] : options.set) {
    words.emplace_back("--set");
    words.push_back(path + "=" + value);
  }
  words.emplace_back("-o");
  words.push_back(options.output.string());
  return command_line(words);
}

void say_past(const Fork& fork, const ForkOptions& options, Console& console) {
  console.note(fmt::format("{} before {} {} those of {}", counted(fork.past, "event"), options.at,
                           fork.past == 1 ? "is" : "are", options.trace.string()));
}

int run_fork(const RecordedRun& parent, const Fork& fork, const ForkOptions& options,
             Console& console) {
  auto writer = events::TraceWriter::create(options.output, options.writer);
  if (!writer) {
    return console.fail(kExitIo, writer.error().message,
                        "--force replaces it, -o FILE writes elsewhere");
  }
  console.trace = options.output;
  (*writer)->identity(bytes_of(fork.identity));
  Run run(*fork.scenario, **writer, parent.events_per_chunk());
  Audience audience(*fork.scenario);
  for (Observer* observer : audience.all()) run.show(*observer);
  if (auto entered = enter_fork(parent, fork, run); !entered) {
    std::error_code ignored;
    writer->reset();
    fs::remove(events::part_path(options.output), ignored);
    return console.fail(entered.error(), options.trace);
  }
  say_past(fork, options, console);
  Execution execution{*fork.scenario, run, **writer, writer->get(), options.output, audience};
  const auto ending = execute(execution, options.shell);
  const std::string resume[] = {"tablekey", "resume", options.output.string()};
  if (!ending) {
    return console.fail(kExitIo, ending.error().message,
                        command_line(resume) + " goes on with what was written");
  }
  return print_verdict({execution, *ending, again(options), command_line(resume), options.json},
                       console);
}

}  // namespace

int fork(const ForkOptions& options, Console& console) {
  crypto::harden_process();
  std::error_code ignored;
  if (fs::equivalent(options.trace, options.output, ignored)) {
    return console.fail(kExitUsage, "the fork would replace the trace that it is made from",
                        "-o FILE writes it elsewhere");
  }
  const auto opened = open_trace(options.trace, console);
  if (!opened) return opened.error();
  const RecordedRun& parent = opened->recorded;
  console.seed = parent.scenario().seed;
  const auto at = parse_moment(options.at, parent.scenario().start);
  if (!at) return console.fail(kExitUsage, "--at: " + at.error());
  auto changes = changes_of(options, *at);
  if (!changes) return console.fail(kExitUsage, changes.error());
  const fs::path beside = options.beside.value_or(options.trace.parent_path());
  const auto fork = plan_fork(parent, {*at, std::move(*changes), [beside](std::string_view path) {
                                         return read_text(beside / path, scenarios::kTraceBytesMax);
                                       }});
  if (!fork) return refused(fork.error(), options, console);
  return run_fork(parent, *fork, options, console);
}

}  // namespace tablekey::replay::verbs
