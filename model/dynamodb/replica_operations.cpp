// The control plane of global tables: ReplicaUpdates of UpdateTable (version 2019.11.21), and the
// operations of version 2017.11.29 (dynamodb.md 7.2).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "events/text.h"
#include "model/draws.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/process.h"
#include "model/dynamodb/realms.h"
#include "model/dynamodb/replica_keys.h"
#include "model/dynamodb/replicas.h"
#include "model/dynamodb/table_operation.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace replicas {
namespace {

using events::Exception;
using events::TableOperation;
using Kind = events::ReplicaChange::Kind;
using events::text;

// ---- UpdateTable ReplicaUpdates
// ------------------------------------------------------------------

constexpr std::string_view kLocalRegion =
    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, "
    "DeleteTable, or UpdateTable as required.";
constexpr std::string_view kNoSuchReplica =
    "Replica specified in the Replica Update or Replica Delete action of the request was not "
    "found.";

events::ReplicaChange::Reader change_of(const TableRequest& request) {
  return request.parameters.getReplicaChanges()[0];
}

std::string_view region_of(const State& state, events::ReplicaChange::Reader change) {
  if (change.getRegion().size() != 0 || change.getTable() == kNone) return text(change.getRegion());
  return state.scenario().realm_region(at(state.scenario().families, change.getTable()).realm);
}

/// The table that the change is about: the member in that Region, or the one that a Create makes.
std::uint32_t replica_of(const State& state, const TableRequest& request,
                         events::ReplicaChange::Reader change) {
  const std::uint32_t member =
      request.table == kNone ? kNone : replica_in(state, request.table, region_of(state, change));
  if (member != kNone || change.getTable() == kNone) return member;
  return at(state.scenario().families, change.getTable()).first_table + request.copy;
}

TableRefusal one_change(const Deciding&, const TableRequest& request) {
  if (request.parameters.getReplicaChanges().size() == 1) return {};
  return invalid("Only one replica can be added, updated or removed in a request");
}

TableRefusal busy(const State& state, std::uint32_t table) {
  const std::string name = state.table_name(table);
  const Table& described = at(state.tables, table);
  if (described.lifecycle == Lifecycle::creating) return in_use("Table is being created: " + name);
  if (described.lifecycle == Lifecycle::deleting) return in_use("Table is being deleted: " + name);
  const bool working = described.process.kind != ProcessKind::none || described.detail->job.running;
  if (!working) return {};
  return in_use(fmt::format("Table: {} is in the process of being updated.", name));
}

bool has_both_images(const State& state, std::uint32_t table) {
  const auto& streams = state.tables[table].detail->streams;
  return !streams.empty() && streams.back().enabled && streams.back().view == "NEW_AND_OLD_IMAGES";
}

TableRefusal no_stream() {
  return invalid("Table must have DynamoDB streams enabled with StreamViewType NEW_AND_OLD_IMAGES");
}

// What the guide asks of a table before it becomes a global one (V2globaltables_reqs): its writes
// are captured whole, and as many can be taken as the others send. Auto scaling is not simulated;
// the second text is AWS's own (hashicorp/terraform-provider-aws#13097).
TableRefusal prerequisite_refusal(const State& state, std::uint32_t table) {
  if (!has_both_images(state, table)) return no_stream();
  if (!state.tables[table].detail->provisioned) return {};
  return refusal(Exception::VALIDATION,
                 "Table write capacity should either be Pay-Per-Request or AutoScaled.");
}

TableRefusal check_create(const Deciding& d, const TableRequest& request) {
  const auto change = change_of(request);
  const std::uint32_t replica = replica_of(d.state, request, change);
  if (replica == kNone) return invalid("RegionName of a new replica is no Region of the account");
  if (TableRefusal unfit = prerequisite_refusal(d.state, request.table)) return unfit;
  const Table& present = at(d.state.tables, replica);
  if (table_exists(d.state, replica) || present.process.kind != ProcessKind::none) {
    return refusal(
        Exception::VALIDATION,
        fmt::format("Failed to create a the new replica of table with name: '{}' because "
                    "one or more replicas already existed as tables.",
                    d.state.table_name(request.table)));
  }
  return replica_key_refusal(d.state, request.table, change, replica_key(d.state, replica, change));
}

TableRefusal check_update(const Deciding& d, const TableRequest& request) {
  const auto change = change_of(request);
  const ReplicaGroup* group = group_of(d.state, request.table);
  if (group != nullptr && group->version_2017) {
    return invalid("ReplicaUpdates is only supported for global tables of version 2019.11.21");
  }
  if (region_of(d.state, change) == d.state.table_region(request.table)) {
    return refusal(Exception::VALIDATION, std::string(kLocalRegion));
  }
  if (TableRefusal working = busy(d.state, request.table)) return working;
  if (change.getKind() == Kind::CREATE) return check_create(d, request);
  const std::uint32_t member = replica_in(d.state, request.table, region_of(d.state, change));
  if (member == kNone) return refusal(Exception::VALIDATION, std::string(kNoSuchReplica));
  if (change.getKind() == Kind::UPDATE && !change.getKmsMasterKeyId().isNone()) {
    // A replica's key is changed where the replica is (dynamodb.md 7.2).
    return invalid(
        "KMSMasterKeyId of a replica can only be changed by SSESpecification in its Region");
  }
  return busy(d.state, member);
}

// A replica is made as a table is created, in its own Region: KMS is asked for whoever wants it,
// and used by the service (dynamodb.md 6).
void create_replica(Deciding& d, const TableRequest& request) {
  const auto change = change_of(request);
  const std::uint32_t replica = replica_of(d.state, request, change);
  const Table& table = d.state.tables[replica];
  Process process;
  process.kind = ProcessKind::creation;
  process.session = request.session;
  process.key = replica_key(d.state, replica, change);
  if (process.key == kNone) process.key = d.state.family(replica).key;
  const auto operation = next_operation(d.state, replica, process).value();
  const Call call = process_call(d.state, replica, process, operation);
  const std::uint64_t entity = d.state.table_entity(replica);
  const sim::Bits128 id = as_uuid(draw(d.random, entity, Draw::table_id, table.creations));
  const sim::Duration duration = d.settings().dynamodb.replica_create.sample_duration(
      draw(d.random, entity, Draw::replica_create, table.processes));
  auto event = d.out.initTableCreationStarted();
  event.setTable(replica);
  event.setTableIdHigh(id.high);
  event.setTableIdLow(id.low);
  event.setAllocation(duration.count());
  event.setCall(next_call(d.state));
  event.setLatency(latency_there(d, call.entity, call.ordinal, replica).count());
  event.setSession(request.session);
  event.setKey(process.key);
  event.setStep(request.step);
}

void delete_replica(Deciding& d, const TableRequest& request) {
  const std::uint32_t replica = replica_of(d.state, request, change_of(request));
  const sim::Duration duration = d.settings().dynamodb.replica_delete.sample_duration(
      draw(d.random, d.state.table_entity(replica), Draw::replica_delete,
           d.state.tables[replica].processes));
  auto event = d.out.initTableDeletionStarted();
  event.setTable(replica);
  event.setDuration(duration.count());
  event.setSession(request.session);
  event.setStep(request.step);
}

bool decide_update(Deciding& d, const TableRequest& request) {
  switch (change_of(request).getKind()) {
    case Kind::CREATE:
      create_replica(d, request);
      return true;
    case Kind::DELETE:
      delete_replica(d, request);
      return true;
    default:
      return false;
  }
}

// Throughput and indexes of a replica: nothing of it is in the model but the time it takes.
void update_effect(Deciding& d, const TableRequest& request,
                   events::ControlAnswered::Builder answer) {
  auto job = answer.getEffect().initJob();
  job.setKind(events::JobKind::REPLICA);
  job.setDuration(job_duration(d, request.table, d.settings().dynamodb.throughput_change).count());
  job.setReplica(replica_of(d.state, request, change_of(request)));
}

// ---- version 2017.11.29
// ----------------------------------------------------------------------------

// Texts of the API's own descriptions; nobody has published others.
constexpr std::string_view kExists = "The specified global table already exists.";
constexpr std::string_view kNoGroup = "The specified global table does not exist.";
constexpr std::string_view kIsReplica =
    "The specified replica is already part of the global table.";
constexpr std::string_view kIsNoReplica =
    "The specified replica is no longer part of the global table.";

// The account that asks; the operator's is the scenario's own.
std::string account_of(const State& state, const TableRequest& request) {
  const ScenarioView& scenario = state.scenario();
  if (request.session == 0) return scenario.account;
  const std::uint32_t principal = at(state.sessions, request.session - 1).principal;
  return scenario.accounts[at(scenario.principal_accounts, principal)];
}

/// The group of that name; kNone: there is none.
std::uint32_t named_group(const State& state, const TableRequest& request) {
  const std::string_view name = text(request.parameters.getGlobalTableName());
  for (std::uint32_t group = 0; group < state.groups.size(); ++group) {
    const ReplicaGroup& described = state.groups[group];
    if (!described.version_2017 || described.tables.empty() || described.name != name) continue;
    if (state.table_account(described.tables.front()) == account_of(state, request)) return group;
  }
  return kNone;
}

bool is_empty(const State& state, std::uint32_t table) {
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    if (state.item(table, item).version != 0) return false;
  }
  return true;
}

