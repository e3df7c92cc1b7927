// ReplicateKey, UpdatePrimaryRegion, and what a multi-Region set does by itself (kms.md 1.8).
#include "model/kms/operations/replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/bytes.h"
#include "events/text.h"
#include "model/kms/authorize.h"
#include "model/kms/blob.h"
#include "model/kms/key_states.h"
#include "model/kms/key_text.h"
#include "model/kms/new_key.h"
#include "model/kms/operation.h"
#include "model/kms/policy_check.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace replicas {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;
using events::text;

constexpr std::size_t kRegionMax = 32;

std::string_view region_of(const State& state, std::uint32_t key) {
  return text(described(state, key).getRegion());
}

// us-west-2, us-gov-east-1: two or three words and a number.
bool is_region(std::string_view region) {
  std::size_t words = 0;
  while (!region.empty() && region.front() >= 'a' && region.front() <= 'z') {
    const std::size_t dash = region.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
    if (dash == std::string_view::npos || region[dash] != '-') return false;
    region.remove_prefix(dash + 1);
    ++words;
  }
  return (words == 2 || words == 3) && !region.empty() &&
         region.find_first_not_of("0123456789") == std::string_view::npos;
}

Refusal region_shape(std::string_view region, std::string_view path) {
  if (region.empty()) return validation_error(path, "Member must not be null");
  if (region.size() > kRegionMax) {
    return validation_error(path, "Member must have length less than or equal to 32");
  }
  if (is_region(region)) return {};
  return validation_error(path,
                          "Member must satisfy regular expression pattern: ^([a-z]+-){2,3}\\d+$");
}

Refusal validate_replicate(const Deciding&, const KmsRequest& request) {
  const auto parameters = request.parameters;
  if (Refusal refusal = region_shape(text(parameters.getReplicaRegion()), "replicaRegion")) {
    return refusal;
  }
  if (parameters.getDescription().size() > kDescriptionMax) {
    return validation_error("description", "Member must have length less than or equal to 8192");
  }
  return check_policy_text(text(parameters.getPolicy()));
}

Refusal validate_update(const Deciding&, const KmsRequest& request) {
  return region_shape(text(request.parameters.getReplicaRegion()), "primaryRegion");
}

// ---- checks ----

Refusal not_primary(const State& state, std::uint32_t key) {
  if (described(state, key).getMultiRegion() && state.keys[key].primary) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION,
                 fmt::format("{} is not a multi-region primary key.", state.key_arn(key)));
}

Refusal already_there(const State& state, std::uint32_t key) {
  return refusal(KmsError::ALREADY_EXISTS, fmt::format("{} already exists.", state.key_arn(key)));
}

Refusal other_partition(const State& state, const KmsRequest& request, std::string_view region) {
  if (partition_of(region) == partition_of(region_of(state, request.key))) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION, fmt::format("{} is not in the partition of {}.",
                                                              region, state.key_arn(request.key)));
}

// The caller's account in another Region, which some key of the scenario is in.
std::uint32_t realm_in(const State& state, const KmsRequest& request, std::string_view region) {
  const ScenarioView& scenario = state.scenario();
  const std::uint32_t index = scenario.region_index(region);
  law(index != kNone, "a key's Region is one of the scenario's");
  return scenario.realm(request.account(state), index);
}

Refusal check_replicate(Deciding& d, KmsRequest& request) {
  const auto parameters = request.parameters;
  const std::string_view region = text(parameters.getReplicaRegion());
  if (Refusal refusal = not_primary(d.state, request.key)) return refusal;
  if (Refusal refusal = other_partition(d.state, request, region)) return refusal;
  const std::uint32_t sibling = sibling_in(d.state, request.key, region);
  if (sibling != kNone) return already_there(d.state, sibling);
  const std::uint32_t made = parameters.getNewKey();
  law(made != kNone && !at(d.state.keys, made).created &&
          d.state.scenario().key_roots[made] == d.state.scenario().key_roots[request.key] &&
          region_of(d.state, made) == region,
      "ReplicateKey makes a replica that is not there yet");
  if (Refusal refusal = check_first_tags(parameters)) return refusal;
  if (Refusal refusal = check_room(d, realm_in(d.state, request, region))) return refusal;
  if (parameters.getPolicy().size() != 0) {
    if (Refusal refusal = check_new_policy(d, request, text(parameters.getPolicy()), kNone)) {
      return refusal;
    }
  }
  return {};
}

// New material belongs to the primary until it is everywhere, and so does a rotation under way.
Refusal rotating(const State& state, std::uint32_t key) {
  const KmsKey& primary = state.keys[key];
  const bool under_way =
      primary.rotation.on_demand_done != sim::kNoHandle ||
      std::any_of(primary.materials.begin(), primary.materials.end(),
                  [](const KeyMaterial& one) { return one.state == MaterialState::pending_sync; });
  if (!under_way) return {};
  return refusal(KmsError::KMS_INVALID_STATE,
                 fmt::format("{} is being rotated.", state.key_arn(key)));
}

