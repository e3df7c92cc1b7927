// The same bytes on one thread and on two, names that are never overwritten, and disks that fail.
#include "events/writer.h"

#include <catch2/catch.hpp>

#include "events/digest_sink.h"
#include "events/reader.h"
#include "tests/events/sample.h"

namespace writer_test {

using namespace tablekey::events;
using sample::File;
namespace fs = std::filesystem;

namespace {

constexpr sample::Shape kLong{.events = 900, .snapshot_every = 5, .large = 300};

// A disk that takes `limit` bytes and then refuses, in the middle of a write as a full disk does.
class FullDisk : public OutputFile {
 public:
  FullDisk(File& file, std::size_t limit) : file_(file), limit_(limit) {}
  Result<void> append(std::span<const Bytes> parts) override {
    for (const Bytes part : parts) {
      for (const std::uint8_t byte : part) {
        if (file_.size() == limit_) return fail(Error::Kind::io, "cannot write: no space left");
        file_.push_back(byte);
      }
    }
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<void> publish() override {
    published = true;
    return {};
  }
  bool published = false;

 private:
  File& file_;
  std::size_t limit_;
};

// A disk whose syncs fail, or that counts them.
class SyncCounter : public OutputFile {
 public:
  SyncCounter(int& syncs, int fail_at) : syncs_(syncs), fail_at_(fail_at) {}
  Result<void> append(std::span<const Bytes>) override { return {}; }
  Result<void> sync() override {
    if (++syncs_ == fail_at_) return fail(Error::Kind::io, "cannot sync: input/output error");
    return {};
  }
  Result<void> publish() override { return {}; }

 private:
  int& syncs_;
  int fail_at_;
};

File written(const WriterOptions& options, Digest& chain) {
  File file;
  auto writer = TraceWriter::into(std::make_unique<sample::MemoryOutput>(file), options).value();
  sample::run_from_start(*writer, kLong);
  chain = writer->chain();
  REQUIRE(writer->close(Closing::finished));
  return file;
}

}  // namespace

TEST_CASE("a trace has the same bytes with and without a second thread") {
  for (const Codec codec : {Codec::none, Codec::zstd}) {
    Digest chain_beside{};
    Digest chain_inline{};
    const File beside = written({.codec = codec, .background = true}, chain_beside);
    const File in_line = written({.codec = codec, .background = false}, chain_inline);
    REQUIRE(beside == in_line);
    REQUIRE(chain_beside == chain_inline);
  }
}

TEST_CASE("compression changes the size of a trace and not its digest") {
  Digest chain_none{};
  Digest chain_zstd{};
  const File plain = written({.codec = Codec::none}, chain_none);
  const File small = written({.codec = Codec::zstd}, chain_zstd);
  DigestSink sink;
  sample::run_from_start(sink, kLong);
  REQUIRE(chain_none == sink.chain());
  REQUIRE(chain_zstd == sink.chain());
  REQUIRE(small.size() < plain.size());
  const auto compressed = TraceFile::from_bytes(small, "zstd");
  const auto uncompressed = TraceFile::from_bytes(plain, "none");
  REQUIRE(compressed.frames().size() == uncompressed.frames().size());
  for (std::size_t i = 0; i < compressed.frames().size(); ++i) {
    const auto left = compressed.payload(i).value();
    const auto right = uncompressed.payload(i).value();
    REQUIRE(std::ranges::equal(left.bytes(), right.bytes()));
  }
}

TEST_CASE("a trace grows under a .part name and gets its own when it is closed") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  auto writer = TraceWriter::create(path, {}).value();
  sample::run_from_start(*writer, {});
  REQUIRE(writer->status());
  REQUIRE_FALSE(fs::exists(path));
  REQUIRE(fs::exists(part_path(path)));
  REQUIRE(writer->close(Closing::finished));
  REQUIRE_FALSE(fs::exists(part_path(path)));
  REQUIRE(sample::read_file(path) == sample::trace());
}

TEST_CASE("a writer that is dropped leaves every chunk it was given, as a torn trace") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  {
    auto writer = TraceWriter::create(path, {}).value();
    sample::run_from_start(*writer, {});
  }
  REQUIRE_FALSE(fs::exists(path));
  const auto trace = TraceFile::open(part_path(path)).value();
  REQUIRE(trace.verdict() == Verdict::torn);
  REQUIRE(trace.event_count() == 29);
}

TEST_CASE("a file that exists is not overwritten unless asked") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  const File precious = {1, 2, 3};
  const auto write = [&](bool overwrite) -> Result<void> {
    auto writer = TraceWriter::create(path, {.overwrite = overwrite});
    if (!writer) return std::unexpected(writer.error());
    sample::run_from_start(**writer, {});
    return (*writer)->close(Closing::finished);
  };
  SECTION("under its final name") { sample::write_file(path, precious); }
  SECTION("under its .part name") { sample::write_file(part_path(path), precious); }
  const auto refused = write(false);
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().kind == Error::Kind::exists);
  const fs::path there = fs::exists(path) ? path : part_path(path);
  REQUIRE(sample::read_file(there) == precious);
  REQUIRE(write(true));
  REQUIRE(sample::read_file(path) == sample::trace());
}

