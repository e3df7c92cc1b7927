// What a fuzz target says when a law does not hold. libFuzzer keeps the input of a process that
// aborts, and a replay of the seeds fails the same way.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tablekey::fuzz {

inline void require(bool holds, const char* law) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", law);
  std::abort();
}

}  // namespace tablekey::fuzz
