// The answer to a question of authorization: the decision of the policy engine, with what it says
// of every statement, and of every grant whether it allows or what does not fit. RetireGrant is
// decided by the grants and by Denies (kms.md 5.5), everything else by the procedure of kms.md 6.3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/iam/evaluate.h"
#include "model/kms/grant_making.h"
#include "model/kms/grant_rules.h"
#include "replay/policy_question.h"

namespace tablekey::replay {

/// What became of one grant.
struct GrantAnswer {
  std::string_view id;
  bool allows = false;  ///< By itself: a Deny may still win.
  /// For RetireGrant, by what right; else what does not fit.
  model::kms::RetireAuthority authority{};
  model::kms::GrantMismatch mismatch{};
};

/// Views live as long as the question.
struct PolicyAnswer {
  model::iam::Explanation explanation;
  std::vector<GrantAnswer> grants;  ///< In the order of the question.
  bool retire = false;              ///< RetireGrant: policies only deny.

  bool allowed() const { return explanation.decision.allowed(); }
  /// The ids of the grants that allow: none where the request is denied.
  std::vector<std::string_view> allowing() const;
};

PolicyAnswer answer(const PolicyQuestion& question);

/// Whether KMS would make the grant that the question asks for (kms.md 5.1).
std::expected<model::kms::GrantTerms, model::kms::GrantRefusal> try_grant(
    const PolicyQuestion& question);

/// Who a policy is: `key-policy`, `identity:<name>`, `boundary`, `session:<name>`, `scp:<name>`,
/// `rcp:<name>`, `endpoint-policy`.
std::string policy_label(const PolicyQuestion& question, model::iam::PolicyType type,
                         std::uint32_t index);

/// Why the answer is what it is, in one sentence without a full stop.
std::string reason_text(const PolicyQuestion& question, const PolicyAnswer& answer);

/// What was not right with a grant, or by what right it allows, in a few words.
std::string grant_text(const PolicyAnswer& answer, const GrantAnswer& grant);

/// AWS's own words for a denial (kms.md 6.9); empty where the request is allowed.
std::string aws_denial_text(const PolicyQuestion& question, const PolicyAnswer& answer);

}  // namespace tablekey::replay
