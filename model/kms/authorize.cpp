// The decisions that a request needs, one or several, and what KMS says of a denial. Which policies
// speak and what grants allow is put together here; how they decide is iam/evaluate's.
#include "model/kms/authorize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "events/text.h"
#include "model/iam/denial.h"
#include "model/iam/evaluate.h"
#include "model/kms/alias_index.h"
#include "model/kms/grant_rules.h"
#include "model/kms/grant_terms.h"
#include "model/kms/key_grants.h"
#include "model/kms/names.h"
#include "model/kms/request_context.h"
#include "model/law.h"
#include "model/planted.h"

namespace tablekey::model::kms {
namespace {

using events::Decider;
using Operation = events::KmsOperation;
using events::text;

// One for each thread: a world turns on one, and so does whoever asks about it.
ContextBuffers& buffers() {
  thread_local ContextBuffers here;
  return here;
}

// ---- policies ----

/// Every policy that may speak about a request but the key's own (kms.md 6.1).
class Policies {
 public:
  Policies(const State& state, const KmsRequest& request, const Question& question) {
    const ScenarioView& scenario = state.scenario();
    if (!request.as_service && request.session != 0) {
      const Session& session = at(state.sessions, request.session - 1);
      const PrincipalState& principal = at(state.principals, session.principal);
      set_.identities = principal.compiled.views();
      if (principal.compiled_boundary) set_.boundary = &*principal.compiled_boundary;
      if (session.step != 0) {
        const auto& policy = at(scenario.session_policies, session.step - 1);
        session_policy_ = policy ? &*policy : nullptr;
        if (policy) set_.session_policies = {&session_policy_, 1};
      }
      const auto& own =
          at(scenario.account_policies, at(scenario.principal_accounts, session.principal));
      set_.scps = own.scps;
      if (!request.via_service) set_.endpoint_policy = own.endpoint;
    }
    if (!question.on_key()) return;
    const auto regions = static_cast<std::uint32_t>(scenario.regions.size());
    set_.rcps = at(scenario.account_policies, at(scenario.key_realms, question.key) / regions).rcps;
    const KmsKey& key = at(state.keys, question.key);
    if (key.compiled) set_.key_policy = &*key.compiled;
  }
  Policies(const Policies&) = delete;
  Policies& operator=(const Policies&) = delete;

  iam::PolicySet& set() { return set_; }

 private:
  iam::PolicySet set_;
  const iam::Policy* session_policy_ = nullptr;
};

Decider explicit_deny_by(iam::PolicyType type) {
  switch (type) {
    case iam::PolicyType::key:
      return Decider::EXPLICIT_DENY_KEY_POLICY;
    case iam::PolicyType::boundary:
      return Decider::EXPLICIT_DENY_BOUNDARY;
    case iam::PolicyType::session:
      return Decider::EXPLICIT_DENY_SESSION;
    case iam::PolicyType::service_control:
      return Decider::EXPLICIT_DENY_SERVICE_CONTROL;
    case iam::PolicyType::resource_control:
      return Decider::EXPLICIT_DENY_RESOURCE_CONTROL;
    case iam::PolicyType::endpoint:
      return Decider::EXPLICIT_DENY_ENDPOINT;
    default:
      return Decider::EXPLICIT_DENY_IDENTITY;
  }
}

// A key policy or an identity policy that lacks an Allow is the ordinary case: nothing decided.
Decider lacking_in(iam::PolicyType type) {
  switch (type) {
    case iam::PolicyType::boundary:
      return Decider::PERMISSIONS_BOUNDARY;
    case iam::PolicyType::session:
      return Decider::SESSION_POLICY;
    case iam::PolicyType::service_control:
      return Decider::SERVICE_CONTROL_POLICY;
    case iam::PolicyType::resource_control:
      return Decider::RESOURCE_CONTROL_POLICY;
    case iam::PolicyType::endpoint:
      return Decider::ENDPOINT_POLICY;
    default:
      return Decider::NOTHING;
  }
}

// A statement of one of several policies: the policy in the upper half.
std::uint32_t statement_number(const iam::Decision& decision) {
  return decision.type == iam::PolicyType::key ? decision.statement
                                               : decision.policy << 16 | decision.statement;
}

Access allowed_by(Decider by, std::uint32_t number) {
  Access access;
  access.allowed = true;
  access.by = by;
  access.number = number;
  return access;
}

Access access_of(const iam::Decision& decision) {
  Access access;
  access.allowed = decision.allowed();
  if (decision.kind == iam::DecisionKind::explicit_deny) {
    access.by = explicit_deny_by(decision.type);
    access.number = statement_number(decision);
    return access;
  }
  switch (decision.by) {
    case iam::DecidedBy::key_policy:
      access.by = Decider::KEY_POLICY;
      access.number = decision.key_statement;
      break;
    case iam::DecidedBy::account_root:
      access.by = Decider::ACCOUNT_ROOT;
      access.number = decision.key_statement;
      break;
    case iam::DecidedBy::identity_policy:
      access.by = Decider::IDENTITY_POLICY;
      access.number = statement_number(decision);
      break;
    case iam::DecidedBy::grant:
      access.by = Decider::GRANT;
      access.number = static_cast<std::uint32_t>(decision.grant);
      break;
    default:
      access.by = lacking_in(decision.lacking);
      break;
  }
  return access;
}

// ---- one request ----

/// Asks the questions of one request, in their order.
class Authorization {
 public:
  Authorization(const State& state, sim::Time now, const KmsRequest& request,
                const OperationRow& row, bool tells)
      : state_(state), now_(now), request_(request), row_(row), tells_(tells) {}

