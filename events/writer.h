// Writes a trace file. The file grows under `X.part` and becomes `X` when it is closed, never over
// an existing `X` unless told. With a background thread, hashing, compressing and writing happen
// beside the simulation; the bytes are the same. A writer that is destroyed without close() leaves
// a torn trace, as a killed process does.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "events/output.h"
#include "events/sink.h"

namespace tablekey::events {

struct WriterOptions {
  Codec codec = Codec::none;     // zstd compresses each frame; the chain digest is the same
  bool background = true;        // hash and write on a second thread
  std::uint32_t sync_every = 0;  // fdatasync after so many chunks; 0: only at close
  bool overwrite = false;        // replace an existing file of that name, or an abandoned .part
};

class Pen;

class TraceWriter : public ChunkSink {
 public:
  // A new trace that will be called `path`.
  static Result<std::unique_ptr<TraceWriter>> create(const std::filesystem::path& path,
                                                     const WriterOptions& options);
  // Goes on with an interrupted or torn trace: keeps its first `keep_frames` chained frames (at
  // least the identity; see TraceFile::full_frames), drops the rest and appends, so that in the end
  // the file is the one that an uninterrupted run would have written. `source` is `path` itself or
  // its .part file; it is called .part until it is closed. No TraceFile may be open on it: the file
  // shrinks under the mapping. A damaged trace is refused, and so is a finished one that has its
  // name already.
  static Result<std::unique_ptr<TraceWriter>> resume(const std::filesystem::path& source,
                                                     const std::filesystem::path& path,
                                                     std::uint64_t keep_frames,
                                                     const WriterOptions& options);
  // A new trace into any output.
  static Result<std::unique_ptr<TraceWriter>> into(std::unique_ptr<OutputFile> output,
                                                   const WriterOptions& options);

  ~TraceWriter() override;

  void identity(Bytes message) override;
  void chunk(Bytes message, const ChunkInfo& info) override;
  void snapshot(Bytes state, std::uint64_t event_number, std::int64_t time) override;
  void take_snapshot(std::vector<std::uint8_t> state, std::uint64_t event_number,
                     std::int64_t time) override;
  // After an error it means nothing.
  Digest chain() override;
  Result<void> status() const override;

  // Writes the footer, syncs, and gives the file its name. An interrupted trace can be resumed; the
  // mark is outside the chain. Returns the first error of the whole life of the writer; what was
  // written before it stays readable as a torn trace. Nothing may be handed in afterwards.
  Result<void> close(Closing closing);

 private:
  struct Job {
    FrameType type = FrameType::events;
    std::vector<std::uint8_t> raw;
    ChunkInfo info;
  };

  TraceWriter(std::unique_ptr<Pen> pen, bool background);
  void submit(FrameType type, Bytes raw, const ChunkInfo& info);
  std::optional<std::vector<std::uint8_t>> buffer_for(std::size_t length);
  void queue(Job job);
  void drain();
  void work(const std::stop_token& stop);
  void finish_job(Job job, Result<void> result);
  void rethrow_bug() const;

  const std::unique_ptr<Pen> pen_;
  bool closed_ = false;

  mutable std::mutex mutex_;          // guards what follows
  std::condition_variable_any wake_;  // a job is there
  std::condition_variable_any room_;  // a job is done
  std::deque<Job> jobs_;
  std::vector<std::vector<std::uint8_t>> spare_;
  std::uint64_t bytes_queued_ = 0;
  bool busy_ = false;
  std::optional<Error> error_;
  std::exception_ptr bug_;  // a broken law on the other thread
  std::jthread thread_;     // last: it ends before what it uses
};

}  // namespace tablekey::events
