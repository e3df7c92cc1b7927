// Steps that change identities: their policies, boundaries, sessions, and whether they exist.
#include <fmt/format.h>

#include "scenarios/actions.h"
#include "scenarios/characters.h"
#include "scenarios/managed_policies.h"
#include "scenarios/pairs.h"
#include "scenarios/policy.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using model::iam::PolicyKind;
using IamOperation = events::Step::IamOperation;

// RoleName or UserName, whichever the action has; it must be of that kind.
std::uint32_t read_target(ActionContext& context) {
  const bool role = context.step.name.find("Role") != std::string_view::npos;
  const std::string_view field = role ? "RoleName" : "UserName";
  const Node* node = context.reader.require(field);
  if (node == nullptr) return kNone;
  const std::uint32_t found = read_principal(*node, field, context.draft, context.diagnostics);
  if (found == kNone) return kNone;
  const auto kind = role ? events::Principal::Kind::ROLE : events::Principal::Kind::USER;
  if (context.draft.principals[found].kind == kind) return found;
  context.diagnostics.error(
      node->place, fmt::format("'{}' is no {}", printable(node->text), role ? "role" : "user"));
  return kNone;
}

// A policy's name and document: inline, or a managed one by its ARN.
bool read_inline_policy(ActionContext& context, bool with_document, IamChange& change) {
  const Node* name = context.reader.require("PolicyName");
  const Node* document = with_document ? context.reader.require("PolicyDocument") : nullptr;
  if (name == nullptr || (with_document && document == nullptr)) return false;
  const std::string* text = read_text(*name, "PolicyName", context.diagnostics);
  if (text == nullptr) return false;
  change.name = *text;
  if (!with_document) return true;
  const auto json =
      read_policy(*document, "PolicyDocument", PolicyKind::identity, true, context.diagnostics);
  change.document = json.value_or("");
  return json.has_value();
}

bool read_managed(ActionContext& context, std::string_view field, IamChange& change) {
  const Node* node = context.reader.require(field);
  if (node == nullptr) return false;
  const auto policy = read_managed_policy(*node, field, context.draft, context.diagnostics);
  if (!policy) return false;
  change.name = policy->name;
  change.document = policy->document;
  return true;
}

}  // namespace

std::optional<StepAction> compile_iam_change(ActionContext& context, const Action& action) {
  IamChange change;
  change.principal = read_target(context);
  bool good = change.principal != kNone;
  switch (static_cast<IamAction>(action.variant)) {
    case IamAction::put_policy:
      change.operation = IamOperation::PUT_POLICY;
      good = read_inline_policy(context, true, change) && good;
      break;
    case IamAction::delete_policy:
      change.operation = IamOperation::DELETE_POLICY;
      good = read_inline_policy(context, false, change) && good;
      break;
    case IamAction::put_boundary:
      change.operation = IamOperation::PUT_PERMISSIONS_BOUNDARY;
      good = read_managed(context, "PermissionsBoundary", change) && good;
      break;
    case IamAction::delete_boundary:
      change.operation = IamOperation::DELETE_PERMISSIONS_BOUNDARY;
      break;
    case IamAction::attach_policy:
      change.operation = IamOperation::PUT_POLICY;
      good = read_managed(context, "PolicyArn", change) && good;
      break;
    case IamAction::detach_policy:
      change.operation = IamOperation::DELETE_POLICY;
      good = read_managed(context, "PolicyArn", change) && good;
      change.document.clear();
      break;
    case IamAction::delete_principal:
      change.operation = IamOperation::DELETE_PRINCIPAL;
      break;
  }
  if (!good) return std::nullopt;
  return change;
}

std::optional<StepAction> compile_assume_role(ActionContext& context, const Action&) {
  AssumeRole step;
  const Node* role = context.reader.require("role");
  const Node* session = context.reader.require("session");
  if (role == nullptr || session == nullptr) return std::nullopt;
  step.principal = read_principal(*role, "role", context.draft, context.diagnostics);
  step.session = read_session(*session, "session", context.diagnostics);
  if (const Node* id = context.reader.get("access_key_id")) {
    const std::string* text = read_text(*id, "access_key_id", context.diagnostics);
    if (text == nullptr) return std::nullopt;
    step.access_key_id = *text;
  }
  if (const Node* policy = context.reader.get("Policy")) {
    const auto json =
        read_policy(*policy, "Policy", PolicyKind::identity, false, context.diagnostics);
    if (!json) return std::nullopt;
    step.policy = *json;
  }
  if (const Node* tags = context.reader.get("Tags")) {
    auto pairs = read_tags(*tags, "Tags", context.diagnostics);
    if (!pairs) return std::nullopt;
    step.tags = std::move(*pairs);
  }
  if (step.principal == kNone || step.session.empty()) return std::nullopt;
  if (context.draft.principals[step.principal].kind != events::Principal::Kind::ROLE) {
    context.diagnostics.error(role->place, "only a role can be assumed");
    return std::nullopt;
  }
  return step;
}

}  // namespace tablekey::scenarios
