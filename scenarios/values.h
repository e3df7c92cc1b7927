// Reading a scalar as what its field is: a duration, a rate, a share, a count. Each reader reports
// what is wrong with the node and returns nothing; the message names the field and says what to
// write.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/node.h"
#include "sim/time.h"

namespace tablekey::scenarios {

struct CountRange {
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
};

// A scalar with something in it. Of a value that a template leaves open, what stands for it, with a
// word about that; the readers below then take their own least or first value where it does not
// fit.
[[nodiscard]] const std::string* read_text(const Node& node, std::string_view field,
                                           Diagnostics& diagnostics);
// Whether a value is open, and something stands for it.
[[nodiscard]] bool has_stand_in(const Node& node);
[[nodiscard]] std::optional<std::uint64_t> read_count(const Node& node, std::string_view field,
                                                      CountRange range, Diagnostics& diagnostics);
// `true` or `false`; True and TRUE are the same.
[[nodiscard]] std::optional<bool> read_boolean(const Node& node, std::string_view field,
                                               Diagnostics& diagnostics);
// 90s, 5m, 2h30m; not negative. A bare number is an error that names the units.
[[nodiscard]] std::optional<sim::Duration> read_duration(const Node& node, std::string_view field,
                                                         Diagnostics& diagnostics);
// 2h (since `start`) or 2026-01-01T02:00:00Z, not before the start.
[[nodiscard]] std::optional<sim::Time> read_time(const Node& node, std::string_view field,
                                                 sim::Time start, Diagnostics& diagnostics);
// 200/s, 12/m, 1/h: the number a second; not negative.
[[nodiscard]] std::optional<double> read_rate(const Node& node, std::string_view field,
                                              Diagnostics& diagnostics);
// 25%, 12.5%: millionths, at most one million.
[[nodiscard]] std::optional<std::uint32_t> read_share(const Node& node, std::string_view field,
                                                      Diagnostics& diagnostics);
// A decimal number, not negative.
[[nodiscard]] std::optional<double> read_number(const Node& node, std::string_view field,
                                                Diagnostics& diagnostics);
// One of the words; anything else is an error with the nearest one.
[[nodiscard]] std::optional<std::size_t> read_choice(const Node& node, std::string_view field,
                                                     const std::vector<std::string_view>& words,
                                                     Diagnostics& diagnostics);

// The same conversions without a node, for texts inside texts.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
[[nodiscard]] std::optional<double> parse_rate(std::string_view text);
// 25%, 12.5%, from millionths.
[[nodiscard]] std::string print_share(std::uint64_t millionths);
// Digits, perhaps with a sign or a fraction: a number that lacks its unit.
[[nodiscard]] bool is_bare_number(std::string_view text);

// RFC 4648 with its padding; nothing if the text is none.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);
[[nodiscard]] bool is_account(std::string_view text);  // 12 digits
// us-west-2, us-gov-east-1: words in lower case and a number at the end.
[[nodiscard]] bool is_region(std::string_view text);

// "a, b or c".
[[nodiscard]] std::string one_of(const std::vector<std::string_view>& words);

}  // namespace tablekey::scenarios
