// Two events compared field by field, along the schema.
#include <capnp/dynamic.h>
#include <fmt/format.h>

#include <algorithm>

#include "replay/event_fields.h"
#include "replay/event_text.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using FieldValue = capnp::DynamicValue::Reader;
using Struct = capnp::DynamicStruct::Reader;

constexpr std::size_t kBytesQuoted = 16;

std::string field_name(const capnp::StructSchema::Field& field) {
  return field.getProto().getName().cStr();
}

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

std::string scalar_text(FieldMeaning meaning, const FieldValue& value) {
  switch (value.getType()) {
    case capnp::DynamicValue::BOOL:
      return value.as<bool>() ? "true" : "false";
    case capnp::DynamicValue::INT: {
      const auto number = value.as<std::int64_t>();
      if (meaning == FieldMeaning::time) return sim::print(sim::Time::from_nanoseconds(number));
      if (meaning == FieldMeaning::duration) return sim::print(sim::Duration::nanoseconds(number));
      return fmt::format("{}", number);
    }
    case capnp::DynamicValue::UINT: {
      const auto number = value.as<std::uint64_t>();
      if (meaning == FieldMeaning::half || meaning == FieldMeaning::bits) {
        return fmt::format("{:016x}", number);
      }
      if (meaning != FieldMeaning::plain && number == events::K_NONE) return "none";
      return fmt::format("{}", number);
    }
    case capnp::DynamicValue::ENUM:
      return enumerant_text(value.as<capnp::DynamicEnum>());
    default:
      return {};
  }
}

class EventComparison {
 public:
  std::vector<FieldDifference> take() { return std::move(found_); }

  void structs(const std::string& path, const Struct& a, const Struct& b) {
    for (const auto field : a.getSchema().getNonUnionFields()) {
      values(joined(path, field_name(field)), field_name(field), a.get(field), b.get(field));
    }
    unions(path, a, b);
  }

 private:
  void add(const std::string& path, std::string recorded, std::string replayed) {
    found_.push_back({path, std::move(recorded), std::move(replayed)});
  }

  static std::string member_name(const Struct& of) {
    KJ_IF_MAYBE (member, of.which()) {
      return field_name(*member);
    }
    return {};
  }

  void unions(const std::string& path, const Struct& a, const Struct& b) {
    const std::string name = member_name(a), other = member_name(b);
    if (name.empty() && other.empty()) return;
    if (name != other) {
      const bool event = path.empty();
      return add(event ? "event" : path, event ? capitalized(name) : name,
                 event ? capitalized(other) : other);
    }
    if (path.empty()) event_ = name;
    const std::string inner = joined(path, name);
    values(inner, name, a.get(name.c_str()), b.get(name.c_str()));
  }

  void values(const std::string& path, const std::string& name, const FieldValue& a,
              const FieldValue& b) {
    switch (a.getType()) {
      case capnp::DynamicValue::STRUCT:
        return structs(path, a.as<capnp::DynamicStruct>(), b.as<capnp::DynamicStruct>());
      case capnp::DynamicValue::LIST:
        return lists(path, a.as<capnp::DynamicList>(), b.as<capnp::DynamicList>());
      case capnp::DynamicValue::DATA:
        return bytes(path, a.as<capnp::Data>(), b.as<capnp::Data>());
      case capnp::DynamicValue::TEXT: {
        const auto recorded = a.as<capnp::Text>(), replayed = b.as<capnp::Text>();
        if (recorded != replayed) add(path, recorded.cStr(), replayed.cStr());
        return;
      }
      case capnp::DynamicValue::VOID:
        return;
      default:
        break;
    }
    const FieldMeaning meaning = meaning_of(event_, name);
    const std::string recorded = scalar_text(meaning, a), replayed = scalar_text(meaning, b);
    if (recorded != replayed) add(path, recorded, replayed);
  }

  void lists(const std::string& path, const capnp::DynamicList::Reader& a,
             const capnp::DynamicList::Reader& b) {
    if (a.size() != b.size()) {
      return add(path, fmt::format("{} elements", a.size()), fmt::format("{} elements", b.size()));
    }
    for (unsigned i = 0; i < a.size(); ++i) {
      values(fmt::format("{}[{}]", path, i), "", a[i], b[i]);
    }
  }

  // Bytes from the first one that differs.
  void bytes(const std::string& path, capnp::Data::Reader a, capnp::Data::Reader b) {
    const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (at_a == a.end() && at_b == b.end()) return;
    const auto shown = [](const kj::byte* at, const kj::byte* end, std::size_t size,
                          std::ptrdiff_t offset) {
      const auto left = static_cast<std::size_t>(end - at);
      return fmt::format("{} bytes, from byte {}: {}{}", size, offset,
                         hex(at, std::min(left, kBytesQuoted)), left > kBytesQuoted ? "…" : "");
    };
    add(path, shown(at_a, a.end(), a.size(), at_a - a.begin()),
        shown(at_b, b.end(), b.size(), at_b - b.begin()));
  }

  std::string event_;
  std::vector<FieldDifference> found_;
};

}  // namespace

std::vector<FieldDifference> message_differences(Struct a, Struct b) {
  EventComparison comparison;
  comparison.structs("", a, b);
  return comparison.take();
}

std::vector<FieldDifference> field_differences(events::Event::Reader recorded,
                                               events::Event::Reader replayed) {
  return message_differences(capnp::toDynamic(recorded), capnp::toDynamic(replayed));
}

}  // namespace tablekey::replay
