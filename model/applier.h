// What the parts of apply() share. Private to model/.
#pragma once

#include <span>

#include "model/apply.h"
#include "model/law.h"

namespace tablekey::model {

/// A time as events have it.
inline sim::Time time_of(std::int64_t nanoseconds) {
  return sim::Time::from_nanoseconds(nanoseconds);
}

/// One change of one item, however it came about.
struct ItemWrite {
  std::uint32_t table = 0, item = 0;
  std::uint32_t version = 0, size = 0;
  bool deleted = false;
  std::uint64_t tag_high = 0, tag_low = 0;
  std::uint64_t iv_head = 0;
  std::uint32_t iv_tail = 0;
  std::span<const std::uint8_t> sealed;  ///< of a given value; empty: generated
  sim::Time expires;
  std::uint32_t origin = kNone;  ///< kNone: the table's own
  bool by_service = false;       ///< TTL
  bool replicated = false;       ///< it came from another replica
  sim::Time written;             ///< replicated: when and where
  std::uint32_t writer = kNone;
};

/// A data request that was served, as its event says it.
struct ServedRequest {
  std::uint32_t connection = 0;
  events::Access via{};
  std::int64_t next = 0;
  std::uint32_t key_jitter = 0;
  bool refresh = false;
  std::uint64_t bytes = 0;
  std::int64_t latency = 0;
};

/// A request that failed and is sent again.
struct FailedRequest {
  std::uint32_t connection = 0, item = 0;
  events::DataOperation operation{};
  std::uint8_t attempt = 0;
};

class Applier {
 public:
  explicit Applier(State& state) : state_(state), settings_(state.settings()) {}
  void apply(events::Event::Reader event);

 private:
  // apply.cpp: the run and the agenda
  void take_action(events::Event::Reader event);
  void apply_by_itself(events::Event::Reader event);
  void apply_to_table(events::Event::Reader event);
  void apply_service_work(events::Event::Reader event);
  void apply_to_caches(events::Event::Reader event);
  void run_started();
  void start_keys();
  void start_sessions();
  void start_steps();
  void start_tables();
  void start_workloads();
  void start_eras();
  sim::Handle schedule(sim::Time time, Priority priority, ActionKind kind, std::uint32_t a,
                       std::uint32_t b = 0);
  sim::Time after(std::int64_t delay) const;  // a time that an event sets, as a delay from now
  std::uint32_t session_of(std::uint32_t identity) const;  // 1 + identity -> 1 + session

  // kms/apply.cpp: answers, and what concerns a key as a whole
  void kms_answered(events::Event::KmsAnswered::Reader event);
  void kms_effect(const events::Event::KmsAnswered::Reader& event);
  void used(const events::Event::KmsAnswered::Reader& event);
  void schedule_deletion(std::uint32_t key, sim::Time date);
  void remember_result(const events::Event::KmsAnswered::Reader& event);
  void key_state_effect(const events::Event::KmsAnswered::Reader& event);
  void key_settings_effect(const events::Event::KmsAnswered::Reader& event);
  void key_made(const events::Event::KmsAnswered::Reader& event);
  void key_created(events::KeyCreated::Reader event);
  void key_ready(std::uint32_t key);
  void key_deleted(std::uint32_t key);
  /// Sets up a key as the scenario describes it, with its first material (kNone: none yet).
  void make_key(std::uint32_t key, capnp::Data::Reader material_id, std::uint64_t check_value);
  /// Brings the state that a key shows in step with the facts, and lets the data plane see it at
  /// `visible_at`.
  void settle_key_state(std::uint32_t key, sim::Time visible_at);
  void pend(PendingChange change);
  void change_visible(events::Change kind, std::uint32_t key);
  void make_effective(const PendingChange& change);
  void role_assumed(events::RoleAssumed::Reader event);
  void answer_waits(std::uint32_t call, const events::Event::KmsAnswered::Reader& event);
  std::uint32_t open_call(std::uint32_t expected, const Call& call, sim::Time answer_at,
                          Priority priority);
  void free_call(std::uint32_t call);
  void count_requests(const events::Event::KmsAnswered::Reader& event);  // kms/quota.cpp