  Access decide() {
    if (is_own_service()) return allowed_by(Decider::OWN_SERVICE, kNone);
    if (request_.session == 0 && !request_.as_service) {
      return allowed_by(Decider::OPERATOR, kNone);  // the timeline's own hand
    }
    if (is_of_nobody()) return denied_as_nobody();
    switch (row_.subject) {
      case Subject::blob:
        return hidden_unless_named(on_key(request_.key, row_.grantable));
      case Subject::two_keys:
        return both_keys();
      case Subject::grant:
        if (row_.operation == Operation::RETIRE_GRANT) return retire();
        return on_key(request_.key, row_.grantable);
      case Subject::alias:
        return on_alias();
      case Subject::store:
      case Subject::account:
        return on_account();
      case Subject::key:
        break;
    }
    Access access = on_key(request_.key, row_.grantable);
    if (access.allowed && row_.operation == Operation::REPLICATE_KEY) {
      return also(access, ask(account_question(Operation::CREATE_KEY), std::nullopt));
    }
    return access;
  }

 private:
  bool is_own_service() const {
    return request_.as_service && request_.key != kNone &&
           described(state_, request_.key).getManager() == events::Key::Manager::OWNED;
  }

  // A session outlives its principal, but not what the principal may (kms.md 6.2): a statement or a
  // grant that names it means its unique id, which is nobody's any more.
  bool is_of_nobody() const {
    return request_.session != 0 &&
           at(state_.principals, at(state_.sessions, request_.session - 1).principal)
               .effective_deleted;
  }
  Access denied_as_nobody() const {
    Access access;
    if (tells_) access.message = "The security token included in the request is invalid.";
    return access;
  }

  /// One question, put to every policy and to the grants.
  Access ask(const Question& question, std::optional<GrantOperation> grantable,
             iam::Decision* out = nullptr) {
    const iam::Request asked = policy_request(state_, now_, request_, row_, question, buffers());
    Policies policies(state_, request_, question);
    const KeyGrants grants(state_, now_, request_, question, grantable, buffers());
    policies.set().grants = &grants;
    iam::Decision decision = iam::evaluate(asked, policies.set());
    if (question.on_key() && refused_abroad(asked)) {
      decision = {};
      decision.lacking = iam::PolicyType::key;
    }
    if (planted(Planted::deny_ignored) && decision.type == iam::PolicyType::identity &&
        decision.kind == iam::DecisionKind::explicit_deny) {
      return allowed_by(Decider::IDENTITY_POLICY, 0);
    }
    Access access = access_of(decision);
    if (!access.allowed && tells_) access.message = iam::denial_text(style(), asked, decision);
    if (out != nullptr) *out = decision;
    return access;
  }

  iam::DenialStyle style() const {
    return state_.settings().classic_denial_text ? iam::DenialStyle::classic
                                                 : iam::DenialStyle::modern;
  }

  // Most operations do not work on another account's key whatever the policies say (kms.md 3.0).
  bool refused_abroad(const iam::Request& asked) const {
    return !row_.cross_account && !request_.as_service &&
           asked.principal.account != asked.resource_account;
  }

