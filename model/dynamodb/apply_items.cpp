// An item changes: the one place where it does, whoever changed it. What follows from a change
// (index entries, stream records, replication, recovery, expiry) is planned from here.
#include <algorithm>

#include "crypto/bytes.h"
#include "model/applier.h"
#include "model/dynamodb/item_content.h"
#include "model/vault.h"

namespace tablekey::model {

void Applier::write_item(const ItemWrite& write) {
  Table& table = at(state_.tables, write.table);
  const std::uint32_t items = state_.item_count(write.table);
  law(write.item < items, "an item that is written has a number of the table's");
  const State::ItemView before = state_.item(write.table, write.item);
  log_undo(write);
  former_record_.clear();
  if (before.given && keeps_changes(write.table)) {
    former_record_ = stored_record(state_, write.table, write.item);
  }
  if (table.items.size() < items) table.items.resize(items);
  Item& item = table.items.change(write.item);
  law(write.version > item.version, "versions of an item go up");
  item.version = write.version;
  item.deleted = write.deleted;
  item.size = write.size;
  item.origin = write.origin == kNone ? table.origin : write.origin;
  law(item.origin < state_.origins.size(), "a generated value has an origin");
  item.given = !write.sealed.empty();
  item.expires = ttl_seconds(write.expires);
  const bool own = !item.given && !item.deleted && write.origin == kNone;
  if (own) {
    item.expires = ttl_seconds(state_.scenario().items(table.family).generated_expiry(now()));
  }
  item.tag_high = write.tag_high;
  item.tag_low = write.tag_low;
  const bool known = table.detail && table.detail->given.contains(write.item);
  // In a global table every write has its time and place: they decide between writers.
  const bool stamped = table.detail && table.detail->group != 0 && !write.replicated;
  const bool special = item.given || write.writer != kNone || stamped;
  if (special) {
    GivenItem& given = table.detail.make().given[write.item];
    given.sealed.assign(write.sealed.begin(), write.sealed.end());
    crypto::store_big_endian<8>(write.iv_head, given.iv.data());
    crypto::store_big_endian<4>(write.iv_tail, given.iv.data() + 8);
    given.written = stamped ? now() : write.written;
    given.writer = stamped ? write.table : write.writer;
  } else if (known) {
    table.detail.make().given.erase(write.item);
  }
  propagate(write, before);
  if (stamped) replicate_later(write);
  plan_expiry(write);
}

void Applier::write_item(events::ItemChange::Reader change, bool by_service, bool replicated) {
  ItemWrite write;
  write.table = change.getTable();
  write.item = change.getItem();
  write.version = change.getVersion();
  write.size = change.getSize();
  write.deleted = change.getDeleted();
  write.tag_high = change.getTagHigh();
  write.tag_low = change.getTagLow();
  write.iv_head = change.getIvHead();
  write.iv_tail = change.getIvTail();
  write.sealed = std::span(change.getSealed().begin(), change.getSealed().size());
  write.expires = sim::Time::from_nanoseconds(change.getExpires());
  write.origin = change.getOrigin();
  write.by_service = by_service;
  write.replicated = replicated;
  write.written = sim::Time::from_nanoseconds(change.getWritten());
  write.writer = change.getWriter();
  write_item(write);
}

void Applier::set_data_key(Table& table, events::NewStructure::Reader made, std::uint32_t copy_of) {
  law(made.getStructure() == table.structures.size(), "structures are numbered in order");
  Structure& structure = table.structures.emplace_back();
  structure.kind = made.getKind();
  structure.index = made.getIndex();
  structure.parent = made.getParent();
  structure.opened = now();
  structure.data_key = made.getDataKey();
  DataKey key;
  if (structure.data_key != kNone) {
    // What was sealed under it counts on.
    const bool local = structure.kind == events::StructureKind::LOCAL_INDEX;
    if (copy_of == kNone) copy_of = local ? structure.data_key : structure.parent;
    key = at(table.data_keys, copy_of);
    key.wrapped = {};
    key.version = 0;
  }
  key.structure = made.getStructure();
  table.data_keys.push_back(key);
  if (made.getWrapped().size() == 0) return;
  DataKey& wrapped = table.data_keys.back();
  law(made.getWrapped().size() == wrapped.wrapped.size(), "a wrapped data key has 60 bytes");
  wrapped.version = static_cast<std::uint32_t>(table.keys.size());
  std::copy(made.getWrapped().begin(), made.getWrapped().end(), wrapped.wrapped.begin());
}

void Applier::retire_structure(Table& table, std::uint32_t structure) {
  at(table.structures, structure).gone = true;
  DataKey& key = at(table.data_keys, structure);
  key.version = 0;
  key.wrapped = {};
}

}  // namespace tablekey::model
