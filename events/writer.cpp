#include "events/writer.h"

#include <fmt/format.h>

#include <utility>

#include "events/pen.h"
#include "events/reader.h"

namespace tablekey::events {
namespace {

constexpr std::size_t kJobsMax = 16;
constexpr std::uint64_t kBytesQueuedMax = std::uint64_t{64} << 20;
constexpr std::size_t kSpareBytesMax = std::size_t{1} << 20;  // a snapshot's buffer is not kept

PenOptions pen_options(const WriterOptions& options) { return {options.codec, options.sync_every}; }

// What resume() needs to know of the file before it is closed again and cut.
struct Kept {
  std::vector<IndexEntry> frames;
  std::uint64_t length = 0;
};

Result<Kept> frames_to_keep(const std::filesystem::path& source, const std::filesystem::path& path,
                            std::uint64_t keep_frames) {
  const auto trace = TraceFile::open(source);
  if (!trace) return std::unexpected(trace.error());
  if (auto usable = trace->usable(true); !usable) return std::unexpected(usable.error());
  // A finished .part was killed before it got its name: its end may be written once more.
  if (trace->closing() == Closing::finished && source == path) {
    return fail(Error::Kind::usage,
                fmt::format("{} is finished: there is nothing to resume", source.string()));
  }
  const auto frames = trace->frames();
  if (keep_frames == 0 || keep_frames > frames.size()) {
    return fail(Error::Kind::usage, fmt::format("{} has {} whole frames, {} cannot be kept",
                                                source.string(), frames.size(), keep_frames));
  }
  const bool all = keep_frames == frames.size();
  const auto kept = frames.first(keep_frames);
  return Kept{{kept.begin(), kept.end()},
              all ? trace->scan().good_bytes : frames[keep_frames].offset};
}

}  // namespace

Result<std::unique_ptr<TraceWriter>> TraceWriter::create(const std::filesystem::path& path,
                                                         const WriterOptions& options) {
  auto output = create_output(path, part_path(path), options.overwrite);
  if (!output) return std::unexpected(output.error());
  return into(std::move(*output), options);
}

Result<std::unique_ptr<TraceWriter>> TraceWriter::into(std::unique_ptr<OutputFile> output,
                                                       const WriterOptions& options) {
  auto pen = std::make_unique<Pen>(std::move(output), pen_options(options));
  if (auto begun = pen->begin(); !begun) return std::unexpected(begun.error());
  return std::unique_ptr<TraceWriter>(new TraceWriter(std::move(pen), options.background));
}

Result<std::unique_ptr<TraceWriter>> TraceWriter::resume(const std::filesystem::path& source,
                                                         const std::filesystem::path& path,
                                                         std::uint64_t keep_frames,
                                                         const WriterOptions& options) {
  const auto kept = frames_to_keep(source, path, keep_frames);
  if (!kept) return std::unexpected(kept.error());
  auto output = continue_output(source, path, kept->length, options.overwrite);
  if (!output) return std::unexpected(output.error());
  auto pen = std::make_unique<Pen>(std::move(*output), pen_options(options));
  pen->adopt(kept->frames, kept->length);
  return std::unique_ptr<TraceWriter>(new TraceWriter(std::move(pen), options.background));
}

TraceWriter::TraceWriter(std::unique_ptr<Pen> pen, bool background) : pen_(std::move(pen)) {
  if (background) thread_ = std::jthread([this](std::stop_token stop) { work(stop); });
}

TraceWriter::~TraceWriter() = default;

void TraceWriter::identity(Bytes message) { submit(FrameType::identity, message, {}); }

void TraceWriter::chunk(Bytes message, const ChunkInfo& info) {
  submit(FrameType::events, message, info);
}

void TraceWriter::snapshot(Bytes state, std::uint64_t event_number, std::int64_t time) {
  submit(FrameType::snapshot, state,
         {.first_event = event_number, .event_count = 0, .first_time = time, .last_time = time});
}

// A State may be as large as everything else there is, so a second one of it would count.
void TraceWriter::take_snapshot(std::vector<std::uint8_t> state, std::uint64_t event_number,
                                std::int64_t time) {
  if (!thread_.joinable()) return snapshot(state, event_number, time);
  law(!closed_, "a closed trace takes nothing more");
  if (!buffer_for(state.size())) return;
  queue({FrameType::snapshot,
         std::move(state),
         {.first_event = event_number, .event_count = 0, .first_time = time, .last_time = time}});
}

Digest TraceWriter::chain() {
  drain();
  return pen_->chain();
}

Result<void> TraceWriter::status() const {
  const std::lock_guard lock(mutex_);
  rethrow_bug();
  if (error_) return std::unexpected(*error_);
  return {};
}

Result<void> TraceWriter::close(Closing closing) {
  law(!closed_, "a trace is closed once");
  closed_ = true;
  drain();
  if (auto so_far = status(); !so_far) return so_far;
  if (auto finished = pen_->finish(closing); !finished) return finished;
  return pen_->publish();
}

void TraceWriter::submit(FrameType type, Bytes raw, const ChunkInfo& info) {
  law(!closed_, "a closed trace takes nothing more");
  law(type == FrameType::snapshot || raw.size() % sizeof(std::uint64_t) == 0,
      "a message is a number of words");
  if (!thread_.joinable()) {
    if (!error_) finish_job({}, pen_->write(type, raw, info));
    return;
  }
  auto buffer = buffer_for(raw.size());
  if (!buffer) return;
  buffer->assign(raw.begin(), raw.end());
  queue({type, std::move(*buffer), info});
}

void TraceWriter::queue(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

// Waits until there is room for another job of that length; nothing after an error.
std::optional<std::vector<std::uint8_t>> TraceWriter::buffer_for(std::size_t length) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] {
    if (jobs_.empty() || error_ || bug_) return true;
    return jobs_.size() < kJobsMax && bytes_queued_ + length <= kBytesQueuedMax;
  });
  rethrow_bug();
  if (error_) return std::nullopt;
  bytes_queued_ += length;
  if (spare_.empty() || length > kSpareBytesMax) return std::vector<std::uint8_t>();
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void TraceWriter::drain() {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return jobs_.empty() && !busy_; });
  rethrow_bug();
}

// Ends when it is asked to and nothing is left to write.
void TraceWriter::work(const std::stop_token& stop) {
  while (true) {
    Job job;
    bool failed = false;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [&] { return !jobs_.empty(); })) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      busy_ = true;
      failed = error_ || bug_;
    }
    Result<void> result;
    try {
      if (!failed) result = pen_->write(job.type, job.raw, job.info);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      bug_ = std::current_exception();
    }
    finish_job(std::move(job), std::move(result));
  }
}

void TraceWriter::finish_job(Job job, Result<void> result) {
  {
    const std::lock_guard lock(mutex_);
    if (!result && !error_) error_ = result.error();
    busy_ = false;
    bytes_queued_ -= job.raw.size();
    if (job.raw.capacity() > 0 && job.raw.size() <= kSpareBytesMax && spare_.size() < kJobsMax) {
      spare_.push_back(std::move(job.raw));
    }
  }
  room_.notify_all();
}

void TraceWriter::rethrow_bug() const {
  if (bug_) std::rethrow_exception(bug_);
}

}  // namespace tablekey::events
