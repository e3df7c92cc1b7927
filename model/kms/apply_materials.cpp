// What rotation and imports change about a key's materials (kms.md 1.6, 1.8, 4). Bytes are the
// vault's; here are ids, dates and states.
#include <algorithm>

#include "model/applier.h"
#include "model/kms/blob.h"
#include "model/kms/material.h"
#include "model/kms/operation.h"

namespace tablekey::model {
namespace {

kms::MaterialId id_of(capnp::Data::Reader bytes) {
  law(bytes.size() == kms::MaterialId().size(), "a material id has 32 bytes");
  kms::MaterialId id;
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

// Encryption moves to the material; the one before only decrypts from now on.
void make_current(KmsKey& key, std::uint32_t index, events::RotationType type, sim::Time now) {
  if (key.current != kNone) at(key.materials, key.current).state = MaterialState::non_current;
  KeyMaterial& material = at(key.materials, index);
  material.state = MaterialState::current;
  material.bound = true;
  material.rotated = now;
  material.rotation = type;
  key.current = index;
}

// The keys of a set move to new material together, once every one of them has it (kms.md 1.8).
void use_if_everywhere(State& state, std::uint32_t key, const kms::MaterialId& id,
                       events::RotationType type) {
  if (!kms::material_is_everywhere(state, key, id)) return;
  for (const std::uint32_t member : kms::key_set(state, key)) {
    KmsKey& sibling = state.keys[member];
    make_current(sibling, kms::find_material(sibling, id), type, state.now());
  }
}

events::KmsCall::Reader material_call_of(const State& state, const Action& action) {
  const auto step = at(state.scenario().reader().getSteps(), action.a);
  law(step.isKms(), "key material is changed by a step that calls KMS");
  return step.getKms();
}

// Whether the key's automatic rotation runs at present: it pauses while the key is disabled or is
// to be deleted (kms.md 4.3), and that of a set is the primary's.
bool rotates(const State& state, std::uint32_t index) {
  const KmsKey& key = state.keys[index];
  return key.rotation.enabled && key.enabled && !key.pending_deletion && !key.deleted &&
         (key.primary || !kms::described(state, index).getMultiRegion());
}

}  // namespace

// ---- rotation ----

void Applier::start_rotation(std::uint32_t index) {
  KmsKey& key = at(state_.keys, index);
  if (kms::described(state_, index).getMultiRegion() && !key.primary) return;
  key.rotation.enabled = true;
  key.rotation.period_days = kms::first_rotation_period(state_, index, now());
  key.rotation.next = now() + sim::Duration::days(key.rotation.period_days);
  plan_rotation(index);
}

// What is overdue when the key may rotate again rotates at once.
void Applier::plan_rotation(std::uint32_t index) {
  KmsKey& key = at(state_.keys, index);
  state_.agenda_.cancel(key.rotation.due);
  key.rotation.due = sim::kNoHandle;
  if (key.deleted) {
    state_.agenda_.cancel(key.rotation.on_demand_done);
    key.rotation = Rotation();
  }
  if (!rotates(state_, index)) return;
  const sim::Time due = std::max(key.rotation.next, now());
  if (due > state_.scenario().until) return;  // nothing of it will be seen
  key.rotation.due = schedule(due, Priority::key_change, ActionKind::rotate_key, index,
                              static_cast<std::uint32_t>(events::RotationType::AUTOMATIC));
}

void Applier::rotation_effect(const events::Event::KmsAnswered::Reader& event) {
  KmsKey& key = at(state_.keys, event.getKey());
  const auto effect = event.getEffect().getRotation();
  key.rotation.enabled = effect.getEnabled();
  key.rotation.next = time_of(effect.getNext());
  if (key.rotation.enabled) {
    key.rotation.period_days =
        kms::asked_rotation_period(settings_, material_call_of(state_, action_));
  }
  plan_rotation(event.getKey());
}

void Applier::rotation_started(const events::Event::KmsAnswered::Reader& event) {
  Rotation& rotation = at(state_.keys, event.getKey()).rotation;
  law(!state_.agenda_.pending(rotation.on_demand_done), "one on-demand rotation runs at a time");
  ++rotation.on_demand;
  rotation.on_demand_since = now();
  rotation.on_demand_done = schedule(time_of(event.getEffect().getRotationStarted().getUntil()),
                                     Priority::key_change, ActionKind::rotate_key, event.getKey(),
                                     static_cast<std::uint32_t>(events::RotationType::ON_DEMAND));
}

void Applier::key_rotated(events::KeyRotated::Reader event) {
  const std::uint32_t index = event.getKey();
  KmsKey& key = at(state_.keys, index);
  law(!key.deleted && key.current != kNone, "a key that rotates has key material");
  const kms::MaterialId id = id_of(event.getMaterialId());
  if (event.getType() == events::RotationType::ON_DEMAND) {
    key.rotation.on_demand_done = sim::kNoHandle;
    key.rotation.on_demand_since = sim::Time();
  } else {
    law(key.rotation.enabled, "a key rotates by itself when it is told to");
    key.rotation.due = sim::kNoHandle;
    key.rotation.next = time_of(event.getNext());
  }
  if (kms::described(state_, index).getOrigin() == events::Origin::EXTERNAL) {
    law(event.getMaterial() == kms::pending_material(key) &&
            key.materials[event.getMaterial()].id == id,
        "the imported material that waits for rotation becomes current");
    for (const std::uint32_t member : kms::key_set(state_, index)) {
      make_current(state_.keys[member], event.getMaterial(), event.getType(), now());
      if (member != index) settle_key_state(member, now());
    }
  } else {
    add_drawn_material(index, event);
    use_if_everywhere(state_, index, id, event.getType());
  }
  plan_rotation(index);
}

// Material that KMS has generated. Replicas get it a little later; until then nobody uses it.
void Applier::add_drawn_material(std::uint32_t index, events::KeyRotated::Reader event) {
  KmsKey& key = state_.keys[index];
  law(event.getMaterial() == key.materials.size(), "materials are numbered in order");
  KeyMaterial material;
  material.id = id_of(event.getMaterialId());
  material.key_check_value = event.getKeyCheckValue();
  material.source = kms::drawn_materials(key);
  material.state = MaterialState::pending_sync;
  material.rotation = event.getType();
  law(kms::find_material(key, material.id) == kNone, "a key never gets a material twice");
  key.materials.push_back(material);
  for (const std::uint32_t member : kms::key_set(state_, index)) {
    if (member == index) continue;
    schedule(now() + settings_.replica_material_sync, Priority::key_change,
             ActionKind::sync_material, member, event.getMaterial());
  }
}

void Applier::material_synchronized(events::KeyMaterialEvent::Reader event) {
  const std::uint32_t index = event.getKey();
  const std::uint32_t number = event.getMaterial();
  KmsKey& replica = at(state_.keys, index);
  const auto& roots = state_.scenario().key_roots;
  const KeyMaterial* source = nullptr;
  for (std::uint32_t other = 0; other < state_.keys.size() && source == nullptr; ++other) {
    const bool sibling = other != index && roots[other] == roots[index];
    if (sibling && number < state_.keys[other].materials.size()) {
      source = &state_.keys[other].materials[number];
    }
  }
  law(source != nullptr, "what reaches a replica is its set's");
  const kms::MaterialId id = source->id;
  const events::RotationType type = source->rotation;
  if (!replica.deleted && kms::find_material(replica, id) == kNone) {
    law(replica.materials.size() == number, "materials reach a replica in order");
    replica.materials.push_back(*source);
  }
  if (source->state == MaterialState::pending_sync) use_if_everywhere(state_, index, id, type);
}

// ---- imported material ----

void Applier::import_parameters(const events::Event::KmsAnswered::Reader& event) {
  // The token itself is the step's result.
  law(event.getEffect().getImportParameters().getToken().size() == 32, "a token has 32 bytes");
}

void Applier::material_imported(const events::Event::KmsAnswered::Reader& event) {
  const auto effect = event.getEffect().getMaterialImported();
  const auto call = material_call_of(state_, action_);
  const std::uint32_t index = event.getKey();
  KmsKey& key = at(state_.keys, index);
  const bool complete = kms::has_material(key);
  const std::uint32_t number = effect.getIndex();
  if (number == key.materials.size()) add_imported_material(index, effect, call.getMaterial());
  KeyMaterial& material = at(key.materials, number);
  law(material.imported && material.id == id_of(effect.getMaterialId()),
      "a material that is imported again is the same");
  material.present = true;
  if (call.getKeyMaterialDescription().size() != 0) {
    material.description = call.getKeyMaterialDescription().cStr();
  }
  set_expiry(index, number, kms::imported_until(call));
  if (key.current == kNone) {
    make_current(key, number, events::RotationType::NONE, sim::Time());
  } else if (material.state == MaterialState::pending_sync &&
             kms::material_is_everywhere(state_, index, material.id)) {
    for (const std::uint32_t member : kms::key_set(state_, index)) {
      at(state_.keys[member].materials, number).state = MaterialState::pending_rotation;
    }
  }
  // An import that completes the key enables it, whatever it was before (kms.md 1.6).
  if (!complete && kms::has_material(key)) key.enabled = true;
  settle_key_state(index, time_of(effect.getVisibleAt()));
}

// A material that the key has not had before; its siblings learn of it and lack its bytes.
void Applier::add_imported_material(std::uint32_t index,
                                    events::KmsEffect::MaterialImported::Reader effect,
                                    std::uint32_t source) {
  KeyMaterial material;
  material.id = id_of(effect.getMaterialId());
  material.key_check_value = effect.getKeyCheckValue();
  material.imported = true;
  material.source = source;
  law(source < state_.scenario().reader().getMaterials().size(), "a material is the scenario's");
  material.state = MaterialState::pending_sync;
  material.present = material.bound = false;
  for (const std::uint32_t member : kms::key_set(state_, index)) {
    KmsKey& sibling = state_.keys[member];
    law(sibling.materials.size() == effect.getIndex() &&
            kms::find_material(sibling, material.id) == kNone,
        "the keys of a set have the same materials");
    sibling.materials.push_back(material);
  }
}

// Zero: the material does not expire.
void Applier::set_expiry(std::uint32_t index, std::uint32_t number, sim::Time valid_to) {
  KeyMaterial& material = at(state_.keys[index].materials, number);
  state_.agenda_.cancel(material.expiry);
  material.expiry = sim::kNoHandle;
  material.valid_to = valid_to;
  if (valid_to == sim::Time()) return;
  law(valid_to <= sim::Time::max() - settings_.import_expiry_lag, "a material's end is a time");
  material.expiry = schedule(valid_to + settings_.import_expiry_lag, Priority::key_change,
                             ActionKind::expire_material, index, number);
}

// The bytes are gone. An on-demand rotation under way that was to use them is over.
void Applier::lose_material(std::uint32_t index, std::uint32_t number, sim::Time visible_at) {
  KmsKey& key = at(state_.keys, index);
  KeyMaterial& material = at(key.materials, number);
  law(material.imported && material.present, "only imported material that is there can go");
  set_expiry(index, number, sim::Time());
  material.present = false;
  if (material.state == MaterialState::pending_rotation) {
    state_.agenda_.cancel(key.rotation.on_demand_done);
    key.rotation.on_demand_done = sim::kNoHandle;
    key.rotation.on_demand_since = sim::Time();
  }
  settle_key_state(index, visible_at);
}

void Applier::material_deleted(const events::Event::KmsAnswered::Reader& event) {
  const auto effect = event.getEffect().getMaterialDeleted();
  lose_material(event.getKey(), effect.getIndex(), time_of(effect.getVisibleAt()));
}

void Applier::material_expired(events::KeyMaterialEvent::Reader event) {
  lose_material(event.getKey(), event.getMaterial(), now());
}

}  // namespace tablekey::model
