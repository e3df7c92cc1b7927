// Reading streams: which there are, which records a GetRecords finds, and what is in them.
#include "model/dynamodb/streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Iterator = events::DataCall::IteratorType;

constexpr std::uint32_t kRecordsMax = 1000;  // of a GetRecords
constexpr std::int64_t kDay = 86'400'000'000'000;

bool trimmed(const Stream& stream) {
  return std::all_of(stream.shards.begin(), stream.shards.end(),
                     [](const Shard& shard) { return shard.trimmed; });
}

// 2018-02-14T00:00:01.000, from days since the epoch (civil calendar, Howard Hinnant).
std::string label_text(sim::Time time) {
  const std::int64_t days = time.nanoseconds() / kDay;
  const std::int64_t milliseconds = time.nanoseconds() % kDay / 1'000'000;
  const std::int64_t z = days + 719'468;
  const std::int64_t era = z / 146'097;
  const std::int64_t day_of_era = z - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", year, month,
                     day_of_year - (153 * shifted + 2) / 5 + 1, milliseconds / 3'600'000,
                     milliseconds / 60'000 % 60, milliseconds / 1000 % 60, milliseconds % 1000);
}

GeneratedValue value_of(const State& state, std::uint32_t item, std::uint32_t origin,
                        std::uint32_t version, sim::Time expires) {
  return {at(state.origins, origin), item, version, expires};
}

StreamPage refused(events::Exception exception, std::string message) {
  StreamPage page;
  page.exception = exception;
  page.message = std::move(message);
  return page;
}

// Whether the records that lay directly before a sequence number may be gone.
bool before_horizon(const State& state, const Stream& stream, std::uint32_t shard,
                    std::uint64_t sequence, sim::Time now) {
  const sim::Duration retention = state.settings().dynamodb.stream_retention;
  if (sequence < stream.shards[shard].first) return false;
  for (const StreamRecord& record : stream.records) {
    if (record.shard != shard || record.sequence < sequence) continue;
    return record.sequence == sequence ? now - record.at >= retention : true;
  }
  return sequence <= stream.shards[shard].last;
}

}  // namespace

std::vector<StreamPlace> streams_of(const State& state, std::uint32_t table) {
  std::vector<StreamPlace> found;
  const auto& present = at(state.tables, table).detail->streams;
  for (auto stream = present.rbegin(); stream != present.rend(); ++stream) {
    if (!trimmed(*stream)) found.push_back({&*stream, nullptr, table});
  }
  for (auto former = state.former_streams.rbegin(); former != state.former_streams.rend();
       ++former) {
    if (former->table != table || former->gone) continue;
    for (auto stream = former->streams.rbegin(); stream != former->streams.rend(); ++stream) {
      if (!trimmed(*stream)) found.push_back({&*stream, &*former, table});
    }
  }
  return found;
}

StreamPlace find_stream(const State& state, std::uint32_t table, bool former) {
  const std::vector<StreamPlace> found = streams_of(state, table);
  const std::size_t which = former ? 1 : 0;
  return which < found.size() ? found[which] : StreamPlace{};
}

StreamPlace find_stream_of(const State& state, std::uint32_t table, bool former, sim::Time time) {
  bool skip = former;
  for (const StreamPlace& place : streams_of(state, table)) {
    if (place.stream->label > time) continue;
    if (!skip) return place;
    skip = false;
  }
  return {};
}

std::string stream_arn(const State& state, const StreamPlace& place) {
  return fmt::format("{}/stream/{}", state.table_arn(place.table), label_text(place.stream->label));
}

std::string_view stream_status(const State& state, const StreamPlace& place) {
  const Stream& stream = *place.stream;
  if (stream.disabled != sim::Time()) return "DISABLED";
  if (!stream.enabled) return "ENABLING";
  const ConfigJob& job = state.tables[place.table].detail->job;
  return job.running && job.kind == events::JobKind::STREAM ? "DISABLING" : "ENABLED";
}

