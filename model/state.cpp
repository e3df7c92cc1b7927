// Looking things up in State, and the names that AWS prints for what is in it.
#include "model/state.h"

#include <fmt/format.h>

#include "model/dynamodb/item_content.h"
#include "model/law.h"

namespace tablekey::model {

State::State(const ScenarioView& scenario) : scenario_(&scenario), now_(scenario.start) {
  keys.resize(scenario.key_ids.size());
  for (const auto principal : scenario.reader().getPrincipals()) {
    PrincipalState& made = principals.emplace_back();
    for (const auto policy : principal.getPolicies()) {
      made.policies.push_back({policy.getName(), policy.getDocument()});
    }
    made.boundary = principal.getBoundary();
    made.effective_policies = made.policies;
    made.effective_boundary = made.boundary;
    law(made.compile(), "the identity policies of a compiled scenario are policies");
  }
  stores.resize(scenario.reader().getCustomKeyStores().size());
  for (const ProviderPlace& place : scenario.providers) {
    const auto encryptor = scenario.reader().getEncryptors()[place.encryptor];
    ClientProvider& made = providers.emplace_back();
    made.recent.material = encryptor.getKeyName();
    made.recent.ttl = sim::Duration::nanoseconds(encryptor.getTtl());
    made.recent.capacity = encryptor.getCapacity();
  }
  fault_sources.resize(scenario.reader().getFaults().size());
  tables.resize(scenario.tables);
  for (std::uint32_t family = 0; family < scenario.families.size(); ++family) {
    const FamilyView& view = scenario.families[family];
    for (std::uint32_t copy = 0; copy < view.copies; ++copy) {
      Table& table = tables[view.first_table + copy];
      table.family = family;
      table.copy = copy;
      table.key = view.key;
    }
  }
  connections.resize(scenario.connections);
  pools.resize(scenario.workloads.size());
  cache.resize(scenario.connections);
  for (std::uint32_t workload = 0; workload < scenario.workloads.size(); ++workload) {
    const WorkloadView& view = scenario.workloads[workload];
    const FamilyView& family = scenario.families[view.family];
    for (std::uint32_t i = 0; i < view.connections; ++i) {
      Connection& connection = connections[view.first_connection + i];
      connection.workload = workload;
      connection.table = family.first_table + i % family.copies;
      connection.identity = 1 + view.identity;
    }
  }
  for (std::uint32_t i = 0; i < scenario.step_connections.size(); ++i) {
    Connection& connection = connections[scenario.first_step_connection + i];
    connection.identity = scenario.step_connections[i].identity;
    connection.table = scenario.step_connections[i].table;
  }
  for (std::size_t i = 0; i < connections.size(); ++i) {
    cache[i].cache = kNone;
    cache[i].table = connections[i].table;
  }
}

bool State::index_cache() {
  cache_of_domain.clear();
  slot_of_cache.clear();
  if (cache.size() < connections.size()) return false;
  for (std::uint32_t i = 0; i < caches.size(); ++i) {
    if (!cache_of_domain.emplace(caches[i].domain, i).second) return false;
  }
  for (std::uint32_t i = 0; i < cache.size(); ++i) {
    const CacheSlot& slot = cache[i];
    if (slot.table >= tables.size()) return false;
    if (slot.cache == kNone) continue;
    if (slot.cache >= caches.size()) return false;
    if (!slot_of_cache.emplace(std::pair(slot.table, slot.cache), i).second) return false;
  }
  return true;
}

std::uint64_t State::table_entity(std::uint32_t table) const {
  return family(table).entity + tables[table].copy;
}

std::uint64_t State::connection_entity(std::uint32_t connection) const {
  const std::uint32_t workload = connections[connection].workload;
  if (workload == kNone) {
    return scenario_->step_entities[connection - scenario_->first_step_connection];
  }
  const WorkloadView& view = scenario_->workloads[workload];
  return view.entity + connection - view.first_connection;
}

State::ItemView State::item(std::uint32_t table, std::uint32_t item) const {
  const Table& owner = at(tables, table);
  if (item < owner.items.size() && owner.items[item].version != 0) {
    const Item& written = owner.items[item];
    if (written.deleted) return {};
    return {written.version,
            written.size,
            written.origin,
            written.given,
            (written.tag_high | written.tag_low) != 0,
            written.tag_high,
            written.tag_low,
            ttl_time(written.expires)};
  }
  if (item < owner.generated) {
    const ItemSpace& space = scenario_->items(owner.family);
    const sim::Time expires = space.first_expiry();
    const std::uint32_t size = space.item_size({origins[owner.generated_origin], item, 1, expires});
    return {1, size, owner.generated_origin, false, false, 0, 0, expires};
  }
  return {};
}

std::uint32_t State::item_count(std::uint32_t table) const {
  const FamilyView& view = family(table);
  return view.items + static_cast<std::uint32_t>(view.given_keys.size());
}

std::string State::table_name(std::uint32_t table) const {
  return scenario_->table_name(tables[table].family, table);
}

const std::string& State::table_account(std::uint32_t table) const {
  return scenario_->realm_account(family(table).realm);
}

const std::string& State::table_region(std::uint32_t table) const {
  return scenario_->realm_region(family(table).realm);
}

std::string State::table_arn(std::uint32_t table) const {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", table_region(table), table_account(table),
                     table_name(table));
}

std::string State::key_arn(std::uint32_t key) const {
  const auto described = scenario_->reader().getKeys()[key];
  return fmt::format("arn:aws:kms:{}:{}:key/{}", described.getRegion().cStr(),
                     described.getAccount().cStr(), scenario_->key_ids[key]);
}

std::string State::session_arn(std::uint32_t session) const {
  const Session& described = sessions[session];
  const auto principal = scenario_->reader().getPrincipals()[described.principal];
  if (principal.getKind() != events::Principal::Kind::ROLE) {
    return scenario_->principal_arns[described.principal];
  }
  return fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", principal.getAccount().cStr(),
                     principal.getName().cStr(), described.name);
}

}  // namespace tablekey::model
