// Keeping the index in step with the aliases.
#include "model/kms/alias_index.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/kms/key_text.h"
#include "model/law.h"
#include "model/state.h"

namespace tablekey::model::kms {

std::uint32_t AliasIndex::find(std::uint32_t realm, std::string_view name) const {
  if (realm >= names_.size()) return kNoAlias;
  const auto found = names_[realm].find(name);
  return found == names_[realm].end() ? kNoAlias : found->second;
}

void AliasIndex::rebuild(std::span<const Alias> aliases) {
  names_.clear();
  shown_.clear();
  effective_.clear();
  for (std::uint32_t i = 0; i < aliases.size(); ++i) {
    move(aliases, i, kNoAlias, aliases[i].key);
    move_effective(i, kNoAlias, aliases[i].effective_key);
  }
}

void AliasIndex::move(std::span<const Alias> aliases, std::uint32_t alias, std::uint32_t from,
                      std::uint32_t to) {
  const Alias& moved = at(aliases, alias);
  if (names_.size() <= moved.realm) names_.resize(std::size_t{moved.realm} + 1);
  if (from == kNoAlias && to != kNoAlias) names_[moved.realm].emplace(moved.name, alias);
  if (from != kNoAlias && to == kNoAlias) names_[moved.realm].erase(moved.name);
  move_in(shown_, alias, from, to);
}

void AliasIndex::move_effective(std::uint32_t alias, std::uint32_t from, std::uint32_t to) {
  move_in(effective_, alias, from, to);
}

// A key's list is in the order of the aliases' numbers, so that it does not depend on its history.
void AliasIndex::move_in(Lists& lists, std::uint32_t alias, std::uint32_t from, std::uint32_t to) {
  if (from != kNoAlias) {
    std::vector<std::uint32_t>& list = at(lists, from);
    const auto found = std::lower_bound(list.begin(), list.end(), alias);
    law(found != list.end() && *found == alias, "a key's aliases are in its list");
    list.erase(found);
  }
  if (to == kNoAlias) return;
  if (lists.size() <= to) lists.resize(std::size_t{to} + 1);
  std::vector<std::uint32_t>& list = lists[to];
  list.insert(std::lower_bound(list.begin(), list.end(), alias), alias);
}

std::uint32_t find_alias(const State& state, std::uint32_t realm, std::string_view name) {
  return state.alias_index.find(realm, name);
}

std::string alias_arn(const State& state, std::uint32_t realm, std::string_view name) {
  const std::string& region = state.scenario().realm_region(realm);
  return fmt::format("arn:{}:kms:{}:{}:{}", partition_of(region), region,
                     state.scenario().realm_account(realm), name);
}

}  // namespace tablekey::model::kms
