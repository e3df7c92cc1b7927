// The hierarchy of keys at a moment: which KMS keys there are, which table keys they wrap, how many
// data keys each of those wraps, and who holds a plaintext table key.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/state.h"

namespace tablekey::replay::report {

/// Tables that are listed at most; how many more there are is said.
inline constexpr std::size_t kTablesListed = 24;

/// What lies under each key; usability is judged at `now`, not before the state's last event.
nlohmann::ordered_json hierarchy_of(const model::State& state, sim::Time now);

/// A table by its name, with its Region where that is not the scenario's.
std::string table_label(const model::State& state, std::uint32_t table);

/// What a cache entry is called: its connection ("web/3"), or the cache that several share
/// ("router 2, Orders").
std::string entry_name(const model::State& state, std::uint32_t entry);

}  // namespace tablekey::replay::report
