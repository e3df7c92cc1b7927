// JSON texts taken apart without reading all of them: a record of a policy question holds whole
// policy documents, which the policy compiler must get as they were written, with repeated keys and
// all. Records come from anywhere, so that nothing here recurses and no size is taken for granted.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::replay {

/// One value inside a text that is known to be JSON. The text must outlive it.
struct JsonPart {
  std::string_view raw;    ///< As written, without white space around it.
  std::size_t offset = 0;  ///< Byte in the whole text where it begins.
  std::string path = "$";  ///< `$.request.principal`

  bool is_null() const { return raw == "null"; }
  bool is_object() const { return raw.starts_with('{'); }
  bool is_array() const { return raw.starts_with('['); }
  bool is_text() const { return raw.starts_with('"'); }
  /// A number, true or false.
  bool is_scalar() const { return !is_null() && !is_object() && !is_array() && !is_text(); }
};

/// What is wrong with a text, where, and what to write instead.
struct JsonProblem {
  std::size_t offset = 0;
  std::string path;
  std::string message;
  std::string hint = {};
};

template <class Value>
using JsonRead = std::expected<Value, JsonProblem>;

/// The text as one value, if all of it is JSON in UTF-8 (RFC 8259).
JsonRead<JsonPart> read_json_text(std::string_view text);

/// A problem with a part, at its place.
JsonProblem problem_with(const JsonPart& part, std::string message, std::string hint = {});

struct JsonPartMember {
  std::string key;
  JsonPart value;
  std::size_t key_offset = 0;
};

/// No request has so many of anything; a text of nothing else would take memory for nothing.
inline constexpr std::size_t kJsonPartsMax = 100'000;

/// The members of an object in their order. A key that comes twice is a problem, and so is a part
/// that is no object.
JsonRead<std::vector<JsonPartMember>> members_of(const JsonPart& object);

/// The items of an array.
JsonRead<std::vector<JsonPart>> items_of(const JsonPart& array);

/// A text, decoded.
JsonRead<std::string> text_of(const JsonPart& part);

/// What a person calls the part: `a text`, `an object`, `null`, ...
std::string_view kind_of(const JsonPart& part);

/// Line and column (in characters) of a byte of a text, both from 1.
struct TextPlace {
  std::size_t line = 1;
  std::size_t column = 1;
};
TextPlace place_of(std::string_view text, std::size_t offset);

}  // namespace tablekey::replay
