// The table of actions.
#include "scenarios/actions.h"

#include <fmt/format.h>

#include "model/dynamodb/names.h"
#include "scenarios/characters.h"
#include "scenarios/dynamodb_call.h"
#include "scenarios/expectation.h"
#include "scenarios/kms_call.h"
#include "scenarios/resources.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

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

// Each operation of DynamoDB by its row; its number is that of the API's own name.
void add_dynamodb_actions(std::vector<Action>& all) {
  const auto add = [&](const DynamoDbOperationRow& row, auto compile, int number,
                       std::string_view more) {
    Action action{row.name, {}, compile, number};
    for (const ParameterUse& use : parameters_in(row.parameters)) {
      action.parameters.insert(action.parameters.end(), use.names.begin(), use.names.end());
    }
    action.parameters.push_back(more);
    all.push_back(std::move(action));
  };
  constexpr std::size_t kPrefix = std::string_view("dynamodb:").size();
  for (const DynamoDbOperationRow& row : table_operations()) {
    const auto operation = model::dynamodb::table_operation_named(row.name.substr(kPrefix));
    add(row, compile_table_call, static_cast<int>(operation.value()), "region");
  }
  for (const DynamoDbOperationRow& row : data_operations()) {
    const auto operation = model::dynamodb::data_operation_named(row.name.substr(kPrefix));
    add(row, compile_data_call, static_cast<int>(operation.value()), "encryptor");
  }
}

// `kms:` and the name of the operation, kept for the life of the program.
std::string_view action_name(events::KmsOperation operation) {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(events::KmsOperation::UPDATE_CUSTOM_KEY_STORE); ++i) {
      names.push_back(fmt::format("kms:{}", name_of(static_cast<events::KmsOperation>(i))));
    }
    return names;
  }();
  return kNames[static_cast<std::size_t>(operation)];
}

Action kms(const KmsOperationRow& row) {
  Action action{action_name(row.operation), {}, compile_kms_call, static_cast<int>(row.operation)};
  bool key = false, grant = false;
  for (const ParameterUse& use : parameters_of(row)) {
    for (const std::string_view name : use.names) {
      action.parameters.push_back(name);
      key = key || name == "KeyId" || name == "TargetKeyId" || name == "DestinationKeyId";
      grant = grant || name == "GrantId";
    }
  }
  // Behind AWS's own names stand our shorthands, and what every call takes.
  if (key) action.parameters.emplace_back("key");
  if (row.table) action.parameters.emplace_back("table");
  if (grant) action.parameters.emplace_back("grant");
  const auto& all = call_parameters();
  action.parameters.insert(action.parameters.end(), all.begin(), all.end());
  return action;
}

Action iam(std::string_view name, std::vector<std::string_view> parameters, IamAction what) {
  return {name, std::move(parameters), compile_iam_change, static_cast<int>(what)};
}

Action fault(std::string_view name, std::vector<std::string_view> parameters,
             events::Fault::Kind kind) {
  return {name, std::move(parameters), compile_fault, static_cast<int>(kind)};
}

void add_iam_actions(std::vector<Action>& all) {
  using enum IamAction;
  all.push_back(iam("iam:PutRolePolicy", {"RoleName", "PolicyName", "PolicyDocument"}, put_policy));
  all.push_back(iam("iam:PutUserPolicy", {"UserName", "PolicyName", "PolicyDocument"}, put_policy));
  all.push_back(iam("iam:DeleteRolePolicy", {"RoleName", "PolicyName"}, delete_policy));
  all.push_back(iam("iam:DeleteUserPolicy", {"UserName", "PolicyName"}, delete_policy));
  all.push_back(
      iam("iam:PutRolePermissionsBoundary", {"RoleName", "PermissionsBoundary"}, put_boundary));
  all.push_back(
      iam("iam:PutUserPermissionsBoundary", {"UserName", "PermissionsBoundary"}, put_boundary));
  all.push_back(iam("iam:DeleteRolePermissionsBoundary", {"RoleName"}, delete_boundary));
  all.push_back(iam("iam:DeleteUserPermissionsBoundary", {"UserName"}, delete_boundary));
  all.push_back(iam("iam:AttachRolePolicy", {"RoleName", "PolicyArn"}, attach_policy));
  all.push_back(iam("iam:AttachUserPolicy", {"UserName", "PolicyArn"}, attach_policy));
  all.push_back(iam("iam:DetachRolePolicy", {"RoleName", "PolicyArn"}, detach_policy));
  all.push_back(iam("iam:DetachUserPolicy", {"UserName", "PolicyArn"}, detach_policy));
  all.push_back(iam("iam:DeleteRole", {"RoleName"}, delete_principal));
  all.push_back(iam("iam:DeleteUser", {"UserName"}, delete_principal));
}

void add_faults(std::vector<Action>& all) {
  using Kind = events::Fault::Kind;
  all.push_back(fault("fault:KmsOutage", {"duration", "error", "share", "operation", "region"},
                      Kind::OUTAGE));
  all.push_back(fault("fault:KmsLatency", {"duration", "latency", "share", "operation", "region"},
                      Kind::LATENCY));
  all.push_back(fault("fault:KmsNeighbour", {"duration", "rate", "operation", "account", "region"},
                      Kind::NEIGHBOUR));
  all.push_back(fault("fault:CustomKeyStore", {"duration", "store", "error"}, Kind::KEY_STORE));
  all.push_back(fault("fault:KmsBrownOut",
                      {"duration", "share", "latency", "error", "operation", "region"},
                      Kind::BROWN_OUT));
  all.push_back(fault("fault:NetworkPartition", {"duration", "routers", "share", "timeout"},
                      Kind::PARTITION));
  all.push_back(fault("fault:RestartRouters", {"routers", "share"}, Kind::RESTART));
  all.push_back(
      fault("fault:RegionFailure", {"duration", "region", "error"}, Kind::REGION_FAILURE));
  all.push_back(fault("fault:SlowPropagation", {"duration", "delay", "region"}, Kind::PROPAGATION));
}

}  // namespace

const std::vector<Action>& actions() {
  static const std::vector<Action> kActions = [] {
    std::vector<Action> all;
    for (const KmsOperationRow& row : kms_operations()) all.push_back(kms(row));
    all.push_back({"sts:AssumeRole",
                   {"role", "session", "access_key_id", "Policy", "Tags"},
                   compile_assume_role});
    add_iam_actions(all);
    add_dynamodb_actions(all);
    all.push_back({"net:CloseConnections", {"workload", "share"}, close_connections});
    all.push_back({"tablekey:ChangeProfile", {"profile", "model"}, compile_change_profile});
    all.push_back({"tablekey:NewMaterialVersion", {"encryptor"}, compile_new_material});
    add_faults(all);
    return all;
  }();
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
