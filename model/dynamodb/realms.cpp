// Principals and tables of several accounts.
#include "model/dynamodb/realms.h"

#include <fmt/format.h>

#include "model/law.h"

namespace tablekey::model::dynamodb {

bool in_own_account(const State& state, std::uint32_t session, std::uint32_t table) {
  if (session == 0) return true;
  const ScenarioView& scenario = state.scenario();
  const std::uint32_t principal = at(state.sessions, session - 1).principal;
  const std::uint32_t account = at(scenario.principal_accounts, principal);
  return scenario.accounts[account] == state.table_account(table);
}

std::uint32_t session_of_identity(const State& state, std::uint32_t identity) {
  return identity == 0 ? 0 : 1 + at(state.latest_session, identity - 1);
}

std::string foreign_table_message(const State& state, std::uint32_t session,
                                  std::string_view operation, std::uint32_t table) {
  const std::string user = session == 0 ? std::string() : state.session_arn(session - 1);
  return fmt::format(
      "User: {} is not authorized to perform: dynamodb:{} on resource: {} because no "
      "resource-based policy allows the dynamodb:{} action",
      user, operation, state.table_arn(table), operation);
}

}  // namespace tablekey::model::dynamodb
