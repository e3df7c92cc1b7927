// From YAML (or JSON) text to a Node tree: libyaml reads the events, this composes them, with
// bounds on everything an input could make large: bytes, depth, nodes, and what aliases unfold to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "scenarios/diagnostics.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

inline constexpr std::size_t kDepthMax = 64;                    // lists and maps within each other
inline constexpr std::size_t kNodesMax = 200'000;               // of a document, aliases unfolded
inline constexpr std::size_t kTextBytesMax = 16 * 1024 * 1024;  // of all its scalars, likewise

// The first document of a source already registered with `diagnostics`. Nothing on a syntax error,
// which is reported; duplicate keys stay in the tree, for the section they stand in to judge.
[[nodiscard]] std::optional<Node> compose(std::uint32_t source, Diagnostics& diagnostics);

// The same for a text of one's own, whose places are those of the source: a part of it, with the
// rest blanked out.
[[nodiscard]] std::optional<Node> compose(std::uint32_t source, std::string_view text,
                                          Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
