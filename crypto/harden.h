#pragma once
// What the process as a whole does to keep keys where they are: no core dumps, nothing written to
// swap. Called once by main, before any key exists.

#include <cstddef>
#include <string>

namespace tablekey::crypto {

// What harden_process achieved. Nothing in it is an error: a system may forbid all of it.
struct HardenResult {
  bool core_limit_zero = false;  // RLIMIT_CORE is 0: no core file is written.
  bool not_dumpable = false;     // PR_SET_DUMPABLE is 0: no core through a pipe, no foreign ptrace.
  bool all_memory_locked = false;  // mlockall held: no page of the process goes to swap.
  std::string why_not_locked;      // Why all_memory_locked is false; empty when it is true.

  // One sentence for a verbose log, such as "Core dumps are off; memory is not locked: ...".
  [[nodiscard]] std::string sentence() const;
};

// Switches core dumps off and, if RLIMIT_MEMLOCK cannot become a bound on the run (it is infinite,
// or at least all physical memory), locks present and future pages as they are touched. A smaller
// limit is left alone: with it, mlockall would make a run of several GB fail to allocate. The
// secret arena locks its own pages in any case. Afterwards /proc/self/* belongs to root: without
// root's rights nobody opens /proc/self/mem any more, the process itself included.
HardenResult harden_process();

// Starts this very program anew, once, with LD_BIND_NOW set, so that no library resolves a function
// at its first call: the dynamic linker then saves the vector registers on the stack, and with them
// whatever of a key the last copy left there. Our own binary is linked to bind at its start, but
// libstdc++ and libfmt are not. Called first in main, with what getenv says of the variable: where
// it is set, or the start cannot be done, the program goes on.
inline constexpr const char* kBindNowVariable = "LD_BIND_NOW";
void bind_symbols_at_start(char** argv, const char* present);

}  // namespace tablekey::crypto
