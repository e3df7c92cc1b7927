// One data request and how it is answered, in the short form of a workload's hot path: GetItem,
// PutItem, DeleteItem, Query and Scan without options. What requests of every kind share stands
// here too.
#pragma once

#include <cstdint>

#include "model/decide.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {

/// One request, wherever it stands on its way.
struct Serving {
  std::uint32_t connection = 0;
  std::uint32_t table = 0;
  std::uint32_t item = 0;
  std::uint32_t step = 0;  ///< 1 + step; 0: workload
  events::DataOperation operation{};
  events::Access via{};
  std::int64_t latency = 0;
  std::int64_t next = 0;
  std::uint64_t ordinal = 0;  ///< of the connection's requests
  sim::Time usable_until;
  std::uint32_t size = 0;  ///< bytes of the value that it writes; 0: as its table's items have
  std::uint32_t key_jitter = 0;  ///< see CacheEntry; 0: none is drawn
  bool refresh = false;          ///< this use sets off a refresh
  std::uint8_t attempt = 0;      ///< retries before it
  std::int64_t waited = 0;       ///< of its latency so far, for KMS
  bool closed = false;           ///< of a closed loop: its answer sets when the next one comes
};

/// Query and Scan read at most 1 MB (dynamodb.md 9).
inline constexpr std::uint32_t kPageBytes = 1U << 20;

/// NONE where the table takes data requests; else what they get without KMS being asked
/// (dynamodb.md 1.5).
events::Exception refusal_of(const Table& table, const Settings& settings);
/// What every request of the table gets while its Region fails; NONE: it does not.
events::Exception failure_of(const State& state, std::uint32_t table);
/// From the request's arrival to its answer, if nothing has to be waited for.
sim::Duration request_latency(const Deciding& d, std::uint32_t connection, std::uint64_t ordinal);
/// The version that a write of the item makes. Versions go on after a deletion, so no input of an
/// IV repeats.
std::uint32_t written_version(const State& state, std::uint32_t table, std::uint32_t item);
/// The bytes that a rule on bytes counts for it: those of the items that it reads or writes.
std::uint64_t request_bytes(const Deciding& d, const Serving& s);
/// Draws the lifetime of the key that the request uses or has got, where lifetimes are drawn.
std::uint32_t draw_jitter(const Deciding& d, std::uint32_t connection, std::uint64_t ordinal);
/// How the use of a usable entry by this request renews it.
Renewal renewal_by(const Deciding& d, const CacheSlot& slot, std::uint32_t connection,
                   std::uint64_t ordinal);
/// Takes the table's key into the vault although nothing is opened: a table that is encrypted was
/// asked.
void hold_key(Deciding& d, std::uint32_t table, sim::Time until);

/// A request has arrived at the router.
void admit(Deciding& d, Serving s);
/// Makes the event of a request that is served, its key at hand.
void serve(Deciding& d, Serving& s);
/// Whether the connection's workload is a closed loop; a step's is none.
bool is_closed_loop(const State& state, std::uint32_t connection);
/// Of a workload's request that failed: when it is sent again, in nanoseconds. 0: it is not, since
/// its workload has no more attempts or the exception would come again.
std::int64_t retry_time(const Deciding& d, const Serving& s, events::Exception exception);
/// Of a closed loop: when its user sends the next request, after it had this answer.
void plan_thought(const Deciding& d, Serving& s);
/// When the client has the answer.
sim::Time answered_at(const Deciding& d, const Serving& s);
/// Makes that of one that failed.
void fail(Deciding& d, Serving& s, events::Exception exception, events::KmsError kms_error,
          Uuid request);

}  // namespace tablekey::model
