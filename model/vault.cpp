// Where plaintext keys live. Every secret here sits in a crypto::Secret or a keyed context and is
// wiped with it.
#include "model/vault.h"

#include <algorithm>

#include "crypto/bytes.h"
#include "crypto/ctr.h"
#include "crypto/sha256.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

// A live context costs about 1.2 KB of ordinary heap, and holds a key there: their number is
// bounded.
constexpr std::size_t kContextsMax = 16'384;
constexpr std::int64_t kBucketNanoseconds = 10'000'000'000;  // deadlines are looked at every 10 s

constexpr std::string_view kBackingKeyPurpose = "kms/backing-key";
constexpr std::string_view kDataKeyPurpose = "kms/data-key";
constexpr std::string_view kNoncePurpose = "kms/nonce";
constexpr std::string_view kIvPurpose = "kms/iv";
constexpr std::string_view kStructureKeyPurpose = "dynamodb/data-key";
constexpr std::string_view kValuePurpose = "dynamodb/item-value";

constexpr std::size_t kIvSize = crypto::Iv::kSize, kKeySize = 32;
constexpr std::size_t kDataKeyAadSize = 32, kItemAadSize = 48;

std::string entity_name(std::uint64_t entity) {
  std::string name(8, '\0');
  crypto::store_big_endian<8>(entity, reinterpret_cast<std::uint8_t*>(name.data()));
  return name;
}

// TableId, version of the table key, structure, data key. It keeps a wrapped key in its place.
std::array<std::uint8_t, kDataKeyAadSize> data_key_aad(const Table& table, std::uint32_t version,
                                                       std::uint32_t structure) {
  std::array<std::uint8_t, kDataKeyAadSize> aad{};
  crypto::store_big_endian<8>(table.id[0], aad.data());
  crypto::store_big_endian<8>(table.id[1], aad.data() + 8);
  crypto::store_big_endian<4>(version, aad.data() + 16);
  crypto::store_big_endian<4>(structure, aad.data() + 20);
  crypto::store_big_endian<8>(structure,
                              aad.data() + 24);  // the data key of a structure is its only one
  return aad;
}

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

std::uint64_t check_value(const crypto::Key256& key) {
  return crypto::load_big_endian<8>(crypto::key_check_value(key).data());
}

}  // namespace

struct Vault::BackingKey {
  crypto::Key256 key;
  kms::KeyId key_id{};
  kms::MaterialId material{};
  std::optional<crypto::HmacSha256> hmac;  // keyed for the derivation of call keys
};

struct Vault::HeldTableKey {
  std::uint32_t table = kNone;  // kNone: the slot is free
  std::uint32_t version = 0;
  crypto::Key256 key;
  sim::Time until;
  std::int64_t bucket = INT64_MIN;
  std::vector<std::uint32_t> contexts;  // by structure
};

struct Vault::DataKeyContext {
  explicit DataKeyContext(const crypto::Key256& key) : gcm(key) {}
  std::uint32_t table = kNone, structure = 0;
  std::uint32_t newer = kNone, older = kNone;  // by last use
  crypto::Aes256Gcm gcm;
  std::optional<crypto::SyntheticIv> ivs;   // made when something is first sealed
  std::optional<crypto::Aes256Ctr> values;  // likewise, for generated values
};

Vault::Vault(const ScenarioView& scenario)
    : scenario_(scenario),
      draws_(scenario.seed),
      backing_keys_(scenario.key_ids.size()),
      slot_of_table_(scenario.tables, kNone) {}

Vault::~Vault() = default;

// ---- KMS ---------------------------------------------------------------------------------------

Vault::BackingKey& Vault::backing_key(std::uint32_t key) {
  std::unique_ptr<BackingKey>& slot = at(backing_keys_, key);
  if (!slot) {
    slot = std::make_unique<BackingKey>();
    const std::string entity = entity_name(scenario_.key_entities[key]);
    draws_.stream(kBackingKeyPurpose, entity).secret(0, slot->key);
    const std::string& key_id = scenario_.key_ids[key];
    const std::optional<kms::KeyId> raw = kms::raw_key_id(key_id);
    law(raw.has_value(), "a key id of the scenario has the form of a UUID");
    slot->key_id = *raw;
    slot->material = kms::material_id(key_id, slot->key);
    slot->hmac.emplace(slot->key);
  }
  return *slot;
}

kms::MaterialId Vault::material_id(std::uint32_t key) { return backing_key(key).material; }

std::uint64_t Vault::backing_key_check_value(std::uint32_t key) {
  return check_value(backing_key(key).key);
}

