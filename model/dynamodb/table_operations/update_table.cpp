// UpdateTable but for keys: stream, throughput, billing mode, table class, global indexes, replicas
// and deletion protection. One request makes one kind of change (dynamodb.md 1.6), which then takes
// its time.
#include "model/dynamodb/table_operations/update_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "events/text.h"
#include "model/draws.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/structures.h"
#include "model/dynamodb/table_states.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::Exception;
using events::JobKind;
using IndexKind = events::IndexChange::Kind;
using events::text;

constexpr std::size_t kIndexesMax = 20;
constexpr sim::Duration kProtectionPause = sim::Duration::seconds(15);
constexpr std::array<std::string_view, 4> kViews = {"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES",
                                                    "KEYS_ONLY"};
constexpr std::array<std::string_view, 2> kClasses = {"STANDARD", "STANDARD_INFREQUENT_ACCESS"};

template <std::size_t n>
TableRefusal word_refusal(std::string_view value, std::string_view path,
                          const std::array<std::string_view, n>& words) {
  for (const std::string_view word : words) {
    if (word == value) return {};
  }
  return refusal(Exception::VALIDATION,
                 fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                             "constraint: Member must satisfy enum value set: [{}]",
                             value, path, fmt::join(words, ", ")));
}

// How many kinds of change a request makes; throughput and billing mode are one.
int kinds_of_change(events::TableCall::Reader call) {
  bool creates = false, updates = false;
  for (const auto change : call.getIndexChanges()) {
    (change.getKind() == IndexKind::UPDATE ? updates : creates) = true;
  }
  const bool throughput = call.getHasThroughput() || call.getHasOnDemandThroughput() ||
                          call.getHasBillingMode() || updates;
  return (call.getHasStream() ? 1 : 0) + (throughput ? 1 : 0) +
         (call.getTableClass().size() != 0 ? 1 : 0) + (creates ? 1 : 0) +
         (call.getReplicaChanges().size() != 0 ? 1 : 0);
}

bool protects_only(events::TableCall::Reader call) {
  return call.getHasDeletionProtection() && kinds_of_change(call) == 0;
}

// ---- each kind's checks ----

TableRefusal stream_refusal(const Deciding& d, const TableRequest& request) {
  const auto& streams = d.state.tables[request.table].detail->streams;
  const bool enabled = !streams.empty() && streams.back().enabled;
  const std::string name = requested_name(d.state, request);
  if (request.parameters.getStreamEnabled() && enabled) {
    return refusal(Exception::VALIDATION,
                   "Table already has an enabled stream: TableName: " + name);
  }
  if (!request.parameters.getStreamEnabled() && !enabled) {
    return refusal(Exception::VALIDATION, "Table has no stream to disable: TableName: " + name);
  }
  return {};
}

