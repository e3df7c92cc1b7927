#include "replay/query_fields.h"

#include <string_view>
#include <vector>

#include "model/law.h"

namespace tablekey::replay {
namespace {

// In the order of AskedField.
constexpr std::array<std::string_view, kAskedFields> kAskedNames = {
    "table",      "key",       "toKey",     "step",  "caller",   "session", "principal",
    "connection", "operation", "exception", "error", "kmsError", "failed",  "backup"};

KindFields fields_of_kind(capnp::StructSchema::Field member) {
  KindFields kind{member, {}, {}};
  const auto type = member.getType();
  if (!type.isStruct()) return kind;
  const std::string_view event = member.getProto().getName().cStr();
  for (std::size_t i = 0; i < kAskedFields; ++i) {
    KJ_IF_MAYBE (field, type.asStruct().findFieldByName(kAskedNames[i].data())) {
      kind.fields[i] = *field;
      kind.meanings[i] = meaning_of(event, kAskedNames[i]);
    }
  }
  return kind;
}

// By the discriminant of the union of kinds.
const KindFields& kind_of(events::Event::Reader event) {
  static const std::vector<KindFields> kinds = [] {
    std::vector<KindFields> made;
    for (const auto member : capnp::Schema::from<events::Event>().getUnionFields()) {
      made.push_back(fields_of_kind(member));
    }
    return made;
  }();
  return model::at(kinds, static_cast<std::size_t>(event.which()));
}

}  // namespace

EventFields::EventFields(events::Event::Reader event)
    : kind_(&kind_of(event)),
      fields_(capnp::toDynamic(event).get(kind_->member).as<capnp::DynamicStruct>()) {}

std::optional<std::uint32_t> EventFields::number(AskedField field) const {
  const auto& place = kind_->fields[static_cast<std::size_t>(field)];
  if (!place) return std::nullopt;
  const auto value = fields_.get(*place);
  if (value.getType() != capnp::DynamicValue::UINT) return std::nullopt;
  const auto number = value.as<std::uint64_t>();
  if (number == events::K_NONE) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::optional<std::uint16_t> EventFields::raw_enumerant(AskedField field,
                                                        capnp::EnumSchema type) const {
  const auto& place = kind_->fields[static_cast<std::size_t>(field)];
  if (!place || !place->getType().isEnum() || place->getType().asEnum() != type) {
    return std::nullopt;
  }
  return fields_.get(*place).as<capnp::DynamicEnum>().getRaw();
}

}  // namespace tablekey::replay
