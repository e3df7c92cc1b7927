// IAM's side: who may change an identity, and what IAM refuses. IAM is no service of this world
// beyond that: it has no quotas and no records of its own.
#include "model/iam_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/sha256.h"
#include "model/decide.h"
#include "model/iam/denial.h"
#include "model/iam/evaluate.h"
#include "model/iam/policy.h"
#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Decider;
using events::IamError;
using PrincipalKind = events::Principal::Kind;
using IamOperation = events::Step::IamOperation;

struct IamVerdict {
  IamError error = IamError::NONE;
  std::string message;
  Decider by = Decider::NOTHING;
  std::uint32_t number = kNone;
};

IamVerdict refused(IamError error, std::string message) {
  return {error, std::move(message), Decider::VALIDATION, kNone};
}

/// The step in the terms of IAM's API.
struct IamCall {
  events::Step::Iam::Reader step;
  events::Principal::Reader target;
  std::uint32_t session = 0;  ///< 1 + session; 0: the operator

  bool user() const { return target.getKind() == PrincipalKind::USER; }
  std::string_view word() const { return user() ? "user" : "role"; }
};

/// The caller as the policy engine knows it. Texts live as long as this.
class Caller {
 public:
  Caller(const State& state, std::uint32_t session)
      : state_(state), session_(at(state.sessions, session)) {
    const auto& scenario = state.scenario();
    const auto principal = at(scenario.reader().getPrincipals(), session_.principal);
    arn_ = state.session_arn(session);
    account_ = principal.getAccount();
    const std::string& own = scenario.principal_arns[session_.principal];
    iam_.arn = arn_;
    iam_.account = account_;
    iam_.unique_id = scenario.principal_ids[session_.principal];
    iam_.type = iam::PrincipalType::user;
    if (principal.getKind() == PrincipalKind::ROOT) iam_.type = iam::PrincipalType::root;
    if (principal.getKind() == PrincipalKind::ROLE) {
      iam_.type = iam::PrincipalType::assumed_role;
      iam_.role_arn = own;
    }
    context_ = {iam::ContextEntry::one("aws:principalarn", own),
                iam::ContextEntry::one("aws:principalaccount", account_),
                iam::ContextEntry::one("aws:securetransport", "true")};
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  const std::string& account() const { return account_; }

  iam::Decision decide(std::string_view action, std::string_view resource) const {
    return iam::evaluate(asked(action, resource), policies());
  }
  iam::Request asked(std::string_view action, std::string_view resource) const {
    return {iam_, action, resource, account_, context_, iam::Scope::account};
  }

 private:
  iam::PolicySet policies() const {
    iam::PolicySet set;
    const PrincipalState& own = state_.principals[session_.principal];
    const auto& scenario = state_.scenario();
    set.identities = own.compiled.views();
    if (own.compiled_boundary) set.boundary = &*own.compiled_boundary;
    if (session_.step != 0 && scenario.session_policies[session_.step - 1]) {
      session_policy_ = &*scenario.session_policies[session_.step - 1];
      set.session_policies = {&session_policy_, 1};
    }
    const std::uint32_t account = scenario.principal_accounts[session_.principal];
    set.scps = scenario.account_policies[account].scps;
    return set;
  }

  const State& state_;
  const Session& session_;
  std::string arn_, account_;
  iam::Principal iam_;
  std::array<iam::ContextEntry, 3> context_;
  mutable const iam::Policy* session_policy_ = nullptr;
};

Decider decider_of(const iam::Decision& decision) {
  const bool denied = decision.kind == iam::DecisionKind::explicit_deny;
  switch (denied ? decision.type : decision.lacking) {
    case iam::PolicyType::boundary:
      return denied ? Decider::EXPLICIT_DENY_BOUNDARY : Decider::PERMISSIONS_BOUNDARY;
    case iam::PolicyType::session:
      return denied ? Decider::EXPLICIT_DENY_SESSION : Decider::SESSION_POLICY;
    case iam::PolicyType::service_control:
      return denied ? Decider::EXPLICIT_DENY_SERVICE_CONTROL : Decider::SERVICE_CONTROL_POLICY;
    default:
      return denied ? Decider::EXPLICIT_DENY_IDENTITY : Decider::NOTHING;
  }
}

/// Who decided that the call may be made, or AccessDenied. The operator is asked nothing. IAM's API
/// names an identity without its account: the caller's own.
IamVerdict authorize(const Deciding& d, const IamCall& call) {
  if (call.session == 0) return {IamError::NONE, {}, Decider::OPERATOR, kNone};
  const Caller caller(d.state, call.session - 1);
  const std::string path = call.target.getPath();
  const std::string name = call.target.getName();
  const std::string resource =
      fmt::format("arn:aws:iam::{}:{}{}{}", caller.account(), call.word(), path, name);
  const std::string_view action =
      iam_action(call.step.getOperation(), call.user() ? PrincipalKind::USER : PrincipalKind::ROLE);
  const auto session = at(d.state.sessions, call.session - 1);
  const bool gone = d.state.principals[session.principal].effective_deleted;
  const iam::Decision decision = caller.decide(action, resource);
  if (decision.allowed() && !gone) {
    const bool root = decision.by == iam::DecidedBy::account_root;
    const std::uint32_t number = decision.identity_policy << 16 | decision.identity_statement;
    return {IamError::NONE,
            {},
            root ? Decider::ACCOUNT_ROOT : Decider::IDENTITY_POLICY,
            root ? kNone : number};
  }
  if (gone)
    return {IamError::ACCESS_DENIED, "The security token included in the request is invalid.",
            Decider::NOTHING, kNone};
  const auto style =
      d.settings().classic_denial_text ? iam::DenialStyle::classic : iam::DenialStyle::modern;
  const std::string shown = fmt::format("{} {}", call.word(), name);
  return {IamError::ACCESS_DENIED, iam::denial_text(style, caller.asked(action, shown), decision),
          decider_of(decision), decision.statement};
}

bool of_callers_account(const Deciding& d, const IamCall& call) {
  if (call.session == 0) return true;
  const auto& scenario = d.state.scenario();
  const std::uint32_t caller = at(d.state.sessions, call.session - 1).principal;
  return scenario.principal_accounts[caller] ==
         scenario.principal_accounts[call.step.getPrincipal()];
}

IamVerdict check_document(std::string_view document, std::size_t size_max) {
  // The size is told apart from the rest: it concerns all inline policies together.
  const auto compiled = iam::Policy::compile(document, iam::PolicyKind::identity,
                                             {.size_max = std::max(document.size(), size_max)});
  if (compiled) return {};
  return refused(IamError::MALFORMED_POLICY_DOCUMENT, compiled.error().print());
}

const NamedPolicy* policy_named(const PrincipalState& identity, std::string_view name) {
  const auto found = std::ranges::find(identity.policies, name, &NamedPolicy::name);
  return found == identity.policies.end() ? nullptr : &*found;
}

IamVerdict check_put_policy(const PrincipalState& identity, const IamCall& call) {
  const std::string_view name(call.step.getPolicy().getName());
  const std::string_view document(call.step.getPolicy().getDocument());
  const std::size_t size_max =
      call.user() ? iam::kUserPolicyCharactersMax : iam::kRolePolicyCharactersMax;
  if (IamVerdict verdict = check_document(document, size_max); verdict.error != IamError::NONE) {
    return verdict;
  }
  std::size_t size = iam::policy_characters(document);
  for (const NamedPolicy& other : identity.policies) {
    if (other.name != name) size += iam::policy_characters(other.document);
  }
  if (size <= size_max) return {};
  return refused(IamError::LIMIT_EXCEEDED,
                 fmt::format("Maximum policy size of {} bytes exceeded for {} {}", size_max,
                             call.word(), std::string_view(call.target.getName())));
}

IamVerdict check_put_boundary(const IamCall& call) {
  const std::string_view document(call.step.getPolicy().getDocument());
  IamVerdict verdict = check_document(document, iam::kManagedPolicyCharactersMax);
  if (verdict.error == IamError::NONE &&
      iam::policy_characters(document) > iam::kManagedPolicyCharactersMax) {
    return refused(IamError::LIMIT_EXCEEDED, fmt::format("Cannot exceed quota for PolicySize: {}",
                                                         iam::kManagedPolicyCharactersMax));
  }
  return verdict;
}

IamVerdict no_such(std::string_view what, std::string_view name) {
  return refused(IamError::NO_SUCH_ENTITY, fmt::format("The {} {} cannot be found.", what, name));
}

IamVerdict check(const Deciding& d, const IamCall& call) {
  const PrincipalState& identity = at(d.state.principals, call.step.getPrincipal());
  const std::string_view name(call.target.getName());
  if (identity.deleted || call.target.getKind() == PrincipalKind::ROOT ||
      !of_callers_account(d, call)) {
    return no_such(fmt::format("{} with name", call.word()), name);
  }
  const std::string_view policy(call.step.getPolicy().getName());
  switch (call.step.getOperation()) {
    case IamOperation::PUT_POLICY:
      return check_put_policy(identity, call);
    case IamOperation::PUT_PERMISSIONS_BOUNDARY:
      return check_put_boundary(call);
    case IamOperation::DELETE_POLICY:
      if (policy_named(identity, policy) != nullptr) return {};
      return no_such(fmt::format("{} policy with name", call.word()), policy);
    case IamOperation::DELETE_PERMISSIONS_BOUNDARY:
      if (!identity.boundary.empty()) return {};
      return no_such("permissions boundary of", fmt::format("{} {}", call.word(), name));
    case IamOperation::DELETE_PRINCIPAL:
      return {};
  }
  law(false, "a step's IAM operation is known");
  return {};
}

/// When KMS heeds it. Two steps that do the same at one instant have the same delay.
std::int64_t heeded_at(const Deciding& d, const IamCall& call) {
  const std::string name = fmt::format("iam-step/{}/{}/{}/{}", d.now.nanoseconds(),
                                       static_cast<int>(call.step.getOperation()),
                                       d.state.scenario().principal_arns[call.step.getPrincipal()],
                                       std::string_view(call.step.getPolicy().getName()));
  kms::KmsRequest request;
  request.entity = crypto::name_hash(name);
  return kms::visible_at(d, request, events::Change::IDENTITY_POLICY, call.step.getPrincipal(),
                         d.settings().iam_propagation);
}

}  // namespace

