// Caching providers of clients that encrypt (dynamodb.md 8.1): what each holds, who loads, who
// waits. An answer names the materials that its request used; which of them is the newest now, and
// whether the key store was asked, follows from the provider as it was.
#include <algorithm>

#include "model/applier.h"
#include "model/clients/client_requests.h"
#include "model/clients/encryptors.h"
#include "model/law.h"

namespace tablekey::model {

using encryption::StoreStep;

// A request that encrypts and finds the provider's keys too old holds its lock until it is
// answered.
void Applier::begin_loading(const Request& request) {
  if (state_.providers.empty()) return;
  const std::uint32_t index = provider_of(state_, request);
  if (index == kNone) return;
  if (!encrypts_writes(request.operation) || makes_material(state_, request)) return;
  ClientProvider& provider = at(state_.providers, index);
  if (provider.loader != 0 ||
      encryption::next_for_encryption(provider.recent, now()).step != StoreStep::query) {
    return;
  }
  encryption::loading_began(provider.recent);
  provider.loader = loader_mark(request);
}

// A workload's request that has just arrived waits for nobody where none is loading: it goes to the
// key store at once, on another connection than it came on.
void Applier::wait_for_provider(const Request& request, std::uint32_t waiter) {
  const std::uint32_t index = provider_of(state_, request);
  law(index != kNone, "a request that waits for its client's provider has one");
  ClientProvider& provider = at(state_.providers, index);
  if (provider.loader != 0) return provider.waiting.push_back(waiter);
  law(request.home != kNone, "a request waits for a provider that is loading");
  schedule(now(), Priority::client, ActionKind::resume_request, waiter);
}

// The request that is answered, as far as it concerns its client's provider.
Request Applier::subject_of(events::DataAnswered::Reader event) const {
  Request subject;
  subject.step = event.getStep();
  subject.operation = event.getOperation();
  if (state_.providers.empty() || subject.step != 0) return subject;
  const std::uint32_t connection = event.getConnection();
  if (workload_encryptor(state_, connection, subject.operation) == kNone) return subject;
  if (action_.kind == ActionKind::deliver_answer) return at(state_.calls, action_.a).request;
  if (action_.kind == ActionKind::resume_request) return at(state_.waiters, action_.a);
  subject.home = connection;
  subject.home_ordinal = at(state_.connections, connection).requests;
  return subject;
}

// Of the table that holds the keys, if the request has asked it; else kNone.
std::uint32_t Applier::provider_answered(events::DataAnswered::Reader event,
                                         const Request& request) {
  if (state_.providers.empty()) return kNone;
  const std::uint32_t index = provider_of(state_, request);
  if (index == kNone) return kNone;
  ClientProvider& provider = at(state_.providers, index);
  const bool loads = encrypts_writes(request.operation) && !makes_material(state_, request);
  bool asked = release(provider, request);
  // Whatever a request has found in the store at once it has loaded at once.
  bool newest = loads && !provider.recent.loading &&
                encryption::next_for_encryption(provider.recent, now()).step == StoreStep::query;
  const std::uint32_t encryptor = encryptor_behind(state_, request);
  const std::uint32_t made = stored_material(event, request, encryptor);
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
  return asked ? key_store_of(state_, encryptor) : kNone;
}

// The request that was loading is over: whoever waited looks again.
bool Applier::release(ClientProvider& provider, const Request& request) {
  if (provider.loader != loader_mark(request)) return false;
  encryption::loading_failed(provider.recent);
  provider.loader = 0;
  for (const std::uint32_t waiter : provider.waiting) {
    schedule(now(), Priority::client, ActionKind::resume_request, waiter);
  }
  provider.waiting.clear();
  return true;
}

// New keys that the request has put into its key store.
std::uint32_t Applier::stored_material(events::DataAnswered::Reader event, const Request& request,
                                       std::uint32_t encryptor) {
  const std::uint32_t store = key_store_of(state_, encryptor);
  for (auto change : event.getChanges()) {
    const auto version =
        change.getTable() == store ? version_at(state_, encryptor, change.getItem()) : std::nullopt;
    if (!version) continue;
    state_.materials.push_back({*version, request.step, request.home, request.home_ordinal});
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
