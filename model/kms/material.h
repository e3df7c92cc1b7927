// What follows from a key's list of materials (kms.md 1.6, 4.5), as decide, apply and the vault
// need it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/kms/blob.h"
#include "model/state.h"

namespace tablekey::model::kms {

/// The index of the key's material with that id, whether its bytes are there or not; kNone: the key
/// never had it.
std::uint32_t find_material(const KmsKey& key, const MaterialId& id);

/// The material that waits for RotateKeyOnDemand, or for the key's siblings before that, with its
/// bytes there; kNone: there is none. At most one can.
std::uint32_t pending_material(const KmsKey& key);

/// Days from `now` to the next automatic rotation of a key that nobody has changed: what the
/// scenario asks for, or of an AWS managed key a year, three before May 2022 (kms.md 1.1).
std::uint32_t first_rotation_period(const State& state, std::uint32_t key, sim::Time now);

/// Days between the rotations that an EnableKeyRotation asks for: 365 unless given, and always in
/// the classic era (kms.md 4.3).
std::uint32_t asked_rotation_period(const Settings& settings, events::KmsCall::Reader call);

/// ValidTo of an ImportKeyMaterial; zero: KEY_MATERIAL_DOES_NOT_EXPIRE.
sim::Time imported_until(events::KmsCall::Reader call);

/// How many materials KMS has generated for the key: the number of the next one's draw.
std::uint32_t drawn_materials(const KmsKey& key);

/// Whether every key of the multi-Region set has the material, with its bytes (kms.md 1.8). Keys
/// that are gone do not count.
bool material_is_everywhere(const State& state, std::uint32_t key, const MaterialId& id);

/// The size of the data key that a GenerateDataKey… asks for, in bytes; 0: it is another operation,
/// or asks for none.
std::size_t data_key_size(events::KmsCall::Reader call);

/// The material id in hexadecimal, as AWS prints it.
std::string material_id_text(const MaterialId& id);

}  // namespace tablekey::model::kms
