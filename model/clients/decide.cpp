// What becomes of a data request: a cached table key serves it, or KMS is asked, or it waits for an
// answer that is already under way (dynamodb.md 4.4). The cryptography is real: a served read has
// opened its record.
#include <algorithm>

#include "model/apply.h"
#include "model/clients/client_requests.h"
#include "model/clients/requests.h"
#include "model/clients/serving.h"
#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/realms.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Access;

void ask_kms(Deciding& d, const Serving& s, events::Miss why, std::uint64_t ordinal) {
  auto event = d.out.initTableKeyRequested();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setItem(s.item);
  event.setOperation(s.operation);
  event.setWhy(why);
  event.setStep(s.step);
  // An answered call gives its place back before this one takes it.
  event.setCall(d.action.kind == ActionKind::deliver_answer ? d.action.a : next_call(d.state));
  event.setLatency(
      latency_there(d, d.state.connection_entity(s.connection), ordinal, s.table).count());
  event.setNext(s.next);
  event.setKeyJitter(s.key_jitter);
  event.setAttempt(s.attempt);
}

void wait(Deciding& d, const Serving& s, std::uint32_t call) {
  auto event = d.out.initRequestWaited();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setItem(s.item);
  event.setOperation(s.operation);
  event.setStep(s.step);
  event.setCall(call);
  event.setNext(s.next);
  event.setAttempt(s.attempt);
}

bool remembers_denial(const CacheSlot& slot, sim::Time now) {
  return slot.extras && now < slot.extras->denied_until;
}

// Rule storm lets so many ask at a time; who comes then sleeps and looks again.
bool must_sleep(const Deciding& d, const CacheSlot& slot) {
  const CacheFigures& figures = d.settings().cache;
  if (!figures.storm_grace || slot.call == kNone) return false;
  const bool recent = d.now - slot.extras->last_renewal < figures.storm_in_flight;
  return recent && slot.extras->in_flight >= figures.storm_fan_out;
}

// The request looks for its table's key in the cache: it is served, or waits, or asks KMS.
void seek_key(Deciding& d, Serving& s, const CacheSlot& slot, std::uint32_t needed) {
  const std::uint64_t bytes = request_bytes(d, s);
  if (usable(slot.entry, needed, d.settings(), d.now, bytes)) {
    const Renewal due = renewal_by(d, slot, s.connection, s.ordinal);
    if (due == Renewal::ahead) return ask_kms(d, s, events::Miss::EARLY, s.ordinal);
    s.via = Access::HIT;
    s.refresh = due == Renewal::behind;
    s.key_jitter = draw_jitter(d, s.connection, s.ordinal);
    CacheEntry used = slot.entry;
    used.last_used = d.now;
    used.idle_jitter = s.key_jitter;
    s.usable_until = usable_until(used, d.settings());
    return serve(d, s);
  }
  if (remembers_denial(slot, d.now)) {
    const CacheSlotExtras& known = *slot.extras;
    return fail(d, s, dynamodb::exception_for(d.settings(), known.denial), known.denial,
                {known.denial_request_high, known.denial_request_low});
  }
  const bool waits = d.settings().cache.coalesce || must_sleep(d, slot);
  if (waits && slot.call != kNone) return wait(d, s, slot.call);
  ask_kms(d, s, why_missed(slot, needed, d.settings(), d.now, bytes), s.ordinal);
}

