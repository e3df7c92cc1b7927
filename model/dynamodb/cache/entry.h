// A plaintext table key in a cache, and the place where it is cached. The bytes are the vault's.
#pragma once

#include <cstdint>

#include "event.capnp.h"
#include "model/boxed.h"
#include "model/dynamodb/table_state.h"
#include "sim/agenda.h"
#include "sim/time.h"

namespace tablekey::model {

/// Who may use a table key until when.
struct CacheEntry {
  std::uint32_t version = 0;  ///< of the table key; 0: no entry
  sim::Time created;          ///< when the answer to its Decrypt arrived
  sim::Time last_used;
  std::uint32_t age_jitter = 0;  ///< factor on max_age, times 2^31, drawn when it was made; 0: none
  std::uint32_t idle_jitter = 0;  ///< on idle_timeout, drawn when it was last used
  std::uint32_t uses = 0;         ///< since it was made, the request that made it excepted
  std::uint64_t bytes = 0;        ///< likewise
};

/// What most slots never need.
struct CacheSlotExtras {
  sim::Time denied_until;  ///< a denial is remembered so long
  events::KmsError denial{};
  std::uint64_t denial_request_high = 0, denial_request_low = 0;
  sim::Time last_renewal;  ///< storm: when a request last went to renew the entry
  std::uint32_t in_flight = 0;
  sim::Handle poll = sim::kNoHandle;
  bool poll_planned = false;                   ///< its phase is drawn
  sim::Time first_poll;                        ///< polls come every interval, counted from here
  std::uint64_t polls = 0;                     ///< so far: ordinal of their draws
  std::uint64_t pushes = 0;                    ///< messages so far, likewise
  std::uint32_t newer = kNone, older = kNone;  ///< neighbours in its cache, by last use
};

/// Where one cache keeps one table's key (cache-theory.md 1: a cache domain and a table key).
struct CacheSlot {
  std::uint32_t cache = 0;  ///< index into State.caches
  std::uint32_t table = 0;
  CacheEntry entry;
  events::Miss lost{};            ///< why there is no entry
  std::uint32_t generation = 0;   ///< rises when all that was under way is void: nothing is kept
  std::uint32_t call = kNone;     ///< the Decrypt that requests may wait for
  std::uint32_t refresh = kNone;  ///< the Decrypt that renews the entry behind requests
  sim::Handle refresh_due = sim::kNoHandle;
  Boxed<CacheSlotExtras> extras;
};

/// One cache: of a connection, principal, caller or router.
struct Cache {
  std::uint64_t domain = 0;  ///< see cache_domain()
  std::uint32_t entries = 0;
  std::uint32_t newest = kNone, oldest = kNone;  ///< slots, where there is a capacity
};

}  // namespace tablekey::model
