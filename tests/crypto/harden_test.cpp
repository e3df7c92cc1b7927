// Hardening changes the whole process, so each case runs in a child of its own and tells by its
// exit status what it saw.

#include "crypto/harden.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace tablekey::crypto::harden_test {
namespace {

template <typename Body>
int status_of_child(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(body());
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void set_lock_limit(rlim_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  limit.rlim_cur = bytes;
  setrlimit(RLIMIT_MEMLOCK, &limit);
}

TEST_CASE("after hardening no core is dumped", "[harden]") {
  const int status = status_of_child([] {
    const HardenResult result = harden_process();
    rlimit core{1, 1};
    getrlimit(RLIMIT_CORE, &core);
    const bool held = result.core_limit_zero && result.not_dumpable && core.rlim_cur == 0 &&
                      core.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                      result.sentence().starts_with("Core dumps are off; ");
    return held ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("with a small limit on locked memory, hardening leaves large allocations alone",
          "[harden]") {
  const int status = status_of_child([] {
    set_lock_limit(64 << 10);
    const HardenResult result = harden_process();
    const std::size_t large = std::size_t{64} << 20;
    void* pages = mmap(nullptr, large, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const bool said = result.why_not_locked.find("64 KiB") != std::string::npos &&
                      result.sentence().find(result.why_not_locked) != std::string::npos;
    return pages != MAP_FAILED && !result.all_memory_locked && said ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("hardening says whether all memory is locked, and why not", "[harden]") {
  HardenResult result;
  result.core_limit_zero = true;
  result.not_dumpable = true;
  result.all_memory_locked = true;
  CHECK(result.sentence() == "Core dumps are off; all memory is locked.");
  result.all_memory_locked = false;
  result.why_not_locked = "the moon is full";
  result.not_dumpable = false;
  CHECK(result.sentence() ==
        "Core dumps are partly off; not all memory is locked: the moon is full.");
  result.core_limit_zero = false;
  CHECK(result.sentence().starts_with("Core dumps could not be switched off; "));
}

}  // namespace
}  // namespace tablekey::crypto::harden_test
