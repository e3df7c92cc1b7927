#include "events/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "crypto/sha256.h"

namespace tablekey::events {
namespace {

struct Finding {
  std::string sentence;
  bool damage = true;  // false: it could not be checked
};

std::optional<Finding> check_times(const DecodedChunk& chunk, const IndexEntry& entry) {
  std::int64_t before = entry.first_time;
  for (const Event::Reader event : chunk.events()) {
    if (event.getTime() < before) return Finding{"events are not in order of time"};
    before = event.getTime();
  }
  if (chunk[0].getTime() != entry.first_time || before != entry.last_time) {
    return Finding{"the times in its header are not those of its events"};
  }
  return std::nullopt;
}

// Everything about one frame that the walk has not looked at.
std::optional<Finding> check_frame(const TraceFile& trace, std::uint64_t number) {
  const IndexEntry& entry = trace.frames()[number];
  const auto header = trace.header(number);
  if (!header) return Finding{header.error().message};
  auto raw = trace.payload(number);
  if (!raw) {
    const auto kind = raw.error().kind;
    const bool unknown = kind == Error::Kind::unsupported || kind == Error::Kind::limit;
    return Finding{raw.error().message, !unknown};
  }
  if (crypto::sha256(raw->bytes()) != header->leaf) {
    return Finding{"its content does not have the digest that its header says"};
  }
  if (entry.type == FrameType::identity) {
    const auto identity = DecodedIdentity::decode(std::move(*raw));
    if (!identity) return Finding{identity.error().message};
  }
  if (entry.type != FrameType::events) return std::nullopt;
  const auto chunk = DecodedChunk::decode(std::move(*raw), entry.first_event, entry.event_count);
  if (!chunk) return Finding{chunk.error().message};
  return check_times(*chunk, entry);
}

// One slot per frame, so that the result does not depend on which thread was first.
std::vector<std::optional<Finding>> check_frames(const TraceFile& trace, unsigned threads) {
  std::vector<std::optional<Finding>> found(trace.frames().size());
  std::atomic<std::uint64_t> next = 0;
  const auto work = [&] {
    for (std::uint64_t i = next++; i < found.size(); i = next++) found[i] = check_frame(trace, i);
  };
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < std::min<std::uint64_t>(threads, found.size()); ++i) {
    helpers.emplace_back(work);
  }
  work();
  return found;
}

// Chunks among each other: time does not run backwards between them.
void check_order(const TraceFile& trace, std::vector<std::optional<Finding>>& found) {
  std::optional<std::int64_t> before;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const IndexEntry& entry = trace.frames()[i];
    if (entry.type != FrameType::events) continue;
    if (before && entry.first_time < *before && !found[i]) {
      found[i] = Finding{"it begins before the chunk before it ends"};
    }
    before = entry.last_time;
  }
}

void count_good(const TraceFile& trace, const std::vector<std::optional<Finding>>& found,
                VerifyReport& report) {
  const auto bad =
      std::ranges::find_if(found, [](const auto& finding) { return finding && finding->damage; });
  report.frames = static_cast<std::uint64_t>(bad - found.begin());
  const auto good = trace.frames().first(report.frames);
  for (const IndexEntry& entry : good) {
    report.events += entry.event_count;
    if (entry.type == FrameType::snapshot) ++report.snapshots;
  }
  if (!good.empty()) report.chain = good.back().chain;
  report.good_bytes =
      bad == found.end() ? trace.scan().good_bytes : trace.frames()[report.frames].offset;
}

}  // namespace

VerifyReport verify(const TraceFile& trace, unsigned threads) {
  VerifyReport report;
  report.verdict = trace.verdict();
  report.closing = trace.closing();
  report.file_bytes = trace.scan().file_bytes;
  if (report.verdict != Verdict::complete) report.findings.push_back(trace.explanation());
  if (report.verdict == Verdict::not_a_trace) return report;
  auto found = check_frames(trace, threads);
  check_order(trace, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) continue;
    report.findings.push_back(fmt::format("frame {}: {}", i, found[i]->sentence));
    if (found[i]->damage) report.verdict = Verdict::damaged;
  }
  if (report.verdict == Verdict::damaged) report.closing.reset();
  count_good(trace, found, report);
  return report;
}

Result<VerifyReport> verify(const std::filesystem::path& path, unsigned threads) {
  const auto trace = TraceFile::open(path);
  if (!trace) return std::unexpected(trace.error());
  return verify(*trace, threads);
}

}  // namespace tablekey::events
