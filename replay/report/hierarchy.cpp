#include "replay/report/hierarchy.h"

#include <fmt/format.h>

#include <map>

#include "model/apply.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/kms/names.h"
#include "replay/event_fields.h"
#include "replay/inspect_kms.h"
#include "replay/table_facts.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

std::string_view manager_name(events::Key::Manager manager) {
  switch (manager) {
    case events::Key::Manager::CUSTOMER:
      return "customer managed key";
    case events::Key::Manager::AWS:
      return "AWS managed key";
    case events::Key::Manager::OWNED:
      return "AWS owned key";
  }
  return "key";
}

class Hierarchy {
 public:
  Hierarchy(const model::State& state, sim::Time now) : state_(state), now_(now) { find_holders(); }

  Json document() const {
    Json keys = Json::array();
    std::size_t listed = 0, left_out = 0;
    for (std::uint32_t i = 0; i < state_.keys.size(); ++i) {
      Json tables = Json::array();
      for (std::uint32_t t = 0; t < state_.tables.size(); ++t) {
        Json found = table_under(t, i);
        if (found.is_null()) continue;
        if (listed == kTablesListed) {
          ++left_out;
          continue;
        }
        ++listed;
        tables.push_back(std::move(found));
      }
      if (Json one = key(i, std::move(tables)); !one.is_null()) keys.push_back(std::move(one));
    }
    return {{"keys", std::move(keys)}, {"tablesLeftOut", left_out}};
  }

 private:
  struct Holders {
    std::uint64_t entries = 0;
    std::map<std::string, std::uint64_t> by;
  };

  void find_holders() {
    for (std::uint32_t i = 0; i < state_.cache.size(); ++i) {
      const model::CacheSlot& slot = state_.cache[i];
      const std::uint32_t needed = model::needed_version(state_.tables[slot.table]);
      if (!model::usable(slot.entry, needed, state_.settings(), now_)) continue;
      Holders& holders = holders_[slot.table];
      ++holders.entries;
      const std::string name = entry_name(state_, i);
      ++holders.by[name.substr(0, name.find('/'))];
    }
  }

  Json key(std::uint32_t index, Json tables) const {
    const model::KmsKey& key = state_.keys[index];
    const auto manager = state_.scenario().reader().getKeys()[index].getManager();
    if (manager != events::Key::Manager::CUSTOMER && tables.empty()) return nullptr;
    Json object;
    object["name"] = key_label(state_, index);
    object["kind"] = manager_name(manager);
    object["state"] = key.created ? model::kms::state_name(key.state) : "NotYetCreated";
    object["effectiveState"] =
        key.created ? model::kms::state_name(key.effective) : "NotYetCreated";
    object["materials"] = key.materials.size();
    object["tables"] = std::move(tables);
    return object;
  }

  // What of a table lies under a key; null: nothing.
  Json table_under(std::uint32_t index, std::uint32_t key) const {
    const model::Table& table = state_.tables[index];
    const auto status = model::dynamodb::shown_status(state_, index);
    if (status == events::TableStatus::NONE) return nullptr;
    Json versions = Json::array();
    const std::uint32_t needed = model::needed_version(table);
    for (std::uint32_t v = 1; v <= table.keys.size(); ++v) {
      if (table.keys[v - 1].key != key) continue;
      Json one = version(index, v);
      one["current"] = v == needed;
      if (v == needed || one["dataKeys"] != 0) versions.push_back(std::move(one));
    }
    if (versions.empty()) return nullptr;
    Json object;
    object["name"] = table_label(state_, index);
    object["status"] = model::dynamodb::status_name(status);
    object["versions"] = std::move(versions);
    object["items"] = items_in(state_, index);
    object["plaintextHeld"] = held(index, key, needed);
    return object;
  }

  Json version(std::uint32_t index, std::uint32_t number) const {
    const model::Table& table = state_.tables[index];
    std::map<std::string, std::uint64_t> kinds;
    std::uint64_t count = 0;
    for (const model::DataKey& data_key : table.data_keys) {
      if (data_key.version != number || data_key.structure >= table.structures.size()) continue;
      const model::Structure& structure = table.structures[data_key.structure];
      if (structure.gone) continue;
      ++kinds[structure_kind(state_, index, structure)];
      ++count;
    }
    return {{"version", number}, {"dataKeys", count}, {"structures", kinds}};
  }

  Json held(std::uint32_t index, std::uint32_t key, std::uint32_t needed) const {
    const auto found = holders_.find(index);
    const bool here = needed != 0 && state_.tables[index].keys[needed - 1].key == key;
    if (!here || found == holders_.end()) return {{"entries", 0}, {"by", Json::object()}};
    return {{"entries", found->second.entries}, {"by", found->second.by}};
  }

  const model::State& state_;
  sim::Time now_;
  std::map<std::uint32_t, Holders> holders_;
};

}  // namespace

Json hierarchy_of(const model::State& state, sim::Time now) {
  return Hierarchy(state, now).document();
}

std::string table_label(const model::State& state, std::uint32_t table) {
  const std::string& region = state.table_region(table);
  const std::string name = state.table_name(table);
  return region == state.scenario().region ? name : fmt::format("{} ({})", name, region);
}

std::string entry_name(const model::State& state, std::uint32_t entry) {
  if (entry < state.connections.size()) {
    return name_of_id(state, FieldMeaning::connection, entry);
  }
  const model::CacheSlot& slot = state.cache[entry];
  const std::string table = table_label(state, slot.table);
  const std::uint32_t router = slot.cache < state.caches.size()
                                   ? model::router_of_domain(state.caches[slot.cache].domain)
                                   : model::kNone;
  if (router != model::kNone) return fmt::format("router {}, {}", router, table);
  for (const model::Connection& connection : state.connections) {
    if (connection.slot != entry || connection.identity == 0) continue;
    const std::uint32_t principal = state.scenario().identities[connection.identity - 1].principal;
    return fmt::format("{}, {}", short_name_of_id(state, FieldMeaning::principal, principal),
                       table);
  }
  return fmt::format("cache {}, {}", slot.cache, table);
}

}  // namespace tablekey::replay::report
