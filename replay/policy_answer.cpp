#include "replay/policy_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/iam/denial.h"
#include "model/iam/fold.h"

namespace tablekey::replay {
namespace {

namespace iam = model::iam;
namespace kms = model::kms;

/// Operations that act on no key: identity policies alone decide (kms.md 6.3).
constexpr std::array<std::string_view, 11> kWithoutKey = {"kms:CreateKey",
                                                          "kms:ListKeys",
                                                          "kms:ListAliases",
                                                          "kms:GenerateRandom",
                                                          "kms:ListRetirableGrants",
                                                          "kms:CreateCustomKeyStore",
                                                          "kms:DeleteCustomKeyStore",
                                                          "kms:ConnectCustomKeyStore",
                                                          "kms:DisconnectCustomKeyStore",
                                                          "kms:UpdateCustomKeyStore",
                                                          "kms:DescribeCustomKeyStores"};

/// The views that the engines take, over what the question owns.
class Views {
 public:
  explicit Views(const PolicyQuestion& question) : question_(question) {
    lists_.reserve(question.context.size());
    for (const ContextValue& value : question.context) {
      const auto& list = lists_.emplace_back(value.values.begin(), value.values.end());
      const bool many = value.multivalued || list.size() != 1;
      context_.push_back(many ? iam::ContextEntry::many(value.key, list)
                              : iam::ContextEntry::one(value.key, list.front()));
    }
    for (const auto& [key, value] : question.encryption_context) pairs_.emplace_back(key, value);
    point(question.identities, identities_);
    point(question.session_policies, session_policies_);
    point(question.scps, scps_);
    point(question.rcps, rcps_);
  }
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  iam::Request request() const {
    const bool account = std::ranges::any_of(kWithoutKey, [&](std::string_view action) {
      return iam::equal_folded(action, question_.action);
    });
    return {.principal = principal(),
            .action = question_.action,
            .resource = question_.resource,
            .resource_account = question_.key_account,
            .context = context_,
            .scope = account ? iam::Scope::account : iam::Scope::key};
  }

  iam::PolicySet policies() const {
    return {.key_policy = one(question_.key_policy),
            .identities = identities_,
            .boundary = one(question_.boundary),
            .session_policies = session_policies_,
            .scps = scps_,
            .rcps = rcps_,
            .endpoint_policy = one(question_.endpoint_policy)};
  }

  kms::GrantCaller caller() const { return {principal(), {}}; }

  kms::GrantUse use(kms::GrantOperation operation, const kms::GrantTerms* child) const {
    return {.operation = operation,
            .caller = caller(),
            .key = question_.resource,
            .context = pairs_,
            .source_arn = question_.context_value("aws:SourceArn"),
            .child = child};
  }

 private:
  static const iam::Policy* one(const std::optional<NamedPolicy>& policy) {
    return policy ? &policy->policy : nullptr;
  }
  static void point(const std::vector<NamedPolicy>& policies,
                    std::vector<const iam::Policy*>& into) {
    for (const NamedPolicy& policy : policies) into.push_back(&policy.policy);
  }
  iam::Principal principal() const {
    return {question_.principal_type, question_.principal_arn, question_.principal_account,
            question_.role_arn, question_.unique_id};
  }

  const PolicyQuestion& question_;
  std::vector<std::vector<std::string_view>> lists_;
  std::vector<iam::ContextEntry> context_;
  std::vector<std::pair<std::string_view, std::string_view>> pairs_;
  std::vector<const iam::Policy*> identities_, session_policies_, scps_, rcps_;
};

/// The grants as the policy engine asks for them.
class Grants : public iam::GrantSource {
 public:
  explicit Grants(const std::vector<GrantAnswer>& grants) : grants_(grants) {}

  std::optional<std::uint64_t> allowing_grant(const iam::Request&) const override {
    const auto first = std::ranges::find(grants_, true, &GrantAnswer::allows);
    if (first == grants_.end()) return std::nullopt;
    return static_cast<std::uint64_t>(first - grants_.begin());
  }

