// State put into words. Identifiers, check values and sizes stand for key material; bytes of keys,
// wrapped or not, are not shown.
#include "replay/inspect_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/apply.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/names.h"
#include "replay/event_fields.h"
#include "replay/inspect_dynamodb.h"
#include "replay/inspect_kms.h"
#include "replay/names.h"
#include "replay/table_facts.h"

namespace tablekey::replay {
namespace {

constexpr std::size_t kExamples = 5;

std::string_view process_name(model::ProcessKind kind) {
  switch (kind) {
    case model::ProcessKind::none:
      return "none";
    case model::ProcessKind::creation:
      return "creation";
    case model::ProcessKind::key_switch:
      return "key switch";
    case model::ProcessKind::deletion:
      return "deletion";
    case model::ProcessKind::encryption:
      return "encryption by DynamoDB";
  }
  return "?";
}

// What DynamoDB does by itself.
std::string_view table_action_name(model::ActionKind kind) {
  using enum model::ActionKind;
  switch (kind) {
    case finish_job:
      return "change of a table's configuration ends";
    case check_key:
      return "health checker looks at a table's key";
    case archive_table:
      return "table is archived";
    case finish_archival:
      return "table becomes ARCHIVED";
    case finish_backup:
      return "backup becomes AVAILABLE";
    case expire_backup:
      return "backup expires";
    case finish_export:
      return "export ends";
    case write_entries:
      return "changes reach a global index";
    case write_records:
      return "changes reach the stream";
    case backfill_index:
      return "index is backfilled";
    case split_partition:
      return "partition splits";
    case change_shards:
      return "shards are closed or trimmed";
    case expire_items:
      return "TTL deletions";
    case archive_log:
      return "log is archived";
    case take_snapshot:
      return "partitions are copied for point-in-time recovery";
    case replicate:
      return "changes reach replicas";
    case change_replica:
      return "replica changes";
    case follow_switch:
      return "replica follows its group to another encryption";
    case retire_grant:
      return "grant of a former table is retired";
    case encrypt_table:
      return "DynamoDB encrypts a table";
    case change_era:
      return "era begins";
    case plan_poll:
      return "a cache plans its polls";
    case poll_key:
      return "a cache polls DescribeKey";
    case send_invalidations:
      return "KMS tells caches of a change";
    case invalidate_key:
      return "a cache hears of a change";
    case plan_fault:
      return "the next random fault is drawn";
    case begin_fault:
      return "a random fault begins";
    default:
      return "?";
  }
}

std::string_view action_name(model::ActionKind kind) {
  using enum model::ActionKind;
  switch (kind) {
    case end_run:
      return "end of the run";
    case create_key:
      return "key creation";
    case step:
      return "step of the timeline";
    case create_table:
      return "CreateTable";
    case activate_table:
      return "table becomes ACTIVE";
    case fail_creation:
      return "table creation fails";
    case finish_deletion:
      return "table is gone";
    case rewrap_data_keys:
      return "data keys are re-wrapped";
    case complete_switch:
      return "key switch completes";
    case open_connection:
      return "connection opens";
    case close_connection:
      return "connection closes";
    case request:
      return "data request";
    case answer_kms:
      return "KMS answers";
    case deliver_answer:
      return "KMS's answer arrives";
    case resume_request:
      return "waiting request goes on";
    case make_visible:
      return "change takes effect";
    case delete_key:
      return "key deletion";
    case rotate_key:
      return "key rotation";
    case expire_material:
      return "imported key material expires";
    case sync_material:
      return "key material reaches a replica";
    case key_ready:
      return "key is ready";
    case store_change:
      return "custom key store connects or disconnects";
    case end_fault:
      return "fault ends";
    default:
      return table_action_name(kind);
  }
  return "?";
}

/// Who may use the plaintext table key of one table now.
struct Holders {
  std::uint64_t connections = 0;
  sim::Time first = sim::Time::max(), last = sim::Time::min();
  std::map<std::string, std::uint64_t> by_workload;
  std::vector<std::string> examples;
};

/// Builds the document; `tables_` says which tables, keys and grants are shown.
class Document {
 public:
  Document(const model::State& state, const InspectOptions& options)
      : state_(state), now_(std::max(state.now(), options.at.value_or(state.now()))) {
    if (options.table) only_ = find_tables(state.scenario(), *options.table).value_or(TableRange{});
    find_holders();
  }

