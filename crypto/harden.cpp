#include "crypto/harden.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace tablekey::crypto {
namespace {

std::uint64_t physical_memory_bytes() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_size = sysconf(_SC_PAGESIZE);
  return pages > 0 && page_size > 0
             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size)
             : 0;
}

// Why locking everything would be wrong here, or nothing when the limit can never be what stops a
// run. Root's right to pass over the limit is not used: it says nothing about what the machine can
// spare, and a program should not behave otherwise for being started by root.
std::string limit_in_the_way() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
    return "the limit on locked memory cannot be read";
  }
  const std::uint64_t physical = physical_memory_bytes();
  const bool boundless =
      limit.rlim_cur == RLIM_INFINITY || (physical != 0 && limit.rlim_cur >= physical);
  return boundless ? std::string()
                   : "the limit on locked memory is " + std::to_string(limit.rlim_cur >> 10) +
                         " KiB; key material is locked within it";
}

std::string lock_all_memory() {
  std::string reason = limit_in_the_way();
  // On fault: a page is locked when it is first touched, so that what is only reserved costs
  // nothing.
  if (reason.empty() && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    reason = std::string("the system refused to lock it: ") + std::strerror(errno);
  }
  return reason;
}

}  // namespace

HardenResult harden_process() {
  HardenResult result;
  const rlimit no_core{0, 0};
  result.core_limit_zero = setrlimit(RLIMIT_CORE, &no_core) == 0;
  result.not_dumpable = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  result.why_not_locked = lock_all_memory();
  result.all_memory_locked = result.why_not_locked.empty();
  return result;
}

void bind_symbols_at_start(char** argv, const char* present) {
  if (present == nullptr && setenv(kBindNowVariable, "1", 1) == 0) execv("/proc/self/exe", argv);
}

std::string HardenResult::sentence() const {
  std::string text = core_limit_zero && not_dumpable   ? "Core dumps are off; "
                     : core_limit_zero || not_dumpable ? "Core dumps are partly off; "
                                                       : "Core dumps could not be switched off; ";
  text += all_memory_locked ? "all memory is locked."
                            : "not all memory is locked: " + why_not_locked + ".";
  return text;
}

}  // namespace tablekey::crypto
