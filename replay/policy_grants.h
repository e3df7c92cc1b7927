// Grants as JSON: the rows of ListGrants, and the parameters of a CreateGrant that is asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/kms/grant_making.h"
#include "model/kms/grant_rules.h"
#include "replay/policy_fields.h"

namespace tablekey::replay {

/// A row of ListGrants.
struct ListedGrant {
  std::string id;
  std::string key;              ///< ARN
  std::string issuing_account;  ///< As listed: the account's root ARN.
  model::kms::GrantTerms terms;

  model::kms::GrantView view() const { return {&terms, key, issuing_account}; }
};

/// A list of rows, or what ListGrants answers: an object whose `Grants` is that list. Rows without
/// a KeyId are of `key`, those without an IssuingAccount of `account`.
std::vector<ListedGrant> read_listed_grants(const JsonPart& part, std::string_view key,
                                            std::string_view account, JsonProblems& problems);

/// The parameters of CreateGrant.
model::kms::GrantDraft read_grant_draft(const JsonPart& part, JsonProblems& problems);

/// Whether every operation asked for is one that grants know.
bool knows_all_operations(const model::kms::GrantDraft& draft);

}  // namespace tablekey::replay