  Access on_key(std::uint32_t key, std::optional<GrantOperation> grantable) {
    if (key == kNone) return on_account();
    return ask({.action = action_of(row_.operation), .key = key}, grantable);
  }

  Question account_question(Operation operation) const {
    return {.action = action_of(operation), .resource = "*"};
  }

  Access on_account() {
    Access access = ask(account_question(row_.operation), std::nullopt);
    const bool tags = request_.parameters.getTags().size() != 0;
    if (!access.allowed || row_.operation != Operation::CREATE_KEY || !tags) return access;
    return also(access, ask(tagging_question(), std::nullopt));
  }
  // The key that is about to be has an ARN that identity policies may name.
  Question tagging_question() {
    Question question = account_question(Operation::TAG_RESOURCE);
    const std::uint32_t key = request_.parameters.getNewKey();
    if (key == kNone) return question;
    new_key_arn_ = state_.key_arn(key);
    question.resource = new_key_arn_;
    return question;
  }

  /// The first decision stands, unless the second denies.
  static Access also(Access first, Access second) {
    return second.allowed ? std::move(first) : std::move(second);
  }

  // Through a ciphertext, a key that one may not use looks like one that is not there.
  Access hidden_unless_named(Access access) const {
    const bool named = request_.from_step() && !request_.parameters.getKeyId().isNone();
    if (!access.allowed && tells_ && !named) access.message = std::string(iam::kMaskedDenialText);
    return access;
  }

  Access both_keys() {
    Access access = hidden_unless_named(
        ask({.action = "kms:ReEncryptFrom", .key = request_.key}, GrantOperation::re_encrypt_from));
    if (!access.allowed || request_.destination == kNone) return access;
    Access second =
        ask({.action = "kms:ReEncryptTo", .key = request_.destination, .destination = true},
            GrantOperation::re_encrypt_to);
    access.destination_by = second.by;
    access.destination_number = second.number;
    if (second.allowed && !serve_together(access, second)) {
      second.allowed = false;
      second.by = Decider::NOTHING;
      second.number = kNone;
      second.message =
          denial_on(state_, request_, "ReEncryptTo", state_.key_arn(request_.destination));
    }
    if (second.allowed) return access;
    second.destination_by = second.by;
    second.destination_number = second.number;
    return second;
  }
  bool serve_together(const Access& source, const Access& destination) const {
    if (source.by != Decider::GRANT || destination.by != Decider::GRANT) return true;
    GrantTerms first, second;
    return may_serve_together(
        terms_of_grant(state_, at(state_.grants, source.number), first),
        terms_of_grant(state_, at(state_.grants, destination.number), second));
  }

  // The alias by identity policies, and each key that it has to do with (kms.md 1.9, 6.3).
  Access on_alias() {
    alias_arn_ = alias_arn(state_, request_.realm, text(request_.parameters.getAliasName()));
    const std::string_view action = action_of(row_.operation);
    Access access = ask({.action = action, .resource = alias_arn_}, std::nullopt);
    for (const std::uint32_t key : {request_.destination, request_.key}) {
      if (!access.allowed) return access;
      if (key != kNone) access = ask({.action = action, .key = key}, std::nullopt);
    }
    return access;
  }

  // By the grant itself, not by policies, which may only deny or delegate (kms.md 5.5).
  Access retire() {
    if (request_.grant == kNone) return on_key(request_.key, std::nullopt);
    const Question question{.action = action_of(row_.operation), .key = request_.key};
    iam::Decision decision;
    Access access = ask(question, std::nullopt, &decision);
    if (decision.kind == iam::DecisionKind::explicit_deny) return access;
    if (decision.lacking == iam::PolicyType::service_control) return access;
    const bool delegated = allowed_by_identity(question);
    const iam::Principal caller = principal_of(state_, request_, buffers());
    const Grant& grant = at(state_.grants, request_.grant);
    GrantTerms scratch;
    const GrantView view{
        &terms_of_grant(state_, grant, scratch), {}, issuing_account(state_, grant)};
    GrantCaller who{caller, {}};
    if (request_.as_service) who.service_in_grants = regional_service(state_, request_, buffers());
    const RetireAuthority authority = retire_authority(view, who, delegated);
    if (authority == RetireAuthority::none) return retire_denied();
    access = allowed_by(Decider::GRANT, request_.grant);
    if (authority == RetireAuthority::delegated) access.by = Decider::IDENTITY_POLICY;
    if (authority == RetireAuthority::issuing_account) access.by = Decider::ACCOUNT_ROOT;
    return access;
  }
  Access retire_denied() const {
    Access access;
    if (tells_) {
      access.message = denial_on(state_, request_, row_.name, state_.key_arn(request_.key));
    }
    return access;
  }

