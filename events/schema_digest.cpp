#include "events/schema_digest.h"

#include <capnp/message.h>
#include <capnp/schema.h>

#include <set>
#include <string_view>
#include <vector>

#include "crypto/sha256.h"
#include "event.capnp.h"
#include "events/error.h"
#include "events/little_endian.h"
#include "scenario.capnp.h"
#include "trace.capnp.h"

namespace tablekey::events {
namespace {

namespace schema = capnp::schema;

// Writes down each type once, in the order in which fields lead to it.
class Description {
 public:
  void add(capnp::StructSchema type) {
    const auto node = type.getProto();
    if (!known_.insert(node.getId()).second) return;
    const auto layout = node.getStruct();
    number(kStruct).number(node.getId());
    number(layout.getDataWordCount()).number(layout.getPointerCount());
    number(layout.getIsGroup() ? 1 : 0);
    number(layout.getDiscriminantCount()).number(layout.getDiscriminantOffset());
    number(type.getFields().size());
    for (const auto field : type.getFields()) add(field);
    for (const auto field : type.getFields()) follow(field.getType());
  }

  Digest digest() const { return crypto::sha256(bytes_); }

 private:
  enum Tag : std::uint8_t { kStruct = 1, kEnum = 2, kSlot = 3, kGroup = 4 };

  void add(capnp::StructSchema::Field field) {
    const auto proto = field.getProto();
    text(proto.getName());
    number(proto.getDiscriminantValue());
    number(proto.getOrdinal().isExplicit() ? proto.getOrdinal().getExplicit() + 1U : 0U);
    if (proto.isGroup()) {
      number(kGroup);
      return;
    }
    number(kSlot).number(proto.getSlot().getOffset());
    name(field.getType());
    add(proto.getSlot().getDefaultValue());
  }

  void add(capnp::EnumSchema type) {
    const auto node = type.getProto();
    if (!known_.insert(node.getId()).second) return;
    number(kEnum).number(node.getId()).number(type.getEnumerants().size());
    for (const auto enumerant : type.getEnumerants()) text(enumerant.getProto().getName());
  }

  // A value in its own message has one encoding.
  void add(schema::Value::Reader value) {
    const auto words = capnp::canonicalize(value);
    number(words.size());
    const auto* begin = reinterpret_cast<const std::uint8_t*>(words.begin());
    bytes_.insert(bytes_.end(), begin, begin + words.asBytes().size());
  }

  void name(capnp::Type type) {
    number(static_cast<std::uint64_t>(type.which()));
    if (type.isList()) name(type.asList().getElementType());
    if (type.isStruct()) number(type.asStruct().getProto().getId());
    if (type.isEnum()) number(type.asEnum().getProto().getId());
  }

  void follow(capnp::Type type) {
    if (type.isList()) follow(type.asList().getElementType());
    if (type.isStruct()) add(type.asStruct());
    if (type.isEnum()) add(type.asEnum());
  }

  Description& number(std::uint64_t value) {
    bytes_.resize(bytes_.size() + sizeof(value));
    Packer(bytes_.data() + bytes_.size() - sizeof(value)).put(value);
    return *this;
  }

  void text(kj::StringPtr value) {
    number(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }

  std::vector<std::uint8_t> bytes_;
  std::set<std::uint64_t> known_;
};

Digest compute() {
  Description description;
  description.add(capnp::Schema::from<Event>());
  description.add(capnp::Schema::from<Scenario>());
  description.add(capnp::Schema::from<Identity>());
  description.add(capnp::Schema::from<Chunk>());
  return description.digest();
}

}  // namespace

Digest schema_digest() {
  static const Digest digest = compute();
  return digest;
}

}  // namespace tablekey::events