  Json build() {
    Json document;
    const sim::Time start = state_.scenario().start;
    document["format"] = "tablekey.inspect/1";
    document["scenario"] = state_.scenario().reader().getName().cStr();
    document["time"] = sim::print(now_);
    document["sinceStart"] = sim::print(now_ - start);
    document["lastEvent"] = sim::print(state_.now());
    document["events"] = state_.events();
    document["ended"] = state_.ended();
    document["keys"] = keys();
    document["grants"] = grants();
    if (!only_) {
      document["customKeyStores"] = stores_document(state_);
      document["principals"] = principals_document(state_);
      document["quotas"] = quotas_document(state_, now_);
      document["faults"] = faults_document(state_);
    }
    document["tables"] = tables();
    add_copies(document);
    document["connections"] = connections();
    document["pending"] = pending();
    document["counters"] = counters();
    return document;
  }

 private:
  // What outlives a table, or was taken from it.
  void add_copies(Json& document) const {
    const TableFilter filter = [this](std::uint32_t table) { return shown(table); };
    const auto add = [&](const char* name, Json list) {
      if (!list.empty()) document[name] = std::move(list);
    };
    add("backups", backups_document(state_, filter));
    add("exports", exports_document(state_, filter));
    add("leakedSortKeys", leakage_document(state_, filter));
  }

  bool shown(std::uint32_t table) const { return !only_ || only_->contains(table); }

  bool key_shown(std::uint32_t key) const {
    if (!only_) return true;
    for (std::uint32_t i = only_->first; i < only_->end; ++i) {
      const model::Table& table = state_.tables[i];
      if (table.key == key) return true;
      for (const model::TableKey& version : table.keys) {
        if (version.key == key) return true;
      }
    }
    return false;
  }

  void find_holders() {
    for (std::uint32_t i = 0; i < state_.connections.size(); ++i) {
      const model::Connection& connection = state_.connections[i];
      if (!shown(connection.table)) continue;
      const std::uint32_t needed = model::needed_version(state_.tables[connection.table]);
      const model::Settings& settings = state_.settings();
      if (connection.slot == model::kNone) continue;
      const model::CacheEntry& entry = state_.cache[connection.slot].entry;
      if (!model::usable(entry, needed, settings, now_)) continue;
      const sim::Time until = model::usable_until(entry, settings);
      Holders& holders = holders_[connection.table];
      ++holders.connections;
      holders.first = std::min(holders.first, until);
      holders.last = std::max(holders.last, until);
      const std::string name = name_of_id(state_, FieldMeaning::connection, i);
      ++holders.by_workload[name.substr(0, name.rfind('/'))];
      if (holders.examples.size() < kExamples) holders.examples.push_back(name);
    }
  }

  Json keys() const {
    Json list = Json::array();
    for (std::uint32_t i = 0; i < state_.keys.size(); ++i) {
      if (key_shown(i)) list.push_back(key_document(state_, i));
    }
    return list;
  }

  Json grants() const {
    Json list = Json::array();
    for (const model::Grant& grant : state_.grants) {
      const bool of_table = grant.table != model::kNone;
      if (of_table ? !shown(grant.table) : !key_shown(grant.key)) continue;
      list.push_back(grant_document(state_, grant, now_));
    }
    return list;
  }

  Json tables() const {
    Json list = Json::array();
    for (std::uint32_t i = 0; i < state_.tables.size(); ++i) {
      if (shown(i)) list.push_back(table(i));
    }
    return list;
  }

  Json table(std::uint32_t index) const {
    const model::Table& table = state_.tables[index];
    Json object;
    object["name"] = state_.table_name(index);
    object["arn"] = state_.table_arn(index);
    object["status"] = model::dynamodb::status_name(model::dynamodb::shown_status(state_, index));
    object["tableId"] = model::dynamodb::uuid(table.id[0], table.id[1]);
    object["key"] = table.key == model::kNone ? std::string() : key_label(state_, table.key);
    if (table.process.kind != model::ProcessKind::none) {
      object["process"] = {{"kind", process_name(table.process.kind)},
                           {"toKey", key_label(state_, table.process.key)},
                           {"started", sim::print(table.process.started)}};
    }
    if (Json sse = sse_document(state_, index); !sse.is_null()) {
      object["sseDescription"] = std::move(sse);
    }
    object["tableKeys"] = table_keys(table);
    object["dataKeys"] = structures_document(state_, index);
    object["items"] = items_in(state_, index);
    add_table_details(object, state_, index, now_);
    object["plaintextTableKey"] = holders(index);
    return object;
  }

  Json table_keys(const model::Table& table) const {
    Json list = Json::array();
    for (std::size_t i = 0; i < table.keys.size(); ++i) {
      const model::TableKey& key = table.keys[i];
      list.push_back({{"version", i + 1},
                      {"underKey", key_label(state_, key.key)},
                      {"ciphertextBlobBytes", key.blob.size()},
                      {"keyCheckValue", fmt::format("{:016x}", key.key_check_value)}});
    }
    return list;
  }

