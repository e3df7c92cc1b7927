// The decision procedure of kms.md 6.3. Each kind of policy is asked once for the first statement
// of each sort that applies (a Side); the seven steps then read the sides and no policy.
#include "model/iam/evaluate.h"

#include <array>

#include "model/iam/policies_of.h"
#include "model/iam/statement_match.h"

namespace tablekey::model::iam {
namespace {

struct Found {
  std::uint32_t policy = kNoStatement;
  std::uint32_t statement = kNoStatement;

  bool any() const { return statement != kNoStatement; }
};

/// What the policies of one kind say together: the first statement of each sort that applies.
struct Side {
  bool present = false;
  Found deny;
  Found direct;     ///< An Allow that names the caller or its role, or stands on the caller's side.
  Found named;      ///< The same, but for what only names the role.
  Found delegated;  ///< An Allow that names the caller's account.

  bool allows() const { return direct.any() || delegated.any(); }
  /// Present policies of a kind that limits must allow; absent ones limit nothing.
  bool withholds() const { return present && !allows(); }
};

/// An Allow that could no longer change what the side says need not be compared.
bool settled(const Side& side, Effect effect) {
  return effect == Effect::allow ? side.named.any() : side.deny.any();
}

void note(Found& found, std::uint32_t policy, std::uint32_t statement) {
  if (!found.any()) found = {policy, statement};
}

void add(Side& side, const Policy& policy, std::uint32_t index, const Request& request) {
  side.present = true;
  const CompiledPolicy& compiled = policy.compiled();
  for (std::uint32_t i = 0; i < compiled.statements.size(); ++i) {
    const CompiledStatement& statement = compiled.statements[i];
    if (settled(side, statement.effect)) continue;
    const StatementMatch result = match(statement, compiled.kind, request);
    if (!result.matched()) continue;
    if (statement.effect == Effect::deny) {
      note(side.deny, index, i);
    } else if (result.via == Via::account) {
      note(side.delegated, index, i);
    } else {
      note(side.direct, index, i);
      if (!result.by_role) note(side.named, index, i);
    }
  }
}

/// What every kind of policy says, by PolicyType.
class Sides {
 public:
  Sides(const Request& request, const PolicySet& policies) {
    for (std::size_t type = 1; type < kPolicyTypes; ++type) {
      const auto list = policies_of(static_cast<PolicyType>(type), request, policies);
      for (std::uint32_t i = 0; i < list.size(); ++i) add(sides_[type], *list[i], i, request);
    }
  }

  const Side& operator[](PolicyType type) const { return sides_[static_cast<std::size_t>(type)]; }

  /// The first kind of those given that withholds its Allow; `none` where each gives it.
  template <class... Types>
  PolicyType withholding(Types... types) const {
    for (const PolicyType type : {types...}) {
      if ((*this)[type].withholds()) return type;
    }
    return PolicyType::none;
  }

 private:
  std::array<Side, kPolicyTypes> sides_;
};

void name_statement(Decision& decision, PolicyType type, const Found& found) {
  decision.type = type;
  decision.policy = found.policy;
  decision.statement = found.statement;
  if (type == PolicyType::key) decision.key_statement = found.statement;
  if (type == PolicyType::identity) {
    decision.identity_policy = found.policy;
    decision.identity_statement = found.statement;
  }
}

DecidedBy decider(PolicyType type) {
  if (type == PolicyType::key) return DecidedBy::key_policy;
  return type == PolicyType::identity ? DecidedBy::identity_policy : DecidedBy::limiting_policy;
}

/// Step 1.
bool deny_explicitly(Decision& decision, const Sides& sides) {
  for (std::size_t i = 1; i < kPolicyTypes; ++i) {
    const auto type = static_cast<PolicyType>(i);
    if (!sides[type].deny.any()) continue;
    decision.kind = DecisionKind::explicit_deny;
    decision.by = decider(type);
    name_statement(decision, type, sides[type].deny);
    return true;
  }
  return false;
}

void allow(Decision& decision, DecidedBy by, PolicyType type, const Found& found) {
  decision.kind = DecisionKind::allowed;
  decision.by = by;
  name_statement(decision, type, found);
}

/// Whether the key policy alone may let this caller in: it does for the key's own account and for
/// services; another account's identities need an Allow of their own side too.
bool key_policy_suffices(const Request& request) {
  return request.principal.type == PrincipalType::service ||
         request.principal.account == request.resource_account;
}

/// Steps 3 to 5, and the cross-account rule.
void decide_by_policies(Decision& decision, const Request& request, const Sides& sides) {
  const Side& key = sides[PolicyType::key];
  const Found& opened = key.direct.any() ? key.direct : key.delegated;
  decision.key_statement = opened.statement;
  if (request.scope == Scope::key && !opened.any()) {
    decision.lacking = PolicyType::key;
    return;
  }
  const PolicyType limit = sides.withholding(PolicyType::boundary, PolicyType::session);
  const bool limited = limit != PolicyType::none;
  const Found& identity = sides[PolicyType::identity].direct;
  if (key.direct.any() && key_policy_suffices(request)) {
    // A statement that names only the role is subject to the limits, one that names the caller not.
    const Found& opening = limited ? key.named : key.direct;
    if (opening.any()) return allow(decision, DecidedBy::key_policy, PolicyType::key, opening);
    decision.lacking = limit;
  } else if (request.principal.type == PrincipalType::root) {
    const auto type = opened.any() ? PolicyType::key : PolicyType::none;
    allow(decision, DecidedBy::account_root, type, opened);
  } else if (!identity.any()) {
    decision.lacking = PolicyType::identity;
  } else if (limited) {
    decision.lacking = limit;
  } else {
    allow(decision, DecidedBy::identity_policy, PolicyType::identity, identity);
  }
}

}  // namespace

Decision evaluate(const Request& request, const PolicySet& policies) {
  const Sides sides(request, policies);
  Decision decision;
  decision.key_policy_allows = sides[PolicyType::key].allows();
  if (deny_explicitly(decision, sides)) return decision;
  decision.lacking =
      sides.withholding(PolicyType::service_control, PolicyType::resource_control);  // Step 2.
  if (decision.lacking != PolicyType::none) return decision;
  decide_by_policies(decision, request, sides);
  if (decision.allowed() || policies.grants == nullptr) return decision;
  if (const auto grant = policies.grants->allowing_grant(request)) {
    decision.kind = DecisionKind::allowed;
    decision.by = DecidedBy::grant;
    decision.grant = *grant;
    decision.lacking = PolicyType::none;
  }
  return decision;
}

}  // namespace tablekey::model::iam
