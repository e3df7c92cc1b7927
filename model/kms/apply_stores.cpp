// What changes in custom key stores, in multi-Region sets, and by faults on KMS's side.
#include <algorithm>
#include <optional>

#include "model/applier.h"
#include "model/faults.h"
#include "model/kms/operation.h"
#include "model/kms/operations/replicas.h"

namespace tablekey::model {
namespace {

using events::ConnectionError;
using events::ConnectionState;

events::KmsCall::Reader store_call_of(const State& state, const Action& action) {
  const auto step = at(state.scenario().reader().getSteps(), action.a);
  law(action.kind == ActionKind::step && step.isKms(), "a step of the timeline asked for this");
  return step.getKms();
}

// Its name and cluster, where the call gives them.
void update_store(CustomKeyStore& store, events::KmsCall::Reader call) {
  if (call.getNewStoreName().size() != 0) store.name = call.getNewStoreName();
  if (call.getCloudHsmClusterId().size() != 0) store.cluster_id = call.getCloudHsmClusterId();
}

}  // namespace

// ---- custom key stores (kms.md 1.7) ----

void Applier::start_stores() {
  const auto described = state_.scenario().reader().getCustomKeyStores();
  for (unsigned i = 0; i < described.size(); ++i) {
    if (described[i].getByStep()) continue;
    CustomKeyStore& store = at(state_.stores, i);
    store.state =
        described[i].getConnected() ? ConnectionState::CONNECTED : ConnectionState::DISCONNECTED;
    store.name = described[i].getName();
    store.cluster_id = described[i].getClusterId();
  }
}

// The request's parameters say which store, and what else changes about it.
void Applier::store_effect(const events::Event::KmsAnswered::Reader& event) {
  const auto effect = event.getEffect().getCustomKeyStore();
  const auto call = store_call_of(state_, action_);
  const std::uint32_t index = call.getStore();
  CustomKeyStore& store = at(state_.stores, index);
  law(call.getOperation() == event.getOperation(), "an answer is one to what was asked");
  using Operation = events::KmsOperation;
  switch (event.getOperation()) {
    case Operation::CREATE_CUSTOM_KEY_STORE: {
      const auto described = state_.scenario().reader().getCustomKeyStores()[index];
      law(store.state == ConnectionState::ABSENT, "a custom key store is made once");
      store.name = described.getName();
      store.cluster_id = described.getClusterId();
      update_store(store, call);
      break;
    }
    case Operation::UPDATE_CUSTOM_KEY_STORE:
      law(effect.getState() == store.state, "an update connects and disconnects nothing");
      return update_store(store, call);
    case Operation::DELETE_CUSTOM_KEY_STORE:
      law(store.state == ConnectionState::DISCONNECTED, "what is deleted is disconnected");
      break;
    case Operation::CONNECT_CUSTOM_KEY_STORE:
      return connect_store(index, effect);
    case Operation::DISCONNECT_CUSTOM_KEY_STORE:
      return disconnect_store(index, effect);
    default:
      law(false, "five operations change a custom key store");
  }
  store.state = effect.getState();
  law(store.state == (event.getOperation() == Operation::CREATE_CUSTOM_KEY_STORE
                          ? ConnectionState::DISCONNECTED
                          : ConnectionState::DELETED),
      "a custom key store is made disconnected, and deleted for good");
}

void Applier::connect_store(std::uint32_t index,
                            const events::KmsEffect::CustomKeyStore::Reader& effect) {
  CustomKeyStore& store = at(state_.stores, index);
  law(store.state == ConnectionState::DISCONNECTED &&
          effect.getState() == ConnectionState::CONNECTING,
      "a disconnected store connects");
  store.state = ConnectionState::CONNECTING;
  ++store.changes;
  store.change =
      schedule(time_of(effect.getUntil()), Priority::key_change, ActionKind::store_change, index);
}

// What failed is down at once; everything else takes its time.
void Applier::disconnect_store(std::uint32_t index,
                               const events::KmsEffect::CustomKeyStore::Reader& effect) {
  CustomKeyStore& store = at(state_.stores, index);
  const bool failed = store.state == ConnectionState::FAILED;
  law(failed || store.state == ConnectionState::CONNECTING ||
          store.state == ConnectionState::CONNECTED,
      "a store that is or was connecting is disconnected");
  law(effect.getState() ==
          (failed ? ConnectionState::DISCONNECTED : ConnectionState::DISCONNECTING),
      "disconnecting ends in DISCONNECTED");
  state_.agenda_.cancel(store.change);
  store.change = sim::kNoHandle;
  store.state = effect.getState();
  store.error = ConnectionError::NONE;
  ++store.changes;
  if (!failed) {
    store.change =
        schedule(time_of(effect.getUntil()), Priority::key_change, ActionKind::store_change, index);
  }
  follow_store(index, time_of(effect.getVisibleAt()));
}

// Connecting or disconnecting is over.
void Applier::store_changed(events::CustomKeyStoreChanged::Reader event) {
  CustomKeyStore& store = at(state_.stores, event.getStore());
  const ConnectionState to = event.getState();
  if (store.state == ConnectionState::CONNECTING) {
    law(to == ConnectionState::CONNECTED || to == ConnectionState::FAILED,
        "connecting succeeds or fails");
  } else {
    law(store.state == ConnectionState::DISCONNECTING && to == ConnectionState::DISCONNECTED,
        "disconnecting ends in DISCONNECTED");
  }
  law((to == ConnectionState::FAILED) == (event.getError() != ConnectionError::NONE),
      "a failure has its ConnectionErrorCode");
  store.state = to;
  store.error = event.getError();
  store.change = sim::kNoHandle;
  ++store.changes;
  follow_store(event.getStore(), time_of(event.getVisibleAt()));
}

// The keys of a store are Unavailable unless it is CONNECTED.
void Applier::follow_store(std::uint32_t store, sim::Time visible_at) {
  for (std::uint32_t key = 0; key < state_.keys.size(); ++key) {
    const bool there = state_.keys[key].created && !state_.keys[key].deleted;
    if (there && kms::described(state_, key).getStore() == store) {
      settle_key_state(key, visible_at);
    }
  }
}

// ---- multi-Region sets (kms.md 1.8) ----

// A replica has its primary's materials; imported ones it has only by name until they are imported
// for it too, except what the scenario gives it from the start.
void Applier::replica_made(std::uint32_t index, std::int64_t ready_at) {
  const std::uint32_t primary = kms::primary_of(state_, index);
  law(primary != kNone && primary != index, "a replica is made from its primary key");
  KmsKey& replica = at(state_.keys, index);
  std::optional<KeyMaterial> own;
  if (!replica.materials.empty()) own = replica.materials.front();
  replica.primary = false;
  replica.materials = state_.keys[primary].materials;
  replica.current = state_.keys[primary].current;
  for (KeyMaterial& material : replica.materials) {
    material.expiry = sim::kNoHandle;
    if (!material.imported) continue;
    material.present = own && own->id == material.id;
    material.valid_to = sim::Time();
  }
  if (ready_at == 0) return;
  replica.creating = true;
  replica.ready = schedule(time_of(ready_at), Priority::key_change, ActionKind::key_ready, index);
}

// The roles change at once; until both keys are ready they show Updating, which their data plane
// does not notice. Rotation goes with the role.
void Applier::primary_updated(const events::Event::KmsAnswered::Reader& event) {
  const auto call = store_call_of(state_, action_);
  const std::uint32_t former = event.getKey();
  law(at(state_.keys, former).primary, "the primary key of a set hands over");
  const std::uint32_t next = kms::sibling_in(state_, former, call.getReplicaRegion().cStr());
  law(next != kNone && next != former, "another key of the set takes over");
  state_.keys[former].primary = false;
  state_.keys[next].primary = true;
  hand_over_rotation(former, next);
  for (const std::uint32_t index : {former, next}) {
    KmsKey& key = state_.keys[index];
    state_.agenda_.cancel(key.ready);
    key.updating = true;
    key.ready = schedule(time_of(event.getEffect().getPrimaryUpdated().getUntil()),
                         Priority::key_change, ActionKind::key_ready, index);
    key.state = kms::derived_state(state_, index);
    plan_rotation(index);
  }
}

// The setting and its dates; what is pending is planned anew. None is under way meanwhile.
void Applier::hand_over_rotation(std::uint32_t former, std::uint32_t next) {
  Rotation& from = at(state_.keys, former).rotation;
  Rotation& to = at(state_.keys, next).rotation;
  law(from.on_demand_done == sim::kNoHandle, "no primary key hands over while it rotates");
  state_.agenda_.cancel(from.due);
  state_.agenda_.cancel(to.due);
  to = from;
  to.due = sim::kNoHandle;
  from = Rotation();
}

// A primary that is to be deleted waits for the end of its last replica; then its period begins.
void Applier::replica_deleted(std::uint32_t index) {
  const std::uint32_t primary = kms::primary_of(state_, index);
  if (primary == kNone || primary == index) return;
  KmsKey& key = at(state_.keys, primary);
  if (!key.pending_deletion || key.deletion != sim::kNoHandle ||
      kms::key_set(state_, primary).size() > 1) {
    return;
  }
  key.deletion_date = now() + sim::Duration::days(key.deletion_window);
  key.deletion = schedule(key.deletion_date + settings_.deletion_lag, Priority::key_change,
                          ActionKind::delete_key, primary);
  settle_key_state(primary, now());
}

// ---- faults ----

// A store works again when its last fault is over.
void Applier::settle_store_fault(events::Fault::Reader fault) {
  if (fault.getKind() != events::Fault::Kind::KEY_STORE) return;
  at(state_.stores, fault.getStore()).broken = store_fault(state_, fault.getStore());
  const auto keys = state_.scenario().reader().getKeys();
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    if (keys[key].getStore() == fault.getStore()) watch_key(key);
  }
}

}  // namespace tablekey::model
