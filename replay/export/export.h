// Every form that a trace can be exported to, and what they have in common. A form is one function
// that folds the trace and hands on bytes as they come, so that a long run needs no more memory
// than a short one; export.cpp has the table of them.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/recorded.h"
#include "sim/time.h"

namespace tablekey::replay {

/// From when to when, both included.
struct ExportWindow {
  sim::Time from = sim::Time::min();
  sim::Time until = sim::Time::max();

  bool contains(std::int64_t nanoseconds) const {
    const sim::Time time = sim::Time::from_nanoseconds(nanoseconds);
    return time >= from && time <= until;
  }
};

struct ExportChoices {
  std::string account;       ///< CloudTrail: only its trail; empty: those of all
  bool data_events = false;  ///< CloudTrail: also DynamoDB's records of requests for items
  ExportWindow window;
};

/// Takes what is written.
struct ExportSink {
  /// The next piece of the one document.
  std::function<void(std::string_view piece)> write;
  /// The next piece of a file, by its path below the folder.
  std::function<void(const std::string& path, std::string_view piece)> append;
};

/// How many records, spans, … were written.
using Exported = std::expected<std::uint64_t, TraceError>;

struct ExportForm {
  enum class Output : std::uint8_t { text, binary, folder };

  std::string_view name;  ///< as --to takes it
  Output output = Output::text;
  std::string_view meaning;  ///< half a sentence
  std::string_view unit;     ///< "record": what it consists of
  bool trail = false;        ///< takes `account` and `data_events`
  Exported (*write)(const RecordedRun& recorded, const ExportChoices& choices,
                    const ExportSink& sink) = nullptr;
};

std::span<const ExportForm> export_forms();
/// nullptr: there is none of that name.
const ExportForm* find_export_form(std::string_view name);

/// Folds the trace up to the window's end. Observers see every event from number 0 on, also those
/// before the window.
std::expected<void, TraceError> fold_window(const RecordedRun& recorded, const ExportWindow& window,
                                            const std::vector<Observer*>& observers);

// ---- the forms, each in the file of its name ----
Exported export_cloudtrail(const RecordedRun&, const ExportChoices&, const ExportSink&);
Exported export_cloudtrail_files(const RecordedRun&, const ExportChoices&, const ExportSink&);
Exported export_ndjson(const RecordedRun&, const ExportChoices&, const ExportSink&);
Exported export_csv(const RecordedRun&, const ExportChoices&, const ExportSink&);
Exported export_perfetto(const RecordedRun&, const ExportChoices&, const ExportSink&);
Exported export_otlp(const RecordedRun&, const ExportChoices&, const ExportSink&);
Exported export_svg(const RecordedRun&, const ExportChoices&, const ExportSink&);

}  // namespace tablekey::replay
