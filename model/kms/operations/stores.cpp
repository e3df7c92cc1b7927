// The operations on custom key stores and the end of connecting and disconnecting (kms.md 1.7).
#include "model/kms/operations/stores.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/sha256.h"
#include "events/text.h"
#include "model/draws.h"
#include "model/kms/paging.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace stores {
namespace {

using events::ConnectionError;
using events::ConnectionState;
using events::KmsError;
using Operation = events::KmsOperation;
using StoreType = events::CustomKeyStore::Type;
using events::text;

constexpr std::size_t kNameMax = 256, kStoreIdMax = 64;
constexpr PageLimits kStorePages{100, 1000};

events::CustomKeyStore::Reader store_of(const State& state, std::uint32_t store) {
  return at(state.scenario().reader().getCustomKeyStores(), store);
}

bool exists(const CustomKeyStore& store) {
  return store.state != ConnectionState::ABSENT && store.state != ConnectionState::DELETED;
}

bool in_realm(const State& state, std::uint32_t store, std::uint32_t realm) {
  const auto described = store_of(state, store);
  return text(described.getAccount()) == state.scenario().realm_account(realm) &&
         text(described.getRegion()) == state.scenario().realm_region(realm);
}

/// The stores of an account in a Region, in the order of the scenario.
std::vector<std::uint32_t> stores_in(const State& state, std::uint32_t realm) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t store = 0; store < state.stores.size(); ++store) {
    if (exists(state.stores[store]) && in_realm(state, store, realm)) found.push_back(store);
  }
  return found;
}

