// A disk that keeps, loses, tears or replaces what was not synced, one that is full, and one that
// gives back less than it holds. Goal: the verdict on what is left is right each time, nothing that
// was acknowledged is lost, and resume (behind repair, where there is a hole) comes to the digest
// of the run that nothing happened to. Method: the bytes of one real run as a disk would have got
// them, left in a state drawn from a seed; an oracle that knows the whole stream says what the
// verdict must be. The default run resumes from some seeds, the hidden one ([.slow]) from all of
// ten thousand.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>

#include "events/repair.h"
#include "events/scan.h"
#include "events/writer.h"
#include "replay/resume.h"
#include "tests/replay/sample_run.h"

namespace tablekey::replay::faulty_disk_test {
namespace {

namespace fs = std::filesystem;
using events::Bytes;
using events::Scan;
using events::Verdict;
using sample::File;

constexpr std::size_t kPage = 512;
constexpr std::uint32_t kEventsPerChunk = 64;

/// What happens to the bytes of a run on their way, in the order in which it happens.
struct Stream {
  File bytes;                       // all that was ever appended
  std::vector<std::size_t> grown;   // length after each append
  std::vector<std::size_t> synced;  // length that was durable then
  std::size_t durable = 0;
};

class Recording : public events::OutputFile {
 public:
  explicit Recording(Stream& stream) : stream_(stream) {}
  events::Result<void> append(std::span<const Bytes> parts) override {
    for (const Bytes part : parts) {
      stream_.bytes.insert(stream_.bytes.end(), part.begin(), part.end());
    }
    stream_.grown.push_back(stream_.bytes.size());
    stream_.synced.push_back(stream_.durable);
    return {};
  }
  events::Result<void> sync() override {
    stream_.durable = stream_.bytes.size();
    return {};
  }
  events::Result<void> publish() override { return {}; }

