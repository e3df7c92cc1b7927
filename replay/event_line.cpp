// An event as one line. What says nothing is left out, so that the eye finds what matters.
#include <capnp/dynamic.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "replay/event_fields.h"
#include "replay/event_text.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

constexpr std::size_t kBytesShown = 32;
constexpr std::size_t kTextShown = 60;

// Lists whose only element is shown, since it is what the event is about.
constexpr auto kShownAlone = std::to_array<std::string_view>(
    {"changes", "entries", "reads", "reasons", "records", "capacity", "expiries", "found"});
// Numbers and lists of which none is worth no word.
constexpr auto kSilentAtNought = std::to_array<std::string_view>(
    {"argument", "capacity",      "changes", "closed",       "copy",       "entries",   "expiries",
     "found",    "halfReadUnits", "hash",    "lastSequence", "localTag",   "moved",     "opened",
     "passed",   "position",      "reads",   "reasons",      "restored",   "returned",  "rows",
     "scanned",  "snapshots",     "trimmed", "unprocessed",  "writeUnits", "structures"});

class LineWalk {
 public:
  LineWalk(const model::State& state, const EventContext& context)
      : state_(state), context_(context) {}

  std::string line(const capnp::DynamicStruct::Reader& from) {
    leading_operation(from);
    fields(from);
    return std::move(out_);
  }

 private:
  // The operation is what the eye looks for: it stands first and alone.
  void leading_operation(const capnp::DynamicStruct::Reader& from) {
    KJ_IF_MAYBE (field, from.getSchema().findFieldByName("operation")) {
      out_ += enumerant_text(from.get(*field).as<capnp::DynamicEnum>());
    }
  }

  void fields(const capnp::DynamicStruct::Reader& from) {
    for (const auto field : from.getSchema().getNonUnionFields()) {
      const std::string name = field.getProto().getName().cStr();
      if (name == "operation") continue;
      if (name.ends_with("High") && has(from, name.substr(0, name.size() - 4) + "Low")) {
        identifier(from, name);
      } else if (name == "ivHead") {
        initialization_vector(from);
      } else if (!name.ends_with("Low") && name != "ivTail") {
        put(name, shown(from, name, from.get(field)));
      }
    }
    KJ_IF_MAYBE (member, from.which()) {
      const auto value = from.get(*member);
      const std::string name = member->getProto().getName().cStr();
      if (value.getType() == capnp::DynamicValue::STRUCT) {
        put(name, "(" + part(value.as<capnp::DynamicStruct>()) + ")");
      } else if (value.getType() != capnp::DynamicValue::VOID) {
        put(name, shown(from, name, value));
      } else if (name != "none") {
        if (!out_.empty()) out_ += ' ';
        out_ += name;
      }
    }
  }

  static bool has(const capnp::DynamicStruct::Reader& from, const std::string& name) {
    KJ_IF_MAYBE (field, from.getSchema().findFieldByName(name)) {
      return field->getProto().getName().size() != 0;
    }
    return false;
  }

  std::string part(const capnp::DynamicStruct::Reader& from) const {
    const EventContext context = context_.within(from);
    return LineWalk(state_, context).line(from);
  }

  void put(const std::string& name, const std::string& value) {
    if (value.empty()) return;
    if (!out_.empty()) out_ += ' ';
    out_ += name == "error" ? "result" : name;
    out_ += '=';
    out_ += value;
  }

  void identifier(const capnp::DynamicStruct::Reader& from, const std::string& name) {
    const std::string stem = name.substr(0, name.size() - 4);
    const auto high = from.get(name.c_str()).as<std::uint64_t>();
    const auto low = from.get((stem + "Low").c_str()).as<std::uint64_t>();
    if (high != 0 || low != 0) put(stem, identifier_text(stem, high, low));
  }

  // 96 bits in two fields, nothing where the event has sealed nothing.
  void initialization_vector(const capnp::DynamicStruct::Reader& from) {
    const auto head = from.get("ivHead").as<std::uint64_t>();
    const auto tail = from.get("ivTail").as<std::uint64_t>();
    if (head != 0 || tail != 0) put("iv", fmt::format("{:016x}{:08x}", head, tail));
  }

  std::string shown(const capnp::DynamicStruct::Reader& from, const std::string& name,
                    const capnp::DynamicValue::Reader& value) {
    switch (value.getType()) {
      case capnp::DynamicValue::BOOL:
        return value.as<bool>() ? "yes" : "";
      case capnp::DynamicValue::INT:
        return number(context_.meaning(name), value.as<std::int64_t>());
      case capnp::DynamicValue::UINT:
        return id(from, name, value.as<std::uint64_t>());
      case capnp::DynamicValue::ENUM: {
        const auto enumerant = value.as<capnp::DynamicEnum>();
        return enumerant.getRaw() != 0 || says_at_nought(name, enumerant)
                   ? enumerant_text(enumerant)
                   : std::string();
      }
      case capnp::DynamicValue::TEXT: {
        const auto text = value.as<capnp::Text>();
        if (text.size() > kTextShown && name != "message")
          return fmt::format("<{} characters>", text.size());
        return text.size() == 0 ? std::string() : fmt::format("\"{}\"", text.cStr());
      }
      case capnp::DynamicValue::DATA: {
        const auto bytes = value.as<capnp::Data>();
        if (bytes.size() > kBytesShown) return fmt::format("<{} bytes>", bytes.size());
        return hex(bytes.begin(), bytes.size());
      }
      case capnp::DynamicValue::LIST:
        return list(name, value.as<capnp::DynamicList>());
      case capnp::DynamicValue::STRUCT:
        return structure(value.as<capnp::DynamicStruct>());
      default:
        return {};
    }
  }

