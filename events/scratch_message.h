// A Cap'n Proto message under construction in memory that is used again and again. The first
// segment has the size that open() is asked for, whatever memory stands behind it, and is all zero:
// what was built there before cannot be seen.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "events/format.h"
#include "trace.capnp.h"

namespace tablekey::events {

class ScratchMessage {
 public:
  ScratchMessage() = default;
  ScratchMessage(const ScratchMessage&) = delete;
  ScratchMessage& operator=(const ScratchMessage&) = delete;

  // Begins a new Chunk with a list of `events`; all readers and builders of the one before are
  // void.
  capnp::List<Event>::Builder open(std::size_t segment_words, std::uint32_t events);
  // Whether everything built since open() lies in the first segment.
  bool whole() const { return message_->overflow.empty(); }
  std::size_t words_used() { return message_->sizeInWords(); }
  // The finished message. It must be whole.
  Bytes bytes();

 private:
  struct Builder final : capnp::MessageBuilder {
    explicit Builder(kj::ArrayPtr<capnp::word> first_segment) : first(first_segment) {}
    kj::ArrayPtr<capnp::word> allocateSegment(kj::uint words_min) override;
    kj::ArrayPtr<capnp::word> first;  // empty once it was handed out
    std::vector<std::unique_ptr<std::uint64_t[]>> overflow;
  };

  std::unique_ptr<std::uint64_t[]> memory_;
  std::size_t memory_words_ = 0;
  std::optional<Builder> message_;
};

}  // namespace tablekey::events