 private:
  Stream& stream_;
};

const sample::Scenario& scenario() {
  static const sample::Scenario kScenario = sample::load(sample::kBusy, kEventsPerChunk);
  return kScenario;
}

struct Whole {
  Whole() {
    auto writer = events::TraceWriter::into(std::make_unique<Recording>(stream),
                                            {.background = false, .sync_every = 3})
                      .value();
    writer->identity(bytes_of(scenario().identity));
    Run run(*scenario().view, *writer, kEventsPerChunk);
    sample::turn(run);
    run.cut();
    writer->close(events::Closing::finished).value();
    const Scan scan = events::scan(stream.bytes);
    REQUIRE(scan.verdict == Verdict::complete);
    chain = scan.chain;
    for (const auto& frame : scan.frames) frames.push_back(frame.offset);
    const std::size_t trailer = stream.bytes.size() - events::kTrailerSize;
    const auto footer = events::decode_trailer(Bytes(stream.bytes).subspan(trailer));
    REQUIRE(footer.has_value());
    frames.push_back(footer->footer_offset);
  }
  Stream stream;
  events::Digest chain{};
  std::vector<std::size_t> frames;  // where each begins, the footer too
};

const Whole& whole() {
  static const Whole kWhole;
  return kWhole;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
  std::uint64_t next(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_;
};

/// What the machine finds after the power came back, in the middle of some append.
struct Left {
  File bytes;
  std::size_t durable = 0;
};

Left crash(std::uint64_t seed) {
  const Stream& stream = whole().stream;
  Dice dice(seed);
  const std::size_t at = dice.next(stream.grown.size());
  Left left{{}, stream.synced[at]};
  // The last append may have come to any byte, and the length to any of what it was.
  const std::size_t before = at == 0 ? 0 : stream.grown[at - 1];
  const std::size_t length = before + dice.next(stream.grown[at] - before + 1);
  left.bytes.assign(stream.bytes.begin(),
                    stream.bytes.begin() + static_cast<std::ptrdiff_t>(length));
  const std::uint64_t kind = dice.next(4);  // of the disk: mostly kept … mostly lost
  for (std::size_t page = left.durable / kPage * kPage; page < length; page += kPage) {
    const std::size_t begin = std::max(page, left.durable), end = std::min(page + kPage, length);
    if (dice.next(5) > kind) continue;  // kept
    const std::uint64_t fate = dice.next(3);
    const std::size_t from = fate == 1 ? begin + dice.next(end - begin + 1) : begin;  // 1: torn
    const File garbage = events::sample::noise(seed + page, kPage);
    for (std::size_t i = from; i < end; ++i) left.bytes[i] = fate == 2 ? garbage[i - page] : 0;
  }
  if (dice.next(3) == 0) {  // the file is shorter than what was written
    left.bytes.resize(left.durable + dice.next(left.bytes.size() - left.durable + 1));
  }
  return left;
}

bool same(const File& left, std::size_t begin, std::size_t end) {
  const File& good = whole().stream.bytes;
  return end <= left.size() && std::equal(left.begin() + static_cast<std::ptrdiff_t>(begin),
                                          left.begin() + static_cast<std::ptrdiff_t>(end),
                                          good.begin() + static_cast<std::ptrdiff_t>(begin));
}

/// What must be said of `left`, by comparing it with what was written.
struct Truth {
  Verdict verdict = Verdict::torn;
  std::size_t frames = 0;  // that are whole, from the first on
};

Truth truth_of(const File& left) {
  const auto& frames = whole().frames;
  const std::size_t end = whole().stream.bytes.size();
  if (!same(left, 0, events::kSuperblockSize)) return {Verdict::not_a_trace, 0};
  Truth truth;
  const auto end_of = [&](std::size_t frame) {
    return frame + 1 < frames.size() ? frames[frame + 1] : end - events::kTrailerSize;
  };
  while (truth.frames < frames.size() - 1 &&
         same(left, frames[truth.frames], end_of(truth.frames))) {
    ++truth.frames;
  }
  if (truth.frames == frames.size() - 1 && same(left, frames.back(), end) && left.size() == end) {
    return {Verdict::complete, truth.frames};
  }
  // A header or the trailer behind what is whole: there is a hole, not a torn end. The header of
  // the frame that is not whole is where the end was torn; the footer's comes last of all.
  for (std::size_t later = truth.frames + 1; later < frames.size(); ++later) {
    if (same(left, frames[later], frames[later] + events::kFrameHeaderSize)) {
      truth.verdict = Verdict::damaged;
    }
  }
  const bool trailer = same(left, end - events::kTrailerSize, end);
  if (trailer && left.size() == end) truth.verdict = Verdict::damaged;
  return truth;
}

/// Goes on from what is left, repairing it first if it has a hole. The chain of the whole.
std::optional<events::Digest> gone_on(const Left& left, const Scan& scan) {
  const sample::TempFolder folder;
  fs::path trace = folder / "run.tk";
  sample::write_file(folder / "run.tk.part", left.bytes);
  if (scan.verdict == Verdict::damaged) {
    const auto repaired = events::repair(folder / "run.tk.part", folder / "saved.tk", false);
    if (!repaired) return std::nullopt;
    trace = folder / "saved.tk";
  }
  auto resumed = resume(trace, {.background = false});
  if (!resumed) return std::nullopt;
  sample::turn(*resumed->run);
  resumed->run->cut();
  if (!resumed->writer->close(events::Closing::finished)) return std::nullopt;
  return events::scan(sample::read_file(resumed->path)).chain;
}

// How many of the seeds could be gone on with.
std::uint64_t try_seeds(std::uint64_t seeds, std::uint64_t resume_every) {
  std::uint64_t resumed = 0, damaged = 0, torn = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Left left = crash(seed);
    const Scan scan = events::scan(left.bytes);
    const Truth truth = truth_of(left.bytes);
    CAPTURE(seed, left.bytes.size(), left.durable, truth.frames);
    REQUIRE(scan.verdict == truth.verdict);
    if (truth.verdict == Verdict::not_a_trace) continue;
    REQUIRE(scan.frames.size() == truth.frames);
    // Whatever was acknowledged is there.
    std::size_t acknowledged = 0;
    while (acknowledged + 1 < whole().frames.size() &&
           whole().frames[acknowledged + 1] <= left.durable) {
      ++acknowledged;
    }
    REQUIRE(truth.frames >= acknowledged);
    ++(truth.verdict == Verdict::damaged ? damaged : torn);
    if (truth.frames == 0 || truth.verdict == Verdict::complete || seed % resume_every != 0) {
      continue;
    }
    const auto chain = gone_on(left, scan);
    REQUIRE(chain.has_value());
    REQUIRE(*chain == whole().chain);
    ++resumed;
  }
  // Both kinds of harm are done.
  REQUIRE(damaged > seeds / 50);
  REQUIRE(torn > seeds / 4);
  return resumed;
}

}  // namespace

TEST_CASE(
    "a faulty disk: the verdict is right, nothing acknowledged is lost, resume makes it whole") {
  REQUIRE(try_seeds(10'000, 100) > 50);
}

TEST_CASE("a faulty disk, gone on from every one of ten thousand seeds", "[.slow]") {
  REQUIRE(try_seeds(10'000, 1) > 9'000);
}

namespace {

/// Takes so many bytes and then no more, as a full disk does: a part of an append may be written.
class Full : public events::OutputFile {
 public:
  Full(File& left, std::size_t room) : left_(left), room_(room) {}
  events::Result<void> append(std::span<const Bytes> parts) override {
    for (const Bytes part : parts) {
      const std::size_t fits = std::min(part.size(), room_ - left_.size());
      left_.insert(left_.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(fits));
      if (fits < part.size())
        return events::fail(events::Error::Kind::io, "no space left on device");
    }
    return {};
  }
  events::Result<void> sync() override { return {}; }
  events::Result<void> publish() override {
    FAIL("what was not written whole gets no name");
    return {};
  }

 private:
  File& left_;
  std::size_t room_;
};

}  // namespace

TEST_CASE("a full disk: the run says so, and goes on from what was written when there is room") {
  const std::size_t size = whole().stream.bytes.size();
  for (std::size_t room = events::kSuperblockSize; room < size; room += size / 23) {
    CAPTURE(room);
    Left left;
    {
      auto writer = events::TraceWriter::into(std::make_unique<Full>(left.bytes, room),
                                              {.background = false});
      if (!writer) continue;  // not even its head
      (*writer)->identity(bytes_of(scenario().identity));
      Run run(*scenario().view, **writer, kEventsPerChunk);
      sample::turn(run);
      run.cut();
      const auto closed = (*writer)->close(events::Closing::finished);
      REQUIRE_FALSE(closed.has_value());
      REQUIRE(closed.error().message.find("no space left") != std::string::npos);
    }
    const Scan scan = events::scan(left.bytes);
    const Truth truth = truth_of(left.bytes);
    REQUIRE(scan.verdict == truth.verdict);
    REQUIRE(scan.frames.size() == truth.frames);
    if (truth.frames == 0) continue;
    REQUIRE(gone_on(left, scan) == whole().chain);
  }
}

TEST_CASE("a short read is a torn end, wherever it ends") {
  const File& bytes = whole().stream.bytes;
  for (std::size_t length = 0; length < bytes.size(); length += 97) {
    const Bytes read = Bytes(bytes).first(length);
    const Scan scan = events::scan(read);
    CAPTURE(length);
    REQUIRE(scan.verdict ==
            (length < events::kSuperblockSize ? Verdict::not_a_trace : Verdict::torn));
    const auto file = events::TraceFile::from_bytes(read, "short.tk", events::Check::index);
    REQUIRE(file.verdict() != Verdict::complete);
  }
}

}  // namespace tablekey::replay::faulty_disk_test
