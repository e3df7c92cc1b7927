// The service brings global indexes up to date: change by change, or item by item where an index is
// new (dynamodb.md 5.3).
#include <fmt/format.h>

#include <algorithm>

#include "crypto/sha256.h"
#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/service_jobs.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Job = events::ServiceJob;

constexpr std::size_t kEntriesMax = 256;  // of one event

/// An entry in the making.
struct NewEntry {
  std::uint32_t item = 0, version = 0, partition = kNone, size = 0;
  bool present = false;
  bool given = false;
  Vault::SealedEntry record;
};

void fill(events::ItemEntry::Builder out, const NewEntry& entry) {
  out.setItem(entry.item);
  out.setVersion(entry.version);
  out.setPresent(entry.present);
  out.setPartition(entry.partition);
  out.setSize(entry.size);
  out.setTagHigh(entry.record.tag.high);
  out.setTagLow(entry.record.tag.low);
  if (!entry.given) return;
  out.setSealed(capnp::Data::Reader(entry.record.sealed.data(), entry.record.sealed.size()));
}

/// Work on one index of one table.
class IndexWriter {
 public:
  IndexWriter(Deciding& d, std::uint32_t table, std::uint32_t index, Job job)
      : d_(d),
        table_(table),
        index_(index),
        space_(d.state.scenario().items(d.state.tables[table].family)),
        until_(service_key_until(d.state, table, job)) {
    const std::uint32_t version = needed_version_of(d.state, table);
    if (version != 0) d.vault.hold_table_key(d.state, table, version, until_);
  }

  /// What the index holds of an item with these attributes.
  NewEntry entry(std::uint32_t item, std::uint32_t version, bool given,
                 const items::AttributeMap& attributes) {
    NewEntry made{item, version, kNone, 0, false, given, {}};
    const auto projected = projected_entry(space_, index_, attributes);
    if (!projected) {
      made.given = false;
      return made;
    }
    made.present = true;
    made.size = static_cast<std::uint32_t>(items::item_size(*projected));
    made.partition = index_partition_of(d_.state, table_, index_,
                                        index_place(d_.state, table_, index_, attributes));
    items::Bytes bytes = items::serialize(*projected);
    made.record =
        d_.vault.seal_entry(d_.state, table_, made.partition, item, version, bytes, until_);
    crypto::cleanse(bytes);
    return made;
  }

  NewEntry entry_of(const Backlog& change) {
    if (change.new_version == 0)
      return {change.item, change.old_version, kNone, 0, false, false, {}};
    if (!change.new_sealed.empty()) {
      const auto value =
          d_.vault.open_stored(d_.state, table_, change.item, change.new_sealed, until_);
      return entry(change.item, change.new_version, true, item_of(value.bytes()));
    }
    const GeneratedValue value{at(d_.state.origins, change.new_origin), change.item,
                               change.new_version, change.new_expires};
    return entry(change.item, change.new_version, false,
                 item_of(d_.vault.generated(d_.state, table_, value).bytes()));
  }

  /// Of the item as it is now.
  NewEntry present_entry(std::uint32_t item) {
    const State::ItemView view = d_.state.item(table_, item);
    if (view.version == 0) {
      return {item, d_.state.tables[table_].items[item].version, kNone, 0, false, false, {}};
    }
    const auto value = d_.vault.open_item(d_.state, table_, item, until_);
    return entry(item, view.version, view.given, item_of(value.plaintext.bytes()));
  }

 private:
  Deciding& d_;
  std::uint32_t table_, index_;
  const ItemSpace& space_;
  sim::Time until_;
};

// Each index has delays of its own.
std::uint64_t index_entity(const State& state, std::uint32_t table, std::uint32_t index) {
  return crypto::name_hash(
      fmt::format("index/{}/{:016x}",
                  state.scenario().items(state.tables[table].family).global_indexes()[index].name,
                  state.table_entity(table)));
}

void write_entries(Deciding& d, std::uint32_t table, std::uint32_t number) {
  const GlobalIndex& index = at(d.state.tables[table].detail->global_indexes, number);
  const std::size_t count = std::min(index.backlog.size(), kEntriesMax);
  IndexWriter writer(d, table, number, Job::INDEXES);
  std::vector<NewEntry> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(writer.entry_of(index.backlog[i]));
  auto event = d.out.initIndexEntriesWritten();
  event.setTable(table);
  event.setIndex(number);
  auto list = event.initEntries(static_cast<unsigned>(made.size()));
  for (unsigned i = 0; i < made.size(); ++i) fill(list[i], made[i]);
  const std::uint64_t creation = d.state.tables[table].creations;
  event.setNext(d.settings()
                    .dynamodb.index_propagation
                    .sample_duration(draw(d.random, index_entity(d.state, table, number),
                                          Draw::index_delay, creation << 40 | index.deliveries))
                    .count());
}

// An item that nobody wrote since the table was made needs no record; see index_entry().
bool recorded(const Table& table, std::uint32_t item) {
  return item < table.items.size() && table.items[item].version != 0;
}

void backfill(Deciding& d, std::uint32_t table, std::uint32_t number) {
  const auto& figures = d.settings().dynamodb;
  const Table& owner = d.state.tables[table];
  const GlobalIndex& index = at(owner.detail->global_indexes, number);
  const std::uint32_t count = d.state.item_count(table);
  const std::uint32_t batch = std::max(1U, figures.backfill_batch);
  const std::uint32_t up_to = count - index.backfilled < batch ? count : index.backfilled + batch;
  IndexWriter writer(d, table, number, Job::BACKFILL);
  std::vector<NewEntry> made;
  for (std::uint32_t item = index.backfilled; item < up_to; ++item) {
    if (recorded(owner, item)) made.push_back(writer.present_entry(item));
  }
  auto event = d.out.initIndexBackfilled();
  event.setTable(table);
  event.setIndex(number);
  auto list = event.initEntries(static_cast<unsigned>(made.size()));
  for (unsigned i = 0; i < made.size(); ++i) fill(list[i], made[i]);
  event.setUpTo(up_to);
  const std::int64_t rate = std::max(1U, figures.backfill_rate);
  const sim::Duration takes =
      sim::Duration::seconds(1) * std::int64_t{up_to - index.backfilled} / rate;
  event.setNext(up_to == count ? -1 : takes.count());
}

}  // namespace

void decide_index_job(Deciding& d) {
  const bool fills = d.action.kind == ActionKind::backfill_index;
  const Job job = fills ? Job::BACKFILL : Job::INDEXES;
  switch (service_key_state(d.state, d.action.a, job, d.now)) {
    case ServiceKeyState::needed:
      return request_service_key(d, d.action.a, job, d.action.b);
    case ServiceKeyState::asking:
      return law(false, "a job that waits for KMS is not due");
    case ServiceKeyState::ready:
      return fills ? backfill(d, d.action.a, d.action.b) : write_entries(d, d.action.a, d.action.b);
  }
}

}  // namespace tablekey::model
