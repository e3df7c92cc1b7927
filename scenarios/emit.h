// The draft, written down as the message that goes into the trace.
#pragma once

#include "scenario.capnp.h"
#include "scenarios/draft.h"

namespace tablekey::scenarios {

// Requires a draft without errors: every reference is an index that exists.
void emit(const Draft& draft, events::Scenario::Builder scenario);

// A list's size as messages have it.
std::uint32_t size_of(const auto& items) { return static_cast<std::uint32_t>(items.size()); }

void emit_index(const DraftIndex& from, events::SecondaryIndex::Builder to);

}  // namespace tablekey::scenarios
