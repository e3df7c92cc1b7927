// The law that no initialisation vector or nonce is used twice under one key for two texts
// (design.md 5; log-format-notes.md 11).
#pragma once

#include <capnp/list.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "event.capnp.h"

namespace tablekey::replay {

/// The first eight of some bytes, to tell them from others by.
inline std::uint64_t head_of(const std::uint8_t* bytes) {
  std::uint64_t head = 0;
  std::memcpy(&head, bytes, sizeof head);
  return head;
}

/// A record's IV under its data key, a wrapped data key's IV under its table key, and the nonce
/// from which the key of a CiphertextBlob is derived under its key material. A pair may come again
/// only with the same tag: that is the same seal, done again, or shown again.
class IvReuse {
 public:
  void look(events::Event::Reader event);
  std::size_t pairs() const { return seen_.size() + blobs_.size(); }
  std::size_t reused() const { return reused_; }

 private:
  // Table, which life of it, 0 for its data key or the table key's version, IV.
  using Pair =
      std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint64_t, std::uint32_t>;
  using Tag = std::pair<std::uint64_t, std::uint64_t>;
  // Of the table key that wraps a new structure's data key: whichever version is the present one.
  static constexpr std::uint32_t kPresent = UINT32_MAX;

  void look_at_changes(events::Event::Reader event);
  void look_at_copies(events::Event::Reader event);
  void look_at_structures(events::Event::Reader event);

  void changes(capnp::List<events::ItemChange>::Reader changes);
  template <class Copy>
  void copy(std::uint32_t table, const Copy& copy);
  void structure(std::uint32_t table, events::NewStructure::Reader made);
  void wrapped(std::uint32_t table, std::uint32_t version, events::WrappedKey::Reader key);
  void wrap(std::uint32_t table, std::uint32_t version, capnp::Data::Reader bytes);
  void blob(capnp::Data::Reader bytes);
  void note(const Pair& pair, const Tag& tag);

  std::map<std::uint32_t, std::uint32_t> lives_;
  std::map<Pair, Tag> seen_;
  std::map<std::string, Tag> blobs_;  // by material id and nonce
  std::size_t reused_ = 0;
};

}  // namespace tablekey::replay