bool is_cluster_id(std::string_view id) {
  constexpr std::string_view kPrefix = "cluster-";
  if (!id.starts_with(kPrefix)) return false;
  id.remove_prefix(kPrefix.size());
  const auto allowed = [](char c) {
    return (c >= '2' && c <= '7') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return id.size() >= 11 && id.size() <= 16 && std::all_of(id.begin(), id.end(), allowed);
}

// ---- shapes ----

Refusal missing(std::string_view path) { return validation_error(path, "Member must not be null"); }

Refusal name_shape(std::string_view name, std::string_view path) {
  if (name.size() <= kNameMax) return {};
  return validation_error(path, "Member must have length less than or equal to 256");
}

Refusal cluster_shape(std::string_view id) {
  if (id.empty() || is_cluster_id(id)) return {};
  return validation_error("cloudHsmClusterId",
                          "Member must satisfy regular expression pattern: "
                          "cluster-[2-7a-zA-Z]{11,16}");
}

Refusal validate_store_id(const Deciding&, const KmsRequest& request) {
  const std::size_t length = request.parameters.getStoreId().size();
  if (request.parameters.getStore() == kNone && length == 0) return missing("customKeyStoreId");
  if (length <= kStoreIdMax) return {};
  return validation_error("customKeyStoreId", "Member must have length less than or equal to 64");
}

/// What CreateCustomKeyStore is given: its own parameters, or what the scenario says of the store.
struct NewStore {
  std::string_view name, cluster_id;
  bool cloud_hsm = true;
};

NewStore new_store(const State& state, events::KmsCall::Reader parameters) {
  NewStore made{text(parameters.getNewStoreName()), text(parameters.getCloudHsmClusterId())};
  if (parameters.getStore() == kNone) return made;
  const auto described = store_of(state, parameters.getStore());
  if (made.name.empty()) made.name = text(described.getName());
  if (made.cluster_id.empty()) made.cluster_id = text(described.getClusterId());
  made.cloud_hsm = described.getType() == StoreType::AWS_CLOUD_HSM;
  return made;
}

Refusal validate_create(const Deciding& d, const KmsRequest& request) {
  const NewStore made = new_store(d.state, request.parameters);
  if (made.name.empty()) return missing("customKeyStoreName");
  if (Refusal refusal = name_shape(made.name, "customKeyStoreName")) return refusal;
  if (!made.cloud_hsm) return {};
  if (made.cluster_id.empty()) return missing("cloudHsmClusterId");
  if (Refusal refusal = cluster_shape(made.cluster_id)) return refusal;
  return request.parameters.getKeyStorePassword() ? Refusal() : missing("keyStorePassword");
}

Refusal validate_update(const Deciding& d, const KmsRequest& request) {
  if (Refusal refusal = validate_store_id(d, request)) return refusal;
  const std::string_view name = text(request.parameters.getNewStoreName());
  if (Refusal refusal = name_shape(name, "newCustomKeyStoreName")) return refusal;
  return cluster_shape(text(request.parameters.getCloudHsmClusterId()));
}

Refusal validate_describe(const Deciding&, const KmsRequest& request) {
  const auto parameters = request.parameters;
  const bool by_id = parameters.getStore() != kNone || parameters.getStoreId().size() != 0;
  if (by_id && parameters.getNewStoreName().size() != 0) {
    return refusal(KmsError::VALIDATION,
                   "Specify either a custom key store ID or a custom key store name, not both.");
  }
  return check_page(request, kStorePages);
}

// ---- what the state of a store refuses ----

Refusal not_found(std::string_view what) {
  return refusal(KmsError::CUSTOM_KEY_STORE_NOT_FOUND,
                 fmt::format("KMS cannot find a custom key store with the name or ID '{}'.", what));
}

std::string_view named(const State& state, const KmsRequest& request) {
  const std::uint32_t store = request.parameters.getStore();
  return store == kNone ? text(request.parameters.getStoreId())
                        : text(store_of(state, store).getId());
}

Refusal invalid_state(const State& state, std::uint32_t store, std::string_view wanted) {
  return refusal(KmsError::CUSTOM_KEY_STORE_INVALID_STATE,
                 fmt::format("The ConnectionState of custom key store {} is {}; this operation "
                             "needs {}.",
                             text(store_of(state, store).getId()),
                             connection_state_name(state.stores[store].state), wanted));
}

Refusal name_in_use(const State& state, const KmsRequest& request, std::string_view name,
                    std::uint32_t but) {
  for (const std::uint32_t store : stores_in(state, request.realm)) {
    if (store == but || state.stores[store].name != name) continue;
    return refusal(KmsError::CUSTOM_KEY_STORE_NAME_IN_USE,
                   fmt::format("The custom key store name '{}' is already in use in this account "
                               "and Region.",
                               name));
  }
  return {};
}

Refusal cluster_in_use(const State& state, const KmsRequest& request, std::string_view cluster,
                       std::uint32_t but) {
  if (cluster.empty()) return {};
  for (const std::uint32_t store : stores_in(state, request.realm)) {
    if (store == but || state.stores[store].cluster_id != cluster) continue;
    return refusal(KmsError::CLOUD_HSM_CLUSTER_IN_USE,
                   fmt::format("The CloudHSM cluster {} is already associated with a custom key "
                               "store in this account.",
                               cluster));
  }
  return {};
}

Refusal check_create(Deciding& d, KmsRequest& request) {
  const NewStore made = new_store(d.state, request.parameters);
  law(request.parameters.getStore() != kNone &&
          at(d.state.stores, request.parameters.getStore()).state == ConnectionState::ABSENT,
      "CreateCustomKeyStore makes a store that is not there yet");
  if (Refusal refusal = name_in_use(d.state, request, made.name, kNone)) return refusal;
  if (made.cloud_hsm) {
    if (Refusal refusal = cluster_in_use(d.state, request, made.cluster_id, kNone)) return refusal;
  }
  if (stores_in(d.state, request.realm).size() < d.settings().custom_key_stores_max) return {};
  return refusal(KmsError::LIMIT_EXCEEDED,
                 fmt::format("The account already has {} custom key stores in this Region.",
                             d.settings().custom_key_stores_max));
}

Refusal check_connect(Deciding& d, KmsRequest& request) {
  const std::uint32_t store = named_store(d.state, request);
  if (store == kNone) return not_found(named(d.state, request));
  const ConnectionState state = d.state.stores[store].state;
  if (state != ConnectionState::DISCONNECTING && state != ConnectionState::FAILED) return {};
  return invalid_state(d.state, store, "DISCONNECTED, CONNECTING or CONNECTED");
}

Refusal check_disconnect(Deciding& d, KmsRequest& request) {
  const std::uint32_t store = named_store(d.state, request);
  if (store == kNone) return not_found(named(d.state, request));
  const ConnectionState state = d.state.stores[store].state;
  if (state != ConnectionState::DISCONNECTING && state != ConnectionState::DISCONNECTED) return {};
  return invalid_state(d.state, store, "CONNECTED, CONNECTING or FAILED");
}

// Behind KMS's back: what a caller sees is that KMS cannot reach the keys (kms.md 1.7).
Refusal broken_refusal(const State& state, std::uint32_t store) {
  if (at(state.stores, store).broken == ConnectionError::NONE) return {};
  const bool cloud_hsm = store_of(state, store).getType() == StoreType::AWS_CLOUD_HSM;
  Refusal refused = refusal(KmsError::KMS_INVALID_STATE,
                            cloud_hsm ? "KMS cannot communicate with your CloudHSM cluster"
                                      : "The external key store proxy did not answer the request.");
  refused.by = events::Decider::FAULT;
  return refused;
}

bool has_keys(const State& state, std::uint32_t store) {
  for (std::uint32_t key = 0; key < state.keys.size(); ++key) {
    if (described(state, key).getStore() == store && state.keys[key].created &&
        !state.keys[key].deleted) {
      return true;
    }
  }
  return false;
}

Refusal check_delete(Deciding& d, KmsRequest& request) {
  const std::uint32_t store = named_store(d.state, request);
  if (store == kNone) return not_found(named(d.state, request));
  if (d.state.stores[store].state != ConnectionState::DISCONNECTED) {
    return invalid_state(d.state, store, "DISCONNECTED");
  }
  if (!has_keys(d.state, store)) return {};
  return refusal(
      KmsError::CUSTOM_KEY_STORE_HAS_C_M_KS,
      fmt::format("The custom key store {} contains KMS keys.", named(d.state, request)));
}

// Everything but the name needs a store that is disconnected.
Refusal check_update(Deciding& d, KmsRequest& request) {
  const std::uint32_t store = named_store(d.state, request);
  if (store == kNone) return not_found(named(d.state, request));
  const auto parameters = request.parameters;
  const std::string_view cluster = text(parameters.getCloudHsmClusterId());
  const bool beyond_name = !cluster.empty() || parameters.getKeyStorePassword();
  if (beyond_name && store_of(d.state, store).getType() != StoreType::AWS_CLOUD_HSM) {
    return refusal(
        KmsError::VALIDATION,
        "CloudHsmClusterId and KeyStorePassword are valid for CloudHSM key stores only.");
  }
  if (beyond_name && d.state.stores[store].state != ConnectionState::DISCONNECTED) {
    return invalid_state(d.state, store, "DISCONNECTED");
  }
  const std::string_view name = text(parameters.getNewStoreName());
  if (!name.empty()) {
    if (Refusal refusal = name_in_use(d.state, request, name, store)) return refusal;
  }
  return cluster_in_use(d.state, request, cluster, store);
}

/// The stores that DescribeCustomKeyStores is asked for.
std::vector<std::uint32_t> asked_for(const State& state, const KmsRequest& request) {
  const auto parameters = request.parameters;
  if (parameters.getStore() != kNone || parameters.getStoreId().size() != 0) {
    const std::uint32_t store = named_store(state, request);
    return store == kNone ? std::vector<std::uint32_t>{} : std::vector{store};
  }
  std::vector<std::uint32_t> found = stores_in(state, request.realm);
  const std::string_view name = text(parameters.getNewStoreName());
  if (!name.empty()) {
    std::erase_if(found, [&](std::uint32_t store) { return state.stores[store].name != name; });
  }
  return found;
}

Refusal check_describe(Deciding& d, KmsRequest& request) {
  const std::string_view name = text(request.parameters.getNewStoreName());
  const std::string_view id = named(d.state, request);
  const auto found = static_cast<std::uint32_t>(asked_for(d.state, request).size());
  if (found == 0 && !(name.empty() && id.empty())) return not_found(name.empty() ? id : name);
  const auto page = page_of(request, kStorePages, found);
  return page ? Refusal() : page.error();
}

// ---- effects ----

std::int64_t end_of(const Deciding& d, std::uint32_t store, const sim::Distribution& duration) {
  const auto bits = draw(d.random, store_entity(d.state, store), Draw::store_change,
                         at(d.state.stores, store).changes);
  return (d.now + duration.sample_duration(bits)).nanoseconds();
}

void effect_create(Deciding&, const KmsRequest&, events::KmsEffect::Builder effect) {
  effect.initCustomKeyStore().setState(ConnectionState::DISCONNECTED);
}

// A store that is connected, or on its way there, stays as it is.
void effect_connect(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const std::uint32_t store = named_store(d.state, request);
  if (d.state.stores[store].state != ConnectionState::DISCONNECTED) return;
  const bool cloud_hsm = store_of(d.state, store).getType() == StoreType::AWS_CLOUD_HSM;
  auto change = effect.initCustomKeyStore();
  change.setState(ConnectionState::CONNECTING);
  change.setUntil(
      end_of(d, store,
             cloud_hsm ? d.settings().cloud_hsm_connect : d.settings().external_key_store_connect));
}

// What failed to connect has nothing to take down.
void effect_disconnect(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const std::uint32_t store = named_store(d.state, request);
  auto change = effect.initCustomKeyStore();
  if (d.state.stores[store].state == ConnectionState::FAILED) {
    return change.setState(ConnectionState::DISCONNECTED);
  }
  change.setState(ConnectionState::DISCONNECTING);
  change.setUntil(end_of(d, store, d.settings().custom_key_store_disconnect));
  change.setVisibleAt(keys_follow_at(d, store));
}

void effect_delete(Deciding&, const KmsRequest&, events::KmsEffect::Builder effect) {
  effect.initCustomKeyStore().setState(ConnectionState::DELETED);
}

void effect_update(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const std::uint32_t store = named_store(d.state, request);
  effect.initCustomKeyStore().setState(d.state.stores[store].state);
}

void effect_describe(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const auto found = static_cast<std::uint32_t>(asked_for(d.state, request).size());
  set_listed(effect, page_of(request, kStorePages, found).value());
}

constexpr OperationRow row(Operation operation, std::string_view name,
                           Refusal (*validate)(const Deciding&, const KmsRequest&),
                           Refusal (*check)(Deciding&, KmsRequest&),
                           void (*effect)(Deciding&, const KmsRequest&,
                                          events::KmsEffect::Builder)) {
  OperationRow made;
  made.operation = operation;
  made.name = name;
  made.subject = Subject::store;
  made.read_only = operation == Operation::DESCRIBE_CUSTOM_KEY_STORES;
  made.validate = validate;
  made.check = check;
  made.effect = effect;
  return made;
}

constexpr std::array kRows{
    row(Operation::CREATE_CUSTOM_KEY_STORE, "CreateCustomKeyStore", validate_create, check_create,
        effect_create),
    row(Operation::CONNECT_CUSTOM_KEY_STORE, "ConnectCustomKeyStore", validate_store_id,
        check_connect, effect_connect),
    row(Operation::DISCONNECT_CUSTOM_KEY_STORE, "DisconnectCustomKeyStore", validate_store_id,
        check_disconnect, effect_disconnect),
    row(Operation::DELETE_CUSTOM_KEY_STORE, "DeleteCustomKeyStore", validate_store_id, check_delete,
        effect_delete),
    row(Operation::DESCRIBE_CUSTOM_KEY_STORES, "DescribeCustomKeyStores", validate_describe,
        check_describe, effect_describe),
    row(Operation::UPDATE_CUSTOM_KEY_STORE, "UpdateCustomKeyStore", validate_update, check_update,
        effect_update),
};

}  // namespace
}  // namespace stores

