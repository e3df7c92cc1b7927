// The world at one moment, for a person and as a document: keys, grants, tables with their keys,
// who may still use a plaintext table key, and what is pending. It shows names and identifiers,
// never key material.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/state.h"
#include "replay/metrics/data_keys.h"

namespace tablekey::replay {

struct InspectOptions {
  /// Only this table (its name, its logical id for all copies), its key and its grants.
  std::optional<std::string> table;
  /// The moment that was asked for: what is usable is judged then. Without it, the time of the last
  /// event. Must not be earlier than that.
  std::optional<sim::Time> at = std::nullopt;
};

/// The tables of that name or logical id, in order; empty: there is none.
std::vector<std::uint32_t> tables_named(const model::State& state, std::string_view name);

/// All names that --table may take, for a message about a wrong one.
std::vector<std::string> table_names(const model::State& state);

/// For a terminal. An unknown table gives an empty listing: check tables_named() first.
std::string inspect_text(const model::State& state, const InspectOptions& options = {});

/// One JSON document with "format": "tablekey.inspect/1".
std::string inspect_json(const model::State& state, const InspectOptions& options = {});

/// The leakage report alone: every sort key that table metadata has or had in plaintext
/// (dynamodb.md 3.2), and these data keys, which lie unwrapped in memory (3.5). For a terminal, and
/// with "format": "tablekey.leakage/1".
std::string leakage_text(const model::State& state, const InspectOptions& options = {},
                         std::span<const UnwrappedDataKey> data_keys = {});
std::string leakage_json(const model::State& state, const InspectOptions& options = {},
                         std::span<const UnwrappedDataKey> data_keys = {});

}  // namespace tablekey::replay
