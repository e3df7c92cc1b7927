// data_keys(at=…).count: how many data keys lay unwrapped in memory at that instant.
#include "replay/metrics/data_keys.h"

#include <algorithm>

#include "model/dynamodb/item_groups.h"
#include "replay/metrics/count_at.h"
#include "replay/metrics/serving.h"

namespace tablekey::replay {
namespace {

bool still_there(const model::State& state, UnwrappedDataKey key) {
  const auto& data_keys = model::at(state.tables, key.table).data_keys;
  return key.structure < data_keys.size() && data_keys[key.structure].version != 0;
}

}  // namespace

void UnwrappedDataKeys::event(const Seen& seen) {
  for (const Holdings::Change& change : seen.holdings->changed()) {
    if (change.entry == model::kNone) continue;
    if (change.entry >= entries_.size()) entries_.resize(change.entry + std::size_t{1});
    Kept& kept = entries_[change.entry];
    // An entry that had ended before this event took its data keys with it.
    if (kept.until <= seen.time()) kept.structures.clear();
    kept.until = seen.holdings->until(change.entry);
  }
  if (seen.answer == nullptr || !seen.answer->served) return;
  serving_.clear();
  for_each_serving(seen, [&](std::uint32_t entry, std::uint32_t) {
    if (entry == model::kNone) return;
    serving_.emplace_back(Holdings::table_of(seen.after, entry), entry);
  });
  touch_all(seen);
}

void UnwrappedDataKeys::unwrap(const Seen& seen, std::uint32_t table, std::uint32_t structure) {
  if (!still_there(seen.after, {table, structure})) return;  // it is not encrypted
  unwrapped_.insert({table, structure});
  for (const auto& [of, entry] : serving_) {
    // Where nothing is kept (scope none), the data key goes with the request.
    if (of != table || seen.holdings->until(entry) <= seen.time()) continue;
    if (entry >= entries_.size()) entries_.resize(entry + std::size_t{1});
    entries_[entry].structures.insert(structure);
  }
}

void UnwrappedDataKeys::touch(const Seen& seen, std::uint32_t table, std::uint32_t item,
                              bool write) {
  unwrap(seen, table, model::item_structure(seen.after, table, item));
  if (!write) return;
  const std::uint32_t partition = model::partition_of(seen.after, table, item);
  const auto& structures = model::at(seen.after.tables, table).structures;
  for (std::uint32_t i = 0; i < structures.size(); ++i) {
    const bool local = structures[i].kind == events::StructureKind::LOCAL_INDEX;
    if (local && structures[i].parent == partition) unwrap(seen, table, i);
  }
}

void UnwrappedDataKeys::touch_all(const Seen& seen) {
  using Event = events::Event;
  switch (seen.event.which()) {
    case Event::ITEM_READ: {
      const auto read = seen.event.getItemRead();
      return touch(seen, read.getTable(), read.getItem(), false);
    }
    case Event::ITEM_WRITTEN: {
      const auto written = seen.event.getItemWritten();
      return touch(seen, written.getTable(), written.getItem(), true);
    }
    case Event::ITEMS_READ: {
      const auto read = seen.event.getItemsRead();
      for (std::uint32_t i = 0; i < read.getCount(); ++i) {
        touch(seen, read.getTable(), read.getFirst() + i, false);
      }
      return;
    }
    case Event::DATA_ANSWERED: {
      const auto answered = seen.event.getDataAnswered();
      // Records of a stream lie in its shards, under data keys of their own.
      if (answered.getOperation() == events::DataOperation::GET_RECORDS) return;
      for (auto read : answered.getReads()) touch(seen, read.getTable(), read.getItem(), false);
      for (auto change : answered.getChanges()) {
        touch(seen, change.getTable(), change.getItem(), true);
      }
      return;
    }
    default:
      return;
  }
}

std::vector<UnwrappedDataKey> UnwrappedDataKeys::at(const model::State& state,
                                                    const Holdings& holdings,
                                                    std::int64_t time) const {
  std::set<UnwrappedDataKey> found;
  if (state.settings().dynamodb.dek_cache_storage_node) found = unwrapped_;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (holdings.until(i) <= time || entries_[i].until <= time) continue;
    const std::uint32_t table = Holdings::table_of(state, i);
    for (const std::uint32_t structure : entries_[i].structures) found.insert({table, structure});
  }
  std::erase_if(found, [&](UnwrappedDataKey key) { return !still_there(state, key); });
  return {found.begin(), found.end()};
}

namespace {

class DataKeysMetric : public CountAtMetric {
 public:
  using CountAtMetric::CountAtMetric;

  void event(const Seen& seen) override {
    holdings_ = seen.holdings;
    if (!counted()) keys_.event(seen);
  }

 private:
  std::uint64_t count(const model::State& state, std::int64_t time) const override {
    std::uint64_t found = 0;
    if (holdings_ == nullptr) return found;  // nothing has happened yet
    for (const UnwrappedDataKey& key : keys_.at(state, *holdings_, time)) {
      if (meant(key.table)) ++found;
    }
    return found;
  }

  const Holdings* holdings_ = nullptr;
  UnwrappedDataKeys keys_;
};

}  // namespace

std::unique_ptr<Metric> make_data_keys_metric(const scenarios::Expectation& expectation,
                                              const model::ScenarioView& scenario) {
  return std::make_unique<DataKeysMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
