// The way of an item through a provider and a format.
#include "model/clients/item_client.h"

#include <fmt/format.h>

#include "events/text.h"
#include "model/clients/client_requests.h"
#include "model/clients/encryption/direct_kms.h"
#include "model/clients/encryption/item.h"
#include "model/clients/encryption/local_keys.h"
#include "model/clients/encryption/structured_item.h"
#include "model/clients/encryptors.h"
#include "model/dynamodb/partitions.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using encryption::CryptoAction;
using Encryptor = events::ItemEncryptor;
using events::string_of;
using items::AttributeMap;

encryption::Action action_of(Encryptor::Action action) {
  switch (action) {
    case Encryptor::Action::DO_NOTHING:
      return encryption::Action::do_nothing;
    case Encryptor::Action::ENCRYPT_AND_SIGN:
      return encryption::Action::encrypt_and_sign;
    default:
      return encryption::Action::sign_only;
  }
}

CryptoAction crypto_action_of(Encryptor::Action action) {
  switch (action) {
    case Encryptor::Action::DO_NOTHING:
      return CryptoAction::do_nothing;
    case Encryptor::Action::ENCRYPT_AND_SIGN:
      return CryptoAction::encrypt_and_sign;
    case Encryptor::Action::SIGN_AND_INCLUDE_IN_CONTEXT:
      return CryptoAction::sign_and_include_in_context;
    default:
      return CryptoAction::sign_only;
  }
}

std::optional<encryption::Policy> policy_of(std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (name == "forceWriteAllowRead") return encryption::Policy::force_write_allow_read;
  if (name == "forbidWriteAllowRead") return encryption::Policy::forbid_write_allow_read;
  return encryption::Policy::forbid;
}

}  // namespace

ItemClient::ItemClient(RequestWork& work, const Request& request)
    : d_(work.d),
      encryptor_(encryptor_of(work.d.state, work.call)),
      root_(work.d.state.scenario().seed),
      draws_(root_, client_draws(work.d.state, request)),
      keys_(work.d, request),
      reads_(decrypts_reads(work.call.getOperation())) {
  const State& state = work.d.state;
  const std::uint32_t session =
      work.caller == 0 ? 0 : 1 + at(state.latest_session, work.caller - 1);
  key_ = client_key(state, encryptor_, session);
  if (provider_of(state, request) == kNone) return;
  caching_.emplace(work, request, keys_, key_ == kNone ? std::string() : state.key_arn(key_));
}

// ---- how it is set up ----

encryption::TableNames ItemClient::names_of(std::uint32_t table) const {
  const items::KeySchema& key = d_.state.scenario().items(d_.state.tables[table].family).key();
  encryption::TableNames names{d_.state.table_name(table), key.partition.name, std::nullopt};
  if (key.sort) names.sort = key.sort->name;
  return names;
}

// The clients look the table up, so that what DynamoDB must be able to read stays readable.
encryption::CryptoConfig ItemClient::config_of(std::uint32_t table) const {
  encryption::CryptoConfig config;
  config.names = names_of(table);
  config.actions.otherwise = action_of(encryptor_.getDefaultAction());
  for (auto named : encryptor_.getActions()) {
    config.actions.named[string_of(named.getName())] = action_of(named.getAction());
  }
  const ItemSpace& space = d_.state.scenario().items(d_.state.tables[table].family);
  const auto protect = [&](const items::KeySchema& key) {
    config.actions.set_index_key(key.partition.name);
    if (key.sort) config.actions.set_index_key(key.sort->name);
  };
  protect(space.key());
  for (const IndexShape* index : index_shapes(d_.state, table)) {
    if (index->key) protect(*index->key);
  }
  return config;
}

// This format wants an action for each attribute: those without one of their own get the default,
// the primary key's the one that they must have.
encryption::StructuredConfig ItemClient::structured_config_of(std::uint32_t table,
                                                              const AttributeMap& item) const {
  encryption::StructuredConfig config;
  config.names = names_of(table);
  config.flavour =
      encryptor_.getSignatures() ? encryption::Flavour::mac_and_ecdsa : encryption::Flavour::mac;
  for (auto named : encryptor_.getActions()) {
    config.actions[string_of(named.getName())] = crypto_action_of(named.getAction());
  }
  const CryptoAction key_action =
      config.version() == 2 ? CryptoAction::sign_and_include_in_context : CryptoAction::sign_only;
  config.actions.emplace(config.names.partition, key_action);
  if (config.names.sort) config.actions.emplace(*config.names.sort, key_action);
  const CryptoAction otherwise = crypto_action_of(encryptor_.getDefaultAction());
  const auto library_own = [](std::string_view name) {
    return name == encryption::kHeadAttribute || name == encryption::kFootAttribute ||
           name == encryption::kDescriptionAttribute || name == encryption::kSignatureAttribute;
  };
  for (const items::Attribute& attribute : item) {
    if (!library_own(attribute.name)) config.actions.emplace(attribute.name, otherwise);
  }
  for (const auto& [name, action] : config.actions) {
    if (action == CryptoAction::do_nothing) config.unsigned_attributes.insert(name);
  }
  config.plaintext = policy_of(string_of(encryptor_.getPlaintextPolicy()));
  if (const auto legacy = policy_of(string_of(encryptor_.getLegacyPolicy()))) {
    config.legacy = {*legacy, config_of(table)};
  }
  return config;
}

