// Paths into a scenario file, as overrides and the axes of a study write them:
// model.table_key_cache.idle_timeout, workload.web.arrivals.rate, timeline.disable.at.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "scenarios/node.h"

namespace tablekey::scenarios {

struct PathError {
  Place place;  // of the part that leads nowhere
  std::string message;
  std::string hint;
};

// Sets the node at the path that a scalar holds, making maps on the way where there are none. Maps
// are walked by key (a key may contain dots), lists by the `name` or `id` of an entry or its number
// from 0; `+` is a new entry at a list's end (timeline.+), and a list that is not there is made.
[[nodiscard]] std::expected<void, PathError> set_path(Node& root, const Node& path,
                                                      const Node& value);

}  // namespace tablekey::scenarios
