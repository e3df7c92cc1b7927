// Items: sealed under the data key of their partition, opened for real when they are read, and
// sealed again from what State says of them when the store lacks them.
//
// Why no key and IV come with two different messages, whatever is sealed here: the IV is a function
// of key, version, additional data and plaintext (crypto/synthetic_iv.h). The additional data name
// table, structure, primary key and record version, so an item's record, its entries in local and
// global indexes (which have data keys of their own), a stream's record of it and the same value
// under another version are different inputs; equal inputs give the same record again.
#include <algorithm>

#include "crypto/ctr.h"
#include "crypto/sha256.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/replicas.h"
#include "model/law.h"
#include "model/planted.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

constexpr std::string_view kValuePurpose = "dynamodb/item-value";
constexpr std::size_t kItemAadSize = 48;

// TableId, structure, data key, digest of the primary key, record version. A record moved to
// another item, table or time does not open.
std::array<std::uint8_t, kItemAadSize> item_aad(const Uuid& table, std::uint32_t data_key,
                                                const std::array<std::uint8_t, 16>& key_digest,
                                                std::uint32_t version) {
  std::array<std::uint8_t, kItemAadSize> aad;
  crypto::store_big_endian<8>(table[0], aad.data());
  crypto::store_big_endian<8>(table[1], aad.data() + 8);
  crypto::store_big_endian<4>(data_key, aad.data() + 16);
  crypto::store_big_endian<4>(data_key, aad.data() + 20);
  std::copy(key_digest.begin(), key_digest.end(), aad.begin() + 24);
  crypto::store_big_endian<8>(version, aad.data() + 40);
  return aad;
}

// A structure that inherited a data key keeps the records of the one that it had it from as they
// are: they go by the structure that the key was made for.
std::uint32_t key_maker(const std::vector<Structure>& structures, std::uint32_t structure) {
  if (structure >= structures.size() || structures[structure].data_key == kNone) return structure;
  return structures[structure].data_key;
}

RecordTag tag_of(std::span<const std::uint8_t, 16> tag) {
  return {crypto::load_big_endian<8>(tag.data()), crypto::load_big_endian<8>(tag.data() + 8)};
}

crypto::Tag tag_bytes(RecordTag tag) {
  crypto::Tag bytes;
  crypto::store_big_endian<8>(tag.high, bytes.bytes.data());
  crypto::store_big_endian<8>(tag.low, bytes.bytes.data() + 8);
  return bytes;
}

// What was written before its table was encrypted: no seal ends with twelve zeros for an IV and
// sixteen for a tag, but for one in 2^224.
bool lies_in_plaintext(std::span<const std::uint8_t, 12> iv, const crypto::Tag& tag) {
  const auto zero = [](std::uint8_t byte) { return byte == 0; };
  return std::ranges::all_of(iv, zero) && std::ranges::all_of(tag.bytes, zero);
}

std::array<std::uint8_t, 16> key_digest(const State& state, std::uint32_t table,
                                        std::uint32_t item) {
  const crypto::Digest digest =
      crypto::sha256(crypto::bytes_of(state.family(table).item_key(item)));
  std::array<std::uint8_t, 16> head;
  std::copy_n(digest.begin(), head.size(), head.begin());
  return head;
}

}  // namespace

std::span<std::uint8_t> Vault::scratch(std::size_t size) {
  if (!scratch_ || scratch_->size() < size) scratch_.emplace(std::max<std::size_t>(size, 4096));
  return scratch_->writable().first(size);
}

void Vault::fill_generated(const ItemSpace& space, const GeneratedValue& value,
                           std::span<std::uint8_t> out) const {
  const std::span<std::uint8_t> payload = space.write(value, out);
  if (payload.empty()) return;
  crypto::Key256 key;
  draws_.stream(kValuePurpose, entity_name(value.origin.entity)).secret(value.origin.creation, key);
  std::array<std::uint8_t, crypto::CounterBlock::kSize> first{};
  crypto::store_big_endian<4>(value.item, first.data());
  crypto::store_big_endian<4>(value.version - value.origin.behind, first.data() + 4);
  std::fill(payload.begin(), payload.end(), std::uint8_t{0});
  crypto::Aes256Ctr(key).apply(crypto::CounterBlock(first), payload, payload);
}