std::vector<std::uint8_t> Vault::generate_data_key(std::uint32_t key, std::uint64_t entity,
                                                   std::uint64_t ordinal,
                                                   std::span<const std::uint8_t> context,
                                                   std::uint64_t& key_check_value) {
  BackingKey& backing = backing_key(key);
  const std::string name = entity_name(entity);
  crypto::Key256 data_key;
  draws_.stream(kDataKeyPurpose, name).secret(ordinal, data_key);
  const auto iv = draws_.stream(kIvPurpose, name).public_bytes(ordinal);
  kms::BlobInput input{backing.key_id,
                       scenario_.key_ids[key].starts_with("mrk-"),
                       backing.material,
                       draws_.stream(kNoncePurpose, name).public_bytes(ordinal),
                       {}};
  std::copy_n(iv.begin(), input.iv.size(), input.iv.begin());
  key_check_value = check_value(data_key);
  return kms::seal_blob(*backing.hmac, input, context, data_key.bytes());
}

bool Vault::decrypts(std::uint32_t key, std::span<const std::uint8_t> blob,
                     std::span<const std::uint8_t> context) {
  BackingKey& backing = backing_key(key);
  const auto header = kms::parse_blob(blob);
  if (!header || header->key_id != backing.key_id || header->material != backing.material) {
    return false;
  }
  crypto::SecretBuffer plaintext(header->plaintext_size);
  return kms::open_blob(*backing.hmac, blob, context, plaintext.writable());
}

// ---- table keys --------------------------------------------------------------------------------

std::vector<std::uint8_t> Vault::context_of(std::uint32_t table) const {
  // The encryption context has the name, not the TableId (dynamodb.md 3.1).
  std::uint32_t family = 0;
  while (family + 1 < scenario_.families.size() &&
         scenario_.families[family + 1].first_table <= table) {
    ++family;
  }
  return kms::table_context(scenario_.table_name(family, table), scenario_.account);
}

crypto::Key256 Vault::open_table_key(std::uint32_t table, std::uint32_t key,
                                     std::span<const std::uint8_t> blob) {
  crypto::Key256 plaintext;
  const bool opened =
      kms::open_blob(*backing_key(key).hmac, blob, context_of(table), plaintext.writable());
  law(opened, "a table key opens under the key that made it");
  return plaintext;
}

crypto::Key256 Vault::unwrap_table_key(const State& state, std::uint32_t table,
                                       std::uint32_t version) {
  const Table& owner = at(state.tables, table);
  law(version >= 1 && version <= owner.keys.size(), "a version of a table key exists");
  const TableKey& wrapped = owner.keys[version - 1];
  return open_table_key(table, wrapped.key, wrapped.blob);
}

Vault::HeldTableKey& Vault::table_key(const State& state, std::uint32_t table,
                                      std::uint32_t version) {
  std::uint32_t& slot = at(slot_of_table_, table);
  if (slot == kNone) {
    if (free_slots_.empty()) {
      free_slots_.push_back(static_cast<std::uint32_t>(held_.size()));
      held_.push_back(std::make_unique<HeldTableKey>());
    }
    slot = free_slots_.back();
    free_slots_.pop_back();
    HeldTableKey& fresh = *held_[slot];
    fresh.table = table;
    fresh.version = version;
    fresh.key = unwrap_table_key(state, table, version);
    fresh.until = sim::Time::from_nanoseconds(INT64_MIN);
    fresh.bucket = INT64_MIN;
    fresh.contexts.assign(state.tables[table].data_keys.size(), kNone);
    ++held_count_;
  }
  HeldTableKey& held = *held_[slot];
  if (held.version != version) {
    held.key = unwrap_table_key(state, table, version);
    held.version = version;
  }
  return held;
}

void Vault::prolong(HeldTableKey& held, sim::Time until) {
  if (until <= held.until) return;
  held.until = until;
  if (held.bucket == INT64_MIN) {
    held.bucket = until.nanoseconds() / kBucketNanoseconds;
    deadlines_[held.bucket].push_back(slot_of_table_[held.table]);
  }
}

void Vault::hold_table_key(const State& state, std::uint32_t table, std::uint32_t version,
                           sim::Time until) {
  prolong(table_key(state, table, version), until);
}

std::size_t Vault::held() const { return held_count_; }

void Vault::sweep(sim::Time now) {
  const std::int64_t bucket = now.nanoseconds() / kBucketNanoseconds;
  while (!deadlines_.empty() && deadlines_.begin()->first < bucket) {
    const auto due = deadlines_.extract(deadlines_.begin());
    for (const std::uint32_t slot : due.mapped()) {
      HeldTableKey& held = *held_[slot];
      if (held.table == kNone || held.bucket != due.key()) continue;
      held.bucket = INT64_MIN;
      if (held.until <= now) {
        drop(slot);
      } else {
        held.bucket = held.until.nanoseconds() / kBucketNanoseconds;
        deadlines_[held.bucket].push_back(slot);
      }
    }
  }
}

