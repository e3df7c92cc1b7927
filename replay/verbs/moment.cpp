#include "replay/verbs/moment.h"

#include <fmt/format.h>

namespace tablekey::replay::verbs {

std::expected<sim::Time, std::string> parse_moment(const std::string& text, sim::Time start) {
  if (const auto time = sim::parse_time(text)) return *time;
  const auto since_start = sim::parse_duration(text);
  if (!since_start) {
    return std::unexpected(fmt::format(
        "'{}' is not a moment: write 2h (since the start) or 2026-01-01T02:00:00Z", text));
  }
  try {
    return start + *since_start;
  } catch (const sim::TimeOverflow&) {
    return std::unexpected(fmt::format("'{}' is too far away", text));
  }
}

}  // namespace tablekey::replay::verbs
