// TableStatus and SSEDescription are derived, never kept.
#include "model/dynamodb/control.h"
#include "model/dynamodb/process.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::TableStatus;

TableStatus live_status(const State& state, std::uint32_t index) {
  const DynamoDbFigures& figures = state.settings().dynamodb;
  const Table& table = state.tables[index];
  if (table.detail->job.running) return TableStatus::UPDATING;
  if (figures.sse_shows_updating && switching(state, index)) return TableStatus::UPDATING;
  if (table.detail->inaccessible) return TableStatus::INACCESSIBLE_ENCRYPTION_CREDENTIALS;
  return TableStatus::ACTIVE;
}

}  // namespace

TableStatus shown_status(const State& state, std::uint32_t index) {
  const Table& table = at(state.tables, index);
  switch (table.lifecycle) {
    case Lifecycle::absent:
    case Lifecycle::deleted:
      return TableStatus::NONE;
    case Lifecycle::creating:
      return TableStatus::CREATING;
    case Lifecycle::deleting:
      return TableStatus::DELETING;
    case Lifecycle::archiving:
      return TableStatus::ARCHIVING;
    case Lifecycle::archived:
      return TableStatus::ARCHIVED;
    case Lifecycle::live:
      return live_status(state, index);
  }
  law(false, "a table stands somewhere in its life");
  return TableStatus::NONE;
}

bool table_exists(const State& state, std::uint32_t table) {
  return shown_status(state, table) != TableStatus::NONE;
}

bool switching(const State& state, std::uint32_t index) {
  const Process& process = at(state.tables, index).process;
  return process.kind == ProcessKind::key_switch && !process.retiring &&
         admitted(state, index, process);
}

SseDescription sse_description(const State& state, std::uint32_t index) {
  const Table& table = at(state.tables, index);
  SseDescription shown;
  shown.updating = switching(state, index);
  const bool visible = table.key != kNone && takes_grants(state, table.key);
  shown.present = table_exists(state, index) && (visible || shown.updating);
  if (shown.present && visible) shown.key = table.key;
  if (shown.present) shown.inaccessible = table.detail->inaccessible_since;
  return shown;
}

}  // namespace tablekey::model::dynamodb
