// Items: sealed under the data key of the base partition, opened for real when they are read, and
// sealed again from what State says of them when the store lacks them.
#include <algorithm>

#include "crypto/ctr.h"
#include "crypto/sha256.h"
#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

constexpr std::string_view kValuePurpose = "dynamodb/item-value";
constexpr std::size_t kItemAadSize = 48;

// TableId, structure, data key, digest of the primary key, record version. A record moved to
// another item, table or time does not open.
std::array<std::uint8_t, kItemAadSize> item_aad(const Table& table, std::uint32_t structure,
                                                const dynamodb::Record& record) {
  std::array<std::uint8_t, kItemAadSize> aad;
  crypto::store_big_endian<8>(table.id[0], aad.data());
  crypto::store_big_endian<8>(table.id[1], aad.data() + 8);
  crypto::store_big_endian<4>(structure, aad.data() + 16);
  crypto::store_big_endian<4>(structure, aad.data() + 20);
  std::copy(record.key_digest.begin(), record.key_digest.end(), aad.begin() + 24);
  crypto::store_big_endian<8>(record.version, aad.data() + 40);
  return aad;
}

RecordTag tag_of(const dynamodb::Record& record) {
  return {crypto::load_big_endian<8>(record.tag.data()),
          crypto::load_big_endian<8>(record.tag.data() + 8)};
}

std::array<std::uint8_t, 16> key_digest(const std::string& key) {
  const crypto::Digest digest = crypto::sha256(crypto::bytes_of(key));
  std::array<std::uint8_t, 16> head;
  std::copy_n(digest.begin(), head.size(), head.begin());
  return head;
}

}  // namespace

std::span<std::uint8_t> Vault::scratch(std::size_t size) {
  if (!scratch_ || scratch_->size() < size) scratch_.emplace(std::max<std::size_t>(size, 4096));
  return scratch_->writable().first(size);
}

void Vault::fill_value(const State& state, std::uint32_t origin_index, std::uint32_t item,
                       std::uint32_t version, std::span<std::uint8_t> out) {
  crypto::Key256 key;
  const Origin& origin = at(state.origins, origin_index);
  draws_.stream(kValuePurpose, entity_name(origin.entity)).secret(origin.creation, key);
  std::array<std::uint8_t, crypto::CounterBlock::kSize> first{};
  crypto::store_big_endian<4>(item, first.data());
  crypto::store_big_endian<4>(version, first.data() + 4);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  crypto::Aes256Ctr(key).apply(crypto::CounterBlock(first), out, out);
}

dynamodb::Record& Vault::seal(const State& state, DataKeyContext& key, std::uint32_t table,
                              std::uint32_t item, std::uint32_t version,
                              std::span<const std::uint8_t> plaintext) {
  if (!key.ivs) key.ivs.emplace(unwrap_data_key(state, table, key.structure));
  dynamodb::Record& record =
      store_.place(table, item, static_cast<std::uint32_t>(plaintext.size()));
  record.version = version;
  record.key_digest = key_digest(state.family(table).item_key(item));
  const auto aad = item_aad(state.tables[table], key.structure, record);
  const crypto::Iv iv = key.ivs->derive(version, aad, plaintext);
  crypto::Tag tag;
  key.gcm.seal(iv, aad, plaintext, record.sealed(), tag);
  record.iv = iv.bytes;
  record.tag = tag.bytes;
  return record;
}

// A value that a caller gave is only known by its ciphertext, which State has.
dynamodb::Record& Vault::place_given(const State& state, std::uint32_t table, std::uint32_t item,
                                     const State::ItemView& view) {
  const auto& all = state.tables[table].detail->given;
  const auto given = all.find(item);
  law(given != all.end(), "a given value has its ciphertext");
  const std::vector<std::uint8_t>& sealed = given->second.sealed;
  dynamodb::Record& record = store_.place(table, item, static_cast<std::uint32_t>(sealed.size()));
  record.version = view.version;
  record.key_digest = key_digest(state.family(table).item_key(item));
  record.iv = given->second.iv;
  crypto::store_big_endian<8>(view.tag_high, record.tag.data());
  crypto::store_big_endian<8>(view.tag_low, record.tag.data() + 8);
  std::copy(sealed.begin(), sealed.end(), record.sealed().begin());
  return record;
}

dynamodb::Record& Vault::record(const State& state, std::uint32_t table, std::uint32_t item,
                                DataKeyContext& key) {
  const State::ItemView view = state.item(table, item);
  dynamodb::Record* found = store_.find(table, item);
  if (found == nullptr || found->version != view.version) {
    if (view.given) {
      found = &place_given(state, table, item, view);
    } else {
      const crypto::SecretBuffer value = plaintext(state, table, item);
      found = &seal(state, key, table, item, view.version, value.bytes());
    }
  }
  if (view.has_tag) {
    const RecordTag tag = tag_of(*found);
    law(tag.high == view.tag_high && tag.low == view.tag_low,
        "a record sealed again has the tag that its event recorded");
  }
  return *found;
}

RecordTag Vault::read(const State& state, std::uint32_t table, std::uint32_t item,
                      sim::Time until) {
  DataKeyContext& key = data_key(state, table, 0);
  prolong(*held_[slot_of_table_[table]], until);
  dynamodb::Record& sealed = record(state, table, item, key);
  const std::span<std::uint8_t> plaintext = scratch(sealed.size);
  const bool opened = key.gcm.open(crypto::Iv(sealed.iv), item_aad(state.tables[table], 0, sealed),
                                   sealed.sealed(), crypto::Tag(sealed.tag), plaintext);
  law(opened, "a stored record opens under its data key");
  crypto::cleanse(plaintext);
  return tag_of(sealed);
}

Vault::Written Vault::write(const State& state, std::uint32_t table, std::uint32_t item,
                            std::uint32_t version, std::optional<std::string_view> given,
                            sim::Time until) {
  DataKeyContext& key = data_key(state, table, 0);
  prolong(*held_[slot_of_table_[table]], until);
  const std::size_t size = given ? given->size() : state.family(table).item_size;
  const std::span<std::uint8_t> plaintext = scratch(size);
  if (given) {
    std::copy(given->begin(), given->end(), plaintext.begin());
  } else {
    fill_value(state, state.tables[table].origin, item, version, plaintext);
  }
  dynamodb::Record& sealed = seal(state, key, table, item, version, plaintext);
  crypto::cleanse(plaintext);
  Written written;
  written.tag = tag_of(sealed);
  written.size = sealed.size;
  written.iv_head = crypto::load_big_endian<8>(sealed.iv.data());
  written.iv_tail = static_cast<std::uint32_t>(crypto::load_big_endian<4>(sealed.iv.data() + 8));
  if (given) written.sealed = sealed.sealed();
  return written;
}

crypto::SecretBuffer Vault::plaintext(const State& state, std::uint32_t table, std::uint32_t item) {
  const State::ItemView view = state.item(table, item);
  crypto::SecretBuffer value(view.size);
  if (!view.given) {
    fill_value(state, view.origin, item, view.version, value.writable());
    return value;
  }
  DataKeyContext& key = data_key(state, table, 0);
  dynamodb::Record& sealed = place_given(state, table, item, view);
  const bool opened = key.gcm.open(crypto::Iv(sealed.iv), item_aad(state.tables[table], 0, sealed),
                                   sealed.sealed(), crypto::Tag(sealed.tag), value.writable());
  law(opened, "a stored record opens under its data key");
  return value;
}

}  // namespace tablekey::model
