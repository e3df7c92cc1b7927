// What a policy document becomes: statements whose texts are patterns and whose conditions are
// read. Built by policy_compiler.cpp, walked by statement_match.cpp, immutable in between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/iam/condition.h"
#include "model/iam/policy.h"
#include "model/iam/text_pattern.h"

namespace tablekey::model::iam {

/// One principal that a statement names.
struct PrincipalName {
  enum class Kind : std::uint8_t {
    everyone,   ///< `*`
    account,    ///< An account number or `arn:...:root`: all that account delegates to.
    identity,   ///< The ARN of a user, a role, a role's session or a federated user.
    unique_id,  ///< What such an ARN became when the policy was stored.
    service,    ///< `dynamodb.amazonaws.com`
    other,      ///< A web identity or a canonical user: nobody who calls KMS in this world.
  };
  Kind kind = Kind::other;
  std::string text;       ///< As written.
  std::string account;    ///< Where kind is account.
  std::string partition;  ///< Where kind is account and an ARN names it; else empty.
};

/// An element and its complement (`Action` and `NotAction`): a statement has one or neither.
struct PatternList {
  bool present = false;
  bool negated = false;
  std::vector<TextPattern> patterns;
  std::vector<std::string> texts;  ///< As written, one for each pattern.
};

struct CompiledStatement {
  std::string sid;
  Effect effect = Effect::allow;
  bool principal_negated = false;
  std::vector<PrincipalName> principals;  ///< Empty in an identity policy.
  PatternList action;
  PatternList resource;
  std::vector<Condition> conditions;
};

struct CompiledPolicy {
  PolicyKind kind = PolicyKind::key;
  std::string id;
  std::vector<CompiledStatement> statements;
};

}  // namespace tablekey::model::iam
