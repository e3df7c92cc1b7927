// The parts of inspect's document that are DynamoDB's: what a table shows, what it is made of, what
// is done for it, and what its metadata has given away.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

#include "model/state.h"

namespace tablekey::replay {

using Json = nlohmann::ordered_json;

/// SSEDescription as DescribeTable has it (dynamodb.md 2.2); null: there is none.
Json sse_document(const model::State& state, std::uint32_t table);

/// The data keys of a table's structures, with what they are wrapped under.
Json structures_document(const model::State& state, std::uint32_t table);

/// Adds to the table's object what only some tables have: settings, partitions, indexes, streams,
/// recovery, jobs, replicas. `now`: when it is judged.
void add_table_details(Json& object, const model::State& state, std::uint32_t table, sim::Time now);

using TableFilter = std::function<bool(std::uint32_t)>;

/// Backups that can be seen, and exports, of the tables that the filter lets pass.
Json backups_document(const model::State& state, const TableFilter& shown);
Json exports_document(const model::State& state, const TableFilter& shown);

/// Every plaintext sort key that their metadata has, or had (dynamodb.md 3.2).
Json leakage_document(const model::State& state, const TableFilter& shown);

}  // namespace tablekey::replay
