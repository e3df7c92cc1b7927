// Streams (dynamodb.md 7.1): which there are, what is in them, and how GetRecords reads them. A
// record lives 24 hours whatever becomes of the key; it is sealed under the data key of its shard.
// Not simulated: the limit of two readers a shard, which is about traffic and not about keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/dynamodb/items/attribute_value.h"
#include "model/state.h"
#include "model/vault.h"

namespace tablekey::model {

/// A stream, wherever it is kept. Valid until State changes.
struct StreamPlace {
  const Stream* stream = nullptr;        ///< null: there is none
  const FormerStream* former = nullptr;  ///< of a deleted table
  std::uint32_t table = 0;
  explicit operator bool() const { return stream != nullptr; }
};

/// All streams of a table that can be read, the youngest first: those of a deleted table of that
/// name too, and none whose records are all trimmed.
std::vector<StreamPlace> streams_of(const State& state, std::uint32_t table);
/// The youngest one, or (`former`) the one before it.
StreamPlace find_stream(const State& state, std::uint32_t table, bool former);
/// The one that was that at an earlier time, if it can still be read.
StreamPlace find_stream_of(const State& state, std::uint32_t table, bool former, sim::Time time);

/// "arn:aws:dynamodb:…:table/Books/stream/2018-02-14T00:00:01.000"
std::string stream_arn(const State& state, const StreamPlace& place);
/// "ENABLING", "ENABLED", "DISABLING", "DISABLED".
std::string_view stream_status(const State& state, const StreamPlace& place);
/// "shardId-…", as DescribeStream shows a shard of it (index into Stream::shards).
std::string shard_id(const StreamPlace& place, std::uint32_t shard);
/// The shards that DescribeStream lists, by their index.
std::vector<std::uint32_t> listed_shards(const StreamPlace& place);

/// How long an iterator serves.
inline constexpr sim::Duration kIteratorLifetime = sim::Duration::minutes(15);

/// Where a GetRecords begins.
struct StreamCursor {
  events::DataCall::IteratorType type{};
  std::uint64_t sequence = 0;  ///< AT_, AFTER_SEQUENCE_NUMBER
  sim::Time made;              ///< when the iterator was made: it serves 15 minutes
};

/// What a GetRecords finds, before anything is opened.
struct StreamPage {
  events::Exception exception{};  ///< none, or TRIMMED_DATA_ACCESS, EXPIRED_ITERATOR, …
  std::string message;
  std::vector<const StreamRecord*> records;
  std::uint64_t next = 0;  ///< AFTER which the next page begins; 0: at the same place
  bool ended = false;      ///< the shard is closed and this was its last page
};
/// `shard`: index among listed_shards(). `limit` 0: 1000. At the instant `now`.
StreamPage stream_page(const State& state, const StreamPlace& place, std::uint32_t shard,
                       const StreamCursor& cursor, std::uint32_t limit, sim::Time now);
/// The same of a shard by its index into Stream::shards, which it keeps.
StreamPage shard_page(const State& state, const StreamPlace& place, std::uint32_t number,
                      const StreamCursor& cursor, std::uint32_t limit, sim::Time now);

/// The version of the table key that opens the stream's records, which a reader has to obtain; 0:
/// they are not encrypted.
std::uint32_t stream_key_version(const State& state, const StreamPlace& place);

/// A record's Keys, NewImage and OldImage as its view has them, opened for real under its shard's
/// data key.
items::AttributeMap open_stream_record(const State& state, Vault& vault, const StreamPlace& place,
                                       const StreamRecord& record, sim::Time until);

// ---- what decisions and their effects share ----
/// The stream of the table that a change at that time belongs to; null: none that still takes it.
const Stream* stream_at(const TableDetail& detail, sim::Time at);
/// The shard of a stream that takes what comes from a base partition; kNone: all are trimmed.
std::uint32_t shard_for(const Stream& stream, std::uint32_t partition);
/// What a record holds.
items::AttributeMap stream_images(std::string_view view, const items::AttributeMap& key,
                                  const items::AttributeMap* old_image,
                                  const items::AttributeMap* new_image);

/// The structure of a shard, by its place in the list of DescribeStream; kNone: there is none.
std::uint32_t shard_structure(const StreamPlace& place, std::uint32_t shard);

/// Whether GetRecords of that shard is throttled on a connection: as many others read it already as
/// a shard serves (dynamodb.md 7.1).
bool shard_crowded(const State& state, const StreamPlace& place, std::uint32_t shard,
                   std::uint32_t connection, sim::Time now);

}  // namespace tablekey::model
