#include "replay/verbs/repair.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "events/repair.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;
using events::Error;

int exit_code_of(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::usage:
      return kExitUsage;
    case Error::Kind::not_a_trace:
      return kExitNotATrace;
    case Error::Kind::damaged:
      return kExitDamaged;
    default:
      return kExitIo;
  }
}

void print_text(const events::RepairReport& report, const RepairOptions& options,
                Console& console) {
  const std::string resume[] = {"tablekey", "resume", options.output.string()};
  console.out << fmt::format("{}: kept {} in {}; left out {} bytes{}\n", options.output.string(),
                             counted(report.events_kept, "event"),
                             counted(report.frames_kept, "frame"), grouped(report.bytes_lost),
                             report.events_lost
                                 ? fmt::format(" with {}", counted(*report.events_lost, "event"))
                                 : std::string());
  console.out << fmt::format("  {} was {}: {}\n", options.trace.string(),
                             events::name(report.before), report.explanation);
  console.note(fmt::format("  {} makes the rest again", command_line(resume)));
}

void print_json(const events::RepairReport& report, const RepairOptions& options,
                Console& console) {
  Json document = {{"format", "tablekey.repair/1"},     {"trace", options.trace.string()},
                   {"output", options.output.string()}, {"was", events::name(report.before)},
                   {"explanation", report.explanation}, {"frames", report.frames_kept},
                   {"events", report.events_kept},      {"bytes", report.bytes_kept},
                   {"bytesLost", report.bytes_lost},    {"eventsLost", nullptr}};
  if (report.events_lost) document["eventsLost"] = *report.events_lost;
  console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace

int repair(const RepairOptions& options, Console& console) {
  const auto report = events::repair(options.trace, options.output, options.force);
  if (!report) {
    const bool exists = report.error().kind == Error::Kind::exists;
    return console.fail(exit_code_of(report.error().kind), report.error().message,
                        exists ? "--force replaces it, -o FILE names another" : "");
  }
  if (options.json) {
    print_json(*report, options, console);
  } else {
    print_text(*report, options, console);
  }
  return kExitOk;
}

}  // namespace tablekey::replay::verbs
