// What the parts of apply() share. Private to model/.
#pragma once

#include "model/apply.h"
#include "model/law.h"

namespace tablekey::model {

class Applier {
 public:
  explicit Applier(State& state) : state_(state), settings_(state.scenario().settings()) {}
  void apply(events::Event::Reader event);

 private:
  // apply.cpp: the run and the agenda
  void take_action(events::Event::Reader event);
  void run_started();
  void start_sessions();
  void start_steps();
  void start_tables();
  void start_workloads();
  sim::Handle schedule(sim::Time time, Priority priority, ActionKind kind, std::uint32_t a,
                       std::uint32_t b = 0);
  sim::Time after(std::int64_t delay) const;  // a time that an event sets, as a delay from now
  std::uint32_t session_of(std::uint32_t identity) const;  // 1 + identity -> 1 + session

  // kms/apply.cpp
  void kms_answered(events::Event::KmsAnswered::Reader event);
  void key_effect(std::uint32_t key, events::KmsEffect::Reader effect,
                  events::KmsOperation operation);
  void change_key_state(std::uint32_t key, events::KeyState to, sim::Time visible_at,
                        sim::Time deletion_date, events::KmsOperation operation);
  void create_grant(const events::Event::KmsAnswered::Reader& event,
                    events::KmsEffect::GrantCreated::Reader effect);
  void end_grant(std::uint32_t grant, sim::Time visible_at);
  void pend(PendingChange change);
  void change_visible(events::Change kind, std::uint32_t key);
  void make_effective(const PendingChange& change);
  void key_created(events::KeyCreated::Reader event);
  void key_deleted(std::uint32_t key);
  void role_assumed(events::RoleAssumed::Reader event);
  void answer_waits(std::uint32_t call, const events::Event::KmsAnswered::Reader& event);
  std::uint32_t open_call(std::uint32_t expected, const Call& call, sim::Time answer_at,
                          Priority priority);
  void free_call(std::uint32_t call);

  // dynamodb/apply.cpp
  void table_creation_started(events::TableCreationStarted::Reader event);
  void table_key_created(events::TableKeyCreated::Reader event);
  void table_activated(events::Event::TableActivated::Reader event);
  void drop_entries(std::uint32_t table);
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

  // clients/apply.cpp
  std::size_t value_size(std::uint32_t step, std::uint32_t table) const;
  void item_read(events::Event::ItemRead::Reader event);
  void item_written(events::Event::ItemWritten::Reader event);
  void items_read(events::Event::ItemsRead::Reader event);
  void request_failed(events::Event::RequestFailed::Reader event);
  void table_key_requested(events::Event::TableKeyRequested::Reader event);
  void request_waited(events::Event::RequestWaited::Reader event);
  void connection_opened(events::Event::ConnectionOpened::Reader event);
  void connection_closed(std::uint32_t connection);
  void connections_closed(events::ConnectionsClosed::Reader event);
  void arrived(Connection& connection, std::uint32_t index, std::int64_t next);
  void served(Connection& connection, std::uint32_t index, events::Access via, std::int64_t next);
  void answer_arrived(Connection& connection);
  void wake(const Call& call);
  void after_request(Connection& connection, std::uint32_t index);
  void open_life(Connection& connection, std::uint32_t index);
  void close_now(Connection& connection);
  void drop_entry(Connection& connection);
  void insert_entry(Connection& connection, std::uint32_t version);

  sim::Time now() const { return state_.now_; }

  State& state_;
  const Settings& settings_;
  Action action_;             // the one the event came of
  std::uint64_t number_ = 0;  // of the event
};

}  // namespace tablekey::model