void Vault::drop(std::uint32_t slot) {
  HeldTableKey& held = *held_[slot];
  for (const std::uint32_t context : held.contexts) {
    if (context != kNone) drop_context(context);
  }
  held.contexts.clear();
  held.key.wipe();
  slot_of_table_[held.table] = kNone;
  held.table = kNone;
  held.bucket = INT64_MIN;
  free_slots_.push_back(slot);
  --held_count_;
}

void Vault::forget(std::uint32_t table) {
  if (at(slot_of_table_, table) != kNone) drop(slot_of_table_[table]);
}

void Vault::bury(std::uint32_t table) {
  forget(table);
  store_.erase_table(table);
}

void Vault::clear() {
  for (std::uint32_t slot = 0; slot < held_.size(); ++slot) {
    if (held_[slot]->table != kNone) drop(slot);
  }
  deadlines_.clear();
  contexts_.clear();
  free_contexts_.clear();
  newest_ = oldest_ = kNone;
  for (auto& backing : backing_keys_) backing.reset();
  store_.clear();
  scratch_.reset();
}

// ---- data keys ---------------------------------------------------------------------------------

void Vault::wrap(const State& state, crypto::Aes256Gcm& gcm, crypto::SyntheticIv& ivs,
                 std::uint32_t table, std::uint32_t version, const crypto::Key256& data_key,
                 NewDataKey& out) {
  const auto aad = data_key_aad(state.tables[table], version, out.structure);
  const crypto::Iv iv = ivs.derive(out.structure, aad, data_key.bytes());
  crypto::Tag tag;
  const auto wrapped = std::span(out.wrapped);
  gcm.seal(iv, aad, data_key.bytes(), wrapped.subspan(kIvSize, kKeySize), tag);
  std::copy(iv.bytes.begin(), iv.bytes.end(), wrapped.begin());
  std::copy(tag.bytes.begin(), tag.bytes.end(), wrapped.begin() + kIvSize + kKeySize);
}

std::vector<NewDataKey> Vault::make_data_keys(const State& state, std::uint32_t table,
                                              std::uint32_t version, std::uint32_t key,
                                              std::span<const std::uint8_t> blob) {
  const crypto::Key256 table_key = open_table_key(table, key, blob);
  crypto::Aes256Gcm gcm(table_key);
  crypto::SyntheticIv ivs(table_key);
  const crypto::DrawStream stream =
      draws_.stream(kStructureKeyPurpose, entity_name(state.table_entity(table)));
  const std::uint64_t creation = state.tables[table].creations;
  std::vector<NewDataKey> made;
  const auto structures = static_cast<std::uint32_t>(state.family(table).structures.size());
  for (std::uint32_t structure = 0; structure < structures; ++structure) {
    crypto::Key256 data_key;
    stream.secret(creation << 32 | structure, data_key);
    NewDataKey& out = made.emplace_back();
    out.structure = structure;
    wrap(state, gcm, ivs, table, version, data_key, out);
  }
  return made;
}

std::vector<NewDataKey> Vault::rewrap(const State& state, std::uint32_t table,
                                      std::span<const std::uint32_t> structures,
                                      std::uint32_t to_version) {
  const crypto::Key256 to_key = unwrap_table_key(state, table, to_version);
  crypto::Aes256Gcm gcm(to_key);
  crypto::SyntheticIv ivs(to_key);
  std::vector<NewDataKey> made;
  for (const std::uint32_t structure : structures) {
    const crypto::Key256 data_key = unwrap_data_key(state, table, structure);
    NewDataKey& out = made.emplace_back();
    out.structure = structure;
    wrap(state, gcm, ivs, table, to_version, data_key, out);
  }
  return made;
}

crypto::Key256 Vault::unwrap_data_key(const State& state, std::uint32_t table,
                                      std::uint32_t structure) {
  const Table& owner = at(state.tables, table);
  const DataKey& wrapped = at(owner.data_keys, structure);
  // The key that is held serves; another version (in the middle of a switch) is unwrapped for this
  // once.
  const std::uint32_t slot = slot_of_table_[table];
  const bool held = slot != kNone && held_[slot]->version == wrapped.version;
  const crypto::Key256 table_key =
      held ? held_[slot]->key.clone() : unwrap_table_key(state, table, wrapped.version);
  crypto::Aes256Gcm gcm(table_key);
  const auto bytes = std::span(wrapped.wrapped);
  crypto::Key256 data_key;
  const bool opened =
      gcm.open(*crypto::Iv::from(bytes.first(kIvSize)),
               data_key_aad(owner, wrapped.version, structure), bytes.subspan(kIvSize, kKeySize),
               *crypto::Tag::from(bytes.last(crypto::Tag::kSize)), data_key.writable());
  law(opened, "a data key opens under the table key that wraps it");
  return data_key;
}