// A request whose Decrypt was answered goes on, or fails with what KMS said.
void go_on(Deciding& d, const Request& request, Access via, std::uint32_t version,
           events::KmsError error, Uuid request_id) {
  Serving s;
  s.connection = request.connection;
  s.table = d.state.connections[request.connection].table;
  s.item = request.item;
  s.step = request.step;
  s.operation = request.operation;
  s.via = via;
  s.waited = (d.now - request.arrived).count();
  s.latency = s.waited + request_latency(d, s.connection, request.ordinal).count();
  s.attempt = request.attempt;
  s.closed = is_closed_loop(d.state, s.connection);
  const Table& table = d.state.tables[s.table];
  s.ordinal = request.ordinal;
  if (const auto refusal = refusal_of(table, d.settings()); refusal != events::Exception::NONE) {
    return fail(d, s, refusal, events::KmsError::NONE, {});
  }
  const CacheSlot& slot = at(d.state.cache, request.slot);
  const bool kept = keeps(d.state, request);
  const std::uint32_t needed = needed_version(table);
  if (error != events::KmsError::NONE) {
    const bool gone = is_denial(error, d.settings());
    if (gone || !kept || !serves_stale(slot.entry, needed, d.settings(), d.now)) {
      return fail(d, s, dynamodb::exception_for(d.settings(), error), error, request_id);
    }
    s.via = Access::STALE;
    s.usable_until = d.now;
    return serve(d, s);
  }
  if (version != needed) {
    // The table moved to another key while the answer was under way. Of those that had waited the
    // first asks again.
    const bool resumed = d.action.kind == ActionKind::resume_request;
    const bool asked = resumed && kept && slot.call != kNone;
    if (asked && d.settings().cache.coalesce) return wait(d, s, slot.call);
    return ask_kms(d, s, events::Miss::VERSION, request.decrypt_ordinal());
  }
  // A connection that was closed meanwhile keeps nothing: the key serves this once.
  s.usable_until = kept ? new_until(version, d.settings(), d.now) : d.now;
  s.key_jitter = draw_jitter(d, s.connection, request.ordinal);
  serve(d, s);
}

}  // namespace

void admit(Deciding& d, Serving s) {
  const Connection& connection = d.state.connections[s.connection];
  const Table& table = d.state.tables[s.table];
  const std::uint64_t ordinal = connection.requests;
  s.latency = request_latency(d, s.connection, ordinal).count();
  s.ordinal = ordinal;
  if (s.step == 0 && workload_encryptor(d.state, s.connection, s.operation) != kNone) {
    return decide_client_request(d, s);
  }
  if (const auto failure = failure_of(d.state, s.table); failure != events::Exception::NONE) {
    return fail(d, s, failure, events::KmsError::NONE, {});
  }
  if (const auto refusal = refusal_of(table, d.settings()); refusal != events::Exception::NONE) {
    return fail(d, s, refusal, events::KmsError::NONE, {});
  }
  const std::uint32_t session = dynamodb::session_of_identity(d.state, connection.identity);
  if (!dynamodb::in_own_account(d.state, session, s.table)) {
    return fail(d, s, events::Exception::ACCESS_DENIED, events::KmsError::NONE, {});
  }
  const std::uint32_t needed = needed_version(table);
  if (needed == 0) {  // not encrypted: KMS is not concerned
    s.via = Access::HIT;
    s.usable_until = d.now;
    return serve(d, s);
  }
  static const CacheSlot kNothing;
  const CacheSlot* found = find_slot(d.state, s.connection);
  seek_key(d, s, found == nullptr ? kNothing : *found, needed);
}

void decide_data_step(Deciding& d) {
  const ScenarioView& scenario = d.state.scenario();
  const auto step = scenario.reader().getSteps()[d.action.a];
  const auto data = step.getData();
  const std::uint32_t table = scenario.families[data.getTable()].first_table;
  Serving s;
  s.connection =
      scenario.step_connection(scenario.caller(step.getCaller(), step.getSession().cStr()), table);
  s.table = table;
  s.item = data.getItem() == kNone ? 0 : data.getItem();
  s.step = d.action.a + 1;
  s.operation = data.getOperation();
  admit(d, s);
}

void decide_data_answer(Deciding& d) {
  const Call& call = d.state.calls[d.action.a];
  if (is_full_request(d.state, call.request)) {
    return continue_request(d, call.request, call.version, call.error, call.request_id);
  }
  go_on(d, call.request, Access::MISS, call.version, call.error, call.request_id);
}

void decide_resumed(Deciding& d) {
  const Request& request = at(d.state.waiters, d.action.a);
  if (is_full_request(d.state, request)) {
    return continue_request(d, request, request.version, request.error, request.request_id);
  }
  go_on(d, request, Access::DELAYED_HIT, request.version, request.error, request.request_id);
}

}  // namespace tablekey::model