std::string shard_id(const StreamPlace& place, std::uint32_t shard) {
  const Shard& shown = at(place.stream->shards, shard);
  const auto milliseconds = static_cast<std::uint64_t>(shown.opened.nanoseconds() / 1'000'000);
  return fmt::format("shardId-{:020}-{:08x}", milliseconds, shown.structure);
}

std::vector<std::uint32_t> listed_shards(const StreamPlace& place) {
  std::vector<std::uint32_t> listed;
  for (std::uint32_t i = 0; i < place.stream->shards.size(); ++i) {
    if (!place.stream->shards[i].trimmed) listed.push_back(i);
  }
  return listed;
}

std::uint32_t shard_structure(const StreamPlace& place, std::uint32_t shard) {
  if (!place) return kNone;
  const std::vector<std::uint32_t> listed = listed_shards(place);
  return shard < listed.size() ? place.stream->shards[listed[shard]].structure : kNone;
}

bool shard_crowded(const State& state, const StreamPlace& place, std::uint32_t shard,
                   std::uint32_t connection, sim::Time now) {
  const DynamoDbFigures& figures = state.settings().dynamodb;
  const std::uint32_t structure = shard_structure(place, shard);
  if (figures.shard_readers_max == 0 || structure == kNone) return false;
  std::uint32_t others = 0;
  for (const ShardReader& reader : state.shard_readers) {
    const bool reads = reader.table == place.table && reader.structure == structure &&
                       now - reader.at < figures.shard_reader_window;
    if (reads && reader.connection == connection) return false;
    others += reads ? 1U : 0U;
  }
  return others >= figures.shard_readers_max;
}

StreamPage stream_page(const State& state, const StreamPlace& place, std::uint32_t shard,
                       const StreamCursor& cursor, std::uint32_t limit, sim::Time now) {
  using events::Exception;
  if (!place)
    return refused(Exception::RESOURCE_NOT_FOUND, "Requested resource not found: Stream not found");
  const std::vector<std::uint32_t> listed = listed_shards(place);
  if (shard >= listed.size()) {
    return refused(Exception::RESOURCE_NOT_FOUND, "Requested resource not found: Shard not found");
  }
  return shard_page(state, place, listed[shard], cursor, limit, now);
}

StreamPage shard_page(const State& state, const StreamPlace& place, std::uint32_t number,
                      const StreamCursor& cursor, std::uint32_t limit, sim::Time now) {
  using events::Exception;
  if (now - cursor.made >= kIteratorLifetime) {
    return refused(Exception::EXPIRED_ITERATOR,
                   "The shard iterator has expired. Shard iterators are only valid for 15 minutes");
  }
  const Stream& stream = *place.stream;
  const bool named =
      cursor.type == Iterator::AT_SEQUENCE_NUMBER || cursor.type == Iterator::AFTER_SEQUENCE_NUMBER;
  if (stream.shards[number].trimmed ||
      (named && before_horizon(state, stream, number, cursor.sequence, now))) {
    return refused(Exception::TRIMMED_DATA_ACCESS,
                   "The operation attempted to read past the oldest stream record in a shard");
  }
  StreamPage page;
  page.next = named ? cursor.sequence : 0;
  if (cursor.type == Iterator::LATEST) {
    page.next = stream.shards[number].last;
    page.ended = stream.shards[number].closed != sim::Time();
    return page;
  }
  const std::uint64_t from = cursor.type == Iterator::AT_SEQUENCE_NUMBER      ? cursor.sequence
                             : cursor.type == Iterator::AFTER_SEQUENCE_NUMBER ? cursor.sequence + 1
                                                                              : 0;
  const std::uint32_t most = limit == 0 ? kRecordsMax : std::min(limit, kRecordsMax);
  bool more = false;
  for (const StreamRecord& record : stream.records) {
    if (record.shard != number || record.sequence < from) continue;
    if (now - record.at >= state.settings().dynamodb.stream_retention) continue;
    if (page.records.size() == most) {
      more = true;
      break;
    }
    page.records.push_back(&record);
    page.next = record.sequence;
  }
  page.ended = !more && stream.shards[number].closed != sim::Time();
  return page;
}

