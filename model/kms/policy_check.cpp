// The checks that a key policy passes before it is put.
#include "model/kms/policy_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <span>
#include <vector>

#include "model/iam/json.h"
#include "model/iam/policy.h"
#include "model/iam/policy_syntax.h"
#include "model/kms/authorize.h"
#include "model/kms/grant_terms.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

using events::KmsError;

Refusal malformed(std::string message) {
  return refusal(KmsError::MALFORMED_POLICY_DOCUMENT, std::move(message));
}

Refusal refused(const iam::PolicyError& error) {
  switch (error.fault) {
    case iam::PolicyFault::too_large:
      return refusal(KmsError::LIMIT_EXCEEDED, error.print());
    case iam::PolicyFault::forbidden_character:
      return refusal(KmsError::VALIDATION, error.print());
    case iam::PolicyFault::malformed:
      break;
  }
  return malformed(error.print());
}

/// The parts of `arn:<partition>:<service>::<account>:<resource>`.
struct PrincipalArn {
  std::string_view service, account, resource;
};

PrincipalArn taken_apart(std::string_view arn) {
  std::array<std::string_view, 6> part{};
  for (std::size_t i = 0; i + 1 < part.size(); ++i) {
    const std::size_t colon = std::min(arn.find(':'), arn.size());
    part[i] = arn.substr(0, colon);
    arn.remove_prefix(std::min(colon + 1, arn.size()));
  }
  part.back() = arn;
  return {part[2], part[4], part.back()};
}

bool describes(const ScenarioView& scenario, std::string_view account) {
  const std::uint32_t index = scenario.account_index(account);
  return index != kNone &&
         std::ranges::find(scenario.principal_accounts, index) != scenario.principal_accounts.end();
}

bool session_exists(const State& state, const PrincipalArn& arn) {
  std::string_view role = arn.resource.substr(arn.resource.find('/') + 1);
  role = role.substr(0, role.find('/'));
  const auto principals = state.scenario().reader().getPrincipals();
  for (std::uint32_t i = 0; i < principals.size(); ++i) {
    if (principals[i].getKind() == events::Principal::Kind::ROLE && !state.principals[i].deleted &&
        std::string_view(principals[i].getName()) == role &&
        std::string_view(principals[i].getAccount()) == arn.account) {
      return true;
    }
  }
  return false;
}

bool is_one_of(const State& state, const std::vector<std::string>& names, std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text && !state.principals[i].deleted) return true;
  }
  return false;
}

bool identity_exists(const State& state, std::string_view text) {
  const PrincipalArn arn = taken_apart(text);
  if (!describes(state.scenario(), arn.account)) return true;
  if (arn.service == "iam") return is_one_of(state, state.scenario().principal_arns, text);
  return !arn.resource.starts_with("assumed-role/") || session_exists(state, arn);
}

using Strings = std::vector<const iam::JsonValue*>;

void collect_strings(const iam::JsonValue& value, Strings& into) {
  if (value.kind == iam::JsonKind::string) into.push_back(&value);
  for (const iam::JsonValue& item : value.items) collect_strings(item, into);
  for (const iam::JsonMember& member : value.members) collect_strings(member.value, into);
}

/// Everything that the statements' Principal and NotPrincipal elements name, in document order.
Strings named_principals(const iam::JsonValue& document) {
  Strings found;
  const iam::JsonValue* statements = document.find("Statement");
  if (statements == nullptr) return found;
  const bool list = statements->kind == iam::JsonKind::array;
  const std::span<const iam::JsonValue> each =
      list ? std::span<const iam::JsonValue>(statements->items) : std::span(statements, 1);
  for (const iam::JsonValue& statement : each) {
    for (const iam::JsonMember& member : statement.members) {
      const bool principal = member.key == "Principal" || member.key == "NotPrincipal";
      if (principal) collect_strings(member.value, found);
    }
  }
  return found;
}

/// AWS's words, and where in the document the principal stands.
std::string invalid_principal(std::string_view document, std::string_view principal) {
  const auto json = iam::read_json(document);
  const Strings named = json ? named_principals(*json) : Strings();
  const auto found = std::ranges::find(named, principal, &iam::JsonValue::text);
  if (found == named.end()) return std::string(iam::kInvalidPrincipals);
  const iam::JsonValue* place = *found;
  const std::string_view before = document.substr(0, place->offset);
  iam::PolicyError error;
  error.message = iam::kInvalidPrincipals;
  error.path = iam::json_path(*json, *place);
  error.offset = place->offset;
  error.line = 1 + static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
  error.column = static_cast<std::uint32_t>(before.size() - (before.rfind('\n') + 1)) + 1;
  return error.print();
}

Refusal check_principals(const Deciding& d, const iam::Policy& policy, std::string_view document) {
  if (!d.settings().policy_principals_exist) return {};
  for (const std::string_view principal : policy.aws_principals()) {
    if (!principal_exists(d.state, principal)) {
      return malformed(invalid_principal(document, principal));
    }
  }
  return {};
}

// The operator and services are no principals whom a key policy could keep out.
Refusal check_lockout(const Deciding& d, const KmsRequest& request, const iam::Policy& policy,
                      std::uint32_t key) {
  const bool checked = d.settings().policy_lockout_check && request.session != 0 &&
                       !request.parameters.getBypassPolicyLockoutSafetyCheck();
  if (!checked || may_under(d, request, events::KmsOperation::PUT_KEY_POLICY, key, policy)) {
    return {};
  }
  return malformed(std::string(iam::kPolicyLockout));
}

}  // namespace

bool principal_exists(const State& state, std::string_view text) {
  const auto name = iam::parse_aws_principal(text);
  if (!name) return true;
  if (name->kind == iam::PrincipalName::Kind::unique_id) {
    return is_one_of(state, state.scenario().principal_ids, text);
  }
  return name->kind != iam::PrincipalName::Kind::identity || identity_exists(state, text);
}

std::string shown_policy(const State& state, std::string_view document) {
  const auto json = iam::read_json(document);
  std::string shown(document);
  const Strings named = json ? named_principals(*json) : Strings();
  for (const iam::JsonValue* name : std::views::reverse(named)) {
    const std::string now = shown_principal(state, name->text);
    const std::size_t begin = name->offset + 1;  // behind the quotation mark
    // A text with escapes in it is left as it was written.
    if (now == name->text || document.substr(begin, name->text.size()) != name->text) continue;
    shown.replace(begin, name->text.size(), now);
  }
  return shown;
}

Refusal check_policy_text(std::string_view document) {
  if (document.size() > iam::kPolicyBytesMax) {
    return validation_error(
        "policy",
        fmt::format("Member must have length less than or equal to {}", iam::kPolicyBytesMax));
  }
  // Beyond U+00FF every character of UTF-8 begins with a byte above 0xc3.
  const bool allowed = std::ranges::all_of(document, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte <= 0xc3) || c == '\t' || c == '\n' || c == '\r';
  });
  if (allowed) return {};
  return validation_error("policy",
                          "Member must satisfy regular expression pattern: "
                          "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+");
}

Refusal check_new_policy(const Deciding& d, const KmsRequest& request, std::string_view document,
                         std::uint32_t key) {
  if (Refusal refusal = check_policy_text(document)) return refusal;
  const auto policy = iam::Policy::compile(document, iam::PolicyKind::key,
                                           {.size_max = d.settings().policy_max_bytes});
  if (!policy) return refused(policy.error());
  if (Refusal refusal = check_principals(d, *policy, document)) return refusal;
  return check_lockout(d, request, *policy, key);
}

}  // namespace tablekey::model::kms
