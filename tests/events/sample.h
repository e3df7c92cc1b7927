// What the tests of this room have in common: synthetic events of every shape, small traces made of
// them in memory, and a forge that takes a trace apart and puts it together again with every
// checksum right.
#pragma once

#include <capnp/message.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "crypto/crc32c.h"
#include "crypto/sha256.h"
#include "events/chain.h"
#include "events/recorder.h"
#include "events/scan.h"
#include "events/writer.h"

namespace tablekey::events::sample {

using File = std::vector<std::uint8_t>;

inline constexpr std::uint32_t kChunkEvents = 8;
inline constexpr std::int64_t kStart = 1'518'566'400'000'000'000;  // 2018-02-14, the seed's day

// Fixed bytes that look like ciphertext.
inline std::vector<std::uint8_t> noise(std::uint64_t seed, std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  for (auto& byte : bytes) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::uint8_t>(seed >> 56);
  }
  return bytes;
}

inline capnp::Data::Reader data(const std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.size()};
}

inline std::int64_t time_of(std::uint64_t number) {
  return kStart + static_cast<std::int64_t>(number) * 1'000'003;
}

inline void fill_table_key(TableKeyCreated::Builder created, std::uint64_t number,
                           std::size_t size) {
  created.setTable(static_cast<std::uint32_t>(number));
  created.setVersion(1);
  created.setBlob(data(noise(number, size)));
  auto keys = created.initDataKeys(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    keys[i].setStructure(i);
    keys[i].setWrapped(data(noise(number + i, 60)));
  }
}

