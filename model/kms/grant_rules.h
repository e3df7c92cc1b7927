// The rules of grants (kms.md 5), in one place and without State: what a grant says, whether it
// allows a request, whether it may be the parent of another, and who may end it. All of it is pure;
// nothing here allocates, since `grant_allows` is on the path of every call under a grant. What is
// needed to make a grant (its validation) is in grant_making.h, its token in grant_token.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/iam/evaluate.h"
#include "model/kms/grant_operations.h"

namespace tablekey::model::kms {

enum class GrantConstraint : std::uint8_t {
  none,
  equals,  ///< EncryptionContextEquals: the request has exactly these pairs.
  subset,  ///< EncryptionContextSubset: the request has at least these pairs.
};

/// What a grant says; immutable once made. Texts are as the API shows them, empty where absent.
/// Two terms are equal if they are the same in every parameter, operations and pairs as sets.
struct GrantTerms {
  std::string grantee;           ///< GranteePrincipal: an ARN, a unique id, or DynamoDB's own name.
  std::string grantee_service;   ///< GranteeServicePrincipal
  std::string retiring;          ///< RetiringPrincipal
  std::string retiring_service;  ///< RetiringServicePrincipal
  GrantOperations operations;
  GrantConstraint constraint = GrantConstraint::none;
  std::vector<std::pair<std::string, std::string>> pairs;  ///< Sorted by key, keys distinct.
  std::string source_arn;  ///< Constraints.SourceArn, a pattern like that of ArnLike.
  std::string name;

  friend bool operator==(const GrantTerms&, const GrantTerms&) = default;
};

/// A grant as it is compared: terms and what the key adds to them. Views must outlive it.
struct GrantView {
  const GrantTerms* terms = nullptr;
  std::string_view key;  ///< ARN of its key. Empty: the caller looked among the key's own grants.
  std::string_view issuing_account;  ///< Twelve digits, or the account's root ARN.
};

/// Whoever calls, in the terms of authorization. A service may be known by a second name: DynamoDB
/// is `dynamodb.amazonaws.com` in policies and `dynamodb.us-west-2.amazonaws.com` in grants.
struct GrantCaller {
  iam::Principal principal;
  std::string_view service_in_grants = {};
};

/// Pairs of a request's encryption context, in any order; no context is an empty one (kms.md 7.1).
using GrantContext = std::span<const std::pair<std::string_view, std::string_view>>;

/// A request that a grant might allow.
struct GrantUse {
  GrantOperation operation{};  ///< ReEncrypt is asked twice: of its source and its destination.
  GrantCaller caller;
  std::string_view key = {};         ///< ARN of the key asked for; empty: as in GrantView.
  GrantContext context = {};         ///< Ignored for DescribeKey, RetireGrant and CreateGrant.
  std::string_view source_arn = {};  ///< aws:SourceArn of a service that calls; empty: none.
  /// CreateGrant: the grant to be made. Null: one of no operations and no constraints.
  const GrantTerms* child = nullptr;
};

/// What of a grant did not fit a request, in the order of comparison.
enum class GrantMismatch : std::uint8_t {
  none,  ///< It allows the request.
  key,
  operation,
  grantee,
  encryption_context,
  source_arn,
  child_operations,   ///< The child would allow what this grant does not.
  child_constraints,  ///< The child would be less strict than this grant.
};

/// The element as a person knows it, e.g. `GranteePrincipal`.
std::string_view name(GrantMismatch mismatch);

/// The first part of the grant that does not fit the request (kms.md 5.2).
GrantMismatch mismatch(const GrantView& grant, const GrantUse& use);

/// Whether the grant allows the request, consistency and tokens aside (kms.md 5.3), which the world
/// knows. A Deny of any policy still wins (kms.md 6.3).
inline bool grant_allows(const GrantView& grant, const GrantUse& use) {
  return mismatch(grant, use) == GrantMismatch::none;
}

/// Whether both grants of a ReEncrypt may serve one call: a SourceArn must be the same
/// (kms.md 5.2).
bool may_serve_together(const GrantTerms& source, const GrantTerms& destination);

/// Whether the caller is the principal of that text: an account (`arn:aws:iam::…:root` or its
/// twelve digits) is every principal in it, a role every session of it, and a unique id what it is
/// of; a service is whoever bears its name. Empty text is nobody.
bool is_principal(std::string_view text, const GrantCaller& caller);

/// Whether the caller is the grantee of either kind.
bool is_grantee(const GrantTerms& terms, const GrantCaller& caller);

/// The constraints of a grant are at least as strict as those of another (kms.md 5.2): any request
/// that `child` lets pass, `parent` lets pass.
bool at_least_as_strict(const GrantTerms& child, const GrantTerms& parent);

/// What lets a caller retire a grant (kms.md 5.5).
enum class RetireAuthority : std::uint8_t {
  none,
  retiring_principal,
  grantee,          ///< RetireGrant is among the operations.
  issuing_account,  ///< The account in which the grant was made, itself.
  delegated,        ///< An IAM policy of that account, or of the retiring account, delegates.
};

std::string_view name(RetireAuthority authority);

/// Who may retire it. `iam_allows`: an identity policy of the caller allows kms:RetireGrant on the
/// key, which counts only where the caller's account has the right to delegate; a key policy never
/// counts. A Deny of kms:RetireGrant in any policy still wins. RevokeGrant is plain policy.
RetireAuthority retire_authority(const GrantView& grant, const GrantCaller& caller,
                                 bool iam_allows);

/// Whether a CreateGrant of `asked` is a repetition of the one that made `existing` on the same
/// key: it gives the same GrantId and a fresh token (kms.md 5.4).
bool is_repetition(const GrantTerms& existing, const GrantTerms& asked);

/// Whether an ARN fits a pattern as ArnLike compares: six parts, none of whose wildcards reaches
/// into the next (kms.md 6.4).
bool arn_like(std::string_view pattern, std::string_view arn);

}  // namespace tablekey::model::kms