std::uint32_t stream_key_version(const State& state, const StreamPlace& place) {
  if (!place) return 0;
  if (place.former == nullptr) return needed_version(state.tables[place.table]);
  for (const DataKey& key : place.former->data_keys) {
    if (key.version != 0) return key.version;
  }
  return 0;
}

const Stream* stream_at(const TableDetail& detail, sim::Time at) {
  for (auto stream = detail.streams.rbegin(); stream != detail.streams.rend(); ++stream) {
    if (stream->label <= at) return trimmed(*stream) ? nullptr : &*stream;
  }
  return nullptr;
}

// After the stream was disabled, what was written before still comes into its last shards.
std::uint32_t shard_for(const Stream& stream, std::uint32_t partition) {
  std::uint32_t last = kNone;
  for (auto i = static_cast<std::uint32_t>(stream.shards.size()); i-- > 0;) {
    const Shard& shard = stream.shards[i];
    if (shard.trimmed) continue;
    if (shard.partition == partition) return i;
    if (last == kNone) last = i;
  }
  return last;
}

items::AttributeMap stream_images(std::string_view view, const items::AttributeMap& key,
                                  const items::AttributeMap* old_image,
                                  const items::AttributeMap* new_image) {
  items::AttributeMap images;
  images.set("Keys", key);
  const bool olds = view != "KEYS_ONLY" && view != "NEW_IMAGE";
  const bool news = view != "KEYS_ONLY" && view != "OLD_IMAGE";
  if (news && new_image != nullptr) images.set("NewImage", *new_image);
  if (olds && old_image != nullptr) images.set("OldImage", *old_image);
  return images;
}

items::AttributeMap open_stream_record(const State& state, Vault& vault, const StreamPlace& place,
                                       const StreamRecord& record, sim::Time until) {
  const std::uint32_t structure = at(place.stream->shards, record.shard).structure;
  const auto version = static_cast<std::uint32_t>(record.sequence);
  const auto open = [&](RecordTag tag, std::span<const std::uint8_t> sealed) {
    const crypto::SecretBuffer bytes =
        place.former != nullptr
            ? vault.open_former(state, *place.former, structure, record.item, version, tag, sealed)
            : vault.open_entry(state, place.table, structure, record.item, version, tag, sealed,
                               until);
    return item_of(bytes.bytes());
  };
  const RecordTag recorded{record.tag_high, record.tag_low};
  if (!record.sealed.empty()) return open(recorded, record.sealed);
  // All of it is generated: sealed as it was, and opened for real.
  const auto image = [&](std::uint32_t origin, std::uint32_t of, sim::Time expires) {
    const GeneratedValue value = value_of(state, record.item, origin, of, expires);
    return item_of(vault.generated(state, place.table, value).bytes());
  };
  items::AttributeMap old_image, new_image;
  if (record.old_version != 0) {
    old_image = image(record.old_origin, record.old_version, record.old_expires);
  }
  if (record.new_version != 0) {
    new_image = image(record.new_origin, record.new_version, record.new_expires);
  }
  const ItemSpace& space = state.scenario().items(state.tables[place.table].family);
  items::Bytes bytes =
      items::serialize(stream_images(place.stream->view, space.item_key(record.item),
                                     record.old_version != 0 ? &old_image : nullptr,
                                     record.new_version != 0 ? &new_image : nullptr));
  const Vault::SealedEntry sealed =
      place.former != nullptr
          ? vault.seal_former(state, *place.former, structure, record.item, version, bytes)
          : vault.seal_entry(state, place.table, structure, record.item, version, bytes, until);
  crypto::cleanse(bytes);
  // One of the time before its table was encrypted has none (dynamodb.md 2.9).
  const bool plain = (recorded.high | recorded.low) == 0;
  law(plain || (sealed.tag.high == recorded.high && sealed.tag.low == recorded.low),
      "a record sealed again has the tag that its event recorded");
  return open(sealed.tag, sealed.sealed);
}

}  // namespace tablekey::model
