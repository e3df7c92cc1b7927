// The steps of a switch of keys after it was asked for (dynamodb.md 2.6): batches of data keys, the
// end, and what happens when one of its two keys is lost.
#include <fmt/format.h>

#include <algorithm>

#include "model/dynamodb/key_check.h"
#include "model/dynamodb/process_steps.h"
#include "model/dynamodb/recovery.h"
#include "model/dynamodb/replica_keys.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;

// Data keys that a switch moves: those of structures that are still there.
bool is_moved(const Deciding& d, const Table& table, const DataKey& key) {
  return key.version != 0 && switch_rewraps(d.settings(), table.structures[key.structure]);
}

struct LostKey {
  KmsError error = KmsError::NONE;
  std::uint32_t key = kNone;
  bool old_one = false;
};

// Both keys must work to the end (dynamodb.md 2.6). Callers open the old table key too, so that its
// grants do not count (S4).
LostKey lost_key(const Deciding& d, std::uint32_t index) {
  const Table& table = d.state.tables[index];
  const std::uint32_t old_key = table.keys[table.keys.size() - 2].key;
  const KmsError old_error = key_refusal(d.state, old_key);
  if (old_error != KmsError::NONE) return {old_error, old_key, true};
  return {service_refusal(d.state, index, table.process.key), table.process.key, false};
}

// What KMS refuses for good; an outage is waited for.
bool is_denying(KmsError error) {
  switch (error) {
    case KmsError::THROTTLING:
    case KmsError::KMS_INTERNAL:
    case KmsError::KEY_UNAVAILABLE:
    case KmsError::DEPENDENCY_TIMEOUT:
      return false;
    default:
      return true;
  }
}

bool has_new_key(const Process& process) {
  return process.asked && process.last == Operation::GENERATE_DATA_KEY;
}

// Once a data key has moved there is no way back: the old key may be gone.
bool has_moved(const Table& table) {
  if (!has_new_key(table.process)) return false;
  return std::ranges::any_of(table.data_keys,
                             [&](const DataKey& key) { return key.version == table.keys.size(); });
}

void stall(Deciding& d, std::uint32_t index, const LostKey& lost) {
  const Table& table = d.state.tables[index];
  const DynamoDbFigures& figures = d.settings().dynamodb;
  const bool wanted = lost.old_one ? figures.switch_abort_old : figures.switch_abort_new;
  auto event = d.out.initSseSwitchStalled();
  event.setTable(index);
  event.setError(lost.error);
  event.setKey(lost.key);
  event.setAborted(wanted && is_denying(lost.error) && !has_moved(table));
  event.setRetry(event.getAborted() ? 0 : figures.switch_retry.count());
}

// The table went another way while the switch waited.
void give_up(Deciding& d, std::uint32_t index) {
  auto event = d.out.initSseSwitchStalled();
  event.setTable(index);
  event.setKey(kNone);
  event.setAborted(true);
}

void send(Deciding& d, std::uint32_t index, const Process& process) {
  const auto next = next_operation(d.state, index, process);
  auto event = d.out.initKmsAnswerDelivered();
  event.setCall(kNone);
  event.setTable(index);
  event.setNextCall(next ? next_call(d.state) : kNone);
  if (next) event.setLatency(process_latency(d, index, process, *next));
}

void rewrap(Deciding& d, std::uint32_t index) {
  const Table& table = d.state.tables[index];
  const auto to = static_cast<std::uint32_t>(table.keys.size());
  std::vector<std::uint32_t> batch;
  std::uint32_t remaining = 0;
  for (const DataKey& key : table.data_keys) {
    if (key.version == to || !is_moved(d, table, key)) continue;
    if (batch.size() < std::max(1U, d.settings().rewrap_batch)) {
      batch.push_back(key.structure);
    } else {
      ++remaining;
    }
  }
  const std::vector<NewDataKey> made = d.vault.rewrap(d.state, index, batch, to);
  sim::Duration delay = d.settings().rewrap_cost * static_cast<std::int64_t>(batch.size());
  if (remaining == 0) delay = std::max(delay, table.process.ready - d.now);
  auto event = d.out.initDataKeysRewrapped();
  event.setTable(index);
  event.setToVersion(to);
  auto list = event.initDataKeys(static_cast<unsigned>(made.size()));
  for (unsigned i = 0; i < made.size(); ++i) {
    list[i].setStructure(made[i].structure);
    list[i].setWrapped(capnp::Data::Reader(made[i].wrapped.data(), made[i].wrapped.size()));
  }
  event.setRemaining(remaining);
  event.setDelay(delay.count());
}

}  // namespace

void start_switch(Deciding& d, const TableRequest& request, std::uint32_t to_key) {
  const std::uint32_t index = request.table;
  const Table& table = d.state.tables[index];
  Process process;
  process.kind = ProcessKind::key_switch;
  process.session = request.session;
  process.key = to_key;
  const auto operation = next_operation(d.state, index, process).value();
  const auto moved = std::ranges::count_if(
      table.data_keys, [&](const DataKey& key) { return is_moved(d, table, key); });
  const sim::Duration rewrapping = d.settings().rewrap_cost * static_cast<std::int64_t>(moved);
  const sim::Duration shown = process_duration(d, index, Draw::sse_switch_old_key_shown,
                                               d.settings().sse_switch_old_key_shown);
  const sim::Duration drawn =
      table.detail->inaccessible
          ? d.settings().dynamodb.switch_heals
          : process_duration(d, index, Draw::sse_switch, d.settings().sse_switch);
  auto event = d.out.initSseSwitchStarted();
  event.setTable(index);
  event.setToKey(to_key);
  event.setCall(next_call(d.state));
  event.setLatency(process_latency(d, index, process, operation));
  event.setSession(request.session);
  event.setStep(request.step);
  event.setOldKeyShown(shown.count());
  event.setDuration(std::max(drawn, shown + rewrapping).count());
}

void stall_for_call(Deciding& d, const Call& call) {
  stall(d, call.table, {call.error, call.key, false});
}

void decide_switch_step(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Table& table = at(d.state.tables, index);
  if (table.process.retiring) return send(d, index, table.process);
  if (table.process.kind != ProcessKind::key_switch || table.lifecycle != Lifecycle::live) {
    return give_up(d, index);
  }
  if (!has_new_key(table.process)) return send(d, index, table.process);
  if (const LostKey lost = lost_key(d, index); lost.error != KmsError::NONE) {
    return stall(d, index, lost);
  }
  if (d.action.kind == ActionKind::rewrap_data_keys) return rewrap(d, index);
  set_retiring(d, index, table.process, d.out.initSseSwitchCompleted());
}

}  // namespace tablekey::model::dynamodb

namespace tablekey::model {

// A replica takes the type of encryption that another one of its group is moving to: its own key of
// that type, for whoever asked for it there (dynamodb.md 7.2).
void decide_follow(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Table& table = at(d.state.tables, index);
  const Process& leader = at(d.state.tables, d.action.b).process;
  dynamodb::TableRequest request;
  request.operation = events::TableOperation::UPDATE_TABLE;
  request.table = index;
  request.copy = table.copy;
  request.session = leader.session;
  const std::uint32_t key = dynamodb::followed_key(d.state, index, leader.key);
  if (table.lifecycle == Lifecycle::live && table.process.kind == ProcessKind::none &&
      key != kNone) {
    return dynamodb::start_switch(d, request, key);
  }
  dynamodb::refuse_table_request(
      d, request,
      dynamodb::in_use(
          fmt::format("Table: {} is in the process of being updated.", d.state.table_name(index))));
}

}  // namespace tablekey::model