void Vault::unlink(std::uint32_t index) {
  DataKeyContext& context = *contexts_[index];
  (context.newer == kNone ? newest_ : contexts_[context.newer]->older) = context.older;
  (context.older == kNone ? oldest_ : contexts_[context.older]->newer) = context.newer;
}

void Vault::touch(std::uint32_t index) {
  if (newest_ == index) return;
  DataKeyContext& context = *contexts_[index];
  if (context.newer != kNone || context.older != kNone || oldest_ == index) unlink(index);
  context.newer = kNone;
  context.older = newest_;
  (newest_ == kNone ? oldest_ : contexts_[newest_]->newer) = index;
  newest_ = index;
}

void Vault::drop_context(std::uint32_t index) {
  unlink(index);
  contexts_[index].reset();  // frees the context, which wipes the key schedule
  free_contexts_.push_back(index);
}

Vault::DataKeyContext& Vault::data_key(const State& state, std::uint32_t table,
                                       std::uint32_t structure) {
  const std::uint32_t slot = slot_of_table_[table];
  if (slot != kNone) [[likely]] {
    const std::uint32_t index = at(held_[slot]->contexts, structure);
    if (index != kNone) [[likely]] {
      touch(index);
      return *contexts_[index];
    }
  }
  return miss_data_key(state, table, structure);
}

Vault::DataKeyContext& Vault::miss_data_key(const State& state, std::uint32_t table,
                                            std::uint32_t structure) {
  const std::uint32_t version = at(at(state.tables, table).data_keys, structure).version;
  HeldTableKey& held = table_key(state, table, version);
  if (free_contexts_.empty() && contexts_.size() >= kContextsMax) {
    const std::uint32_t oldest = oldest_;
    DataKeyContext& leaving = *contexts_[oldest];
    held_[slot_of_table_[leaving.table]]->contexts[leaving.structure] = kNone;
    drop_context(oldest);
  }
  if (free_contexts_.empty()) {
    free_contexts_.push_back(static_cast<std::uint32_t>(contexts_.size()));
    contexts_.emplace_back();
  }
  const std::uint32_t index = free_contexts_.back();
  free_contexts_.pop_back();
  contexts_[index] = std::make_unique<DataKeyContext>(unwrap_data_key(state, table, structure));
  contexts_[index]->table = table;
  contexts_[index]->structure = structure;
  at(held.contexts, structure) = index;
  touch(index);
  return *contexts_[index];
}

// ---- items -------------------------------------------------------------------------------------

std::span<std::uint8_t> Vault::scratch(std::size_t size) {
  if (!scratch_ || scratch_->size() < size) scratch_.emplace(std::max<std::size_t>(size, 4096));
  return scratch_->writable().first(size);
}

void Vault::fill_value(const State& state, std::uint32_t table, std::uint32_t item,
                       std::uint32_t version, std::span<std::uint8_t> out) {
  crypto::Key256 key;
  draws_.stream(kValuePurpose, entity_name(state.table_entity(table)))
      .secret(state.tables[table].creations, key);
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

dynamodb::Record& Vault::record(const State& state, std::uint32_t table, std::uint32_t item,
                                DataKeyContext& key) {
  const State::ItemView view = state.item(table, item);
  dynamodb::Record* found = store_.find(table, item);
  if (found == nullptr || found->version != view.version) {
    const crypto::SecretBuffer value = plaintext(state, table, item);
    found = &seal(state, key, table, item, view.version, value.bytes());
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
    fill_value(state, table, item, version, plaintext);
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
  if (view.step != 0) {
    const auto text = scenario_.reader().getSteps()[view.step - 1].getData().getValue();
    std::copy_n(text.cStr(), std::min<std::size_t>(text.size(), view.size),
                value.writable().begin());
  } else {
    fill_value(state, table, item, view.version, value.writable());
  }
  return value;
}

void Vault::for_each_secret(const State& state,
                            const std::function<void(std::span<const std::uint8_t>)>& visit) {
  for (std::uint32_t key = 0; key < backing_keys_.size(); ++key) {
    if (state.keys[key].created) visit(backing_key(key).key.bytes());
  }
  for (std::uint32_t table = 0; table < state.tables.size(); ++table) {
    const Table& owner = state.tables[table];
    for (std::uint32_t version = 1; version <= owner.keys.size(); ++version) {
      visit(unwrap_table_key(state, table, version).bytes());
    }
    for (std::uint32_t structure = 0; structure < owner.data_keys.size(); ++structure) {
      visit(unwrap_data_key(state, table, structure).bytes());
    }
  }
}

}  // namespace tablekey::model
