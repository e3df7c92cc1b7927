// What answers change about grants, aliases, tags and identities, and when authorization sees it.
#include <algorithm>

#include "model/applier.h"
#include "model/iam_step.h"
#include "model/kms/key_changes.h"
#include "model/planted.h"

namespace tablekey::model {
namespace {

std::array<std::uint8_t, 32> grant_id(capnp::Data::Reader bytes) {
  std::array<std::uint8_t, 32> id;
  law(bytes.size() == id.size(), "a grant's id has 32 bytes");
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

}  // namespace

// A repetition under the same Name gives a further token of the grant that is there (kms.md 5.4).
void Applier::create_grant(const events::Event::KmsAnswered::Reader& event) {
  const auto effect = event.getEffect().getGrantCreated();
  if (effect.getExisting()) {
    Grant& grant = at(state_.grants, effect.getGrant());
    law(grant.key == event.getKey() && !grant.ended && grant.table == kNone,
        "a grant that is given again is a step's, on the same key, and not ended");
    ++grant.tokens;
    return;
  }
  const auto index = static_cast<std::uint32_t>(state_.grants.size());
  law(effect.getGrant() == index, "a grant has the number that its event gave it");
  law(event.getCaller() <= state_.sessions.size(), "a grant's issuer has a session");
  Grant grant;
  grant.key = event.getKey();
  grant.issuer = event.getCaller();
  grant.id = grant_id(effect.getGrantId());
  grant.created = now();
  grant.visible_at = time_of(effect.getVisibleAt());
  const std::uint32_t step = event.getEffect().getStep();
  if (step != 0) {
    law(at(state_.scenario().grant_terms, step - 1).has_value(), "a step's grant has terms");
    grant.step = step;
  } else {
    grant.table = event.getTable();
    at(state_.tables, grant.table).grants.push_back(index);
  }
  KmsKey& key = at(state_.keys, grant.key);
  state_.grants.push_back(grant);
  key.grants.push_back(index);
  ++key.live_grants;
  watch_grant(index);
}

void Applier::end_grant(std::uint32_t index, sim::Time visible_at) {
  Grant& grant = at(state_.grants, index);
  law(!grant.ended, "a grant ends once");
  grant.ended = true;
  grant.end_visible_at = planted(Planted::revoke_at_once) ? now() : visible_at;
  --at(state_.keys, grant.key).live_grants;
  if (!state_.keys[grant.key].deleted) push_change(grant.key, visible_at, grant.table);
  watch_grant(index);
}

void Applier::alias_effect(const events::Event::KmsAnswered::Reader& event) {
  const auto effect = event.getEffect().getAliasChange();
  const std::uint32_t index = effect.getAlias();
  const bool made = event.getOperation() == events::KmsOperation::CREATE_ALIAS;
  const bool ends = event.getOperation() == events::KmsOperation::DELETE_ALIAS;
  const std::uint32_t target = ends ? kNone : event.getKey();
  law(ends || target < state_.keys.size(), "an alias points to a key");
  if (made) {
    const auto call = at(state_.scenario().reader().getSteps(), action_.a).getKms();
    const std::uint32_t realm = state_.scenario().key_realms[target];
    law(index == state_.aliases.size(), "an alias has the number that its event gave it");
    law(state_.alias_index.find(realm, std::string_view(call.getAliasName())) == kNone,
        "no two aliases have one name");
    state_.aliases.push_back({call.getAliasName(), realm, kNone, kNone, now(), now()});
  }
  Alias& alias = at(state_.aliases, index);
  law(made || alias.key != kNone, "an alias that changes is there");
  state_.alias_index.move(state_.aliases, index, alias.key, target);
  alias.key = target;
  alias.updated = now();
  PendingChange change{events::Change::ALIAS, index, {}, {}, time_of(effect.getVisibleAt())};
  change.target = target;
  pend(std::move(change));
}

// With a key go its aliases, at once and for everyone (kms.md 1.9, 2.2).
void Applier::drop_aliases(std::uint32_t key) {
  const auto drop = [&](std::span<const std::uint32_t> list) {
    return std::vector<std::uint32_t>(list.begin(), list.end());
  };
  for (const std::uint32_t index : drop(state_.alias_index.of_key(key))) {
    Alias& alias = at(state_.aliases, index);
    state_.alias_index.move(state_.aliases, index, alias.key, kNone);
    alias.key = kNone;
    alias.updated = now();
  }
  for (const std::uint32_t index : drop(state_.alias_index.effective_of_key(key))) {
    state_.alias_index.move_effective(index, key, kNone);
    at(state_.aliases, index).effective_key = kNone;
  }
}

void Applier::start_aliases() {
  const auto keys = state_.scenario().reader().getKeys();
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    if (keys[key].getByStep()) continue;
    for (const auto name : keys[key].getAliases()) {
      const std::uint32_t realm = state_.scenario().key_realms[key];
      state_.aliases.push_back({name, realm, key, key, now(), now()});
    }
  }
  state_.alias_index.rebuild(state_.aliases);
}

void Applier::make_alias_effective(const PendingChange& change) {
  Alias& alias = at(state_.aliases, change.key);
  std::uint32_t target = change.target;
  if (target != kNone && at(state_.keys, target).deleted) target = kNone;
  state_.alias_index.move_effective(change.key, alias.effective_key, target);
  alias.effective_key = target;
}

void Applier::make_tags_effective(const PendingChange& change) {
  law(change.step != 0, "tags are changed by a step");
  const auto call = at(state_.scenario().reader().getSteps(), change.step - 1).getKms();
  kms::change_tags(at(state_.keys, change.key).effective_tags, call.getOperation(), call);
}

void Applier::iam_answered(events::IamAnswered::Reader event) {
  law(event.getStep() == action_.a, "an answer is to the step that was due");
  if (event.getError() != events::IamError::NONE) return;
  const auto step = at(state_.scenario().reader().getSteps(), action_.a).getIam();
  PrincipalState& principal = at(state_.principals, step.getPrincipal());
  law(!principal.deleted, "a principal that changes is there");
  change_identity(step, {principal.deleted, principal.policies, principal.boundary});
  PendingChange change{
      events::Change::IDENTITY_POLICY, step.getPrincipal(), {}, {}, time_of(event.getVisibleAt())};
  change.step = action_.a + 1;
  pend(std::move(change));
}

void Applier::make_identity_effective(const PendingChange& change) {
  law(change.step != 0, "an identity is changed by a step");
  const auto step = at(state_.scenario().reader().getSteps(), change.step - 1).getIam();
  PrincipalState& principal = at(state_.principals, change.key);
  change_identity(step, {principal.effective_deleted, principal.effective_policies,
                         principal.effective_boundary});
  law(principal.compile(), "an identity policy that IAM accepted is one");
}

}  // namespace tablekey::model
