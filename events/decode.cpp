// The check walks a message by its schema with Cap'n Proto's dynamic readers, which is slow, so
// events without pointers (nearly all) are passed over: what lies in their data section cannot be
// wrong in a way that a reader would throw at.
#include "events/decode.h"

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <fmt/format.h>
#include <kj/exception.h>

#include <limits>

#include "events/mapping.h"

namespace tablekey::events {
namespace {

// A hostile message can name the same bytes many times. An honest one is a tree: each byte is
// charged about once by the check, its lists of structs twice.
constexpr std::uint64_t kTraversalFactor = 4;
constexpr std::uint64_t kTraversalWordsMin = 1024;

class FlatReader final : public capnp::MessageReader {
 public:
  FlatReader(Bytes raw, std::uint64_t traversal_words)
      : MessageReader(options(traversal_words)),
        words_(reinterpret_cast<const capnp::word*>(raw.data()), raw.size() / sizeof(capnp::word)) {
  }

  kj::ArrayPtr<const capnp::word> getSegment(kj::uint id) override {
    if (id > 0) return nullptr;
    return words_;
  }

 private:
  static capnp::ReaderOptions options(std::uint64_t traversal_words) {
    capnp::ReaderOptions result;
    result.traversalLimitInWords = traversal_words;
    return result;
  }

  kj::ArrayPtr<const capnp::word> words_;
};

void check(const capnp::DynamicStruct::Reader& reader);

bool can_hold_pointers(capnp::Type type) {
  return type.isText() || type.isData() || type.isList() || type.isStruct();
}

void check(const capnp::DynamicList::Reader& list) {
  const capnp::Type element = list.getSchema().getElementType();
  if (!can_hold_pointers(element)) return;
  for (const capnp::DynamicValue::Reader& value : list) {
    if (element.isStruct()) check(value.as<capnp::DynamicStruct>());
    if (element.isList()) check(value.as<capnp::DynamicList>());
  }
}

void check(const capnp::DynamicStruct::Reader& reader, capnp::StructSchema::Field field) {
  const capnp::Type type = field.getType();
  if (!can_hold_pointers(type)) return;
  const capnp::DynamicValue::Reader value =
      reader.get(field);  // throws at a bad pointer, Text included
  if (type.isStruct()) check(value.as<capnp::DynamicStruct>());
  if (type.isList()) check(value.as<capnp::DynamicList>());
}

void check(const capnp::DynamicStruct::Reader& reader) {
  for (const auto field : reader.getSchema().getNonUnionFields()) check(reader, field);
  KJ_IF_MAYBE (field, reader.which()) {
    check(reader, *field);
  }
}

bool has_pointers(Event::Reader event) {
  for (const auto pointer : capnp::AnyStruct::Reader(event).getPointerSection()) {
    if (!pointer.isNull()) return true;
  }
  return false;
}

std::uint64_t traversal_words(Bytes raw) {
  return kTraversalWordsMin + kTraversalFactor * (raw.size() / sizeof(capnp::word));
}

// Runs a reading that may throw, and turns what it throws into an Error.
template <class Reading>
Result<void> guarded(Bytes raw, Reading reading) {
  if (raw.empty() || raw.size() % sizeof(capnp::word) != 0) {
    return fail(Error::Kind::content, "a message is not a number of words");
  }
  try {
    reading();
    return {};
  } catch (const kj::Exception& exception) {
    return fail(Error::Kind::content,
                fmt::format("a message is malformed: {}", exception.getDescription().cStr()));
  }
}

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Payload::Payload(std::shared_ptr<const Mapping> mapping, Bytes bytes)
    : mapping_(std::move(mapping)), bytes_(bytes) {}

Payload::Payload(std::vector<std::uint64_t> words, std::size_t length)
    : words_(std::move(words)),
      bytes_(reinterpret_cast<const std::uint8_t*>(words_.data()), length) {
  law(length <= words_.size() * sizeof(std::uint64_t), "a payload lies in its words");
}

Message::Message(Payload payload) : payload_(std::make_unique<Payload>(std::move(payload))) {}

Result<DecodedChunk> DecodedChunk::decode(Payload payload, std::uint64_t first_event,
                                          std::uint32_t event_count) {
  DecodedChunk chunk(std::move(payload));
  chunk.first_event_ = first_event;
  std::uint32_t found = 0;
  auto checked = guarded(chunk.raw(), [&] {
    FlatReader checking(chunk.raw(), traversal_words(chunk.raw()));
    const auto events = checking.getRoot<Chunk>().getEvents();
    found = events.size();
    if (found != event_count) return;
    for (const Event::Reader event : events) {
      if (has_pointers(event)) check(capnp::DynamicStruct::Reader(event));
    }
    // Everything was found sound and of bounded size, so the reader that is handed out needs no
    // limit.
    chunk.reader_ = std::make_unique<FlatReader>(chunk.raw(), kUnlimited);
    chunk.events_ = chunk.reader_->getRoot<Chunk>().getEvents();
  });
  if (!checked) return std::unexpected(checked.error());
  if (found != event_count) {
    return fail(Error::Kind::content,
                fmt::format("a chunk holds {} events where its frame says {}", found, event_count));
  }
  return chunk;
}

Result<DecodedIdentity> DecodedIdentity::decode(Payload payload) {
  DecodedIdentity identity(std::move(payload));
  auto checked = guarded(identity.raw(), [&] {
    FlatReader checking(identity.raw(), traversal_words(identity.raw()));
    check(capnp::DynamicStruct::Reader(checking.getRoot<Identity>()));
    identity.reader_ = std::make_unique<FlatReader>(identity.raw(), kUnlimited);
    identity.identity_ = identity.reader_->getRoot<Identity>();
  });
  if (!checked) return std::unexpected(checked.error());
  return identity;
}

}  // namespace tablekey::events