std::span<const OperationRow> store_operations() { return stores::kRows; }

std::uint32_t named_store(const State& state, const KmsRequest& request) {
  const std::uint32_t store = request.parameters.getStore();
  const bool there = store != kNone && stores::exists(at(state.stores, store)) &&
                     stores::in_realm(state, store, request.realm);
  return there ? store : kNone;
}

Refusal store_refusal(const State& state, const KmsRequest& request) {
  const std::uint32_t store = named_store(state, request);
  if (store == kNone) return stores::not_found(stores::named(state, request));
  if (state.stores[store].state != events::ConnectionState::CONNECTED) {
    return stores::invalid_state(state, store, "CONNECTED");
  }
  return stores::broken_refusal(state, store);
}

Refusal broken_store_refusal(const State& state, std::uint32_t key) {
  const std::uint32_t store = described(state, key).getStore();
  return store == kNone ? Refusal() : stores::broken_refusal(state, store);
}

std::uint64_t store_entity(const State& state, std::uint32_t store) {
  return crypto::name_hash(fmt::format(
      "custom-key-store/{}", events::text(stores::store_of(state, store).getLogicalId())));
}

std::int64_t keys_follow_at(const Deciding& d, std::uint32_t store) {
  const auto bits = draw(d.random, store_entity(d.state, store), Draw::propagation,
                         at(d.state.stores, store).changes);
  sim::Time visible = d.now + d.settings().custom_key_store_propagation.sample_duration(bits);
  for (const PendingChange& change : d.state.changes) {
    if (change.kind == events::Change::KEY_STATE &&
        described(d.state, change.key).getStore() == store) {
      visible = std::max(visible, change.visible_at);
    }
  }
  return visible.nanoseconds();
}

