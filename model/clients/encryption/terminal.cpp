#include "model/clients/encryption/terminal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "model/clients/encryption/name_order.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/utf8.h"

namespace tablekey::model::encryption {
namespace {

using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;
using items::Type;

constexpr std::array<std::pair<Type, std::uint16_t>, 10> kTypes{{
    {Type::null, 0x0000},
    {Type::s, 0x0001},
    {Type::n, 0x0002},
    {Type::b, kBinaryType},
    {Type::boolean, 0x0004},
    {Type::ss, 0x0101},
    {Type::ns, 0x0102},
    {Type::bs, 0x01ff},
    {Type::m, 0x0200},
    {Type::l, 0x0300},
}};

// ---- writing -----------------------------------------------------------------------------------

template <std::size_t kSize>
void append_number(Bytes& out, std::uint64_t number) {
  std::array<std::uint8_t, kSize> bytes{};
  crypto::store_big_endian<kSize>(number, bytes.data());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <class Text>
void append_counted(Bytes& out, const Text& text) {
  append_number<4>(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

bool utf16_less(std::string_view a, std::string_view b) {
  return comes_before(NameOrder::utf16_units, a, b);
}

void append_value(Bytes& out, const AttributeValue& value);

/// Type, length and value, as list and map entries have them.
void append_entry(Bytes& out, const AttributeValue& value) {
  append_number<2>(out, type_id(value.type()));
  const std::size_t place = out.size();
  append_number<4>(out, 0);
  append_value(out, value);
  crypto::store_big_endian<4>(out.size() - place - 4, out.data() + place);
}

template <class Members>
void append_members(Bytes& out, const Members& members) {
  append_number<4>(out, members.size());
  for (const auto& member : members) append_counted(out, member);
}

struct Writer {
  Bytes& out;

  void operator()(const items::Null&) const {}
  void operator()(bool value) const { out.push_back(value ? 1 : 0); }
  void operator()(const std::string& text) const {
    out.insert(out.end(), text.begin(), text.end());
  }
  void operator()(const Bytes& bytes) const { out.insert(out.end(), bytes.begin(), bytes.end()); }
  void operator()(const items::Number& number) const { (*this)(number.text()); }
  void operator()(const items::BinarySet& set) const { append_members(out, set.members()); }
  void operator()(const items::StringSet& set) const {
    std::vector<std::string> members = set.members();
    std::sort(members.begin(), members.end(), utf16_less);
    append_members(out, members);
  }
  void operator()(const items::NumberSet& set) const {
    std::vector<std::string> members;
    for (const items::Number& number : set) members.push_back(number.text());
    std::sort(members.begin(), members.end());
    append_members(out, members);
  }
  void operator()(const items::List& list) const {
    append_number<4>(out, list.size());
    for (const AttributeValue& entry : list) append_entry(out, entry);
  }
  void operator()(const AttributeMap& map) const {
    std::vector<const items::Attribute*> entries;
    for (const items::Attribute& entry : map) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const auto* a, const auto* b) { return utf16_less(a->name, b->name); });
    append_number<4>(out, entries.size());
    for (const items::Attribute* entry : entries) {
      append_number<2>(out, type_id(Type::s));
      append_counted(out, entry->name);
      append_entry(out, entry->value);
    }
  }
};

void append_value(Bytes& out, const AttributeValue& value) { value.visit(Writer{out}); }

// ---- reading -----------------------------------------------------------------------------------

/// Takes parts off the front of bytes that may be anything.
class PartReader {
 public:
  explicit PartReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  template <std::size_t kSize>
  std::optional<std::uint64_t> number() {
    if (rest_.size() < kSize) return std::nullopt;
    const std::uint64_t number = crypto::load_big_endian<kSize>(rest_.data());
    rest_ = rest_.subspan(kSize);
    return number;
  }
  std::optional<std::span<const std::uint8_t>> counted() {
    const auto size = number<4>();
    if (!size || *size > rest_.size()) return std::nullopt;
    const auto taken = rest_.first(*size);
    rest_ = rest_.subspan(*size);
    return taken;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::span<const std::uint8_t> rest_;
};

using Read = std::optional<AttributeValue>;

std::optional<std::string> read_text(std::span<const std::uint8_t> bytes) {
  std::string text(bytes.begin(), bytes.end());
  if (!items::is_utf8(text)) return std::nullopt;
  return text;
}

Read read_value(std::uint64_t type, std::span<const std::uint8_t> bytes, std::size_t levels);

std::optional<items::Number> read_number(std::span<const std::uint8_t> bytes) {
  const std::string text(bytes.begin(), bytes.end());
  const auto number = items::Number::parse(text);
  if (!number || number->text() != text) return std::nullopt;
  return *number;
}

Read read_boolean(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 1 || bytes[0] > 1) return std::nullopt;
  return AttributeValue::boolean(bytes[0] == 1);
}

/// The members of a set in bytes, each once and in order.
template <class Member, class Convert>
Read read_set(std::span<const std::uint8_t> bytes, Convert convert) {
  PartReader reader(bytes);
  const auto count = reader.number<4>();
  if (!count) return std::nullopt;
  std::vector<Member> members;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto part = reader.counted();
    if (!part) return std::nullopt;
    std::optional<Member> member = convert(*part);
    if (!member) return std::nullopt;
    members.push_back(std::move(*member));
  }
  if (!reader.done()) return std::nullopt;
  return AttributeValue(items::SetOf<Member>(std::move(members)));
}

Read read_entry(PartReader& reader, std::size_t levels) {
  const auto type = reader.number<2>();
  if (!type) return std::nullopt;
  const auto bytes = reader.counted();
  if (!bytes) return std::nullopt;
  return read_value(*type, *bytes, levels);
}

Read read_list(std::span<const std::uint8_t> bytes, std::size_t levels) {
  PartReader reader(bytes);
  const auto count = reader.number<4>();
  if (!count) return std::nullopt;
  items::List list;
  for (std::uint64_t i = 0; i < *count; ++i) {
    Read entry = read_entry(reader, levels);
    if (!entry) return std::nullopt;
    list.push_back(std::move(*entry));
  }
  if (!reader.done()) return std::nullopt;
  return AttributeValue(std::move(list));
}

Read read_map(std::span<const std::uint8_t> bytes, std::size_t levels) {
  PartReader reader(bytes);
  const auto count = reader.number<4>();
  if (!count) return std::nullopt;
  AttributeMap map;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto key_type = reader.number<2>();
    if (!key_type || *key_type != type_id(Type::s)) return std::nullopt;
    const auto key = reader.counted();
    if (!key) return std::nullopt;
    std::optional<std::string> name = read_text(*key);
    Read entry = read_entry(reader, levels);
    if (!name || !entry) return std::nullopt;
    map.set(std::move(*name), std::move(*entry));
  }
  if (!reader.done()) return std::nullopt;
  return AttributeValue(std::move(map));
}

Read read_set_of(Type type, std::span<const std::uint8_t> bytes) {
  const auto as_bytes = [](std::span<const std::uint8_t> part) {
    return std::optional<Bytes>(Bytes(part.begin(), part.end()));
  };
  if (type == Type::ss) return read_set<std::string>(bytes, read_text);
  if (type == Type::ns) return read_set<items::Number>(bytes, read_number);
  return read_set<Bytes>(bytes, as_bytes);
}

Read read_scalar(Type type, std::span<const std::uint8_t> bytes) {
  switch (type) {
    case Type::null:
      return bytes.empty() ? Read(items::Null{}) : std::nullopt;
    case Type::b:
      return AttributeValue(Bytes(bytes.begin(), bytes.end()));
    case Type::boolean:
      return read_boolean(bytes);
    case Type::s: {
      std::optional<std::string> text = read_text(bytes);
      return text ? Read(std::move(*text)) : std::nullopt;
    }
    default: {
      const auto number = read_number(bytes);
      return number ? Read(*number) : std::nullopt;
    }
  }
}

Read read_value(std::uint64_t id, std::span<const std::uint8_t> bytes, std::size_t levels) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [id](const auto& entry) { return entry.second == id; });
  if (found == kTypes.end()) return std::nullopt;
  switch (const Type type = found->first) {
    case Type::ss:
    case Type::ns:
    case Type::bs:
      return read_set_of(type, bytes);
    case Type::l:
    case Type::m:
      if (levels == 0) return std::nullopt;
      return type == Type::l ? read_list(bytes, levels - 1) : read_map(bytes, levels - 1);
    default:
      return read_scalar(type, bytes);
  }
}

}  // namespace

std::uint16_t type_id(Type type) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [type](const auto& entry) { return entry.first == type; });
  return found->second;
}

Terminal to_terminal(const AttributeValue& value) {
  Terminal terminal{type_id(value.type()), {}};
  append_value(terminal.value, value);
  return terminal;
}

Expected<AttributeValue> from_terminal(std::uint16_t type, std::span<const std::uint8_t> bytes) {
  Read value = read_value(type, bytes, items::kLevelsMax);
  // One way to write a value: what was out of order or came twice reads, but not as these bytes.
  if (!value || !std::ranges::equal(to_terminal(*value).value, bytes)) {
    return refused(Failure::plaintext_malformed, "Malformed serialized attribute value");
  }
  return std::move(*value);
}

}  // namespace tablekey::model::encryption
