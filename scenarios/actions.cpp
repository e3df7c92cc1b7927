// The table of actions.
#include "scenarios/actions.h"

#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/item.h"
#include "scenarios/policy.h"
#include "scenarios/resources.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Kms = events::Step::KmsCallKind;
using Operation = events::DataOperation;

constexpr std::uint32_t kPendingWindowStandard = 30;  // days; kms.md 3.2

KmsCall kms_call(const Action& action) {
  KmsCall call;
  call.operation = static_cast<Kms>(action.variant);
  return call;
}

// DisableKey, EnableKey, CancelKeyDeletion.
std::optional<StepAction> key_state(ActionContext& context, const Action& action) {
  KmsCall call = kms_call(action);
  call.key = context.required_key();
  if (call.key == kNone) return std::nullopt;
  return call;
}

std::optional<StepAction> schedule_deletion(ActionContext& context, const Action& action) {
  KmsCall call = kms_call(action);
  call.key = context.required_key();
  call.pending_window_in_days = kPendingWindowStandard;
  for (const std::string_view name : {"PendingWindowInDays", "pendingWindowInDays"}) {
    const Node* days = context.reader.get(name);
    if (days == nullptr) continue;
    const auto count = read_count(*days, name, {7, 30}, context.diagnostics);
    if (!count) return std::nullopt;
    call.pending_window_in_days = static_cast<std::uint32_t>(*count);
  }
  if (call.key == kNone) return std::nullopt;
  return call;
}

std::optional<StepAction> put_key_policy(ActionContext& context, const Action& action) {
  KmsCall call = kms_call(action);
  call.key = context.required_key();
  const Node* policy = context.reader.require("policy");
  if (policy == nullptr || call.key == kNone) return std::nullopt;
  const auto json =
      read_policy(*policy, "policy", model::iam::PolicyKind::key, true, context.diagnostics);
  if (!json) return std::nullopt;
  call.policy = *json;
  return call;
}

// `grant: { grantee, table, which }`, of the grants that DynamoDB made.
bool read_grant(ActionContext& context, const Node& node, KmsCall& call) {
  MapReader grant(node, "grant", {"grantee", "table", "which"}, context.diagnostics);
  if (!grant.is_map()) return false;
  bool good = true;
  if (const Node* grantee = grant.get("grantee")) {
    const std::string* text = read_text(*grantee, "grantee", context.diagnostics);
    const std::string regional = fmt::format("dynamodb.{}.amazonaws.com", context.draft.region);
    good = text != nullptr && (*text == "dynamodb.amazonaws.com" || *text == regional);
    if (text != nullptr && !good) {
      context.diagnostics.error(grantee->place,
                                fmt::format("grantee: no grants for '{}'", printable(*text)),
                                "write dynamodb.amazonaws.com");
    }
  }
  if (const Node* which = grant.get("which")) {
    const auto choice =
        read_choice(*which, "which", {"all", "first", "second"}, context.diagnostics);
    good = good && choice.has_value();
    if (choice) call.grants = static_cast<events::Step::GrantChoice>(*choice);
  }
  if (const Node* table = grant.require("table")) {
    call.table = context.table(*table);
  }
  return good && call.table != kNone;
}

// RevokeGrant, RetireGrant: the grants are found through the table they were made for.
std::optional<StepAction> end_grant(ActionContext& context, const Action& action) {
  KmsCall call = kms_call(action);
  const Node* grant = context.reader.get("grant");
  if (grant != nullptr) {
    if (!read_grant(context, *grant, call)) return std::nullopt;
  } else {
    call.table = context.required_table("the table whose grants are meant");
    if (call.table == kNone) return std::nullopt;
  }
  const bool given = context.reader.get("key") != nullptr;
  call.key = given ? context.key() : context.draft.tables[call.table].key;
  if (call.key == kNone) return std::nullopt;
  return call;
}

// CreateGrant, Decrypt, GenerateDataKey, Encrypt, DescribeKey, called directly and not by DynamoDB.
// With a table the call carries its encryption context, and Decrypt its wrapped table key.
std::optional<StepAction> direct_call(ActionContext& context, const Action& action) {
  KmsCall call = kms_call(action);
  const bool needs_table = call.operation == Kms::CREATE_GRANT || call.operation == Kms::DECRYPT;
  const bool has_table = context.reader.get("table") != nullptr;
  if (needs_table || has_table) {
    call.table = context.required_table();
    if (call.table == kNone) return std::nullopt;
  }
  if (context.reader.get("key") == nullptr && call.table != kNone) {
    call.key = context.draft.tables[call.table].key;
  } else {
    call.key = context.required_key();
  }
  if (call.key == kNone) return std::nullopt;
  return call;
}

std::optional<StepAction> assume_role(ActionContext& context, const Action&) {
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
  if (step.principal == kNone || step.session.empty()) return std::nullopt;
  if (context.draft.principals[step.principal].kind != events::Principal::Kind::ROLE) {
    context.diagnostics.error(role->place, "only a role can be assumed");
    return std::nullopt;
  }
  return step;
}

std::optional<StepAction> create_table(ActionContext& context, const Action&) {
  const CreateTable step{context.required_table()};
  if (step.table == kNone) return std::nullopt;
  return step;
}

std::optional<StepAction> delete_table(ActionContext& context, const Action&) {
  const DeleteTable step{context.required_table()};
  if (step.table == kNone) return std::nullopt;
  return step;
}

