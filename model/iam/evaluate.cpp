// The decision procedure of kms.md 6.3. Its steps, and where what this world does not hold yet
// belongs: a Deny of a permissions boundary, session policy, SCP, RCP or endpoint policy joins
// step 1; step 2 asks SCPs and RCPs for an Allow; boundary and session policy narrow steps 4
// and 5. Each would be one more `Side` beside the two below.
#include "model/iam/evaluate.h"

#include "model/iam/statement_match.h"

namespace tablekey::model::iam {
namespace {

struct Found {
  std::uint32_t policy = kNoStatement;
  std::uint32_t statement = kNoStatement;

  bool any() const { return statement != kNoStatement; }
};

/// What one side (the key policy, or the identity policies together) says: the first statement of
/// each sort that applies.
struct Side {
  Found deny;
  Found direct;     ///< An Allow that names the caller, or stands in an identity policy.
  Found delegated;  ///< An Allow that names the caller's account.
};

/// An Allow that could no longer change what the side says need not be compared.
bool settled(const Side& side, Effect effect) {
  return effect == Effect::allow ? side.direct.any() : side.deny.any();
}

void add(Side& side, const Policy& policy, std::uint32_t index, const Request& request) {
  const CompiledPolicy& compiled = policy.compiled();
  for (std::uint32_t i = 0; i < compiled.statements.size(); ++i) {
    const CompiledStatement& statement = compiled.statements[i];
    if (settled(side, statement.effect)) continue;
    const StatementMatch result = match(statement, compiled.kind, request);
    if (!result.matched()) continue;
    Found& found = statement.effect == Effect::deny ? side.deny
                   : result.via == Via::account     ? side.delegated
                                                    : side.direct;
    if (!found.any()) found = {index, i};
  }
}

Side key_side(const Request& request, const PolicySet& policies) {
  Side side;
  if (policies.key_policy != nullptr && request.scope == Scope::key) {
    add(side, *policies.key_policy, kNoStatement, request);
  }
  return side;
}

/// A service has no identity policies, and an account's root user has none either: on its own
/// account's side it may do everything.
bool has_identity_side(const Principal& caller) {
  return caller.type != PrincipalType::service && caller.type != PrincipalType::root;
}

Side identity_side(const Request& request, const PolicySet& policies) {
  Side side;
  if (!has_identity_side(request.principal)) return side;
  for (std::uint32_t i = 0; i < policies.identities.size(); ++i) {
    add(side, *policies.identities[i], i, request);
  }
  return side;
}

std::optional<Decision> explicit_denial(const Side& key, const Side& identity) {
  if (!key.deny.any() && !identity.deny.any()) return std::nullopt;
  Decision decision;
  decision.kind = DecisionKind::explicit_deny;
  decision.key_policy_allows = key.direct.any() || key.delegated.any();
  if (key.deny.any()) {
    decision.by = DecidedBy::key_policy;
    decision.key_statement = key.deny.statement;
  } else {
    decision.by = DecidedBy::identity_policy;
    decision.identity_policy = identity.deny.policy;
    decision.identity_statement = identity.deny.statement;
  }
  return decision;
}

/// Whether the key policy alone may let this caller in: it does for the key's own account and for
/// services; another account's identities need an Allow of their own side too.
bool key_policy_suffices(const Request& request) {
  return request.principal.type == PrincipalType::service ||
         request.principal.account == request.resource_account;
}

/// Steps 3 to 5, and the cross-account rule.
Decision decide_by_policies(const Request& request, const Side& key, const Side& identity) {
  Decision decision;
  const Found& opened = key.direct.any() ? key.direct : key.delegated;
  decision.key_policy_allows = opened.any();
  decision.key_statement = opened.statement;
  if (request.scope == Scope::key && !opened.any()) return decision;
  if (key.direct.any() && key_policy_suffices(request)) {
    decision.kind = DecisionKind::allowed;
    decision.by = DecidedBy::key_policy;
  } else if (request.principal.type == PrincipalType::root) {
    decision.kind = DecisionKind::allowed;
    decision.by = DecidedBy::account_root;
  } else if (identity.direct.any()) {
    decision.kind = DecisionKind::allowed;
    decision.by = DecidedBy::identity_policy;
    decision.identity_policy = identity.direct.policy;
    decision.identity_statement = identity.direct.statement;
  }
  return decision;
}

}  // namespace

Decision evaluate(const Request& request, const PolicySet& policies) {
  const Side key = key_side(request, policies);
  const Side identity = identity_side(request, policies);
  if (const auto denied = explicit_denial(key, identity)) return *denied;
  Decision decision = decide_by_policies(request, key, identity);
  if (decision.allowed() || policies.grants == nullptr) return decision;
  if (const auto grant = policies.grants->allowing_grant(request)) {
    decision.kind = DecisionKind::allowed;
    decision.by = DecidedBy::grant;
    decision.grant = *grant;
  }
  return decision;
}

}  // namespace tablekey::model::iam
