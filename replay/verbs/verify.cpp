#include "replay/verbs/verify.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "events/verify.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;
using TraceVerdict = events::Verdict;

int exit_code_of(TraceVerdict verdict) {
  switch (verdict) {
    case TraceVerdict::complete:
      return kExitOk;
    case TraceVerdict::torn:
      return kExitTorn;
    case TraceVerdict::damaged:
      return kExitDamaged;
    case TraceVerdict::not_a_trace:
      return kExitNotATrace;
  }
  return kExitNotATrace;
}

std::string closing(const events::VerifyReport& report) {
  if (!report.closing) return {};
  return *report.closing == events::Closing::finished ? "finished" : "interrupted";
}

void print_text(const events::VerifyReport& report, const std::string& trace, Console& console) {
  const Color color = report.verdict == TraceVerdict::complete ? Color::green : Color::red;
  console.out << fmt::format("{}: {}", trace, console.on_out(color, events::name(report.verdict)));
  if (report.closing) console.out << fmt::format(", the run was {}", closing(report));
  console.out << '\n';
  for (const std::string& finding : report.findings) console.out << "  " << finding << '\n';
  if (report.verdict == TraceVerdict::not_a_trace) return;
  // The footer of a complete trace is not counted among what can be relied on.
  const std::string bytes =
      report.verdict == TraceVerdict::complete
          ? grouped(report.file_bytes)
          : fmt::format("{} of {}", grouped(report.good_bytes), grouped(report.file_bytes));
  console.out << fmt::format("whole  {} and {} in {}, {} bytes\n", counted(report.events, "event"),
                             counted(report.snapshots, "snapshot"), counted(report.frames, "frame"),
                             bytes)
              << fmt::format("chain  {}\n", hex(report.chain));
}

void print_json(const events::VerifyReport& report, const std::string& trace, Console& console) {
  Json document = {{"format", "tablekey.verify/1"},
                   {"trace", trace},
                   {"verdict", events::name(report.verdict)},
                   {"closing", nullptr},
                   {"events", report.events},
                   {"snapshots", report.snapshots},
                   {"frames", report.frames},
                   {"goodBytes", report.good_bytes},
                   {"fileBytes", report.file_bytes},
                   {"chain", hex(report.chain)},
                   {"findings", report.findings}};
  if (report.closing) document["closing"] = closing(report);
  console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace

int verify(const VerifyOptions& options, Console& console) {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const auto report = events::verify(options.trace, threads);
  if (!report) return console.fail(kExitIo, report.error().message);
  if (options.json) {
    print_json(*report, options.trace.string(), console);
  } else {
    print_text(*report, options.trace.string(), console);
  }
  return exit_code_of(report->verdict);
}

}  // namespace tablekey::replay::verbs
