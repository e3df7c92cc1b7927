// From the raw payload of a frame to readers that cannot throw: the message is checked whole
// against the schema first, within a traversal limit, so that a hostile payload ends here as an
// Error.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "event.capnp.h"
#include "events/error.h"
#include "events/format.h"
#include "trace.capnp.h"

namespace tablekey::events {

class Mapping;

// The uncompressed bytes of a frame, aligned to 8: in the mapped file, or decompressed beside it.
// Keeps them alive.
class Payload {
 public:
  Payload(std::shared_ptr<const Mapping> mapping, Bytes bytes);
  explicit Payload(std::vector<std::uint64_t> words, std::size_t length);
  Bytes bytes() const { return bytes_; }

 private:
  std::shared_ptr<const Mapping> mapping_;
  std::vector<std::uint64_t> words_;
  Bytes bytes_;
};

// A checked message together with its bytes.
class Message {
 public:
  Bytes raw() const { return payload_->bytes(); }

 protected:
  explicit Message(Payload payload);
  std::unique_ptr<Payload> payload_;  // pinned: the readers point into these
  std::unique_ptr<capnp::MessageReader> reader_;
};

class DecodedChunk : public Message {
 public:
  static Result<DecodedChunk> decode(Payload payload, std::uint64_t first_event,
                                     std::uint32_t event_count);
  std::uint64_t first_event() const { return first_event_; }
  std::uint32_t size() const { return events_.size(); }
  capnp::List<Event>::Reader events() const { return events_; }
  Event::Reader operator[](std::uint32_t index) const { return events_[index]; }

 private:
  explicit DecodedChunk(Payload payload) : Message(std::move(payload)) {}
  std::uint64_t first_event_ = 0;
  capnp::List<Event>::Reader events_;
};

class DecodedIdentity : public Message {
 public:
  static Result<DecodedIdentity> decode(Payload payload);
  Identity::Reader get() const { return identity_; }

 private:
  explicit DecodedIdentity(Payload payload) : Message(std::move(payload)) {}
  Identity::Reader identity_;
};

}  // namespace tablekey::events