crypto::SecretBuffer Vault::generated(const State& state, std::uint32_t table,
                                      const GeneratedValue& value) const {
  const ItemSpace& space = scenario_.items(state.tables[table].family);
  crypto::SecretBuffer plaintext(space.sizes(value).plaintext);
  fill_generated(space, value, plaintext.writable());
  return plaintext;
}

// Null: the table is not encrypted (dynamodb.md 2.9).
Vault::DataKeyContext* Vault::item_key(const State& state, std::uint32_t table,
                                       std::uint32_t structure, sim::Time until) {
  if (at(at(state.tables, table).data_keys, structure).version == 0) return nullptr;
  DataKeyContext& key = data_key(state, table, structure);
  prolong(*held_[slot_of_table_[table]], until);
  return &key;
}

std::array<std::uint8_t, 48> Vault::aad_of(const State& state, const EntryPlace& place) {
  static_assert(kItemAadSize == 48);
  if (place.former != nullptr) {
    return item_aad(place.former->table_id, key_maker(place.former->structures, place.structure),
                    place.key_digest, place.version);
  }
  const Table& table = state.tables[place.table];
  return item_aad(table.id, key_maker(table.structures, place.structure), place.key_digest,
                  place.version);
}

// Without a key the plaintext is stored as it is.
void Vault::seal_bytes(const State& state, DataKeyContext* key, const EntryPlace& place,
                       std::span<const std::uint8_t> plaintext, std::span<std::uint8_t> sealed,
                       std::array<std::uint8_t, 12>& iv, std::array<std::uint8_t, 16>& tag) {
  if (key == nullptr) {
    std::copy(plaintext.begin(), plaintext.end(), sealed.begin());
    iv = {};
    tag = {};
    return;
  }
  if (!key->ivs) key->ivs.emplace(unwrap_data_key(state, place.table, place.structure));
  const auto aad = aad_of(state, place);
  const crypto::Iv made = planted(Planted::iv_reused)
                              ? key->ivs->derive(0, {}, {})
                              : key->ivs->derive(place.version, aad, plaintext);
  crypto::Tag authentic;
  key->gcm.seal(made, aad, plaintext, sealed, authentic);
  iv = made.bytes;
  tag = authentic.bytes;
}

void Vault::open_bytes(const State& state, DataKeyContext* key, const EntryPlace& place,
                       std::span<const std::uint8_t> sealed, std::span<const std::uint8_t, 12> iv,
                       const crypto::Tag& tag, std::span<std::uint8_t> plaintext) {
  if (key == nullptr || lies_in_plaintext(iv, tag)) {
    std::copy(sealed.begin(), sealed.end(), plaintext.begin());
    return;
  }
  const auto aad = aad_of(state, place);
  const bool opened = key->gcm.open(crypto::Iv(iv), aad, sealed, tag, plaintext);
  law(opened, "a stored record opens under its data key");
}

dynamodb::Record& Vault::seal(const State& state, DataKeyContext* key, std::uint32_t table,
                              std::uint32_t structure, std::uint32_t item, std::uint32_t version,
                              std::span<const std::uint8_t> plaintext) {
  dynamodb::Record& record =
      store_.place(table, item, static_cast<std::uint32_t>(plaintext.size()));
  record.version = version;
  record.structure = structure;
  record.key_digest = key_digest(state, table, item);
  const EntryPlace place{table, structure, version, record.key_digest};
  seal_bytes(state, key, place, plaintext, record.sealed(), record.iv, record.tag);
  return record;
}

