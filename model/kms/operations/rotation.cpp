// Rotation (kms.md 4): EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus,
// RotateKeyOnDemand, ListKeyRotations, and the rotations themselves when they are due.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/draws.h"
#include "model/kms/material.h"
#include "model/kms/operation.h"
#include "model/kms/operations/replicas.h"
#include "model/kms/paging.h"
#include "model/law.h"

namespace tablekey::model {
namespace kms {
namespace rotation {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;

constexpr std::int32_t kPeriodMin = 90, kPeriodMax = 2560;
constexpr PageLimits kRotationPage{100, 1000};
// So long before an automatic rotation none is done on demand.
constexpr sim::Duration kConflictWindow = sim::Duration::minutes(20);

// The NextRotationDate of a schedule that (re)starts now. The time of day that KMS plans is part of
// the date.
sim::Time next_rotation(const Deciding& d, std::uint32_t period_days, std::uint64_t entity,
                        std::uint64_t ordinal) {
  const sim::Duration jitter = d.settings().rotation_jitter.sample_duration(
      draw(d.random, entity, Draw::rotation_jitter, ordinal));
  return d.now + sim::Duration::days(period_days) + jitter;
}

Refusal replica_refusal(const State& state, std::uint32_t key) {
  if (!is_replica(state, key)) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION,
                 fmt::format("{} is not a multi-region primary key.", state.key_arn(key)));
}

// ---- the automatic schedule ----

Refusal validate_enable(const Deciding& d, const KmsRequest& request) {
  if (d.settings().classic_era || !request.parameters.getHasRotationPeriod()) return {};
  const std::int32_t days = request.parameters.getRotationPeriodInDays();
  if (days < kPeriodMin) {
    return validation_error("rotationPeriodInDays",
                            "Member must have value greater than or equal to 90");
  }
  if (days > kPeriodMax) {
    return validation_error("rotationPeriodInDays",
                            "Member must have value less than or equal to 2560");
  }
  return {};
}

Refusal check_switch(Deciding& d, KmsRequest& request) {
  return replica_refusal(d.state, request.key);
}

// Asking for the period that the key already has changes no date (kms.md 4.3).
void enable(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const Rotation& present = at(d.state.keys, request.key).rotation;
  const std::uint32_t period = asked_rotation_period(d.settings(), request.parameters);
  const bool same = present.enabled && present.period_days == period;
  const sim::Time next =
      same ? present.next : next_rotation(d, period, request.entity, request.ordinal);
  auto rotation = effect.initRotation();
  rotation.setEnabled(true);
  rotation.setNext(next.nanoseconds());
}

void disable(Deciding&, const KmsRequest&, events::KmsEffect::Builder effect) {
  effect.initRotation();
}

// ---- on demand ----

// An automatic rotation that runs or is about to.
bool conflicts(const Deciding& d, std::uint32_t index) {
  const KmsKey& key = d.state.keys[index];
  const bool spreading =
      std::any_of(key.materials.begin(), key.materials.end(), [](const KeyMaterial& material) {
        return !material.imported && material.state == MaterialState::pending_sync;
      });
  const bool due = key.rotation.enabled && key.rotation.next <= d.now + kConflictWindow;
  return spreading || due;
}

Refusal check_on_demand(Deciding& d, KmsRequest& request) {
  if (Refusal bad = replica_refusal(d.state, request.key)) return bad;
  const KmsKey& key = at(d.state.keys, request.key);
  const std::string arn = d.state.key_arn(request.key);
  if (key.rotation.on_demand >= d.settings().rotation_on_demand_max) {
    return refusal(KmsError::LIMIT_EXCEEDED,
                   "The on-demand rotations limit has been reached for the given keyId. No more "
                   "on-demand rotations can be performed for this key: " +
                       arn);
  }
  if (key.rotation.on_demand_done != sim::kNoHandle) {
    return refusal(KmsError::CONFLICT,
                   fmt::format("An on-demand rotation of {} is in progress.", arn));
  }
  if (conflicts(d, request.key)) {
    return refusal(KmsError::CONFLICT,
                   fmt::format("An automatic rotation of {} is in progress or scheduled to begin "
                               "within the next 20 minutes.",
                               arn));
  }
  if (described(d.state, request.key).getOrigin() != events::Origin::EXTERNAL) return {};
  const std::uint32_t pending = pending_material(key);
  if (pending != kNone && key.materials[pending].state == MaterialState::pending_rotation &&
      material_is_everywhere(d.state, request.key, key.materials[pending].id)) {
    return {};
  }
  return refusal(KmsError::KMS_INVALID_STATE,
                 fmt::format("No available key material pending rotation for the key: {}.", arn));
}

void rotate_on_demand(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const sim::Duration duration = d.settings().rotation_on_demand_duration.sample_duration(
      draw(d.random, request.entity, Draw::rotation_duration, request.ordinal));
  effect.initRotationStarted().setUntil((d.now + duration).nanoseconds());
}

// ---- what there was ----

Refusal validate_list(const Deciding&, const KmsRequest& request) {
  const auto which = request.parameters.getIncludeKeyMaterial();
  if (which.size() != 0 && which != "ROTATIONS_ONLY" && which != "ALL_KEY_MATERIAL") {
    return validation_error("includeKeyMaterial",
                            "Member must satisfy enum value set: [ALL_KEY_MATERIAL, "
                            "ROTATIONS_ONLY]");
  }
  return check_page(request, kRotationPage);
}

// The first material came by no rotation and has no row among them (kms.md 3.3).
std::uint32_t rows(const Deciding& d, const KmsRequest& request) {
  const KmsKey& key = at(d.state.keys, request.key);
  const bool all = request.parameters.getIncludeKeyMaterial() == "ALL_KEY_MATERIAL";
  return static_cast<std::uint32_t>(std::count_if(
      key.materials.begin(), key.materials.end(),
      [&](const KeyMaterial& material) { return all || material.rotated != sim::Time(); }));
}

Refusal check_list(Deciding& d, KmsRequest& request) {
  const auto page = page_of(request, kRotationPage, rows(d, request));
  return page ? Refusal() : page.error();
}

void list(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  set_listed(effect, page_of(request, kRotationPage, rows(d, request)).value());
}

OperationRow row(Operation operation, std::string_view name, std::uint32_t quota) {
  OperationRow made;
  made.operation = operation;
  made.name = name;
  made.quota_default = quota;
  return made;
}

OperationRow change(Operation operation, std::string_view name, std::uint32_t quota) {
  OperationRow made = row(operation, name, quota);
  made.read_only = false;
  made.ends_aws_managed = true;
  return made;
}

std::array<OperationRow, 5> make_rows() {
  OperationRow enabling = change(Operation::ENABLE_KEY_ROTATION, "EnableKeyRotation", 15);
  enabling.validate = validate_enable;
  enabling.check = check_switch;
  enabling.effect = enable;

  OperationRow disabling = change(Operation::DISABLE_KEY_ROTATION, "DisableKeyRotation", 5);
  disabling.check = check_switch;
  disabling.effect = disable;

  OperationRow status = row(Operation::GET_KEY_ROTATION_STATUS, "GetKeyRotationStatus", 1000);
  status.cross_account = true;

  OperationRow on_demand = change(Operation::ROTATE_KEY_ON_DEMAND, "RotateKeyOnDemand", 5);
  on_demand.check = check_on_demand;
  on_demand.effect = rotate_on_demand;

  OperationRow listing = row(Operation::LIST_KEY_ROTATIONS, "ListKeyRotations", 100);
  listing.validate = validate_list;
  listing.check = check_list;
  listing.effect = list;

  return {enabling, disabling, status, on_demand, listing};
}

}  // namespace
}  // namespace rotation

