// Data keys: made and wrapped with a table, wrapped anew when its key changes, unwrapped into keyed
// contexts when items need them. The number of live contexts is bounded.
#include <algorithm>

#include "model/dynamodb/structures.h"
#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

// A live context costs about 1.2 KB of ordinary heap, and holds a key there: their number is
// bounded.
constexpr std::size_t kContextsMax = 16'384;
constexpr std::string_view kStructureKeyPurpose = "dynamodb/data-key";
constexpr std::size_t kIvSize = crypto::Iv::kSize, kKeySize = 32;
constexpr std::size_t kDataKeyAadSize = 32;

// TableId, version of the table key, structure, data key. It keeps a wrapped key in its place.
std::array<std::uint8_t, kDataKeyAadSize> data_key_aad(const Uuid& table, std::uint32_t version,
                                                       std::uint32_t structure) {
  std::array<std::uint8_t, kDataKeyAadSize> aad{};
  crypto::store_big_endian<8>(table[0], aad.data());
  crypto::store_big_endian<8>(table[1], aad.data() + 8);
  crypto::store_big_endian<4>(version, aad.data() + 16);
  crypto::store_big_endian<4>(structure, aad.data() + 20);
  crypto::store_big_endian<8>(structure,
                              aad.data() + 24);  // the data key of a structure is its only one
  return aad;
}

}  // namespace

void Vault::wrap(const State& state, crypto::Aes256Gcm& gcm, crypto::SyntheticIv& ivs,
                 std::uint32_t table, std::uint32_t version, const crypto::Key256& data_key,
                 NewDataKey& out) {
  const auto aad = data_key_aad(state.tables[table].id, version, out.structure);
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
  const crypto::Key256 table_key = open_table_key(state, table, key, blob);
  crypto::Aes256Gcm gcm(table_key);
  crypto::SyntheticIv ivs(table_key);
  const crypto::DrawStream stream =
      draws_.stream(kStructureKeyPurpose, entity_name(state.table_entity(table)));
  const std::uint64_t creation = state.tables[table].creations;
  std::vector<NewDataKey> made;
  const auto structures = static_cast<std::uint32_t>(first_structures(state, table).size());
  for (std::uint32_t structure = 0; structure < structures; ++structure) {
    crypto::Key256 data_key;
    stream.secret(creation << 32 | structure, data_key);
    NewDataKey& out = made.emplace_back();
    out.structure = structure;
    wrap(state, gcm, ivs, table, version, data_key, out);
  }
  return made;
}

crypto::Key256 Vault::drawn_data_key(const State& state, std::uint32_t table,
                                     std::uint32_t structure) const {
  crypto::Key256 data_key;
  draws_.stream(kStructureKeyPurpose, entity_name(state.table_entity(table)))
      .secret(std::uint64_t{state.tables[table].creations} << 32 | structure, data_key);
  return data_key;
}

std::optional<NewDataKey> Vault::wrap_new(const State& state, std::uint32_t table,
                                          std::uint32_t structure, const crypto::Key256& data_key) {
  const Table& owner = at(state.tables, table);
  law(structure >= owner.structures.size(), "a data key is made for a structure that is to come");
  const auto version = static_cast<std::uint32_t>(owner.keys.size());
  const crypto::Key256 table_key = unwrap_table_key(state, table, version);
  crypto::Aes256Gcm gcm(table_key);
  crypto::SyntheticIv ivs(table_key);
  NewDataKey made;
  made.structure = structure;
  wrap(state, gcm, ivs, table, version, data_key, made);
  return made;
}

std::optional<NewDataKey> Vault::make_data_key(const State& state, std::uint32_t table,
                                               std::uint32_t structure) {
  const Table& owner = at(state.tables, table);
  if (owner.keys.empty() || owner.key == kNone) return std::nullopt;
  return wrap_new(state, table, structure, drawn_data_key(state, table, structure));
}

std::optional<NewDataKey> Vault::inherit_data_key(const State& state, std::uint32_t table,
                                                  std::uint32_t structure, std::uint32_t of) {
  const Table& owner = at(state.tables, table);
  if (owner.keys.empty() || owner.key == kNone) return std::nullopt;
  return wrap_new(state, table, structure, unwrap_data_key(state, table, of));
}

Vault::SealedEntry Vault::seal_in_new(const State& state, std::uint32_t table,
                                      std::uint32_t structure, std::uint32_t item,
                                      std::uint32_t version,
                                      std::span<const std::uint8_t> plaintext) {
  const Table& owner = at(state.tables, table);
  if (owner.keys.empty() || owner.key == kNone) {
    return seal_with(state, nullptr, {table, structure, version, {}}, item, plaintext);
  }
  const crypto::Key256 data_key = drawn_data_key(state, table, structure);
  DataKeyContext key(data_key);
  key.ivs.emplace(data_key);
  return seal_with(state, &key, {table, structure, version, {}}, item, plaintext);
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
  return unwrap_data_key(state, table, owner.id, at(owner.data_keys, structure));
}

crypto::Key256 Vault::unwrap_data_key(const State& state, std::uint32_t table, const Uuid& table_id,
                                      const DataKey& wrapped) {
  // The key that is held serves; another version (in the middle of a switch) is unwrapped for this
  // once.
  const std::uint32_t slot = slot_of_table_[table];
  const bool held = slot != kNone && held_[slot]->version == wrapped.version;
  const crypto::Key256 table_key =
      held ? held_[slot]->key.clone() : unwrap_table_key(state, table, wrapped.version);
  crypto::Aes256Gcm gcm(table_key);
  const auto bytes = std::span(wrapped.wrapped);
  crypto::Key256 data_key;
  const bool opened = gcm.open(
      *crypto::Iv::from(bytes.first(kIvSize)),
      data_key_aad(table_id, wrapped.version, wrapped.structure), bytes.subspan(kIvSize, kKeySize),
      *crypto::Tag::from(bytes.last(crypto::Tag::kSize)), data_key.writable());
  law(opened, "a data key opens under the table key that wraps it");
  return data_key;
}

// Null: the table was not encrypted.
std::unique_ptr<Vault::DataKeyContext> Vault::former_key(const State& state,
                                                         const FormerStream& former,
                                                         std::uint32_t structure) {
  const DataKey& wrapped = at(former.data_keys, structure);
  if (wrapped.version == 0) return nullptr;
  const crypto::Key256 data_key = unwrap_data_key(state, former.table, former.table_id, wrapped);
  auto key = std::make_unique<DataKeyContext>(data_key);
  key->ivs.emplace(data_key);
  return key;
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
    const auto& contexts = held_[slot]->contexts;
    const std::uint32_t index = structure < contexts.size() ? contexts[structure] : kNone;
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
  // Structures may have come since the table key was taken in.
  if (structure >= held.contexts.size()) {
    held.contexts.resize(state.tables[table].data_keys.size(), kNone);
  }
  at(held.contexts, structure) = index;
  touch(index);
  return *contexts_[index];
}

}  // namespace tablekey::model
