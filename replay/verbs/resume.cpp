#include "replay/verbs/resume.h"

#include <fmt/format.h>

#include "crypto/harden.h"
#include "events/output.h"
#include "replay/resume.h"
#include "replay/verbs/verdict.h"

namespace tablekey::replay::verbs {
namespace {

void say_kept(const Resumed& resumed, Console& console) {
  console.note(fmt::format(
      "going on after {}{}", counted(resumed.events_kept, "event"),
      resumed.events_dropped == 0
          ? std::string()
          : fmt::format("; {} of the last chunk run again", grouped(resumed.events_dropped))));
}

// Beside a finished trace there may be what a later run left.
int cannot_resume(const TraceError& error, const std::filesystem::path& trace, Console& console) {
  const std::filesystem::path part = events::part_path(trace);
  std::error_code ignored;
  if (error.kind != TraceError::Kind::unfit || !std::filesystem::exists(part, ignored)) {
    return console.fail(error, trace);
  }
  const std::string later[] = {"tablekey", "resume", part.string(), "--force"};
  return console.fail(
      kExitUsage, error.message,
      fmt::format("{} goes on with the unfinished run beside it", command_line(later)));
}

}  // namespace

int resume(const ResumeOptions& options, Console& console) {
  crypto::harden_process();
  std::unique_ptr<Audience> audience;
  // Expectations are about all events, so those that were kept are shown to the audience first.
  auto resumed = replay::resume(options.trace, options.writer, [&](const auto& scenario) {
    audience = std::make_unique<Audience>(scenario);
    return audience->all();
  });
  if (!resumed) return cannot_resume(resumed.error(), options.trace, console);
  console.seed = resumed->scenario->seed;
  console.trace = resumed->path;
  say_kept(*resumed, console);

  Execution execution{*resumed->scenario,    *resumed->run, *resumed->writer,
                      resumed->writer.get(), resumed->path, *audience};
  const auto ending = execute(execution, options.shell);
  const std::string again[] = {"tablekey", "resume", resumed->path.string()};
  if (!ending) {
    return console.fail(kExitIo, ending.error().message,
                        command_line(again) + " goes on with what was written");
  }
  return print_verdict(
      {execution, *ending,
       run_command(resumed->source_name, resumed->scenario->seed, resumed->overrides),
       command_line(again), options.json},
      console);
}

}  // namespace tablekey::replay::verbs