// ---- keys ----

crypto::Key256 ItemClient::local_key(std::string_view purpose) const {
  crypto::Key256 key;
  root_.stream(purpose, string_of(encryptor_.getKeyName())).secret(0, key);
  return key;
}

// Everybody who wraps with an RSA key has it by its name too.
encryption::WrappedKeys ItemClient::wrapped_keys() const {
  const std::string name = string_of(encryptor_.getKeyName());
  if (string_of(encryptor_.getWrapping()).starts_with("RSA/")) {
    return {std::cref(d_.vault.client_pair(name)), local_key("client-signing")};
  }
  return {local_key("client-wrapping"), local_key("client-signing")};
}

encryption::RawKeyring ItemClient::raw_keyring() const {
  const std::string name = string_of(encryptor_.getKeyName());
  const std::string key_namespace = string_of(encryptor_.getKeyNamespace());
  if (string_of(encryptor_.getWrapping()).starts_with("RSA/")) {
    return {key_namespace, name, std::cref(d_.vault.client_pair(name))};
  }
  return {key_namespace, name, local_key("client-raw-keyring")};
}

encryption::Expected<encryption::Materials> ItemClient::materials_to_write(
    const encryption::CryptoConfig& config, const AttributeMap& item) {
  switch (encryptor_.getProvider()) {
    case Encryptor::Provider::STATIC:
      return encryption::StaticKeys{local_key("client-static-encryption"),
                                    local_key("client-static-signing")}
          .materials();
    case Encryptor::Provider::WRAPPED:
      return wrapped_keys().encryption_materials(draws_);
    case Encryptor::Provider::MOST_RECENT: {
      const auto provider = caching_->to_write();
      if (!provider) return std::unexpected(provider.error());
      return (*provider)->encryption_materials(draws_);
    }
    default:
      break;
  }
  const encryption::DirectKms provider{key_ == kNone ? std::string() : d_.state.key_arn(key_)};
  const auto call = provider.encryption_request(config.names, item);
  if (!call) return std::unexpected(call.error());
  const auto made = keys_.get(*call);
  if (!made) return std::unexpected(made.error());
  return encryption::DirectKms::encryption_materials(made->key, made->blob);
}

encryption::Expected<encryption::Materials> ItemClient::materials_to_read(
    const encryption::CryptoConfig& config, const AttributeMap& item) {
  const auto description = encryption::read_description(item);
  if (!description) return std::unexpected(description.error());
  switch (encryptor_.getProvider()) {
    case Encryptor::Provider::STATIC:
      return encryption::StaticKeys{local_key("client-static-encryption"),
                                    local_key("client-static-signing")}
          .materials();
    case Encryptor::Provider::WRAPPED:
      return wrapped_keys().decryption_materials(*description);
    case Encryptor::Provider::MOST_RECENT: {
      const auto provider = caching_->to_read(*description);
      if (!provider) return std::unexpected(provider.error());
      return (*provider)->decryption_materials(*description);
    }
    default:
      break;
  }
  const encryption::DirectKms provider{key_ == kNone ? std::string() : d_.state.key_arn(key_)};
  const auto call = provider.decryption_request(config.names, item, *description);
  if (!call) return std::unexpected(call.error());
  const auto made = keys_.get(*call);
  if (!made) return std::unexpected(made.error());
  return encryption::DirectKms::decryption_materials(made->key, *description);
}

// ---- the format of 2018 ----

encryption::Expected<AttributeMap> ItemClient::encrypt(const encryption::CryptoConfig& config,
                                                       const AttributeMap& item) {
  if (auto error = encryption::check(config)) return std::unexpected(std::move(*error));
  if (config.actions.idle()) return item;
  auto materials = materials_to_write(config, item);
  if (!materials) return std::unexpected(materials.error());
  return encryption::encrypt_item(item, config, *materials, draws_);
}

encryption::Expected<AttributeMap> ItemClient::decrypt(const encryption::CryptoConfig& config,
                                                       const AttributeMap& item) {
  if (auto error = encryption::check(config)) return std::unexpected(std::move(*error));
  if (config.actions.idle()) return item;
  auto materials = materials_to_read(config, item);
  if (!materials) return std::unexpected(materials.error());
  return encryption::decrypt_item(item, config, *materials);
}

