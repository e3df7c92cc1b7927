// Caching providers of clients that encrypt (dynamodb.md 8.1): what each holds, who loads, who
// waits. An answer names the materials that its request used; which of them is the newest now, and
// whether the key store was asked, follows from the provider as it was.
#include <algorithm>

#include "model/applier.h"
#include "model/clients/encryptors.h"
#include "model/law.h"

namespace tablekey::model {

using encryption::StoreStep;

// A request that encrypts and finds the provider's keys too old holds its lock until it is
// answered.
void Applier::begin_loading(std::uint32_t step) {
  if (step == 0 || state_.providers.empty()) return;
  const auto described = at(state_.scenario().reader().getSteps(), step - 1);
  const std::uint32_t index = state_.scenario().provider_of(described);
  if (index == kNone) return;
  const auto call = described.getRequest();
  if (!encrypts_writes(call.getOperation()) || makes_material(call)) return;
  ClientProvider& provider = at(state_.providers, index);
  if (provider.loader != 0 ||
      encryption::next_for_encryption(provider.recent, now()).step != StoreStep::query) {
    return;
  }
  encryption::loading_began(provider.recent);
  provider.loader = step;
}

void Applier::wait_for_provider(std::uint32_t step, std::uint32_t waiter) {
  law(step != 0, "only requests of the timeline are encrypted by their clients");
  const auto described = at(state_.scenario().reader().getSteps(), step - 1);
  const std::uint32_t index = state_.scenario().provider_of(described);
  law(index != kNone, "a request that waits for its client's provider has one");
  ClientProvider& provider = at(state_.providers, index);
  law(provider.loader != 0, "a request waits for a provider that is loading");
  provider.waiting.push_back(waiter);
}

// Of the table that holds the keys, if the request has asked it; else kNone.
std::uint32_t Applier::provider_answered(events::DataAnswered::Reader event) {
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  const std::uint32_t index = state_.scenario().provider_of(step);
  if (index == kNone) return kNone;
  ClientProvider& provider = at(state_.providers, index);
  const auto call = step.getRequest();
  const bool loads = encrypts_writes(call.getOperation()) && !makes_material(call);
  bool asked = release(provider, event.getStep());
  // Whatever a request has found in the store at once it has loaded at once.
  bool newest = loads && !provider.recent.loading &&
                encryption::next_for_encryption(provider.recent, now()).step == StoreStep::query;
  const std::uint32_t made = stored_material(event, call.getEncryptor());
  asked = asked || made != kNone;
  if (made != kNone && loads) {
    loaded_material(provider, made, true);
    newest = false;
  }
  for (auto touch : event.getReads()) {
    if (touch.getMaterial() == 0) continue;
    const std::uint32_t material = touch.getMaterial() - 1;
    const std::uint64_t version = at(state_.materials, material).version;
    if (newest || touch.getVersion() != 0) {
      loaded_material(provider, material, newest);
      asked = true;
    } else {
      encryption::used(provider.recent, version);
    }
    newest = false;
  }
  return asked ? key_store_of(state_, call.getEncryptor()) : kNone;
}

// The request that was loading is over: whoever waited looks again.
bool Applier::release(ClientProvider& provider, std::uint32_t step) {
  if (provider.loader != step) return false;
  encryption::loading_failed(provider.recent);
  provider.loader = 0;
  for (const std::uint32_t waiter : provider.waiting) {
    schedule(now(), Priority::client, ActionKind::resume_request, waiter);
  }
  provider.waiting.clear();
  return true;
}

// New keys that the request has put into its key store.
std::uint32_t Applier::stored_material(events::DataAnswered::Reader event,
                                       std::uint32_t encryptor) {
  const std::uint32_t store = key_store_of(state_, encryptor);
  for (auto change : event.getChanges()) {
    const auto version =
        change.getTable() == store ? version_at(state_, encryptor, change.getItem()) : std::nullopt;
    if (!version) continue;
    state_.materials.push_back({*version, event.getStep()});
    return static_cast<std::uint32_t>(state_.materials.size() - 1);
  }
  return kNone;
}

void Applier::loaded_material(ClientProvider& provider, std::uint32_t material, bool newest) {
  const std::uint64_t version = at(state_.materials, material).version;
  std::vector<std::uint64_t> gone;
  if (newest) {
    encryption::loading_began(provider.recent);
    gone = encryption::loaded(provider.recent, version, now());
  } else {
    gone = encryption::loaded_for_decryption(provider.recent, version);
  }
  gone.push_back(version);  // in place of the keys that it had under this number
  std::erase_if(provider.materials, [&](std::uint32_t held) {
    const std::uint64_t one = at(state_.materials, held).version;
    return std::find(gone.begin(), gone.end(), one) != gone.end();
  });
  provider.materials.push_back(material);
}

}  // namespace tablekey::model