std::string_view connection_state_name(events::ConnectionState state) {
  switch (state) {
    case events::ConnectionState::DISCONNECTED:
      return "DISCONNECTED";
    case events::ConnectionState::CONNECTING:
      return "CONNECTING";
    case events::ConnectionState::CONNECTED:
      return "CONNECTED";
    case events::ConnectionState::DISCONNECTING:
      return "DISCONNECTING";
    case events::ConnectionState::FAILED:
      return "FAILED";
    case events::ConnectionState::DELETED:
    case events::ConnectionState::ABSENT:
      break;
  }
  return "";
}

std::string_view connection_error_name(events::ConnectionError error) {
  constexpr std::array<std::string_view, 19> kNames{
      "",
      "INVALID_CREDENTIALS",
      "CLUSTER_NOT_FOUND",
      "NETWORK_ERRORS",
      "INTERNAL_ERROR",
      "INSUFFICIENT_CLOUDHSM_HSMS",
      "USER_LOCKED_OUT",
      "USER_NOT_FOUND",
      "USER_LOGGED_IN",
      "SUBNET_NOT_FOUND",
      "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
      "XKS_PROXY_ACCESS_DENIED",
      "XKS_PROXY_NOT_REACHABLE",
      "XKS_PROXY_INVALID_RESPONSE",
      "XKS_PROXY_INVALID_CONFIGURATION",
      "XKS_PROXY_TIMED_OUT",
      "XKS_PROXY_INVALID_TLS_CONFIGURATION",
      "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
      "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
  };
  return at(kNames, static_cast<std::size_t>(error));
}

}  // namespace tablekey::model::kms

namespace tablekey::model {

// Connecting ends well unless the store does not work by then.
void decide_store_change(Deciding& d) {
  using events::ConnectionState;
  const CustomKeyStore& store = at(d.state.stores, d.action.a);
  auto event = d.out.initCustomKeyStoreChanged();
  event.setStore(d.action.a);
  if (store.state == events::ConnectionState::DISCONNECTING) {
    return event.setState(events::ConnectionState::DISCONNECTED);
  }
  if (store.broken != events::ConnectionError::NONE) {
    event.setState(events::ConnectionState::FAILED);
    return event.setError(store.broken);
  }
  event.setState(events::ConnectionState::CONNECTED);
  event.setVisibleAt(kms::keys_follow_at(d, d.action.a));
}

}  // namespace tablekey::model
