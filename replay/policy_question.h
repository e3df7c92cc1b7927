// A question of authorization as a person or a corpus writes it: who asks for what on which key,
// under which circumstances, and every policy and grant that has a say. The form is JSON:
//
//   {"key": {"arn": …, "account": …, "spec": …, "usage": …},
//    "request": {"principal": {"type": …, "arn": …, "account": …, "role_arn": …, "unique_id": …},
//                "action": …, "resource": …, "context": {…}, "encryption_context": {…},
//                "grant": {…}},
//    "key_policy": {…}, "identity_policies": [{"name": …, "document": {…}}],
//    "boundary": {…}, "session_policies": […], "scps": […], "rcps": […], "endpoint_policy": {…},
//    "grants": […]}
//
// Only the principal and the action must be there. The request may also stand alone, without the
// object around it, and a principal may be its ARN or its service's name alone. The context is a
// closed world: no condition key is derived from anything else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/iam/evaluate.h"
#include "replay/policy_grants.h"

namespace tablekey::replay {

struct NamedPolicy {
  std::string name;  ///< For a person: its file, or its name in the record.
  model::iam::Policy policy;
};

struct ContextValue {
  std::string key;
  std::vector<std::string> values;  ///< One, where the key is not multi-valued.
  bool multivalued = false;
};

struct PolicyQuestion {
  std::string kind;  ///< As written: `use`, `create`, `retire`, `validate`, or empty.

  std::string key_arn, key_account, key_spec, key_usage;

  model::iam::PrincipalType principal_type = model::iam::PrincipalType::user;
  std::string principal_arn, principal_account, role_arn, unique_id;
  std::string action, resource;
  std::vector<ContextValue> context;
  std::vector<std::pair<std::string, std::string>> encryption_context;
  std::optional<model::kms::GrantDraft> draft;  ///< CreateGrant: the grant to be made.

  std::optional<NamedPolicy> key_policy, boundary, endpoint_policy;
  std::vector<NamedPolicy> identities, session_policies, scps, rcps;
  std::optional<std::vector<ListedGrant>> grants;  ///< Absent: the question is of policies alone.

  /// The value of a condition key that has one value, or empty.
  std::string_view context_value(std::string_view key) const;
};

struct QuestionRead {
  PolicyQuestion question;  ///< Complete where there are no errors.
  JsonProblems problems;
};

/// Reads a whole record. Policies are compiled as stored ones: what KMS would refuse to store today
/// may have been stored before (kms.md 6.7).
QuestionRead read_question(const JsonPart& record);

/// A document, or a text that holds one, compiled; nullopt and an error where it is no policy.
std::optional<NamedPolicy> read_policy(const JsonPart& part, model::iam::PolicyKind kind,
                                       std::string name, JsonProblems& problems);

}  // namespace tablekey::replay
