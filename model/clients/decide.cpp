// What becomes of a data request: a cached table key serves it, or KMS is asked, or it waits for an
// answer that is already under way (dynamodb.md 4.4). The cryptography is real: a served read has
// opened its record.
#include <algorithm>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/apply.h"
#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/realms.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Access;
using events::DataOperation;

constexpr std::uint32_t kPageBytes = 1U << 20;  // Query and Scan read at most 1 MB (dynamodb.md 9)

/// One request, wherever it stands on its way.
struct Serving {
  std::uint32_t connection = 0;
  std::uint32_t table = 0;
  std::uint32_t item = 0;
  std::uint32_t step = 0;
  DataOperation operation{};
  Access via{};
  std::int64_t latency = 0;
  std::int64_t next = 0;
  sim::Time usable_until;
};

bool serves(Lifecycle status) { return status == Lifecycle::live || status == Lifecycle::deleting; }

sim::Duration request_latency(const Deciding& d, std::uint32_t connection, std::uint64_t ordinal) {
  const sim::Distribution& latency = d.settings().request_latency;
  // A draw that decides nothing need not be made: nobody else's moves.
  if (latency.kind() == sim::Distribution::Kind::constant) return latency.sample_duration({});
  return latency.sample_duration(
      draw(d.random, d.state.connection_entity(connection), Draw::request_latency, ordinal));
}

// ---- the three ways of serving -----------------------------------------------------------------

void read_item(Deciding& d, const Serving& s) {
  const State::ItemView view = d.state.item(s.table, s.item);
  auto event = d.out.initItemRead();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setItem(s.item);
  event.setVersion(view.version);
  event.setVia(s.via);
  if (view.version != 0) {
    const RecordTag tag = d.vault.read(d.state, s.table, s.item, s.usable_until);
    event.setTagHigh(tag.high);
    event.setTagLow(tag.low);
  } else {
    d.vault.hold_table_key(d.state, s.table, needed_version(d.state.tables[s.table]),
                           s.usable_until);
  }
  event.setLatency(s.latency);
  event.setNext(s.next);
}

std::uint32_t written_version(const State& state, std::uint32_t table, std::uint32_t item) {
  const Table& owner = state.tables[table];
  if (item < owner.items.size() && owner.items[item].version != 0) {
    return owner.items[item].version + 1;  // versions go on after a deletion: no IV input repeats
  }
  return item < owner.generated ? 2 : 1;
}

void write_item(Deciding& d, const Serving& s) {
  const bool deleted = s.operation == DataOperation::DELETE_ITEM;
  const std::uint32_t version = written_version(d.state, s.table, s.item);
  std::optional<std::string_view> given;
  if (s.step != 0 && !deleted) {
    const auto value = d.state.scenario().reader().getSteps()[s.step - 1].getData().getValue();
    given = std::string_view(value.cStr(), value.size());
  }
  Vault::Written written;
  if (deleted) {
    d.vault.hold_table_key(d.state, s.table, needed_version(d.state.tables[s.table]),
                           s.usable_until);
  } else {
    written = d.vault.write(d.state, s.table, s.item, version, given, s.usable_until);
  }
  auto event = d.out.initItemWritten();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setItem(s.item);
  event.setVersion(version);
  event.setVia(s.via);
  event.setDeleted(deleted);
  event.setTagHigh(written.tag.high);
  event.setTagLow(written.tag.low);
  event.setLatency(s.latency);
  event.setNext(s.next);
  event.setSize(written.size);
  event.setStep(given ? s.step : 0);
  event.setIvHead(written.iv_head);
  event.setIvTail(written.iv_tail);
  if (given) event.setSealed(capnp::Data::Reader(written.sealed.data(), written.sealed.size()));
}

// The items of a Query are those that share a partition key; of a Scan, the first page.
std::pair<std::uint32_t, std::uint32_t> range_of(const State& state, const Serving& s,
                                                 std::uint32_t query_items) {
  const FamilyView& family = state.family(s.table);
  const std::uint32_t count = state.item_count(s.table);
  if (s.operation == DataOperation::SCAN) {
    const std::uint32_t page = std::max(1U, kPageBytes / std::max(1U, family.item_size));
    return {0, std::min(count, page)};
  }
  if (s.item >= family.items) return {s.item, s.item < count ? s.item + 1 : s.item};
  const std::uint32_t first = s.item - s.item % family.collection;
  const std::uint32_t last = std::min(first + family.collection, family.items);
  return {first, std::min(last, first + query_items)};
}

