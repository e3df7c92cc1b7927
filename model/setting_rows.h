// What the tables of settings share: reading and writing a value of each kind. Private to them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "model/settings.h"

namespace tablekey::model::setting_rows {

using Result = std::expected<void, std::string>;

inline Result read(sim::Duration& to, std::string_view text) {
  auto value = sim::parse_duration(text);
  if (!value) return std::unexpected(value.error());
  if (value->count() < 0) return std::unexpected(std::string("a duration here is not negative"));
  to = *value;
  return {};
}

inline Result read(sim::Distribution& to, std::string_view text) {
  if (text == "instant") text = "constant(0s)";
  if (auto constant = sim::parse_duration(text)) {
    return read(to, fmt::format("constant({})", sim::print(*constant)));
  }
  auto value = sim::Distribution::parse(text);
  if (!value) return std::unexpected(value.error());
  to = *value;
  return {};
}

inline Result read(std::uint32_t& to, std::string_view text) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (error == std::errc{} && end == text.data() + text.size()) return {};
  return std::unexpected(fmt::format("expected a whole number, found '{}'", text));
}

inline Result read(bool& to, std::string_view text) {
  if (text != "true" && text != "false") {
    return std::unexpected(fmt::format("expected true or false, found '{}'", text));
  }
  to = text == "true";
  return {};
}

inline Result read(Money& to, std::string_view text) {
  auto value = parse_money(text);
  if (!value) return std::unexpected(value.error());
  to = *value;
  return {};
}

/// The place of a word in a list of them; its size: none.
template <std::size_t size>
std::size_t place_of(const std::array<std::string_view, size>& words, std::string_view text) {
  return static_cast<std::size_t>(std::find(words.begin(), words.end(), text) - words.begin());
}

inline std::string write(const Money& value) { return print(value); }
inline std::string write(const sim::Duration& value) { return sim::print(value); }
inline std::string write(const sim::Distribution& value) { return value.print(); }
inline std::string write(const std::uint32_t& value) { return fmt::format("{}", value); }
inline Result read(std::uint64_t& to, std::string_view text) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (error == std::errc{} && end == text.data() + text.size()) return {};
  return std::unexpected(fmt::format("expected a whole number, found '{}'", text));
}
inline std::string write(const std::uint64_t& value) { return fmt::format("{}", value); }
inline std::string write(const bool& value) { return value ? "true" : "false"; }

/// The word that a choice is set to, in the order of its enum.
template <class Value, std::size_t size>
Result read_word(Value& to, const std::array<std::string_view, size>& words,
                 std::string_view text) {
  const std::size_t place = place_of(words, text);
  if (place == words.size()) {
    return std::unexpected(fmt::format("expected {}, found '{}'", fmt::join(words, " or "), text));
  }
  to = static_cast<Value>(place);
  return {};
}

}  // namespace tablekey::model::setting_rows
