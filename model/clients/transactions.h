// Transactions: all of their items, or none (dynamodb.md 9). They take effect in the one event that
// answers them, so nothing lies between their parts.
#pragma once

#include "model/clients/request_work.h"

namespace tablekey::model {

Refused check_transaction(const RequestWork& work);
void transact_get(RequestWork& work);
void transact_write(RequestWork& work);

/// Cancels the transaction: the table's key could not be had.
void cancel_for_key(RequestWork& work, std::uint32_t table, const Refused& refused);

/// The earlier TransactWriteItems with this one's ClientRequestToken; nothing: it is new.
const RequestToken* same_token(const State& state, sim::Time now, std::string_view token,
                               std::uint32_t caller);

}  // namespace tablekey::model