 private:
  const std::vector<GrantAnswer>& grants_;
};

/// Which grants allow the use. A grant to be made that asks for more than a grant can give fits
/// under none.
std::vector<GrantAnswer> compare_grants(const PolicyQuestion& question, const Views& views) {
  std::vector<GrantAnswer> answers;
  const auto operation = kms::grant_operation_of_action(question.action);
  std::optional<kms::GrantTerms> child;
  if (question.draft) child = kms::grant_as_listed(*question.draft);
  for (const ListedGrant& grant : *question.grants) {
    GrantAnswer& line = answers.emplace_back();
    line.id = grant.id;
    line.mismatch = kms::GrantMismatch::operation;
    if (!operation) continue;
    line.mismatch = kms::mismatch(grant.view(), views.use(*operation, child ? &*child : nullptr));
    const bool creates = *operation == kms::GrantOperation::create_grant;
    if (line.mismatch == kms::GrantMismatch::none && creates && question.draft &&
        !knows_all_operations(*question.draft)) {
      line.mismatch = kms::GrantMismatch::child_operations;
    }
    line.allows = line.mismatch == kms::GrantMismatch::none;
  }
  return answers;
}

/// Whether the caller's own side allows, whatever the key policy says: what an account may
/// delegate.
bool iam_allows(iam::Request request, iam::PolicySet policies) {
  request.scope = iam::Scope::account;
  policies.key_policy = nullptr;
  policies.rcps = {};
  return request.principal.type != iam::PrincipalType::service &&
         iam::evaluate(request, policies).allowed();
}

std::vector<GrantAnswer> compare_for_retiring(const PolicyQuestion& question, const Views& views) {
  std::vector<GrantAnswer> answers;
  const bool delegated = iam_allows(views.request(), views.policies());
  for (const ListedGrant& grant : *question.grants) {
    GrantAnswer& line = answers.emplace_back();
    line.id = grant.id;
    if (grant.key != question.resource) {
      line.mismatch = kms::GrantMismatch::key;
      continue;
    }
    line.authority = kms::retire_authority(grant.view(), views.caller(), delegated);
    line.allows = line.authority != kms::RetireAuthority::none;
  }
  return answers;
}

/// Policies deny RetireGrant, and SCPs must let it pass; the right itself comes from the grant.
/// RCPs do not reach it.
PolicyAnswer answer_retiring(const PolicyQuestion& question, const Views& views) {
  PolicyAnswer result;
  result.retire = true;
  iam::PolicySet policies = views.policies();
  policies.rcps = {};
  result.explanation = iam::explain(views.request(), policies);
  result.grants = compare_for_retiring(question, views);
  iam::Decision& decision = result.explanation.decision;
  const bool stopped = decision.kind == iam::DecisionKind::explicit_deny ||
                       decision.lacking == iam::PolicyType::service_control;
  if (stopped) return result;
  const bool key_policy_allows = decision.key_policy_allows;
  decision = {};
  decision.key_policy_allows = key_policy_allows;
  decision.lacking = iam::PolicyType::key;
  if (const auto first = Grants(result.grants).allowing_grant(views.request())) {
    decision.kind = iam::DecisionKind::allowed;
    decision.by = iam::DecidedBy::grant;
    decision.grant = *first;
    decision.lacking = iam::PolicyType::none;
  }
  return result;
}

const NamedPolicy* at(const std::vector<NamedPolicy>& policies, std::uint32_t index) {
  return index < policies.size() ? &policies[index] : nullptr;
}

/// "statement 2 'Allow use of the key'"
std::string statement_name(const PolicyAnswer& answer) {
  const iam::Decision& decision = answer.explanation.decision;
  const auto found = std::ranges::find_if(answer.explanation.statements, [&](const auto& line) {
    return line.type == decision.type && line.policy == decision.policy &&
           line.statement == decision.statement;
  });
  const bool named = found != answer.explanation.statements.end() && !found->sid.empty();
  return named ? fmt::format("statement {} '{}'", decision.statement, found->sid)
               : fmt::format("statement {}", decision.statement);
}

std::string place(const PolicyQuestion& question, const PolicyAnswer& answer) {
  const iam::Decision& decision = answer.explanation.decision;
  return fmt::format("{} of {}", statement_name(answer),
                     policy_label(question, decision.type, decision.policy));
}

}  // namespace

std::vector<std::string_view> PolicyAnswer::allowing() const {
  std::vector<std::string_view> ids;
  if (!allowed()) return ids;
  for (const GrantAnswer& grant : grants) {
    if (grant.allows) ids.push_back(grant.id);
  }
  return ids;
}

PolicyAnswer answer(const PolicyQuestion& question) {
  const Views views(question);
  const auto operation = kms::grant_operation_of_action(question.action);
  if (question.grants && operation == kms::GrantOperation::retire_grant) {
    return answer_retiring(question, views);
  }
  PolicyAnswer result;
  if (question.grants) result.grants = compare_grants(question, views);
  const Grants source(result.grants);
  iam::PolicySet policies = views.policies();
  policies.grants = &source;
  result.explanation = iam::explain(views.request(), policies);
  return result;
}

std::expected<kms::GrantTerms, kms::GrantRefusal> try_grant(const PolicyQuestion& question) {
  kms::GrantDraft draft = question.draft.value_or(kms::GrantDraft{});
  draft.service_internal = question.principal_type == iam::PrincipalType::service;
  const std::string_view spec =
      question.key_spec.empty() ? std::string_view("SYMMETRIC_DEFAULT") : question.key_spec;
  return kms::make_grant(draft, kms::GrantKeyTypes::of(spec, question.key_usage));
}

std::string policy_label(const PolicyQuestion& question, iam::PolicyType type,
                         std::uint32_t index) {
  const auto named = [&](std::string_view kind, const std::vector<NamedPolicy>& policies) {
    const NamedPolicy* policy = at(policies, index);
    return fmt::format("{}:{}", kind, policy == nullptr ? std::string() : policy->name);
  };
  switch (type) {
    case iam::PolicyType::key:
      return "key-policy";
    case iam::PolicyType::identity:
      return named("identity", question.identities);
    case iam::PolicyType::boundary:
      return "boundary";
    case iam::PolicyType::session:
      return named("session", question.session_policies);
    case iam::PolicyType::service_control:
      return named("scp", question.scps);
    case iam::PolicyType::resource_control:
      return named("rcp", question.rcps);
    case iam::PolicyType::endpoint:
      return "endpoint-policy";
    case iam::PolicyType::none:
      break;
  }
  return "none";
}

std::string reason_text(const PolicyQuestion& question, const PolicyAnswer& answer) {
  const iam::Decision& decision = answer.explanation.decision;
  if (decision.kind == iam::DecisionKind::explicit_deny) {
    return fmt::format("{} denies {}", place(question, answer), question.action);
  }
  if (decision.by == iam::DecidedBy::grant) {
    const GrantAnswer& grant = answer.grants[static_cast<std::size_t>(decision.grant)];
    return fmt::format("grant {} allows {}{}", grant.id, question.action,
                       answer.retire ? fmt::format(" ({})", kms::name(grant.authority)) : "");
  }
  if (decision.by == iam::DecidedBy::account_root) {
    return decision.type == iam::PolicyType::none
               ? std::string("the caller is its account's root user")
               : fmt::format("{} lets the account's root user in", place(question, answer));
  }
  if (decision.allowed()) {
    return fmt::format("{} allows {}", place(question, answer), question.action);
  }
  if (answer.retire && decision.lacking == iam::PolicyType::key) {
    return "no grant of the key gives the caller the right to retire it";
  }
  return fmt::format("no {} allows {}{}", iam::name(decision.lacking), question.action,
                     answer.grants.empty() ? "" : ", and no grant does");
}

std::string grant_text(const PolicyAnswer& answer, const GrantAnswer& grant) {
  if (answer.retire && grant.mismatch == kms::GrantMismatch::none) {
    return grant.allows ? fmt::format("may be retired: {}", kms::name(grant.authority))
                        : std::string("does not name the caller");
  }
  return grant.allows ? std::string("allows")
                      : fmt::format("does not fit: {}", kms::name(grant.mismatch));
}

std::string aws_denial_text(const PolicyQuestion& question, const PolicyAnswer& answer) {
  if (answer.allowed()) return {};
  const Views views(question);
  return iam::denial_text(iam::DenialStyle::modern, views.request(), answer.explanation.decision);
}

}  // namespace tablekey::replay