  // kms/apply_grants.cpp: grants, aliases, identity policies
  void create_grant(const events::Event::KmsAnswered::Reader& event);
  void end_grant(std::uint32_t grant, sim::Time visible_at);
  void alias_effect(const events::Event::KmsAnswered::Reader& event);
  void drop_aliases(std::uint32_t key);  // of a key that is gone
  void start_aliases();                  // those of the keys that are there from the start
  void iam_answered(events::IamAnswered::Reader event);
  void make_alias_effective(const PendingChange& change);
  void make_identity_effective(const PendingChange& change);
  void make_tags_effective(const PendingChange& change);

  // kms/apply_materials.cpp: rotation and imported material
  void rotation_effect(const events::Event::KmsAnswered::Reader& event);
  void rotation_started(const events::Event::KmsAnswered::Reader& event);
  void key_rotated(events::KeyRotated::Reader event);
  void import_parameters(const events::Event::KmsAnswered::Reader& event);
  void material_imported(const events::Event::KmsAnswered::Reader& event);
  void material_deleted(const events::Event::KmsAnswered::Reader& event);
  void material_expired(events::KeyMaterialEvent::Reader event);
  void material_synchronized(events::KeyMaterialEvent::Reader event);
  void add_drawn_material(std::uint32_t key, events::KeyRotated::Reader event);
  void add_imported_material(std::uint32_t key, events::KmsEffect::MaterialImported::Reader effect,
                             std::uint32_t source);
  void set_expiry(std::uint32_t key, std::uint32_t material, sim::Time valid_to);
  void lose_material(std::uint32_t key, std::uint32_t material, sim::Time visible_at);
  /// Starts, stops or resumes a key's automatic rotation after its state or setting changed
  /// (kms.md 4.3).
  void plan_rotation(std::uint32_t key);
  void start_rotation(std::uint32_t key);  // of a key that is made with rotation on

  // kms/apply_stores.cpp: custom key stores, multi-Region sets, faults
  void occupy_server(const events::Event::KmsAnswered::Reader& event);  // kms/servers.cpp
  void store_effect(const events::Event::KmsAnswered::Reader& event);
  void store_changed(events::CustomKeyStoreChanged::Reader event);
  void start_stores();
  void connect_store(std::uint32_t store, const events::KmsEffect::CustomKeyStore::Reader& effect);
  void disconnect_store(std::uint32_t store,
                        const events::KmsEffect::CustomKeyStore::Reader& effect);
  void follow_store(std::uint32_t store, sim::Time visible_at);
  void primary_updated(const events::Event::KmsAnswered::Reader& event);
  void hand_over_rotation(std::uint32_t former, std::uint32_t next);
  void replica_made(std::uint32_t key, std::int64_t ready_at);
  void replica_deleted(std::uint32_t key);  // a primary that waited for it may now start its period
  void fault_started(events::FaultEvent::Reader event);
  void fault_ended(events::FaultEvent::Reader event);
  void settle_store_fault(events::Fault::Reader fault);

  // apply_faults.cpp: partitions, restarts, random sources
  void start_fault_sources();
  void fault_planned(events::FaultPlanned::Reader event);
  void plan_fault(std::uint32_t source, sim::Time from);
  void call_lost(events::CallLost::Reader event);
  void routers_restarted(events::RoutersRestarted::Reader event);

  // dynamodb/apply.cpp
  void table_creation_started(events::TableCreationStarted::Reader event);
  void table_key_created(events::TableKeyCreated::Reader event);
  void table_activated(events::Event::TableActivated::Reader event);
  void make_structures(std::uint32_t table);
  void start_pinned(const WorkloadView& workload, std::uint32_t copy);
  void table_request_refused(events::TableRequestRefused::Reader event);
  void table_deletion_started(events::TableDeletionStarted::Reader event);
  void table_deleted(events::Event::TableDeleted::Reader event);
  void sse_switch_started(events::SseSwitchStarted::Reader event);
  void data_keys_rewrapped(events::DataKeysRewrapped::Reader event);
  void sse_switch_completed(events::Event::SseSwitchCompleted::Reader event);
  void kms_answer_delivered(events::Event::KmsAnswerDelivered::Reader event);
  void check_asker(std::uint32_t key, std::uint32_t session) const;
  void open_process_call(std::uint32_t table, std::uint32_t expected, std::int64_t latency);
  void end_process(Table& table);
  void finish_switch(Table& table);
  void next_copy(std::uint32_t step, std::uint32_t table);
  void begin_deletion(std::uint32_t table, sim::Duration duration);
  static DataKey data_key_of(events::WrappedKey::Reader wrapped, std::uint32_t version);
  void remember_exception(std::uint32_t step, events::Exception exception);
  Process& begin_creation(std::uint32_t table, Uuid id, std::uint32_t key, std::uint32_t session,
                          std::uint32_t step);

