// The data of a restored table.
#include "model/dynamodb/restore.h"

#include <algorithm>

#include "crypto/bytes.h"
#include "model/dynamodb/backups.h"
#include "model/dynamodb/item_content.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

constexpr std::size_t kPlace = 8, kIv = 12, kTag = 16;  // of stored_record()

// The vault opens records of a table that is gone by what is left of its keys; a backup has the
// same of a table that may still be there.
FormerStream keys_of(const Backup& backup) {
  FormerStream keys;
  keys.table = backup.table;
  keys.table_id = backup.table_id;
  for (std::size_t i = 0; i < backup.data_keys.size(); ++i) {
    const std::size_t number = backup.data_keys[i].structure;
    if (number >= keys.data_keys.size()) {
      keys.structures.resize(number + 1);
      keys.data_keys.resize(number + 1);
    }
    keys.structures[number] = backup.structures[i];
    keys.data_keys[number] = backup.data_keys[i];
  }
  return keys;
}

crypto::SecretBuffer open_stored(Deciding& d, const FormerStream& keys, std::uint32_t item,
                                 std::span<const std::uint8_t> stored) {
  law(stored.size() >= kPlace + kIv + kTag, "a stored record has its head");
  if (keys.data_keys.empty()) {  // the table was not encrypted
    crypto::SecretBuffer plaintext(stored.size() - kPlace - kIv - kTag);
    std::copy(stored.begin() + kPlace + kIv + kTag, stored.end(), plaintext.writable().begin());
    return plaintext;
  }
  const auto structure = static_cast<std::uint32_t>(crypto::load_big_endian<4>(stored.data()));
  const auto version = static_cast<std::uint32_t>(crypto::load_big_endian<4>(stored.data() + 4));
  const RecordTag tag{crypto::load_big_endian<8>(stored.data() + kPlace + kIv),
                      crypto::load_big_endian<8>(stored.data() + kPlace + kIv + 8)};
  std::vector<std::uint8_t> sealed(stored.begin() + kPlace, stored.begin() + kPlace + kIv);
  sealed.insert(sealed.end(), stored.begin() + kPlace + kIv + kTag, stored.end());
  return d.vault.open_former(d.state, keys, structure, item, version, tag, sealed);
}

}  // namespace

void seal_restored(Deciding& d, std::uint32_t table, events::Event::TableActivated::Builder event) {
  const Backup& from = at(d.state.backups, at(d.state.tables, table).process.backup);
  const FormerStream keys = keys_of(from);
  auto list = event.initRestored(static_cast<unsigned>(from.given.size()));
  unsigned i = 0;
  for (const auto& [item, stored] : from.given) {
    const State::ItemView view = backed_up_item(d.state, from, item);
    const items::AttributeMap value = item_of(open_stored(d, keys, item, stored).bytes());
    const Vault::Written written =
        d.vault.write(d.state, table, item, view.version, &value, view.expires, d.now);
    auto change = list[i++];
    change.setTable(table);
    change.setItem(item);
    change.setVersion(view.version);
    change.setSize(written.size);
    change.setTagHigh(written.tag.high);
    change.setTagLow(written.tag.low);
    change.setIvHead(written.iv_head);
    change.setIvTail(written.iv_tail);
    change.setSealed(capnp::Data::Reader(written.sealed.data(), written.sealed.size()));
    change.setExpires(view.expires.nanoseconds());
    change.setLocalTag(written.local_tag);
  }
}

bool restores_index(const State& state, std::uint32_t index, std::uint32_t number) {
  const auto tables = state.scenario().reader().getTables();
  const Table& table = at(state.tables, index);
  const Backup& from = at(state.backups, table.process.backup);
  const auto source = tables[at(state.tables, from.table).family].getGlobalIndexes();
  const std::string_view name =
      at(tables[table.family].getGlobalIndexes(), number).getName().cStr();
  const auto named = [&](std::string_view other) { return other == name; };
  const bool had =
      std::any_of(from.global_indexes.begin(), from.global_indexes.end(),
                  [&](std::uint32_t i) { return named(at(source, i).getName().cStr()); });
  const auto step = at(state.scenario().reader().getSteps(), table.process.step - 1);
  if (!had || !step.isControl() || !step.getControl().getHasGlobalIndexOverride()) return had;
  for (const auto kept : step.getControl().getGlobalIndexOverride()) {
    if (named(kept.getName().cStr())) return true;
  }
  return false;
}

bool restores_local_index(const State& state, std::uint32_t index, std::uint32_t number) {
  const auto tables = state.scenario().reader().getTables();
  const Table& table = at(state.tables, index);
  const Backup& from = at(state.backups, table.process.backup);
  const auto source = tables[at(state.tables, from.table).family].getLocalIndexes();
  const std::string_view name = at(tables[table.family].getLocalIndexes(), number).getName().cStr();
  bool had = false;
  for (std::uint32_t i = 0; i < source.size(); ++i) {
    had = had || (name == source[i].getName().cStr() && (from.without_local >> i & 1U) == 0);
  }
  const auto step = at(state.scenario().reader().getSteps(), table.process.step - 1);
  if (!had || !step.isControl() || !step.getControl().getHasLocalIndexOverride()) return had;
  for (const auto kept : step.getControl().getLocalIndexOverride()) {
    if (name == kept.getName().cStr()) return true;
  }
  return false;
}

std::uint32_t owned_key(const State& state, std::uint32_t table) {
  const FamilyView& family = state.family(table);
  const auto keys = state.scenario().reader().getKeys();
  const auto owned = [&](std::uint32_t key) {
    return keys[key].getManager() == events::Key::Manager::OWNED;
  };
  if (family.key < keys.size() && owned(family.key)) return family.key;
  const std::string& region = state.table_region(table);
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    if (owned(key) && keys[key].getRegion() == capnp::Text::Reader(region.c_str())) return key;
  }
  return kNone;
}

}  // namespace tablekey::model
