// `workload: default` — something for every table to do, for whoever includes a template and wants
// to see it run: one connection a table, a request a second of a small mix, as a role that may do
// everything that its account's identities may be allowed to do.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/sections.h"

namespace tablekey::scenarios {
namespace {

constexpr std::string_view kRole = "DefaultWorkload";
constexpr double kRate = 1;  // requests a second of each connection
constexpr std::uint32_t kGetItem = 600'000, kPutItem = 300'000, kQuery = 100'000;  // millionths

// It is allowed all of DynamoDB and KMS by its own policy; a key's policy may still refuse it.
std::uint32_t default_role(Draft& draft, const std::string& account) {
  const std::string id =
      account == draft.account ? std::string(kRole) : fmt::format("{}-{}", kRole, account);
  const std::uint32_t present = find_principal(draft, id);
  if (present != kNone) return present;
  DraftPrincipal role;
  role.logical_id = id;
  role.kind = events::Principal::Kind::ROLE;
  role.name = "default-workload";
  role.account = account;
  role.arn = fmt::format("arn:{}:iam::{}:role/{}", partition_of(draft.region), account, role.name);
  role.policies.emplace_back("everything",
                             R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                             R"("Action":["dynamodb:*","kms:*"],"Resource":"*"}]})");
  draft.principals.push_back(std::move(role));
  return static_cast<std::uint32_t>(draft.principals.size() - 1);
}

DraftWorkload default_workload(Draft& draft, std::uint32_t table, Place place) {
  using Operation = events::DataOperation;
  DraftWorkload workload;
  workload.name = fmt::format("default-{}", draft.tables[table].logical_id);
  workload.place = place;
  workload.table = table;
  workload.principal = default_role(draft, draft.tables[table].account);
  workload.session = "default";
  workload.connections = draft.tables[table].copies;
  workload.stages = {{sim::Duration(), kRate, kRate}};
  workload.operations = {
      {Operation::GET_ITEM, kGetItem}, {Operation::PUT_ITEM, kPutItem}, {Operation::QUERY, kQuery}};
  return workload;
}

}  // namespace

bool is_default_workload(const Node& node) {
  return node.is_scalar() && !node.is_null() && node.text == "default";
}

void add_default_workloads(Draft& draft, Place place) {
  const std::size_t tables = draft.tables.size();
  for (std::uint32_t table = 0; table < tables; ++table) {
    const bool used = std::ranges::any_of(
        draft.workloads, [&](const DraftWorkload& one) { return one.table == table; });
    if (!used) draft.workloads.push_back(default_workload(draft, table, place));
  }
}

}  // namespace tablekey::scenarios
