#include "model/clients/caching_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/clients/client_requests.h"
#include "model/clients/encryptors.h"
#include "model/dynamodb/items/limits.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using encryption::Expected;
using encryption::Failure;
using encryption::MetaKeys;
using encryption::StoreStep;
using items::AttributeMap;

// Keys of a version are drawn by the request that makes them.
encryption::RequestDraws material_draws(const State& state, const std::string& name) {
  return {crypto::DrawRoot(state.scenario().seed), "material/" + name};
}

std::unexpected<encryption::Error> not_yet() {
  return encryption::refused(Failure::unwrapping, "the request has to wait");
}

}  // namespace

CachingClient::CachingClient(RequestWork& work, const Request& request, ClientKeys& keys,
                             std::string key)
    : work_(work),
      keys_(keys),
      encryptor_(work.call.getEncryptor()),
      store_(key_store_of(work.d.state, encryptor_)),
      draws_name_(client_draws(work.d.state, request)),
      kms_{std::move(key)},
      config_(encryption::meta_config(work.d.state.table_name(store_))) {
  const State& state = work.d.state;
  const ClientProvider& provider = at(state.providers, provider_of(state, request));
  recent_ = provider.recent;
  materials_ = provider.materials;
  // What holds the others up is this request itself.
  if (provider.loader == loader_mark(request)) encryption::loading_failed(recent_);
}

// ---- which keys --------------------------------------------------------------------------------

// Whoever holds them needs neither KMS nor the store any more.
MetaKeys CachingClient::keys_of(std::uint32_t material) const {
  const State& state = work_.d.state;
  encryption::RequestDraws draws =
      material_draws(state, client_draws(state, at(state.materials, material)));
  return MetaKeys::draw(draws);
}

std::uint32_t CachingClient::held_material(std::uint64_t version) const {
  const auto found =
      std::find_if(materials_.begin(), materials_.end(), [&](std::uint32_t material) {
        return at(work_.d.state.materials, material).version == version;
      });
  law(found != materials_.end(), "a version that a provider holds has its keys");
  return *found;
}

// A version is made again where its record was lost: its keys tell which one this is.
std::uint32_t CachingClient::material_with(std::uint64_t version, const MetaKeys& opened) const {
  const auto& all = work_.d.state.materials;
  for (auto i = static_cast<std::uint32_t>(all.size()); i-- > 0;) {
    if (all[i].version != version) continue;
    const MetaKeys keys = keys_of(i);
    if (crypto::equal(keys.encryption, opened.encryption) &&
        crypto::equal(keys.integrity, opened.integrity)) {
      return i;
    }
  }
  law(false, "a record of a key store that opens was made by a client");
  return kNone;
}

CachingClient::Provider CachingClient::use(std::uint64_t version, std::uint32_t material) {
  const auto known = made_.find(version);
  if (known != made_.end()) return &known->second;
  return &made_.emplace(version, keys_of(material).provider(recent_.material, version))
              .first->second;
}

// The provider has loaded a version; `gone` had to leave for it.
void CachingClient::hold(std::uint64_t version, std::uint32_t material,
                         const std::vector<std::uint64_t>& gone) {
  const auto drop = [&](std::uint64_t one) {
    std::erase_if(materials_, [&](std::uint32_t held) {
      return at(work_.d.state.materials, held).version == one;
    });
  };
  drop(version);
  materials_.push_back(material);
  for (const std::uint64_t one : gone) drop(one);
}

// ---- encryption --------------------------------------------------------------------------------

Expected<CachingClient::Provider> CachingClient::to_write() {
  if (writing_ != nullptr) return writing_;
  const encryption::NextStep next = encryption::next_for_encryption(recent_, work_.d.now);
  if (next.step == StoreStep::wait) {
    waits_ = true;
    return not_yet();
  }
  if (next.step == StoreStep::query) {
    const Expected<Provider> made = ask_store();
    if (made) writing_ = *made;
    return made;
  }
  const std::uint32_t material = held_material(next.version);
  encryption::used(recent_, next.version);
  note(next.version, material);
  writing_ = use(next.version, material);
  return writing_;
}

Expected<CachingClient::Provider> CachingClient::ask_store() {
  if (!open_) {
    needs_store_ = true;
    return not_yet();
  }
  const auto highest = newest_version(work_.d.state, encryptor_);
  const encryption::NextStep next = encryption::after_query(recent_, highest);
  if (next.step == StoreStep::create) return create(next.version);
  std::uint32_t material = 0;
  if (next.step == StoreStep::use) {
    material = held_material(next.version);
    note(next.version, material);
  } else {
    const Expected<std::uint32_t> loaded = load(next.version);
    if (!loaded) return std::unexpected(loaded.error());
    material = *loaded;
  }
  encryption::loading_began(recent_);
  hold(next.version, material, encryption::loaded(recent_, next.version, work_.d.now));
  return use(next.version, material);
}

