// From `name=value` to a filter. A message names what is known, so that nobody has to look it up.
#include <capnp/schema.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "model/dynamodb/names.h"
#include "replay/event_text.h"
#include "replay/names.h"
#include "replay/query.h"
#include "scenarios/characters.h"
#include "scenarios/expectation_words.h"
#include "scenarios/values.h"

namespace tablekey::replay {
namespace {

using Result = std::expected<void, std::string>;
using Words = std::vector<std::string_view>;

std::unexpected<std::string> unknown(std::string_view what, std::string_view text,
                                     const Words& words) {
  std::string message = fmt::format("no {} '{}'", what, scenarios::printable(text));
  const std::string hint = scenarios::did_you_mean(text, words);
  if (!hint.empty()) {
    message += "; " + hint;
  } else if (!words.empty()) {
    message += fmt::format("; known: {}", scenarios::one_of(words));
  }
  return std::unexpected(message);
}

std::unexpected<std::string> unknown(std::string_view what, std::string_view text,
                                     const std::vector<std::string>& words) {
  return unknown(what, text, Words(words.begin(), words.end()));
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result read_number(std::string_view name, std::string_view text, std::uint64_t& to) {
  const auto number = whole_number(text);
  if (!number) {
    return std::unexpected(
        fmt::format("{} wants a whole number, found '{}'", name, scenarios::printable(text)));
  }
  to = *number;
  return {};
}

Result read_time(const model::ScenarioView& scenario, std::string_view name, std::string_view text,
                 sim::Time& to) {
  if (const auto time = sim::parse_time(text)) {
    to = *time;
    return {};
  }
  if (const auto since = sim::parse_duration(text)) {
    to = scenario.start + *since;
    return {};
  }
  if (scenarios::is_bare_number(text)) {
    return std::unexpected(
        fmt::format("{} needs a unit; write {}m (minutes), {}s or {}h", name, text, text, text));
  }
  return std::unexpected(
      fmt::format("{} wants a time, found '{}'; write 2h (since the start) or 2026-01-01T02:00:00Z",
                  name, scenarios::printable(text)));
}

Result read_type(EventQuery& query, const model::ScenarioView&, std::string_view text) {
  query.type = event_named(text);
  if (!query.type) return unknown("type of event", text, event_names());
  return {};
}

Result read_table(EventQuery& query, const model::ScenarioView& scenario, std::string_view text) {
  const auto range = find_tables(scenario, text);
  if (!range) return unknown("table", text, table_words(scenario));
  for (std::uint32_t i = range->first; i < range->end; ++i) query.tables.push_back(i);
  return {};
}

Result read_key(EventQuery& query, const model::ScenarioView& scenario, std::string_view text) {
  query.key = find_key(scenario, text);
  if (!query.key) return unknown("key", text, key_words(scenario));
  return {};
}

Result read_grant(EventQuery& query, const model::ScenarioView&, std::string_view text) {
  if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::unexpected(
        fmt::format("grant wants how a grant's id begins, found '{}'", scenarios::printable(text)));
  }
  query.grant = text;
  return {};
}

Result read_step(EventQuery& query, const model::ScenarioView& scenario, std::string_view text) {
  query.steps = scenarios::steps_named(scenario.reader(), text);
  if (query.steps.empty()) return unknown("step", text, step_words(scenario));
  return {};
}

Result read_principal(EventQuery& query, const model::ScenarioView& scenario,
                      std::string_view text) {
  query.principal = find_principal(scenario, text);
  if (!query.principal) return unknown("principal", text, principal_words(scenario));
  return {};
}

Result read_workload(EventQuery& query, const model::ScenarioView& scenario,
                     std::string_view text) {
  query.workload = find_workload(scenario, text);
  if (!query.workload) return unknown("workload", text, workload_words(scenario));
  return {};
}

Result read_connection(EventQuery& query, const model::ScenarioView& scenario,
                       std::string_view text) {
  std::uint64_t number = 0;
  if (auto read = read_number("connection", text, number); !read) return read;
  if (number >= scenario.connections) {
    return std::unexpected(fmt::format("there is no connection {}; they count from 0 to {}", number,
                                       scenario.connections == 0 ? 0 : scenario.connections - 1));
  }
  query.connection = static_cast<std::uint32_t>(number);
  return {};
}

Result read_operation(EventQuery& query, const model::ScenarioView&, std::string_view text) {
  query.operation = scenarios::data_operation_named(text);
  query.kms_operation = scenarios::kms_operation_named(text);
  query.table_operation = model::dynamodb::table_operation_named(text);
  if (query.operation || query.kms_operation || query.table_operation) return {};
  Words words = scenarios::data_operation_names();
  for (const std::string_view name : scenarios::kms_operation_names()) words.push_back(name);
  const auto control = capnp::Schema::from<events::TableOperation>().getEnumerants();
  for (unsigned i = 0; i < control.size(); ++i) {
    words.push_back(model::dynamodb::operation_name(static_cast<events::TableOperation>(i)));
  }
  return unknown("operation", text, words);
}

Result read_result(EventQuery& query, const model::ScenarioView&, std::string_view text) {
  if (text == "ok" || text == "failed") {
    query.result = text == "ok" ? EventQuery::Result::ok : EventQuery::Result::failed;
    return {};
  }
  query.result = EventQuery::Result::named;
  query.exception = scenarios::exception_named(text);
  query.kms_error = scenarios::kms_error_named(text);
  if (query.exception || query.kms_error) return {};
  Words words = {"ok", "failed"};
  for (const std::string_view name : scenarios::exception_names()) words.push_back(name);
  for (const std::string_view name : scenarios::kms_error_names()) {
    if (std::find(words.begin(), words.end(), name) == words.end()) words.push_back(name);
  }
  return unknown("result", text, words);
}

Result read_from(EventQuery& query, const model::ScenarioView& scenario, std::string_view text) {
  return read_time(scenario, "from", text, query.from);
}

Result read_to(EventQuery& query, const model::ScenarioView& scenario, std::string_view text) {
  return read_time(scenario, "to", text, query.to);
}

Result read_cause(EventQuery& query, const model::ScenarioView&, std::string_view text) {
  return read_number("cause", text, query.cause.emplace());
}

// 17, 100-200, 100- or -200; both ends included.
Result read_range(EventQuery& query, const model::ScenarioView&, std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    if (auto read = read_number("number", text, query.first); !read) return read;
    query.last = query.first;
    return {};
  }
  const std::string_view from = text.substr(0, dash), to = text.substr(dash + 1);
  if (from.empty() && to.empty()) return std::unexpected(std::string("number wants 17 or 100-200"));
  if (!from.empty()) {
    if (auto read = read_number("number", from, query.first); !read) return read;
  }
  if (!to.empty()) {
    if (auto read = read_number("number", to, query.last); !read) return read;
  }
  if (query.last < query.first) {
    return std::unexpected(fmt::format("number {} ends before it begins", text));
  }
  return {};
}

Result read_limit(EventQuery& query, const model::ScenarioView&, std::string_view text) {
  return read_number("limit", text, query.limit);
}

struct FilterRow {
  std::string_view name;
  Result (*read)(EventQuery&, const model::ScenarioView&, std::string_view);
};

constexpr auto kFilters = std::to_array<FilterRow>({
    {"type", read_type},
    {"table", read_table},
    {"key", read_key},
    {"grant", read_grant},
    {"step", read_step},
    {"principal", read_principal},
    {"workload", read_workload},
    {"connection", read_connection},
    {"operation", read_operation},
    {"result", read_result},
    {"from", read_from},
    {"to", read_to},
    {"cause", read_cause},
    {"number", read_range},
    {"limit", read_limit},
});

Result read_filter(EventQuery& query, const model::ScenarioView& scenario, std::string_view text,
                   std::vector<std::string_view>& seen) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return std::unexpected(
        fmt::format("'{}' is no filter; write name=value, for example table=Books",
                    scenarios::printable(text)));
  }
  const std::string_view name = text.substr(0, equals), value = text.substr(equals + 1);
  const auto row = std::find_if(kFilters.begin(), kFilters.end(),
                                [&](const FilterRow& filter) { return filter.name == name; });
  if (row == kFilters.end()) return unknown("filter", name, query_names());
  if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
    return std::unexpected(fmt::format("the filter {} is given twice", name));
  }
  seen.push_back(name);
  if (value.empty()) return std::unexpected(fmt::format("{}= wants a value", name));
  return row->read(query, scenario, value);
}

}  // namespace

std::vector<std::string_view> query_names() {
  std::vector<std::string_view> names;
  for (const FilterRow& filter : kFilters) names.push_back(filter.name);
  return names;
}

std::expected<EventQuery, std::string> parse_query(const std::vector<std::string>& filters,
                                                   const model::ScenarioView& scenario) {
  EventQuery query;
  std::vector<std::string_view> seen;
  for (const std::string& filter : filters) {
    if (auto read = read_filter(query, scenario, filter, seen); !read) {
      return std::unexpected(read.error());
    }
  }
  if (query.to < query.from) return std::unexpected(std::string("to lies before from"));
  if (query.workload && query.connection &&
      *query.connection >= scenario.workloads[*query.workload].connections) {
    return std::unexpected(fmt::format("workload {} has no connection {}; they count from 0 to {}",
                                       scenario.workloads[*query.workload].name, *query.connection,
                                       scenario.workloads[*query.workload].connections - 1));
  }
  return query;
}

}  // namespace tablekey::replay
