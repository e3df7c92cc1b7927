// The law that a switch of keys leaves nothing behind: from its completion on no data key in use is
// wrapped under an older version of the table key (dynamodb.md 2.6).
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "replay/invariants.h"

namespace tablekey::replay {

/// Folds the trace and looks at every table when its switch completes, and at all tables at the
/// end. Error: the trace cannot be read.
std::expected<InvariantFinding, std::string> live_keys_current(const std::filesystem::path& trace);

}  // namespace tablekey::replay
