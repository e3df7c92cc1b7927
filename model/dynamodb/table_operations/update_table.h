// UpdateTable in its forms: a switch of keys (update_sse.cpp), and everything that makes the table
// UPDATING or changes a setting at once (update_table.cpp).
#pragma once

#include "model/dynamodb/sse_settings.h"
#include "model/dynamodb/table_operation.h"

namespace tablekey::model::dynamodb {

TableRefusal validate_update(const Deciding& d, const TableRequest& request);
TableRefusal check_update(const Deciding& d, const TableRequest& request);
void update_effect(Deciding& d, const TableRequest& request,
                   events::ControlAnswered::Builder event);
bool decide_update(Deciding& d, const TableRequest& request);

// ---- update_sse.cpp: the admission pipeline of dynamodb.md 2.5 ----
/// Steps 2 to 5: table and state, no other change, another key than now, quota.
TableRefusal check_sse_update(const Deciding& d, const TableRequest& request);
/// From step 6 on: KMS is asked.
void decide_sse_update(Deciding& d, const TableRequest& request);

/// TableRequestRefused of a request whose key KMS does not know.
void refuse_for_choice(Deciding& d, const TableRequest& request, const KeyChoice& choice);

}  // namespace tablekey::model::dynamodb
