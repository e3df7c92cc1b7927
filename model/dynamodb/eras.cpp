// Eras begin, and DynamoDB encrypts by itself the tables that were plaintext until then
// (dynamodb.md 0.3, 2.9).
#include <algorithm>

#include "crypto/bytes.h"
#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/sse_settings.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

// An older rule: a structure with values that callers gave stayed as it was.
bool stays_plaintext(const ScenarioView& scenario, const Table& table, const Structure& structure) {
  if (scenario.has(Quirk::every_structure_encrypted)) return false;
  const TableDetail& detail = *table.detail;
  if (structure.kind == events::StructureKind::SHARD) {
    return std::ranges::any_of(detail.streams, [](const Stream& stream) {
      return std::ranges::any_of(stream.records,
                                 [](const StreamRecord& record) { return !record.sealed.empty(); });
    });
  }
  if (structure.kind != events::StructureKind::GLOBAL_INDEX) return false;
  return std::ranges::any_of(at(detail.global_indexes, structure.index).entries,
                             [](const IndexEntry& entry) { return !entry.sealed.empty(); });
}

std::vector<std::uint32_t> encrypted_structures(const ScenarioView& scenario, const Table& table) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < table.structures.size(); ++i) {
    const Structure& structure = table.structures[i];
    if (!structure.gone && !stays_plaintext(scenario, table, structure)) found.push_back(i);
  }
  return found;
}

void seal_given(Deciding& d, std::uint32_t index, events::TableEncrypted::Builder event) {
  std::vector<std::uint32_t> given;
  for (std::uint32_t item = 0; item < d.state.item_count(index); ++item) {
    const State::ItemView view = d.state.item(index, item);
    if (view.version != 0 && view.given) given.push_back(item);
  }
  auto list = event.initMoved(static_cast<unsigned>(given.size()));
  for (unsigned i = 0; i < given.size(); ++i) {
    const State::ItemView view = d.state.item(index, given[i]);
    const std::uint32_t structure = item_structure(d.state, index, given[i]);
    const auto opened = d.vault.open_item(d.state, index, given[i], d.now);
    const auto sealed = d.vault.seal_first(d.state, index, structure, given[i], view.version,
                                           opened.plaintext.bytes());
    list[i].setTable(index);
    list[i].setItem(given[i]);
    list[i].setVersion(view.version);
    list[i].setSize(view.size);
    list[i].setTagHigh(sealed.tag.high);
    list[i].setTagLow(sealed.tag.low);
    list[i].setIvHead(crypto::load_big_endian<8>(sealed.sealed.data()));
    list[i].setIvTail(
        static_cast<std::uint32_t>(crypto::load_big_endian<4>(sealed.sealed.data() + 8)));
    list[i].setSealed(capnp::Data::Reader(sealed.sealed.data() + 12, sealed.sealed.size() - 12));
  }
}

void encrypt_table(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Table& table = at(d.state.tables, index);
  auto event = d.out.initTableEncrypted();
  event.setTable(index);
  event.setKey(kNone);
  const std::uint32_t key = dynamodb::service_key(d.state, index, events::Key::Manager::OWNED);
  if (table.lifecycle != Lifecycle::live || table.key != kNone || key == kNone) return;
  const DrawPlace place{d.state.table_entity(index),
                        std::uint64_t{1} << 61 | std::uint64_t{table.processes} << 24};
  const auto structures = encrypted_structures(d.state.scenario(), table);
  const Vault::FirstKeys made = d.vault.make_first_keys(d.state, index, key, structures, place);
  event.setKey(key);
  event.setVersion(static_cast<std::uint32_t>(table.keys.size() + 1));
  event.setBlob(capnp::Data::Reader(made.table_key.blob.data(), made.table_key.blob.size()));
  event.setKeyCheckValue(made.table_key.key_check_value);
  auto list = event.initDataKeys(static_cast<unsigned>(made.data_keys.size()));
  for (unsigned i = 0; i < made.data_keys.size(); ++i) {
    const auto& wrapped = made.data_keys[i].wrapped;
    list[i].setStructure(made.data_keys[i].structure);
    list[i].setWrapped(capnp::Data::Reader(wrapped.data(), wrapped.size()));
  }
  seal_given(d, index, event);
}

}  // namespace

void decide_era(Deciding& d) {
  if (d.action.kind == ActionKind::encrypt_table) return encrypt_table(d);
  d.out.initEraChanged().setEra(d.action.a);
}

}  // namespace tablekey::model
