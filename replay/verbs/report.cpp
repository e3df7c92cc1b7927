#include "replay/verbs/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "crypto/harden.h"
#include "replay/report/page.h"
#include "replay/report/run_document.h"
#include "replay/verbs/open_trace.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/report_study.h"
#include "replay/verbs/verdict.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string command_of(const RecordedRun& recorded) {
  const auto identity = recorded.identity();
  std::vector<Setting> set;
  for (const auto one : identity.getOverrides()) {
    set.emplace_back(one.getPath().cStr(), one.getValue().cStr());
  }
  return run_command(identity.getSourceName().cStr(), recorded.scenario().seed, set);
}

struct Made {
  Json document;
  int exit_code = kExitOk;
};

// Where defaults have changed since, the report is of the run as it was.
std::expected<OpenTrace, int> open_as_recorded(const fs::path& trace, Console& console) {
  auto opened = open_trace(trace, console);
  if (!opened || opened->recorded.changed_settings().empty()) return opened;
  OpenOptions options;
  options.torn_too = true;
  options.recorded_settings = true;
  auto recorded = RecordedRun::open(trace, options);
  if (!recorded) return std::unexpected(console.fail(recorded.error(), trace));
  opened->recorded = std::move(*recorded);
  return opened;
}

std::expected<Made, int> run_report(const ReportOptions& options, Console& console) {
  const auto opened = open_as_recorded(options.input, console);
  if (!opened) return std::unexpected(opened.error());
  auto document =
      report::run_document({opened->recorded, options.input, command_of(opened->recorded)});
  if (!document) return std::unexpected(console.fail(document.error(), options.input));
  return Made{std::move(*document), opened->exit_code};
}

std::expected<Made, int> make(const ReportOptions& options, Console& console) {
  if (!fs::is_directory(options.input)) return run_report(options, console);
  auto document = study_report(options.input, console);
  if (!document) return std::unexpected(document.error());
  return Made{std::move(*document)};
}

// NAME.html beside the trace NAME.tk or the folder NAME.study.
fs::path page_path(const ReportOptions& options) {
  if (options.output) return *options.output;
  fs::path beside = options.input;
  if (!beside.has_filename()) beside = beside.parent_path();  // the folder was given as NAME.study/
  return beside.replace_extension(".html");
}

// Before the work, so that a long one is not done in vain.
std::optional<int> refuse(const ReportOptions& options, const fs::path& page, Console& console) {
  std::error_code ignored;
  if (fs::equivalent(options.input, page, ignored)) {
    return console.fail(kExitUsage, "the report would replace what it is about");
  }
  if (!options.force && fs::exists(page, ignored)) {
    return console.fail(kExitIo, fmt::format("{} exists and is not overwritten", page.string()),
                        "--force replaces it, -o FILE writes elsewhere");
  }
  return std::nullopt;
}

}  // namespace

int report(const ReportOptions& options, Console& console) {
  crypto::harden_process();
  const bool wants_page = options.output || !options.json;
  const fs::path page = page_path(options);
  if (wants_page) {
    if (const auto refused = refuse(options, page, console)) return *refused;
  }
  const auto made = make(options, console);
  if (!made) return made.error();
  if (wants_page) {
    auto file = OutputFile::create(page, options.force);
    if (!file) {
      return console.fail(kExitIo, file.error(), "--force replaces it, -o FILE writes elsewhere");
    }
    file->write(report::page_of(made->document));
    if (const auto done = file->publish(); !done) return console.fail(kExitIo, done.error());
  }
  if (options.json) {
    console.out << made->document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    console.out << fmt::format("{}\nreport  {}\n", made->document.at("title").get<std::string>(),
                               page.string());
  }
  return made->exit_code;
}

}  // namespace tablekey::replay::verbs
