// The same work on several threads at once. What it comes to must not depend on which of them was
// first: the work takes numbers from a shared counter and puts results in the places of those
// numbers.
#pragma once

#include <cstddef>
#include <functional>

namespace tablekey::replay {

/// How many threads "0: as many as there are" means on this machine; any other number is itself.
unsigned threads_or_all(unsigned asked);

/// Calls `work` on that many threads, the caller's among them, and returns when all have ended. The
/// first exception of any of them is thrown again then.
void on_threads(unsigned threads, const std::function<void()>& work);

/// The same, but the caller's thread looks on: `look` is called about every tenth of a second, and
/// once at the end. It may be called while `work` runs.
void on_threads_watched(unsigned threads, const std::function<void()>& work,
                        const std::function<void()>& look);

/// Calls `work` once for each number below `count`, on at most that many threads. After an
/// exception no further number is begun.
void for_each_parallel(std::size_t count, unsigned threads,
                       const std::function<void(std::size_t)>& work);

}  // namespace tablekey::replay