bool same_key(const FamilyView& a, const FamilyView& b) {
  return a.hash_name == b.hash_name && a.hash_type == b.hash_type && a.range_name == b.range_name &&
         a.range_type == b.range_type;
}

// What a table must be to become a replica: of the group's name and key, empty, with a stream of
// both images, and under no customer managed key.
TableRefusal check_member(const State& state, const TableRequest& request, std::uint32_t table,
                          std::uint32_t first) {
  const std::string_view name = text(request.parameters.getGlobalTableName());
  const bool there =
      table != kNone && table_exists(state, table) && state.table_name(table) == name;
  if (!there) return refusal(Exception::TABLE_NOT_FOUND, fmt::format("Table not found: {}", name));
  if (TableRefusal working = busy(state, table)) return working;
  if (!same_key(state.family(table), state.family(first))) {
    return invalid("All replicas of a global table must have the same key schema");
  }
  if (!has_both_images(state, table)) return no_stream();
  if (!is_empty(state, table)) return invalid("Table must be empty to become a replica");
  const std::uint32_t key = state.tables[table].key;
  const bool customer = key != kNone && state.scenario().reader().getKeys()[key].getManager() ==
                                            events::Key::Manager::CUSTOMER;
  if (!customer) return {};
  return invalid(
      "You cannot use a customer managed CMK to encrypt DynamoDB global table replicas. To encrypt "
      "replicas, use an AWS owned CMK or an AWS managed CMK.");
}

