// The decision about one request: who asks, for what, under which circumstances, against which
// policies and grants (kms.md 6.2 to 6.4). `evaluate` is on the path of every simulated KMS call
// and allocates nothing; `explain` gives the same decision with an account of every statement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/iam/policy.h"

namespace tablekey::model::iam {

enum class PrincipalType : std::uint8_t { user, role, assumed_role, root, service };

/// Who asks. Views must outlive the call that uses them.
struct Principal {
  PrincipalType type = PrincipalType::user;
  std::string_view arn;       ///< A service has its name here: `dynamodb.amazonaws.com`.
  std::string_view account;   ///< Twelve digits; empty for a service.
  std::string_view role_arn;  ///< For an assumed role: the role's ARN with its path.
  /// `AIDA...` of the user or `AROA...` of the role, which is how a stored policy names them
  /// (kms.md 6.2). Empty where the caller has none.
  std::string_view unique_id;
};

/// One condition key of the request. Keys are compared without regard to case. A multi-valued key
/// may be present with no values; a key that is not in the request's context is absent (closed
/// world: the engine derives nothing).
struct ContextEntry {
  std::string_view key;
  std::string_view value;                    ///< Of a single-valued key.
  std::span<const std::string_view> values;  ///< Of a multi-valued key.
  bool multivalued = false;

  static ContextEntry one(std::string_view key, std::string_view value) {
    return {key, value, {}, false};
  }
  static ContextEntry many(std::string_view key, std::span<const std::string_view> values) {
    return {key, {}, values, true};
  }
  std::span<const std::string_view> all() const {
    return multivalued ? values : std::span<const std::string_view>(&value, 1);
  }
};

/// Whether the operation acts on a key, so that the key policy is mandatory, or on the caller's
/// account only (CreateKey, ListKeys, ...), so that identity policies alone decide (kms.md 6.3).
enum class Scope : std::uint8_t { key, account };

struct Request {
  Principal principal;
  std::string_view action;            ///< `kms:Decrypt`; case does not matter.
  std::string_view resource;          ///< ARN of the key, or `*` where there is none.
  std::string_view resource_account;  ///< The account that owns the key.
  std::span<const ContextEntry> context = {};
  Scope scope = Scope::key;
};

/// The key's grants, asked only when no policy denies and none allows.
class GrantSource {
 public:
  virtual ~GrantSource() = default;
  /// The number (in the source's own terms) of the first grant that allows the request.
  virtual std::optional<std::uint64_t> allowing_grant(const Request& request) const = 0;
};

/// Everything that may speak about a request (kms.md 6.1). Boundary, session policies and SCPs are
/// the caller's and are written like identity policies (PolicyKind::identity); RCPs and endpoint
/// policies name principals as key policies do (PolicyKind::key). Null and empty mean that there
/// is no such policy, and so nothing that could lack an Allow.
struct PolicySet {
  const Policy* key_policy = nullptr;  ///< Null where the key has none: then only grants allow.
  std::span<const Policy* const> identities =
      {};  ///< Of the caller (user, groups, role), in order.
  const GrantSource* grants = nullptr;
  const Policy* boundary = nullptr;                      ///< The caller's permissions boundary.
  std::span<const Policy* const> session_policies = {};  ///< Of the session; one must allow.
  std::span<const Policy* const> scps = {};  ///< Of the caller's account; one must allow.
  std::span<const Policy* const> rcps = {};  ///< Of the key's account; one must allow.
  const Policy* endpoint_policy = nullptr;   ///< Of the VPC endpoint that the request came through.
};

/// The kinds of policy of a PolicySet, in the order in which an explicit Deny is looked for.
enum class PolicyType : std::uint8_t {
  none,
  key,
  identity,
  boundary,
  session,
  service_control,
  resource_control,
  endpoint,
};

enum class DecisionKind : std::uint8_t { allowed, explicit_deny, implicit_deny };

/// What settled a decision. `nothing` is an implicit denial: Decision::lacking tells what kind of
/// policy had no Allow. `account_root` is the caller's own account root on its own side: the
/// statement of the key policy that let it decide is named. `limiting_policy` is an explicit Deny
/// of a kind of policy that never allows by itself (boundary, session, SCP, RCP, endpoint):
/// Decision::type tells which.
enum class DecidedBy : std::uint8_t {
  nothing,
  key_policy,
  identity_policy,
  grant,
  account_root,
  limiting_policy,
};

inline constexpr std::uint32_t kNoStatement = 0xffffffff;

struct Decision {
  DecisionKind kind = DecisionKind::implicit_deny;
  DecidedBy by = DecidedBy::nothing;
  /// The statement of the key policy that decided, or that delegated to the identity policies.
  std::uint32_t key_statement = kNoStatement;
  std::uint32_t identity_policy = kNoStatement;     ///< Index into PolicySet::identities.
  std::uint32_t identity_statement = kNoStatement;  ///< Statement of that policy.
  std::uint64_t grant = 0;                          ///< Where `by` is grant.
  /// Whether a statement of the key policy (naming the caller or only its account) allows: a
  /// denial then lacks an identity policy rather than a resource-based one (kms.md 6.9).
  bool key_policy_allows = false;
  /// The deciding statement, whatever kind of policy holds it: its kind, the index of the policy
  /// among those of that kind (0 where there is only one), the statement. `none` where no statement
  /// decided (an implicit denial, a grant).
  PolicyType type = PolicyType::none;
  std::uint32_t policy = kNoStatement;
  std::uint32_t statement = kNoStatement;
  /// For an implicit denial: the kind of policy whose Allow is missing; of several, the one that
  /// the procedure of kms.md 6.3 asks first.
  PolicyType lacking = PolicyType::none;