void read_items(Deciding& d, const Serving& s) {
  const std::uint32_t workload = d.state.connections[s.connection].workload;
  const std::uint32_t query_items =
      workload == kNone ? UINT32_MAX / 2 : d.state.scenario().workloads[workload].query_items;
  const auto [first, end] = range_of(d.state, s, query_items);
  crypto::Sha256 digest;
  std::uint32_t opened = 0;
  d.vault.hold_table_key(d.state, s.table, needed_version(d.state.tables[s.table]), s.usable_until);
  for (std::uint32_t item = first; item < end; ++item) {
    if (d.state.item(s.table, item).version == 0) continue;
    const RecordTag tag = d.vault.read(d.state, s.table, item, s.usable_until);
    std::array<std::uint8_t, 16> bytes;
    crypto::store_big_endian<8>(tag.high, bytes.data());
    crypto::store_big_endian<8>(tag.low, bytes.data() + 8);
    digest.update(bytes);
    ++opened;
  }
  const crypto::Digest total = digest.finish();
  auto event = d.out.initItemsRead();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setFirst(first);
  event.setCount(opened);
  event.setVia(s.via);
  event.setScan(s.operation == DataOperation::SCAN);
  event.setDigestHigh(crypto::load_big_endian<8>(total.data()));
  event.setDigestLow(crypto::load_big_endian<8>(total.data() + 8));
  event.setLatency(s.latency);
  event.setNext(s.next);
}

void serve(Deciding& d, const Serving& s) {
  switch (s.operation) {
    case DataOperation::GET_ITEM:
      return read_item(d, s);
    case DataOperation::PUT_ITEM:
    case DataOperation::DELETE_ITEM:
      return write_item(d, s);
    case DataOperation::QUERY:
    case DataOperation::SCAN:
      return read_items(d, s);
    default:
      law(false, "other operations go their own way");
  }
}

// ---- and of not serving ------------------------------------------------------------------------

void fail(Deciding& d, const Serving& s, events::Exception exception, events::KmsError kms_error,
          Uuid request) {
  auto event = d.out.initRequestFailed();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setItem(s.item);
  event.setOperation(s.operation);
  event.setException(exception);
  event.setKmsError(kms_error);
  event.setRequestHigh(request[0]);
  event.setRequestLow(request[1]);
  event.setLatency(s.latency);
  event.setNext(s.next);
}

events::Miss why_missed(const Deciding& d, const Connection& connection, std::uint32_t needed) {
  const CacheEntry& entry = connection.entry;
  if (entry.version == 0) return connection.dropped ? events::Miss::DROPPED : events::Miss::COLD;
  if (entry.version != needed) return events::Miss::VERSION;
  const auto& idle = d.settings().cache_idle_timeout;
  return idle && d.now - entry.last_used >= *idle ? events::Miss::IDLE : events::Miss::MAX_AGE;
}

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
}

void wait(Deciding& d, const Serving& s) {
  auto event = d.out.initRequestWaited();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setItem(s.item);
  event.setOperation(s.operation);
  event.setStep(s.step);
  event.setCall(d.state.connections[s.connection].call);
  event.setNext(s.next);
}

// A request has arrived at the router.
void admit(Deciding& d, Serving s) {
  const Connection& connection = d.state.connections[s.connection];
  const Table& table = d.state.tables[s.table];
  const std::uint64_t ordinal = connection.requests;
  s.latency = request_latency(d, s.connection, ordinal).count();
  if (!serves(table.lifecycle)) {
    return fail(d, s, events::Exception::RESOURCE_NOT_FOUND, events::KmsError::NONE, {});
  }
  const std::uint32_t session = dynamodb::session_of_identity(d.state, connection.identity);
  if (!dynamodb::in_own_account(d.state, session, s.table)) {
    return fail(d, s, events::Exception::ACCESS_DENIED, events::KmsError::NONE, {});
  }
  const std::uint32_t needed = needed_version(table);
  if (usable(connection.entry, needed, d.settings(), d.now)) {
    s.via = Access::HIT;
    CacheEntry used = connection.entry;
    used.last_used = d.now;
    s.usable_until = usable_until(used, d.settings());
    return serve(d, s);
  }
  if (d.settings().cache_coalesce && connection.call != kNone) return wait(d, s);
  ask_kms(d, s, why_missed(d, connection, needed), ordinal);
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
  s.latency = (d.now - request.arrived + request_latency(d, s.connection, request.ordinal)).count();
  const Table& table = d.state.tables[s.table];
  if (!serves(table.lifecycle)) {
    return fail(d, s, events::Exception::RESOURCE_NOT_FOUND, events::KmsError::NONE, {});
  }
  if (error != events::KmsError::NONE) {
    return fail(d, s, dynamodb::exception_for(error), error, request_id);
  }
  const Connection& connection = d.state.connections[s.connection];
  const bool kept = connection.keeps(request.ordinal);
  if (version != needed_version(table)) {
    // The table moved to another key while the answer was under way. Of those that had waited the
    // first asks again.
    const bool resumed = d.action.kind == ActionKind::resume_request;
    const bool asked = resumed && kept && connection.call != kNone;
    if (asked && d.settings().cache_coalesce) return wait(d, s);
    return ask_kms(d, s, events::Miss::VERSION, request.decrypt_ordinal());
  }
  // A connection that was closed meanwhile keeps nothing: the key serves this once.
  s.usable_until = kept ? usable_until({version, d.now, d.now}, d.settings()) : d.now;
  serve(d, s);
}

