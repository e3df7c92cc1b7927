// `workload:` — who sends which requests, how often and over how many connections.
#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::uint64_t kConnectionsMax = 100'000'000;
constexpr std::uint32_t kWhole = 1'000'000;
constexpr double kSkewMax = 16;  // sim::Zipf::kExponentMax

class WorkloadReader {
 public:
  WorkloadReader(const Node& node, Draft& draft, Diagnostics& diagnostics)
      : reader_(node, "a workload",
                {"name", "principal", "session", "table", "connections", "arrivals", "stages",
                 "operations", "popularity", "items", "from", "to", "requests",
                 "connection_lifetime", "query_items"},
                diagnostics),
        draft_(draft),
        diagnostics_(diagnostics) {
    workload_.place = node.place;
  }
  void read();

 private:
  void read_identity();
  void read_arrivals();
  void read_stages(const Node& list, std::optional<double> rate);
  void read_operations();
  void read_popularity();
  void read_items();
  void read_span();
  void read_lifetime();
  std::uint64_t count(std::string_view key, CountRange range, std::uint64_t standard) {
    const Node* node = reader_.get(key);
    if (node == nullptr) return standard;
    return read_count(*node, key, range, diagnostics_).value_or(standard);
  }
  // A rate of the whole workload is split evenly over its connections.
  [[nodiscard]] double share(double rate) const { return rate / workload_.connections; }

  MapReader reader_;
  Draft& draft_;
  Diagnostics& diagnostics_;
  DraftWorkload workload_;
};

void WorkloadReader::read() {
  if (!reader_.is_map()) return;
  read_identity();
  workload_.connections = static_cast<std::uint32_t>(count("connections", {1, kConnectionsMax}, 1));
  read_arrivals();
  read_operations();
  read_popularity();
  read_items();
  read_span();
  read_lifetime();
  workload_.requests = count("requests", {1}, 0);
  workload_.query_items =
      static_cast<std::uint32_t>(count("query_items", {1, 1'000'000}, workload_.query_items));
  draft_.workloads.push_back(std::move(workload_));
}

void WorkloadReader::read_identity() {
  if (const Node* name = reader_.require("name")) {
    if (const std::string* text = read_text(*name, "name", diagnostics_)) {
      workload_.name = *text;
      workload_.place = name->place;
      const std::uint32_t first = find_workload(draft_, *text);
      if (first != kNone) {
        diagnostics_
            .error(name->place, fmt::format("there is already a workload '{}'", printable(*text)))
            .notes.push_back({draft_.workloads[first].place, "the first one is here"});
      }
    }
  }
  if (const Node* node = reader_.require("principal")) {
    workload_.principal = read_principal(*node, "principal", draft_, diagnostics_);
  }
  if (const Node* node = reader_.require("table")) {
    workload_.table = read_table(*node, "table", draft_, diagnostics_);
  }
  const bool role = workload_.principal != kNone &&
                    draft_.principals[workload_.principal].kind == events::Principal::Kind::ROLE;
  if (role) workload_.session = workload_.name;
  if (const Node* node = reader_.get("session")) {
    if (!role && workload_.principal != kNone) {
      diagnostics_.error(node->place, "only a role has sessions");
    } else {
      workload_.session = read_session(*node, "session", diagnostics_);
    }
  }
}

