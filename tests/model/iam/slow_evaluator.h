// A second evaluator, slow and obvious, written from kms.md 6 and sharing nothing with model/iam:
// it walks JSON documents at every question, replaces variables in texts, matches wildcards by
// recursion and compares by plain arithmetic. The engine is held to it over drawn policies.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tablekey::slow {

using Json = nlohmann::ordered_json;

/// A condition key of the request; `several` says that it is multi-valued.
struct AskedKey {
  std::string name;
  bool several = false;
  std::vector<std::string> values;
};

struct Asked {
  std::string type;      ///< `user`, `role`, `assumed-role`, `root`, `service`
  std::string arn;       ///< Of a service its name.
  std::string account;   ///< Empty for a service.
  std::string role_arn;  ///< Of an assumed role.
  std::string unique_id;
  std::string action;
  std::string resource;
  std::string key_account;
  bool on_key = true;  ///< False for CreateKey and its like.
  std::vector<AskedKey> context;
};

struct Papers {
  std::optional<Json> key;
  std::vector<Json> identities;
  std::optional<Json> boundary;
  std::vector<Json> sessions;
  std::vector<Json> scps;
  std::vector<Json> rcps;
  std::optional<Json> endpoint;
  bool granted = false;  ///< Some grant allows the request.
};

/// What became of one statement.
struct Line {
  std::string policy;  ///< `key`, `identity`, `boundary`, `session`, `scp`, `rcp`, `endpoint`
  std::size_t number = 0;
  std::size_t statement = 0;
  std::string effect;
  std::string via;     ///< `direct`, `account`, `identity`, `none`
  bool role = false;   ///< What it names is the caller's role.
  std::string failed;  ///< `none`, or the first element that does not match.
  std::string failed_operator;
  std::string failed_key;

  bool operator==(const Line&) const = default;
};

struct Answer {
  std::string kind;     ///< `allowed`, `explicit_deny`, `implicit_deny`
  std::string by;       ///< Which kind of policy (or `grant`, `root`) decided; `nothing`.
  std::string lacking;  ///< For an implicit denial: which kind of policy had no Allow.
  std::vector<Line> lines;
};

Answer decide(const Asked& asked, const Papers& papers);

/// Whether one condition holds; its values as in a document (one, or an array of them).
bool holds(const std::string& op, const std::string& key, const Json& values, const Asked& asked,
           bool variables);

}  // namespace tablekey::slow
