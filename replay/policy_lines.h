// Thousands of policy questions in one process: a record a line in, an answer a line out. A record
// that cannot be read has an answer too, which says why, and the next one is not affected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tablekey::replay {

struct LineAnswer {
  std::string json;      ///< One compact document, without a line feed.
  bool readable = true;  ///< False: it has an `error`.
};

/// Answers a record. Which question it puts is told by its members:
///
/// - `document` or `document_base64`, with `policy` being `key` or `identity`: would the text be
///   stored? `{"id", "verdict", "message"}`, a verdict being `accepted`, `malformed`, `limit` or
///   `rejected`.
/// - `kind` is `validate`: would the grant in `request.grant` be made? `{"id", "verdict", "reason",
///   "message"}`.
/// - any other `kind`, or `grants`: `{"id", "kind", "grants"}`, the grants being the ids of those
///   that allow.
/// - any other request: `{"id", "kind", "matched"}`.
///
/// `expect` and `verdict` in a record are not looked at. A record without an id, and one that
/// cannot be read, has the line's number beside `"id": null`.
LineAnswer answer_line(std::string_view record, std::uint64_t line_number);

/// The answer to a line that was not kept because of its length.
LineAnswer refuse_long_line(std::uint64_t line_number, std::uint64_t bytes_max);

}  // namespace tablekey::replay
