// `workload:` — who sends which requests, how often and over how many connections.
#include <fmt/format.h>

#include "events/shares.h"
#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"
#include "scenarios/workload_section.h"

namespace tablekey::scenarios {
namespace {

using events::kWhole;

constexpr std::uint64_t kConnectionsMax = 100'000'000;
constexpr double kSkewMax = 16;  // sim::Zipf::kExponentMax

class WorkloadReader {
 public:
  WorkloadReader(const Node& node, Draft& draft, Diagnostics& diagnostics)
      : reader_(node, "a workload",
                {"name",
                 "principal",
                 "session",
                 "table",
                 "connections",
                 "arrivals",
                 "stages",
                 "operations",
                 "popularity",
                 "items",
                 "from",
                 "to",
                 "requests",
                 "connection_lifetime",
                 "query_items",
                 "diurnal",
                 "table_popularity",
                 "pool",
                 "start_spread",
                 "item_size",
                 "retries",
                 "encryptor"},
                diagnostics),
        draft_(draft),
        diagnostics_(diagnostics) {
    workload_.place = node.place;
  }
  void read();

 private:
  void read_identity();
  [[nodiscard]] bool recorded() const;
  void read_operations();
  void read_popularity();
  void read_items();
  void read_span();
  void read_client();
  void check_client();
  std::uint64_t count(std::string_view key, CountRange range, std::uint64_t standard) {
    const Node* node = reader_.get(key);
    if (node == nullptr) return standard;
    return read_count(*node, key, range, diagnostics_).value_or(standard);
  }
  MapReader reader_;
  Draft& draft_;
  Diagnostics& diagnostics_;
  DraftWorkload workload_;
};

void WorkloadReader::read() {
  if (!reader_.is_map()) return;
  read_identity();
  workload_.connections = static_cast<std::uint32_t>(count("connections", {1, kConnectionsMax}, 1));
  read_operations();
  read_popularity();
  read_span();
  read_lifetime(reader_, diagnostics_, workload_);
  read_retries(reader_, diagnostics_, workload_);
  workload_.requests = count("requests", {1}, 0);
  workload_.query_items =
      static_cast<std::uint32_t>(count("query_items", {1, 1'000'000}, workload_.query_items));
  read_client();
  std::vector<DraftWorkload> others;
  read_arrivals(reader_, draft_, diagnostics_, workload_, others);
  read_items();
  read_item_size(reader_, draft_, diagnostics_, workload_);
  check_client();
  draft_.workloads.push_back(std::move(workload_));
  for (DraftWorkload& other : others) draft_.workloads.push_back(std::move(other));
}

// The tables of recorded requests stand in their file.
bool WorkloadReader::recorded() const {
  const Node* arrivals = reader_.get("arrivals");
  if (arrivals == nullptr || !arrivals->is_map()) return false;
  const Node* process = arrivals->find("process");
  return process != nullptr && process->text == "trace";
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
  if (const Node* node = recorded() ? reader_.get("table") : reader_.require("table")) {
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
  const auto skew = read_skew(*node, "popularity", "write uniform, or { zipf: 1.1 }", diagnostics_);
  if (!skew) return;
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

void WorkloadReader::read_client() {
  if (const Node* node = reader_.get("encryptor")) {
    workload_.encryptor = read_encryptor(*node, draft_, diagnostics_);
  }
}

// What an encrypting client refuses whatever the item is refused here.
void WorkloadReader::check_client() {
  if (workload_.encryptor == kNone) return;
  const Node* node = reader_.get("encryptor");
  const DraftEncryptor& encryptor = draft_.encryptors[workload_.encryptor];
  if (encryptor.key_store != kNone && encryptor.key_store == workload_.table) {
    diagnostics_.error(node->place,
                       fmt::format("encryptor: {} makes the records of its key store by itself",
                                   printable(encryptor.logical_id)),
                       "name the table of the items that it encrypts");
  }
  for (const auto& [operation, share] : workload_.operations) {
    if (operation != events::DataOperation::UPDATE_ITEM) continue;
    diagnostics_.error(node->place, "encryptor: clients that encrypt refuse UpdateItem",
                       "write PutItem, or leave UpdateItem to a workload without encryptor");
  }
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

std::optional<double> read_skew(const Node& node, std::string_view field, std::string_view hint,
                                Diagnostics& diagnostics) {
  if (!node.is_map()) {
    (void)read_choice(node, field, {"uniform"}, diagnostics);
    return std::nullopt;
  }
  MapReader popularity(node, std::string(field), {"zipf"}, diagnostics);
  const Node* zipf = popularity.require("zipf", std::string(hint));
  if (zipf == nullptr) return std::nullopt;
  const auto skew = read_number(*zipf, "zipf", diagnostics);
  if (skew && *skew > kSkewMax) {
    diagnostics.error(zipf->place, "zipf must be at most 16");
    return std::nullopt;
  }
  return skew;
}

}  // namespace tablekey::scenarios
