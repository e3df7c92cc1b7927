#include "events/repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "events/output.h"
#include "events/pen.h"
#include "events/verify.h"

namespace tablekey::events {
namespace {

namespace fs = std::filesystem;

unsigned threads() { return std::max(1U, std::thread::hardware_concurrency()); }

fs::path temporary_path(const fs::path& destination) {
  fs::path path = destination;
  path += ".repair";
  return path;
}

Result<void> refuse_hopeless(const fs::path& input, const VerifyReport& report) {
  if (report.verdict == Verdict::not_a_trace) {
    return fail(Error::Kind::not_a_trace,
                fmt::format("{} is not a trace: {}", input.string(), report.findings.front()));
  }
  if (report.verdict == Verdict::complete) {
    return fail(Error::Kind::usage,
                fmt::format("{} is complete: there is nothing to repair", input.string()));
  }
  if (report.frames == 0) {
    return fail(Error::Kind::damaged,
                fmt::format("{} has no whole identity frame: nothing can be kept", input.string()));
  }
  return {};
}

// The input must stay as it is, whatever names were given.
Result<void> refuse_same_file(const fs::path& input, const fs::path& destination) {
  for (const fs::path& path : {destination, temporary_path(destination)}) {
    std::error_code missing;
    if (fs::equivalent(input, path, missing)) {
      return fail(Error::Kind::usage, "a repair writes a new file and never changes its input");
    }
  }
  return {};
}

Result<void> reread(const fs::path& path, const VerifyReport& expected) {
  const auto report = verify(path, threads());
  if (!report) return std::unexpected(report.error());
  const bool same = report->verdict == Verdict::complete && report->frames == expected.frames &&
                    report->events == expected.events && report->chain == expected.chain;
  if (!same) {
    return fail(Error::Kind::io,
                fmt::format("{} does not read back as it was written", path.string()));
  }
  return {};
}

Result<void> write_prefix(const TraceFile& trace, const VerifyReport& sound,
                          std::unique_ptr<OutputFile> output, const fs::path& temporary) {
  Pen pen(std::move(output), {});
  const Bytes prefix = trace.bytes().first(sound.good_bytes);
  if (auto done = pen.copy(trace.frames().first(sound.frames), prefix); !done) return done;
  if (auto done = pen.finish(Closing::interrupted); !done) return done;
  if (auto done = reread(temporary, sound); !done) return done;
  return pen.publish();
}

RepairReport summary(const TraceFile& trace, const VerifyReport& sound) {
  RepairReport report;
  report.before = sound.verdict;
  report.explanation = sound.findings.front();
  report.frames_kept = sound.frames;
  report.events_kept = sound.events;
  report.bytes_kept = sound.good_bytes;
  report.bytes_lost = sound.file_bytes - sound.good_bytes;
  if (trace.scan().stored_index) {
    const std::uint64_t events = trace.scan().stored_index->event_count;
    if (events >= sound.events) report.events_lost = events - sound.events;
  }
  return report;
}

}  // namespace

Result<RepairReport> repair(const fs::path& input, const fs::path& destination, bool overwrite) {
  const auto trace = TraceFile::open(input);
  if (!trace) return std::unexpected(trace.error());
  const VerifyReport sound = verify(*trace, threads());
  if (auto hope = refuse_hopeless(input, sound); !hope) return std::unexpected(hope.error());
  if (auto other = refuse_same_file(input, destination); !other) {
    return std::unexpected(other.error());
  }
  const fs::path temporary = temporary_path(destination);
  auto output = create_output(destination, temporary, overwrite);
  if (!output) return std::unexpected(output.error());
  const auto written = write_prefix(*trace, sound, std::move(*output), temporary);
  if (!written) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    return std::unexpected(written.error());
  }
  return summary(*trace, sound);
}

}  // namespace tablekey::events
