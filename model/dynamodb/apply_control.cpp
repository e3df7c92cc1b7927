// What the control plane's answers change: jobs that make a table UPDATING, settings that take
// effect at once, and the eras (dynamodb.md 1.2, 0.3).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/process.h"

namespace tablekey::model {
namespace {

using Effect = events::ControlAnswered::Effect;
using events::JobKind;
using Tags = std::vector<std::pair<std::string, std::string>>;

void set_tags(Tags& tags, events::TableCall::Reader call) {
  for (const auto tag : call.getTags()) {
    const std::string name = tag.getName();
    const auto found = std::ranges::find(tags, name, &Tags::value_type::first);
    if (found == tags.end()) {
      tags.emplace_back(name, tag.getValue().cStr());
    } else {
      found->second = tag.getValue();
    }
  }
  for (const auto name : call.getTagKeys()) {
    const std::string gone = name;
    std::erase_if(tags, [&](const auto& tag) { return tag.first == gone; });
  }
  std::sort(tags.begin(), tags.end());
}

}  // namespace

void Applier::remember_exception(std::uint32_t step, events::Exception exception) {
  if (step != 0) result_of(step).exception = exception;
}

void Applier::control_requested(events::ControlRequested::Reader event) {
  const bool again = action_.kind == ActionKind::deliver_answer;
  std::uint32_t session = 0;
  if (again) {
    session = at(state_.calls, action_.a).session;
    free_call(action_.a);
  }
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  Call call;
  call.purpose = Purpose::control;
  call.operation = event.getKmsOperation();
  call.session =
      again ? session
            : session_of(state_.scenario().caller(step.getCaller(), step.getSession().cStr()));
  call.via_service = true;
  call.table = event.getTable();
  const Table& table = at(state_.tables, call.table);
  call.key = event.getKey() == kNone ? table.key : event.getKey();
  law(call.key < state_.keys.size(), "a call of the control plane is about a key");
  call.version =
      event.getVersion() == 0 ? static_cast<std::uint32_t>(table.keys.size()) : event.getVersion();
  law(call.operation != events::KmsOperation::DECRYPT ||
          (call.version != 0 && call.version <= table.keys.size()),
      "a table key that is opened is there");
  call.step = event.getStep();
  call.argument = event.getCopy();
  call.entity = state_.table_entity(call.table);
  call.ordinal = control_ordinal(event.getStep(), call.operation);
  open_call(event.getCall(), call, after(event.getLatency()), Priority::job);
  if (!again) next_copy_of(event.getStep(), event.getTable());
}

// A step stands for one call a copy of its table.
void Applier::next_copy_of(std::uint32_t step, std::uint32_t table) {
  if (table != kNone) return next_copy(step, table);
}

void Applier::control_answered(events::ControlAnswered::Reader event) {
  if (event.getCall() != kNone) {
    law(action_.kind == ActionKind::deliver_answer && action_.a == event.getCall(),
        "an answer comes of the call it names");
    free_call(event.getCall());
  } else {
    next_copy_of(event.getStep(), event.getTable());
  }
  remember_exception(event.getStep(), event.getException());
  if (event.getException() != events::Exception::NONE) return;
  switch (event.getEffect().which()) {
    case Effect::NONE:
    case Effect::LISTED:
      return;
    case Effect::JOB:
      return job_started(event);
    case Effect::SETTINGS:
      return settings_changed(event);
    case Effect::TIME_TO_LIVE:
      return time_to_live_set(event);
    case Effect::CONTINUOUS_BACKUPS:
      return continuous_backups_set(event);
    case Effect::GLOBAL_TABLE:
      return replica_effect(event);
    default:
      return backup_effect(event);
  }
}

void Applier::settings_changed(events::ControlAnswered::Reader event) {
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  law(step.isControl(), "settings are changed by a call of the control plane");
  const auto call = step.getControl();
  TableDetail& detail = at(state_.tables, event.getTable()).detail.make();
  switch (event.getOperation()) {
    case events::TableOperation::TAG_RESOURCE:
    case events::TableOperation::UNTAG_RESOURCE:
      return set_tags(detail.tags, call);
    case events::TableOperation::UPDATE_CONTRIBUTOR_INSIGHTS:
      detail.contributor_insights = call.getContributorInsights();
      return;
    default:
      return set_protection(event.getTable(), call);
  }
}

void Applier::set_protection(std::uint32_t index, events::TableCall::Reader call) {
  TableDetail& detail = at(state_.tables, index).detail.make();
  if (!call.getHasDeletionProtection() ||
      call.getDeletionProtection() == detail.deletion_protection) {
    return;
  }
  detail.deletion_protection = call.getDeletionProtection();
  detail.protection_changed = now();
}

void Applier::job_started(events::ControlAnswered::Reader event) {
  const std::uint32_t index = event.getTable();
  const auto started = event.getEffect().getJob();
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  law(step.isControl(), "a job is started by a call of the control plane");
  Table& table = at(state_.tables, index);
  law(table.lifecycle == Lifecycle::live, "a job is for a table that is there");
  set_protection(index, step.getControl());
  TableDetail& detail = table.detail.make();
  law(!detail.job.running, "a table has one job at a time");
  detail.job.running = true;
  detail.job.kind = started.getKind();
  detail.job.index = started.getIndex();
  detail.job.step = event.getStep();
  detail.job.started = now();
  if (started.getKind() == JobKind::TABLE_CLASS) {
    std::erase_if(detail.class_changes, [&](sim::Time change) {
      return now() - change >= settings_.dynamodb.table_class_window;
    });
    detail.class_changes.push_back(now());
  }
  detail.job.done = schedule(after(started.getDuration()), Priority::job, ActionKind::finish_job,
                             index, static_cast<std::uint32_t>(started.getKind()));
  switch (started.getKind()) {
    case JobKind::STREAM:
      return stream_effect(event);
    case JobKind::CREATE_INDEX:
    case JobKind::DELETE_INDEX:
      return index_effect(event);
    case JobKind::REPLICA:
      return replica_effect(event);
    default:
      return;
  }
}

// What the step asked for is there when its job is done.
void Applier::table_job_finished(events::TableJobFinished::Reader event) {
  const std::uint32_t index = event.getTable();
  TableDetail& detail = at(state_.tables, index).detail.make();
  const ConfigJob job = detail.job;
  law(job.running && job.kind == event.getKind() && job.index == event.getIndex(),
      "a job that is finished was running");
  const auto call = at(state_.scenario().reader().getSteps(), job.step - 1).getControl();
  detail.job = ConfigJob{};
  switch (event.getKind()) {
    case JobKind::BILLING:
      detail.provisioned = call.getProvisioned();
      if (detail.provisioned) detail.on_demand_reads = detail.on_demand_writes = 0;
      ++detail.billing_switches;
      [[fallthrough]];
    case JobKind::THROUGHPUT:
      if (call.getHasThroughput() || !detail.provisioned) {
        detail.read_capacity = call.getReadCapacity();
        detail.write_capacity = call.getWriteCapacity();
      }
      if (call.getHasOnDemandThroughput() && !detail.provisioned) {
        detail.on_demand_reads = call.getOnDemandReads();
        detail.on_demand_writes = call.getOnDemandWrites();
      }
      return split_for_throughput(index, now());
    case JobKind::TABLE_CLASS:
      detail.table_class = call.getTableClass();
      return;
    case JobKind::STREAM:
    case JobKind::CREATE_INDEX:
    case JobKind::DELETE_INDEX:
      return index_job_finished(index, event.getKind(), event.getIndex());
    default:
      return;
  }
}

}  // namespace tablekey::model
