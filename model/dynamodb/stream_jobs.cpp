// The service delivers changes to the stream, and looks after its shards (dynamodb.md 7.1).
#include <algorithm>

#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/service_jobs.h"
#include "model/dynamodb/splits.h"
#include "model/dynamodb/streams.h"
#include "model/dynamodb/structures.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Job = events::ServiceJob;
using Name = events::StreamEventName;

constexpr std::size_t kEventRecordsMax = 256;  // of one event

struct NewRecord {
  const Backlog* change = nullptr;
  std::uint64_t sequence = 0;
  std::uint32_t shard = 0, size = 0;
  bool given = false;
  Vault::SealedEntry record;
};

/// Deliveries to the streams of one table, oldest change first.
class RecordWriter {
 public:
  RecordWriter(Deciding& d, std::uint32_t table)
      : d_(d),
        table_(table),
        detail_(*d.state.tables[table].detail),
        space_(d.state.scenario().items(d.state.tables[table].family)),
        until_(service_key_until(d.state, table, Job::STREAMS)),
        next_sequence_(detail_.streams.size()) {
    for (std::size_t i = 0; i < next_sequence_.size(); ++i) {
      next_sequence_[i] = detail_.streams[i].next_sequence;
    }
    const std::uint32_t version = needed_version_of(d.state, table);
    if (version != 0) d.vault.hold_table_key(d.state, table, version, until_);
  }

  /// Nothing: the change makes no record.
  std::optional<NewRecord> record(const Backlog& change) {
    const Stream* stream = stream_at(detail_, change.at);
    if (stream == nullptr) return std::nullopt;
    const std::uint32_t shard = shard_for(*stream, partition_of(d_.state, table_, change.item));
    const auto old_image = image(change, false), new_image = image(change, true);
    if (old_image && new_image && *old_image == *new_image) return std::nullopt;
    const items::AttributeMap images =
        stream_images(stream->view, space_.item_key(change.item), old_image ? &*old_image : nullptr,
                      new_image ? &*new_image : nullptr);
    NewRecord made;
    made.change = &change;
    made.sequence = next_sequence_[static_cast<std::size_t>(stream - detail_.streams.data())]++;
    made.shard = shard;
    made.size = static_cast<std::uint32_t>(items::item_size(images));
    made.given =
        stream->view != "KEYS_ONLY" && !(change.old_sealed.empty() && change.new_sealed.empty());
    items::Bytes bytes = items::serialize(images);
    made.record =
        d_.vault.seal_entry(d_.state, table_, stream->shards[shard].structure, change.item,
                            static_cast<std::uint32_t>(made.sequence), bytes, until_);
    crypto::cleanse(bytes);
    return made;
  }

 private:
  std::optional<items::AttributeMap> image(const Backlog& change, bool after) {
    const std::uint32_t version = after ? change.new_version : change.old_version;
    if (version == 0) return std::nullopt;
    const auto& stored = after ? change.new_sealed : change.old_sealed;
    if (!stored.empty()) {
      return item_of(d_.vault.open_stored(d_.state, table_, change.item, stored, until_).bytes());
    }
    const GeneratedValue value{at(d_.state.origins, after ? change.new_origin : change.old_origin),
                               change.item, version,
                               after ? change.new_expires : change.old_expires};
    return item_of(d_.vault.generated(d_.state, table_, value).bytes());
  }

  Deciding& d_;
  std::uint32_t table_;
  const TableDetail& detail_;
  const ItemSpace& space_;
  sim::Time until_;
  std::vector<std::uint64_t> next_sequence_;  // by stream
};

void fill(events::StreamRecord::Builder out, const NewRecord& made) {
  const Backlog& change = *made.change;
  out.setSequence(made.sequence);
  out.setItem(change.item);
  out.setOldVersion(change.old_version);
  out.setNewVersion(change.new_version);
  out.setName(change.old_version == 0   ? Name::INSERT
              : change.new_version == 0 ? Name::REMOVE
                                        : Name::MODIFY);
  out.setByService(change.by_service);
  out.setShard(made.shard);
  out.setSize(made.size);
  out.setTagHigh(made.record.tag.high);
  out.setTagLow(made.record.tag.low);
  if (!made.given) return;
  out.setSealed(capnp::Data::Reader(made.record.sealed.data(), made.record.sealed.size()));
}