  // dynamodb/apply_items.cpp
  void write_item(const ItemWrite& write);
  void write_item(events::ItemChange::Reader change, bool by_service, bool replicated);
  // Of a new structure; copy_of: the one whose data key it has, where that is not its parent.
  void set_data_key(Table& table, events::NewStructure::Reader made, std::uint32_t copy_of = kNone);
  void retire_structure(Table& table, std::uint32_t structure);

  // dynamodb/apply_control.cpp: what the control plane answered, jobs, the checker
  void control_requested(events::ControlRequested::Reader event);
  void control_answered(events::ControlAnswered::Reader event);
  void next_copy_of(std::uint32_t step, std::uint32_t table);
  void job_started(events::ControlAnswered::Reader event);
  void settings_changed(events::ControlAnswered::Reader event);
  void set_protection(std::uint32_t table, events::TableCall::Reader call);
  void table_job_finished(events::TableJobFinished::Reader event);
  void key_checked(events::KeyChecked::Reader event);
  void table_archival_started(events::TableArchivalStarted::Reader event);
  void table_archived(events::TableArchived::Reader event);
  void sse_switch_stalled(events::SseSwitchStalled::Reader event);
  void table_encrypted(events::TableEncrypted::Reader event);
  void write_entries_again(std::uint32_t table);
  void era_changed(std::uint32_t era);
  void start_detail(std::uint32_t table);  // of a table that becomes ACTIVE: its settings
  void end_detail(std::uint32_t table);    // of one that is gone
  void end_jobs(std::uint32_t table);      // cancels all that is pending in its detail

  // dynamodb/apply_key_check.cpp: the health checker, archival
  void watch_key(std::uint32_t key);      // something about a key changed: its tables are checked
  void watch_grant(std::uint32_t grant);  // it was made, or ended
  void plan_check(std::uint32_t table);   // the next look that may find another thing
  void set_key_flag(std::uint32_t table);
  void clear_key_flag(std::uint32_t table);
  void abort_archival(std::uint32_t table);
  void resume_jobs(std::uint32_t table);

  // dynamodb/apply_switch.cpp: a table moves to another key
  void accept_switch(std::uint32_t table);  // it was admitted: it counts
  void retire_made(std::uint32_t table);    // the grants of a process that failed half-way

  // dynamodb/apply_backups.cpp: backups, restores, exports
  void backup_effect(events::ControlAnswered::Reader event);
  void backup_started(events::ControlAnswered::Reader event);
  void restore_started(events::ControlAnswered::Reader event);
  void export_started(events::ControlAnswered::Reader event);
  void backup_finished(std::uint32_t backup);
  void backup_expired(std::uint32_t backup);
  void backup_over(std::uint32_t backup);
  void export_finished(events::ExportFinished::Reader event);
  /// Makes the backup of that number, the next one, with the table's present contents and keys. The
  /// caller says the rest: id, type, name, when it is available.
  Backup& copy_into_backup(std::uint32_t backup, std::uint32_t table);
  void keep_deleted(std::uint32_t table);  // its SYSTEM backup, just before its data goes
  /// A restore's target becomes ACTIVE: its items, before anything is made of them.
  void history_expired(events::Event::KmsAnswerDelivered::Reader event);
  void leave_local_indexes(std::uint32_t index);
  void restored_settings(std::uint32_t table);
  void restored(std::uint32_t table, capnp::List<events::ItemChange>::Reader given);
  void restore_over(const Process& process);  // done, or given up
  StepResult& result_of(std::uint32_t step);  // 1 + step