Expected<CachingClient::Provider> CachingClient::make_next() {
  if (!open_) {
    needs_store_ = true;
    return not_yet();
  }
  const auto highest = newest_version(work_.d.state, encryptor_);
  return create(highest ? *highest + 1 : 0);
}

// ---- decryption --------------------------------------------------------------------------------

Expected<CachingClient::Provider> CachingClient::to_read(
    const encryption::MaterialDescription& description) {
  const Expected<std::uint64_t> version = encryption::version_of(description);
  if (!version) return std::unexpected(version.error());
  if (encryption::next_for_decryption(recent_, *version).step == StoreStep::use) {
    const std::uint32_t material = held_material(*version);
    encryption::used(recent_, *version);
    note(*version, material);
    return use(*version, material);
  }
  if (!open_) {
    needs_store_ = true;
    return not_yet();
  }
  const Expected<std::uint32_t> material = load(*version);
  if (!material) return std::unexpected(material.error());
  hold(*version, *material, encryption::loaded_for_decryption(recent_, *version));
  return use(*version, *material);
}

// ---- the store ---------------------------------------------------------------------------------

// Keys that the provider had already served: that is all that its event says.
void CachingClient::note(std::uint64_t version, std::uint32_t material) {
  const std::uint32_t item = at(at(work_.d.state.scenario().material_items, encryptor_), version);
  work_.answer.reads.push_back({store_, item, 0, {}, 1 + material});
}

// Reads the record of a version and opens it.
Expected<std::uint32_t> CachingClient::load(std::uint64_t version) {
  const auto& items = at(work_.d.state.scenario().material_items, encryptor_);
  const auto unknown = [&] {
    return encryption::refused(Failure::version_unknown,
                               fmt::format("No material found: \"{}\"",
                                           encryption::material_id(recent_.material, version)));
  };
  if (version >= items.size()) return unknown();
  const std::optional<AttributeMap> record = work_.read(store_, items[version]);
  const std::size_t size = record ? items::item_size(*record) : 0;
  work_.answer.consume_reads(store_, "", items::read_half_units(size, items::ReadMode::strong));
  if (!record) return unknown();
  const std::size_t touched = work_.answer.reads.size() - 1;
  const auto description = encryption::read_description(*record);
  if (!description) return std::unexpected(description.error());
  const auto call = kms_.decryption_request(config_.names, *record, *description);
  if (!call) return std::unexpected(call.error());
  const auto key = keys_.get(*call);
  if (!key) return std::unexpected(key.error());
  const Expected<MetaKeys> opened = encryption::open_meta_record(
      *record, config_, encryption::DirectKms::decryption_materials(key->key, *description));
  if (!opened) return std::unexpected(opened.error());
  const std::uint32_t material = material_with(version, *opened);
  work_.answer.reads[touched].material = 1 + material;
  return material;
}

Expected<CachingClient::Provider> CachingClient::create(std::uint64_t version) {
  const AttributeMap key = encryption::meta_key(recent_.material, version);
  const auto call = kms_.encryption_request(config_.names, key);
  if (!call) return std::unexpected(call.error());
  const auto made = keys_.get(*call);
  if (!made) return std::unexpected(made.error());
  encryption::RequestDraws draws = material_draws(work_.d.state, draws_name_);
  const MetaKeys keys = MetaKeys::draw(draws);
  auto record = encryption::seal_meta_record(
      recent_.material, version, keys, config_,
      encryption::DirectKms::encryption_materials(made->key, made->blob), draws);
  if (!record) return std::unexpected(record.error());
  record_ = {version, std::move(*record)};
  return &made_.insert_or_assign(version, keys.provider(recent_.material, version)).first->second;
}

// The library puts it before it encrypts anything; here both are one change, as an event is.
void CachingClient::put_record() {
  if (!record_ || work_.answer.refused.exception != events::Exception::NONE) return;
  ItemWork put;
  put.kind = events::ItemCall::Kind::PUT;
  put.table = store_;
  put.item = at(at(work_.d.state.scenario().material_items, encryptor_), record_->version);
  put.key = encryption::meta_key(recent_.material, record_->version);
  put.value = std::move(record_->value);
  items::Placeholders none;
  auto absent = items::Condition::parse(encryption::meta::kAbsent, none);
  law(absent.has_value(), "the library's own condition is one");
  put.condition = std::move(*absent);
  const Outcome outcome = work_.evaluate(put);
  if (outcome.refused.exception != events::Exception::NONE) {
    work_.answer.changes.clear();
    work_.answer.refused = outcome.refused;
    return;
  }
  work_.write(put, outcome, false);
}

}  // namespace tablekey::model
