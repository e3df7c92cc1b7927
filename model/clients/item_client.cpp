// The way of an item through a provider and a format.
#include "model/clients/item_client.h"

#include <fmt/format.h>

#include "model/clients/encryption/direct_kms.h"
#include "model/clients/encryption/item.h"
#include "model/clients/encryption/local_keys.h"
#include "model/clients/encryption/structured_item.h"
#include "model/kms/alias_index.h"
#include "model/kms/blob.h"
#include "model/kms/key_text.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using encryption::Action;
using encryption::CryptoAction;
using encryption::Failure;
using events::DataOperation;
using events::Exception;
using Encryptor = events::ItemEncryptor;
using items::AttributeMap;

constexpr std::string_view kAesWrap = "AESWrap";

std::string text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

Action action_of(Encryptor::Action action) {
  switch (action) {
    case Encryptor::Action::DO_NOTHING:
      return Action::do_nothing;
    case Encryptor::Action::ENCRYPT_AND_SIGN:
      return Action::encrypt_and_sign;
    default:
      return Action::sign_only;
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

bool is_write(DataOperation operation) {
  return operation == DataOperation::PUT_ITEM || operation == DataOperation::BATCH_WRITE_ITEM;
}

bool is_read(DataOperation operation) {
  return operation == DataOperation::GET_ITEM || operation == DataOperation::QUERY ||
         operation == DataOperation::SCAN || operation == DataOperation::BATCH_GET_ITEM;
}

Encryptor::Reader encryptor_of(const State& state, events::DataCall::Reader call) {
  return at(state.scenario().reader().getEncryptors(), call.getEncryptor());
}

Refused own(std::string message) { return {Exception::VALIDATION, std::move(message)}; }

// What this program has not: it says so instead of trying.
Refused setup_refusal(Encryptor::Reader encryptor, DataOperation operation) {
  using Provider = Encryptor::Provider;
  const bool structured = encryptor.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK;
  const Provider provider = encryptor.getProvider();
  if (provider == Provider::MOST_RECENT) {
    return own("NotImplementedError: tablekey does not run the caching provider in a timeline.");
  }
  if (structured && provider != Provider::DIRECT_KMS) {
    return own("NotImplementedError: tablekey has no keyring but that of KMS.");
  }
  const std::string wrapping = text(encryptor.getWrapping());
  if (provider == Provider::WRAPPED && !wrapping.empty() && wrapping != kAesWrap) {
    return own("NotImplementedError: tablekey wraps with AES only in a timeline.");
  }
  if (operation == DataOperation::BATCH_WRITE_ITEM && provider == Provider::DIRECT_KMS) {
    return own("NotImplementedError: tablekey asks KMS for the data key of one put at a time.");
  }
  return {};
}

// The clients want whole items: of a part they could not verify the signature.
Refused read_refusal(events::DataCall::Reader call) {
  bool projected = call.getProjection().size() != 0;
  for (auto item : call.getItems()) projected = projected || item.getProjection().size() != 0;
  if (projected) {
    return own(
        "InvalidArgumentError: \"ProjectionExpression\" is not supported for this "
        "operation");
  }
  const std::string select = text(call.getSelect());
  if (select != "SPECIFIC_ATTRIBUTES" && select != "ALL_PROJECTED_ATTRIBUTES") return {};
  return own(fmt::format("InvalidArgumentError: Scan \"Select\" value of \"{}\" is not supported",
                         select));
}

std::string draws_name(const State& state, std::uint32_t step) {
  return fmt::format("{:016x}", at(state.scenario().kms_step_entities, step - 1));
}

}  // namespace

bool encrypts(events::DataCall::Reader call) {
  return call.getEncryptor() != kNone && call.getOperation() != DataOperation::DELETE_ITEM;
}

Refused client_refusal(const State& state, events::DataCall::Reader call) {
  const DataOperation operation = call.getOperation();
  const Encryptor::Reader encryptor = encryptor_of(state, call);
  if (operation == DataOperation::UPDATE_ITEM) {
    return encryptor.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK
               ? own("DynamoDbEncryptionTransformsException: Update Expressions forbidden on "
                     "signed attributes")
               : own("NotImplementedError: \"update_item\" is not yet "
                     "implemented");
  }
  if (!is_read(operation) && !is_write(operation)) {
    return own("NotImplementedError: the encryption client does not take this operation.");
  }
  if (Refused bad = setup_refusal(encryptor, operation); bad.exception != Exception::NONE) {
    return bad;
  }
  return is_read(operation) ? read_refusal(call) : Refused{};
}

Refused client_failure(const encryption::Error& error) {
  return own(fmt::format("{}: {}", encryption::exception_name(error.failure), error.text));
}

std::uint32_t client_key(const State& state, Encryptor::Reader encryptor, std::uint32_t session) {
  const auto key = encryptor.getKey();
  if (key.isArn()) return key.getArn();
  if (key.isId()) return key.getId();
  if (!key.isText()) return kNone;
  const std::string named = text(key.getText());
  const kms::KeyText parsed = kms::parse_key_text(named);
  const ScenarioView& scenario = state.scenario();
  const bool arn = parsed.form == kms::KeyTextForm::alias_arn;
  if (!arn && parsed.form != kms::KeyTextForm::alias_name) return kNone;
  std::uint32_t account = scenario.account_index(arn ? parsed.account : scenario.account);
  if (!arn && session != 0) {
    account = at(scenario.principal_accounts, at(state.sessions, session - 1).principal);
  }
  const std::uint32_t region = scenario.region_index(arn ? parsed.region : scenario.region);
  if (account == kNone || region == kNone) return kNone;
  const std::uint32_t found = kms::find_alias(state, scenario.realm(account, region), parsed.name);
  return found == kNone ? kNone : at(state.aliases, found).key;
}

ItemClient::ItemClient(Deciding& d, std::uint32_t step, std::uint32_t asked,
                       std::span<const std::uint8_t> blob)
    : d_(d),
      root_(d.state.scenario().seed),
      draws_(root_, draws_name(d.state, step)),
      blob_(blob),
      asked_(asked) {
  const ScenarioView& scenario = d.state.scenario();
  const auto described = at(scenario.reader().getSteps(), step - 1);
  const auto call = described.getRequest();
  encryptor_ = encryptor_of(d.state, call);
  reads_ = is_read(call.getOperation());
  const std::uint32_t caller =
      scenario.caller(described.getCaller(), described.getSession().cStr());
  const std::uint32_t session = caller == 0 ? 0 : 1 + at(d.state.latest_session, caller - 1);
  key_ = client_key(d.state, encryptor_, session);
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
    config.actions.named[text(named.getName())] = action_of(named.getAction());
  }
  const ItemSpace& space = d_.state.scenario().items(d_.state.tables[table].family);
  const auto protect = [&](const items::KeySchema& key) {
    config.actions.set_index_key(key.partition.name);
    if (key.sort) config.actions.set_index_key(key.sort->name);
  };
  protect(space.key());
  for (const auto* indexes : {&space.local_indexes(), &space.global_indexes()}) {
    for (const IndexShape& index : *indexes) {
      if (index.key) protect(*index.key);
    }
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
    config.actions[text(named.getName())] = crypto_action_of(named.getAction());
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
  config.plaintext = policy_of(text(encryptor_.getPlaintextPolicy()));
  if (const auto legacy = policy_of(text(encryptor_.getLegacyPolicy()))) {
    config.legacy = {*legacy, config_of(table)};
  }
  return config;
}

// ---- keys ----

crypto::Key256 ItemClient::local_key(std::string_view purpose) const {
  crypto::Key256 key;
  root_.stream(purpose, text(encryptor_.getKeyName())).secret(0, key);
  return key;
}

// The vault opens what KMS has allowed to be opened. Refused for the moment: KMS is to be asked.
encryption::Expected<crypto::Key256> ItemClient::data_key(const encryption::KmsCall& call,
                                                          std::span<const std::uint8_t> blob) {
  const auto not_yet = [] { return encryption::refused(Failure::unwrapping, "KMS is not asked"); };
  if (wanted_) return not_yet();
  if (used_ == asked_) {
    wanted_ = call;
    return not_yet();
  }
  ++used_;
  const std::vector<std::pair<std::string_view, std::string_view>> pairs(call.context.begin(),
                                                                         call.context.end());
  const auto opened = d_.vault.open_blob(d_.state, blob, kms::canonical_context(pairs));
  if (!opened || opened->size() != crypto::Key256::kSize) {
    return encryption::refused(Failure::unwrapping, "Failed to unwrap AES key");
  }
  return crypto::Key256(opened->bytes().first<crypto::Key256::kSize>());
}

encryption::Expected<encryption::Materials> ItemClient::materials_to_write(
    const encryption::CryptoConfig& config, const AttributeMap& item) {
  switch (encryptor_.getProvider()) {
    case Encryptor::Provider::STATIC:
      return encryption::StaticKeys{local_key("client-static-encryption"),
                                    local_key("client-static-signing")}
          .materials();
    case Encryptor::Provider::WRAPPED:
      return encryption::WrappedKeys(local_key("client-wrapping"), local_key("client-signing"))
          .encryption_materials(draws_);
    default:
      break;
  }
  const encryption::DirectKms provider{key_ == kNone ? std::string() : d_.state.key_arn(key_)};
  const auto call = provider.encryption_request(config.names, item);
  if (!call) return std::unexpected(call.error());
  const auto key = data_key(*call, blob_);
  if (!key) return std::unexpected(key.error());
  return encryption::DirectKms::encryption_materials(*key, blob_);
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
      return encryption::WrappedKeys(local_key("client-wrapping"), local_key("client-signing"))
          .decryption_materials(*description);
    default:
      break;
  }
  const encryption::DirectKms provider{key_ == kNone ? std::string() : d_.state.key_arn(key_)};
  const auto call = provider.decryption_request(config.names, item, *description);
  if (!call) return std::unexpected(call.error());
  const auto key = data_key(*call, call->ciphertext_blob);
  if (!key) return std::unexpected(key.error());
  return encryption::DirectKms::decryption_materials(*key, *description);
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
  const std::string arn = key_ == kNone ? std::string() : d_.state.key_arn(key_);
  const encryption::KmsKeyring keyring{{arn}};
  auto key = data_key(keyring.encryption_requests(plan->context).front(), blob_);
  if (!key) return std::unexpected(key.error());
  std::vector<encryption::IntermediateKey> answers;
  answers.push_back({std::move(*key), items::Bytes(blob_.begin(), blob_.end()), arn});
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
  const encryption::KmsKeyring keyring{{key_ == kNone ? std::string() : d_.state.key_arn(key_)}};
  const auto attempts = keyring.decryption_requests(opening->header, opening->context);
  if (!attempts) return std::unexpected(attempts.error());
  const encryption::KmsKeyring::Attempt& attempt = attempts->front();
  const auto key = data_key(attempt.call, attempt.call.ciphertext_blob);
  if (!key) return std::unexpected(key.error());
  const auto keys = encryption::KmsKeyring::unwrap(opening->header.data_keys[attempt.data_key],
                                                   opening->context, *key);
  if (!keys) return std::unexpected(keys.error());
  return encryption::decrypt_structured(item, config, *opening, *keys);
}

// ---- what a request sees ----

AttributeMap ItemClient::settle(Expected<AttributeMap> made, const AttributeMap& item) {
  if (made) return std::move(*made);
  if (!wanted_ && !failed_) failed_ = std::move(made.error());
  return item;
}

AttributeMap ItemClient::before_put(std::uint32_t table, const AttributeMap& item) {
  if (wanted_ || failed_) return item;
  const bool structured = encryptor_.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK;
  return settle(structured ? write_structured(table, item) : encrypt(config_of(table), item), item);
}

AttributeMap ItemClient::after_read(std::uint32_t table, const AttributeMap& item) {
  if (wanted_ || failed_) return item;
  const bool structured = encryptor_.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK;
  return settle(structured ? read_structured(table, item) : decrypt(config_of(table), item), item);
}

}  // namespace tablekey::model
