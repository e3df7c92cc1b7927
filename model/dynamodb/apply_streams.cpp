// Streams as State has them: shards that open, close and are trimmed, records that wait and that
// were delivered, and what outlives its table (dynamodb.md 7.1, 1.3).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/splits.h"
#include "model/dynamodb/streams.h"

namespace tablekey::model {
namespace {

void open_shard(Stream& stream, std::uint32_t structure, std::uint32_t parent,
                std::uint32_t partition, sim::Time now) {
  Shard& shard = stream.shards.emplace_back();
  shard.structure = structure;
  shard.parent = parent;
  shard.partition = partition;
  shard.opened = now;
}

Shard& shard_of(Stream& stream, std::uint32_t structure) {
  const auto found = std::find_if(stream.shards.begin(), stream.shards.end(),
                                  [&](const Shard& shard) { return shard.structure == structure; });
  law(found != stream.shards.end(), "an event names a shard of the stream");
  return *found;
}

bool open(const Shard& shard) { return shard.closed == sim::Time(); }

StreamRecord record_of(events::StreamRecord::Reader event, const Backlog& change) {
  StreamRecord record;
  record.sequence = event.getSequence();
  record.shard = event.getShard();
  record.item = event.getItem();
  record.old_version = event.getOldVersion();
  record.new_version = event.getNewVersion();
  record.size = event.getSize();
  record.name = event.getName();
  record.by_service = event.getByService();
  record.tag_high = event.getTagHigh();
  record.tag_low = event.getTagLow();
  record.sealed.assign(event.getSealed().begin(), event.getSealed().end());
  record.old_origin = change.old_origin;
  record.new_origin = change.new_origin;
  record.old_expires = change.old_expires;
  record.new_expires = change.new_expires;
  record.at = change.at;
  return record;
}

}  // namespace

// ---- enabling and disabling ---------------------------------------------------------------------

void Applier::start_stream(std::uint32_t index) {
  Table& table = state_.tables[index];
  const auto described = state_.scenario().reader().getTables()[table.family];
  if (!described.getStream()) return;
  TableDetail& detail = table.detail.make();
  detail.stream_delay = settings_.dynamodb.stream_delay.sample_duration({});
  Stream& stream = detail.streams.emplace_back();
  stream.enabled = true;
  stream.label = table.created;
  stream.view = described.getStreamView().cStr();
  for (std::uint32_t i = 0; i < table.structures.size(); ++i) {
    if (table.structures[i].kind != events::StructureKind::SHARD) continue;
    open_shard(stream, i, kNone, 0, now());
  }
}

// Disabling takes effect when its job is over, as enabling does.
void Applier::stream_effect(events::ControlAnswered::Reader event) {
  const auto job = event.getEffect().getJob();
  if (job.getStructures().size() == 0) return;
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  TableDetail& detail = table.detail.make();
  const bool taken = !detail.streams.empty() && detail.streams.back().disabled == sim::Time();
  law(!taken, "a table has one stream at a time");
  if (detail.streams.empty()) {
    detail.stream_delay = settings_.dynamodb.stream_delay.sample_duration({});
  }
  Stream& stream = detail.streams.emplace_back();
  stream.label = sim::Time::from_nanoseconds(job.getLabel());
  const auto steps = state_.scenario().reader().getSteps();
  law(event.getStep() >= 1 && event.getStep() <= steps.size() &&
          steps[event.getStep() - 1].isControl(),
      "a stream is enabled by a step");
  stream.view = steps[event.getStep() - 1].getControl().getStreamView().cStr();
  const std::vector<std::uint32_t> partitions = base_partitions(state_, index);
  law(job.getStructures().size() <= partitions.size(), "a stream has a shard for each partition");
  for (unsigned i = 0; i < job.getStructures().size(); ++i) {
    const auto made = job.getStructures()[i];
    law(made.getKind() == events::StructureKind::SHARD, "a stream has shards");
    set_data_key(table, made);
    open_shard(stream, made.getStructure(), kNone, partitions[i], now());
  }
}

void Applier::stream_job_finished(std::uint32_t table) {
  TableDetail& detail = at(state_.tables, table).detail.make();
  law(!detail.streams.empty(), "a job was about a stream that exists");
  Stream& stream = detail.streams.back();
  if (!stream.enabled) {
    law(stream.disabled == sim::Time(), "a stream is enabled once");
    stream.enabled = true;
    return;
  }
  stream.enabled = false;
  stream.disabled = now();
  close_shards(stream);
  plan_shards(table);
}

void Applier::close_shards(Stream& stream) {
  for (Shard& shard : stream.shards) {
    if (open(shard)) shard.closed = now();
  }
}

// ---- records ------------------------------------------------------------------------------------

// The oldest changes, each in one record or, where nothing changed, in none.
void Applier::stream_records_written(events::StreamRecordsWritten::Reader event) {
  const std::uint32_t index = event.getTable();
  TableDetail& detail = at(state_.tables, index).detail.make();
  const std::size_t taken = event.getRecords().size() + std::size_t{event.getPassed()};
  law(taken <= detail.stream_backlog.size(), "a stream takes what waits for it");
  auto change = detail.stream_backlog.cbegin();
  const auto end = change + static_cast<std::ptrdiff_t>(taken);
  bool old = false;
  for (const auto written : event.getRecords()) {
    const auto made_it = [&](const Backlog& waiting) {
      return waiting.item == written.getItem() && waiting.old_version == written.getOldVersion() &&
             waiting.new_version == written.getNewVersion();
    };
    change = std::find_if(change, end, made_it);
    law(change != end, "a stream takes changes in their order");
    const Stream* found = stream_at(detail, change->at);
    law(found != nullptr, "a record belongs to a stream");
    Stream& stream = detail.streams[static_cast<std::size_t>(found - detail.streams.data())];
    law(written.getSequence() == stream.next_sequence, "sequence numbers follow each other");
    ++stream.next_sequence;
    Shard& shard = at(stream.shards, written.getShard());
    if (shard.first == 0) shard.first = written.getSequence();
    shard.last = written.getSequence();
    old = old || (open(shard) && (now() - shard.opened >= settings_.dynamodb.shard_lifetime ||
                                  data_key_spent(state_, index, shard.structure)));
    stream.records.push_back(record_of(written, *change));
    count_seal(index, shard.structure, written.getSize());
    ++change;
  }
  detail.stream_backlog.erase(detail.stream_backlog.begin(), end);
  ++detail.stream_deliveries;
  law(event.getNext() >= 0, "a delay is not negative");
  detail.stream_delay = sim::Duration::nanoseconds(event.getNext());
  detail.stream_delivery = sim::kNoHandle;
  if (!detail.stream_backlog.empty()) {
    detail.stream_delivery =
        schedule(after(event.getNext()), Priority::job, ActionKind::write_records, index);
  }
  if (old) {
    state_.agenda_.cancel(detail.shard_change);
    detail.shard_change = schedule(now(), Priority::job, ActionKind::change_shards, index);
  }
  release_structures(index);
}

// ---- shards -------------------------------------------------------------------------------------

void Applier::shards_changed(events::ShardsChanged::Reader event) {
  if (action_.b != 0) return end_former_stream(action_.b - 1);
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  TableDetail& detail = table.detail.make();
  law(event.getClosed().size() == event.getOpened().size(),
      "a shard that rolls is followed by one");
  for (unsigned i = 0; i < event.getClosed().size(); ++i) {
    law(!detail.streams.empty(), "shards are those of a stream");
    Stream& stream = detail.streams.back();
    Shard& closed = shard_of(stream, event.getClosed()[i]);
    law(open(closed), "a shard is closed once");
    closed.closed = now();
    const std::uint32_t partition = closed.partition;
    const auto parent = static_cast<std::uint32_t>(&closed - stream.shards.data());
    const auto made = event.getOpened()[i];
    law(made.getKind() == events::StructureKind::SHARD, "a shard is followed by a shard");
    set_data_key(table, made);
    open_shard(stream, made.getStructure(), parent, partition, now());
  }
  for (const std::uint32_t structure : event.getTrimmed()) {
    law(at(table.structures, structure).kind == events::StructureKind::SHARD,
        "what is trimmed is a shard");
    for (Stream& stream : detail.streams) {
      for (Shard& shard : stream.shards) {
        if (shard.structure == structure) shard.trimmed = true;
      }
    }
    retire_structure(table, structure);
  }
  trim_streams(index);
  detail.shard_change = sim::kNoHandle;
  if (event.getUntil() < 0) return;
  detail.shard_change =
      schedule(after(event.getUntil()), Priority::job, ActionKind::change_shards, index);
}

// Records that nobody can read any more.
void Applier::trim_streams(std::uint32_t table) {
  const sim::Duration retention = settings_.dynamodb.stream_retention;
  for (Stream& stream : state_.tables[table].detail.make().streams) {
    std::erase_if(stream.records, [&](const StreamRecord& record) {
      return now() - record.at >= retention || at(stream.shards, record.shard).trimmed;
    });
  }
}

void Applier::plan_shards(std::uint32_t table) {
  TableDetail& detail = state_.tables[table].detail.make();
  sim::Time next = sim::Time::max();
  for (const Stream& stream : detail.streams) {
    for (const Shard& shard : stream.shards) {
      if (open(shard) || shard.trimmed) continue;
      next = std::min(next, shard.closed + settings_.dynamodb.stream_retention);
    }
  }
  state_.agenda_.cancel(detail.shard_change);
  detail.shard_change = sim::kNoHandle;
  if (next == sim::Time::max()) return;
  detail.shard_change =
      schedule(std::max(now(), next), Priority::job, ActionKind::change_shards, table);
}

// The shard of a partition that is split is closed, and its children go on where it ended.
void Applier::split_shards(std::uint32_t index, std::uint32_t former,
                           events::PartitionSplit::Reader event) {
  TableDetail& detail = state_.tables[index].detail.make();
  const SplitChildren children = children_of(event);
  const bool live = !detail.streams.empty() && detail.streams.back().disabled == sim::Time();
  if (!live) return law(children.shards == 0, "only a live stream has open shards");
  Stream& stream = detail.streams.back();
  const auto fed =
      std::find_if(stream.shards.begin(), stream.shards.end(),
                   [&](const Shard& shard) { return open(shard) && shard.partition == former; });
  law(fed != stream.shards.end(), "a live stream has an open shard for each partition");
  if (children.shards == 0) {
    law(children.partitions == 1, "a shard is split with its partition");
    fed->partition = children.first;
    return;
  }
  law(children.shards == 2 && children.partitions == 2, "a shard is split in two");
  fed->closed = now();
  const auto parent = static_cast<std::uint32_t>(fed - stream.shards.begin());
  const std::uint32_t structure =
      children.first + children.partitions + children.locals + children.groups;
  open_shard(stream, structure, parent, children.first, now());
  open_shard(stream, structure + 1, parent, children.first + 1, now());
  plan_shards(index);
}

// ---- the end ------------------------------------------------------------------------------------

// What the table leaves: its streams for a day, with the keys that open them.
void Applier::end_streams(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  for (StoredBoundary& stored : state_.boundaries) {
    if (stored.table == index && stored.until == sim::Time()) stored.until = now();
  }
  if (!table.detail) return;
  TableDetail& detail = table.detail.make();
  state_.agenda_.cancel(detail.shard_change);
  detail.shard_change = sim::kNoHandle;
  detail.partitions.clear();
  detail.global_indexes.clear();
  detail.stream_backlog.clear();
  detail.kept.clear();
  std::vector<Stream> streams = std::move(detail.streams);
  detail.streams.clear();
  std::erase_if(streams, [](const Stream& stream) {
    return std::all_of(stream.shards.begin(), stream.shards.end(),
                       [](const Shard& shard) { return shard.trimmed; });
  });
  if (streams.empty()) return;
  for (Stream& stream : streams) {
    if (stream.disabled == sim::Time()) stream.disabled = now();
    stream.enabled = false;
    close_shards(stream);
  }
  FormerStream& former = state_.former_streams.emplace_back();
  former.table = index;
  former.table_id = table.id;
  former.structures = table.structures;
  former.data_keys = table.data_keys;
  for (DataKey& key : former.data_keys) {
    const Structure& owner = table.structures[key.structure];
    if (owner.kind == events::StructureKind::SHARD && !owner.gone) continue;
    key.version = 0;
    key.wrapped = {};
  }
  former.streams = std::move(streams);
  former.ends = now() + settings_.dynamodb.stream_retention;
  schedule(former.ends, Priority::job, ActionKind::change_shards, index,
           static_cast<std::uint32_t>(state_.former_streams.size()));
}

void Applier::end_former_stream(std::uint32_t number) {
  FormerStream& former = at(state_.former_streams, number);
  law(!former.gone, "a stream ends once");
  former.gone = true;
  former.streams.clear();
  former.structures.clear();
  former.data_keys.clear();
}

}  // namespace tablekey::model
