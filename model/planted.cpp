#include "model/planted.h"

#ifdef TABLEKEY_PLANTED_BUGS
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace tablekey::model {
namespace {

constexpr int kNoBug = -1;

// In the order of the enum.
constexpr std::array<std::string_view, 15> kNames = {
    "skipped-rewrap", "idle-late",  "age-late",        "grant-unchecked",   "retired-grant",
    "tie-by-address", "iv-reused",  "key-in-snapshot", "deny-ignored",      "disabled-with-token",
    "revoke-at-once", "lost-write", "stale-timer",     "restore-wrong-key", "uninitialised",
};

int wanted() {
  const char* name = std::getenv("TABLEKEY_PLANTED_BUG");
  if (name == nullptr || *name == '\0') return kNoBug;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<int>(i);
  }
  std::fprintf(stderr, "TABLEKEY_PLANTED_BUG: there is no bug '%s'; there are:\n", name);
  for (const std::string_view known : kNames) {
    std::fprintf(stderr, "  %.*s\n", static_cast<int>(known.size()), known.data());
  }
  std::exit(2);
}

}  // namespace

bool planted(Planted bug) {
  static const int on = wanted();
  return on == static_cast<int>(bug);
}

}  // namespace tablekey::model
#endif
