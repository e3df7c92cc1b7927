// What a due action becomes: exactly one event, built in place. It reads State, draws, and uses the
// vault; it changes nothing. Everything it chose stands in the event.
#pragma once

#include "event.capnp.h"
#include "model/clients/arrivals_phase.h"
#include "model/state.h"
#include "model/vault.h"
#include "sim/random.h"

namespace tablekey::model {

/// What a decision may look at, and where its event goes.
struct Deciding {
  const State& state;
  const sim::Random& random;
  Vault& vault;
  PhaseMemo& phases;
  Action action;
  sim::Time now;
  events::Event::Builder out;

  const Settings& settings() const { return state.settings(); }
};

/// Decides the first event of a run.
void decide_start(const State& state, events::Event::Builder out);

/// Decides the action that is due in `state`, which must have one.
void decide(const State& state, const sim::Random& random, Vault& vault, PhaseMemo& phases,
            events::Event::Builder out);

/// The number of the KMS call that the next opened one will have.
std::uint32_t next_call(const State& state);

/// Half of a KMS call's latency on the way there, the rest on the way back; one draw for both.
/// `table`: for which it is made; KMS is that of its Region (kNone: of the scenario's).
sim::Duration latency_there(const Deciding& d, std::uint64_t entity, std::uint64_t ordinal,
                            std::uint32_t table = kNone);
sim::Duration latency_back(const Deciding& d, std::uint64_t entity, std::uint64_t ordinal,
                           std::uint32_t table = kNone);

// ---- the sub-rooms' parts ----
void decide_kms_answer(Deciding& d);  // kms/decide.cpp: answer_kms
void decide_kms_step(Deciding& d);    // kms/decide.cpp: a step that calls KMS
void decide_key_created(Deciding& d);
void decide_visible(Deciding& d);
void decide_role_assumed(Deciding& d);
void decide_rotation(Deciding& d);         // kms/operations/rotation.cpp: rotate_key
void decide_material_expiry(Deciding& d);  // kms/operations/import.cpp: expire_material
void decide_material_sync(Deciding& d);    // kms/operations/replicas.cpp: sync_material
void decide_key_ready(Deciding& d);        // kms/operations/replicas.cpp: key_ready
void decide_store_change(Deciding& d);     // kms/operations/stores.cpp: store_change
void decide_iam_step(Deciding& d);         // iam_step.cpp: a step that changes an identity
void decide_fault_step(Deciding& d);       // faults.cpp: a step that starts a fault
void decide_fault_end(Deciding& d);        // faults.cpp: end_fault
void decide_random_fault(Deciding& d);     // faults.cpp: plan_fault, begin_fault
void decide_table_creation(Deciding& d, std::uint32_t table, std::uint32_t session,
                           std::uint32_t step);
void decide_process_answer(Deciding& d);  // dynamodb/decide.cpp: deliver_answer of a process
void decide_table_job(Deciding& d);       // activate, fail, finish, rewrap, complete
void decide_table_step(Deciding& d);      // a step that creates, deletes or updates a table
void decide_request(Deciding& d);         // clients/decide_arrivals.cpp: an arrival
void decide_pool_arrival(Deciding& d);    // likewise, of a pool
void decide_retry(Deciding& d);           // likewise, of a request that failed before
void decide_data_step(Deciding& d);       // clients/decide.cpp
void decide_data_answer(Deciding& d);     // deliver_answer of a data request
void decide_resumed(Deciding& d);
void decide_connection(Deciding& d);  // open, close
void decide_close_step(Deciding& d);
void decide_refresh(Deciding& d);        // clients/refresh.cpp: refresh_key
void decide_refreshed(Deciding& d);      // deliver_answer of one
void decide_poll(Deciding& d);           // clients/polling.cpp: plan_poll, poll_key
void decide_invalidations(Deciding& d);  // clients/invalidation.cpp: send_invalidations
void decide_invalidated(Deciding& d);    // invalidate_key
void decide_request_step(Deciding& d);  // clients/requests.cpp: a data step with all its parameters
void decide_client_answer(Deciding& d);   // deliver_answer of client-side encryption
void decide_control_step(Deciding& d);    // dynamodb/control.cpp: a step on the control plane
void decide_control_answer(Deciding& d);  // deliver_answer of one
void decide_job_finished(Deciding& d);    // finish_job
void decide_key_check(Deciding& d);       // dynamodb/key_check.cpp: check_key, archive_table…
void decide_retirement(Deciding& d);      // dynamodb/decide.cpp: retire_grant, and its answer
void decide_follow(Deciding& d);          // dynamodb/switch_steps.cpp: follow_switch
void decide_era(Deciding& d);             // dynamodb/eras.cpp: change_era, encrypt_table
void decide_backup_job(Deciding& d);      // dynamodb/backups.cpp: backups, exports
void decide_recovery_job(Deciding& d);    // dynamodb/recovery.cpp: archive_log, take_snapshot
void decide_expiry(Deciding& d);          // dynamodb/time_to_live.cpp: expire_items
void decide_service_answer(Deciding& d);  // dynamodb/service_jobs.cpp: deliver_answer of a job
void decide_index_job(Deciding& d);       // dynamodb/indexes.cpp: write_entries, backfill_index
void decide_split(Deciding& d);           // dynamodb/partitions.cpp: split_partition
void decide_stream_job(Deciding& d);      // dynamodb/streams.cpp: write_records, change_shards
void decide_replica_job(Deciding& d);     // dynamodb/replicas.cpp: replicate, change_replica

}  // namespace tablekey::model
