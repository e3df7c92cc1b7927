#include "model/clients/encryption/most_recent.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "model/law.h"

namespace tablekey::model::encryption {
namespace {

/// Makes a version the most recently used one; whatever is too much leaves.
std::vector<std::uint64_t> touch(MostRecent& provider, std::uint64_t version) {
  std::erase(provider.held, version);
  provider.held.push_back(version);
  std::vector<std::uint64_t> gone;
  while (provider.held.size() > std::max<std::size_t>(provider.capacity, 1)) {
    gone.push_back(provider.held.front());
    provider.held.erase(provider.held.begin());
  }
  return gone;
}

}  // namespace

bool MostRecent::holds(std::uint64_t number) const {
  return std::find(held.begin(), held.end(), number) != held.end();
}

NextStep next_for_encryption(const MostRecent& provider, sim::Time now) {
  if (provider.version && provider.holds(*provider.version)) {
    const sim::Duration age = now - provider.updated;
    const bool live = age < provider.ttl;
    const bool grace = age < provider.ttl + kMostRecentGrace;
    if (live || (grace && provider.loading)) return {StoreStep::use, *provider.version};
  }
  return {provider.loading ? StoreStep::wait : StoreStep::query, 0};
}

NextStep after_query(const MostRecent& provider, std::optional<std::uint64_t> highest) {
  if (!highest) return {StoreStep::create, 0};
  return {provider.holds(*highest) ? StoreStep::use : StoreStep::get, *highest};
}

NextStep next_for_decryption(const MostRecent& provider, std::uint64_t version) {
  return {provider.holds(version) ? StoreStep::use : StoreStep::get, version};
}

void loading_began(MostRecent& provider) {
  law(!provider.loading, "a provider asks its store one thing at a time");
  provider.loading = true;
}

std::vector<std::uint64_t> loaded(MostRecent& provider, std::uint64_t version, sim::Time now) {
  law(provider.loading, "a provider is told of a version that it asked for");
  provider.loading = false;
  provider.version = version;
  provider.updated = now;
  return touch(provider, version);
}

void loading_failed(MostRecent& provider) {
  law(provider.loading, "a provider is told of a failure of what it asked for");
  provider.loading = false;
}

std::vector<std::uint64_t> loaded_for_decryption(MostRecent& provider, std::uint64_t version) {
  return touch(provider, version);
}

void used(MostRecent& provider, std::uint64_t version) {
  law(provider.holds(version), "a provider uses a version that it holds");
  touch(provider, version);
}

std::vector<std::uint64_t> refresh(MostRecent& provider) {
  provider.version.reset();
  provider.updated = {};
  return std::exchange(provider.held, {});
}

std::string material_id(std::string_view material, std::uint64_t version) {
  return fmt::format("{}#{}", material, version);
}

Expected<std::uint64_t> version_of(const MaterialDescription& description) {
  const auto found = description.find(description::kMetaId);
  if (found == description.end()) {
    return refused(Failure::material_id_malformed, "No meta id found in material description");
  }
  const std::string& id = found->second;
  const std::size_t mark = id.rfind('#');
  std::uint64_t version = 0;
  const char* first = mark == std::string::npos ? id.data() + id.size() : id.data() + mark + 1;
  const char* last = id.data() + id.size();
  const auto [end, error] = std::from_chars(first, last, version);
  if (error != std::errc{} || end != last) {
    return refused(Failure::material_id_malformed,
                   fmt::format("Malformed meta id in material description: \"{}\"", id));
  }
  return version;
}

}  // namespace tablekey::model::encryption