std::int64_t next_arrival(const Deciding& d, const WorkloadView& workload,
                          const Connection& connection, std::uint32_t index, bool first) {
  const std::uint64_t sent = connection.requests + (first ? 0 : 1);
  if (workload.requests != 0 && sent >= workload.requests) return 0;
  const sim::Bits128 bits =
      draw(d.random, workload.entity + index - workload.first_connection, Draw::gap, sent);
  const double share = static_cast<double>(index - workload.first_connection + 1) /
                       static_cast<double>(workload.connections);
  const double exposure =
      first ? workload.arrivals.first_exposure(bits, share) : workload.arrivals.exposure(bits);
  const sim::Time origin = first ? d.now : connection.origin;
  const auto next = workload.arrivals.next(origin, d.now, exposure);
  if (!next || (workload.stops != sim::Time() && *next >= workload.stops)) return 0;
  return next->nanoseconds();
}

}  // namespace

void decide_request(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Connection& connection = at(d.state.connections, index);
  const WorkloadView& workload = d.state.scenario().workloads[connection.workload];
  const std::uint64_t entity = workload.entity + index - workload.first_connection;
  Serving s;
  s.connection = index;
  s.table = connection.table;
  s.next = next_arrival(d, workload, connection, index, false);
  s.operation = workload.operations.front();
  if (!workload.one_operation) {
    s.operation = workload.operations[workload.mix->sample(
        draw(d.random, entity, Draw::operation, connection.requests))];
  }
  const std::uint32_t items = d.state.family(s.table).items;
  if (items > 1) {
    const sim::Bits128 bits = draw(d.random, entity, Draw::item, connection.requests);
    s.item = static_cast<std::uint32_t>(workload.popularity ? workload.popularity->sample(bits)
                                                            : sim::below(items, bits));
  }
  admit(d, s);
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
  go_on(d, call.request, Access::MISS, call.version, call.error, call.request_id);
}

void decide_resumed(Deciding& d) {
  const Request& request = at(d.state.waiters, d.action.a);
  go_on(d, request, Access::DELAYED_HIT, request.version, request.error, request.request_id);
}

void decide_connection(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Connection& connection = at(d.state.connections, index);
  if (d.action.kind == ActionKind::close_connection) {
    auto event = d.out.initConnectionClosed();
    event.setConnection(index);
    event.setWhy(static_cast<events::Close>(d.action.b));
    return;
  }
  const WorkloadView& workload = d.state.scenario().workloads[connection.workload];
  auto event = d.out.initConnectionOpened();
  event.setConnection(index);
  event.setNext(next_arrival(d, workload, connection, index, true));
}

// A share of a workload's connections closes: each one by its own draw, so that the others' fate
// does not matter.
void decide_close_step(Deciding& d) {
  const auto step = d.state.scenario().reader().getSteps()[d.action.a].getCloseConnections();
  const WorkloadView& workload = d.state.scenario().workloads[step.getWorkload()];
  std::vector<std::uint32_t> closed;
  for (std::uint32_t i = 0; i < workload.connections; ++i) {
    const std::uint32_t index = workload.first_connection + i;
    if (!d.state.connections[index].open) continue;
    const sim::Bits128 bits = draw(d.random, workload.entity + i, Draw::close, d.action.a);
    if (sim::below(1'000'000, bits) < step.getShareMillionths()) closed.push_back(index);
  }
  auto event = d.out.initConnectionsClosed();
  event.setStep(d.action.a);
  event.setWorkload(step.getWorkload());
  auto list = event.initConnections(static_cast<unsigned>(closed.size()));
  for (unsigned i = 0; i < closed.size(); ++i) list.set(i, closed[i]);
}

}  // namespace tablekey::model