  // What the caller's own side says of kms:RetireGrant on the key; the key policy does not count.
  bool allowed_by_identity(const Question& question) {
    iam::Request asked = policy_request(state_, now_, request_, row_, question, buffers());
    asked.scope = iam::Scope::account;
    Policies policies(state_, request_, question);
    return iam::evaluate(asked, policies.set()).allowed();
  }

  const State& state_;
  sim::Time now_;
  const KmsRequest& request_;
  const OperationRow& row_;
  bool tells_;
  std::string alias_arn_, new_key_arn_;
};

bool is_told(const Deciding& d, const KmsRequest& request) {
  return request.from_step() ||
         (request.call != kNone && tells_why(at(d.state.calls, request.call).purpose));
}

}  // namespace

Access authorize(const Deciding& d, const KmsRequest& request, const OperationRow& row) {
  return Authorization(d.state, d.now, request, row, is_told(d, request)).decide();
}

bool may(const State& state, const KmsRequest& request, const OperationRow& row) {
  return Authorization(state, state.now(), request, row, false).decide().allowed;
}

std::vector<StatementSaid> statements_about(const State& before,
                                            events::Event::KmsAnswered::Reader answered,
                                            sim::Time now) {
  KmsRequest request;
  request.operation = answered.getOperation();
  request.session = answered.getCaller();
  request.via_service = answered.getViaService();
  request.as_service = answered.getAsService();
  request.key = answered.getKey();
  request.table = answered.getTable();
  const std::uint32_t call = answered.getCall();
  const bool of_client =
      call < before.calls.size() && before.calls[call].purpose == Purpose::client;
  if (request.key >= before.keys.size() || of_client) return {};
  request.realm = before.scenario().key_realms[request.key];
  if (const std::uint32_t step = answered.getEffect().getStep(); step != 0) {
    request.step = step;
    request.parameters = at(before.scenario().reader().getSteps(), step - 1).getKms();
  }
  const bool two_keys = request.operation == Operation::RE_ENCRYPT;
  const Question question{.action = two_keys ? "kms:ReEncryptFrom" : action_of(request.operation),
                          .key = request.key};
  const iam::Request asked =
      policy_request(before, now, request, operation_row(request.operation), question, buffers());
  Policies policies(before, request, question);
  std::vector<StatementSaid> said;
  for (const iam::StatementReport& report : iam::explain(asked, policies.set()).statements) {
    StatementSaid& one = said.emplace_back();
    one.type = report.type;
    one.policy = report.policy;
    one.statement = report.statement;
    one.sid = report.sid;
    one.denies = report.effect == iam::Effect::deny;
    one.matched = report.matched;
    one.delegates = report.matched && report.via == iam::Via::account;
    one.failure = iam::failure_text(report);
  }
  return said;
}

bool may_under(const Deciding& d, const KmsRequest& request, Operation operation, std::uint32_t key,
               const iam::Policy& policy) {
  const std::uint32_t made = request.parameters.getNewKey();
  const std::string arn = key == kNone && made != kNone ? d.state.key_arn(made) : "*";
  const Question question{.action = action_of(operation), .key = key, .resource = arn};
  iam::Request asked = policy_request(d.state, d.now, request, operation_row(request.operation),
                                      question, buffers());
  asked.scope = iam::Scope::key;
  Policies policies(d.state, request, question);
  policies.set().key_policy = &policy;
  return iam::evaluate(asked, policies.set()).allowed();
}

std::string denial_on(const State& state, const KmsRequest& request, std::string_view operation,
                      std::string_view resource) {
  const std::string action = "kms:" + std::string(operation);
  iam::Request asked;
  ContextBuffers own;
  asked.principal = principal_of(state, request, own);
  asked.action = action;
  asked.resource = resource;
  iam::Decision decision;
  decision.lacking = iam::PolicyType::key;
  const bool classic = state.settings().classic_denial_text;
  return iam::denial_text(classic ? iam::DenialStyle::classic : iam::DenialStyle::modern, asked,
                          decision);
}

std::string aws_managed_denial(const State& state, const KmsRequest& request,
                               std::string_view operation) {
  return denial_on(state, request, operation, state.key_arn(request.key));
}

}  // namespace tablekey::model::kms