std::span<const OperationRow> rotation_operations() {
  static const std::array<OperationRow, 5> rows = rotation::make_rows();
  return rows;
}

}  // namespace kms

// A rotation is due: KMS generates new material, or takes the imported one that waits.
void decide_rotation(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const KmsKey& key = at(d.state.keys, index);
  const auto type = static_cast<events::RotationType>(d.action.b);
  auto event = d.out.initKeyRotated();
  event.setKey(index);
  event.setType(type);
  if (kms::described(d.state, index).getOrigin() == events::Origin::EXTERNAL) {
    const std::uint32_t pending = kms::pending_material(key);
    const KeyMaterial& material = at(key.materials, pending);
    event.setMaterial(pending);
    event.setMaterialId(capnp::Data::Reader(material.id.data(), material.id.size()));
    event.setKeyCheckValue(material.key_check_value);
  } else {
    const NewMaterial made = d.vault.drawn_material(index, kms::drawn_materials(key));
    event.setMaterial(static_cast<std::uint32_t>(key.materials.size()));
    event.setMaterialId(capnp::Data::Reader(made.id.data(), made.id.size()));
    event.setKeyCheckValue(made.key_check_value);
  }
  sim::Time next = key.rotation.next;
  if (type == events::RotationType::AUTOMATIC) {
    const std::uint32_t days =
        kms::described(d.state, index).getManager() == events::Key::Manager::AWS
            ? kms::first_rotation_period(d.state, index, d.now)
            : key.rotation.period_days;
    const std::uint32_t root = d.state.scenario().key_roots[index];
    next = kms::rotation::next_rotation(d, days, d.state.scenario().key_entities[root],
                                        key.materials.size());
  }
  event.setNext(next.nanoseconds());
}

}  // namespace tablekey::model
