// Query and Scan with all their parameters (dynamodb.md 9): over the table, a local index or a
// global one.
#pragma once

#include "model/clients/request_work.h"
#include "model/dynamodb/items/key_condition.h"

namespace tablekey::model {

/// The parameters of a Query or Scan, taken apart.
struct QueryWork {
  std::uint32_t table = 0;
  std::uint32_t local = kNone, global = kNone;  ///< which index; both kNone: the table itself
  items::KeySchema schema;                      ///< of what is read
  std::optional<items::KeyCondition> key;       ///< Query
  std::optional<items::Condition> filter;
  std::optional<items::Projection> projection;
  bool scan = false, count_only = false;
  bool fetches = false;         ///< attributes that the local index does not project are asked for
  std::uint32_t start = kNone;  ///< item after which the page begins
};

/// What is wrong with its shape; NONE: nothing.
Refused parse_query(const RequestWork& work, QueryWork& query);

/// Reads one page into the answer.
void run_query(RequestWork& work, const QueryWork& query);

}  // namespace tablekey::model
