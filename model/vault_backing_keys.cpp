// The materials of KMS keys: derived from the seed when they are needed, and kept as keyed contexts
// while they are in use. How many are kept is bounded; which one goes decides no event.
#include <algorithm>

#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

// A keyed context costs about 1 KB of ordinary heap, and deriving it anew some microseconds.
constexpr std::size_t kBackingKeysMax = 16'384;
constexpr std::string_view kBackingKeyPurpose = "kms/backing-key";
constexpr std::string_view kImportedPurpose = "kms/imported-material";

}  // namespace

std::uint32_t Vault::root_of(std::uint32_t key) const { return at(scenario_.key_roots, key); }

crypto::Key256 Vault::material_bytes(std::uint32_t key, MaterialSource source) const {
  crypto::Key256 bytes;
  if (source.imported) {
    // The bytes are the customer's: the same under whatever key they are imported.
    const auto name = at(scenario_.reader().getMaterials(), source.index);
    draws_.stream(kImportedPurpose, std::string_view(name.cStr(), name.size())).secret(0, bytes);
  } else {
    const std::string entity = entity_name(scenario_.key_entities[root_of(key)]);
    draws_.stream(kBackingKeyPurpose, entity).secret(source.index, bytes);
  }
  return bytes;
}

NewMaterial Vault::new_material(std::uint32_t key, MaterialSource source) {
  const BackingKey& backing = backing_key(key, source);
  return {backing.material, backing.key_check_value};
}

NewMaterial Vault::drawn_material(std::uint32_t key, std::uint32_t generation) {
  return new_material(key, {false, generation});
}

NewMaterial Vault::imported_material(std::uint32_t key, std::uint32_t material) {
  return new_material(key, {true, material});
}

std::optional<NewMaterial> Vault::first_material(std::uint32_t key) {
  const auto described = at(scenario_.reader().getKeys(), key);
  if (described.getOrigin() != events::Origin::EXTERNAL) return drawn_material(key, 0);
  if (described.getMaterial() == kNone) return std::nullopt;
  return imported_material(key, described.getMaterial());
}

// Slots are given out in a circle; one that was used since the hand last came by is passed over
// once.
std::uint32_t Vault::backing_slot() {
  if (!free_backing_keys_.empty()) {
    const std::uint32_t slot = free_backing_keys_.back();
    free_backing_keys_.pop_back();
    return slot;
  }
  if (backing_keys_.size() < kBackingKeysMax) {
    backing_keys_.emplace_back();
    return static_cast<std::uint32_t>(backing_keys_.size() - 1);
  }
  for (;; clock_hand_ = (clock_hand_ + 1) % backing_keys_.size()) {
    BackingKey& leaving = *backing_keys_[clock_hand_];
    if (leaving.used) {
      leaving.used = false;
      continue;
    }
    std::erase(slots_of_root_[leaving.root], static_cast<std::uint32_t>(clock_hand_));
    return static_cast<std::uint32_t>(clock_hand_);
  }
}

Vault::BackingKey& Vault::backing_key(std::uint32_t key, MaterialSource source) {
  const std::uint32_t root = root_of(key);
  for (const std::uint32_t slot : slots_of_root_[root]) {
    BackingKey& held = *backing_keys_[slot];
    if (held.source == source) {
      held.used = true;
      return held;
    }
  }
  const crypto::Key256 bytes = material_bytes(root, source);
  const std::uint32_t slot = backing_slot();
  backing_keys_[slot] = std::make_unique<BackingKey>(
      BackingKey{root, source, true, kms::material_id(scenario_.key_ids[root], bytes),
                 check_value(bytes.bytes()), crypto::HmacSha256(bytes)});
  slots_of_root_[root].push_back(slot);
  return *backing_keys_[slot];
}

Vault::BackingKey& Vault::backing_key_of(const State& state, std::uint32_t key,
                                         std::uint32_t material) {
  const KeyMaterial& known = at(at(state.keys, key).materials, material);
  BackingKey& backing = backing_key(key, {known.imported, known.source});
  law(backing.material == known.id, "a material's bytes have the id that its event recorded");
  return backing;
}

void Vault::forget_key(std::uint32_t key) {
  std::vector<std::uint32_t>& slots = slots_of_root_[root_of(key)];
  for (const std::uint32_t slot : slots) {
    backing_keys_[slot].reset();  // frees the contexts, which wipes them
    free_backing_keys_.push_back(slot);
  }
  slots.clear();
}

}  // namespace tablekey::model