// A value that a caller gave is only known by its ciphertext, which State has.
dynamodb::Record& Vault::place_given(const State& state, std::uint32_t table,
                                     std::uint32_t structure, std::uint32_t item,
                                     const State::ItemView& view) {
  const auto& all = state.tables[table].detail->given;
  const auto given = all.find(item);
  law(given != all.end(), "a given value has its ciphertext");
  const std::vector<std::uint8_t>& sealed = given->second.sealed;
  dynamodb::Record& record = store_.place(table, item, static_cast<std::uint32_t>(sealed.size()));
  record.version = view.version;
  record.structure = structure;
  record.key_digest = key_digest(state, table, item);
  record.iv = given->second.iv;
  record.tag = tag_bytes({view.tag_high, view.tag_low}).bytes;
  std::copy(sealed.begin(), sealed.end(), record.sealed().begin());
  return record;
}

dynamodb::Record& Vault::record(const State& state, std::uint32_t table, std::uint32_t structure,
                                std::uint32_t item, DataKeyContext* key) {
  const State::ItemView view = state.item(table, item);
  law(view.version != 0, "an item that is read exists");
  dynamodb::Record* found = store_.find(table, item);
  if (found == nullptr || found->version != view.version || found->structure != structure) {
    if (view.given) {
      found = &place_given(state, table, structure, item, view);
    } else {
      const crypto::SecretBuffer value =
          generated(state, table, *generated_value(state, table, item));
      found = &seal(state, key, table, structure, item, view.version, value.bytes());
    }
  }
  if (view.has_tag) {
    const RecordTag tag = tag_of(found->tag);
    law(tag.high == view.tag_high && tag.low == view.tag_low,
        "a record sealed again has the tag that its event recorded");
  }
  return *found;
}

RecordTag Vault::read(const State& state, std::uint32_t table, std::uint32_t item,
                      sim::Time until) {
  const std::uint32_t structure = item_structure(state, table, item);
  DataKeyContext* key = item_key(state, table, structure, until);
  dynamodb::Record& sealed = record(state, table, structure, item, key);
  const std::span<std::uint8_t> plaintext = scratch(sealed.size);
  open_bytes(state, key, {table, structure, sealed.version, sealed.key_digest}, sealed.sealed(),
             sealed.iv, crypto::Tag(sealed.tag), plaintext);
  crypto::cleanse(plaintext);
  return tag_of(sealed.tag);
}

Vault::Opened Vault::open_item(const State& state, std::uint32_t table, std::uint32_t item,
                               sim::Time until) {
  const std::uint32_t structure = item_structure(state, table, item);
  DataKeyContext* key = item_key(state, table, structure, until);
  dynamodb::Record& sealed = record(state, table, structure, item, key);
  Opened opened{crypto::SecretBuffer(sealed.size), tag_of(sealed.tag)};
  open_bytes(state, key, {table, structure, sealed.version, sealed.key_digest}, sealed.sealed(),
             sealed.iv, crypto::Tag(sealed.tag), opened.plaintext.writable());
  return opened;
}

Vault::Written Vault::write(const State& state, std::uint32_t table, std::uint32_t item,
                            std::uint32_t version, const items::AttributeMap* given,
                            sim::Time expires, sim::Time until) {
  const std::uint32_t structure = item_structure(state, table, item);
  DataKeyContext* key = item_key(state, table, structure, until);
  const ItemSpace& space = scenario_.items(state.tables[table].family);
  const GeneratedValue value{at(state.origins, state.tables[table].origin), item, version, expires};
  const std::size_t size =
      given != nullptr ? items::serialized_size(*given) : space.sizes(value).plaintext;
  const std::span<std::uint8_t> plaintext = scratch(size);
  if (given != nullptr) {
    items::Bytes bytes = items::serialize(*given);
    std::copy(bytes.begin(), bytes.end(), plaintext.begin());
    crypto::cleanse(bytes);
  } else {
    fill_generated(space, value, plaintext);
  }
  dynamodb::Record& sealed = seal(state, key, table, structure, item, version, plaintext);
  Written written;
  written.tag = tag_of(sealed.tag);
  written.size = given != nullptr ? static_cast<std::uint32_t>(items::item_size(*given))
                                  : space.item_size(value);
  written.size += replication_attributes_size(state, table);
  written.iv_head = crypto::load_big_endian<8>(sealed.iv.data());
  written.iv_tail = static_cast<std::uint32_t>(crypto::load_big_endian<4>(sealed.iv.data() + 8));
  if (given != nullptr) written.sealed = sealed.sealed();
  if (!space.local_indexes().empty()) {
    const std::uint32_t partition = partition_of(state, table, item);
    written.local_tag = seal_local_entries(state, table, partition, item, version, plaintext);
  }
  crypto::cleanse(plaintext);
  return written;
}

