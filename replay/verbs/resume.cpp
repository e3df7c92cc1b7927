#include "replay/verbs/resume.h"

#include <fmt/format.h>

#include "crypto/harden.h"
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

}  // namespace

int resume(const ResumeOptions& options, Console& console) {
  crypto::harden_process();
  std::unique_ptr<Audience> audience;
  // Expectations are about all events, so those that were kept are shown to the audience first.
  auto resumed = replay::resume(options.trace, options.writer, [&](const auto& scenario) {
    audience = std::make_unique<Audience>(scenario);
    return audience->all();
  });
  if (!resumed) return console.fail(resumed.error(), options.trace);
  console.seed = resumed->scenario->seed;
  console.trace = resumed->path;
  say_kept(*resumed, console);

  Execution execution{*resumed->scenario,    *resumed->run, *resumed->writer,
                      resumed->writer.get(), resumed->path, *audience};
  const auto ending = execute(execution, options.shell);
  if (!ending) return console.fail(kExitIo, ending.error().message);
  const std::string again[] = {"tablekey", "resume", resumed->path.string()};
  return print_verdict(
      {execution, *ending,
       run_command(resumed->source_name, resumed->scenario->seed, resumed->overrides),
       command_line(again), options.json},
      console);
}

}  // namespace tablekey::replay::verbs
