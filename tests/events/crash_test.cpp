// A machine that loses power: of everything written since the last sync each page may have reached
// the disk, may not have, or may hold anything. Whatever is left must never be called complete, and
// every frame that is accepted must be one that was written.
#include <catch2/catch.hpp>

#include "events/scan.h"
#include "tests/events/sample.h"

namespace crash_test {

using namespace tablekey::events;
using sample::File;

namespace {

constexpr std::size_t kPage = 512;

class Disk {
 public:
  File cache;    // what the running program sees
  File durable;  // what is certain
  bool published = false;

  // What the machine finds after the power came back.
  File crash(std::uint64_t seed) const {
    File left = durable;
    const auto dice = sample::noise(seed, cache.size() / kPage + 2);
    // The length itself may or may not have been written.
    left.resize(dice.back() % 2 == 0 ? cache.size() : std::max(durable.size(), cache.size() / 2));
    for (std::size_t at = durable.size() / kPage * kPage; at < left.size(); at += kPage) {
      const std::size_t begin = std::max(at, durable.size());
      const std::size_t end = std::min(at + kPage, left.size());
      const auto garbage = sample::noise(seed + at, kPage);
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint8_t fate = dice[at / kPage] % 4;
        if (fate <= 1) left[i] = cache[i];         // written
        if (fate == 3) left[i] = garbage[i - at];  // half written, or anything; 2: not at all
      }
    }
    return left;
  }
};

class CrashingOutput : public OutputFile {
 public:
  explicit CrashingOutput(Disk& disk) : disk_(disk) {}
  Result<void> append(std::span<const Bytes> parts) override {
    for (const Bytes part : parts) {
      disk_.cache.insert(disk_.cache.end(), part.begin(), part.end());
    }
    return {};
  }
  Result<void> sync() override {
    disk_.durable = disk_.cache;
    return {};
  }
  Result<void> publish() override {
    disk_.published = true;
    return {};
  }

 private:
  Disk& disk_;
};

}  // namespace

TEST_CASE(
    "after a crash no frame is accepted that was not written, and none before a sync is lost") {
  const sample::Shape shape{.events = 61, .snapshot_every = 2, .large = 300};
  const File whole = sample::trace(shape);
  const Scan good = scan(whole);
  for (const std::uint32_t sync_every : {0U, 1U, 3U}) {
    for (std::uint64_t events = 3; events < shape.events; events += 5) {
      Disk disk;
      const WriterOptions options{.background = false, .sync_every = sync_every};
      auto writer = TraceWriter::into(std::make_unique<CrashingOutput>(disk), options).value();
      sample::run_from_start(*writer, {.events = events, .snapshot_every = 2, .large = 300});
      const std::size_t safe = disk.durable.empty() ? 0 : scan(disk.durable).frames.size();
      const std::size_t written = scan(disk.cache).frames.size();
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const Scan left = scan(disk.crash(seed));
        CAPTURE(sync_every, events, seed);
        REQUIRE(left.verdict != Verdict::complete);
        if (left.verdict == Verdict::not_a_trace) {
          REQUIRE(safe == 0);
          continue;
        }
        REQUIRE(left.frames.size() >= safe);
        REQUIRE(left.frames.size() <= written);
        // The last frame of a run that was cut short is not one of the whole run.
        const std::size_t shared = std::min(left.frames.size(), written - 1);
        REQUIRE(std::equal(left.frames.begin(),
                           left.frames.begin() + static_cast<std::ptrdiff_t>(shared),
                           good.frames.begin()));
      }
    }
  }
}

TEST_CASE("a trace has its name only once all of it is on the disk") {
  Disk disk;
  auto writer =
      TraceWriter::into(std::make_unique<CrashingOutput>(disk), {.background = true}).value();
  sample::run_from_start(*writer, {});
  writer->chain();
  REQUIRE_FALSE(disk.published);
  REQUIRE(disk.durable.empty());
  REQUIRE(writer->close(Closing::finished));
  REQUIRE(disk.published);
  REQUIRE(disk.durable == sample::trace());
}

}  // namespace crash_test
