#include "events/recorder.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "events/scratch_message.h"

namespace tablekey::events {
namespace {

// Three times an event without pointers, so that only chunks with large events ever grow. A part of
// the format: an event whose pointers were not initialised in schema order keeps its layout until
// its chunk grows.
constexpr std::size_t kScratchWordsPerEvent = 32;
constexpr std::size_t kScratchWordsMin = 4096;
constexpr std::size_t kChunkWordsMax = std::size_t{1} << 28;
constexpr std::size_t kRootWords = 8;  // root pointer, Chunk, list tag, and some

std::size_t scratch_words(std::uint32_t events_per_chunk) {
  return std::max(kScratchWordsMin, events_per_chunk * kScratchWordsPerEvent);
}

}  // namespace

Recorder::Recorder(std::uint32_t events_per_chunk, std::uint64_t first_event, ChunkSink& sink)
    : events_per_chunk_(events_per_chunk),
      first_event_(first_event),
      sink_(sink),
      scratch_(std::make_unique<ScratchMessage>()),
      copy_(std::make_unique<ScratchMessage>()) {
  law(events_per_chunk > 0 && events_per_chunk <= (1U << 20), "a chunk has 1 to 2^20 events");
}

Recorder::~Recorder() = default;

Event::Builder Recorder::begin() {
  law(!current_, "the event before was committed");
  if (!list_) list_ = scratch_->open(scratch_words(events_per_chunk_), events_per_chunk_);
  current_ = (*list_)[count_];
  return *current_;
}

void Recorder::repeat(Event::Reader event) {
  begin();
  list_->setWithCaveats(count_, event);
  current_ = (*list_)[count_];
}

void Recorder::commit() {
  law(current_.has_value(), "an event was begun");
  current_.reset();
  ++count_;
  if (!scratch_->whole()) copy_chunk(events_per_chunk_);
  if (count_ == events_per_chunk_) hand_over();
}

void Recorder::cut() {
  current_.reset();
  if (count_ > 0) {
    copy_chunk(count_);
    hand_over();
  } else {
    list_.reset();
  }
}

void Recorder::copy_chunk(std::uint32_t events) {
  const std::size_t words = std::bit_ceil(2 * (scratch_->words_used() + kRootWords));
  law(words <= kChunkWordsMax, "a chunk of events stays below 2 GiB");
  auto list = copy_->open(words, events);
  for (std::uint32_t i = 0; i < count_; ++i) {
    list.setWithCaveats(i, (*list_)[i].asReader());
  }
  law(copy_->whole(), "a copied chunk fits the scratch that was measured for it");
  list_ = list;
  std::swap(scratch_, copy_);
}

void Recorder::hand_over() {
  const ChunkInfo info{.first_event = first_event_,
                       .event_count = count_,
                       .first_time = (*list_)[0].getTime(),
                       .last_time = (*list_)[count_ - 1].getTime()};
  sink_.chunk(scratch_->bytes(), info);
  first_event_ += count_;
  count_ = 0;
  list_.reset();
}

}  // namespace tablekey::events
