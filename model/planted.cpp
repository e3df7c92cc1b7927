#include "model/planted.h"

#ifdef TABLEKEY_PLANTED_BUGS
#include <algorithm>
#include <array>

#include "model/plant.h"

namespace tablekey::model {
namespace {

// In the order of the enum.
constexpr std::array<std::string_view, 16> kNames = {
    "skipped-rewrap", "idle-late",           "age-late",          "grant-unchecked",
    "retired-grant",  "tie-by-address",      "iv-reused",         "key-in-snapshot",
    "deny-ignored",   "disabled-with-token", "revoke-at-once",    "lost-write",
    "stale-read",     "stale-timer",         "restore-wrong-key", "uninitialised",
};

std::size_t on = kNames.size();  // none of them

}  // namespace

std::span<const std::string_view> planted_names() { return kNames; }

bool plant(std::string_view name) {
  on = static_cast<std::size_t>(std::ranges::find(kNames, name) - kNames.begin());
  return on < kNames.size();
}

bool planted(Planted bug) { return on == static_cast<std::size_t>(bug); }

}  // namespace tablekey::model
#endif
