// Transactions: all of their items, or none (dynamodb.md 9). They take effect in the one event that
// answers them, so nothing lies between their parts.
#pragma once

#include "model/clients/request_work.h"

namespace tablekey::model {

Refused check_transaction(const RequestWork& work);
void transact_get(RequestWork& work);
void transact_write(RequestWork& work);

}  // namespace tablekey::model
