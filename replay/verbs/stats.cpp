#include "replay/verbs/stats.h"

#include "replay/trace_stats.h"
#include "replay/verbs/open_trace.h"

namespace tablekey::replay::verbs {

int stats(const StatsOptions& options, Console& console) {
  OpenOptions open;
  open.recorded_settings = true;
  const auto opened = open_trace(options.trace, console, open);
  if (!opened) return opened.error();
  const auto counted = stats_of(opened->recorded);
  if (!counted) return console.fail(counted.error(), options.trace);
  const std::string name = options.trace.string();
  console.out << (options.json ? print_json(*counted, opened->recorded, name)
                               : print(*counted, opened->recorded, name));
  return opened->exit_code;
}

}  // namespace tablekey::replay::verbs