void WorkloadReader::read_arrivals() {
  const Node* stages = reader_.get("stages");
  const Node* node = stages == nullptr ? reader_.require("arrivals") : reader_.get("arrivals");
  std::optional<double> rate;
  if (node != nullptr) {
    MapReader arrivals(*node, "arrivals", {"process", "rate", "every"}, diagnostics_);
    if (const Node* process = arrivals.get("process")) {
      const bool later = process->text == "gamma" || process->text == "trace" ||
                         process->text == "weibull" || process->text == "mmpp";
      if (later) {
        diagnostics_.error(process->place,
                           fmt::format("{} arrivals are not in this version", process->text),
                           "write constant or poisson");
      } else if (const auto choice =
                     read_choice(*process, "process", {"constant", "poisson"}, diagnostics_)) {
        workload_.process =
            *choice == 1 ? events::Workload::Process::POISSON : events::Workload::Process::CONSTANT;
      }
    }
    const Node* rate_node = arrivals.get("rate");
    const Node* every = arrivals.get("every");
    if (rate_node != nullptr && every != nullptr) {
      diagnostics_.error(every->place,
                         "give either rate (of the whole workload) or every (the gap "
                         "on each connection)");
    } else if (rate_node != nullptr) {
      if (const auto value = read_rate(*rate_node, "rate", diagnostics_)) rate = share(*value);
    } else if (every != nullptr) {
      const auto gap = read_duration(*every, "every", diagnostics_);
      if (gap && gap->count() == 0)
        diagnostics_.error(every->place, "every must be longer than 0s");
      if (gap && gap->count() > 0) rate = 1e9 / static_cast<double>(gap->count());
    } else if (stages == nullptr && arrivals.is_map()) {
      diagnostics_.error(node->place, "arrivals lacks 'rate' or 'every'",
                         "for example rate: 200/s, or every: 30s");
    }
  }
  if (stages != nullptr) return read_stages(*stages, rate);
  workload_.stages = {{sim::Duration(), rate.value_or(0), rate.value_or(0)}};
}

// k6 style: from the rate before, linearly to the target. The first stage begins at arrivals.rate,
// or at nothing.
void WorkloadReader::read_stages(const Node& list, std::optional<double> rate) {
  double before = rate.value_or(0);
  if (!list.is_sequence() || list.items.empty()) {
    diagnostics_.error(list.place, "stages must be a list of { duration, target }");
    workload_.stages = {{sim::Duration(), before, before}};
    return;
  }
  for (const Node& entry : list.items) {
    MapReader stage(entry, "a stage", {"duration", "target"}, diagnostics_);
    const Node* duration = stage.require("duration");
    const Node* target = stage.require("target");
    if (duration == nullptr || target == nullptr) continue;
    const auto length = read_duration(*duration, "duration", diagnostics_);
    const auto total = read_rate(*target, "target", diagnostics_);
    if (!length || !total) continue;
    workload_.stages.push_back({*length, before, share(*total)});
    before = share(*total);
  }
  if (workload_.stages.empty()) workload_.stages = {{sim::Duration(), before, before}};
}

void WorkloadReader::read_operations() {
  const Node* node = reader_.get("operations");
  if (node == nullptr) {
    workload_.operations = {{events::DataOperation::GET_ITEM, kWhole}};
    return;
  }
  MapReader operations(*node, "operations", operation_names(), diagnostics_);
  if (!operations.is_map()) return;
  std::uint64_t sum = 0;
  bool all_read = true;
  std::size_t known = 0;
  for (std::size_t i = 0; i < operation_names().size(); ++i) {
    const std::string_view name = operation_names()[i];
    const Node* share_node = operations.get(name);
    if (share_node == nullptr) continue;
    ++known;
    const auto share = read_share(*share_node, name, diagnostics_);
    all_read = all_read && share.has_value();
    sum += share.value_or(0);
    if (share.value_or(0) == 0) continue;
    workload_.operations.emplace_back(static_cast<events::DataOperation>(i), *share);
  }
  const bool all_known = known == node->members.size();
  if (!all_read || !all_known || sum == kWhole) return;
  diagnostics_.error(node->place, fmt::format("the shares of operations add up to {}, not 100%",
                                              print_share(sum)));
}

void WorkloadReader::read_popularity() {
  const Node* node = reader_.get("popularity");
  if (node == nullptr) return;
  if (!node->is_map()) {
    (void)read_choice(*node, "popularity", {"uniform"}, diagnostics_);
    return;
  }
  MapReader popularity(*node, "popularity", {"zipf"}, diagnostics_);
  const Node* zipf = popularity.require("zipf", "write uniform, or { zipf: 1.1 }");
  if (zipf == nullptr) return;
  const auto skew = read_number(*zipf, "zipf", diagnostics_);
  if (!skew) return;
  if (*skew > kSkewMax) {
    diagnostics_.error(zipf->place, "zipf must be at most 16");
    return;
  }
  workload_.popularity = events::Workload::Popularity::ZIPF;
  workload_.skew = *skew;
}