Vault::SealedEntry Vault::seal_entry(const State& state, std::uint32_t table,
                                     std::uint32_t structure, std::uint32_t item,
                                     std::uint32_t version, std::span<const std::uint8_t> plaintext,
                                     sim::Time until) {
  DataKeyContext* key = item_key(state, table, structure, until);
  return seal_with(state, key, {table, structure, version, {}}, item, plaintext);
}

Vault::SealedEntry Vault::seal_with(const State& state, DataKeyContext* key, EntryPlace place,
                                    std::uint32_t item, std::span<const std::uint8_t> plaintext) {
  place.key_digest = key_digest(state, place.table, item);
  SealedEntry entry;
  entry.sealed.resize(crypto::Iv::kSize + plaintext.size());
  std::array<std::uint8_t, 12> iv;
  std::array<std::uint8_t, 16> tag;
  seal_bytes(state, key, place, plaintext, std::span(entry.sealed).subspan(crypto::Iv::kSize), iv,
             tag);
  std::copy(iv.begin(), iv.end(), entry.sealed.begin());
  entry.tag = tag_of(tag);
  return entry;
}

crypto::SecretBuffer Vault::open_former(const State& state, const FormerStream& former,
                                        std::uint32_t structure, std::uint32_t item,
                                        std::uint32_t version, RecordTag tag,
                                        std::span<const std::uint8_t> sealed) {
  law(sealed.size() >= crypto::Iv::kSize, "a sealed entry begins with its IV");
  const auto key = former_key(state, former, structure);
  crypto::SecretBuffer plaintext(sealed.size() - crypto::Iv::kSize);
  const EntryPlace place{former.table, structure, version, key_digest(state, former.table, item),
                         &former};
  open_bytes(state, key.get(), place, sealed.subspan(crypto::Iv::kSize),
             sealed.first<crypto::Iv::kSize>(), tag_bytes(tag), plaintext.writable());
  return plaintext;
}

Vault::SealedEntry Vault::seal_former(const State& state, const FormerStream& former,
                                      std::uint32_t structure, std::uint32_t item,
                                      std::uint32_t version,
                                      std::span<const std::uint8_t> plaintext) {
  const auto key = former_key(state, former, structure);
  return seal_with(state, key.get(), {former.table, structure, version, {}, &former}, item,
                   plaintext);
}

crypto::SecretBuffer Vault::open_entry(const State& state, std::uint32_t table,
                                       std::uint32_t structure, std::uint32_t item,
                                       std::uint32_t version, RecordTag tag,
                                       std::span<const std::uint8_t> sealed, sim::Time until) {
  DataKeyContext* key = item_key(state, table, structure, until);
  law(sealed.size() >= crypto::Iv::kSize, "a sealed entry begins with its IV");
  crypto::SecretBuffer plaintext(sealed.size() - crypto::Iv::kSize);
  open_bytes(state, key, {table, structure, version, key_digest(state, table, item)},
             sealed.subspan(crypto::Iv::kSize), sealed.first<crypto::Iv::kSize>(), tag_bytes(tag),
             plaintext.writable());
  return plaintext;
}