std::uint32_t named_table(const State& state, const TableRequest& request,
                          events::ReplicaChange::Reader change) {
  if (change.getTable() == kNone) return kNone;
  return at(state.scenario().families, change.getTable()).first_table + request.copy;
}

TableRefusal names_group(const Deciding&, const TableRequest& request) {
  if (request.parameters.getGlobalTableName().size() != 0) return {};
  return refusal(Exception::VALIDATION,
                 "1 validation error detected: Value null at 'globalTableName' failed to satisfy "
                 "constraint: Member must not be null");
}

TableRefusal check_new_group(const Deciding& d, const TableRequest& request) {
  const auto changes = request.parameters.getReplicaChanges();
  if (changes.size() == 0) return invalid("ReplicationGroup must name a Region");
  if (named_group(d.state, request) != kNone) {
    return refusal(Exception::GLOBAL_TABLE_ALREADY_EXISTS, std::string(kExists));
  }
  const std::uint32_t first = named_table(d.state, request, changes[0]);
  for (const auto change : changes) {
    const std::uint32_t table = named_table(d.state, request, change);
    if (table != kNone && group_of(d.state, table) != nullptr) {
      return refusal(Exception::GLOBAL_TABLE_ALREADY_EXISTS, std::string(kExists));
    }
    if (TableRefusal unfit = check_member(d.state, request, table, first)) return unfit;
  }
  return {};
}

