// A date as conditions of the Date family compare it: ISO 8601, or seconds since the Unix epoch
// (kms.md 6.4). It is not sim::Time, because a policy may name any year and any fraction.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tablekey::model::iam {

struct Moment {
  std::int64_t seconds = 0;       ///< Since the Unix epoch.
  std::uint32_t nanoseconds = 0;  ///< Digits of a fraction beyond the ninth are dropped.

  /// `2024-03`, `2024-03-05`, `2024-03-05T12:00[:00[.5]][Z|+01:00]` (UTC where no zone is given),
  /// or an integral number of seconds. Nothing where the text is none of these, or names a day or
  /// an hour that does not exist.
  static std::optional<Moment> parse(std::string_view text);

  friend auto operator<=>(const Moment&, const Moment&) = default;
};

}  // namespace tablekey::model::iam
