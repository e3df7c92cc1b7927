// What a scenario lays out for clients that encrypt: caching providers, and the records of their
// key stores.
#include <algorithm>

#include "events/text.h"
#include "model/clients/encryption/meta_store.h"
#include "model/clients/encryptors.h"
#include "model/dynamodb/items/json.h"
#include "model/law.h"
#include "model/scenario.h"

namespace tablekey::model {
namespace {

using events::string_of;

}  // namespace

// Every client has a provider of its own: what one caller has loaded serves no other. Those of
// workloads come first, so that a step more renumbers none of them.
void ScenarioView::lay_out_providers() {
  const auto add = [this](const ProviderPlace& place) {
    const auto [entry, fresh] =
        provider_index_.try_emplace(place, static_cast<std::uint32_t>(providers.size()));
    if (fresh) providers.push_back(place);
  };
  for (auto workload : reader_.getWorkloads()) {
    const std::uint32_t encryptor = workload.getEncryptor();
    if (encryptor == events::K_NONE) continue;
    if (reader_.getEncryptors()[encryptor].getKeyStore() == events::K_NONE) continue;
    add({encryptor, caller(workload.getPrincipal(), workload_session(workload))});
  }
  for (auto step : reader_.getSteps()) {
    if (!caches_keys(reader_, step)) continue;
    add({step.getRequest().getEncryptor(), caller(step.getCaller(), string_of(step.getSession()))});
  }
}

std::uint32_t ScenarioView::provider_of(std::uint32_t encryptor, std::uint32_t identity) const {
  const auto found = provider_index_.find({encryptor, identity});
  law(found != provider_index_.end(), "a client that caches keys has a provider");
  return found->second;
}

// The first version is made when it is needed, each further one by a step.
void ScenarioView::lay_out_materials() {
  const auto encryptors = reader_.getEncryptors();
  material_items.resize(encryptors.size());
  for (unsigned i = 0; i < encryptors.size(); ++i) {
    const auto encryptor = encryptors[i];
    if (encryptor.getKeyStore() == events::K_NONE) continue;
    std::uint32_t versions = 1;
    for (auto step : reader_.getSteps()) {
      if (!caches_keys(reader_, step) || !makes_material(step.getRequest())) continue;
      const auto other = encryptors[step.getRequest().getEncryptor()];
      const bool same = other.getKeyStore() == encryptor.getKeyStore() &&
                        string_of(other.getKeyName()) == string_of(encryptor.getKeyName());
      if (same) ++versions;
    }
    for (std::uint32_t version = 0; version < versions; ++version) {
      const auto key = encryption::meta_key(string_of(encryptor.getKeyName()), version);
      material_items[i].push_back(material_item(encryptor.getKeyStore(), items::to_json(key)));
    }
  }
}

// The ordinal of a record in a key store: one that a step names too, or a new one.
std::uint32_t ScenarioView::material_item(std::uint32_t table, const std::string& key) {
  FamilyView& family = families[families[table].space];
  const auto found = std::find(family.given_keys.begin(), family.given_keys.end(), key);
  const auto place = static_cast<std::uint32_t>(found - family.given_keys.begin());
  if (found == family.given_keys.end()) family.given_keys.push_back(key);
  return family.items + place;
}

}  // namespace tablekey::model
