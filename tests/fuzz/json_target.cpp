// The strict JSON reader of policy documents, held to another reader: what it accepts the other one
// reads to the same values, and what it refuses the other refuses too, but for what is refused on
// purpose (a repeated key, too deep a nesting, a byte order mark).
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "model/iam/json.h"
#include "tests/fuzz/reader.h"
#include "tests/fuzz/require.h"

namespace {

using tablekey::fuzz::require;
using namespace tablekey::model::iam;
using Other = nlohmann::json;

bool same(const JsonValue& ours, const Other& theirs);

bool same_members(const JsonValue& ours, const Other& theirs) {
  if (ours.members.size() != theirs.size()) return false;
  for (const JsonMember& member : ours.members) {
    const auto found = theirs.find(member.key);
    if (found == theirs.end() || !same(member.value, *found)) return false;
  }
  return true;
}

bool same_items(const JsonValue& ours, const Other& theirs) {
  if (ours.items.size() != theirs.size()) return false;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (!same(ours.items[i], theirs[i])) return false;
  }
  return true;
}

bool same(const JsonValue& ours, const Other& theirs) {
  switch (ours.kind) {
    case JsonKind::null:
      return theirs.is_null();
    case JsonKind::boolean:
      return theirs.is_boolean() && theirs.get<bool>() == (ours.text == "true");
    case JsonKind::number:
      return theirs.is_number() && Other::parse(ours.text) == theirs;
    case JsonKind::string:
      return theirs.is_string() && theirs.get_ref<const std::string&>() == ours.text;
    case JsonKind::array:
      return theirs.is_array() && same_items(ours, theirs);
    case JsonKind::object:
      return theirs.is_object() && same_members(ours, theirs);
  }
  return false;
}

/// Faults that are ours alone; the other reader takes a zero byte for the end of the text.
bool is_stricter(const JsonFault& fault, std::string_view text) {
  return fault.message.ends_with("is given twice.") || text.starts_with("\xef\xbb\xbf") ||
         fault.message == "The document is nested too deeply." || text.contains('\0');
}

/// Whether a number is beyond what the other reader holds; it refuses the text then.
bool has_huge_number(const JsonValue& value) {
  if (value.kind == JsonKind::number)
    return Other::parse(value.text, nullptr, false).is_discarded();
  for (const JsonValue& item : value.items) {
    if (has_huge_number(item)) return true;
  }
  for (const JsonMember& member : value.members) {
    if (has_huge_number(member.value)) return true;
  }
  return false;
}

void check_places(const JsonValue& root, const JsonValue& value, std::string_view text) {
  require(value.offset < text.size(), "a value lies in its text");
  require(json_path(root, value).starts_with("$"), "a path begins at the root");
  for (const JsonValue& item : value.items) check_places(root, item, text);
  for (const JsonMember& member : value.members) {
    require(text[member.key_offset] == '"', "a key begins with its quote");
    check_places(root, member.value, text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tablekey::fuzz::Reader(data, size).text();
  const auto ours = read_json(text);
  const Other theirs = Other::parse(text, nullptr, false);
  if (!ours) {
    require(ours.error().offset <= text.size(), "a fault lies in its text");
    require(!ours.error().message.empty(), "a fault has a message");
    require(theirs.is_discarded() || is_stricter(ours.error(), text), "refused by us alone");
    return 0;
  }
  if (theirs.is_discarded()) {
    require(has_huge_number(*ours), "accepted by us alone");
    return 0;
  }
  require(same(*ours, theirs), "read to other values");
  if (text.size() < 400) check_places(*ours, *ours, text);
  return 0;
}