TEST_CASE("a file that appears while a trace is written is not overwritten at close") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  auto writer = TraceWriter::create(path, {}).value();
  sample::run_from_start(*writer, {});
  sample::write_file(path, {1, 2, 3});
  const auto closed = writer->close(Closing::finished);
  REQUIRE_FALSE(closed);
  REQUIRE(closed.error().kind == Error::Kind::exists);
  REQUIRE(sample::read_file(path) == File{1, 2, 3});
  REQUIRE(sample::read_file(part_path(path)) == sample::trace());
}

TEST_CASE("two writers of one trace do not mix") {
  const sample::TempFolder folder;
  const auto first = TraceWriter::create(folder / "run.tk", {}).value();
  const auto second = TraceWriter::create(folder / "run.tk", {.overwrite = true});
  REQUIRE_FALSE(second);
  REQUIRE(second.error().message.find("another process") != std::string::npos);
}

TEST_CASE("a folder that is missing is an error of the system, with its words") {
  const auto writer = TraceWriter::create("/nonexistent/folder/run.tk", {});
  REQUIRE_FALSE(writer);
  REQUIRE(writer.error().message ==
          "cannot open /nonexistent/folder/run.tk.part: No such file or directory");
}

// The disk is full after every possible number of bytes: in a header, a payload, the footer, the
// trailer.
TEST_CASE("a full disk is reported, and what was written before it is a readable torn trace") {
  const File whole = sample::trace();
  const Scan good = scan(whole);
  for (std::size_t limit = kSuperblockSize; limit < whole.size(); limit += 13) {
    const WriterOptions options{.background = limit % 2 == 0};
    File file;
    auto disk = std::make_unique<FullDisk>(file, limit);
    const FullDisk& watched = *disk;
    auto writer = TraceWriter::into(std::move(disk), options).value();
    sample::run_from_start(*writer, {});
    const auto closed = writer->close(Closing::finished);
    REQUIRE_FALSE(closed);
    REQUIRE(closed.error().message == "cannot write: no space left");
    REQUIRE_FALSE(watched.published);
    const Scan left = scan(file);
    REQUIRE(left.verdict == Verdict::torn);
    REQUIRE(std::equal(left.frames.begin(), left.frames.end(), good.frames.begin()));
  }
}

TEST_CASE("the first error stays, and is seen before close") {
  File file;
  auto writer =
      TraceWriter::into(std::make_unique<FullDisk>(file, 200), {.background = true}).value();
  sample::run_from_start(*writer, kLong);
  writer->chain();  // waits for the thread
  const auto status = writer->status();
  REQUIRE_FALSE(status);
  REQUIRE(status.error().kind == Error::Kind::io);
  REQUIRE(file.size() == 200);
}

TEST_CASE("a trace is synced after every so many chunks if asked, and always at close") {
  for (const bool background : {false, true}) {
    int rare = 0;
    int often = 0;
    for (auto [syncs, every] : {std::pair{&rare, 0U}, std::pair{&often, 2U}}) {
      const WriterOptions options{.background = background, .sync_every = every};
      auto writer = TraceWriter::into(std::make_unique<SyncCounter>(*syncs, -1), options).value();
      sample::run_from_start(*writer, {.events = 80});
      REQUIRE(writer->close(Closing::finished));
    }
    REQUIRE(rare == 1);
    REQUIRE(often == 1 + 5);
  }
}

TEST_CASE("a sync that fails is an error") {
  int syncs = 0;
  const WriterOptions options{.background = true, .sync_every = 3};
  auto writer = TraceWriter::into(std::make_unique<SyncCounter>(syncs, 1), options).value();
  sample::run_from_start(*writer, {});
  const auto closed = writer->close(Closing::finished);
  REQUIRE_FALSE(closed);
  REQUIRE(closed.error().message == "cannot sync: input/output error");
}

TEST_CASE("a gap between chunks is a broken law, on either thread") {
  const File message = sample::identity_message();
  for (const bool background : {false, true}) {
    File file;
    auto writer =
        TraceWriter::into(std::make_unique<sample::MemoryOutput>(file), {.background = background})
            .value();
    writer->identity(message);
    const ChunkInfo gap{.first_event = 5, .event_count = 1, .first_time = 0, .last_time = 0};
    const auto hand_in = [&] {
      writer->chunk(message, gap);
      writer->chain();
    };
    REQUIRE_THROWS_AS(hand_in(), BrokenLaw);
  }
}

TEST_CASE("a closed trace takes nothing more") {
  File file;
  auto writer = TraceWriter::into(std::make_unique<sample::MemoryOutput>(file), {}).value();
  writer->identity(sample::identity_message());
  REQUIRE(writer->close(Closing::finished));
  REQUIRE_THROWS_AS(writer->snapshot({}, 0, 0), BrokenLaw);
  REQUIRE_THROWS_AS(writer->close(Closing::finished), BrokenLaw);
}

TEST_CASE("an empty snapshot and a large one are frames like any other") {
  File file;
  auto writer =
      TraceWriter::into(std::make_unique<sample::MemoryOutput>(file), {.background = true}).value();
  const File large = sample::noise(1, 3'000'001);
  writer->identity(sample::identity_message());
  writer->snapshot({}, 0, 7);
  writer->snapshot(large, 0, 8);
  REQUIRE(writer->close(Closing::finished));
  const auto trace = TraceFile::from_bytes(file, "memory");
  REQUIRE(trace.verdict() == Verdict::complete);
  REQUIRE(trace.payload(1).value().bytes().empty());
  REQUIRE(std::ranges::equal(trace.payload(2).value().bytes(), large));
}

}  // namespace writer_test
