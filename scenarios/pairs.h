// Lists of texts, maps of texts, and tags, in the order of the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

// { name: value, … }. Values may be empty texts. Nothing after an error.
[[nodiscard]] std::optional<std::vector<TextPair>> read_pairs(const Node& node,
                                                              std::string_view field,
                                                              Diagnostics& diagnostics);
// The same, or CloudFormation's [{ Key, Value }], or KMS's own [{ TagKey, TagValue }].
[[nodiscard]] std::optional<std::vector<TextPair>> read_tags(const Node& node,
                                                             std::string_view field,
                                                             Diagnostics& diagnostics);
// A list of texts; one text alone is a list of one.
[[nodiscard]] std::optional<std::vector<std::string>> read_texts(const Node& node,
                                                                 std::string_view field,
                                                                 Diagnostics& diagnostics);

void set_pairs(const std::vector<TextPair>& pairs, capnp::List<events::Pair>::Builder list);
[[nodiscard]] std::vector<TextPair> get_pairs(capnp::List<events::Pair>::Reader list);
[[nodiscard]] inline std::uint32_t count_of(const auto& items) {
  return static_cast<std::uint32_t>(items.size());
}

}  // namespace tablekey::scenarios
