// Recorded arrivals as CSV (RFC 4180 without line breaks in fields): a head line names the columns,
// in any order. `time` holds 12.5s (since the workload's beginning) or 2026-01-01T00:00:12.5Z;
// a column `seconds` or `milliseconds` holds plain numbers instead.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "scenarios/arrivals_trace.h"
#include "scenarios/characters.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"
#include "sim/time.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kErrorsMax = 10;  // of one file; then its form is another one
constexpr double kSecondsMax = 3e9;

struct Field {
  std::string text;
  std::uint32_t column = 1;  // of its first character, from 1
};

std::string_view trimmed_field(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<Field> fields_of(std::string_view line) {
  std::vector<Field> fields(1);
  bool quoted = false;
  std::uint32_t column = 1;
  for (std::size_t i = 0; i < line.size(); ++i, ++column) {
    const char c = line[i];
    Field& field = fields.back();
    if (c == '"') {
      const bool doubled = quoted && i + 1 < line.size() && line[i + 1] == '"';
      if (!doubled) {
        quoted = !quoted;
        continue;
      }
      ++i;
      ++column;
      field.text += c;
    } else if (c == ',' && !quoted) {
      fields.push_back({{}, column + 1});
    } else {
      field.text += c;
    }
  }
  for (Field& field : fields) {
    const std::size_t blanks = field.text.find_first_not_of(" \t\r");
    if (blanks != std::string::npos) field.column += static_cast<std::uint32_t>(blanks);
    field.text = std::string(trimmed_field(field.text));
  }
  return fields;
}

class CsvReader {
 public:
  CsvReader(std::uint32_t source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  RecordedArrivals read() {
    const std::string text = diagnostics_.source_text(source_);
    std::string_view rest = text;
    if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
    while (!rest.empty() && errors_ < kErrorsMax && found_.rows.size() <= kTraceRowsMax) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      ++line_;
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (trimmed_field(line).empty()) continue;
      headed_ ? read_row(fields_of(line)) : read_head(fields_of(line));
      if (no_head_) break;
    }
    return std::move(found_);
  }

 private:
  Place place(const Field& field) const {
    const auto width = static_cast<std::uint32_t>(characters_of(field.text).size());
    return {source_, line_, field.column, std::max(width, 1U)};
  }
  void error(const Field& field, std::string message, std::string hint = {}) {
    ++errors_;
    diagnostics_.error(place(field), std::move(message), std::move(hint));
  }

  void read_head(const std::vector<Field>& fields);
  void read_row(const std::vector<Field>& fields);
  std::optional<std::int64_t> time_of(const Field& field);
  std::optional<std::int64_t> number_of(const Field& field);
  std::optional<std::uint32_t> operation_of(const Field& field);

  std::uint32_t source_;
  Diagnostics& diagnostics_;
  RecordedArrivals found_;
  std::uint32_t line_ = 0;
  std::size_t errors_ = 0;
  bool headed_ = false, no_head_ = false;
  std::optional<std::size_t> time_, table_, operation_;  // columns
  double unit_ = 0;                                      // nanoseconds; 0: `time` has units
};

void CsvReader::read_head(const std::vector<Field>& fields) {
  headed_ = true;
  const std::vector<std::string_view> known = {"time", "seconds", "milliseconds", "table",
                                               "operation"};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string& name = fields[i].text;
    if (name == "time" || name == "seconds" || name == "milliseconds") {
      time_ = i;
      unit_ = name == "time" ? 0 : name == "seconds" ? 1e9 : 1e6;
    } else if (name == "table") {
      table_ = i;
    } else if (name == "operation") {
      operation_ = i;
    } else {
      diagnostics_.warning(place(fields[i]),
                           fmt::format("column '{}' is not read", printable(name)),
                           did_you_mean(name, known));
    }
  }
  if (time_) return;
  no_head_ = true;
  error(fields.front(), "the file lacks a column 'time'",
        "its first line must name its columns: time,table,operation");
}

void CsvReader::read_row(const std::vector<Field>& fields) {
  if (*time_ >= fields.size()) {
    return error(fields.front(), fmt::format("the line has {} of its fields", fields.size()));
  }
  const Field& time_field = fields[*time_];
  const auto time = unit_ == 0 ? time_of(time_field) : number_of(time_field);
  if (!time) return;
  const Field none{{}, 1};
  const Field& table = table_ && *table_ < fields.size() ? fields[*table_] : none;
  RecordedArrival row{*time, 0, kNone};
  if (operation_ && *operation_ < fields.size()) {
    const auto operation = operation_of(fields[*operation_]);
    if (!operation) return;
    row.operation = *operation;
  }
  row.name = found_.name_index(table.text, place(table));
  found_.rows.push_back(row);
}

std::optional<std::int64_t> CsvReader::time_of(const Field& field) {
  const bool iso = field.text.size() > 4 && field.text.find('-', 1) == 4;
  if (!found_.rows.empty() && iso != found_.absolute) {
    error(field, "a time since the beginning and a date in one file");
    return std::nullopt;
  }
  found_.absolute = iso;
  if (iso) {
    const auto time = sim::parse_time(field.text);
    if (!time) {
      error(field, printable(time.error()));
      return std::nullopt;
    }
    return time->nanoseconds();
  }
  if (is_bare_number(field.text)) {
    error(field, "time needs a unit",
          fmt::format("write {}s, or call the column seconds", field.text));
    return std::nullopt;
  }
  const auto time = sim::parse_duration(field.text);
  if (!time || time->count() < 0) {
    error(field, time ? "time must not be negative" : printable(time.error()));
    return std::nullopt;
  }
  return time->count();
}

std::optional<std::int64_t> CsvReader::number_of(const Field& field) {
  const auto number = parse_number(field.text);
  if (!number || *number * unit_ > kSecondsMax * 1e9) {
    error(field, fmt::format("'{}' is no number of {}", printable(field.text),
                             unit_ == 1e9 ? "seconds" : "milliseconds"));
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number * unit_ + 0.5);
}

std::optional<std::uint32_t> CsvReader::operation_of(const Field& field) {
  if (field.text.empty()) return kNone;
  const auto& names = operation_names();
  const auto found = std::find(names.begin(), names.end(), field.text);
  if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
  error(field, fmt::format("no operation '{}'", printable(field.text)),
        did_you_mean(field.text, names));
  return std::nullopt;
}

}  // namespace

RecordedArrivals read_csv_arrivals(std::uint32_t source, Diagnostics& diagnostics) {
  return CsvReader(source, diagnostics).read();
}

}  // namespace tablekey::scenarios