  // dynamodb/apply_recovery.cpp: point-in-time recovery
  void continuous_backups_set(events::ControlAnswered::Reader event);
  void log_archived(events::LogArchived::Reader event);
  void snapshot_taken(events::SnapshotTaken::Reader event);
  void log_undo(const ItemWrite& write);     // before the change is made
  void start_recovery(std::uint32_t table);  // point-in-time recovery from creation on
  void stop_recovery(std::uint32_t table);   // its history goes
  void rewind(Backup& copy, sim::Time time);
  void expire_history(std::uint32_t table);

  // dynamodb/apply_time_to_live.cpp
  void time_to_live_set(events::ControlAnswered::Reader event);
  void items_expired(events::ItemsExpired::Reader event);
  void plan_expiry(const ItemWrite& write);      // after it was made
  void forget_expiry(const ItemWrite& write);    // before
  void start_time_to_live(std::uint32_t table);  // from creation on: detail says the attribute
  void look_ahead(std::uint32_t table);

  // dynamodb/apply_service_jobs.cpp: copies of the table key that the service's jobs hold
  void service_key_requested(events::ServiceKeyRequested::Reader event);
  void service_key_answered(events::ServiceKeyAnswered::Reader event);
  void resume_job(events::ServiceJob job, std::uint32_t table, std::uint32_t argument,
                  sim::Time when);

  // dynamodb/apply_indexes.cpp, apply_streams.cpp, apply_partitions.cpp: global indexes, streams,
  // splits
  void index_entries_written(events::IndexEntriesWritten::Reader event);
  void index_backfilled(events::IndexBackfilled::Reader event);
  void index_effect(events::ControlAnswered::Reader event);  // JobStarted createIndex, deleteIndex
  void index_job_finished(std::uint32_t table, events::JobKind kind, std::uint32_t index);
  void partition_split(events::PartitionSplit::Reader event);
  void stream_records_written(events::StreamRecordsWritten::Reader event);
  void shards_changed(events::ShardsChanged::Reader event);
  void stream_effect(events::ControlAnswered::Reader event);  // JobStarted stream
  void start_indexes(std::uint32_t table);  // partitions, indexes and stream from creation on
  void end_streams(std::uint32_t table);    // the table is gone; its stream lives 24 h more
  void propagate(const ItemWrite& write, const State::ItemView& before);  // before: of the item
  void resume_split(std::uint32_t table, std::uint32_t structure, sim::Time when);
  void heat_partition(std::uint32_t table, std::uint32_t index, Partition& partition,
                      std::uint64_t half_reads, std::uint32_t writes);
  // The partition of a global index that has the item's entry; none has, if there is no entry.
  void heat_entry(std::uint32_t table, std::uint32_t index, std::uint32_t item, bool written);
  void heat_all(std::uint32_t table, std::uint64_t half_reads);
  // What a request took, against the table's OnDemandThroughput (dynamodb/on_demand.h).
  void consume(std::uint32_t table, std::uint64_t half_reads, std::uint64_t writes);
  void take_units(events::DataAnswered::Reader event, std::uint32_t indexed);
  std::uint32_t index_read(events::DataAnswered::Reader event) const;
  void note_reader(events::DataAnswered::Reader event);
  void heat(Table& table, std::uint32_t item, std::uint32_t half_reads, std::uint32_t writes);
  /// Splits what the table's provisioned throughput asks for, after it changed.
  void split_for_throughput(std::uint32_t table, sim::Time earliest = sim::Time());
  /// A job asks KMS: whatever else of it is pending waits for the answer, and is resumed with it.
  void pause_job(events::ServiceJob job, std::uint32_t table);
  void resume_indexes(std::uint32_t table, events::ServiceJob job, sim::Time when);
  // apply_partitions.cpp
  Partition& first_partition(std::uint32_t table);
  void count_item(const ItemWrite& write, const State::ItemView& before);
  void count_seal(std::uint32_t table, std::uint32_t structure, std::uint64_t bytes);
  bool wants_split(std::uint32_t table, std::uint32_t index, const Partition& partition) const;
  void consider_split(std::uint32_t table, std::uint32_t index, Partition& partition);
  std::vector<Partition>& partitions_of(std::uint32_t table, std::uint32_t index);
  void start_partitions(std::uint32_t table);
  void split_base(events::PartitionSplit::Reader event, std::size_t number);
  void take_groups(events::PartitionSplit::Reader event, Partition& child, std::uint32_t end);
  void split_index(events::PartitionSplit::Reader event, std::size_t number);
  void retire_partition(std::uint32_t table, std::uint32_t structure);
  void release_structures(std::uint32_t table);
  void move_items(std::uint32_t table, const Partition& former,
                  events::PartitionSplit::Reader event);
  // apply_indexes.cpp
  bool keeps_changes(std::uint32_t table) const;
  void queue_change(std::uint32_t table, std::uint32_t number, Backlog change);
  void queue_changes(const ItemWrite& write, const State::ItemView& before);
  void write_entry(std::uint32_t table, std::uint32_t index, const IndexEntry& entry,
                   std::uint32_t item);
  void count_first_entries(std::uint32_t table, std::uint32_t index, std::uint32_t from);
  void start_index(std::uint32_t table, std::uint32_t index, std::uint32_t structure);
  // apply_streams.cpp
  void start_stream(std::uint32_t table);
  void stream_job_finished(std::uint32_t table);
  void split_shards(std::uint32_t table, std::uint32_t former,
                    events::PartitionSplit::Reader event);
  void close_shards(Stream& stream);
  void plan_shards(std::uint32_t table);
  void trim_streams(std::uint32_t table);
  void end_former_stream(std::uint32_t number);

