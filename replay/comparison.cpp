#include "replay/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "replay/grouped.h"
#include "replay/metrics/summary.h"
#include "replay/names.h"
#include "replay/steps.h"
#include "scenarios/characters.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;
using Value = MeasuredRun::Value;

Value value_of(const Outcome& outcome) {
  Value value;
  value.name = outcome.check;
  value.text = outcome.met == Met::no_data ? "no data" : outcome.measured;
  value.number = outcome.number;
  value.unit = outcome.unit;
  value.expected = true;
  if (outcome.met == Met::met || outcome.met == Met::not_met) value.met = outcome.met == Met::met;
  return value;
}

void add_count(const std::string& name, const Json& json, std::vector<Value>& out) {
  Value value;
  value.name = name;
  if (json.is_number_unsigned()) {
    value.number = static_cast<double>(json.get<std::uint64_t>());
    value.text = grouped(json.get<std::uint64_t>());
  } else if (json.is_string()) {  // an amount of money
    value.text = json.get<std::string>();
  } else {
    value.text = json.dump();
  }
  out.push_back(std::move(value));
}

// An entry of a list goes by what tells it from the others.
std::string entry_name(const Json& entry) {
  if (entry.contains("operation")) {
    return entry["operation"].get<std::string>() + "." + entry["result"].get<std::string>();
  }
  return entry.contains("accountId") ? entry["accountId"].get<std::string>() : std::string();
}

bool is_name(const std::string& key) {
  return key == "operation" || key == "result" || key == "accountId" || key == "currency";
}

void flatten(const std::string& path, const Json& json, std::vector<Value>& out) {
  if (json.is_array()) {
    for (const auto& entry : json) flatten(path + "." + entry_name(entry), entry, out);
    return;
  }
  if (!json.is_object()) return add_count(path, json, out);
  for (const auto& [key, value] : json.items()) {
    if (is_name(key)) continue;
    std::string name = path.empty() ? key : path + "." + key;
    if (key == "count" || key == "byOperation" || key == "accounts") name = path;
    flatten(name, value, out);
  }
}

// What the line names and the scenario lacks: "step 'revoke'".
std::optional<std::string> lacking(const scenarios::Expectation& expectation,
                                   const model::ScenarioView& scenario) {
  using Kind = scenarios::Expectation::Mention::Kind;
  for (const auto& mention : expectation.mentions) {
    switch (mention.kind) {
      case Kind::step:
        if (scenarios::steps_named(scenario.reader(), mention.name).empty())
          return "step '" + mention.name + "'";
        break;
      case Kind::workload:
        if (!find_workload(scenario, mention.name)) return "workload '" + mention.name + "'";
        break;
      case Kind::table:
        if (!find_tables(scenario, mention.name)) return "table '" + mention.name + "'";
        break;
      case Kind::key:
        if (!find_key(scenario, mention.name)) return "key '" + mention.name + "'";
        break;
      case Kind::caller:
        break;
    }
  }
  return std::nullopt;
}

std::expected<void, TraceError> add_measures(const std::vector<std::string>& measures,
                                             const model::ScenarioView& scenario,
                                             ExpectationSet& set, MeasuredRun& run) {
  for (const std::string& line : measures) {
    auto parsed = scenarios::parse_measure(line);
    if (!parsed) parsed = scenarios::parse_expectation(line);
    if (!parsed) {
      return std::unexpected(
          TraceError{TraceError::Kind::unfit,
                     fmt::format("'{}' is not a measure: {}", scenarios::printable(line),
                                 parsed.error().message)});
    }
    if (const auto what = lacking(*parsed, scenario)) {
      run.unanswered.push_back(fmt::format("{}: there is no {}", line, *what));
      continue;
    }
    set.add(std::move(*parsed), "", line);
  }
  return {};
}

std::string change_text(double change, const std::string& unit) {
  if (change == 0) return "0";
  const std::string sign = change > 0 ? "+" : "-";
  const double size = change > 0 ? change : -change;
  if (unit == "s") {
    return sign + sim::print(sim::Duration::nanoseconds(static_cast<std::int64_t>(size * 1e9)));
  }
  return fmt::format("{}{:.6g}{}", sign, size, unit == "/s" ? "/s" : "");
}

std::string cell(const std::optional<Value>& value) {
  if (!value) return "-";
  if (!value->met) return value->text;
  return value->text + (*value->met ? "  met" : "  not met");
}

}  // namespace