std::optional<StepAction> update_table(ActionContext& context, const Action&) {
  UpdateTable step{context.required_table(), kNone};
  const Node* key = context.reader.get("key");
  const Node* specification = context.reader.get("SSESpecification");
  if ((key == nullptr) == (specification == nullptr)) {
    context.diagnostics.error(context.reader.place(),
                              "dynamodb:UpdateTable wants either 'key' or 'SSESpecification'");
    return std::nullopt;
  }
  step.to_key = key != nullptr
                    ? context.key()
                    : read_sse_specification(specification, context.draft, context.diagnostics);
  if (step.table == kNone || step.to_key == kNone) return std::nullopt;
  return step;
}

std::optional<StepAction> data_request(ActionContext& context, const Action& action) {
  DataRequest step;
  step.operation = static_cast<Operation>(action.variant);
  step.table = context.required_table();
  if (step.table == kNone) return std::nullopt;
  if (step.operation == Operation::SCAN) return step;
  const bool put = step.operation == Operation::PUT_ITEM;
  const std::string_view parameter = put ? "item" : "key";
  const Node* node = context.reader.require(parameter);
  if (node == nullptr) return std::nullopt;
  const ItemShape shape = put                                  ? ItemShape::item
                          : step.operation == Operation::QUERY ? ItemShape::partition
                                                               : ItemShape::key;
  DraftTable& table = context.draft.tables[step.table];
  const auto value = read_item(*node, parameter, shape, table, context.diagnostics);
  if (!value) return std::nullopt;
  step.item = item_ordinal(*value, shape, table);
  step.value = *value;
  return step;
}

std::optional<StepAction> close_connections(ActionContext& context, const Action&) {
  CloseConnections step;
  const Node* workload = context.reader.require("workload");
  if (workload == nullptr) return std::nullopt;
  step.workload = read_workload(*workload, "workload", context.draft, context.diagnostics);
  if (const Node* share = context.reader.get("share")) {
    const auto millionths = read_share(*share, "share", context.diagnostics);
    if (!millionths) return std::nullopt;
    step.share_millionths = *millionths;
  }
  if (step.workload == kNone) return std::nullopt;
  return step;
}

Action kms(std::string_view name, std::vector<std::string_view> parameters,
           std::optional<StepAction> (*compile)(ActionContext&, const Action&), Kms operation) {
  return {name, std::move(parameters), compile, static_cast<int>(operation)};
}

Action data(std::string_view name, std::vector<std::string_view> parameters, Operation operation) {
  return {name, std::move(parameters), data_request, static_cast<int>(operation)};
}

}  // namespace

const std::vector<Action>& actions() {
  static const std::vector<Action> kActions = {
      kms("kms:DisableKey", {"key"}, key_state, Kms::DISABLE_KEY),
      kms("kms:EnableKey", {"key"}, key_state, Kms::ENABLE_KEY),
      kms("kms:ScheduleKeyDeletion", {"key", "PendingWindowInDays", "pendingWindowInDays"},
          schedule_deletion, Kms::SCHEDULE_KEY_DELETION),
      kms("kms:CancelKeyDeletion", {"key"}, key_state, Kms::CANCEL_KEY_DELETION),
      kms("kms:PutKeyPolicy", {"key", "policy"}, put_key_policy, Kms::PUT_KEY_POLICY),
      kms("kms:RevokeGrant", {"key", "grant", "table"}, end_grant, Kms::REVOKE_GRANT),
      kms("kms:RetireGrant", {"key", "grant", "table"}, end_grant, Kms::RETIRE_GRANT),
      kms("kms:CreateGrant", {"key", "table"}, direct_call, Kms::CREATE_GRANT),
      kms("kms:Decrypt", {"key", "table"}, direct_call, Kms::DECRYPT),
      kms("kms:GenerateDataKey", {"key", "table"}, direct_call, Kms::GENERATE_DATA_KEY),
      kms("kms:Encrypt", {"key", "table"}, direct_call, Kms::ENCRYPT),
      kms("kms:DescribeKey", {"key", "table"}, direct_call, Kms::DESCRIBE_KEY),
      {"sts:AssumeRole", {"role", "session", "access_key_id"}, assume_role},
      {"dynamodb:CreateTable", {"table"}, create_table},
      {"dynamodb:DeleteTable", {"table"}, delete_table},
      {"dynamodb:UpdateTable", {"table", "key", "SSESpecification"}, update_table},
      data("dynamodb:GetItem", {"table", "key"}, Operation::GET_ITEM),
      data("dynamodb:PutItem", {"table", "item"}, Operation::PUT_ITEM),
      data("dynamodb:DeleteItem", {"table", "key"}, Operation::DELETE_ITEM),
      data("dynamodb:Query", {"table", "key"}, Operation::QUERY),
      data("dynamodb:Scan", {"table"}, Operation::SCAN),
      {"net:CloseConnections", {"workload", "share"}, close_connections},
  };
  return kActions;
}

const Action* find_action(std::string_view name) {
  for (const Action& action : actions()) {
    if (action.name == name) return &action;
  }
  return nullptr;
}

std::uint32_t ActionContext::table(const Node& node) {
  const std::uint32_t found = read_table(node, "table", draft, diagnostics);
  if (found == kNone || draft.tables[found].copies == 1) return found;
  diagnostics.error(node.place, fmt::format("'{}' stands for {} tables; a step acts on one",
                                            printable(draft.tables[found].logical_id),
                                            draft.tables[found].copies));
  return kNone;
}

std::uint32_t ActionContext::required_table(std::string hint) {
  const Node* node = reader.require("table", std::move(hint));
  return node == nullptr ? kNone : table(*node);
}

std::uint32_t ActionContext::key() {
  const Node* node = reader.get("key");
  return node == nullptr ? kNone : read_key(*node, "key", draft, diagnostics);
}

std::uint32_t ActionContext::required_key() {
  return reader.require("key") == nullptr ? kNone : key();
}

}  // namespace tablekey::scenarios
