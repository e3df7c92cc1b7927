// When a plaintext table key in a connection's cache may be used (dynamodb.md 4.4, cache-theory.md
// 1). The rules here are idle timeout, maximum age, and both together; which one holds is a
// setting.
#pragma once

#include <cstdint>

#include "model/state.h"

namespace tablekey::model {

/// The version of the table key that a request needs: the one that wraps the data key of the
/// first partition. 0: the table has no keys.
std::uint32_t needed_version(const Table& table);

/// Whether a cached table key may be used now. Validity is half-open: an entry of lifetime T made
/// at s serves on [s, s + T).
bool usable(const CacheEntry& entry, std::uint32_t needed, const Settings& settings, sim::Time now);

/// The first instant at which the entry is no longer usable, if nothing uses it any more.
/// Time::max() where no rule ends it.
sim::Time usable_until(const CacheEntry& entry, const Settings& settings);

}  // namespace tablekey::model
