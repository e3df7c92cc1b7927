// Traces that no run wrote: one event changed, some left out or added, a snapshot altered, another
// header, with every checksum and link right, so that only their meaning can give them away.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>
#include <functional>
#include <utility>

#include "tests/replay/sample_run.h"

namespace tablekey::replay::sample {

using events::sample::ForgedFrame;
using events::sample::put_together;
using events::sample::relink;
using events::sample::take_apart;

// Gives a frame another payload.
inline void replace(ForgedFrame& frame, std::vector<std::uint8_t> payload) {
  frame.header.raw_length = static_cast<std::uint32_t>(payload.size());
  frame.header.stored_length = frame.header.raw_length;
  frame.header.leaf = crypto::sha256(payload);
  frame.stored = std::move(payload);
}

inline std::vector<std::uint8_t> bytes_of_message(capnp::MessageBuilder& message) {
  const auto bytes = events::sample::bytes_of(message.getSegmentsForOutput()[0]);
  return {bytes.begin(), bytes.end()};
}

inline events::Payload payload_of(const ForgedFrame& frame) {
  std::vector<std::uint64_t> words(frame.stored.size() / 8);
  std::memcpy(words.data(), frame.stored.data(), frame.stored.size());
  return events::Payload(std::move(words), frame.stored.size());
}

inline events::DecodedChunk chunk_of(const ForgedFrame& frame) {
  return events::DecodedChunk::decode(payload_of(frame), frame.header.first_event,
                                      frame.header.event_count)
      .value();
}

// The frame of an event, and its place in it.
inline std::pair<ForgedFrame*, std::uint32_t> find_event(std::vector<ForgedFrame>& frames,
                                                         std::uint64_t number) {
  for (ForgedFrame& frame : frames) {
    if (frame.header.type != events::FrameType::events) continue;
    const std::uint64_t first = frame.header.first_event;
    if (number >= first && number < first + frame.header.event_count) {
      return {&frame, static_cast<std::uint32_t>(number - first)};
    }
  }
  throw std::logic_error("the trace has no such event");
}

using ChangeEvent = std::function<void(events::Event::Builder)>;

// The trace with one event changed.
inline File with_event(const File& trace, std::uint64_t number, const ChangeEvent& change) {
  auto frames = take_apart(trace);
  const auto [frame, index] = find_event(frames, number);
  capnp::MallocMessageBuilder message(1 << 20);
  const auto chunk = chunk_of(*frame);
  auto list = message.initRoot<events::Chunk>().initEvents(chunk.size());
  for (std::uint32_t i = 0; i < chunk.size(); ++i) list.setWithCaveats(i, chunk[i]);
  change(list[index]);
  replace(*frame, bytes_of_message(message));
  relink(frames);
  return put_together(frames);
}

// The trace with its last chunk as another length: events are dropped, or its last one repeated.
inline File with_last_chunk(const File& trace, std::uint32_t events) {
  auto frames = take_apart(trace);
  ForgedFrame& last = frames.back();
  capnp::MallocMessageBuilder message(1 << 20);
  const auto chunk = chunk_of(last);
  auto list = message.initRoot<events::Chunk>().initEvents(events);
  for (std::uint32_t i = 0; i < events; ++i) {
    list.setWithCaveats(i, chunk[std::min(i, chunk.size() - 1)]);
  }
  last.header.event_count = events;
  last.header.last_time = list[events - 1].getTime();
  replace(last, bytes_of_message(message));
  relink(frames);
  return put_together(frames);
}

// The trace with one more chunk of one event, a copy of its last.
inline File with_another_chunk(const File& trace) {
  auto frames = take_apart(trace);
  const auto chunk = chunk_of(frames.back());
  ForgedFrame more = frames.back();
  capnp::MallocMessageBuilder message(1 << 16);
  auto list = message.initRoot<events::Chunk>().initEvents(1);
  list.setWithCaveats(0, chunk[chunk.size() - 1]);
  more.header.first_event += more.header.event_count;
  more.header.event_count = 1;
  more.header.first_time = more.header.last_time = list[0].getTime();
  replace(more, bytes_of_message(message));
  frames.push_back(std::move(more));
  relink(frames);
  return put_together(frames);
}

// The trace under another header.
inline File with_identity(const File& trace,
                          const std::function<void(events::Identity::Builder)>& change) {
  auto frames = take_apart(trace);
  const auto identity = events::DecodedIdentity::decode(payload_of(frames.front())).value();
  capnp::MallocMessageBuilder message(1 << 20);
  message.setRoot(identity.get());
  change(message.getRoot<events::Identity>());
  replace(frames.front(), bytes_of_message(message));
  relink(frames);
  return put_together(frames);
}

// The number of the first event from `from` on that is wanted.
inline std::uint64_t first_event_where(const File& trace,
                                       const std::function<bool(events::Event::Reader)>& wanted,
                                       std::uint64_t from = 0) {
  for (const ForgedFrame& frame : take_apart(trace)) {
    if (frame.header.type != events::FrameType::events) continue;
    const auto chunk = chunk_of(frame);
    for (std::uint32_t i = 0; i < chunk.size(); ++i) {
      const std::uint64_t number = frame.header.first_event + i;
      if (number >= from && wanted(chunk[i])) return number;
    }
  }
  throw std::logic_error("the trace has no such event");
}

// The number of the first event of a kind, from `from` on.
inline std::uint64_t first_event(const File& trace, events::Event::Which which,
                                 std::uint64_t from = 0) {
  return first_event_where(
      trace, [&](events::Event::Reader event) { return event.which() == which; }, from);
}

}  // namespace tablekey::replay::sample
