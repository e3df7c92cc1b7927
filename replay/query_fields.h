// The fields of events that filters ask about. Which of them a kind of event has is looked up once:
// a trace has millions of events and a hundred and fifty kinds.
#pragma once

#include <capnp/dynamic.h>

#include <array>
#include <cstdint>
#include <optional>

#include "event.capnp.h"
#include "replay/event_fields.h"

namespace tablekey::replay {

enum class AskedField : std::uint8_t {
  table,
  key,
  to_key,
  step,
  caller,
  session,
  principal,
  connection,
  operation,
  exception,
  error,
  kms_error,
  failed,
  backup,
};
inline constexpr std::size_t kAskedFields = static_cast<std::size_t>(AskedField::backup) + 1;

/// What one kind of event has of them.
struct KindFields {
  capnp::StructSchema::Field member;  ///< of the union of kinds
  std::array<std::optional<capnp::StructSchema::Field>, kAskedFields> fields;
  std::array<FieldMeaning, kAskedFields> meanings{};
};

/// The fields of one event.
class EventFields {
 public:
  explicit EventFields(events::Event::Reader event);

  /// The number in the field; nothing if the event has none or it stands for nothing.
  std::optional<std::uint32_t> number(AskedField field) const;
  /// The same of an enumeration; nothing if the field is none of that type.
  template <class Enum>
  std::optional<Enum> enumerant(AskedField field) const {
    const auto raw = raw_enumerant(field, capnp::Schema::from<Enum>());
    return raw ? std::optional(static_cast<Enum>(*raw)) : std::nullopt;
  }
  FieldMeaning meaning(AskedField field) const {
    return kind_->meanings[static_cast<std::size_t>(field)];
  }

 private:
  std::optional<std::uint16_t> raw_enumerant(AskedField field, capnp::EnumSchema type) const;

  const KindFields* kind_;
  capnp::DynamicStruct::Reader fields_;
};

}  // namespace tablekey::replay
