// What random values are drawn for. A value is a pure function of (seed, entity, purpose, ordinal),
// so the numbers below are part of the product's behaviour: they never change, and new purposes go
// to the end.
#pragma once

#include <cstdint>

#include "sim/random.h"

namespace tablekey::model {

enum class Draw : std::uint16_t {
  gap = 1,        // until a connection's next request
  operation = 2,  // which operation it is
  item = 3,       // which item it touches
  request_latency = 4,
  kms_latency = 5,
  request_id = 6,  // of a KMS call
  propagation = 7,
  create_table = 8,
  delete_table = 9,
  sse_switch = 10,
  sse_switch_old_key_shown = 11,
  table_id = 12,
  grant_id_head = 13,
  grant_id_tail = 14,
  close = 15,              // whether a connection is among a share that is closed
  fault = 16,              // whether a fault that hits a share of calls hits this one
  store_change = 17,       // how long a custom key store connects or disconnects
  rotation_jitter = 18,    // of the date of an automatic rotation
  rotation_duration = 19,  // of an on-demand rotation
  index_delay = 20,        // until the next change of a table is in its index
  stream_delay = 21,       // until it is in the stream
  split_delay = 22,        // until a partition that has reached a limit is split
  backup_id = 23,          // of the last part of a backup's ARN
  backup_create = 24,      // how long a backup stays CREATING
  restore = 25,            // how long a restore takes
  export_duration = 26,    // how long an export takes
  backups_available = 27,  // from when on a new table can be backed up
  ttl_deletion = 28,       // how long after its time an item is deleted
  replication = 40,        // until a write reaches another replica
  replica_create = 41,     // how long making a replica takes
  replica_delete = 42,     // how long removing one takes
  table_job = 50,          // how long a change of a table's configuration takes
  archiving = 51,          // how long a table stays ARCHIVING
  archival_backup_id = 52,
  control_request_id = 53,  // of a KMS call that DynamoDB could not even address
  batch_item = 60,          // the second and further items of a workload's batch
  cache_jitter = 61,        // of a cached table key's lifetime, by the request that used or made it
  early_refresh = 62,       // whether a use renews it before its end
  service_time = 63,        // of a KMS call, where KMS is a queue
  phase = 70,               // of a modulated source; the first gap's second draw
  think = 71,               // how long a user thinks
  life = 72,                // how long a connection lives
  spread = 73,              // when within start_spread a connection opens
  dispatch = 74,            // the connection of a pool that a request goes to
  pool_table = 75,          // the copy of its table
  back_off = 76,            // until a request that failed is sent again
  item_size = 77,           // of a written value
  poll_phase = 80,          // from when on a cache polls
  poll_id = 81,             // of the request id of a poll
  push_delay = 82,          // until a message about a key reaches a cache
  push_loss = 83,           // whether it ever does
  fault_gap = 84,           // until a random source's next fault
  fault_duration = 85,      // how long it lasts
  fault_router = 86,        // whether a fault of a share of routers is about this one
};

inline sim::Bits128 draw(const sim::Random& random, std::uint64_t entity, Draw purpose,
                         std::uint64_t ordinal) {
  return random.draw(entity, static_cast<std::uint16_t>(purpose), ordinal);
}

/// The same bits in the form of a random UUID (RFC 4122, version 4), as AWS's request and table ids
/// have it.
inline sim::Bits128 as_uuid(sim::Bits128 bits) {
  bits.high = (bits.high & ~std::uint64_t{0xf000}) | 0x4000;
  bits.low = bits.low >> 2 | std::uint64_t{1} << 63;
  return bits;
}

}  // namespace tablekey::model