crypto::SecretBuffer Vault::open_stored(const State& state, std::uint32_t table, std::uint32_t item,
                                        std::span<const std::uint8_t> stored, sim::Time until) {
  law(stored.size() >= kStoredHead, "a stored record has its head");
  const auto structure = static_cast<std::uint32_t>(crypto::load_big_endian<4>(stored.data()));
  const auto version = static_cast<std::uint32_t>(crypto::load_big_endian<4>(stored.data() + 4));
  DataKeyContext* key = item_key(state, table, structure, until);
  crypto::SecretBuffer plaintext(stored.size() - kStoredHead);
  open_bytes(state, key, {table, structure, version, key_digest(state, table, item)},
             stored.subspan(kStoredHead), stored.subspan<8, crypto::Iv::kSize>(),
             crypto::Tag(stored.subspan<20, crypto::Tag::kSize>()), plaintext.writable());
  return plaintext;
}

// Local indexes lie with their partition and are written with it.
std::uint64_t Vault::seal_local_entries(const State& state, std::uint32_t table,
                                        std::uint32_t partition, std::uint32_t item,
                                        std::uint32_t version,
                                        std::span<const std::uint8_t> plaintext) {
  const ItemSpace& space = scenario_.items(state.tables[table].family);
  const items::AttributeMap value = item_of(plaintext);
  crypto::Sha256 digest;
  bool any = false;
  for (std::uint32_t i = 0; i < space.local_indexes().size(); ++i) {
    const IndexShape& index = space.local_indexes()[i];
    if (!has_local_index(state, table, i) || !index.holds(value)) continue;
    const SealedEntry& entry =
        local_entry(state, table, partition, i, item, version, index.entry(value, space.key()));
    digest.update(tag_bytes(entry.tag).bytes);
    any = true;
  }
  return any ? crypto::load_big_endian<8>(digest.finish().data()) : 0;
}

const Vault::SealedEntry& Vault::local_entry(const State& state, std::uint32_t table,
                                             std::uint32_t partition, std::uint32_t index,
                                             std::uint32_t item, std::uint32_t version,
                                             const items::AttributeMap& value) {
  const std::uint32_t structure = local_index_structure(state, table, partition, index);
  if (local_entries_.size() >= kLocalEntriesMax) local_entries_.clear();
  LocalEntry& entry = local_entries_[{table, structure, item}];
  items::Bytes plaintext = items::serialize(value);
  entry.version = version;
  entry.sealed = seal_entry(state, table, structure, item, version, plaintext, state.now());
  crypto::cleanse(plaintext);
  return entry.sealed;
}

crypto::SecretBuffer Vault::open_local_entry(const State& state, std::uint32_t table,
                                             std::uint32_t index, std::uint32_t item,
                                             sim::Time until) {
  const std::uint32_t partition = partition_of(state, table, item);
  const std::uint32_t structure = local_index_structure(state, table, partition, index);
  const std::uint32_t version = state.item(table, item).version;
  const auto found = local_entries_.find({table, structure, item});
  const bool known = found != local_entries_.end() && found->second.version == version;
  if (!known) {
    const ItemSpace& space = scenario_.items(state.tables[table].family);
    const items::AttributeMap value =
        item_of(open_item(state, table, item, until).plaintext.bytes());
    local_entry(state, table, partition, index, item, version,
                space.local_indexes()[index].entry(value, space.key()));
  }
  const SealedEntry& entry = local_entries_.at({table, structure, item}).sealed;
  return open_entry(state, table, structure, item, version, entry.tag, entry.sealed, until);
}

void Vault::forget_local_entries(std::uint32_t table) {
  local_entries_.erase(local_entries_.lower_bound({table, 0, 0}),
                       local_entries_.lower_bound({table + 1, 0, 0}));
}

crypto::SecretBuffer Vault::plaintext(const State& state, std::uint32_t table, std::uint32_t item) {
  if (const auto value = generated_value(state, table, item)) {
    return generated(state, table, *value);
  }
  return open_item(state, table, item, state.now()).plaintext;
}

}  // namespace tablekey::model
