// A strict JSON reader (RFC 8259) for policy documents. It exists because a refusal must say
// where in the text the fault lies, because a repeated key must be seen rather than dropped, and
// because texts come from outside: depth is bounded, and reading is linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::model::iam {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonMember;

/// One value of a document with its place.
struct JsonValue {
  JsonKind kind = JsonKind::null;
  std::size_t offset = 0;           ///< Byte where the value begins.
  std::string text;                 ///< Decoded string; number, `true`, `false` as written.
  std::vector<JsonValue> items;     ///< Of an array.
  std::vector<JsonMember> members;  ///< Of an object, in document order, keys distinct.

  /// The member of that key, or null.
  const JsonValue* find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  std::size_t key_offset = 0;
  JsonValue value;
};

struct JsonFault {
  std::string message;
  std::string path;  ///< `$`, `$.Statement[1]`, ...
  std::size_t offset = 0;
};

/// Containers inside one another; a policy document needs seven.
inline constexpr std::size_t kJsonDepthMax = 32;

std::expected<JsonValue, JsonFault> read_json(std::string_view text);

/// The path of the innermost value that the byte at `offset` belongs to; of a key, its member's.
std::string json_path(const JsonValue& root, std::size_t offset);

/// The path of `node` inside `root`; `$` where it is the root or not in it.
std::string json_path(const JsonValue& root, const JsonValue& node);

}  // namespace tablekey::model::iam
