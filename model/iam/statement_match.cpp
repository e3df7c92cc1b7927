#include "model/iam/statement_match.h"

#include <algorithm>

namespace tablekey::model::iam {
namespace {

std::string_view arn_partition(std::string_view arn) {
  if (!arn.starts_with("arn:")) return {};
  arn.remove_prefix(4);
  return arn.substr(0, arn.find(':'));
}

bool names_account(const PrincipalName& name, const Principal& caller) {
  if (caller.type == PrincipalType::service || name.account != caller.account) return false;
  return name.partition.empty() || name.partition == arn_partition(caller.arn);
}

/// The session of an assumed role, or the caller of any other type.
bool names_caller(const PrincipalName& name, const Principal& caller) {
  switch (name.kind) {
    case PrincipalName::Kind::service:
      return caller.type == PrincipalType::service && name.text == caller.arn;
    case PrincipalName::Kind::identity:
      return caller.type != PrincipalType::service && name.text == caller.arn;
    case PrincipalName::Kind::unique_id:
      return caller.type != PrincipalType::assumed_role && name.text == caller.unique_id;
    default:
      return false;
  }
}

bool names_role_of(const PrincipalName& name, const Principal& session) {
  if (session.type != PrincipalType::assumed_role) return false;
  if (name.kind == PrincipalName::Kind::unique_id) return name.text == session.unique_id;
  return name.kind == PrincipalName::Kind::identity && name.text == session.role_arn;
}

/// How far names go towards the caller, the nearest last.
enum class Reach : std::uint8_t { none, account, role, caller };

/// A role's name reaches its sessions (kms.md 6.2). A request in the name of the role itself is
/// named as its sessions are.
Reach reach(const PrincipalName& name, const Principal& caller) {
  if (name.kind == PrincipalName::Kind::everyone) return Reach::caller;
  if (name.kind == PrincipalName::Kind::account) {
    return names_account(name, caller) ? Reach::account : Reach::none;
  }
  if (names_caller(name, caller)) {
    return caller.type == PrincipalType::role ? Reach::role : Reach::caller;
  }
  return names_role_of(name, caller) ? Reach::role : Reach::none;
}

Reach reach(const std::vector<PrincipalName>& names, const Principal& caller) {
  Reach best = Reach::none;
  for (const PrincipalName& name : names) best = std::max(best, reach(name, caller));
  return best;
}

/// NotPrincipal exempts a caller only when it lists all that the caller is: a session with its
/// role and its account, a user or role with its account (kms.md 6.2).
bool exempts(const std::vector<PrincipalName>& names, const Principal& caller) {
  bool itself = caller.type == PrincipalType::root;
  bool role = caller.type != PrincipalType::assumed_role;
  bool account = caller.type == PrincipalType::service;
  for (const PrincipalName& name : names) {
    if (name.kind == PrincipalName::Kind::everyone) return true;
    itself = itself || names_caller(name, caller);
    role = role || names_role_of(name, caller);
    account = account || (name.kind == PrincipalName::Kind::account && names_account(name, caller));
  }
  return itself && role && account;
}

/// Only the principal's part of the result. What NotPrincipal does not exempt is reached like
/// everyone.
StatementMatch match_principal(const CompiledStatement& statement, PolicyKind kind,
                               const Principal& caller) {
  StatementMatch result;
  if (kind == PolicyKind::identity) {
    result.via = Via::identity;
  } else if (statement.principal_negated) {
    result.via = exempts(statement.principals, caller) ? Via::none : Via::direct;
  } else {
    const Reach how = reach(statement.principals, caller);
    result.via = how == Reach::none      ? Via::none
                 : how == Reach::account ? Via::account
                                         : Via::direct;
    result.by_role = how == Reach::role;
  }
  return result;
}

/// A statement without the element applies to nothing (kms.md 6.7).
template <class Test>
bool covers(const PatternList& list, Test test) {
  return list.present && std::ranges::any_of(list.patterns, test) != list.negated;
}

bool covers_action(const CompiledStatement& statement, const Request& request) {
  return covers(statement.action, [&](const TextPattern& pattern) {
    return pattern.matches(request.action, TextPattern::Compare::any_case, {});
  });
}

bool covers_resource(const CompiledStatement& statement, const Request& request) {
  return covers(statement.resource, [&](const TextPattern& pattern) {
    return pattern.is_everything() ||
           pattern.matches(request.resource, TextPattern::Compare::arn, request.context);
  });
}

}  // namespace

StatementMatch match(const CompiledStatement& statement, PolicyKind kind, const Request& request) {
  StatementMatch result = match_principal(statement, kind, request.principal);
  if (result.via == Via::none) {
    result.failed = Element::principal;
  } else if (!covers_action(statement, request)) {
    result.failed = Element::action;
  } else if (!covers_resource(statement, request)) {
    result.failed = Element::resource;
  } else {
    const auto failed = std::ranges::find_if_not(
        statement.conditions, [&](const Condition& c) { return c.holds(request.context); });
    if (failed != statement.conditions.end()) {
      result.failed = Element::condition;
      result.failed_condition = &*failed;
    }
  }
  return result;
}

}  // namespace tablekey::model::iam
