// Indices in a header are trusted later, so they are checked once.
#pragma once

#include <expected>
#include <string>

#include "scenario.capnp.h"

namespace tablekey::model {

/// Error: a sentence that says which kind of thing the scenario names without having it.
std::expected<void, std::string> check_references(events::Scenario::Reader scenario);

}  // namespace tablekey::model