  bool allowed() const { return kind == DecisionKind::allowed; }
  friend bool operator==(const Decision&, const Decision&) = default;
};

/// Decides. Allocates nothing, except what `grants` does.
Decision evaluate(const Request& request, const PolicySet& policies);

/// How a statement reaches the caller: it names the caller, its role, its service or everyone;
/// it names the caller's account only; or it stands in a policy of the caller's own side, which
/// names nobody (identity policies, boundaries, session policies, SCPs).
enum class Via : std::uint8_t { none, direct, account, identity };

/// The parts of a statement in the order they are compared.
enum class Element : std::uint8_t { none, principal, action, resource, condition };

/// One statement and what became of it. Views live as long as the policies and the request.
struct StatementReport {
  PolicyType type = PolicyType::key;  ///< The kind of policy it stands in.
  std::uint32_t policy = 0;           ///< Index among the policies of that kind.
  /// Index into PolicySet::identities; kNoStatement in any other kind of policy.
  std::uint32_t identity_policy = kNoStatement;
  std::uint32_t statement = 0;
  std::string_view sid;
  Effect effect = Effect::allow;
  bool matched = false;
  Via via = Via::none;               ///< Set when the principal matches.
  Element failed = Element::none;    ///< The first element that did not match.
  bool failed_negated = false;       ///< It is NotPrincipal, NotAction or NotResource.
  std::string_view failed_operator;  ///< For a condition: as written, e.g. `StringLike`.
  std::string_view failed_key;       ///< For a condition: its key as written.
  /// What the failed element lists, as written; for a condition, the values under its key. Empty
  /// where the statement lacks the element.
  std::vector<std::string_view> wanted;
  /// What the request has there: the caller's ARN, the action, the resource, or the values of the
  /// condition key, none where the request lacks it.
  std::vector<std::string_view> had;
};

/// What did not match, in one line: `Condition StringEquals kms:ViaService: wants "x", request has
/// "y"`; empty where all matched.
std::string failure_text(const StatementReport& report);

struct Explanation {
  Decision decision;
  /// All that could have spoken: in the order of PolicyType, and of each policy in document order.
  std::vector<StatementReport> statements;
};

Explanation explain(const Request& request, const PolicySet& policies);

std::string_view name(DecisionKind kind);  ///< `allowed`, `explicit_deny`, `implicit_deny`.
std::string_view name(Via via);            ///< `direct`, `account`, `identity`.
std::string_view name(Element element);    ///< The element as a policy spells it: `Action`, ...
/// As the texts of denials say it (kms.md 6.9): `resource-based policy`, `identity-based policy`,
/// `permissions boundary`, `session policy`, `service control policy`, `resource control policy`,
/// `VPC endpoint policy`; `none`.
std::string_view name(PolicyType type);

}  // namespace tablekey::model::iam
