#include "replay/verbs/diff.h"

#include "replay/difference.h"
#include "replay/verbs/compare.h"
#include "replay/verbs/open_trace.h"

namespace tablekey::replay::verbs {

int diff(const DiffOptions& options, Console& console) {
  if (options.metrics) {
    return compare({.traces = {options.a, options.b}, .differing = true, .json = options.json},
                   console);
  }
  OpenOptions open;
  open.by_index = true;
  open.recorded_settings = true;
  const auto a = open_trace(options.a, console, open);
  if (!a) return a.error();
  const auto b = open_trace(options.b, console, open);
  if (!b) return b.error();
  const auto found = compare_traces(a->recorded, b->recorded);
  if (!found) return console.fail(found.error(), options.a);
  const Both<const RecordedRun*> traces{&a->recorded, &b->recorded};
  const Both<std::string> names{options.a.string(), options.b.string()};
  console.out << (options.json ? print_json(*found, traces, names) : print(*found, traces, names));
  return found->kind == TraceDifference::Kind::none ? std::max(a->exit_code, b->exit_code)
                                                    : kExitDiffers;
}

}  // namespace tablekey::replay::verbs
