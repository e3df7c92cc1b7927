// The caching most recent provider (dynamodb.md 8.1): which version of its material it uses, and
// what it asks of its store for that. A value with names, versions and times and no key: State
// keeps it, the keys of each version are beside it (meta_store.h).
//
// next_* decide and change nothing; the other calls say what happened. Between loading_began and
// loaded or loading_failed the provider holds its lock: whoever comes in the grace period goes on
// with the version that is there, whoever comes later waits for the outcome.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/clients/encryption/material_description.h"
#include "sim/time.h"

namespace tablekey::model::encryption {

/// After the time to live, how long one loader refreshes while the others use the old version.
inline constexpr sim::Duration kMostRecentGrace = sim::Duration::milliseconds(500);

struct MostRecent {
  std::string material;  ///< the name in the store
  sim::Duration ttl;
  std::uint32_t capacity = 1000;  ///< versions; the least recently used one goes first

  std::optional<std::uint64_t> version;  ///< what encryption uses
  sim::Time updated;                     ///< when the store last said so
  std::vector<std::uint64_t> held;       ///< versions whose keys are there, the oldest use first
  bool loading = false;

  bool operator==(const MostRecent&) const = default;
  [[nodiscard]] bool holds(std::uint64_t number) const;
};

/// What to do next. `query`: ask the store for the highest version of the material. `create`: put
/// a new record of `version` on condition that there is none. `get`: read the record of `version`.
/// `use`: its keys are there. `wait`: until the loading is over, then ask again.
enum class StoreStep : std::uint8_t { use, wait, query, create, get };

struct NextStep {
  StoreStep step{};
  std::uint64_t version = 0;  ///< of use, create and get
  bool operator==(const NextStep&) const = default;
};

NextStep next_for_encryption(const MostRecent& provider, sim::Time now);
/// After a query. nullopt: the store knows no version yet, and the first one is 0.
NextStep after_query(const MostRecent& provider, std::optional<std::uint64_t> highest);
/// For the version that an item names. Reading never waits and is never too old.
NextStep next_for_decryption(const MostRecent& provider, std::uint64_t version);

void loading_began(MostRecent& provider);
/// The store gave or took this version for encryption: it is the newest now. Returns the versions
/// whose keys are to be wiped.
std::vector<std::uint64_t> loaded(MostRecent& provider, std::uint64_t version, sim::Time now);
void loading_failed(MostRecent& provider);
/// The same for the version of an item that is read, which says nothing about the newest one.
std::vector<std::uint64_t> loaded_for_decryption(MostRecent& provider, std::uint64_t version);
/// A held version served a request.
void used(MostRecent& provider, std::uint64_t version);
/// Forgets everything, as the library's refresh does. Returns the versions to be wiped.
std::vector<std::uint64_t> refresh(MostRecent& provider);

/// `name#version`, which stands in the description of every item.
std::string material_id(std::string_view material, std::uint64_t version);
/// The version that a description names. The name is not looked at, as in the library: an item of
/// another material fails at its keys.
Expected<std::uint64_t> version_of(const MaterialDescription& description);

}  // namespace tablekey::model::encryption
