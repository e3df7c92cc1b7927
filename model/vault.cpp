// Who holds which table key, until when, and that all of it goes when its time is over. Every
// secret sits in a crypto::Secret or a keyed context and is wiped with it.
#include "model/vault.h"

#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

constexpr std::int64_t kBucketNanoseconds = 10'000'000'000;  // deadlines are looked at every 10 s

}  // namespace

Vault::Vault(const ScenarioView& scenario)
    : scenario_(scenario),
      draws_(scenario.seed),
      slots_of_root_(scenario.key_ids.size()),
      slot_of_table_(scenario.tables, kNone) {}

Vault::~Vault() = default;

std::vector<std::uint8_t> Vault::context_of(std::uint32_t table) const {
  // The encryption context has the name, not the TableId (dynamodb.md 3.1).
  std::uint32_t family = 0;
  while (family + 1 < scenario_.families.size() &&
         scenario_.families[family + 1].first_table <= table) {
    ++family;
  }
  const std::uint32_t realm = scenario_.families[family].realm;
  return kms::table_context(scenario_.table_name(family, table), scenario_.realm_account(realm));
}

crypto::Key256 Vault::open_table_key(const State& state, std::uint32_t table, std::uint32_t key,
                                     std::span<const std::uint8_t> blob) {
  const auto opened = open(state, key, blob, context_of(table));
  law(opened && opened->size() == crypto::Key256::kSize,
      "a table key opens under the key that made it");
  return crypto::Key256(opened->bytes().first<crypto::Key256::kSize>());
}

crypto::Key256 Vault::unwrap_table_key(const State& state, std::uint32_t table,
                                       std::uint32_t version) {
  const Table& owner = at(state.tables, table);
  law(version >= 1 && version <= owner.keys.size(), "a version of a table key exists");
  const TableKey& wrapped = owner.keys[version - 1];
  return open_table_key(state, table, wrapped.key, wrapped.blob);
}

Vault::HeldTableKey& Vault::table_key(const State& state, std::uint32_t table,
                                      std::uint32_t version) {
  std::uint32_t& slot = at(slot_of_table_, table);
  if (slot == kNone) {
    if (free_slots_.empty()) {
      free_slots_.push_back(static_cast<std::uint32_t>(held_.size()));
      held_.push_back(std::make_unique<HeldTableKey>());
    }
    slot = free_slots_.back();
    free_slots_.pop_back();
    HeldTableKey& fresh = *held_[slot];
    fresh.table = table;
    fresh.version = version;
    fresh.key = unwrap_table_key(state, table, version);
    fresh.until = sim::Time::from_nanoseconds(INT64_MIN);
    fresh.bucket = INT64_MIN;
    fresh.contexts.assign(state.tables[table].data_keys.size(), kNone);
    ++held_count_;
  }
  HeldTableKey& held = *held_[slot];
  if (held.version != version) {
    held.key = unwrap_table_key(state, table, version);
    held.version = version;
  }
  return held;
}

void Vault::prolong(HeldTableKey& held, sim::Time until) {
  if (until <= held.until) return;
  held.until = until;
  if (held.bucket == INT64_MIN) {
    held.bucket = until.nanoseconds() / kBucketNanoseconds;
    deadlines_[held.bucket].push_back(slot_of_table_[held.table]);
  }
}

void Vault::hold_table_key(const State& state, std::uint32_t table, std::uint32_t version,
                           sim::Time until) {
  prolong(table_key(state, table, version), until);
}

std::size_t Vault::held() const { return held_count_; }

void Vault::sweep(sim::Time now) {
  const std::int64_t bucket = now.nanoseconds() / kBucketNanoseconds;
  while (!deadlines_.empty() && deadlines_.begin()->first < bucket) {
    const auto due = deadlines_.extract(deadlines_.begin());
    for (const std::uint32_t slot : due.mapped()) {
      HeldTableKey& held = *held_[slot];
      if (held.table == kNone || held.bucket != due.key()) continue;
      held.bucket = INT64_MIN;
      if (held.until <= now) {
        drop(slot);
      } else {
        held.bucket = held.until.nanoseconds() / kBucketNanoseconds;
        deadlines_[held.bucket].push_back(slot);
      }
    }
  }
}

void Vault::drop(std::uint32_t slot) {
  HeldTableKey& held = *held_[slot];
  for (const std::uint32_t context : held.contexts) {
    if (context != kNone) drop_context(context);
  }
  held.contexts.clear();
  held.key.wipe();
  slot_of_table_[held.table] = kNone;
  held.table = kNone;
  held.bucket = INT64_MIN;
  free_slots_.push_back(slot);
  --held_count_;
}

void Vault::forget(std::uint32_t table) {
  if (at(slot_of_table_, table) != kNone) drop(slot_of_table_[table]);
}

void Vault::bury(std::uint32_t table) {
  forget(table);
  store_.erase_table(table);
  forget_local_entries(table);
}

void Vault::clear() {
  for (std::uint32_t slot = 0; slot < held_.size(); ++slot) {
    if (held_[slot]->table != kNone) drop(slot);
  }
  deadlines_.clear();
  contexts_.clear();
  free_contexts_.clear();
  newest_ = oldest_ = kNone;
  backing_keys_.clear();
  free_backing_keys_.clear();
  for (auto& slots : slots_of_root_) slots.clear();
  import_pairs_.clear();
  client_pairs_.clear();
  store_.clear();
  local_entries_.clear();
  scratch_.reset();
}

void Vault::for_each_secret(const State& state,
                            const std::function<void(std::span<const std::uint8_t>)>& visit) {
  for (std::uint32_t key = 0; key < state.keys.size(); ++key) {
    for (const KeyMaterial& material : state.keys[key].materials) {
      visit(material_bytes(key, {material.imported, material.source}).bytes());
    }
  }
  for (std::uint32_t table = 0; table < state.tables.size(); ++table) {
    const Table& owner = state.tables[table];
    for (std::uint32_t version = 1; version <= owner.keys.size(); ++version) {
      visit(unwrap_table_key(state, table, version).bytes());
    }
    for (std::uint32_t structure = 0; structure < owner.data_keys.size(); ++structure) {
      if (owner.data_keys[structure].version == 0) continue;  // gone, or not encrypted
      visit(unwrap_data_key(state, table, structure).bytes());
    }
  }
  visit_steps(state, visit);
}

}  // namespace tablekey::model