void write_records(Deciding& d, std::uint32_t table) {
  const TableDetail& detail = *d.state.tables[table].detail;
  const std::size_t count = std::min(detail.stream_backlog.size(), kEventRecordsMax);
  RecordWriter writer(d, table);
  std::vector<NewRecord> made;
  for (std::size_t i = 0; i < count; ++i) {
    if (auto record = writer.record(detail.stream_backlog[i])) made.push_back(std::move(*record));
  }
  auto event = d.out.initStreamRecordsWritten();
  event.setTable(table);
  auto list = event.initRecords(static_cast<unsigned>(made.size()));
  for (unsigned i = 0; i < made.size(); ++i) fill(list[i], made[i]);
  event.setPassed(static_cast<std::uint32_t>(count - made.size()));
  const std::uint64_t creation = d.state.tables[table].creations;
  event.setNext(d.settings()
                    .dynamodb.stream_delay
                    .sample_duration(draw(d.random, d.state.table_entity(table), Draw::stream_delay,
                                          creation << 40 | detail.stream_deliveries))
                    .count());
}

// An idle shard stays open: it is followed by another one when something comes that is late for
// it. The key for that is at hand, as records were written just now.
std::vector<std::uint32_t> rolling(const Deciding& d, std::uint32_t table) {
  const TableDetail& detail = *d.state.tables[table].detail;
  std::vector<std::uint32_t> shards;
  if (detail.streams.empty() || detail.streams.back().disabled != sim::Time()) return shards;
  if (service_key_state(d.state, table, Job::STREAMS, d.now) != ServiceKeyState::ready) {
    return shards;
  }
  const auto& all = detail.streams.back().shards;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (all[i].closed != sim::Time() || all[i].first == 0) continue;
    const bool old = d.now - all[i].opened >= d.settings().dynamodb.shard_lifetime;
    if (old || data_key_spent(d.state, table, all[i].structure)) shards.push_back(i);
  }
  return shards;
}

void change_shards(Deciding& d, std::uint32_t table) {
  const TableDetail& detail = *d.state.tables[table].detail;
  const sim::Duration retention = d.settings().dynamodb.stream_retention;
  const std::vector<std::uint32_t> closed = rolling(d, table);
  std::vector<std::uint32_t> trimmed;
  sim::Time next = closed.empty() ? sim::Time::max() : d.now + retention;
  for (const Stream& stream : detail.streams) {
    for (const Shard& shard : stream.shards) {
      if (shard.closed == sim::Time() || shard.trimmed) continue;
      if (d.now - shard.closed >= retention) {
        trimmed.push_back(shard.structure);
      } else {
        next = std::min(next, shard.closed + retention);
      }
    }
  }
  auto event = d.out.initShardsChanged();
  event.setTable(table);
  auto ends = event.initClosed(static_cast<unsigned>(closed.size()));
  auto opened = event.initOpened(static_cast<unsigned>(closed.size()));
  auto number = static_cast<std::uint32_t>(d.state.tables[table].structures.size());
  for (unsigned i = 0; i < closed.size(); ++i) {
    const std::uint32_t structure = detail.streams.back().shards[closed[i]].structure;
    ends.set(i, structure);
    make_structure(d, table, number++, {events::StructureKind::SHARD, kNone, structure}, opened[i]);
  }
  auto gone = event.initTrimmed(static_cast<unsigned>(trimmed.size()));
  for (unsigned i = 0; i < trimmed.size(); ++i) gone.set(i, trimmed[i]);
  event.setUntil(next == sim::Time::max() ? -1 : (next - d.now).count());
}

}  // namespace

void decide_stream_job(Deciding& d) {
  const std::uint32_t table = d.action.a;
  if (d.action.kind == ActionKind::change_shards) {
    if (d.action.b == 0) return change_shards(d, table);
    auto event = d.out.initShardsChanged();  // a deleted table's stream is over
    event.setTable(table);
    event.setUntil(-1);
    return;
  }
  switch (service_key_state(d.state, table, Job::STREAMS, d.now)) {
    case ServiceKeyState::needed:
      return request_service_key(d, table, Job::STREAMS, d.action.b);
    case ServiceKeyState::asking:
      return law(false, "a job that waits for KMS is not due");
    case ServiceKeyState::ready:
      return write_records(d, table);
  }
}

}  // namespace tablekey::model
