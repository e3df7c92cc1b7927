// A table's key hierarchy at one moment: which key material wraps which table key, which data keys
// that wraps, and who holds it in plaintext until when.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "model/state.h"

namespace tablekey::replay {

/// "tablekey.hierarchy/1" for the tables of that name. What is usable is judged at `at`, which must
/// not be before the state's own time. No key material is in it.
nlohmann::ordered_json hierarchy_document(const model::State& state, const std::string& table,
                                          sim::Time at);

/// The document as a tree for a terminal.
std::string hierarchy_text(const nlohmann::ordered_json& document);

}  // namespace tablekey::replay
