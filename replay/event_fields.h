// What the fields of events stand for: which number is a table, which a time, which the half of an
// identifier. The schema says the types; this says the meanings, once, for all that show events.
#pragma once

#include <capnp/dynamic.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

enum class FieldMeaning : std::uint8_t {
  plain,
  table,
  key,
  connection,
  caller,   ///< 1 + session; 0: DynamoDB itself or the operator
  session,  ///< index of a session
  principal,
  grant,
  material,  ///< index into the materials of the key that the event is about
  alias,
  store,       ///< custom key store
  statement,   ///< of the policy of the key that the event is about
  step,        ///< 1 + step
  step_index,  ///< the step itself
  workload,
  time,             ///< ns since the Unix epoch; 0: none
  duration,         ///< ns
  item,             ///< of the table around it
  structure,        ///< likewise
  secondary_index,  ///< likewise
  backup,
  replica_group,
  era,
  half,  ///< High or Low of a 128-bit identifier or tag
  bits,  ///< 64 bits that identify
};

/// The meaning of a field of the event `event` (its name in the schema: "kmsAnswered").
FieldMeaning meaning_of(std::string_view event, std::string_view field);

/// What an id stands for: "Books", "web/3", an ARN. Empty for a number that stands for nothing
/// (none, or beyond what there is), and for those that only an EventContext knows.
std::string name_of_id(const model::State& state, FieldMeaning meaning, std::uint64_t id);

/// The same, as short as a line wants it: a key's logical id, "Admin/user01" for a session, the
/// first 16 digits of a grant's id.
std::string short_name_of_id(const model::State& state, FieldMeaning meaning, std::uint64_t id);

/// One event, for those of its fields that mean something only together with others: a key
/// material with its key, who decided with what decided.
class EventContext {
 public:
  explicit EventContext(events::Event::Reader event);

  /// The event's name in the schema: "kmsAnswered".
  const std::string& event() const { return event_; }
  FieldMeaning meaning(std::string_view field) const;
  std::string name(const model::State& state, std::string_view field, std::uint64_t id) const;
  std::string short_name(const model::State& state, std::string_view field, std::uint64_t id) const;
  /// The context of a part of the event, which may be about another table.
  EventContext within(const capnp::DynamicStruct::Reader& part) const;

 private:
  void look_into(const capnp::DynamicStruct::Reader& part);
  std::uint32_t key_of(std::string_view field) const;

  std::string event_;
  std::uint32_t key_ = events::K_NONE, destination_ = events::K_NONE;
  events::Decider decided_by_{}, destination_decided_by_{};
  events::Change change_{};
  std::uint32_t table_ = events::K_NONE;  // that items, structures and indexes are counted in
  bool local_ = false;                    // whether an index is a local one
  bool group_ = false;                    // whether it is the number of a group of items
};

/// An enumerant as AWS spells it (GetItem, AccessDeniedException, Enabled), or as the schema does
/// where it is ours.
std::string enumerant_text(capnp::DynamicEnum value);

/// "itemRead" as the event's name: "ItemRead".
std::string capitalized(std::string_view name);

std::string hex(const std::uint8_t* bytes, std::size_t size);

/// A 128-bit identifier: a UUID where AWS prints one, else 32 hexadecimal digits. `stem` is the
/// field's name without High.
std::string identifier_text(std::string_view stem, std::uint64_t high, std::uint64_t low);

}  // namespace tablekey::replay
