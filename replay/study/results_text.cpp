// Results for other programs: a table of comma-separated values with a row for each point and
// measure, and an object for each point.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "replay/study/results.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

// RFC 4180.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string field(double value) { return fmt::format("{}", value); }
std::string field(const std::optional<double>& value) { return value ? field(*value) : ""; }
std::string field(bool at_least) { return at_least ? "at least" : "exact"; }

std::optional<double> low(const MeanInterval& mean) {
  if (!mean.half_width) return std::nullopt;
  return mean.mean - *mean.half_width;
}
std::optional<double> high(const MeanInterval& mean) {
  if (!mean.half_width) return std::nullopt;
  return mean.mean + *mean.half_width;
}

const std::string& value_of(const PointResult& result, const std::string& path) {
  static const std::string nothing;
  const auto found = std::ranges::find(result.settings, path, &scenarios::StudySetting::path);
  return found == result.settings.end() ? nothing : found->value;
}

void add_quantile(std::vector<std::string>& row, const QuantileInterval& quantile) {
  row.push_back(field(quantile.value));
  row.push_back(field(quantile.low));
  row.push_back(field(quantile.high));
  row.push_back(field(quantile.at_least));
}

void add_numbers(std::vector<std::string>& row, const MeasureResult& measure) {
  row.push_back(field(measure.mean.mean));
  row.push_back(field(low(measure.mean)));
  row.push_back(field(high(measure.mean)));
  row.push_back(field(measure.mean.at_least));
  row.push_back(measure.mean.half_width ? field(measure.mean.deviation) : "");
  row.push_back(field(measure.min));
  add_quantile(row, measure.p50);
  add_quantile(row, measure.p90);
  add_quantile(row, measure.p99);
  row.push_back(field(measure.max));
  const auto& difference = measure.difference;
  row.push_back(difference ? field(difference->mean) : "");
  row.push_back(difference ? field(low(*difference)) : "");
  row.push_back(difference ? field(high(*difference)) : "");
  row.push_back(difference ? field(difference->at_least) : "");
}

constexpr std::string_view kNumberColumns =
    "mean,mean_low,mean_high,mean_is,deviation,min,p50,p50_low,p50_high,p50_is,p90,p90_low,"
    "p90_high,p90_is,p99,p99_low,p99_high,p99_is,max,difference,difference_low,difference_high,"
    "difference_is";

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json json_of(const MeanInterval& mean) {
  Json out;
  out["mean"] = mean.mean;
  out["low"] = number(low(mean));
  out["high"] = number(high(mean));
  out["runs"] = mean.runs;
  out["at_least"] = mean.at_least;
  return out;
}

Json json_of(const QuantileInterval& quantile) {
  Json out;
  out["value"] = quantile.value;
  out["low"] = number(quantile.low);
  out["high"] = number(quantile.high);
  out["at_least"] = quantile.at_least;
  return out;
}

Json json_of(const scenarios::StudyMeasure& asked, const MeasureResult& measure) {
  Json out;
  out["measure"] = asked.line;
  out["unit"] = measure.unit;
  out["runs"] = measure.runs;
  out["no_data"] = measure.no_data;
  out["lower_bounds"] = measure.lower_bounds;
  if (!measure.note.empty()) out["note"] = measure.note;
  if (!measure.has_data()) return out;
  out["mean"] = json_of(measure.mean);
  out["deviation"] = measure.mean.half_width ? Json(measure.mean.deviation) : Json(nullptr);
  out["min"] = measure.min;
  out["p50"] = json_of(measure.p50);
  out["p90"] = json_of(measure.p90);
  out["p99"] = json_of(measure.p99);
  out["max"] = measure.max;
  out["difference"] = measure.difference ? json_of(*measure.difference) : Json(nullptr);
  return out;
}

Json json_of(const scenarios::StudyExpectation& expected, const ExpectationResult& result) {
  Json out;
  out["name"] = expected.name;
  out["check"] = expected.check;
  out["over"] = scenarios::name_of(expected.over);
  out["value"] = number(result.value);
  out["at_least"] = result.at_least;
  out["unit"] = result.unit;
  out["limit"] = result.limit;
  out["result"] = name_of(result.met);
  out["runs"] = result.runs;
  out["runs_met"] = result.runs_met;
  out["severity"] = expected.warn ? "warn" : "fail";
  out["note"] = result.note;
  return out;
}

}  // namespace

std::string csv_head(const scenarios::Study& study) {
  std::string out = "point";
  for (const std::string& path : study.paths()) out += "," + field(path);
  return out + ",measure,unit,runs,no_data,lower_bounds," + std::string(kNumberColumns) + "\n";
}

std::string csv_lines(const scenarios::Study& study, const PointResult& result) {
  const auto columns = static_cast<std::size_t>(std::ranges::count(kNumberColumns, ',')) + 1;
  std::string out;
  for (std::size_t i = 0; i < result.measures.size(); ++i) {
    const MeasureResult& measure = result.measures[i];
    std::vector<std::string> row{fmt::format("{}", result.point)};
    for (const std::string& path : study.paths()) row.push_back(field(value_of(result, path)));
    row.push_back(field(study.measures[i].line));
    row.push_back(measure.unit);
    for (const std::uint64_t count : {measure.runs, measure.no_data, measure.lower_bounds}) {
      row.push_back(fmt::format("{}", count));
    }
    if (measure.has_data()) {
      add_numbers(row, measure);
    } else {
      row.resize(row.size() + columns);
    }
    out += fmt::format("{}\n", fmt::join(row, ","));
  }
  return out;
}

Json json_of(const scenarios::Study& study, const PointResult& result) {
  Json out;
  out["point"] = result.point;
  out["runs"] = result.runs;
  out["settings"] = Json::object();
  for (const auto& [path, value] : result.settings) out["settings"][path] = value;
  out["measures"] = Json::array();
  for (std::size_t i = 0; i < result.measures.size(); ++i) {
    out["measures"].push_back(json_of(study.measures[i], result.measures[i]));
  }
  out["expectations"] = Json::array();
  for (std::size_t i = 0; i < result.expectations.size(); ++i) {
    out["expectations"].push_back(json_of(study.expectations[i], result.expectations[i]));
  }
  return out;
}

}  // namespace tablekey::replay