std::string_view iam_action(IamOperation operation, PrincipalKind kind) {
  const bool user = kind == PrincipalKind::USER;
  switch (operation) {
    case IamOperation::PUT_POLICY:
      return user ? "iam:PutUserPolicy" : "iam:PutRolePolicy";
    case IamOperation::DELETE_POLICY:
      return user ? "iam:DeleteUserPolicy" : "iam:DeleteRolePolicy";
    case IamOperation::PUT_PERMISSIONS_BOUNDARY:
      return user ? "iam:PutUserPermissionsBoundary" : "iam:PutRolePermissionsBoundary";
    case IamOperation::DELETE_PERMISSIONS_BOUNDARY:
      return user ? "iam:DeleteUserPermissionsBoundary" : "iam:DeleteRolePermissionsBoundary";
    case IamOperation::DELETE_PRINCIPAL:
      return user ? "iam:DeleteUser" : "iam:DeleteRole";
  }
  law(false, "a step's IAM operation is known");
  return {};
}

void change_identity(events::Step::Iam::Reader step, IdentityView identity) {
  const std::string name = step.getPolicy().getName();
  const std::string document = step.getPolicy().getDocument();
  const auto found = std::ranges::find(identity.policies, name, &NamedPolicy::name);
  switch (step.getOperation()) {
    case IamOperation::PUT_POLICY:
      if (found != identity.policies.end()) {
        found->document = document;
      } else {
        identity.policies.push_back({name, document});
      }
      return;
    case IamOperation::DELETE_POLICY:
      if (found != identity.policies.end()) identity.policies.erase(found);
      return;
    case IamOperation::PUT_PERMISSIONS_BOUNDARY:
      identity.boundary = document;
      return;
    case IamOperation::DELETE_PERMISSIONS_BOUNDARY:
      identity.boundary.clear();
      return;
    case IamOperation::DELETE_PRINCIPAL:
      identity.deleted = true;
      identity.policies.clear();
      identity.boundary.clear();
      return;
  }
  law(false, "a step's IAM operation is known");
}

void decide_iam_step(Deciding& d) {
  const ScenarioView& scenario = d.state.scenario();
  const auto step = at(scenario.reader().getSteps(), d.action.a);
  const std::uint32_t caller = scenario.caller(step.getCaller(), step.getSession().cStr());
  const IamCall call{step.getIam(),
                     at(scenario.reader().getPrincipals(), step.getIam().getPrincipal()),
                     caller == 0 ? 0 : 1 + at(d.state.latest_session, caller - 1)};
  IamVerdict verdict = authorize(d, call);
  if (verdict.error == IamError::NONE) {
    if (IamVerdict refusal = check(d, call); refusal.error != IamError::NONE) verdict = refusal;
  }
  auto event = d.out.initIamAnswered();
  event.setStep(d.action.a);
  event.setError(verdict.error);
  event.setMessage(verdict.message);
  event.setDecidedBy(verdict.by);
  event.setDecider(verdict.number);
  if (verdict.error == IamError::NONE) event.setVisibleAt(heeded_at(d, call));
}

}  // namespace tablekey::model
