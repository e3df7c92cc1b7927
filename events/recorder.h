// Builds the chunks of a trace. One Cap'n Proto message per chunk holds a List(Event), built in
// place in a zeroed scratch segment that is used again for every chunk: begin() costs no
// allocation, and the bytes depend on nothing but the events.
//
// A message must have one segment (another split is another encoding). Where rare large events
// outgrow the scratch, the chunk is copied into a larger one at commit; every chunk starts from the
// same first size, so that growth is a function of the chunk's own events. A chunk that is cut
// short is copied into a list of its exact length. Copying lays events out depth first in schema
// order, as building does when pointer fields are initialised in schema order, once each.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "event.capnp.h"
#include "events/sink.h"
#include "trace.capnp.h"

namespace tablekey::events {

class ScratchMessage;

class Recorder {
 public:
  // `first_event` is 0, or the number of events of the full chunks that a resumed trace keeps.
  Recorder(std::uint32_t events_per_chunk, std::uint64_t first_event, ChunkSink& sink);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The place of the next event, all zero. It stays valid until commit(). Initialise its pointer
  // fields in schema order, in separate statements, each field once.
  Event::Builder begin();
  // The place of the next event, with a copy of one that another trace holds. The bytes of a chunk
  // of copies are those of the events as they were built.
  void repeat(Event::Reader event);
  // The event between begin() and commit(): what `apply` reads.
  Event::Reader current() const {
    law(current_.has_value(), "an event was begun");
    return current_->asReader();
  }
  // The event is a fact. The last event of a chunk hands the chunk to the sink.
  void commit();
  // Hands over a chunk that is not full: the end of a run, or of the recorded part of it. Does
  // nothing at a border.
  void cut();

  // Committed events in the whole run, which is the number of the event that begin() gives next.
  std::uint64_t events() const { return first_event_ + count_; }
  // No committed event waits for its chunk to be full: a snapshot may be handed to the sink.
  bool at_border() const { return count_ == 0 && !current_; }

 private:
  // Moves the committed events into a list of `events` in a scratch that is large enough.
  void copy_chunk(std::uint32_t events);
  void hand_over();

  const std::uint32_t events_per_chunk_;
  std::uint64_t first_event_;  // of the open chunk
  std::uint32_t count_ = 0;    // events committed in the open chunk
  ChunkSink& sink_;
  std::unique_ptr<ScratchMessage> scratch_;
  std::unique_ptr<ScratchMessage> copy_;             // the other half when a chunk grows or is cut
  std::optional<capnp::List<Event>::Builder> list_;  // of the open chunk, if one is
  std::optional<Event::Builder> current_;
};

}  // namespace tablekey::events
