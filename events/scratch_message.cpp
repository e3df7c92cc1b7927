#include "events/scratch_message.h"

#include <algorithm>

#include "events/error.h"

namespace tablekey::events {

capnp::List<Event>::Builder ScratchMessage::open(std::size_t segment_words, std::uint32_t events) {
  if (message_) {
    const std::size_t used = message_->getSegmentsForOutput()[0].size();
    message_.reset();
    std::fill_n(memory_.get(), used, std::uint64_t{0});
  }
  if (memory_words_ < segment_words) {
    memory_ = std::make_unique<std::uint64_t[]>(segment_words);
    memory_words_ = segment_words;
  }
  auto* begin = reinterpret_cast<capnp::word*>(memory_.get());
  message_.emplace(kj::arrayPtr(begin, segment_words));
  return message_->initRoot<Chunk>().initEvents(events);
}

Bytes ScratchMessage::bytes() {
  law(whole(), "a message that is handed out has one segment");
  const auto segments = message_->getSegmentsForOutput();
  law(segments.size() == 1, "a message that is handed out has one segment");
  const auto words = segments[0];
  return {reinterpret_cast<const std::uint8_t*>(words.begin()), words.size() * sizeof(capnp::word)};
}

kj::ArrayPtr<capnp::word> ScratchMessage::Builder::allocateSegment(kj::uint words_min) {
  if (first.size() >= words_min && first.size() > 0) {
    const auto segment = first;
    first = nullptr;
    return segment;
  }
  const std::size_t words = std::max<std::size_t>(words_min, 8192);
  overflow.push_back(std::make_unique<std::uint64_t[]>(words));
  return kj::arrayPtr(reinterpret_cast<capnp::word*>(overflow.back().get()), words);
}

}  // namespace tablekey::events
