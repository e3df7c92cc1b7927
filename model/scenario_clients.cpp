// What a scenario lays out for clients that encrypt: caching providers, and the records of their
// key stores.
#include <algorithm>

#include "model/clients/encryption/meta_store.h"
#include "model/clients/encryptors.h"
#include "model/dynamodb/items/json.h"
#include "model/law.h"
#include "model/scenario.h"

namespace tablekey::model {
namespace {

std::string text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

}  // namespace

// Every client has a provider of its own: what one caller has loaded serves no other.
void ScenarioView::lay_out_providers() {
  for (auto step : reader_.getSteps()) {
    if (!caches_keys(reader_, step)) continue;
    providers.push_back(
        {step.getRequest().getEncryptor(), caller(step.getCaller(), text(step.getSession()))});
  }
  for (auto workload : reader_.getWorkloads()) {
    const std::uint32_t encryptor = workload.getEncryptor();
    if (encryptor == events::K_NONE) continue;
    if (reader_.getEncryptors()[encryptor].getKeyStore() == events::K_NONE) continue;
    providers.push_back({encryptor, caller(workload.getPrincipal(), workload_session(workload))});
  }
  std::sort(providers.begin(), providers.end());
  providers.erase(std::unique(providers.begin(), providers.end()), providers.end());
}

std::uint32_t ScenarioView::provider_of(std::uint32_t encryptor, std::uint32_t identity) const {
  const ProviderPlace wanted{encryptor, identity};
  const auto found = std::lower_bound(providers.begin(), providers.end(), wanted);
  law(found != providers.end() && *found == wanted, "a client that caches keys has a provider");
  return static_cast<std::uint32_t>(found - providers.begin());
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
                        text(other.getKeyName()) == text(encryptor.getKeyName());
      if (same) ++versions;
    }
    for (std::uint32_t version = 0; version < versions; ++version) {
      const auto key = encryption::meta_key(text(encryptor.getKeyName()), version);
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