void set_group(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder answer,
               std::uint32_t group) {
  const auto changes = request.parameters.getReplicaChanges();
  const std::uint32_t table = named_table(d.state, request, changes[0]);
  const sim::Bits128 bits = draw(d.random, d.state.table_entity(table), Draw::replica_create,
                                 std::uint64_t{1} << 32 | request.step);
  auto made = answer.getEffect().initGlobalTable();
  made.setGroup(group);
  made.setUntil(d.settings().dynamodb.replica_create.sample_duration(bits).count());
}

void new_group_effect(Deciding& d, const TableRequest& request,
                      events::ControlAnswered::Builder answer) {
  set_group(d, request, answer, static_cast<std::uint32_t>(d.state.groups.size()));
}

TableRefusal check_group_update(const Deciding& d, const TableRequest& request) {
  const std::uint32_t group = named_group(d.state, request);
  if (group == kNone) return refusal(Exception::GLOBAL_TABLE_NOT_FOUND, std::string(kNoGroup));
  const auto changes = request.parameters.getReplicaChanges();
  if (changes.size() == 0) return invalid("ReplicaUpdates must name a Region");
  const ReplicaGroup& described = d.state.groups[group];
  for (const auto change : changes) {
    const std::uint32_t table = named_table(d.state, request, change);
    const bool member = std::find(described.tables.begin(), described.tables.end(), table) !=
                        described.tables.end();
    if (change.getKind() == Kind::DELETE) {
      if (!member) return refusal(Exception::REPLICA_NOT_FOUND, std::string(kIsNoReplica));
      continue;
    }
    if (member) return refusal(Exception::REPLICA_ALREADY_EXISTS, std::string(kIsReplica));
    const std::uint32_t first = described.tables.front();
    if (TableRefusal unfit = check_member(d.state, request, table, first)) return unfit;
    if (!is_empty(d.state, first)) return invalid("Tables must be empty to become replicas");
  }
  return {};
}

void group_update_effect(Deciding& d, const TableRequest& request,
                         events::ControlAnswered::Builder answer) {
  set_group(d, request, answer, named_group(d.state, request));
}

TableRefusal check_group(const Deciding& d, const TableRequest& request) {
  if (named_group(d.state, request) != kNone) return {};
  return refusal(Exception::GLOBAL_TABLE_NOT_FOUND, std::string(kNoGroup));
}

void describe_effect(Deciding& d, const TableRequest& request,
                     events::ControlAnswered::Builder answer) {
  set_listed(answer, d.state.groups[named_group(d.state, request)].tables.size());
}

void list_effect(Deciding& d, const TableRequest& request,
                 events::ControlAnswered::Builder answer) {
  const std::string account = account_of(d.state, request);
  std::size_t rows = 0;
  for (const ReplicaGroup& group : d.state.groups) {
    if (!group.version_2017 || group.tables.empty()) continue;
    if (d.state.table_account(group.tables.front()) == account) ++rows;
  }
  const auto limit = static_cast<std::size_t>(std::max(request.parameters.getLimit(), 0));
  const bool cut = request.parameters.getHasLimit() && rows > limit;
  set_listed(answer, cut ? limit : rows, cut);
}

constexpr std::array kRows{
    TableOperationRow{TableOperation::CREATE_GLOBAL_TABLE, names_group, check_new_group, nullptr,
                      new_group_effect, nullptr},
    TableOperationRow{TableOperation::UPDATE_GLOBAL_TABLE, names_group, check_group_update, nullptr,
                      group_update_effect, nullptr},
    TableOperationRow{TableOperation::DESCRIBE_GLOBAL_TABLE, names_group, check_group, nullptr,
                      describe_effect, nullptr},
    TableOperationRow{TableOperation::LIST_GLOBAL_TABLES, nullptr, nullptr, nullptr, list_effect,
                      nullptr},
};

constexpr TableOperationRow kReplicaUpdate{
    TableOperation::UPDATE_TABLE, one_change, check_update, nullptr, update_effect, decide_update};

}  // namespace
}  // namespace replicas

std::span<const TableOperationRow> replica_operations() { return replicas::kRows; }

const TableOperationRow& replica_update_row() { return replicas::kReplicaUpdate; }

}  // namespace tablekey::model::dynamodb
