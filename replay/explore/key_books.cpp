#include "replay/explore/key_books.h"

#include <algorithm>
#include <array>

#include "events/text.h"
#include "model/iam/evaluate.h"
#include "model/kms/grant_rules.h"

namespace tablekey::replay::explore {
namespace {

using events::Event;
using events::KeyState;
using Operation = events::KmsOperation;
using events::string_of;
using model::kNone;
namespace iam = model::iam;
namespace kms = model::kms;

std::string_view action_of(Operation operation) {
  switch (operation) {
    case Operation::ENCRYPT:
      return "kms:Encrypt";
    case Operation::GENERATE_DATA_KEY:
      return "kms:GenerateDataKey";
    default:
      return "kms:Decrypt";
  }
}

kms::GrantOperation grantable(Operation operation) {
  switch (operation) {
    case Operation::ENCRYPT:
      return kms::GrantOperation::encrypt;
    case Operation::GENERATE_DATA_KEY:
      return kms::GrantOperation::generate_data_key;
    default:
      return kms::GrantOperation::decrypt;
  }
}

}  // namespace

KeyBooks::KeyBooks(const model::ScenarioView& scenario) : scenario_(scenario) {
  for (const auto key : scenario.reader().getKeys()) {
    Key& booked = keys_.emplace_back();
    booked.external = key.getOrigin() == events::Origin::EXTERNAL;
    booked.enabled = key.getEnabled();
    // What a step makes, a store holds, or other keys of its set move, is not followed.
    booked.followed = !key.getByStep() && key.getPrimary() == kNone && key.getStore() == kNone;
    booked.policy.set(INT64_MIN, string_of(key.getPolicy()));
  }
  for (const auto principal : scenario.reader().getPrincipals()) {
    Documents& own = latest_.emplace_back();
    for (const auto policy : principal.getPolicies()) {
      own[string_of(policy.getName())] = string_of(policy.getDocument());
    }
    documents_.emplace_back().set(INT64_MIN, own);
  }
}

KeyState KeyBooks::derived(const Key& key) {
  if (key.deleted) return KeyState::DELETED;
  if (key.pending_deletion) return KeyState::PENDING_DELETION;
  const bool lacks = std::any_of(key.materials.begin(), key.materials.end(),
                                 [](const auto& material) { return !material.second; });
  if (key.external && (key.materials.empty() || lacks)) return KeyState::PENDING_IMPORT;
  return key.enabled ? KeyState::ENABLED : KeyState::DISABLED;
}

void KeyBooks::note(const model::State& after, events::Event::Reader event) {
  const std::int64_t time = event.getTime();
  switch (event.which()) {
    case Event::KEY_CREATED: {
      Key& key = keys_[event.getKeyCreated().getKey()];
      if (key.external && event.getKeyCreated().getMaterialId().size() != 0)
        key.materials[0] = true;
      return key.state.set(time, derived(key));
    }
    case Event::KEY_DELETED: {
      Key& key = keys_[event.getKeyDeleted().getKey()];
      key.deleted = true;
      return key.state.set(time, KeyState::DELETED);
    }
    case Event::KEY_MATERIAL_EXPIRED: {
      Key& key = keys_[event.getKeyMaterialExpired().getKey()];
      key.materials[event.getKeyMaterialExpired().getMaterial()] = false;
      return key.state.set(time, derived(key));
    }
    case Event::KMS_ANSWERED:
      if (event.getKmsAnswered().getError() != events::KmsError::NONE) return;
      return answered(event.getKmsAnswered(), time);
    case Event::IAM_ANSWERED:
      if (event.getIamAnswered().getError() != events::IamError::NONE) return;
      return identity_changed(event.getIamAnswered());
    case Event::FAULT_STARTED:
    case Event::FAULT_ENDED: {
      const bool starts = event.isFaultStarted();
      const auto fault = starts ? event.getFaultStarted() : event.getFaultEnded();
      const auto described = fault.getStep() != kNone
                                 ? scenario_.reader().getSteps()[fault.getStep()].getFault()
                                 : scenario_.reader().getFaults()[fault.getSource()].getFault();
      if (starts) {
        faults_.insert(described.getKind());
      } else if (const auto found = faults_.find(described.getKind()); found != faults_.end()) {
        faults_.erase(found);
      }
      return;
    }
    default:
      static_cast<void>(after);
      return;
  }
}

void KeyBooks::answered(events::Event::KmsAnswered::Reader event, std::int64_t time) {
  const auto effect = event.getEffect();
  switch (effect.which()) {
    case events::KmsEffect::KEY_STATE:
      return key_state_changed(event.getOperation(), keys_[event.getKey()],
                               effect.getKeyState().getVisibleAt());
    case events::KmsEffect::POLICY:
      return keys_[event.getKey()].policy.set(effect.getPolicy().getVisibleAt(),
                                              string_of(effect.getPolicy().getDocument()));
    case events::KmsEffect::GRANT_CREATED: {
      const auto made = effect.getGrantCreated();
      if (made.getExisting()) return;
      BookedGrant grant;
      grant.key = event.getKey();
      grant.step = effect.getStep();
      if (grant.step == 0) grant.table = event.getTable();
      grant.visible_at = made.getVisibleAt();
      grants_.push_back(grant);
      return;
    }
    case events::KmsEffect::GRANT_ENDED: {
      const auto ended = effect.getGrantEnded();
      if (ended.getGrant() < grants_.size()) {
        grants_[ended.getGrant()].ends_at = ended.getVisibleAt();
      }
      return;
    }
    case events::KmsEffect::MATERIAL_IMPORTED: {
      Key& key = keys_[event.getKey()];
      const bool lacked = derived(key) == KeyState::PENDING_IMPORT;
      key.materials[effect.getMaterialImported().getIndex()] = true;
      // What completes the set enables the key, whatever it was before (kms.md 2.2).
      if (lacked) key.enabled = true;
      if (key.materials.size() > 1) key.followed = false;
      return key.state.set(effect.getMaterialImported().getVisibleAt(), derived(key));
    }
    case events::KmsEffect::MATERIAL_DELETED: {
      Key& key = keys_[event.getKey()];
      key.materials[effect.getMaterialDeleted().getIndex()] = false;
      return key.state.set(effect.getMaterialDeleted().getVisibleAt(), derived(key));
    }
    case events::KmsEffect::PRIMARY_UPDATED:
    case events::KmsEffect::KEY_MADE:
      if (event.getKey() != kNone) keys_[event.getKey()].followed = false;
      return;
    default:
      static_cast<void>(time);
      return;
  }
}

void KeyBooks::key_state_changed(Operation operation, Key& key, std::int64_t from) {
  switch (operation) {
    case Operation::ENABLE_KEY:
      key.enabled = true;
      break;
    case Operation::DISABLE_KEY:
      key.enabled = false;
      break;
    case Operation::SCHEDULE_KEY_DELETION:
      key.pending_deletion = true;
      break;
    case Operation::CANCEL_KEY_DELETION:  // a key that is saved is disabled (kms.md 2.2)
      key.pending_deletion = false;
      key.enabled = false;
      break;
    default:
      return;
  }
  key.state.set(from, derived(key));
}

void KeyBooks::identity_changed(events::IamAnswered::Reader event) {
  const auto step = scenario_.reader().getSteps()[event.getStep()].getIam();
  Documents& own = latest_[step.getPrincipal()];
  const std::string name = string_of(step.getPolicy().getName());
  if (step.getOperation() == events::Step::IamOperation::PUT_POLICY) {
    own[name] = string_of(step.getPolicy().getDocument());
  } else if (step.getOperation() == events::Step::IamOperation::DELETE_POLICY) {
    own.erase(name);
  }
  documents_[step.getPrincipal()].set(event.getVisibleAt(), own);
}

std::optional<KeyState> KeyBooks::state(std::uint32_t key, std::int64_t time) const {
  if (key >= keys_.size() || !keys_[key].followed) return std::nullopt;
  const KeyState* state = keys_[key].state.at(time);
  return state == nullptr ? std::nullopt : std::optional(*state);
}

bool KeyBooks::lasts(std::set<Kind> kinds) const {
  return std::any_of(faults_.begin(), faults_.end(),
                     [&](Kind kind) { return kinds.contains(kind); });
}

const iam::Policy* KeyBooks::compiled(const std::string& document, bool of_key) const {
  const auto [place, fresh] = compiled_.try_emplace((of_key ? "k" : "i") + document);
  if (fresh) {
    auto policy =
        iam::Policy::compile(document, of_key ? iam::PolicyKind::key : iam::PolicyKind::identity,
                             {iam::PolicyRules::stored, 0});
    if (policy) place->second = std::move(*policy);
  }
  return place->second ? &*place->second : nullptr;
}

Permission KeyBooks::permission(const model::State& state,
                                events::Event::KmsAnswered::Reader answered,
                                std::int64_t time) const {
  const auto key = scenario_.reader().getKeys()[answered.getKey()];
  const bool service = answered.getAsService();
  if (service && key.getManager() == events::Key::Manager::OWNED) return {true, true};
  if (!service && answered.getCaller() == 0) return {true, true};  // the operator
  iam::Request request;
  std::vector<iam::ContextEntry> context;
  std::string arn, via, name;
  std::vector<const iam::Policy*> identities;
  if (service) {
    request.principal.type = iam::PrincipalType::service;
    request.principal.arn = "dynamodb.amazonaws.com";
  } else {
    const std::uint32_t session = answered.getCaller() - 1;
    const std::uint32_t principal = state.sessions[session].principal;
    arn = state.session_arn(session);
    request.principal = {iam::PrincipalType::assumed_role, arn, scenario_.account,
                         scenario_.principal_arns[principal], scenario_.principal_ids[principal]};
    context.push_back(iam::ContextEntry::one("kms:calleraccount", scenario_.account));
    if (const Documents* own = documents_[principal].at(time)) {
      for (const auto& [policy, document] : *own) {
        if (const iam::Policy* one = compiled(document, false)) identities.push_back(one);
      }
    }
  }
  if (answered.getTable() != kNone) {
    name = state.table_name(answered.getTable());
    via = "dynamodb." + state.table_region(answered.getTable()) + ".amazonaws.com";
    context.push_back(iam::ContextEntry::one("kms:encryptioncontext:aws:dynamodb:tablename", name));
    context.push_back(iam::ContextEntry::one("kms:encryptioncontext:aws:dynamodb:subscriberid",
                                             scenario_.account));
  }
  if (answered.getViaService()) context.push_back(iam::ContextEntry::one("kms:viaservice", via));
  const std::string resource = state.key_arn(answered.getKey());
  request.action = action_of(answered.getOperation());
  request.resource = resource;
  request.resource_account = scenario_.account;
  request.context = context;
  iam::PolicySet policies;
  const std::string* document = keys_[answered.getKey()].policy.at(time);
  if (document != nullptr) policies.key_policy = compiled(*document, true);
  policies.identities = identities;
  const iam::Decision decision = iam::evaluate(request, policies);
  if (decision.allowed()) return {true, true};
  if (decision.kind == iam::DecisionKind::explicit_deny) return {};
  return by_grants(state, answered, time, request);
}

bool KeyBooks::carries_token(events::Event::KmsAnswered::Reader answered,
                             const BookedGrant& grant) const {
  const std::uint32_t step = answered.getEffect().getStep();
  if (step == 0 || grant.step == 0) return false;
  for (const auto token : scenario_.reader().getSteps()[step - 1].getKms().getGrantTokens()) {
    if (token.isStep() && token.getStep() + 1 == grant.step) return true;
  }
  return false;
}

Permission KeyBooks::by_grants(const model::State& state,
                               events::Event::KmsAnswered::Reader answered, std::int64_t time,
                               const iam::Request& request) const {
  Permission permission;
  const bool service = answered.getAsService();
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  std::string name;
  if (answered.getTable() != kNone) {
    name = state.table_name(answered.getTable());
    pairs = {{"aws:dynamodb:tableName", name}, {"aws:dynamodb:subscriberId", scenario_.account}};
  }
  for (const BookedGrant& grant : grants_) {
    if (grant.key != answered.getKey() || time >= grant.ends_at) continue;
    if (grant.table != kNone) {
      // DynamoDB's own are for itself and this table; it may have used the token of a new one.
      if (!service || grant.table != answered.getTable()) continue;
      permission.some_rule_allows = true;
      permission.surely = permission.surely || time >= grant.visible_at;
      continue;
    }
    if (service || grant.step == 0) continue;
    const auto& terms = scenario_.grant_terms[grant.step - 1];
    if (!terms || (time < grant.visible_at && !carries_token(answered, grant))) continue;
    kms::GrantUse use;
    use.operation = grantable(answered.getOperation());
    use.caller.principal = request.principal;
    use.context = pairs;
    if (!kms::grant_allows({&*terms, {}, scenario_.account}, use)) continue;
    permission = {true, true};
  }
  return permission;
}

}  // namespace tablekey::replay::explore
