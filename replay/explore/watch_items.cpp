#include "replay/explore/watch_items.h"

#include "model/scenario.h"

namespace tablekey::replay::explore {

using events::DataOperation;
using events::Event;
using model::kNone;

WatchItems::WatchItems(const model::ScenarioView& scenario) : tables_(scenario.tables) {
  const auto described = scenario.reader().getTables();
  for (std::uint32_t family = 0; family < described.size(); ++family) {
    // A restore's contents are its source's, a replica's come from others.
    const auto table = described[family];
    const bool own = !table.getByStep() && table.getGlobalTable() == 0 && table.getSpace() == kNone;
    const auto& view = scenario.families[family];
    for (std::uint32_t copy = 0; copy < view.copies; ++copy) {
      tables_[view.first_table + copy].followed = own;
      tables_[view.first_table + copy].name = scenario.table_name(family, view.first_table + copy);
    }
  }
}

WatchItems::Record WatchItems::known(std::uint32_t table, std::uint32_t item) const {
  const Table& booked = tables_[table];
  const auto found = booked.records.find(item);
  if (found != booked.records.end()) return found->second;
  return {item < booked.generated ? 1U : 0U, false};
}

void WatchItems::written(std::uint32_t table, std::uint32_t item, std::uint32_t version,
                         bool deleted, std::uint64_t number) {
  if (!followed(table)) return;
  ask();
  const Record before = known(table, item);
  if (version != before.version + 1) {
    broken("writes-last", number, "item {} of {} was at version {}, and a write made it {}", item,
           tables_[table].name, before.version, version);
  }
  tables_[table].records[item] = {version, deleted};
}

void WatchItems::read(std::uint32_t table, std::uint32_t item, std::uint32_t version,
                      std::uint64_t number) {
  if (!followed(table)) return;
  ask();
  const Record now = known(table, item);
  const std::uint32_t there = now.deleted ? 0 : now.version;
  if (version == there) return;
  broken("writes-last", number, "a read of item {} of {} found version {}, the last write made {}",
         item, tables_[table].name, version, there);
}

void WatchItems::answered(events::DataAnswered::Reader event, std::uint64_t number) {
  switch (event.getOperation()) {
    case DataOperation::GET_ITEM:
    case DataOperation::BATCH_GET_ITEM:
    case DataOperation::TRANSACT_GET_ITEMS:
      for (auto touched : event.getReads()) {
        if (touched.getMaterial() != 0) continue;  // of a provider's key store
        read(touched.getTable(), touched.getItem(), touched.getVersion(), number);
      }
      break;
    default:
      break;
  }
  for (auto change : event.getChanges()) {
    written(change.getTable(), change.getItem(), change.getVersion(), change.getDeleted(), number);
  }
}

void WatchItems::event(const model::State&, Event::Reader event, std::uint64_t number) {
  switch (event.which()) {
    case Event::ITEM_READ: {
      const auto one = event.getItemRead();
      return read(one.getTable(), one.getItem(), one.getVersion(), number);
    }
    case Event::ITEM_WRITTEN: {
      const auto one = event.getItemWritten();
      return written(one.getTable(), one.getItem(), one.getVersion(), one.getDeleted(), number);
    }
    case Event::DATA_ANSWERED:
      return answered(event.getDataAnswered(), number);
    case Event::ITEMS_EXPIRED:
      for (auto change : event.getItemsExpired().getChanges()) {
        written(change.getTable(), change.getItem(), change.getVersion(), change.getDeleted(),
                number);
      }
      return;
    case Event::TABLE_ACTIVATED: {
      Table& table = tables_[event.getTableActivated().getTable()];
      table.records.clear();
      table.generated = event.getTableActivated().getItems();
      return;
    }
    case Event::REPLICA_CHANGED:  // a table that becomes one gets what others write
      tables_[event.getReplicaChanged().getTable()].followed = false;
      return;
    default:
      return;
  }
}

}  // namespace tablekey::replay::explore