TableRefusal throughput_refusal(const Deciding& d, const TableRequest& request) {
  const auto call = request.parameters;
  const TableDetail& detail = *d.state.tables[request.table].detail;
  const bool provisioned = call.getHasBillingMode() ? call.getProvisioned() : detail.provisioned;
  if (!provisioned && call.getHasThroughput()) {
    return invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
  if (provisioned && call.getHasOnDemandThroughput()) {
    return invalid("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED");
  }
  const bool begins = provisioned && !detail.provisioned;
  if (begins && !call.getHasThroughput()) {
    return invalid(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED");
  }
  const bool same = call.getHasThroughput() && !begins &&
                    call.getReadCapacity() == detail.read_capacity &&
                    call.getWriteCapacity() == detail.write_capacity;
  if (!same || call.getIndexChanges().size() != 0) return {};
  return refusal(
      Exception::VALIDATION,
      fmt::format("The provisioned throughput for the table will not change. The requested value "
                  "equals the current value. Current ReadCapacityUnits provisioned for the table: "
                  "{}. Requested ReadCapacityUnits: {}. Current WriteCapacityUnits provisioned for "
                  "the table: {}. Requested WriteCapacityUnits: {}.",
                  detail.read_capacity, call.getReadCapacity(), detail.write_capacity,
                  call.getWriteCapacity()));
}

TableRefusal class_refusal(const Deciding& d, const TableRequest& request) {
  const std::string& present = d.state.tables[request.table].detail->table_class;
  const std::string_view wanted = text(request.parameters.getTableClass());
  if (wanted == (present.empty() ? std::string_view("STANDARD") : present)) {
    return invalid(fmt::format("Table is already in table class {}", wanted));
  }
  const DynamoDbFigures& figures = d.settings().dynamodb;
  const auto& changes = d.state.tables[request.table].detail->class_changes;
  const auto counted = std::ranges::count_if(
      changes, [&](sim::Time change) { return d.now - change < figures.table_class_window; });
  const std::uint32_t most = figures.table_class_changes_max;
  if (most == 0 || counted < static_cast<std::ptrdiff_t>(most)) return {};
  return refusal(Exception::LIMIT_EXCEEDED,
                 fmt::format("Subscriber limit exceeded: Table class can be updated at most {} "
                             "times in {}",
                             most, sim::print(figures.table_class_window)));
}

TableRefusal one_index_refusal(const Deciding& d, const TableRequest& request,
                               events::IndexChange::Reader change) {
  const auto& indexes = d.state.tables[request.table].detail->global_indexes;
  const std::uint32_t number = change.getIndex();
  const bool known = number < indexes.size() && indexes[number].exists;
  if (change.getKind() == IndexKind::CREATE) {
    if (known)
      return refusal(Exception::VALIDATION, "Attempting to create an index which already exists");
    if (number == kNone) return invalid("Unknown attribute in the key schema of the index");
    std::size_t present = 0;
    for (const GlobalIndex& index : indexes) present += index.exists ? 1U : 0U;
    if (present < kIndexesMax) return {};
    return refusal(Exception::LIMIT_EXCEEDED,
                   "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table "
                   "limit of 20");
  }
  if (!known) {
    return refusal(
        Exception::RESOURCE_NOT_FOUND,
        fmt::format("Requested resource not found: Index: {} not found", text(change.getName())));
  }
  if (indexes[number].deleting) {
    return in_use(fmt::format("Index is being deleted: {}", text(change.getName())));
  }
  // Only a backfill can be broken off.
  if (indexes[number].creating && !indexes[number].backfilling) {
    return in_use(fmt::format("Index is being created: {}", text(change.getName())));
  }
  return {};
}

TableRefusal index_refusal(const Deciding& d, const TableRequest& request) {
  std::size_t online = 0;
  for (const auto change : request.parameters.getIndexChanges()) {
    online += change.getKind() == IndexKind::UPDATE ? 0U : 1U;
    if (TableRefusal refused = one_index_refusal(d, request, change)) return refused;
  }
  bool busy = online > 1;
  for (const GlobalIndex& index : d.state.tables[request.table].detail->global_indexes) {
    const bool creates =
        online == 1 && request.parameters.getIndexChanges()[0].getKind() == IndexKind::CREATE;
    busy = busy || (creates && index.exists && (index.creating || index.deleting));
  }
  if (!busy) return {};
  return refusal(Exception::LIMIT_EXCEEDED,
                 "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                 "simultaneously per table");
}

TableRefusal protection_refusal(const Deciding& d, const TableRequest& request) {
  if (!request.parameters.getHasDeletionProtection()) return {};
  if (!d.settings().dynamodb.deletion_protection) {
    return invalid("DeletionProtectionEnabled is not supported");
  }
  const sim::Time changed = d.state.tables[request.table].detail->protection_changed;
  if (changed == sim::Time() || d.now - changed >= kProtectionPause) return {};
  return refusal(Exception::THROTTLING,
                 "Deletion protection of a table can be changed once in 15 seconds");
}

TableRefusal kind_refusal(const Deciding& d, const TableRequest& request) {
  const auto call = request.parameters;
  if (call.getHasStream()) return stream_refusal(d, request);
  if (call.getTableClass().size() != 0) return class_refusal(d, request);
  if (call.getIndexChanges().size() != 0) {
    if (TableRefusal refused = index_refusal(d, request)) return refused;
  }
  if (call.getHasThroughput() || call.getHasOnDemandThroughput() || call.getHasBillingMode()) {
    return throughput_refusal(d, request);
  }
  return {};
}

// ---- the job that a change makes ----

struct Plan {
  JobKind kind{};
  const sim::Distribution* duration = nullptr;
  std::uint32_t index = kNone;
};

// Most changes of TableClass are quick, a few are not (dynamodb.md 1.6).
bool takes_long(const Deciding& d, const TableRequest& request) {
  const std::uint32_t every = d.settings().dynamodb.table_class_tail_every;
  if (every == 0) return false;
  const sim::Bits128 bits = draw(d.random, d.state.table_entity(request.table), Draw::table_job,
                                 std::uint64_t{1} << 40 | request.step);
  return bits.high % every == 0;
}

std::optional<Plan> billing_plan(const Deciding& d, const TableRequest& request) {
  const DynamoDbFigures& figures = d.settings().dynamodb;
  const TableDetail& detail = *d.state.tables[request.table].detail;
  const auto call = request.parameters;
  if (call.getHasBillingMode() && call.getProvisioned() != detail.provisioned) {
    return Plan{JobKind::BILLING, detail.billing_switches == 0 ? &figures.billing_switch_first
                                                               : &figures.billing_switch_again};
  }
  if (call.getHasThroughput() || call.getHasOnDemandThroughput()) {
    return Plan{JobKind::THROUGHPUT, &figures.throughput_change};
  }
  if (call.getIndexChanges().size() == 0) return std::nullopt;
  return Plan{JobKind::UPDATE_INDEX, &figures.throughput_change,
              call.getIndexChanges()[0].getIndex()};
}

std::optional<Plan> plan_of(const Deciding& d, const TableRequest& request) {
  const DynamoDbFigures& figures = d.settings().dynamodb;
  const auto call = request.parameters;
  if (call.getHasStream()) return Plan{JobKind::STREAM, &figures.stream_toggle};
  if (call.getTableClass().size() != 0) {
    return Plan{JobKind::TABLE_CLASS,
                takes_long(d, request) ? &figures.table_class_tail : &figures.table_class_switch};
  }
  for (const auto change : call.getIndexChanges()) {
    if (change.getKind() == IndexKind::CREATE) {
      return Plan{JobKind::CREATE_INDEX, &figures.index_creation, change.getIndex()};
    }
    if (change.getKind() == IndexKind::DELETE) {
      return Plan{JobKind::DELETE_INDEX, &figures.index_deletion, change.getIndex()};
    }
  }
  return billing_plan(d, request);
}

}  // namespace

TableRefusal validate_update(const Deciding& d, const TableRequest& request) {
  const auto call = request.parameters;
  if (call.getSse().getGiven()) {
    if (TableRefusal refused = sse_shape(d.state, call.getSse(), true)) return refused;
    return {};
  }
  const std::string_view view = text(call.getStreamView());
  if (!view.empty()) {
    if (TableRefusal refused = word_refusal(view, "streamSpecification.streamViewType", kViews)) {
      return refused;
    }
  }
  if (call.getTableClass().size() != 0) {
    if (TableRefusal refused = word_refusal(text(call.getTableClass()), "tableClass", kClasses)) {
      return refused;
    }
  }
  if (call.getHasStream() && call.getStreamEnabled() && view.empty()) {
    return invalid("StreamEnabled is true but no StreamViewType was specified");
  }
  const int kinds = kinds_of_change(call);
  if (kinds == 0 && !call.getHasDeletionProtection()) {
    return refusal(Exception::VALIDATION,
                   "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                   "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
  }
  if (kinds > 1) return invalid("A request can make only one kind of change to a table");
  if (call.getReplicaChanges().size() == 0) return {};
  const TableOperationRow& row = replica_update_row();
  return row.validate == nullptr ? TableRefusal() : row.validate(d, request);
}

TableRefusal check_update(const Deciding& d, const TableRequest& request) {
  if (request.parameters.getSse().getGiven()) return check_sse_update(d, request);
  const TableChange change =
      protects_only(request.parameters) ? TableChange::protection : TableChange::job;
  if (TableRefusal busy = table_state_refusal(d, request, change)) return busy;
  if (TableRefusal pause = protection_refusal(d, request)) return pause;
  if (change == TableChange::protection) return {};
  if (request.parameters.getReplicaChanges().size() != 0) {
    const TableOperationRow& row = replica_update_row();
    if (row.check == nullptr) return {};
    if (TableRefusal refused = row.check(d, request)) return refused;
  } else if (TableRefusal refused = kind_refusal(d, request)) {
    return refused;
  }
  return limit_refusal(d, request, false);
}

bool decide_update(Deciding& d, const TableRequest& request) {
  if (request.parameters.getSse().getGiven()) {
    decide_sse_update(d, request);
    return true;
  }
  const TableOperationRow& row = replica_update_row();
  const bool replicas = request.parameters.getReplicaChanges().size() != 0;
  return replicas && row.decide != nullptr && row.decide(d, request);
}

void update_effect(Deciding& d, const TableRequest& request,
                   events::ControlAnswered::Builder event) {
  if (request.parameters.getReplicaChanges().size() != 0) {
    const TableOperationRow& row = replica_update_row();
    if (row.effect != nullptr) row.effect(d, request, event);
    return;
  }
  const std::optional<Plan> plan = plan_of(d, request);
  if (!plan) {
    // The billing mode that the table has, or deletion protection alone.
    if (request.parameters.getHasDeletionProtection()) event.getEffect().setSettings();
    return;
  }
  auto job = event.getEffect().initJob();
  job.setKind(plan->kind);
  job.setDuration(job_duration(d, request.table, *plan->duration).count());
  job.setIndex(plan->index);
  event.setStatus(events::TableStatus::UPDATING);
  if (plan->kind == JobKind::CREATE_INDEX) {
    new_index_structures(d, request.table, plan->index, job);
  }
  if (plan->kind == JobKind::STREAM && request.parameters.getStreamEnabled()) {
    new_shards(d, request.table, job);
  }
}

}  // namespace tablekey::model::dynamodb
