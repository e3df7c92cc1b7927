// The health checker (dynamodb.md 2.8): whether DynamoDB itself can still use a table's key, and
// when it looks.
#pragma once

#include <cstdint>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::model::dynamodb {

/// Why the key itself decrypts nothing now: its state, or its custom key store. NONE: it does, for
/// whoever may. `key`: kNone is no key, which is never in the way.
events::KmsError key_refusal(const State& state, std::uint32_t key);

/// What the checker's DescribeKey and Decrypt would give now: it works as the service, under the
/// table's grants. A key policy that only stops the callers is not in its way.
events::KmsError service_refusal(const State& state, std::uint32_t table, std::uint32_t key);

/// When the checker looks at a table next, after `from`: at the phase of its period that its
/// TableId says, or as long afterwards as was measured once.
sim::Time next_check(const State& state, std::uint32_t table, sim::Time from);

}  // namespace tablekey::model::dynamodb
