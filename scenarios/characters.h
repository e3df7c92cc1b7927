// Text as people count it: in characters (code points of UTF-8), not in bytes. Positions in
// messages and the distance between misspelt names need it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::scenarios {

// The characters of a UTF-8 text; a byte that belongs to none is a character of its own.
[[nodiscard]] std::vector<std::string_view> characters_of(std::string_view text);

// The lines of a text as YAML counts them: also CR, NEL and the Unicode separators end one.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

// What a terminal may get: control characters and stray bytes become '?', a tab stays.
[[nodiscard]] std::string printable(std::string_view text);

// The name among `names` that is at most two edits (insert, delete, replace, swap neighbours) away
// from `text` (one, if that is short), the nearest first; empty if none is. Case does not count.
[[nodiscard]] std::string_view nearest(std::string_view text,
                                       const std::vector<std::string_view>& names);

// "did you mean 'x'?" with the nearest name, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view text,
                                       const std::vector<std::string_view>& names);

}  // namespace tablekey::scenarios