  // dynamodb/apply_replicas.cpp: global tables
  void items_replicated(events::ItemsReplicated::Reader event);
  void replica_changed(events::ReplicaChanged::Reader event);
  void replica_effect(events::ControlAnswered::Reader event);
  void replicate_later(const ItemWrite& write);  // after it was made
  void start_groups();
  void replica_key_flag(std::uint32_t table);  // its key was found lost, or usable again
  void replica_creating(std::uint32_t table);  // TableCreationStarted: if it is a replica's
  void replica_active(std::uint32_t table);    // TableActivated: likewise
  void replica_deleting(std::uint32_t table);
  void leave_group(std::uint32_t table);  // of one that is gone, or goes its own way
  void join_group(std::uint32_t group, std::uint32_t table);
  void end_replica_job(std::uint32_t table);
  void send_all(std::uint32_t source, std::uint32_t target);  // what a new replica has to see
  void queue_change(std::uint32_t source, std::uint32_t target, ReplicatedChange change);
  void drop_queues(std::uint32_t table);
  void hand_over(std::uint32_t leaving, std::uint32_t target, const ReplicatedChange& change);
  void wake_queue(std::uint32_t target, ReplicationQueue& queue, sim::Time when);
  void pause_replication(std::uint32_t table);
  void resume_replication(std::uint32_t table, sim::Time when);
  void replicated(ReplicaGroup& group, const ReplicatedChange& change,
                  events::ItemChange::Reader made, std::uint32_t target);
  std::uint32_t replicated_origin(ReplicaGroup& group, std::uint32_t origin, std::uint32_t behind);

  // clients/apply_requests.cpp: requests with all their parameters
  void data_answered(events::DataAnswered::Reader event);
  void use_entries(events::DataAnswered::Reader event, std::uint32_t made, std::uint32_t store);
  static std::uint32_t jitter_in(events::DataAnswered::Reader event, std::uint32_t connection);
  void remember_answer(events::DataAnswered::Reader event);
  void count_units(events::DataAnswered::Reader event);
  void client_key_requested(events::ClientKeyRequested::Reader event);
  void keep_answer(Request& request) const;

  // clients/apply_providers.cpp: caching providers of clients that encrypt
  Request subject_of(events::DataAnswered::Reader event) const;
  void begin_loading(const Request& request);
  void wait_for_provider(const Request& request, std::uint32_t waiter);
  std::uint32_t provider_answered(events::DataAnswered::Reader event, const Request& request);
  bool release(ClientProvider& provider, const Request& request);
  std::uint32_t stored_material(events::DataAnswered::Reader event, const Request& request,
                                std::uint32_t encryptor);
  void loaded_material(ClientProvider& provider, std::uint32_t material, bool newest);

