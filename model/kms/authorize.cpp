// Building the policy engine's request. Everything KMS knows of a call becomes a condition key
// (kms.md 6.5).
#include "model/kms/authorize.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "model/iam/denial.h"
#include "model/iam/evaluate.h"
#include "model/kms/key_states.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

using Operation = events::KmsOperation;

constexpr std::array<std::string_view, 7> kServiceGrantOperations{
    "DescribeKey",   "GenerateDataKey", "Decrypt",    "Encrypt",
    "ReEncryptFrom", "ReEncryptTo",     "RetireGrant"};
constexpr std::array<std::string_view, 2> kContextKeys{"aws:dynamodb:tableName",
                                                       "aws:dynamodb:subscriberId"};
constexpr std::string_view kService = "dynamodb.amazonaws.com";

bool has_context(Operation operation) {
  return is_cryptographic(operation);  // CreateGrant: the pairs of the constraint it asks for
}

/// The texts that a request's views point into.
struct Texts {
  std::string arn, role_arn, account, action, resource, via, table, principal_type, user_name,
      region, user_id, window, time;
};

class Builder {
 public:
  Builder(const State& state, const AccessRequest& request) : state_(state), request_(request) {
    texts_.action = fmt::format("kms:{}", operation_name(request.operation));
    texts_.resource = state.key_arn(request.key);
    texts_.region = state.scenario().region;
    texts_.time = sim::print(request.now);
    const auto key = state.scenario().reader().getKeys()[request.key];
    built_.resource_account = key.getAccount().cStr();
    set_principal();
    set_context();
    built_.action = texts_.action;
    built_.resource = texts_.resource;
    built_.context = entries_;
  }
  Builder(const Builder&) = delete;
  const iam::Request& request() const { return built_; }

 private:
  void add(std::string_view key, std::string_view value) {
    entries_.push_back(iam::ContextEntry::one(key, value));
  }

  void set_principal() {
    if (request_.as_service) {
      built_.principal.type = iam::PrincipalType::service;
      built_.principal.arn = kService;
      return;
    }
    const Session& session = at(state_.sessions, request_.session - 1);
    const auto principal = state_.scenario().reader().getPrincipals()[session.principal];
    texts_.arn = state_.session_arn(request_.session - 1);
    texts_.account = principal.getAccount().cStr();
    built_.principal.arn = texts_.arn;
    built_.principal.account = texts_.account;
    built_.principal.unique_id = state_.scenario().principal_ids[session.principal];
    switch (principal.getKind()) {
      case events::Principal::Kind::ROLE:
        built_.principal.type = iam::PrincipalType::assumed_role;
        built_.principal.role_arn = state_.scenario().principal_arns[session.principal];
        texts_.principal_type = "AssumedRole";
        texts_.user_id = state_.scenario().principal_ids[session.principal] + ":" + session.name;
        break;
      case events::Principal::Kind::USER:
        built_.principal.type = iam::PrincipalType::user;
        texts_.principal_type = "User";
        texts_.user_name = principal.getName().cStr();
        texts_.user_id = state_.scenario().principal_ids[session.principal];
        break;
      default:
        built_.principal.type = iam::PrincipalType::root;
        texts_.principal_type = "Account";
        texts_.user_id = texts_.account;
        break;
    }
  }

  void set_context() {
    if (!request_.as_service) {
      add("kms:calleraccount", texts_.account);
      // For a role session aws:PrincipalArn is the role's own ARN.
      add("aws:principalarn",
          built_.principal.role_arn.empty() ? built_.principal.arn : built_.principal.role_arn);
      add("aws:principalaccount", texts_.account);
      add("aws:principaltype", texts_.principal_type);
      add("aws:userid", texts_.user_id);
      if (!texts_.user_name.empty()) add("aws:username", texts_.user_name);
    }
    if (request_.via_service) {
      texts_.via = fmt::format("dynamodb.{}.amazonaws.com", state_.scenario().region);
      add("kms:viaservice", texts_.via);
    }
    add("aws:viaawsservice", request_.via_service ? "true" : "false");
    add("aws:requestedregion", texts_.region);
    add("aws:currenttime", texts_.time);
    add("aws:securetransport", "true");
    set_key_properties();
    if (request_.table != kNone && has_context(request_.operation)) set_encryption_context();
    if (request_.operation == Operation::CREATE_GRANT) set_grant();
    if (request_.operation == Operation::CREATE_GRANT ||
        request_.operation == Operation::REVOKE_GRANT) {
      add("kms:grantisforawsresource", request_.via_service ? "true" : "false");
    }
    if (request_.window_days != 0) {
      texts_.window = fmt::format("{}", request_.window_days);
      add("kms:schedulekeydeletionpendingwindowindays", texts_.window);
    }
  }

  void set_key_properties() {
    add("kms:keyspec", "SYMMETRIC_DEFAULT");
    add("kms:keyusage", "ENCRYPT_DECRYPT");
    add("kms:keyorigin", "AWS_KMS");
    add("kms:multiregion", "false");
  }

  void set_encryption_context() {
    texts_.table = state_.table_name(request_.table);
    add("kms:encryptioncontext:aws:dynamodb:tablename", texts_.table);
    add("kms:encryptioncontext:aws:dynamodb:subscriberid", state_.scenario().account);
    entries_.push_back(iam::ContextEntry::many("kms:encryptioncontextkeys", kContextKeys));
    if (request_.operation != Operation::CREATE_GRANT) {
      add("kms:encryptionalgorithm", "SYMMETRIC_DEFAULT");
    }
  }

