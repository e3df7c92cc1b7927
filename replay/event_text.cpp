// The walks over an event: the name and the JSON object here, the line and the comparison beside.
#include "replay/event_text.h"

#include <capnp/dynamic.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "events/text.h"
#include "replay/event_fields.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;
using events::string_of;

/// Builds the object of one struct. Names of ids stand right behind them.
class ObjectWalk {
 public:
  ObjectWalk(const model::State& state, const EventContext& context)
      : state_(state), context_(context) {}

  void fill(Json& object, const capnp::DynamicStruct::Reader& from) const {
    for (const auto field : from.getSchema().getNonUnionFields()) {
      add(object, field.getProto().getName().cStr(), from.get(field));
    }
    KJ_IF_MAYBE (member, from.which()) {
      add(object, member->getProto().getName().cStr(), from.get(*member));
    }
  }

 private:
  void add(Json& object, const std::string& field, const capnp::DynamicValue::Reader& value) const {
    const FieldMeaning meaning = context_.meaning(field);
    // What every event has (its time, `at`) is not overwritten by a field of that name.
    const std::string name = object.contains(field) ? "its" + capitalized(field) : field;
    object[name] = json(meaning, value);
    if (value.getType() != capnp::DynamicValue::UINT &&
        value.getType() != capnp::DynamicValue::INT) {
      return;
    }
    if (meaning == FieldMeaning::time) {
      const auto at = value.as<std::int64_t>();
      if (at != 0) object[name + "At"] = sim::print(sim::Time::from_nanoseconds(at));
    } else if (value.getType() == capnp::DynamicValue::UINT) {
      add_name(object, name, meaning, value.as<std::uint64_t>());
    }
  }

  void add_name(Json& object, const std::string& name, FieldMeaning meaning,
                std::uint64_t id) const {
    const std::string stands_for = context_.name(state_, name, id);
    if (stands_for.empty()) return;
    switch (meaning) {
      case FieldMeaning::key:
        object[name + "Arn"] = stands_for;
        object[name + "LogicalId"] =
            state_.scenario().reader().getKeys()[static_cast<unsigned>(id)].getLogicalId().cStr();
        return;
      case FieldMeaning::caller:
      case FieldMeaning::session:
      case FieldMeaning::principal:
        object[name + "Arn"] = stands_for;
        return;
      case FieldMeaning::connection: {
        const std::size_t slash = stands_for.rfind('/');
        object["workload"] = stands_for.substr(0, slash);
        object["workloadConnection"] = std::stoul(stands_for.substr(slash + 1));
        return;
      }
      case FieldMeaning::statement:
        object[name + "Sid"] = stands_for;
        return;
      case FieldMeaning::item:
        object[name + "Key"] = Json::parse(stands_for, nullptr, false);
        return;
      case FieldMeaning::grant:
      case FieldMeaning::material:
      case FieldMeaning::step:
      case FieldMeaning::step_index:
        object[name + "Id"] = stands_for;
        return;
      default:
        object[name + "Name"] = stands_for;
        return;
    }
  }

  Json json(FieldMeaning meaning, const capnp::DynamicValue::Reader& value) const {
    switch (value.getType()) {
      case capnp::DynamicValue::BOOL:
        return value.as<bool>();
      case capnp::DynamicValue::INT:
        return value.as<std::int64_t>();
      case capnp::DynamicValue::UINT:
        if (meaning == FieldMeaning::half || meaning == FieldMeaning::bits) {
          return fmt::format("{:016x}", value.as<std::uint64_t>());
        }
        return value.as<std::uint64_t>();
      case capnp::DynamicValue::ENUM:
        return enumerant_text(value.as<capnp::DynamicEnum>());
      case capnp::DynamicValue::TEXT:
        return string_of(value.as<capnp::Text>());
      case capnp::DynamicValue::DATA: {
        const auto bytes = value.as<capnp::Data>();
        return hex(bytes.begin(), bytes.size());
      }
      case capnp::DynamicValue::LIST: {
        Json list = Json::array();
        for (const auto element : value.as<capnp::DynamicList>()) {
          list.push_back(json(FieldMeaning::plain, element));
        }
        return list;
      }
      case capnp::DynamicValue::STRUCT: {
        Json object = Json::object();
        const auto part = value.as<capnp::DynamicStruct>();
        const EventContext inner = context_.within(part);
        ObjectWalk(state_, inner).fill(object, part);
        return object;
      }
      default:
        return nullptr;
    }
  }

  const model::State& state_;
  const EventContext& context_;
};

}  // namespace

std::string event_name(events::Event::Reader event) {
  const std::string name = EventContext(event).event();
  return name.empty() ? "?" : capitalized(name);
}

const std::vector<std::string>& event_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto field : capnp::Schema::from<events::Event>().getUnionFields()) {
      names.push_back(capitalized(field.getProto().getName().cStr()));
    }
    return names;
  }();
  return kNames;
}

std::optional<events::Event::Which> event_named(std::string_view name) {
  for (const auto field : capnp::Schema::from<events::Event>().getUnionFields()) {
    if (capitalized(field.getProto().getName().cStr()) == name) {
      return static_cast<events::Event::Which>(field.getProto().getDiscriminantValue());
    }
  }
  return std::nullopt;
}

nlohmann::ordered_json event_json(const model::State& state, events::Event::Reader event,
                                  std::uint64_t number) {
  const EventContext context(event);
  Json object = Json::object();
  object["number"] = number;
  object["event"] = event_name(event);
  object["time"] = event.getTime();
  object["at"] = sim::print(sim::Time::from_nanoseconds(event.getTime()));
  object["cause"] = event.getCause();
  const capnp::DynamicStruct::Reader dynamic = capnp::toDynamic(event);
  KJ_IF_MAYBE (member, dynamic.which()) {
    ObjectWalk(state, context).fill(object, dynamic.get(*member).as<capnp::DynamicStruct>());
  }
  return object;
}

std::string event_json_line(const model::State& state, events::Event::Reader event,
                            std::uint64_t number) {
  return event_json(state, event, number).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tablekey::replay
