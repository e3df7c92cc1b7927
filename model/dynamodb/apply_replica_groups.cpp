// Who is in a global table: replicas come, lose their keys, and go (dynamodb.md 7.2).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/replicas.h"

namespace tablekey::model {
namespace {

using events::ReplicaStatus;

// The step that makes or removes replicas, if this one does; the table that it is made at.
std::uint32_t asked_at(const State& state, std::uint32_t step, std::uint32_t copy) {
  if (step == 0) return kNone;
  const auto asked = at(state.scenario().reader().getSteps(), step - 1);
  if (!asked.isControl() || asked.getControl().getReplicaChanges().size() == 0) return kNone;
  const std::uint32_t family = asked.getControl().getTable();
  if (family == kNone || copy >= at(state.scenario().families, family).copies) return kNone;
  return state.scenario().families[family].first_table + copy;
}

// The first of the tables that are replicas of one group from the start, by the group's number.
// Families with copies have a group for each.
std::uint32_t first_of_group(const ScenarioView& scenario, std::uint32_t number) {
  const auto tables = scenario.reader().getTables();
  for (std::uint32_t family = 0; family < tables.size(); ++family) {
    if (tables[family].getGlobalTable() == number) return family;
  }
  return kNone;
}

std::uint32_t copies_of_group(const ScenarioView& scenario, std::uint32_t number) {
  const std::uint32_t family = first_of_group(scenario, number);
  return family == kNone ? 0 : scenario.families[family].copies;
}

std::uint32_t start_group(const State& state, std::uint32_t table) {
  const ScenarioView& scenario = state.scenario();
  const std::uint32_t number =
      scenario.reader().getTables()[state.tables[table].family].getGlobalTable();
  if (number == 0 || state.tables[table].creations != 1) return kNone;
  std::uint32_t group = state.tables[table].copy;
  for (std::uint32_t before = 1; before < number; ++before) {
    group += copies_of_group(scenario, before);
  }
  return group;
}

// A member that can tell a new one what there is.
std::uint32_t live_member(const State& state, const ReplicaGroup& group) {
  for (const std::uint32_t member : group.tables) {
    if (takes_writes(state, member)) return member;
  }
  return kNone;
}

}  // namespace

// Tables that are replicas from the start join when they are created.
void Applier::start_groups() {
  const ScenarioView& scenario = state_.scenario();
  const auto tables = scenario.reader().getTables();
  std::uint32_t groups = 0;
  for (const auto table : tables) groups = std::max(groups, table.getGlobalTable());
  for (std::uint32_t number = 1; number <= groups; ++number) {
    const std::uint32_t family = first_of_group(scenario, number);
    if (family == kNone) continue;
    for (std::uint32_t i = 0; i < copies_of_group(scenario, number); ++i) {
      ReplicaGroup& group = state_.groups.emplace_back();
      group.name = tables[family].getName();
      group.version_2017 = tables[family].getGlobalTableVersion() == "2017.11.29";
    }
  }
}

void Applier::join_group(std::uint32_t group, std::uint32_t table) {
  TableDetail& detail = state_.tables[table].detail.make();
  law(detail.group == 0, "a table is in one group at a time");
  detail.group = group + 1;
  detail.replica_status = ReplicaStatus::CREATING;
  at(state_.groups, group).tables.push_back(table);
}

// What is written elsewhere from now on waits for it, and all that was written before.
void Applier::replica_creating(std::uint32_t table) {
  Table& made = state_.tables[table];
  const std::uint32_t first = asked_at(state_, made.process.step, made.copy);
  std::uint32_t group = start_group(state_, table);
  if (first != kNone) {
    if (group_of(state_, first) == nullptr) {
      group = static_cast<std::uint32_t>(state_.groups.size());
      state_.groups.emplace_back().name = state_.table_name(first);
      join_group(group, first);
      state_.tables[first].detail.make().replica_status = ReplicaStatus::ACTIVE;
    }
    group = state_.tables[first].detail->group - 1;
    ConfigJob& job = state_.tables[first].detail.make().job;
    job = ConfigJob{};
    job.running = true;
    job.kind = events::JobKind::REPLICA;
    job.index = table;
    job.step = made.process.step;
    job.started = now();
  }
  if (group == kNone) return;
  const std::uint32_t source =
      first != kNone ? first : live_member(state_, at(state_.groups, group));
  join_group(group, table);
  made.process.source = source;
  if (source != kNone) {
    made.generated_origin = state_.tables[source].generated_origin;
    return send_all(source, table);
  }
  const std::uint32_t root = first_table_of(state_, table);
  if (root == table) return;
  made.generated_origin = static_cast<std::uint32_t>(state_.origins.size());
  state_.origins.push_back({state_.table_entity(root), 1});
}

void Applier::replica_active(std::uint32_t table) {
  if (group_of(state_, table) == nullptr) return;
  TableDetail& detail = state_.tables[table].detail.make();
  detail.replica_status = ReplicaStatus::ACTIVE;
  end_replica_job(table);
  for (ReplicationQueue& queue : detail.replication) wake_queue(table, queue, now());
}

// It takes no more writes; what it wrote itself still goes out.
void Applier::replica_deleting(std::uint32_t table) {
  if (group_of(state_, table) == nullptr) return;
  const Table& going = state_.tables[table];
  state_.tables[table].detail.make().replica_status = ReplicaStatus::DELETING;
  drop_queues(table);
  const std::uint32_t first = asked_at(state_, going.process.step, going.copy);
  if (first == kNone || first == table) return;
  ConfigJob& job = state_.tables[first].detail.make().job;
  job = ConfigJob{};
  job.running = true;
  job.kind = events::JobKind::REPLICA;
  job.index = table;
  job.step = going.process.step;
  job.started = now();
}

// The table at which the replica was asked for, or its removal, is no longer UPDATING.
void Applier::end_replica_job(std::uint32_t table) {
  const ReplicaGroup* group = group_of(state_, table);
  if (group == nullptr) return;
  for (const std::uint32_t member : group->tables) {
    const ConfigJob& job = state_.tables[member].detail->job;
    if (!job.running || job.kind != events::JobKind::REPLICA || job.index != table) continue;
    state_.tables[member].detail.make().job = ConfigJob{};
  }
}

// One that stays alone is an ordinary table again, unless its group was made by CreateGlobalTable.
void Applier::leave_group(std::uint32_t table) {
  if (group_of(state_, table) == nullptr) return;
  end_replica_job(table);
  ReplicaGroup& group = state_.groups[state_.tables[table].detail->group - 1];
  std::erase(group.tables, table);
  drop_queues(table);
  TableDetail& detail = state_.tables[table].detail.make();
  state_.agenda_.cancel(detail.replica_timer);
  detail.replica_timer = sim::kNoHandle;
  detail.group = 0;
  detail.replica_status = ReplicaStatus::NONE;
  detail.replica_inaccessible = sim::Time();
  const std::vector<std::uint32_t> others = group.tables;
  for (const std::uint32_t other : others) {
    auto& queues = state_.tables[other].detail.make().replication;
    const auto from = std::find_if(queues.begin(), queues.end(),
                                   [table](const auto& queue) { return queue.source == table; });
    if (from == queues.end()) continue;
    const std::vector<ReplicatedChange> unseen = from->changes;
    state_.agenda_.cancel(from->due);
    queues.erase(from);
    for (const ReplicatedChange& change : unseen) hand_over(table, other, change);
  }
  if (group.tables.size() == 1 && !group.version_2017) leave_group(group.tables.front());
}

// The health checker's finding (dynamodb.md 2.8): from then on the replica is flagged, and after a
// while it leaves.
void Applier::replica_key_flag(std::uint32_t table) {
  if (group_of(state_, table) == nullptr) return;
  TableDetail& detail = state_.tables[table].detail.make();
  state_.agenda_.cancel(detail.replica_timer);
  detail.replica_timer = sim::kNoHandle;
  const bool flagged = detail.replica_status == ReplicaStatus::INACCESSIBLE_ENCRYPTION_CREDENTIALS;
  if (!detail.inaccessible) {
    if (flagged) detail.replica_status = ReplicaStatus::ACTIVE;
    detail.replica_inaccessible = sim::Time();
    return;
  }
  if (detail.replica_status == ReplicaStatus::DELETING) return;
  detail.replica_status = ReplicaStatus::INACCESSIBLE_ENCRYPTION_CREDENTIALS;
  detail.replica_inaccessible = now();
  detail.replica_timer = schedule(now() + settings_.dynamodb.replica_leaves_after, Priority::job,
                                  ActionKind::change_replica, table);
}

void Applier::replica_changed(events::ReplicaChanged::Reader event) {
  const std::uint32_t table = event.getTable();
  law(group_of(state_, table) != nullptr, "a replica that changes is in a group");
  TableDetail& detail = state_.tables[table].detail.make();
  law(event.getGroup() + 1 == detail.group, "a replica changes in its own group");
  detail.replica_timer = sim::kNoHandle;
  if (event.getStatus() == ReplicaStatus::NONE) return leave_group(table);
  law(detail.replica_status == ReplicaStatus::CREATING &&
          event.getStatus() == ReplicaStatus::ACTIVE,
      "a replica that is made becomes ACTIVE");
  replica_active(table);
}

// CreateGlobalTable and UpdateGlobalTable: tables that are there already become replicas, or cease
// to be (version 2017.11.29).
void Applier::replica_effect(events::ControlAnswered::Reader event) {
  const auto effect = event.getEffect();
  if (!effect.isGlobalTable()) return;  // a setting of a replica: a job like any other
  const std::uint32_t group = effect.getGlobalTable().getGroup();
  const sim::Time until = after(effect.getGlobalTable().getUntil());
  const auto call = at(state_.scenario().reader().getSteps(), event.getStep() - 1).getControl();
  law(group <= state_.groups.size(), "groups are numbered in order");
  if (group == state_.groups.size()) {
    ReplicaGroup& made = state_.groups.emplace_back();
    made.name = call.getGlobalTableName();
    made.version_2017 = true;
  }
  for (const auto change : call.getReplicaChanges()) {
    if (change.getTable() == kNone) continue;
    const std::uint32_t table =
        at(state_.scenario().families, change.getTable()).first_table + event.getCopy();
    if (change.getKind() == events::ReplicaChange::Kind::DELETE) {
      leave_group(table);
      continue;
    }
    if (change.getKind() != events::ReplicaChange::Kind::CREATE) continue;
    join_group(group, table);
    state_.tables[table].detail.make().replica_timer =
        schedule(until, Priority::job, ActionKind::change_replica, table);
  }
}

}  // namespace tablekey::model
