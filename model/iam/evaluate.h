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

/// Everything that may speak about a request. Permissions boundary, session policy, SCPs, RCPs and
/// VPC endpoint policies would be further members here, consulted in the steps of kms.md 6.3
/// that evaluate.cpp names.
struct PolicySet {
  const Policy* key_policy = nullptr;  ///< Null where the key has none: then nothing allows.
  std::span<const Policy* const> identities =
      {};  ///< Of the caller (user, groups, role), in order.
  const GrantSource* grants = nullptr;
};

enum class DecisionKind : std::uint8_t { allowed, explicit_deny, implicit_deny };

/// What settled a decision. `nothing` is an implicit denial. `account_root` is the caller's own
/// account root on its own side: the statement of the key policy that let it decide is named.
enum class DecidedBy : std::uint8_t { nothing, key_policy, identity_policy, grant, account_root };

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

  bool allowed() const { return kind == DecisionKind::allowed; }
  friend bool operator==(const Decision&, const Decision&) = default;
};

/// Decides. Allocates nothing, except what `grants` does.
Decision evaluate(const Request& request, const PolicySet& policies);

/// How a statement reaches the caller: it names the caller, its role, its service or everyone;
/// it names the caller's account only; or it stands in an identity policy.
enum class Via : std::uint8_t { none, direct, account, identity };

/// The parts of a statement in the order they are compared.
enum class Element : std::uint8_t { none, principal, action, resource, condition };

struct StatementReport {
  /// Index into PolicySet::identities; kNoStatement: the key policy.
  std::uint32_t identity_policy = kNoStatement;
  std::uint32_t statement = 0;
  std::string_view sid;  ///< Lives as long as the policy.
  Effect effect = Effect::allow;
  bool matched = false;
  Via via = Via::none;               ///< Set when the principal matches.
  Element failed = Element::none;    ///< The first element that did not match.
  std::string_view failed_operator;  ///< For a condition: as written, e.g. `StringLike`.
  std::string_view failed_key;       ///< For a condition: its key as written.
};

struct Explanation {
  Decision decision;
  std::vector<StatementReport> statements;  ///< All: key policy first, in document order.
};

Explanation explain(const Request& request, const PolicySet& policies);

std::string_view name(DecisionKind kind);  ///< `allowed`, `explicit_deny`, `implicit_deny`.
std::string_view name(Via via);            ///< `direct`, `account`, `identity`.
std::string_view name(Element element);    ///< The element as a policy spells it: `Action`, ...

}  // namespace tablekey::model::iam
