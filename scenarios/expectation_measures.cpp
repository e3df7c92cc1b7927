// The measures, one row each: their filters and statistics. In the order of the enumeration.
#include <fmt/format.h>

#include <array>
#include <string>

#include "scenarios/expectation_words.h"

namespace tablekey::scenarios {
namespace {

using enum FilterName;

// In the order of Statistic.
constexpr auto kStatistics = std::to_array<std::string_view>({"count",
                                                              "first",
                                                              "last",
                                                              "rate.max",
                                                              "min",
                                                              "mean",
                                                              "max",
                                                              "p99",
                                                              "status",
                                                              "state",
                                                              "holds",
                                                              "materials",
                                                              "ends",
                                                              "plaintext",
                                                              "material",
                                                              "total",
                                                              "keys",
                                                              "requests",
                                                              "sse_status",
                                                              "key",
                                                              "inaccessible_since",
                                                              "items",
                                                              "partitions",
                                                              "backups",
                                                              "leaked_sort_keys",
                                                              "replica_status",
                                                              "entries",
                                                              "waiting",
                                                              "records",
                                                              "shards",
                                                              "scanned",
                                                              "result",
                                                              "decrypted",
                                                              "rate",
                                                              "peak",
                                                              "ratio",
                                                              "zero",
                                                              "value",
                                                              "month",
                                                              "headroom",
                                                              "text"});

constexpr auto kUsualQuantiles =
    std::to_array<std::string_view>({"p50", "p90", "p95", "p99", "p99.9"});

// Of one window an entry.
std::vector<Statistic> windows() {
  using enum Statistic;
  return {min, mean, max, quantile, zero, count};
}

// Of one value a request, or a load.
std::vector<Statistic> values() {
  using enum Statistic;
  return {mean, max, quantile, min, count};
}

std::vector<Statistic> two_results() {
  using enum Statistic;
  return {plaintext, material, Statistic::result, decrypted};
}

std::vector<Statistic> table_statistics() {
  using enum Statistic;
  return {status,  sse_status, table_key,        inaccessible_since, items,
          backups, partitions, leaked_sort_keys, replica_status};
}

// What tells requests apart.
std::vector<FilterName> of_requests() {
  return {FilterName::result, op, workload, table, connection, via, after, before};
}

std::vector<MeasureRow> older_rows() {
  return {
      {Measure::requests,
       "requests",
       of_requests(),
       {Statistic::count, Statistic::rate, Statistic::rate_max, Statistic::first, Statistic::last}},
      {Measure::kms_calls,
       "kms.calls",
       {op, FilterName::result, key, table, caller, window, after, before},
       {Statistic::count, Statistic::rate, Statistic::rate_max, Statistic::peak, Statistic::first,
        Statistic::last}},
      {Measure::exposure, "exposure", {after, workload, table}, windows(), false, true},
      {Measure::data_exposure, "data_exposure", {after, workload, table}, windows(), false, true},
      {Measure::detection, "detection", {after, workload, table}, windows(), false, true},
      {Measure::table, "table", {name, moment}, table_statistics(), true},
      {Measure::key, "key", {name}, {Statistic::state, Statistic::materials}, true},
      {Measure::invariant, "invariant", {}, {Statistic::holds}, true},
      {Measure::outcome,
       "outcome",
       {step},
       {Statistic::ends, Statistic::text},
       false,
       false,
       1,
       true},
      {Measure::step_count,
       "count",
       {step, FilterName::outcome},
       {Statistic::count},
       false,
       false,
       1,
       true},
      {Measure::same, "same", {step}, two_results(), false, false, 2, true},
      {Measure::differ, "differ", {step}, two_results(), false, false, 2, true},
      {Measure::cost,
       "cost",
       {account, after, before},
       {Statistic::total, Statistic::keys, Statistic::fees, Statistic::month},
       false,
       false,
       0,
       true},
      {Measure::index,
       "index",
       {name, moment},
       {Statistic::status, Statistic::entries, Statistic::waiting},
       true},
      {Measure::stream, "stream", {name, moment}, {Statistic::records, Statistic::shards}, true},
      {Measure::shown, "shown", {step}, {Statistic::status}, false, false, 1},
      {Measure::returned,
       "returned",
       {step},
       {Statistic::count, Statistic::scanned},
       false,
       false,
       1,
       true},
  };
}

std::vector<MeasureRow> cache_rows() {
  return {
      {Measure::hits, "hits", of_requests(), {Statistic::ratio}},
      {Measure::delayed_hits, "delayed_hits", of_requests(), {Statistic::ratio}},
      {Measure::latency, "latency", of_requests(), values()},
      {Measure::authorization_age, "authorization_age", of_requests(), values()},
      {Measure::stale_serves, "stale_serves", {after, workload, table}, windows(), false, true},
      {Measure::fleet_exposure,
       "fleet_exposure",
       {after, workload, table},
       {Statistic::value},
       false,
       true},
      {Measure::herd, "herd", {table, after, before}, values()},
      {Measure::availability,
       "availability",
       {op, workload, table, connection, after, before},
       {Statistic::ratio}},
      {Measure::resident, "resident", {table, moment}, {Statistic::count}},
      {Measure::data_keys, "data_keys", {table, moment}, {Statistic::count}},
      {Measure::quota, "quota", {account, region, after, before}, {Statistic::headroom}},
  };
}

}  // namespace

const std::vector<MeasureRow>& measure_rows() {
  static const std::vector<MeasureRow> kRows = [] {
    std::vector<MeasureRow> rows = older_rows();
    for (MeasureRow& row : cache_rows()) rows.push_back(std::move(row));
    return rows;
  }();
  return kRows;
}

bool measures_time(Measure measure) {
  return measure != Measure::stale_serves && measure != Measure::herd;
}

bool holds_alone(Measure measure) {
  return measure == Measure::invariant || measure == Measure::same || measure == Measure::differ;
}

std::vector<std::string_view> statistic_names(const MeasureRow& row) {
  std::vector<std::string_view> names;
  for (const Statistic statistic : row.statistics) {
    if (statistic == Statistic::quantile) {
      names.insert(names.end(), kUsualQuantiles.begin(), kUsualQuantiles.end());
    } else if (statistic != Statistic::ends) {  // that is never written
      names.push_back(name_of(statistic));
    }
  }
  return names;
}

std::string_view name_of(Measure measure) {
  return measure_rows()[static_cast<std::size_t>(measure)].name;
}

std::string_view name_of(Statistic statistic) {
  const auto index = static_cast<std::size_t>(statistic);
  return index < kStatistics.size() ? kStatistics[index] : std::string_view("?");
}

std::string quantile_name(std::uint32_t quantile) {
  constexpr std::uint32_t kPercent = kQuantileWhole / 100;
  std::string text = fmt::format("p{}", quantile / kPercent);
  std::string decimals = fmt::format("{:06}", quantile % kPercent);
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  return decimals.empty() ? text : text + "." + decimals;
}

}  // namespace tablekey::scenarios
