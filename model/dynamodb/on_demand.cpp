#include "model/dynamodb/on_demand.h"

#include <algorithm>

#include "model/applier.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::DataOperation;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

}  // namespace

bool takes_write_units(DataOperation operation) {
  switch (operation) {
    case DataOperation::PUT_ITEM:
    case DataOperation::DELETE_ITEM:
    case DataOperation::UPDATE_ITEM:
    case DataOperation::BATCH_WRITE_ITEM:
    case DataOperation::TRANSACT_WRITE_ITEMS:
      return true;
    default:
      return false;
  }
}

bool exceeds_on_demand(const State& state, std::uint32_t table, DataOperation operation,
                       sim::Time now) {
  const TableDetail& detail = *at(state.tables, table).detail;
  if (detail.provisioned) return false;
  return takes_write_units(operation) ? detail.on_demand_writes != 0 && detail.writes_paid > now
                                      : detail.on_demand_reads != 0 && detail.reads_paid > now;
}

std::string_view on_demand_message(DataOperation operation) {
  return takes_write_units(operation)
             ? "Throughput exceeds the maximum OnDemandThroughput configured on table or index "
               "(TableWriteMaxOnDemandThroughputExceeded)"
             : "Throughput exceeds the maximum OnDemandThroughput configured on table or index "
               "(TableReadMaxOnDemandThroughputExceeded)";
}

sim::Time paid_until(sim::Time paid, std::uint64_t units, std::uint64_t a_second,
                     sim::Duration burst, sim::Time now) {
  law(a_second != 0, "a limit lets something through");
  const sim::Time from = std::max(paid, now - burst);
  // Whole seconds first: no product leaves 64 bits.
  const std::uint64_t rest = (units % a_second * kNanoseconds + a_second - 1) / a_second;
  return from + sim::Duration::seconds(static_cast<std::int64_t>(units / a_second)) +
         sim::Duration::nanoseconds(static_cast<std::int64_t>(rest));
}

// A table has no such limit but for those in whose detail one stands.
void Applier::consume(std::uint32_t table, std::uint64_t half_reads, std::uint64_t writes) {
  const TableDetail& known = *at(state_.tables, table).detail;
  if (known.provisioned || (known.on_demand_reads == 0 && known.on_demand_writes == 0)) return;
  TableDetail& detail = state_.tables[table].detail.make();
  const sim::Duration burst = settings_.dynamodb.on_demand_burst;
  if (half_reads != 0 && detail.on_demand_reads != 0) {
    detail.reads_paid = paid_until(detail.reads_paid, half_reads,
                                   std::uint64_t{2} * detail.on_demand_reads, burst, now());
  }
  if (writes != 0 && detail.on_demand_writes != 0) {
    detail.writes_paid =
        paid_until(detail.writes_paid, writes, detail.on_demand_writes, burst, now());
  }
}

}  // namespace tablekey::model