  Json holders(std::uint32_t index) const {
    Json object;
    const auto found = holders_.find(index);
    object["connections"] = found == holders_.end() ? 0 : found->second.connections;
    if (found == holders_.end()) return object;
    const Holders& holders = found->second;
    const auto until = [](sim::Time time) {
      return time == sim::Time::max() ? std::string("no limit") : sim::print(time);
    };
    object["usableUntilFirst"] = until(holders.first);
    object["usableUntilLast"] = until(holders.last);
    object["byWorkload"] = holders.by_workload;
    object["examples"] = holders.examples;
    return object;
  }

  Json connections() const {
    std::uint64_t total = 0, open = 0, asking = 0, waiting = 0;
    for (const model::Connection& connection : state_.connections) {
      if (!shown(connection.table)) continue;
      ++total;
      if (connection.open) ++open;
    }
    for (const model::Call& call : state_.calls) {
      if (call.purpose != model::Purpose::data_request || !shown(call.table)) continue;
      ++asking;
      waiting += call.waiting.size();
    }
    return {{"total", total}, {"open", open}, {"askingKms", asking}, {"requestsWaiting", waiting}};
  }

  Json pending() const {
    struct Kind {
      std::uint64_t count = 0;
      sim::Time next;
    };
    std::map<model::ActionKind, Kind> kinds;
    state_.agenda().for_each_in_order([&](const sim::Due& due, const model::Action& action) {
      Kind& kind = kinds[action.kind];
      if (kind.count++ == 0) kind.next = due.time;
    });
    Json list = Json::array();
    for (const auto& [kind, seen] : kinds) {
      list.push_back(
          {{"action", action_name(kind)}, {"count", seen.count}, {"next", sim::print(seen.next)}});
    }
    return list;
  }

  Json counters() const {
    const model::Counters& counters = state_.counters;
    return {{"requests", counters.requests},
            {"served", counters.served},
            {"failed", counters.failed},
            {"hits", counters.hits},
            {"delayedHits", counters.delayed_hits},
            {"kmsCalls", counters.kms_calls},
            {"kmsDenied", counters.kms_denied}};
  }

  const model::State& state_;
  const sim::Time now_;
  std::optional<TableRange> only_;
  std::map<std::uint32_t, Holders> holders_;
};

}  // namespace

nlohmann::ordered_json inspect_document(const model::State& state, const InspectOptions& options) {
  return Document(state, options).build();
}

nlohmann::ordered_json leakage_report(const model::State& state, const InspectOptions& options,
                                      std::span<const UnwrappedDataKey> data_keys) {
  std::optional<TableRange> only;
  if (options.table) only = find_tables(state.scenario(), *options.table).value_or(TableRange{});
  Json document;
  document["format"] = "tablekey.leakage/1";
  document["scenario"] = state.scenario().reader().getName().cStr();
  document["time"] = sim::print(std::max(state.now(), options.at.value_or(state.now())));
  document["sortKeys"] =
      leakage_document(state, [&](std::uint32_t table) { return !only || only->contains(table); });
  const bool on_nodes = state.settings().dynamodb.dek_cache_storage_node;
  document["dataKeysKept"] = on_nodes ? "storage_node" : "with_table_key";
  document["unwrappedDataKeys"] = Json::array();
  for (const UnwrappedDataKey& key : data_keys) {
    if (only && !only->contains(key.table)) continue;
    Json object;
    object["table"] = state.table_name(key.table);
    object["structure"] = structure_name(state, key.table, key.structure);
    document["unwrappedDataKeys"].push_back(std::move(object));
  }
  return document;
}

std::vector<std::uint32_t> tables_named(const model::State& state, std::string_view name) {
  std::vector<std::uint32_t> tables;
  if (const auto range = find_tables(state.scenario(), name)) {
    for (std::uint32_t i = range->first; i < range->end; ++i) tables.push_back(i);
  }
  return tables;
}

std::vector<std::string> table_names(const model::State& state) {
  return table_words(state.scenario());
}

std::string leakage_json(const model::State& state, const InspectOptions& options,
                         std::span<const UnwrappedDataKey> data_keys) {
  return leakage_report(state, options, data_keys).dump(2) + "\n";
}

std::string inspect_json(const model::State& state, const InspectOptions& options) {
  return inspect_document(state, options).dump(2) + "\n";
}

}  // namespace tablekey::replay
