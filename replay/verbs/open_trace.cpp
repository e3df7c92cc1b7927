#include "replay/verbs/open_trace.h"

#include <fmt/format.h>

namespace tablekey::replay::verbs {

std::expected<OpenTrace, int> open_trace(const std::filesystem::path& trace, Console& console,
                                         OpenOptions options) {
  options.torn_too = true;
  auto recorded = RecordedRun::open(trace, options);
  if (!recorded) return std::unexpected(console.fail(recorded.error(), trace));
  const events::TraceFile& file = recorded->file();
  const std::string resume[] = {"tablekey", "resume", trace.string()};
  const std::string events = counted(file.event_count(), "event");
  int exit_code = kExitOk;
  if (file.verdict() == events::Verdict::torn) {
    exit_code = kExitTorn;
    console.warn(fmt::format("{} is torn at its end: only its first {} are used ({})",
                             trace.string(), events, file.explanation()),
                 fmt::format("{} makes the rest again", command_line(resume)));
  } else if (file.closing() == events::Closing::interrupted) {
    console.note(fmt::format("{} holds the first {} of an interrupted run; {} makes the rest",
                             trace.string(), events, command_line(resume)));
  }
  return OpenTrace{std::move(*recorded), exit_code};
}

}  // namespace tablekey::replay::verbs
