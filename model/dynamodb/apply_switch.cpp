// A table moves to another key: what each step of the switch changes, and how one that stalls or
// fails leaves the table (dynamodb.md 2.6).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/key_check.h"
#include "model/dynamodb/process.h"
#include "model/dynamodb/replica_keys.h"
#include "model/dynamodb/switch_quota.h"
#include "model/planted.h"

namespace tablekey::model {

void Applier::sse_switch_started(events::SseSwitchStarted::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  check_asker(event.getToKey(), event.getSession());
  law(table.lifecycle == Lifecycle::live && table.process.kind == ProcessKind::none,
      "a table moves to another key when it is free to");
  table.process = Process{};
  table.process.kind = ProcessKind::key_switch;
  table.process.session = event.getSession();
  table.process.step = event.getStep();
  table.process.key = event.getToKey();
  table.process.old_grants = static_cast<std::uint32_t>(table.grants.size());
  table.process.started = now();
  table.process.shown = after(event.getOldKeyShown());
  table.process.ready = after(event.getDuration());
  open_process_call(index, event.getCall(), event.getLatency());
  next_copy(event.getStep(), index);
}

// All that could refuse the switch has passed: only now does it count (dynamodb.md 2.5, 2.7).
void Applier::accept_switch(std::uint32_t index) {
  Table& table = state_.tables[index];
  const auto next = next_operation(state_, index, table.process);
  if (table.process.retiring || next != events::KmsOperation::GENERATE_DATA_KEY) return;
  for (const std::uint32_t replica : dynamodb::followers(state_, index, table.process.key)) {
    schedule(now(), Priority::job, ActionKind::follow_switch, replica, index);
  }
  if (!dynamodb::counts_as_change(state_, index, table.process.key)) return;
  SwitchQuota& quota = table.detail.make().switch_quota;
  quota = dynamodb::quota_window(state_, index, now());
  ++quota.count;
  quota.last = now();
}

void Applier::data_keys_rewrapped(events::DataKeysRewrapped::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  law(table.process.kind == ProcessKind::key_switch, "data keys are re-wrapped in a switch");
  law(event.getToVersion() == table.keys.size(), "data keys move to the newest table key");
  table.key = table.process.key;  // phase 2: DescribeTable shows the new key (dynamodb.md 2.6)
  if (table.detail) table.detail.make().stalled = events::KmsError::NONE;
  const auto rewrapped = event.getDataKeys();
  for (unsigned i = 0; i < rewrapped.size(); ++i) {
    const auto wrapped = rewrapped[i];
    const bool last = event.getRemaining() == 0 && i + 1 == rewrapped.size();
    if (planted(Planted::skipped_rewrap) && last) continue;
    // The data key stays what it is: what was sealed under it counts on.
    DataKey& key = at(table.data_keys, wrapped.getStructure());
    const DataKey moved = data_key_of(wrapped, event.getToVersion());
    key.version = moved.version;
    key.wrapped = moved.wrapped;
  }
  const ActionKind next =
      event.getRemaining() != 0 ? ActionKind::rewrap_data_keys : ActionKind::complete_switch;
  schedule(after(event.getDelay()), Priority::job, next, index);
  plan_check(index);
}

// A table whose key was lost is healed by a switch to one that works (dynamodb.md 1.3).
void Applier::sse_switch_completed(events::Event::SseSwitchCompleted::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  law(table.process.kind == ProcessKind::key_switch, "what is completed is a switch");
  table.process.retiring = true;
  if (table.detail) table.detail.make().stalled = events::KmsError::NONE;
  const bool usable = dynamodb::service_refusal(state_, index, table.key) == events::KmsError::NONE;
  if (table.detail->inaccessible && usable) clear_key_flag(index);
  plan_check(index);
  if (event.getCall() == kNone) return finish_switch(table);
  open_process_call(index, event.getCall(), event.getLatency());
}

// The grants on the key that the table left (or did not come to) are no longer the table's.
void Applier::finish_switch(Table& table) {
  const Process& process = table.process;
  law(process.retire_from <= process.old_grants && process.old_grants <= table.grants.size(),
      "grants that are retired are the table's");
  table.grants.erase(table.grants.begin() + process.retire_from,
                     table.grants.begin() + process.old_grants);
  end_process(table);
}

// The table waits, or stays with its old key.
void Applier::sse_switch_stalled(events::SseSwitchStalled::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  if (action_.kind == ActionKind::deliver_answer) free_call(action_.a);
  if (table.process.kind != ProcessKind::key_switch) return;  // the table went another way
  TableDetail& detail = table.detail.make();
  if (!event.getAborted()) {
    detail.stalled = event.getError();
    const bool completing = action_.kind == ActionKind::complete_switch;
    schedule(after(event.getRetry()), Priority::job,
             completing ? ActionKind::complete_switch : ActionKind::rewrap_data_keys, index);
    return;
  }
  detail.stalled = events::KmsError::NONE;
  if (table.lifecycle != Lifecycle::live) return end_process(table);
  const auto newest = static_cast<std::uint32_t>(table.keys.size());
  if (table.process.last == events::KmsOperation::GENERATE_DATA_KEY) {
    law(std::ranges::none_of(table.data_keys,
                             [&](const DataKey& key) { return key.version == newest; }),
        "a switch is given up before a data key has moved");
    table.keys.pop_back();
  }
  retire_made(index);
}

// A process that failed half-way had made grants on a key that the table will not have: DynamoDB
// retires them.
void Applier::retire_made(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  Process& process = table.process;
  const bool creation = process.kind == ProcessKind::creation;
  const std::uint32_t from = creation ? 0 : process.old_grants;
  const auto made = static_cast<std::uint32_t>(table.grants.size());
  if (process.kind == ProcessKind::none || from >= made) return end_process(table);
  restore_over(process);
  if (creation) process.kind = ProcessKind::deletion;
  process.backup = kNone;
  process.retire_from = process.retired = from;
  process.old_grants = made;
  process.retiring = true;
  schedule(now(), Priority::job, ActionKind::complete_switch, index);
}

}  // namespace tablekey::model