  void set_grant() {
    add("kms:grantconstrainttype", "EncryptionContextSubset");
    entries_.push_back(iam::ContextEntry::many("kms:grantoperations", kServiceGrantOperations));
    if (texts_.via.empty()) {
      texts_.via = fmt::format("dynamodb.{}.amazonaws.com", state_.scenario().region);
    }
    add("kms:granteeprincipal", texts_.via);
    add("kms:retiringprincipal", texts_.via);
  }

  const State& state_;
  const AccessRequest& request_;
  Texts texts_;
  std::vector<iam::ContextEntry> entries_;
  iam::Request built_;
};

// DynamoDB's grants allow DynamoDB itself these operations with the table's context (kms.md 5.2). A
// context constraint does not apply to DescribeKey and RetireGrant, which have none.
class TableGrants : public iam::GrantSource {
 public:
  TableGrants(const State& state, const AccessRequest& request)
      : state_(state), request_(request) {}

  std::optional<std::uint64_t> allowing_grant(const iam::Request&) const override {
    if (!request_.as_service || !granted(request_.operation)) return std::nullopt;
    if (request_.table != kNone) return among(state_.tables[request_.table].grants);
    if (request_.operation == Operation::DESCRIBE_KEY)
      return among(state_.keys[request_.key].grants);
    return std::nullopt;
  }

 private:
  static bool granted(Operation operation) {
    return operation == Operation::DESCRIBE_KEY || operation == Operation::GENERATE_DATA_KEY ||
           operation == Operation::DECRYPT || operation == Operation::ENCRYPT ||
           operation == Operation::RE_ENCRYPT || operation == Operation::RETIRE_GRANT;
  }
  std::optional<std::uint64_t> among(const std::vector<std::uint32_t>& grants) const {
    const auto allows = [&](std::uint32_t index) {
      const Grant& grant = state_.grants[index];
      return grant.key == request_.key && grant.usable(request_.now, index == request_.token);
    };
    if (request_.token != kNone && allows(request_.token)) return request_.token;
    for (const std::uint32_t index : grants) {
      if (allows(index)) return index;
    }
    return std::nullopt;
  }

  const State& state_;
  const AccessRequest& request_;
};

Access access_of(const iam::Decision& decision) {
  Access access;
  access.allowed = decision.allowed();
  access.key_policy_allows = decision.key_policy_allows;
  const bool denied = decision.kind == iam::DecisionKind::explicit_deny;
  switch (decision.by) {
    case iam::DecidedBy::nothing:
      break;
    case iam::DecidedBy::key_policy:
    case iam::DecidedBy::account_root:
      access.by = denied ? events::Decider::EXPLICIT_DENY_KEY_POLICY : events::Decider::KEY_POLICY;
      access.number = decision.key_statement;
      break;
    case iam::DecidedBy::limiting_policy:
      access.by = events::Decider::EXPLICIT_DENY_IDENTITY;
      access.number = decision.policy << 16 | decision.statement;
      break;
    case iam::DecidedBy::identity_policy:
      access.by =
          denied ? events::Decider::EXPLICIT_DENY_IDENTITY : events::Decider::IDENTITY_POLICY;
      access.number = decision.identity_policy << 16 | decision.identity_statement;
      break;
    case iam::DecidedBy::grant:
      access.by = events::Decider::GRANT;
      access.number = static_cast<std::uint32_t>(decision.grant);
      break;
  }
  return access;
}

iam::Decision decide_access(const State& state, const AccessRequest& request,
                            const iam::Request& asked) {
  iam::PolicySet policies;
  const KmsKey& key = state.keys[request.key];
  if (key.compiled) policies.key_policy = &*key.compiled;
  if (!request.as_service) {
    const std::uint32_t principal = state.sessions[request.session - 1].principal;
    policies.identities = state.scenario().identity_policy_views[principal];
  }
  const TableGrants grants(state, request);
  policies.grants = &grants;
  return iam::evaluate(asked, policies);
}

}  // namespace

Access authorize(const State& state, const AccessRequest& request) {
  const auto manager = state.scenario().reader().getKeys()[request.key].getManager();
  if (request.as_service && manager == events::Key::Manager::OWNED) {
    return {true, events::Decider::OWN_SERVICE, kNone, false};
  }
  if (request.session == 0 && !request.as_service) {
    return {true, events::Decider::OPERATOR, kNone, false};  // the timeline's own hand
  }
  const Builder built(state, request);
  return access_of(decide_access(state, request, built.request()));
}

std::string denial_message(const State& state, const AccessRequest& request, bool names_key) {
  if (!names_key && request.operation == Operation::DECRYPT) {
    return std::string(iam::kMaskedDenialText);
  }
  const Builder built(state, request);
  const auto style = state.scenario().settings().classic_denial_text ? iam::DenialStyle::classic
                                                                     : iam::DenialStyle::modern;
  const iam::Decision decision = decide_access(state, request, built.request());
  if (decision.allowed()) return {};
  return iam::denial_text(style, built.request(), decision);
}

}  // namespace tablekey::model::kms
