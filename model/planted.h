// Bugs on purpose: proof that the explorer finds them (tests/explore). They are compiled in with
// the CMake option TABLEKEY_PLANTED_BUGS alone, and then the environment variable
// TABLEKEY_PLANTED_BUG names the one that is on. Without the option a planted bug is `if (false)`,
// and no trace of it is in the program.
#pragma once

#include <cstdint>

#include "model/planted_config.h"

namespace tablekey::model {

enum class Planted : std::uint8_t {
  skipped_rewrap,       ///< a switch leaves its last data key under the old table key
  idle_late,            ///< an entry serves at the very end of its idle time
  age_late,             ///< an entry serves at the very end of its max age
  grant_unchecked,      ///< any grant on the key allows anything to anybody
  retired_grant,        ///< a grant serves on after its end
  tie_by_address,       ///< an order depends on where values lie in memory
  iv_reused,            ///< every seal under a key has the same IV
  key_in_snapshot,      ///< a plaintext key is left in State
  deny_ignored,         ///< an identity policy's Deny does not count
  disabled_with_token,  ///< a disabled key works for whoever has a grant token
  revoke_at_once,       ///< a grant ends without the delay of propagation
  lost_write,           ///< the third write of an item makes no new version
  stale_read,           ///< a read says that it found what the write before the last made
  stale_timer,          ///< closing a connection does not cancel the end of its life
  restore_wrong_key,    ///< a restore under another key keeps the source's
  uninitialised,        ///< a byte of an event is what its buffer held before
};

#ifdef TABLEKEY_PLANTED_BUGS
/// Whether that bug is on.
bool planted(Planted bug);
#else
constexpr bool planted(Planted) { return false; }
#endif

}  // namespace tablekey::model
