#include "replay/verbs/option_text.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <vector>

#include "scenarios/characters.h"

namespace tablekey::replay::verbs {
namespace {

template <class Number>
Parsed<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return std::unexpected(error == std::errc::result_out_of_range
                             ? fmt::format("'{}' is too large", text)
                             : fmt::format("'{}' is not a whole number, such as 42", text));
}

}  // namespace

Parsed<std::uint64_t> parse_seed(std::string_view text) {
  return parse_number<std::uint64_t>(text);
}

Parsed<std::uint32_t> parse_chunks(std::string_view text) {
  return parse_number<std::uint32_t>(text);
}

Parsed<Setting> parse_setting(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos && equals != 0) {
    return Setting(text.substr(0, equals), text.substr(equals + 1));
  }
  return std::unexpected(
      fmt::format("'{}' is not path=value, such as model.kms.latency=10ms", text));
}

Parsed<sim::Duration> parse_time_limit(std::string_view text) {
  const auto limit = sim::parse_duration(text);
  if (!limit) return std::unexpected(limit.error());
  if (*limit < sim::Duration()) return std::unexpected("a time limit is not negative");
  return *limit;
}

Parsed<events::Codec> parse_codec(std::string_view text) {
  if (text == "none") return events::Codec::none;
  if (text == "zstd") return events::Codec::zstd;
  return std::unexpected(fmt::format("'{}' is not a codec: write none or zstd", text));
}

Parsed<const ExportForm*> parse_export_form(std::string_view text) {
  if (const ExportForm* form = find_export_form(text)) return form;
  std::vector<std::string_view> names;
  for (const ExportForm& form : export_forms()) names.push_back(form.name);
  const std::string meant = scenarios::did_you_mean(text, names);
  const std::string printable = scenarios::printable(text);
  if (!meant.empty())
    return std::unexpected(fmt::format("'{}' is not a form: {}", printable, meant));
  return std::unexpected(
      fmt::format("'{}' is not a form: write {}", printable, fmt::join(names, ", ")));
}

std::string export_forms_help() {
  std::string text;
  for (const ExportForm& form : export_forms()) {
    text += fmt::format("  {:<18}{}\n", form.name, form.meaning);
  }
  return text;
}

Parsed<std::string> parse_color(std::string_view text) {
  if (text == "auto" || text == "always" || text == "never") return std::string(text);
  return std::unexpected(
      fmt::format("'{}' is not a kind of colour: write auto, always or never", text));
}

}  // namespace tablekey::replay::verbs