std::expected<MeasuredRun, TraceError> measure_trace(const RecordedRun& recorded,
                                                     const std::vector<std::string>& measures) {
  MeasuredRun run;
  ExpectationSet expectations(recorded.scenario());
  if (auto added = add_measures(measures, recorded.scenario(), expectations, run); !added) {
    return std::unexpected(added.error());
  }
  RunSummary summary;
  auto state = recorded.state_after(recorded.file().event_count());
  if (!state) return std::unexpected(state.error());
  if (auto folded = recorded.fold(recorded.file().event_count(), {&expectations, &summary});
      !folded) {
    return std::unexpected(folded.error());
  }
  for (const Outcome& outcome : expectations.finish(*state)) {
    run.values.push_back(value_of(outcome));
  }
  flatten("", summary.json(*state), run.values);
  return run;
}

std::optional<std::string> answered_by_none(const std::vector<MeasuredRun>& runs) {
  for (const std::string& line : runs.front().unanswered) {
    const bool by_none = std::ranges::all_of(runs, [&](const MeasuredRun& run) {
      return std::ranges::find(run.unanswered, line) != run.unanswered.end();
    });
    if (by_none) return line;
  }
  return std::nullopt;
}

bool ComparedRow::differs() const {
  return std::ranges::any_of(values, [&](const auto& value) {
    if (value.has_value() != values.front().has_value()) return true;
    return value && value->text != values.front()->text;
  });
}

std::optional<double> ComparedRow::change() const {
  const auto& first = values.front();
  const auto& last = values.back();
  if (!first || !last || !first->number || !last->number) return std::nullopt;
  return *last->number - *first->number;
}

std::vector<ComparedRow> compare_runs(const std::vector<MeasuredRun>& runs) {
  std::vector<ComparedRow> rows;
  const auto row_named = [&](const Value& value) -> ComparedRow& {
    const auto found = std::ranges::find(rows, value.name, &ComparedRow::name);
    if (found != rows.end()) return *found;
    rows.push_back({value.name, value.unit, value.expected, {}});
    rows.back().values.resize(runs.size());
    return rows.back();
  };
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const Value& value : runs[i].values) row_named(value).values[i] = value;
  }
  std::ranges::stable_partition(rows, &ComparedRow::expected);
  return rows;
}

std::string print_comparison(const std::vector<ComparedRow>& rows,
                             const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> table;
  std::vector<std::string> head = {""};
  head.insert(head.end(), names.begin(), names.end());
  const bool two = names.size() == 2;
  if (two) head.push_back("difference");
  table.push_back(head);
  for (const ComparedRow& row : rows) {
    std::vector<std::string> line = {row.name};
    for (const auto& value : row.values) line.push_back(cell(value));
    const auto change = two ? row.change() : std::nullopt;
    if (two) line.push_back(change && row.differs() ? change_text(*change, row.unit) : "");
    table.push_back(std::move(line));
  }
  std::vector<std::size_t> widths(head.size(), 0);
  for (const auto& line : table) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], scenarios::characters_of(line[i]).size());
    }
  }
  std::string text;
  for (const auto& line : table) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string gap(widths[i] - scenarios::characters_of(line[i]).size(), ' ');
      out += i == 0 ? line[i] + gap : "  " + gap + line[i];
    }
    while (out.ends_with(' ')) out.pop_back();
    text += out + "\n";
  }
  return text;
}

std::string print_comparison_json(const std::vector<ComparedRow>& rows,
                                  const std::vector<std::string>& names) {
  Json json;
  json["format"] = "tablekey.compare/1";
  json["traces"] = names;
  Json& list = json["rows"] = Json::array();
  for (const ComparedRow& row : rows) {
    Json entry;
    entry["measure"] = row.name;
    entry["unit"] = row.unit;
    entry["expectation"] = row.expected;
    entry["differs"] = row.differs();
    Json& values = entry["values"] = Json::array();
    for (const auto& value : row.values) {
      if (!value) {
        values.push_back(nullptr);
        continue;
      }
      Json one{{"measured", value->text}, {"number", nullptr}, {"met", nullptr}};
      if (value->number) one["number"] = *value->number;
      if (value->met) one["met"] = *value->met;
      values.push_back(std::move(one));
    }
    entry["difference"] = nullptr;
    if (const auto change = row.change()) entry["difference"] = *change;
    list.push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tablekey::replay
