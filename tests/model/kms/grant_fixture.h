// What the tests of grants share: callers, and grants written in a line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/kms/grant_rules.h"

namespace tablekey::model::kms {

inline constexpr std::string_view kGrantAccount = "111122223333";
inline constexpr std::string_view kOtherAccount = "444455556666";
inline constexpr std::string_view kGrantKey =
    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

inline GrantCaller user(std::string_view arn, std::string_view account = kGrantAccount,
                        std::string_view unique_id = {}) {
  return {{iam::PrincipalType::user, arn, account, {}, unique_id}, {}};
}

inline GrantCaller session(std::string_view arn, std::string_view role_arn,
                           std::string_view account = kGrantAccount,
                           std::string_view unique_id = {}) {
  return {{iam::PrincipalType::assumed_role, arn, account, role_arn, unique_id}, {}};
}

inline GrantCaller root(std::string_view arn, std::string_view account) {
  return {{iam::PrincipalType::root, arn, account, {}, {}}, {}};
}

inline GrantCaller service(std::string_view name, std::string_view in_grants = {}) {
  return {{iam::PrincipalType::service, name, {}, {}, {}}, in_grants};
}

inline constexpr std::string_view kAlice = "arn:aws:iam::111122223333:user/alice";
inline constexpr std::string_view kAppRole = "arn:aws:iam::111122223333:role/App";
inline constexpr std::string_view kAppSession = "arn:aws:sts::111122223333:assumed-role/App/s1";
inline constexpr std::string_view kRoot = "arn:aws:iam::111122223333:root";
inline constexpr std::string_view kOtherRoot = "arn:aws:iam::444455556666:root";

using Pairs = std::vector<std::pair<std::string, std::string>>;
using ContextOfRequest = std::vector<std::pair<std::string_view, std::string_view>>;

/// To alice, if nobody else is named.
inline GrantTerms grant_of(GrantOperations operations,
                           GrantConstraint constraint = GrantConstraint::none, Pairs pairs = {},
                           std::string_view grantee = kAlice) {
  GrantTerms terms;
  terms.grantee = grantee;
  terms.operations = operations;
  terms.constraint = constraint;
  terms.pairs = std::move(pairs);
  return terms;
}

inline GrantView view_of(const GrantTerms& terms) { return {&terms, kGrantKey, kGrantAccount}; }

inline GrantUse use_of(GrantOperation operation, GrantContext context = {},
                       const GrantCaller& caller = user(kAlice)) {
  return {.operation = operation, .caller = caller, .key = kGrantKey, .context = context};
}

}  // namespace tablekey::model::kms