inline void fill_read(Event::ItemRead::Builder read, std::uint64_t number) {
  read.setConnection(static_cast<std::uint32_t>(number % 7));
  read.setTable(1);
  read.setItem(static_cast<std::uint32_t>(number * 31 % 1000));
  read.setVersion(3);
  read.setVia(number % 2 == 0 ? Access::HIT : Access::DELAYED_HIT);
  read.setTagHigh(number * 0x9e37'79b9'7f4a'7c15U);
  read.setTagLow(~number);
  read.setLatency(6'114'000);
  read.setNext(time_of(number + 5));
}

// Event `number` of the synthetic run: mostly reads, now and then something with pointers, `large`
// bytes of it.
inline void fill(Event::Builder event, std::uint64_t number, std::size_t large = 184) {
  event.setTime(time_of(number));
  event.setCause(number / 2);
  if (number == 0) {
    auto started = event.initRunStarted();
    started.setScenario("books");
    started.setSeed(42);
  } else if (number % 6 == 2) {
    fill_table_key(event.initTableKeyCreated(), number, large);
  } else if (number % 6 == 5) {
    auto written = event.initItemWritten();
    written.setTable(2);
    written.setItem(static_cast<std::uint32_t>(number));
    written.setSize(400);
    written.setSealed(data(noise(number, large / 2)));
  } else {
    fill_read(event.initItemRead(), number);
  }
}

inline void record(Recorder& recorder, std::uint64_t until, std::size_t large = 184) {
  while (recorder.events() < until) {
    fill(recorder.begin(), recorder.events(), large);
    recorder.commit();
  }
}

inline Bytes bytes_of(kj::ArrayPtr<const capnp::word> words) {
  return {reinterpret_cast<const std::uint8_t*>(words.begin()), words.size() * sizeof(capnp::word)};
}

inline std::string hex(const Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

inline std::vector<std::uint8_t> identity_message() {
  capnp::MallocMessageBuilder message(4096);
  auto identity = message.initRoot<Identity>();
  identity.setFormatMajor(kFormatMajor);
  identity.setBehaviourVersion(1);
  auto scenario = identity.initScenario();
  scenario.setName("books");
  scenario.setSeed(42);
  identity.setSource("name: books\n");
  identity.setEventsPerChunk(kChunkEvents);
  const Bytes bytes = bytes_of(message.getSegmentsForOutput()[0]);
  return {bytes.begin(), bytes.end()};
}

// A file in memory.
class MemoryOutput : public OutputFile {
 public:
  explicit MemoryOutput(File& file) : file_(file) {}
  Result<void> append(std::span<const Bytes> parts) override {
    for (const Bytes part : parts) file_.insert(file_.end(), part.begin(), part.end());
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<void> publish() override { return {}; }

 private:
  File& file_;
};

struct Shape {
  std::uint64_t events = 29;         // three full chunks and a short one
  std::uint64_t snapshot_every = 2;  // chunks; 0: never
  std::size_t large = 184;
};

// Hands the synthetic run to a sink, from the recorder's next event on.
inline void run(Recorder& recorder, ChunkSink& sink, const Shape& shape) {
  while (recorder.events() < shape.events) {
    const std::uint64_t border = (recorder.events() / kChunkEvents + 1) * kChunkEvents;
    record(recorder, std::min(border, shape.events), shape.large);
    const std::uint64_t chunks = recorder.events() / kChunkEvents;
    if (!recorder.at_border() || shape.snapshot_every == 0) continue;
    if (chunks % shape.snapshot_every != 0) continue;
    // Not a multiple of 8, so that there is padding.
    sink.snapshot(noise(chunks, 101), recorder.events(), time_of(recorder.events() - 1));
  }
  recorder.cut();
}

inline void run_from_start(ChunkSink& sink, const Shape& shape) {
  sink.identity(identity_message());
  Recorder recorder(kChunkEvents, 0, sink);
  run(recorder, sink, shape);
}

// The synthetic run as a closed trace.
inline File trace(const Shape& shape = {}, const WriterOptions& options = {.background = false},
                  Closing closing = Closing::finished) {
  File file;
  auto writer = TraceWriter::into(std::make_unique<MemoryOutput>(file), options).value();
  run_from_start(*writer, shape);
  writer->close(closing).value();
  return file;
}

// The bytes before the footer: what a killed run leaves.
inline File unclosed(File file) {
  file.resize(scan(file).good_bytes);
  return file;
}

// --- the forge
// ---------------------------------------------------------------------------------------

struct ForgedFrame {
  FrameHeader header;
  std::vector<std::uint8_t> stored;
};

inline std::vector<ForgedFrame> take_apart(const File& file) {
  std::vector<ForgedFrame> frames;
  for (const IndexEntry& entry : scan(file).frames) {
    const auto header = decode_frame_header(Bytes(file).subspan(entry.offset)).value();
    const auto stored = Bytes(file).subspan(entry.offset + kFrameHeaderSize, header.stored_length);
    frames.push_back({header, {stored.begin(), stored.end()}});
  }
  return frames;
}

// Gives every frame the leaf, number and link that it should have; for changes that only meaning
// can show.
inline void relink(std::vector<ForgedFrame>& frames) {
  Digest chain{};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i].header.number = i;
    frames[i].header.chain = next_chain(chain, frames[i].header);
    chain = frames[i].header.chain;
  }
}

inline void append_frame(File& file, FrameHeader header, Bytes stored) {
  header.payload_crc = crypto::crc32c(stored);
  const auto bytes = encode(header);
  file.insert(file.end(), bytes.begin(), bytes.end());
  file.insert(file.end(), stored.begin(), stored.end());
  file.resize(padded(file.size()));
}

inline void append_frames(File& file, const std::vector<ForgedFrame>& frames, Index& index) {
  for (const ForgedFrame& frame : frames) {
    index.entries.push_back(index_entry(file.size(), frame.header));
    index.event_count += frame.header.event_count;
    append_frame(file, frame.header, frame.stored);
  }
}

// A closed file of these frames with every CRC right; `spoil` may change the index first.
inline File put_together(
    const std::vector<ForgedFrame>& frames,
    const std::function<void(Index&)>& spoil = [](Index&) {}) {
  const auto superblock = encode_superblock();
  File file(superblock.begin(), superblock.end());
  Index index;
  append_frames(file, frames, index);
  spoil(index);
  const std::uint64_t offset = file.size();
  const auto payload = encode(index);
  FrameHeader footer;
  footer.type = FrameType::footer;
  footer.number = frames.size();
  footer.first_event = index.event_count;
  footer.stored_length = footer.raw_length = static_cast<std::uint32_t>(payload.size());
  footer.leaf = crypto::sha256(payload);
  footer.chain = frames.empty() ? Digest{} : frames.back().header.chain;
  append_frame(file, footer, payload);
  const auto trailer = encode(Trailer{offset, file.size() + kTrailerSize});
  file.insert(file.end(), trailer.begin(), trailer.end());
  return file;
}

// --- files
// -------------------------------------------------------------------------------------------

// A folder of its own that goes with the test.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tablekey-events-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline File read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_file(const std::filesystem::path& path, const File& bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

}  // namespace tablekey::events::sample
