// A job's copy of the table key: whether it serves, and asking for it.
#include "model/dynamodb/service_jobs.h"

#include <fmt/format.h>

#include "crypto/draw.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

const ServiceKey& key_of(const State& state, std::uint32_t table, events::ServiceJob job) {
  return at(state.tables[table].detail->service_keys, static_cast<std::size_t>(job));
}

}  // namespace

ServiceKeyState service_key_state(const State& state, std::uint32_t table, events::ServiceJob job,
                                  sim::Time now) {
  const Table& owner = at(state.tables, table);
  const std::uint32_t needed = needed_version(owner);
  if (needed == 0) return ServiceKeyState::ready;
  const ServiceKey& key = key_of(state, table, job);
  if (key.call != kNone) return ServiceKeyState::asking;
  const bool fresh =
      key.version == needed && now - key.decrypted < state.settings().dynamodb.background_ttl;
  return fresh ? ServiceKeyState::ready : ServiceKeyState::needed;
}

sim::Time service_key_until(const State& state, std::uint32_t table, events::ServiceJob job) {
  return key_of(state, table, job).decrypted + state.settings().dynamodb.background_ttl;
}

std::uint64_t service_job_entity(const State& state, std::uint32_t table, events::ServiceJob job) {
  return crypto::name_hash(
      fmt::format("service-job/{}/{:016x}", static_cast<int>(job), state.table_entity(table)));
}

void request_service_key(Deciding& d, std::uint32_t table, events::ServiceJob job,
                         std::uint32_t argument) {
  auto event = d.out.initServiceKeyRequested();
  event.setTable(table);
  event.setJob(job);
  event.setCall(next_call(d.state));
  event.setLatency(
      latency_there(d, service_job_entity(d.state, table, job), key_of(d.state, table, job).calls,
                    table)
          .count());
  event.setArgument(argument);
}

void decide_service_answer(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  const bool denied = call.error != events::KmsError::NONE;
  auto event = d.out.initServiceKeyAnswered();
  event.setTable(call.table);
  event.setJob(call.job);
  event.setCall(d.action.a);
  event.setError(call.error);
  event.setArgument(call.argument);
  event.setRetry(denied ? d.settings().dynamodb.background_retry.count() : -1);
}

}  // namespace tablekey::model
