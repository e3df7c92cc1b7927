// The table of forms.
#include "replay/export/export.h"

#include <algorithm>
#include <array>

namespace tablekey::replay {
namespace {

using Output = ExportForm::Output;

constexpr auto kForms = std::to_array<ExportForm>({
    {"cloudtrail", Output::text, "AWS CloudTrail's records as one document, {\"Records\": […]}",
     "record", true, export_cloudtrail},
    {"cloudtrail-files", Output::folder,
     "the same as AWS delivers them: a folder of gzipped files, one an hour, account and Region",
     "record", true, export_cloudtrail_files},
    {"ndjson", Output::text, "every event as a JSON document a line, as events --json has it",
     "event", false, export_ndjson},
    {"csv", Output::text, "every event as a row of a table", "event", false, export_csv},
    {"perfetto", Output::binary,
     "states, cached keys and calls to KMS on a time line, for ui.perfetto.dev", "mark", false,
     export_perfetto},
    {"otlp", Output::text, "requests and calls to KMS as OpenTelemetry spans, in OTLP's JSON",
     "span", false, export_otlp},
    {"svg", Output::text, "a picture of who could read when, without a script", "bar", false,
     export_svg},
});

}  // namespace

std::span<const ExportForm> export_forms() { return kForms; }

const ExportForm* find_export_form(std::string_view name) {
  const auto found = std::ranges::find(kForms, name, &ExportForm::name);
  return found == kForms.end() ? nullptr : &*found;
}

std::expected<void, TraceError> fold_window(const RecordedRun& recorded, const ExportWindow& window,
                                            const std::vector<Observer*>& observers) {
  std::uint64_t events = recorded.file().event_count();
  if (window.until != sim::Time::max()) {
    const auto until = recorded.file().events_until(window.until.nanoseconds());
    if (!until) {
      return std::unexpected(TraceError{TraceError::Kind::unreadable, until.error().message});
    }
    events = *until;
  }
  return recorded.fold(events, observers);
}

}  // namespace tablekey::replay
