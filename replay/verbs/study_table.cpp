#include "replay/verbs/study_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tablekey::replay::verbs {
namespace {

constexpr std::size_t kBarMax = 24;  // cells

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t columns) {
  return text + std::string(columns - std::min(columns, width(text)), ' ');
}

// The last part of a path says enough where no other path ends so.
std::string short_name(const std::string& path, const std::vector<std::string>& paths) {
  const std::string last = path.substr(path.rfind('.') + 1);
  const auto same = std::ranges::count_if(
      paths, [&](const std::string& other) { return other.substr(other.rfind('.') + 1) == last; });
  return same > 1 ? path : last;
}

std::string interval(const MeasureResult& measure) {
  if (!measure.has_data()) return "no data";
  std::string out = measure.mean.at_least ? "≥ " : "";
  out += short_value(measure.mean.mean, measure.unit);
  if (measure.mean.half_width) {
    out += fmt::format(" ± {}", short_value(*measure.mean.half_width, measure.unit));
  }
  return out;
}

std::string quantile(const QuantileInterval& quantile, const std::string& unit) {
  return (quantile.at_least ? "≥ " : "") + short_value(quantile.value, unit);
}

std::string difference(const MeasureResult& measure) {
  if (!measure.difference) return "";
  const MeanInterval& mean = *measure.difference;
  std::string out = mean.at_least ? "≥ " : "";
  if (mean.mean >= 0) out += "+";
  out += short_value(mean.mean, measure.unit);
  if (mean.half_width) out += fmt::format(" ± {}", short_value(*mean.half_width, measure.unit));
  return out;
}

using Row = std::vector<std::string>;

Row head_row(const std::vector<std::string>& paths) {
  Row row;
  for (const std::string& path : paths) row.push_back(short_name(path, paths));
  row.insert(row.end(), {"mean", "p50", "p99", "to the first", ""});
  return row;
}

Row row_of(const PointResult& point, std::size_t index, const std::vector<std::string>& paths,
           double largest) {
  Row row;
  for (const std::string& path : paths) {
    const auto found = std::ranges::find(point.settings, path, &scenarios::StudySetting::path);
    row.push_back(found == point.settings.end() ? "" : found->value);
  }
  const MeasureResult& measure = point.measures[index];
  row.push_back(interval(measure));
  row.push_back(measure.has_data() ? quantile(measure.p50, measure.unit) : "");
  row.push_back(measure.has_data() ? quantile(measure.p99, measure.unit) : "");
  row.push_back(difference(measure));
  row.push_back(measure.has_data() ? bar_of(measure.mean.mean, largest) : "");
  return row;
}

}  // namespace

std::string bar_of(double value, double largest) {
  if (!(largest > 0) || !(value > 0)) return "";
  const auto eighths = static_cast<std::size_t>(value / largest * kBarMax * 8 + 0.5);
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  constexpr const char* kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  return out + kParts[eighths % 8];
}

std::string aligned_text(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths[i] != 0) line += "  " + padded(row[i], widths[i]);
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string short_value(double value, std::string_view unit) {
  if (unit == "USD") return fmt::format("{}${:.4g}", value < 0 ? "-" : "", std::abs(value));
  if (unit != "s") return fmt::format("{:.4g}{}", value, unit);
  const double size = value < 0 ? -value : value;
  if (size != 0 && size < 1) return fmt::format("{:.4g}ms", value * 1e3);
  if (size < 120) return fmt::format("{:.4g}s", value);
  if (size < 7200) return fmt::format("{:.4g}m", value / 60);
  if (size < 172'800) return fmt::format("{:.4g}h", value / 3600);
  return fmt::format("{:.4g}d", value / 86'400);
}

std::string settings_text(const std::vector<scenarios::StudySetting>& settings) {
  std::vector<std::string> paths, words;
  for (const auto& setting : settings) paths.push_back(setting.path);
  for (const auto& setting : settings) {
    words.push_back(short_name(setting.path, paths) + "=" + setting.value);
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string table_of(const scenarios::Study& study, const StudySummary& summary) {
  std::string out;
  const std::vector<std::string> paths = study.paths();
  for (std::size_t i = 0; i < study.measures.size(); ++i) {
    double largest = 0;
    for (const PointResult& point : summary.points) {
      if (point.measures[i].has_data()) {
        largest = std::max(largest, point.measures[i].mean.mean);
      }
    }
    std::vector<Row> rows{head_row(paths)};
    for (const PointResult& point : summary.points) {
      rows.push_back(row_of(point, i, paths, largest));
    }
    out += fmt::format("{}\n{}\n", study.measures[i].line, aligned_text(rows));
  }
  if (summary.points_total > summary.points.size()) {
    out += fmt::format("  and {} more in results.csv\n\n",
                       counted(summary.points_total - summary.points.size(), "point"));
  }
  return out;
}

std::string warnings_of(const scenarios::Study& study, const StudySummary& summary) {
  std::string out;
  for (std::size_t i = 0; i < study.measures.size(); ++i) {
    const StudySummary::Seen& seen = summary.seen[i];
    if (seen.no_data != 0 && seen.no_data != seen.runs) {
      out += fmt::format("  {} of {} saw no data for {}: they are in no mean\n",
                         grouped(seen.no_data), counted(seen.runs, "run"), study.measures[i].line);
    }
    if (seen.lower_bounds != 0) {
      out += fmt::format("  {} of {} ended before {} was known: what they say is a lower bound\n",
                         grouped(seen.lower_bounds), counted(seen.runs, "run"),
                         study.measures[i].line);
    }
  }
  return out;
}

}  // namespace tablekey::replay::verbs
