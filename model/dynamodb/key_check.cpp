// The checker asks nothing that a trace would have to show as a request: a probe that finds what
// the last one found leaves no event, so only those are planned that may find another thing. What
// they find follows from what KMS would answer.
#include "model/dynamodb/key_check.h"

#include <array>

#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/process.h"
#include "model/kms/authorize.h"
#include "model/kms/key_states.h"
#include "model/kms/operation.h"
#include "model/kms/operations/stores.h"
#include "model/law.h"

namespace tablekey::model {
namespace dynamodb {
namespace {

using events::KmsError;

// Minutes from the change to its detection, and to the detection of recovery (dynamodb.md 2.8).
constexpr std::array kDetectSeconds = {756, 2172, 2502, 2592, 4506, 4800};
constexpr std::array kRecoverSeconds = {1086, 2652, 3408};

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

template <std::size_t n>
sim::Duration sample(const std::array<int, n>& seconds, std::uint64_t hash) {
  return sim::Duration::seconds(seconds[hash % n]);
}

bool allowed_as_service(const State& state, std::uint32_t table, std::uint32_t key) {
  kms::KmsRequest request;
  request.operation = events::KmsOperation::DECRYPT;
  request.as_service = true;
  request.key = key;
  request.table = table;
  request.realm = at(state.scenario().key_realms, key);
  for (const std::uint32_t grant : state.tables[table].grants) {
    const Grant& held = at(state.grants, grant);
    if (held.key == key && !held.ended) request.tokens.push_back(grant);
  }
  return kms::may(state, request, kms::operation_row(request.operation));
}

}  // namespace

KmsError key_refusal(const State& state, std::uint32_t key) {
  if (key == kNone || !takes_grants(state, key)) return KmsError::NONE;
  const KmsKey& facts = at(state.keys, key);
  if (!facts.created || facts.deleted) return KmsError::NOT_FOUND;
  const auto& row = kms::operation_row(events::KmsOperation::DECRYPT);
  if (const kms::Refusal refusal = kms::state_refusal(state, row, key, false)) {
    return refusal.error;
  }
  return kms::broken_store_refusal(state, key).error;
}

KmsError service_refusal(const State& state, std::uint32_t table, std::uint32_t key) {
  const KmsError refusal = key_refusal(state, key);
  if (refusal != KmsError::NONE || key == kNone || !takes_grants(state, key)) return refusal;
  return allowed_as_service(state, table, key) ? KmsError::NONE : KmsError::ACCESS_DENIED;
}

sim::Time next_check(const State& state, std::uint32_t index, sim::Time from) {
  const Table& table = at(state.tables, index);
  const DynamoDbFigures& figures = state.settings().dynamodb;
  const std::uint64_t identity = mixed(table.id[0] ^ mixed(table.id[1]));
  if (figures.key_check_samples) {
    const auto instant = static_cast<std::uint64_t>(from.nanoseconds());
    const std::uint64_t hash = mixed(identity ^ instant);
    return from + (table.detail->inaccessible ? sample(kRecoverSeconds, hash)
                                              : sample(kDetectSeconds, hash));
  }
  const std::int64_t period = std::max<std::int64_t>(1, figures.key_check_period.count());
  const auto phase = static_cast<std::int64_t>(identity % static_cast<std::uint64_t>(period));
  const std::int64_t since = from.nanoseconds() - phase;
  const std::int64_t rounds = since < 0 ? 0 : since / period + 1;
  return sim::Time::from_nanoseconds(phase + rounds * period);
}

}  // namespace dynamodb

namespace {

void start_archival(Deciding& d, std::uint32_t index) {
  const std::uint64_t entity = d.state.table_entity(index);
  const std::uint64_t ordinal = d.state.backups.size();
  const sim::Bits128 id = draw(d.random, entity, Draw::archival_backup_id, ordinal);
  auto event = d.out.initTableArchivalStarted();
  event.setTable(index);
  event.setDuration(
      d.settings()
          .dynamodb.archiving.sample_duration(draw(d.random, entity, Draw::archiving, ordinal))
          .count());
  event.setBackup(static_cast<std::uint32_t>(d.state.backups.size()));
  event.setBackupIdHigh(id.high);
}

}  // namespace

void decide_key_check(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Table& table = at(d.state.tables, index);
  if (d.action.kind == ActionKind::archive_table) return start_archival(d, index);
  if (d.action.kind == ActionKind::finish_archival) {
    auto event = d.out.initTableArchived();
    event.setTable(index);
    event.setBackup(table.detail->archival_backup);
    return;
  }
  const events::KmsError error = dynamodb::service_refusal(d.state, index, table.key);
  auto event = d.out.initKeyChecked();
  event.setTable(index);
  event.setUsable(error == events::KmsError::NONE);
  event.setError(error);
}

}  // namespace tablekey::model
