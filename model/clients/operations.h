// The operations on items that a request names one by one: single ones, batches, transactions.
// `check_…` finds fault with the shape before any key is asked for; `run_…` answers, the keys of
// all tables at hand.
#pragma once

#include <set>

#include "model/clients/request_work.h"

namespace tablekey::model {

/// Counts, sizes and duplicates (dynamodb.md 9); NONE: nothing is wrong.
Refused check_operation(const RequestWork& work, events::DataOperation operation);

/// `lost`: tables whose key could not be had, where the settings let the rest of a batch go on.
void run_operation(RequestWork& work, events::DataOperation operation,
                   const std::set<std::uint32_t>& lost);

}  // namespace tablekey::model
