#include "replay/gone_material.h"

#include "model/kms/operation.h"

namespace tablekey::replay {

void GoneMaterial::look(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::KEY_DELETED:
      keys_.insert(event.getKeyDeleted().getKey());
      return;
    case Event::KEY_MATERIAL_EXPIRED: {
      const auto expired = event.getKeyMaterialExpired();
      materials_[{expired.getKey(), expired.getMaterial()}] = event.getTime();
      return;
    }
    case Event::KMS_ANSWERED:
      return answered(event.getKmsAnswered(), event.getTime());
    default:
      return;
  }
}

void GoneMaterial::answered(events::Event::KmsAnswered::Reader answered, std::int64_t time) {
  if (answered.getError() != events::KmsError::NONE) return;
  const auto effect = answered.getEffect();
  if (effect.isMaterialDeleted()) {
    const auto change = effect.getMaterialDeleted();
    materials_[{answered.getKey(), change.getIndex()}] = change.getVisibleAt();
  } else if (effect.isMaterialImported()) {
    materials_.erase({answered.getKey(), effect.getMaterialImported().getIndex()});
  }
  if (!model::kms::operation_row(answered.getOperation()).cryptographic) return;
  // A step that comes at the very instant of a change may come before it (dynamodb.md 11).
  if (effect.getStep() != 0) --time;
  used(answered.getKey(), effect.getMaterial(), time);
  if (answered.getOperation() == events::KmsOperation::RE_ENCRYPT) {
    used(effect.getDestinationKey(), effect.getDestinationMaterial(), time);
  }
}

void GoneMaterial::used(std::uint32_t key, std::uint32_t material, std::int64_t time) {
  if (key == model::kNone) return;
  ++uses_;
  const auto found = materials_.find({key, material});
  const bool was_gone = found != materials_.end() && found->second <= time;
  if (keys_.contains(key) || was_gone) ++wrong_;
}

}  // namespace tablekey::replay
