// Finding aliases: by name within an account and Region, and by key. It follows from State::aliases
// and is never written down; only apply() changes it, together with them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"

namespace tablekey::model {
struct Alias;
class State;
}  // namespace tablekey::model

namespace tablekey::model::kms {

/// Aliases by index into State::aliases.
class AliasIndex {
 public:
  static constexpr std::uint32_t kNoAlias = events::K_NONE;

  /// The alias of that name that exists now; kNone: there is none.
  std::uint32_t find(std::uint32_t realm, std::string_view name) const;
  /// Those that point to the key, and those that kms:ResourceAliases sees pointing to it
  /// (kms.md 10); in the order in which the aliases were made.
  std::span<const std::uint32_t> of_key(std::uint32_t key) const { return list(shown_, key); }
  std::span<const std::uint32_t> effective_of_key(std::uint32_t key) const {
    return list(effective_, key);
  }

  void rebuild(std::span<const Alias> aliases);
  /// An alias came to be, moved from one key to another, or ceased (kNone).
  void move(std::span<const Alias> aliases, std::uint32_t alias, std::uint32_t from,
            std::uint32_t to);
  void move_effective(std::uint32_t alias, std::uint32_t from, std::uint32_t to);

 private:
  using Lists = std::vector<std::vector<std::uint32_t>>;  // by key
  static std::span<const std::uint32_t> list(const Lists& lists, std::uint32_t key) {
    return key < lists.size() ? std::span<const std::uint32_t>(lists[key])
                              : std::span<const std::uint32_t>();
  }
  static void move_in(Lists& lists, std::uint32_t alias, std::uint32_t from, std::uint32_t to);

  std::vector<std::map<std::string, std::uint32_t, std::less<>>> names_;  // by realm
  Lists shown_, effective_;
};

/// The alias of that name in that account and Region; kNone: there is none.
std::uint32_t find_alias(const State& state, std::uint32_t realm, std::string_view name);

/// `arn:<partition>:kms:<region>:<account>:<name>`.
std::string alias_arn(const State& state, std::uint32_t realm, std::string_view name);

}  // namespace tablekey::model::kms
