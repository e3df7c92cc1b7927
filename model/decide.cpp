// The dispatch from what is due to who decides it.
#include "model/decide.h"

#include "model/draws.h"
#include "model/faults.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

void decide_step(Deciding& d) {
  const auto step = at(d.state.scenario().reader().getSteps(), d.action.a);
  switch (step.which()) {
    case events::Step::ASSUME_ROLE:
      return decide_role_assumed(d);
    case events::Step::KMS:
      return decide_kms_step(d);
    case events::Step::CREATE_TABLE:
    case events::Step::DELETE_TABLE:
    case events::Step::UPDATE_TABLE:
      return decide_table_step(d);
    case events::Step::DATA:
      return decide_data_step(d);
    case events::Step::CLOSE_CONNECTIONS:
      return decide_close_step(d);
    case events::Step::IAM:
      return decide_iam_step(d);
    case events::Step::FAULT:
      return decide_fault_step(d);
    case events::Step::CONTROL:
      return decide_control_step(d);
    case events::Step::REQUEST:
      return decide_request_step(d);
  }
  law(false, "a step is of a known kind");
}

void decide_answer(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  switch (call.purpose) {
    case Purpose::data_request:
      return decide_data_answer(d);
    case Purpose::control:
      return decide_control_answer(d);
    case Purpose::service_job:
      return decide_service_answer(d);
    case Purpose::refresh:
      return decide_refreshed(d);
    case Purpose::client:
      return decide_client_answer(d);
    case Purpose::retirement:
      return decide_retirement(d);
    default:
      return decide_process_answer(d);
  }
}

void decide_create(Deciding& d) {
  const std::uint32_t creator = d.state.family(d.action.a).creator;
  decide_table_creation(d, d.action.a,
                        creator == 0 ? 0 : 1 + at(d.state.latest_session, creator - 1), 0);
}

}  // namespace

std::uint32_t next_call(const State& state) {
  return state.free_calls.empty() ? static_cast<std::uint32_t>(state.calls.size())
                                  : state.free_calls.back();
}

namespace {

// One draw for the whole way; a fault may lengthen it.
sim::Duration whole_latency(const Deciding& d, std::uint64_t entity, std::uint64_t ordinal,
                            std::uint32_t table) {
  const sim::Duration drawn =
      d.settings().kms_latency.sample_duration(draw(d.random, entity, Draw::kms_latency, ordinal));
  if (d.state.faults.empty()) return drawn;
  const std::string& region =
      table == kNone ? d.state.scenario().region : d.state.table_region(table);
  return drawn + extra_latency(d, region, entity, ordinal);
}

}  // namespace

sim::Duration latency_there(const Deciding& d, std::uint64_t entity, std::uint64_t ordinal,
                            std::uint32_t table) {
  return whole_latency(d, entity, ordinal, table) / 2;
}

sim::Duration latency_back(const Deciding& d, std::uint64_t entity, std::uint64_t ordinal,
                           std::uint32_t table) {
  const sim::Duration whole = whole_latency(d, entity, ordinal, table);
  return whole - whole / 2;
}

void decide_start(const State& state, events::Event::Builder out) {
  out.setTime(state.scenario().start.nanoseconds());
  auto started = out.initRunStarted();
  started.setScenario(state.scenario().reader().getName());
  started.setSeed(state.scenario().seed);
}

namespace {

// What DynamoDB does by itself.
void decide_by_itself(Deciding& d) {
  switch (d.action.kind) {
    case ActionKind::finish_job:
      return decide_job_finished(d);
    case ActionKind::check_key:
    case ActionKind::archive_table:
    case ActionKind::finish_archival:
      return decide_key_check(d);
    case ActionKind::finish_backup:
    case ActionKind::expire_backup:
    case ActionKind::finish_export:
      return decide_backup_job(d);
    case ActionKind::archive_log:
    case ActionKind::take_snapshot:
      return decide_recovery_job(d);
    case ActionKind::expire_items:
      return decide_expiry(d);
    case ActionKind::write_entries:
    case ActionKind::backfill_index:
      return decide_index_job(d);
    case ActionKind::split_partition:
      return decide_split(d);
    case ActionKind::write_records:
    case ActionKind::change_shards:
      return decide_stream_job(d);
    case ActionKind::replicate:
    case ActionKind::change_replica:
      return decide_replica_job(d);
    case ActionKind::follow_switch:
      return decide_follow(d);
    case ActionKind::retire_grant:
      return decide_retirement(d);
    case ActionKind::change_era:
    case ActionKind::encrypt_table:
      return decide_era(d);
    case ActionKind::plan_poll:
    case ActionKind::poll_key:
      return decide_poll(d);
    case ActionKind::send_invalidations:
      return decide_invalidations(d);
    case ActionKind::invalidate_key:
      return decide_invalidated(d);
    case ActionKind::plan_fault:
    case ActionKind::begin_fault:
      return decide_random_fault(d);
    default:
      law(false, "an action is of a known kind");
  }
}

}  // namespace

void decide(const State& state, const sim::Random& random, Vault& vault, PhaseMemo& phases,
            events::Event::Builder out) {
  const auto due = state.agenda().next();
  law(due.has_value(), "something is due");
  Deciding d{state, random, vault, phases, state.agenda().front(), due->time, out};
  out.setTime(due->time.nanoseconds());
  out.setCause(d.action.cause);
  switch (d.action.kind) {
    case ActionKind::request:
      return decide_request(d);
    case ActionKind::pool_arrival:
      return decide_pool_arrival(d);
    case ActionKind::retry_request:
      return decide_retry(d);
    case ActionKind::answer_kms:
      return decide_kms_answer(d);
    case ActionKind::deliver_answer:
      return decide_answer(d);
    case ActionKind::resume_request:
      return decide_resumed(d);
    case ActionKind::refresh_key:
      return decide_refresh(d);
    case ActionKind::open_connection:
    case ActionKind::close_connection:
      return decide_connection(d);
    case ActionKind::step:
      return decide_step(d);
    case ActionKind::make_visible:
      return decide_visible(d);
    case ActionKind::create_key:
      return decide_key_created(d);
    case ActionKind::delete_key:
      return out.initKeyDeleted().setKey(d.action.a);
    case ActionKind::create_table:
      return decide_create(d);
    case ActionKind::activate_table:
    case ActionKind::fail_creation:
    case ActionKind::finish_deletion:
    case ActionKind::rewrap_data_keys:
    case ActionKind::complete_switch:
      return decide_table_job(d);
    case ActionKind::rotate_key:
      return decide_rotation(d);
    case ActionKind::expire_material:
      return decide_material_expiry(d);
    case ActionKind::sync_material:
      return decide_material_sync(d);
    case ActionKind::key_ready:
      return decide_key_ready(d);
    case ActionKind::store_change:
      return decide_store_change(d);
    case ActionKind::end_fault:
      return decide_fault_end(d);
    case ActionKind::end_run:
      out.initRunEnded().setReason(events::RunEnded::Reason::HORIZON);
      return;
    default:
      return decide_by_itself(d);
  }
}

}  // namespace tablekey::model
