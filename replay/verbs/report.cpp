#include "replay/verbs/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "crypto/harden.h"
#include "replay/report/run_document.h"
#include "replay/verbs/open_trace.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/report_study.h"
#include "replay/verbs/verdict.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

std::string command_of(const RecordedRun& recorded) {
  const auto identity = recorded.identity();
  std::vector<Setting> set;
  for (const auto one : identity.getOverrides()) {
    set.emplace_back(one.getPath().cStr(), one.getValue().cStr());
  }
  return run_command(identity.getSourceName().cStr(), recorded.scenario().seed, set);
}

}  // namespace

int report(const ReportOptions& options, Console& console) {
  crypto::harden_process();
  if (std::filesystem::is_directory(options.input)) {
    const auto document = study_report(options.input, console);
    if (!document) return document.error();
    console.out << document->dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    return kExitOk;
  }
  OpenOptions open;
  open.recorded_settings = true;
  const auto opened = open_trace(options.input, console, open);
  if (!opened) return opened.error();
  const auto document =
      report::run_document({opened->recorded, options.input, command_of(opened->recorded)});
  if (!document) return console.fail(document.error(), options.input);
  console.out << document->dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  return opened->exit_code;
}

}  // namespace tablekey::replay::verbs
