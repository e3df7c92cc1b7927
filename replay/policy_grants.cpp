#include "replay/policy_grants.h"

#include <algorithm>

namespace tablekey::replay {
namespace {

using model::kms::GrantDraft;

std::vector<std::string_view> known_fields() {
  return {"GranteePrincipal",
          "GranteeServicePrincipal",
          "RetiringPrincipal",
          "RetiringServicePrincipal",
          "Operations",
          "Constraints",
          "Name",
          "KeyId",
          "GrantId",
          "IssuingAccount",
          "CreationDate",
          "GrantTokens",
          "DryRun"};
}

std::optional<GrantDraft::Pairs> read_pairs(JsonFields& constraints, std::string_view name) {
  const JsonPart* part = constraints.find(name);
  if (part == nullptr) return std::nullopt;
  GrantDraft::Pairs pairs;
  for (const JsonPartMember& member : read_members(*part, constraints.problems())) {
    if (auto value = read_text_part(member.value, constraints.problems())) {
      pairs.emplace_back(member.key, std::move(*value));
    }
  }
  return pairs;
}

void read_constraints(JsonFields& grant, GrantDraft& draft) {
  const JsonPart* part = grant.find("Constraints");
  if (part == nullptr) return;
  JsonFields constraints(*part, {"EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"},
                         grant.problems());
  draft.equals = read_pairs(constraints, "EncryptionContextEquals");
  draft.subset = read_pairs(constraints, "EncryptionContextSubset");
  draft.source_arn = constraints.text("SourceArn");
}

GrantDraft read_draft(JsonFields& grant) {
  GrantDraft draft;
  draft.grantee = grant.text("GranteePrincipal");
  draft.grantee_service = grant.text("GranteeServicePrincipal");
  draft.retiring = grant.text("RetiringPrincipal");
  draft.retiring_service = grant.text("RetiringServicePrincipal");
  draft.name = grant.text("Name");
  if (const JsonPart* operations = grant.find("Operations")) {
    draft.operations = read_texts(*operations, grant.problems());
  }
  read_constraints(grant, draft);
  return draft;
}

}  // namespace

std::vector<ListedGrant> read_listed_grants(const JsonPart& part, std::string_view key,
                                            std::string_view account, JsonProblems& problems) {
  if (part.is_object()) {
    JsonFields answer(part, {"Grants", "Truncated", "NextMarker"}, problems);
    const JsonPart* rows = answer.need("Grants", "a list of grants, as ListGrants answers");
    if (rows == nullptr) return {};
    return read_listed_grants(*rows, key, account, problems);
  }
  std::vector<ListedGrant> grants;
  for (const JsonPart& item : read_items(part, problems)) {
    JsonFields row(item, known_fields(), problems);
    ListedGrant grant;
    grant.id = row.text_or_empty("GrantId");
    grant.key = row.text("KeyId").value_or(std::string(key));
    grant.issuing_account = row.text("IssuingAccount").value_or(std::string(account));
    grant.terms = model::kms::grant_as_listed(read_draft(row));
    grants.push_back(std::move(grant));
  }
  return grants;
}

model::kms::GrantDraft read_grant_draft(const JsonPart& part, JsonProblems& problems) {
  JsonFields grant(part, known_fields(), problems);
  return read_draft(grant);
}

bool knows_all_operations(const model::kms::GrantDraft& draft) {
  return std::ranges::all_of(draft.operations, [](const std::string& name) {
    return model::kms::grant_operation(name).has_value();
  });
}

}  // namespace tablekey::replay