void WorkloadReader::read_items() {
  const Node* node = reader_.get("items");
  if (node == nullptr) return;
  const auto items = read_count(*node, "items", {1, 1'000'000'000}, diagnostics_);
  if (!items || workload_.table == kNone) return;
  DraftTable& table = draft_.tables[workload_.table];
  if (table.items_given && table.items != *items) {
    diagnostics_.warning(
        node->place,
        fmt::format("'{}' already has {} items", printable(table.logical_id), table.items),
        "this has no effect");
    return;
  }
  table.items = static_cast<std::uint32_t>(*items);
  table.items_given = true;
}

void WorkloadReader::read_span() {
  if (const Node* node = reader_.get("from")) {
    const auto time = read_time(*node, "from", draft_.start, diagnostics_);
    if (time) workload_.starts = time->nanoseconds();
  }
  const Node* node = reader_.get("to");
  if (node == nullptr) return;
  const auto time = read_time(*node, "to", draft_.start, diagnostics_);
  if (!time) return;
  workload_.stops = time->nanoseconds();
  if (workload_.starts != 0 && workload_.stops <= workload_.starts) {
    diagnostics_.error(node->place, "to must lie behind from");
  }
}

void WorkloadReader::read_lifetime() {
  const Node* node = reader_.get("connection_lifetime");
  if (node == nullptr) return;
  MapReader lifetime(*node, "connection_lifetime", {"requests", "duration"}, diagnostics_);
  const Node* requests = lifetime.get("requests");
  const Node* duration = lifetime.get("duration");
  if (requests == nullptr && duration == nullptr && lifetime.is_map()) {
    diagnostics_.error(node->place, "connection_lifetime lacks 'requests' or 'duration'");
  }
  if (requests != nullptr) {
    workload_.requests_per_connection =
        read_count(*requests, "requests", {1}, diagnostics_).value_or(0);
  }
  if (duration == nullptr) return;
  const auto length = read_duration(*duration, "duration", diagnostics_);
  if (length && length->count() == 0) {
    diagnostics_.error(duration->place, "duration must be longer than 0s");
  }
  if (length) workload_.connection_lifetime = length->count();
}

}  // namespace

const std::vector<std::string_view>& operation_names() {
  // In the order of events::DataOperation.
  static const std::vector<std::string_view> kNames = {"GetItem",
                                                       "PutItem",
                                                       "DeleteItem",
                                                       "Query",
                                                       "Scan",
                                                       "UpdateItem",
                                                       "BatchGetItem",
                                                       "BatchWriteItem",
                                                       "TransactGetItems",
                                                       "TransactWriteItems"};
  return kNames;
}

void compile_workload(const Node& section, Draft& draft, Diagnostics& diagnostics) {
  if (section.is_null()) return;
  if (is_default_workload(section)) return add_default_workloads(draft, section.place);
  if (!section.is_sequence()) {
    diagnostics.error(section.place,
                      fmt::format("workload must be a list, this is {}", kind_name(section)),
                      "begin each workload with '- name:', or write workload: default");
    return;
  }
  const Node* default_entry = nullptr;
  for (const Node& entry : section.items) {
    if (is_default_workload(entry)) {
      default_entry = &entry;
    } else {
      WorkloadReader(entry, draft, diagnostics).read();
    }
  }
  if (default_entry != nullptr) add_default_workloads(draft, default_entry->place);
}

void settle_items(Draft& draft) {
  for (const DraftWorkload& workload : draft.workloads) {
    if (workload.table == kNone) continue;
    DraftTable& table = draft.tables[workload.table];
    if (!table.items_given) table.items = kItemsStandard;
    table.items_given = true;
  }
}

}  // namespace tablekey::scenarios
