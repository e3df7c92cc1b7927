// Creation: DescribeKey, CreateGrant for each grant, GenerateDataKey. Switch: the same on the new
// key, with a Decrypt of the old table key before GenerateDataKey, and RetireGrant on the old key
// at the end. Deletion: RetireGrant.
#include "model/dynamodb/process.h"

#include "model/law.h"

namespace tablekey::model {
namespace {

using Operation = events::KmsOperation;

std::optional<std::uint32_t> grant_to_retire(const State& state, const Table& table,
                                             const Process& process) {
  for (std::uint32_t i = process.retired; i < process.old_grants && i < table.grants.size(); ++i) {
    if (!state.grants[table.grants[i]].ended) return table.grants[i];
  }
  return std::nullopt;
}

// The youngest grant of the table on the key that was not ended; kNone: there is none.
std::uint32_t live_grant(const State& state, const Table& table, std::uint32_t key) {
  for (std::size_t i = table.grants.size(); i > 0; --i) {
    const Grant& grant = state.grants[table.grants[i - 1]];
    if (grant.key == key && !grant.ended) return table.grants[i - 1];
  }
  return kNone;
}

// What follows the admission of a key: the old table key is proven to open, then the new one is
// made.
Operation after_grants(const State& state, const Table& table, const Process& process) {
  const bool moves = process.kind == ProcessKind::key_switch;
  return moves && takes_grants(state, table.key) ? Operation::DECRYPT
                                                 : Operation::GENERATE_DATA_KEY;
}

}  // namespace

bool takes_grants(const State& state, std::uint32_t key) {
  if (key == kNone) return false;
  return state.scenario().reader().getKeys()[key].getManager() != events::Key::Manager::OWNED;
}

void advance(Process& process, const Table& table, const Call& answered) {
  process.asked = true;
  process.last = answered.operation;
  if (answered.operation == Operation::CREATE_GRANT) ++process.grants;
  if (answered.operation == Operation::RETIRE_GRANT) {
    while (process.retired < table.grants.size() &&
           table.grants[process.retired] != answered.grant) {
      ++process.retired;
    }
    ++process.retired;
  }
}

std::optional<Operation> next_operation(const State& state, std::uint32_t index,
                                        const Process& process) {
  const Table& table = at(state.tables, index);
  if (process.retiring) {
    if (!grant_to_retire(state, table, process)) return std::nullopt;
    return Operation::RETIRE_GRANT;
  }
  if (!process.asked) {
    return takes_grants(state, process.key) ? Operation::DESCRIBE_KEY
                                            : after_grants(state, table, process);
  }
  const std::uint32_t grants = state.settings().grants_per_table;
  switch (process.last) {
    case Operation::DESCRIBE_KEY:
    case Operation::CREATE_GRANT:
      return process.grants < grants ? Operation::CREATE_GRANT
                                     : after_grants(state, table, process);
    case Operation::DECRYPT:
      return Operation::GENERATE_DATA_KEY;
    default:
      return std::nullopt;
  }
}

Call process_call(const State& state, std::uint32_t index, const Process& process,
                  Operation operation) {
  const Table& table = at(state.tables, index);
  Call call;
  call.purpose = Purpose::process;
  call.operation = operation;
  call.table = index;
  call.key = process.key;
  call.entity = state.table_entity(index);
  call.ordinal = static_cast<std::uint64_t>(table.processes) << 24 | process.calls;
  // DynamoDB asks for the key on behalf of whoever chose it, and uses it as itself
  // (dynamodb.md 5.2).
  bool on_behalf = operation == Operation::DESCRIBE_KEY || operation == Operation::CREATE_GRANT;
  if (operation == Operation::DECRYPT) {
    call.key = table.key;
    call.version = static_cast<std::uint32_t>(table.keys.size());
  }
  // DynamoDB shows the token of a grant that it uses: that bridges the grant's propagation
  // (kms.md 5.3). A table whose grants were revoked still moves to another key (dynamodb.md 12,
  // S4): its old table key is then opened for whoever asks for the switch.
  if (!on_behalf) call.grant = live_grant(state, table, call.key);
  if (operation == Operation::DECRYPT && call.grant == kNone) on_behalf = true;
  call.via_service = on_behalf;
  call.as_service = !on_behalf;
  call.session = on_behalf ? process.session : 0;
  if (operation == Operation::RETIRE_GRANT) {
    call.grant = grant_to_retire(state, table, process).value();
    call.key = state.grants[call.grant].key;
  }
  return call;
}

bool admitted(const State& state, std::uint32_t table, const Process& process) {
  if (process.retiring) return true;
  const auto next = next_operation(state, table, process);
  return !next || *next == Operation::GENERATE_DATA_KEY;
}

Call retirement_call(const State& state, std::uint32_t table, std::uint32_t grant) {
  Call call;
  call.purpose = Purpose::retirement;
  call.operation = Operation::RETIRE_GRANT;
  call.table = table;
  call.grant = grant;
  call.key = at(state.grants, grant).key;
  call.as_service = true;
  call.entity = state.table_entity(table);
  call.ordinal = std::uint64_t{1} << 46 | grant;
  return call;
}

std::uint64_t control_ordinal(std::uint32_t step, Operation operation) {
  return std::uint64_t{1} << 47 | static_cast<std::uint64_t>(step) << 8 |
         static_cast<std::uint64_t>(operation);
}

}  // namespace tablekey::model
