// What the decisions about a table's processes share: when the next call goes out, how long things
// take, how a refusal is told. Private to dynamodb/.
#pragma once

#include <cstdint>

#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/process.h"
#include "model/dynamodb/table_operation.h"

namespace tablekey::model::dynamodb {

/// When the next call of a process reaches KMS. GenerateDataKey comes a while after the grants.
std::int64_t process_latency(const Deciding& d, std::uint32_t table, const Process& process,
                             events::KmsOperation operation);

/// A duration of the table's present or next process.
sim::Duration process_duration(const Deciding& d, std::uint32_t table, Draw purpose,
                               const sim::Distribution& distribution);

/// TableRequestRefused of a CreateTable, UpdateTable or DeleteTable that KMS was not asked about.
void refuse_table_request(Deciding& d, const TableRequest& request, const TableRefusal& refusal);

/// SseSwitchStarted: DescribeKey is sent, or whatever comes first.
void start_switch(Deciding& d, const TableRequest& request, std::uint32_t to_key);
/// A switch that was admitted cannot go on, because a call failed.
void stall_for_call(Deciding& d, const Call& call);
/// rewrap_data_keys and complete_switch: the next batch, the end, a stall, or a grant to retire.
void decide_switch_step(Deciding& d);

/// Fills in the first RetireGrant of a process whose work is done, if there is a grant to retire.
template <class Event>
void set_retiring(Deciding& d, std::uint32_t index, Process process, Event event) {
  process.retiring = true;
  const auto operation = next_operation(d.state, index, process);
  event.setTable(index);
  event.setCall(operation ? next_call(d.state) : kNone);
  event.setLatency(operation ? process_latency(d, index, process, *operation) : 0);
}

}  // namespace tablekey::model::dynamodb
