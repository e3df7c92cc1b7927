// A YAML document as a tree that keeps what the file says: the text of every scalar and whether it
// was quoted, the tag, the order of keys, the place of everything. What a scalar means is decided
// by the field that reads it, never by its looks: `yes`, `on` and 012345678901 are text until then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"

namespace tablekey::scenarios {

struct Member;

struct Node {
  enum class Kind : std::uint8_t {
    scalar,
    sequence,
    map,
    absent,      // AWS::NoValue: as if it had not been written
    unresolved,  // an intrinsic function without an answer; `text` says why, as a sentence
  };
  Kind kind = Kind::scalar;
  bool quoted = false;    // a quoted or block scalar, or the result of a function: never null
  bool reported = false;  // of an unresolved node: why was said already, once is enough
  bool merged = false;    // a key that `<<` brought; the composer settles these
  std::string tag;        // with its leading '!'; empty if none
  std::string text;       // of a scalar
  Place place;
  std::vector<Node> items;      // of a sequence
  std::vector<Member> members;  // of a map, in the order of the file
  std::string resource;         // logical id, when a reference to a resource gave this text; of a
                                // step, its id
  std::string result;  // CiphertextBlob …: what a step will give; `unresolved` until a run
  // Of an unresolved node: what a whole template is loaded with where nobody gave the value. Empty:
  // nothing can stand for it.
  std::string stand_in;
  Place declared;  // of the parameter that lacks its value; line 0: it is none

  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
  [[nodiscard]] bool is_map() const { return kind == Kind::map; }
  // `key:` with nothing behind it, `~` or `null`.
  [[nodiscard]] bool is_null() const {
    return is_scalar() && !quoted && (text.empty() || text == "~" || text == "null");
  }
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
};

struct Member {
  Node key;  // always a scalar
  Node value;
};

// The place of a part of a scalar's text, given in bytes of the text; the whole scalar where the
// two do not correspond (escapes, several lines).
[[nodiscard]] Place part_of(const Node& node, std::size_t offset, std::size_t length);

// "a list", "a map", "a text": what a message calls the node.
[[nodiscard]] std::string_view kind_name(const Node& node);

}  // namespace tablekey::scenarios
