#include "model/kms/grant_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tablekey::model::kms {
namespace {

/// The six parts of an ARN; the last keeps its colons. `complete` where there are six.
struct ArnParts {
  std::array<std::string_view, 6> part;
  bool complete = false;
};

ArnParts split(std::string_view arn) {
  ArnParts parts;
  for (std::size_t i = 0; i + 1 < parts.part.size(); ++i) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return parts;
    parts.part[i] = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  parts.part.back() = arn;
  parts.complete = parts.part[0] == "arn";
  return parts;
}

bool is_account_number(std::string_view text) {
  return text.size() == 12 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// An account named by its number or by its root's ARN; empty where a text names no account.
struct AccountName {
  std::string_view number;
  std::string_view partition;  ///< Empty where only the number is given.
};

AccountName account_of(std::string_view text) {
  if (is_account_number(text)) return {text, {}};
  if (!text.ends_with(":root")) return {};
  const ArnParts parts = split(text);
  if (!parts.complete || parts.part[2] != "iam" || parts.part[5] != "root") return {};
  return {parts.part[4], parts.part[1]};
}

bool is_service(const GrantCaller& caller) {
  return caller.principal.type == iam::PrincipalType::service;
}

/// Whether the text names the account that the caller belongs to.
bool names_account_of(std::string_view text, const GrantCaller& caller) {
  if (is_service(caller)) return false;
  const AccountName account = account_of(text);
  if (account.number.empty() || account.number != caller.principal.account) return false;
  return account.partition.empty() || account.partition == split(caller.principal.arn).part[1];
}

/// Whether the text names the caller itself or its role, the account it belongs to aside.
bool names_identity(std::string_view text, const GrantCaller& caller) {
  if (text.empty()) return false;
  const iam::Principal& who = caller.principal;
  if (is_service(caller)) return text == who.arn || text == caller.service_in_grants;
  return text == who.arn || text == who.unique_id ||
         (who.type == iam::PrincipalType::assumed_role && text == who.role_arn);
}

/// Which of two patterns with wildcards takes in the other. A concrete text is a pattern without
/// any. `?` does not take in a `*`, which may be any number of characters.
bool takes_in(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // where to go on after the last `*`
  std::size_t retry = 0;                      // and from which place of the text
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '?' ? text[t] != '*' : pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

using Pair = std::pair<std::string_view, std::string_view>;

bool contains(GrantContext context, const std::pair<std::string, std::string>& wanted) {
  return std::ranges::any_of(context, [&](const Pair& pair) {
    return pair.first == wanted.first && pair.second == wanted.second;
  });
}

bool context_fits(const GrantTerms& terms, const GrantUse& use) {
  switch (use.operation) {
    case GrantOperation::describe_key:
    case GrantOperation::retire_grant:
    case GrantOperation::create_grant:
      return true;
    default:
      break;
  }
  if (terms.constraint == GrantConstraint::none) return true;
  const bool all_there = std::ranges::all_of(
      terms.pairs, [&](const auto& wanted) { return contains(use.context, wanted); });
  return all_there &&
         (terms.constraint == GrantConstraint::subset || use.context.size() == terms.pairs.size());
}

bool source_fits(const GrantTerms& terms, const GrantUse& use) {
  if (terms.source_arn.empty() || use.operation == GrantOperation::retire_grant) return true;
  return arn_like(terms.source_arn, use.source_arn);
}

bool as_strict_on_context(const GrantTerms& child, const GrantTerms& parent) {
  switch (parent.constraint) {
    case GrantConstraint::none:
      return true;
    case GrantConstraint::subset:
      return std::ranges::includes(child.pairs, parent.pairs);
    case GrantConstraint::equals:
      return child.constraint == GrantConstraint::equals && child.pairs == parent.pairs;
  }
  return false;
}

bool as_strict_on_source(const GrantTerms& child, const GrantTerms& parent) {
  return parent.source_arn.empty() || parent.source_arn == child.source_arn ||
         arn_like(parent.source_arn, child.source_arn);
}

/// What a CreateGrant that names no grant would make: nothing under no constraint.
const GrantTerms& empty_child() {
  static const GrantTerms kEmpty;
  return kEmpty;
}

GrantMismatch child_mismatch(const GrantTerms& parent, const GrantUse& use) {
  if (use.operation != GrantOperation::create_grant) return GrantMismatch::none;
  const GrantTerms& child = use.child == nullptr ? empty_child() : *use.child;
  if (!parent.operations.includes(child.operations)) return GrantMismatch::child_operations;
  if (!at_least_as_strict(child, parent)) return GrantMismatch::child_constraints;
  return GrantMismatch::none;
}

}  // namespace

std::string_view name(GrantMismatch mismatch) {
  constexpr std::array<std::string_view, 8> kNames = {
      "none",
      "KeyId",
      "Operations",
      "GranteePrincipal",
      "Constraints.EncryptionContext",
      "Constraints.SourceArn",
      "Operations of the new grant",
      "Constraints of the new grant",
  };
  return kNames[static_cast<std::size_t>(mismatch)];
}

GrantMismatch mismatch(const GrantView& grant, const GrantUse& use) {
  const GrantTerms& terms = *grant.terms;
  if (grant.key != use.key && !grant.key.empty() && !use.key.empty()) return GrantMismatch::key;
  if (!terms.operations.contains(use.operation)) return GrantMismatch::operation;
  if (!is_grantee(terms, use.caller)) return GrantMismatch::grantee;
  if (!context_fits(terms, use)) return GrantMismatch::encryption_context;
  if (!source_fits(terms, use)) return GrantMismatch::source_arn;
  return child_mismatch(terms, use);
}

bool may_serve_together(const GrantTerms& source, const GrantTerms& destination) {
  return source.source_arn == destination.source_arn;
}

bool is_principal(std::string_view text, const GrantCaller& caller) {
  return names_identity(text, caller) || names_account_of(text, caller);
}

bool is_grantee(const GrantTerms& terms, const GrantCaller& caller) {
  return is_principal(terms.grantee, caller) ||
         (is_service(caller) && names_identity(terms.grantee_service, caller));
}

bool at_least_as_strict(const GrantTerms& child, const GrantTerms& parent) {
  return as_strict_on_context(child, parent) && as_strict_on_source(child, parent);
}

std::string_view name(RetireAuthority authority) {
  constexpr std::array<std::string_view, 5> kNames = {"none", "retiring principal",
                                                      "grantee with RetireGrant", "issuing account",
                                                      "delegated by an identity policy"};
  return kNames[static_cast<std::size_t>(authority)];
}

RetireAuthority retire_authority(const GrantView& grant, const GrantCaller& caller,
                                 bool iam_allows) {
  const GrantTerms& terms = *grant.terms;
  const bool root = caller.principal.type == iam::PrincipalType::root;
  const bool of_retiring = names_account_of(terms.retiring, caller);
  const bool of_issuing = names_account_of(grant.issuing_account, caller);
  if (names_identity(terms.retiring, caller) || (root && of_retiring) ||
      (is_service(caller) && names_identity(terms.retiring_service, caller))) {
    return RetireAuthority::retiring_principal;
  }
  if (terms.operations.contains(GrantOperation::retire_grant) && is_grantee(terms, caller)) {
    return RetireAuthority::grantee;
  }
  if (root && of_issuing) return RetireAuthority::issuing_account;
  if (iam_allows && (of_issuing || of_retiring)) return RetireAuthority::delegated;
  return RetireAuthority::none;
}

bool is_repetition(const GrantTerms& existing, const GrantTerms& asked) {
  return !asked.name.empty() && existing == asked;
}

bool arn_like(std::string_view pattern, std::string_view arn) {
  const ArnParts wanted = split(pattern);
  const ArnParts given = split(arn);
  if (!wanted.complete || !given.complete) return false;
  for (std::size_t i = 0; i < wanted.part.size(); ++i) {
    if (!takes_in(wanted.part[i], given.part[i])) return false;
  }
  return true;
}

}  // namespace tablekey::model::kms