// ---- the format of 2023 ----

encryption::Expected<AttributeMap> ItemClient::write_structured(std::uint32_t table,
                                                                const AttributeMap& item) {
  const encryption::StructuredConfig config = structured_config_of(table, item);
  if (auto error = encryption::check(config)) return std::unexpected(std::move(*error));
  const auto route = encryption::route_of_write(config, item);
  if (!route) return std::unexpected(route.error());
  if (*route == encryption::Route::plaintext) return item;
  if (*route == encryption::Route::legacy) return encrypt(config.legacy->config, item);
  auto plan = encryption::plan_encryption(item, config, draws_);
  if (!plan) return std::unexpected(plan.error());
  if (encryptor_.getProvider() == Encryptor::Provider::WRAPPED) {
    const encryption::StructuredKeys keys = raw_keyring().wrap(draws_, plan->context);
    return encryption::encrypt_structured(item, config, *plan, keys, draws_);
  }
  const std::string arn = key_ == kNone ? std::string() : d_.state.key_arn(key_);
  const encryption::KmsKeyring keyring{{arn}};
  auto made = keys_.get(keyring.encryption_requests(plan->context).front());
  if (!made) return std::unexpected(made.error());
  std::vector<encryption::IntermediateKey> answers;
  answers.push_back(
      {std::move(made->key), items::Bytes(made->blob.begin(), made->blob.end()), arn});
  const encryption::StructuredKeys keys =
      encryption::KmsKeyring::wrap(draws_, plan->context, answers);
  return encryption::encrypt_structured(item, config, *plan, keys, draws_);
}

encryption::Expected<AttributeMap> ItemClient::read_structured(std::uint32_t table,
                                                               const AttributeMap& item) {
  const encryption::StructuredConfig config = structured_config_of(table, item);
  if (auto error = encryption::check(config)) return std::unexpected(std::move(*error));
  const auto route = encryption::route_of_read(config, item);
  if (!route) return std::unexpected(route.error());
  switch (*route) {
    case encryption::Route::plaintext:
      return item;
    case encryption::Route::legacy:
      return decrypt(config.legacy->config, item);
    default:
      return open(config, item);
  }
}

encryption::Expected<AttributeMap> ItemClient::open(const encryption::StructuredConfig& config,
                                                    const AttributeMap& item) {
  const auto opening = encryption::open_structured(item, config);
  if (!opening) return std::unexpected(opening.error());
  if (encryptor_.getProvider() == Encryptor::Provider::WRAPPED) {
    const auto keys = raw_keyring().unwrap(opening->header, opening->context);
    if (!keys) return std::unexpected(keys.error());
    return encryption::decrypt_structured(item, config, *opening, *keys);
  }
  const encryption::KmsKeyring keyring{{key_ == kNone ? std::string() : d_.state.key_arn(key_)}};
  const auto attempts = keyring.decryption_requests(opening->header, opening->context);
  if (!attempts) return std::unexpected(attempts.error());
  const encryption::KmsKeyring::Attempt& attempt = attempts->front();
  const auto made = keys_.get(attempt.call);
  if (!made) return std::unexpected(made.error());
  const auto keys = encryption::KmsKeyring::unwrap(opening->header.data_keys[attempt.data_key],
                                                   opening->context, made->key);
  if (!keys) return std::unexpected(keys.error());
  return encryption::decrypt_structured(item, config, *opening, *keys);
}

// ---- what a request sees ----

ClientPause ItemClient::pause() const {
  if (keys_.wanted()) return ClientPause::kms;
  if (caching_ && caching_->needs_store()) return ClientPause::key_store;
  return caching_ && caching_->waits() ? ClientPause::provider : ClientPause::none;
}

AttributeMap ItemClient::settle(Expected<AttributeMap> made, const AttributeMap& item) {
  if (made) return std::move(*made);
  if (!stopped()) failed_ = std::move(made.error());
  return item;
}

AttributeMap ItemClient::before_put(std::uint32_t table, const AttributeMap& item) {
  if (stopped()) return item;
  const bool structured = encryptor_.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK;
  return settle(structured ? write_structured(table, item) : encrypt(config_of(table), item), item);
}

AttributeMap ItemClient::after_read(std::uint32_t table, const AttributeMap& item) {
  if (stopped()) return item;
  const bool structured = encryptor_.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK;
  return settle(structured ? read_structured(table, item) : decrypt(config_of(table), item), item);
}

void ItemClient::make_material() {
  const auto made = caching_->make_next();
  if (!made && !stopped()) failed_ = made.error();
}

void ItemClient::put_record() {
  if (caching_) caching_->put_record();
}

}  // namespace tablekey::model
