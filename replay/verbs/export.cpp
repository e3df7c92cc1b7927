#include "replay/verbs/export.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/export/cloudtrail.h"
#include "replay/verbs/open_trace.h"
#include "replay/verbs/output_file.h"

namespace tablekey::replay::verbs {
namespace {

// Returns how many records there are.
std::expected<std::uint64_t, TraceError> write_cloudtrail(const ExportOptions& options,
                                                          const RecordedRun& recorded,
                                                          const CloudTrailExport::Sink& sink) {
  CloudTrailExport cloudtrail(sink, options.account.value_or(""), options.data_events);
  const auto folded = recorded.fold(recorded.file().event_count(), {&cloudtrail});
  if (!folded) return std::unexpected(folded.error());
  cloudtrail.finish();
  return cloudtrail.records();
}

int to_output(const ExportOptions& options, const OpenTrace& opened, Console& console) {
  const auto records = write_cloudtrail(options, opened.recorded, [&](std::string_view piece) {
    console.out << piece;
    console.check_output();
  });
  if (!records) return console.fail(records.error(), options.trace);
  return opened.exit_code;
}

int to_file(const ExportOptions& options, const OpenTrace& opened, Console& console) {
  std::error_code ignored;
  if (std::filesystem::equivalent(options.trace, *options.output, ignored)) {
    return console.fail(kExitUsage, "the export would replace the trace");
  }
  auto file = OutputFile::create(*options.output, options.force);
  if (!file) {
    return console.fail(kExitIo, file.error(), "--force replaces a file, -o FILE names another");
  }
  const auto records = write_cloudtrail(options, opened.recorded,
                                        [&](std::string_view piece) { file->write(piece); });
  if (!records) return console.fail(records.error(), options.trace);
  if (const auto done = file->publish(); !done) return console.fail(kExitIo, done.error());
  console.note(fmt::format("{} in {}", counted(*records, "record"), options.output->string()));
  return opened.exit_code;
}

}  // namespace

int export_trace(const ExportOptions& options, Console& console) {
  const auto opened = open_trace(options.trace, console);
  if (!opened) return opened.error();
  if (options.account) {
    const std::vector<std::string>& known = opened->recorded.scenario().accounts;
    if (std::find(known.begin(), known.end(), *options.account) == known.end()) {
      return console.fail(kExitUsage, fmt::format("no account '{}' in this run", *options.account),
                          fmt::format("known: {}", fmt::join(known, ", ")));
    }
  }
  return options.output ? to_file(options, *opened, console) : to_output(options, *opened, console);
}

}  // namespace tablekey::replay::verbs
