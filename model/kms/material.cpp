// Small questions about lists of materials, answered once.
#include "model/kms/material.h"

#include <algorithm>

#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::model::kms {

std::uint32_t find_material(const KmsKey& key, const MaterialId& id) {
  const auto found = std::find_if(key.materials.begin(), key.materials.end(),
                                  [&](const KeyMaterial& material) { return material.id == id; });
  return found == key.materials.end() ? kNone
                                      : static_cast<std::uint32_t>(found - key.materials.begin());
}

std::uint32_t pending_material(const KmsKey& key) {
  const auto found =
      std::find_if(key.materials.begin(), key.materials.end(), [](const KeyMaterial& material) {
        return material.present && (material.state == MaterialState::pending_rotation ||
                                    material.state == MaterialState::pending_sync);
      });
  return found == key.materials.end() ? kNone
                                      : static_cast<std::uint32_t>(found - key.materials.begin());
}

std::uint32_t first_rotation_period(const State& state, std::uint32_t key, sim::Time now) {
  constexpr std::uint32_t kYear = 365, kThreeYears = 1095;
  const auto described_key = described(state, key);
  if (described_key.getManager() != events::Key::Manager::AWS) {
    return described_key.getRotationPeriodInDays();
  }
  // 2022-05-01T00:00:00Z
  const sim::Time changed = sim::Time::from_nanoseconds(1'651'363'200'000'000'000);
  return now < changed ? kThreeYears : kYear;
}

std::uint32_t asked_rotation_period(const Settings& settings, events::KmsCall::Reader call) {
  constexpr std::uint32_t kYear = 365;
  if (settings.classic_era || !call.getHasRotationPeriod()) return kYear;
  return static_cast<std::uint32_t>(call.getRotationPeriodInDays());
}

sim::Time imported_until(events::KmsCall::Reader call) {
  return sim::Time::from_nanoseconds(
      call.getExpirationModel() == "KEY_MATERIAL_DOES_NOT_EXPIRE" ? 0 : call.getValidTo());
}

std::uint32_t drawn_materials(const KmsKey& key) {
  return static_cast<std::uint32_t>(
      std::count_if(key.materials.begin(), key.materials.end(),
                    [](const KeyMaterial& material) { return !material.imported; }));
}

bool material_is_everywhere(const State& state, std::uint32_t key, const MaterialId& id) {
  const std::vector<std::uint32_t> set = key_set(state, key);
  return std::all_of(set.begin(), set.end(), [&](std::uint32_t member) {
    const KmsKey& sibling = at(state.keys, member);
    const std::uint32_t found = find_material(sibling, id);
    return found != kNone && sibling.materials[found].present;
  });
}

std::size_t data_key_size(events::KmsCall::Reader call) {
  const auto operation = call.getOperation();
  if (operation != events::KmsOperation::GENERATE_DATA_KEY &&
      operation != events::KmsOperation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT) {
    return 0;
  }
  if (call.getHasNumberOfBytes()) return call.getNumberOfBytes();
  return call.getKeySpec() == "AES_128" ? 16 : 32;
}

std::string material_id_text(const MaterialId& id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : id) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace tablekey::model::kms
