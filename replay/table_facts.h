// What several views ask about a table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/state.h"
#include "replay/names.h"

namespace tablekey::replay {

/// Items that exist in a table.
std::uint64_t items_in(const model::State& state, std::uint32_t table);

/// The number of a global secondary index that the tables declare, by its name.
std::optional<std::uint32_t> find_index(const model::ScenarioView& scenario,
                                        const TableRange& tables, std::string_view name);

/// What a structure is, in a word: "partition", "lsi/by-date", "gsi/by-author", "stream" (a shard
/// of it), "log" or "snapshot".
std::string structure_kind(const model::State& state, std::uint32_t table,
                           const model::Structure& structure);

/// The same with its number, which tells it from others: "partition#3". Empty: there is none.
std::string structure_name(const model::State& state, std::uint32_t table, std::uint32_t structure);

/// The name of a local or a global index of a table; empty: there is none.
std::string index_name(const model::State& state, std::uint32_t table, std::uint32_t index,
                       bool local);

}  // namespace tablekey::replay