// The caller needs kms:UpdatePrimaryRegion on the key that is to lead, too, in its own Region.
Refusal denied_there(const Deciding& d, const KmsRequest& request, std::uint32_t replica) {
  const ScenarioView& scenario = d.state.scenario();
  KmsRequest there = request;
  there.key = replica;
  there.realm =
      scenario.realm(request.account(d.state), scenario.region_index(region_of(d.state, replica)));
  const Access access = authorize(d, there, operation_row(request.operation));
  if (access.allowed) return {};
  return {KmsError::ACCESS_DENIED, access.message, access.by, access.number};
}

// The keys change roles; what the state table asks of the primary it asks of the replica too.
Refusal check_update(Deciding& d, KmsRequest& request) {
  if (Refusal refusal = not_primary(d.state, request.key)) return refusal;
  const std::string_view region = text(request.parameters.getReplicaRegion());
  if (Refusal refusal = other_partition(d.state, request, region)) return refusal;
  const std::uint32_t replica = sibling_in(d.state, request.key, region);
  if (replica == request.key) {
    return refusal(KmsError::UNSUPPORTED_OPERATION,
                   fmt::format("{} is already the primary key.", d.state.key_arn(replica)));
  }
  if (replica == kNone) {
    return refusal(KmsError::NOT_FOUND, fmt::format("{} has no replica key in {}.",
                                                    d.state.key_arn(request.key), region));
  }
  if (Refusal refusal = denied_there(d, request, replica)) return refusal;
  if (Refusal refusal = rotating(d.state, request.key)) return refusal;
  return state_refusal(d.state, operation_row(request.operation), replica, false);
}

// ---- effects ----

// The primary's key id and present material; a replica of a key with imported material has to be
// given it again.
void effect_replicate(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const std::uint32_t replica = request.parameters.getNewKey();
  const KeyId id = raw_key_id(d.state.scenario().key_ids[replica]).value();
  auto made = effect.initKeyMade();
  made.setKey(replica);
  made.setKeyIdHigh(crypto::load_big_endian<8>(id.data()));
  made.setKeyIdLow(crypto::load_big_endian<8>(id.data() + 8));
  const KmsKey& primary = d.state.keys[request.key];
  if (described(d.state, request.key).getOrigin() != events::Origin::EXTERNAL) {
    const KeyMaterial& material = at(primary.materials, primary.current);
    made.setMaterialId(capnp::Data::Reader(material.id.data(), material.id.size()));
    made.setKeyCheckValue(material.key_check_value);
  }
  made.setVisibleAt(
      visible_at(d, request, events::Change::KEY_CREATION, replica, d.settings().kms_propagation));
  made.setReadyAt((d.now + d.settings().replica_creation).nanoseconds());
}

void effect_update(Deciding& d, const KmsRequest&, events::KmsEffect::Builder effect) {
  effect.initPrimaryUpdated().setUntil((d.now + d.settings().primary_update).nanoseconds());
}

constexpr OperationRow row(Operation operation, std::string_view name,
                           Refusal (*validate)(const Deciding&, const KmsRequest&),
                           Refusal (*check)(Deciding&, KmsRequest&),
                           void (*effect)(Deciding&, const KmsRequest&,
                                          events::KmsEffect::Builder)) {
  OperationRow made;
  made.operation = operation;
  made.name = name;
  made.read_only = false;
  made.validate = validate;
  made.check = check;
  made.effect = effect;
  return made;
}

constexpr std::array kRows{
    row(Operation::REPLICATE_KEY, "ReplicateKey", validate_replicate, check_replicate,
        effect_replicate),
    row(Operation::UPDATE_PRIMARY_REGION, "UpdatePrimaryRegion", validate_update, check_update,
        effect_update),
};

}  // namespace
}  // namespace replicas

std::span<const OperationRow> replica_operations() { return replicas::kRows; }

std::uint32_t primary_of(const State& state, std::uint32_t key) {
  if (!described(state, key).getMultiRegion()) return key;
  for (const std::uint32_t member : key_set(state, key)) {
    if (state.keys[member].primary) return member;
  }
  return kNone;
}

std::uint32_t sibling_in(const State& state, std::uint32_t key, std::string_view region) {
  for (const std::uint32_t member : key_set(state, key)) {
    if (replicas::region_of(state, member) == region) return member;
  }
  return kNone;
}

bool is_replica(const State& state, std::uint32_t key) {
  return described(state, key).getMultiRegion() && !at(state.keys, key).primary;
}

}  // namespace tablekey::model::kms

namespace tablekey::model {

void decide_material_sync(Deciding& d) {
  auto event = d.out.initKeyMaterialSynchronized();
  event.setKey(d.action.a);
  event.setMaterial(d.action.b);
}

void decide_key_ready(Deciding& d) { d.out.initKeyReady().setKey(d.action.a); }

}  // namespace tablekey::model