  // clients/apply_refresh.cpp: renewal behind requests
  void plan_refresh(std::uint32_t connection);
  void key_refresh_requested(events::KeyRefreshRequested::Reader event);
  void key_refreshed(events::KeyRefreshed::Reader event);

  // clients/apply_polling.cpp, apply_invalidation.cpp: what reaches a cache from KMS unasked
  void arm_poll(std::uint32_t slot);
  void key_poll_planned(events::KeyPollPlanned::Reader event);
  void key_polled(events::KeyPolled::Reader event);
  void count_poll(events::KeyPolled::Reader event);  // kms/quota.cpp
  void make_quotas();
  void push_change(std::uint32_t key, sim::Time when, std::uint32_t table = kNone);
  void key_invalidations_sent(events::KeyInvalidationsSent::Reader event);
  void key_invalidated(events::KeyInvalidated::Reader event);

  // clients/apply.cpp
  void item_read(events::Event::ItemRead::Reader event);
  void item_written(events::Event::ItemWritten::Reader event);
  void items_read(events::Event::ItemsRead::Reader event);
  void request_failed(events::Event::RequestFailed::Reader event);
  void table_key_requested(events::Event::TableKeyRequested::Reader event);
  void request_waited(events::Event::RequestWaited::Reader event);
  void connection_opened(events::Event::ConnectionOpened::Reader event);
  void connection_closed(events::Event::ConnectionClosed::Reader event);
  void connections_closed(events::ConnectionsClosed::Reader event);
  std::uint32_t read_halves(std::uint32_t table, std::uint32_t item) const;
  void arrived(Connection& connection, std::uint32_t index, std::int64_t next);
  Request take_request(std::uint32_t index, events::DataOperation operation, std::int64_t next,
                       std::uint32_t key_jitter);
  void come_to(Connection& connection, std::uint32_t index, Request& request);
  std::uint32_t asked_version(events::Event::TableKeyRequested::Reader event) const;
  sim::Time step_expiry(std::uint32_t table, std::uint32_t step) const;
  void served(const ServedRequest& request);
  void answer_arrived(std::uint32_t key_jitter);
  void wake(const Call& call);
  void after_request(Connection& connection, std::uint32_t index);
  void open_life(Connection& connection, std::uint32_t index);
  void close_now(std::uint32_t connection);

  // clients/apply_arrivals.cpp: when requests come, and the lives of connections
  void plan_arrival(Connection& connection, std::uint32_t index, std::int64_t next);
  void pool_arrived(std::uint32_t connection, std::int64_t next);
  void open_pool(std::uint32_t workload, std::int64_t next);
  void plan_retry(std::int64_t when, const FailedRequest& failed);
  void in_use(Connection& connection);
  sim::Time answered_at(const Connection& connection, std::int64_t latency) const;
  void after_answer(Connection& connection, std::uint32_t index, std::int64_t next,
                    sim::Time answered);

  // clients/apply_cache.cpp: cached table keys and where they are
  void take_slot(Connection& connection, std::uint32_t index);
  void note_slot(const Connection& connection, Request& request) const;
  bool waits_on_own(const Connection& connection, std::uint32_t index) const;
  sim::Time wakes(const Request& waiter) const;
  void asked(CacheSlot& slot, std::uint32_t call);
  bool comes_late(const CacheSlot& slot, const Call& call) const;
  void insert_entry(std::uint32_t slot, std::uint32_t version, std::uint32_t key_jitter);
  void use_entry(std::uint32_t slot, std::uint32_t key_jitter, std::uint64_t bytes);
  void drop_entry(CacheSlot& slot, events::Miss why);
  void empty_slot(std::uint32_t slot, events::Miss why);  // and nothing under way fills it
  void remember_denial(CacheSlot& slot, const Call& call);
  void drop_entries(std::uint32_t table);
  void drop_all_entries();
  void move_to_newest(std::uint32_t slot);
  void unlink(CacheSlot& slot);

  sim::Time now() const { return state_.now_; }

  State& state_;
  const Settings& settings_;
  Action action_;  // the one the event came of
  // of the item that is being written: its former record, where somebody has yet to see the change
  std::vector<std::uint8_t> former_record_;
  std::uint64_t number_ = 0;  // of the event
};

}  // namespace tablekey::model
