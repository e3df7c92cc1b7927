// A table of the time before encryption by default gets its keys in one step (dynamodb.md 2.9): the
// table key is drawn as KMS would draw it, and no request says so.
#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {

Vault::FirstKeys Vault::make_first_keys(const State& state, std::uint32_t table, std::uint32_t key,
                                        std::span<const std::uint32_t> structures,
                                        DrawPlace place) {
  const Table& owner = at(state.tables, table);
  const auto version = static_cast<std::uint32_t>(owner.keys.size() + 1);
  FirstKeys made;
  made.table_key = generate_data_key(state, key, 32, context_of(table), place);
  const crypto::Key256 table_key = open_table_key(state, table, key, made.table_key.blob);
  crypto::Aes256Gcm gcm(table_key);
  crypto::SyntheticIv ivs(table_key);
  for (const std::uint32_t structure : structures) {
    NewDataKey& out = made.data_keys.emplace_back();
    out.structure = structure;
    wrap(state, gcm, ivs, table, version, drawn_data_key(state, table, structure), out);
  }
  return made;
}

Vault::SealedEntry Vault::seal_first(const State& state, std::uint32_t table,
                                     std::uint32_t structure, std::uint32_t item,
                                     std::uint32_t version,
                                     std::span<const std::uint8_t> plaintext) {
  const crypto::Key256 data_key = drawn_data_key(state, table, structure);
  DataKeyContext key(data_key);
  key.ivs.emplace(data_key);
  return seal_with(state, &key, {table, structure, version, {}}, item, plaintext);
}

}  // namespace tablekey::model
