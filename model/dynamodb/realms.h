// Whose tables a principal may act on. A table belongs to an account; DynamoDB lets principals of
// another one in only through a resource-based policy, and the tables here have none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/state.h"

namespace tablekey::model::dynamodb {

/// Whether the table is of the account of whoever has this session (1 + session; 0: the operator,
/// whose account is every table's).
bool in_own_account(const State& state, std::uint32_t session, std::uint32_t table);

/// 1 + the present session of an identity (1 + identity; 0: the operator).
std::uint32_t session_of_identity(const State& state, std::uint32_t identity);

/// The message of the AccessDeniedException that a principal of another account gets:
/// `User: <arn> is not authorized to perform: dynamodb:GetItem on resource: <table> because …`.
/// `operation`: as the API spells it.
std::string foreign_table_message(const State& state, std::uint32_t session,
                                  std::string_view operation, std::uint32_t table);

}  // namespace tablekey::model::dynamodb
