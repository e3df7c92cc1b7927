// The texts that options of the command line take, read into values. An error is what the user is
// told after the option's name: what is wrong with the text, and what to write.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "events/format.h"
#include "replay/verbs/export.h"
#include "replay/verbs/scenario_file.h"
#include "sim/time.h"

namespace tablekey::replay::verbs {

template <class Value>
using Parsed = std::expected<Value, std::string>;

/// A whole number: 42.
Parsed<std::uint64_t> parse_seed(std::string_view text);
/// The same, of chunks.
Parsed<std::uint32_t> parse_chunks(std::string_view text);
/// path=value; what is right of the first equals sign is the value.
Parsed<Setting> parse_setting(std::string_view text);
/// A duration of real time, not negative.
Parsed<sim::Duration> parse_time_limit(std::string_view text);
Parsed<events::Codec> parse_codec(std::string_view text);
/// One of the forms of export.
Parsed<const ExportForm*> parse_export_form(std::string_view text);
/// A line for each of them, for help.
std::string export_forms_help();
/// auto, always or never, for wants_color().
Parsed<std::string> parse_color(std::string_view text);

}  // namespace tablekey::replay::verbs
