// Laws that are checked on a finished trace rather than on the way: that no secret got into it,
// that no initialisation vector or nonce was used twice under one key, that no key material was
// used once it was gone, and that a switch of keys left no data key behind (live_keys.h).
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "replay/run.h"

namespace tablekey::replay {

/// What the check of an invariant found.
struct InvariantFinding {
  bool held = false;
  std::string detail;  ///< a sentence: what was looked for, or what was found where
};

/// Checks `name` on the trace that `run` wrote. Names: plaintext_table_key_never_in_trace,
/// no_iv_reuse, no_gone_material_used, every_live_data_key_under_current_version. Error: the name
/// is not known, or the trace cannot be read.
std::expected<InvariantFinding, std::string> check_invariant(std::string_view name,
                                                             const std::filesystem::path& trace,
                                                             const model::State& state,
                                                             model::Vault& vault);

/// Looks for every key byte string of the run's hierarchy, and for the first 32 bytes of every
/// present item's plaintext (or all of it, from 16 bytes on), in `bytes`. Returns how many places
/// hold one.
std::size_t count_secrets_in(std::span<const std::uint8_t> bytes, const model::State& state,
                             model::Vault& vault);

}  // namespace tablekey::replay