  std::string structure(const capnp::DynamicStruct::Reader& from) const {
    const std::string text = part(from);
    return text.empty() ? text : "(" + text + ")";
  }

  // How many there are; the only one of a list of items in full.
  std::string list(std::string_view name, const capnp::DynamicList::Reader& values) const {
    const bool silent = values.size() == 0 && silent_at_nought(name);
    if (silent) return {};
    const bool single =
        values.size() == 1 && std::ranges::find(kShownAlone, name) != kShownAlone.end();
    return single ? structure(values[0].as<capnp::DynamicStruct>())
                  : fmt::format("{}", values.size());
  }

  static bool silent_at_nought(std::string_view name) {
    return std::ranges::find(kSilentAtNought, name) != kSilentAtNought.end();
  }

  // An enumeration whose first word is an answer rather than the lack of one.
  static bool says_at_nought(std::string_view name, capnp::DynamicEnum value) {
    if (value.getSchema() == capnp::Schema::from<events::TableStatus>()) return false;
    if (value.getSchema() == capnp::Schema::from<events::KmsError>() && name != "error") {
      return false;
    }
    return name != "kmsError" && name != "exception" && name != "destinationDecidedBy" &&
           name != "storeError";
  }

  static std::string number(FieldMeaning meaning, std::int64_t value) {
    if (meaning == FieldMeaning::time) {
      return value == 0 ? "" : sim::print(sim::Time::from_nanoseconds(value));
    }
    if (meaning == FieldMeaning::duration) {
      // -1: nobody waits for it.
      return value < 0 ? "" : sim::print(sim::Duration::nanoseconds(value));
    }
    return fmt::format("{}", value);
  }

  std::string id(const capnp::DynamicStruct::Reader& from, const std::string& name,
                 std::uint64_t value) {
    const FieldMeaning meaning = context_.meaning(name);
    if (value == events::K_NONE) return {};
    if (name == "destinationDecider" && !says(from, "destinationDecidedBy")) return {};
    switch (meaning) {
      case FieldMeaning::plain:
        return value == 0 && silent_at_nought(name) ? std::string() : fmt::format("{}", value);
      case FieldMeaning::bits:
        return value == 0 && silent_at_nought(name) ? std::string() : fmt::format("{:016x}", value);
      case FieldMeaning::item: {
        const std::string key = context_.short_name(state_, name, value);
        return key.empty() ? fmt::format("{}", value) : key;
      }
      case FieldMeaning::caller:
        if (value == 0) return nobody(from);
        break;
      case FieldMeaning::step:
        if (value == 0) return {};
        break;
      default:
        break;
    }
    const std::string stands_for = context_.short_name(state_, name, value);
    return stands_for.empty() ? fmt::format("#{}", value) : stands_for;
  }

  // Who calls without a session.
  static std::string nobody(const capnp::DynamicStruct::Reader& from) {
    KJ_IF_MAYBE (field, from.getSchema().findFieldByName("asService")) {
      if (from.get(*field).as<bool>()) return "dynamodb.amazonaws.com";
    }
    return "operator";
  }

  static bool says(const capnp::DynamicStruct::Reader& from, const char* name) {
    return from.get(name).as<capnp::DynamicEnum>().getRaw() != 0;
  }

  const model::State& state_;
  const EventContext& context_;
  std::string out_;
};

// Whole milliseconds keep the columns of a listing; the exact time stands in the JSON.
std::string line_time(std::int64_t nanoseconds) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  std::int64_t whole = nanoseconds / kMillisecond;
  if (nanoseconds % kMillisecond < 0) --whole;
  const std::int64_t thousandths = (whole % 1000 + 1000) % 1000;
  std::string text = sim::print(sim::Time::from_nanoseconds((whole - thousandths) * kMillisecond));
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, thousandths);
}

}  // namespace

std::string event_line(const model::State& state, events::Event::Reader event) {
  const capnp::DynamicStruct::Reader dynamic = capnp::toDynamic(event);
  const EventContext context(event);
  std::string fields;
  KJ_IF_MAYBE (member, dynamic.which()) {
    fields = LineWalk(state, context).line(dynamic.get(*member).as<capnp::DynamicStruct>());
  }
  std::string line = fmt::format("{}  {}", line_time(event.getTime()), event_name(event));
  if (!fields.empty()) line += "  " + fields;
  return line;
}

}  // namespace tablekey::replay
