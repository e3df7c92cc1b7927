// What follows from the facts that State keeps about a key.
#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

bool store_unavailable(const State& state, std::uint32_t key) {
  const std::uint32_t store = described(state, key).getStore();
  return store != kNone && at(state.stores, store).state != events::ConnectionState::CONNECTED;
}

bool has_replicas(const State& state, std::uint32_t key) { return key_set(state, key).size() > 1; }

}  // namespace

bool has_material(const KmsKey& key) {
  if (key.current == kNone) return false;
  for (const KeyMaterial& material : key.materials) {
    if (material.bound && !material.present) return false;
  }
  return true;
}

std::vector<std::uint32_t> key_set(const State& state, std::uint32_t key) {
  std::vector<std::uint32_t> set;
  const auto& roots = state.scenario().key_roots;
  if (!described(state, key).getMultiRegion()) return {key};
  for (std::uint32_t other = 0; other < state.keys.size(); ++other) {
    if (roots[other] == at(roots, key) && state.keys[other].created && !state.keys[other].deleted) {
      set.push_back(other);
    }
  }
  return set;
}

events::KeyState derived_state(const State& state, std::uint32_t key) {
  return derived_state(state, key, at(state.keys, key));
}

// In the order in which one hides another (kms.md 2.1, 2.2; note 13 for stores).
events::KeyState derived_state(const State& state, std::uint32_t index, const KmsKey& key) {
  using enum events::KeyState;
  if (key.deleted) return DELETED;
  if (key.pending_deletion) {
    return key.primary && key.deletion_date == sim::Time() && has_replicas(state, index)
               ? PENDING_REPLICA_DELETION
               : PENDING_DELETION;
  }
  if (key.creating) return CREATING;
  if (key.updating) return UPDATING;
  if (store_unavailable(state, index)) return UNAVAILABLE;
  if (!has_material(key)) return PENDING_IMPORT;
  return key.enabled ? ENABLED : DISABLED;
}

}  // namespace tablekey::model::kms
