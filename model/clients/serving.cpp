// Serving: the record is opened or sealed for real, and the event made.
#include "model/clients/serving.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/clients/next_arrival.h"
#include "model/clients/requests.h"
#include "model/draws.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/on_demand.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/faults.h"
#include "model/law.h"
#include "model/planted.h"

namespace tablekey::model {

using events::DataOperation;
using events::Exception;
using events::KmsError;

Exception refusal_of(const Table& table, const Settings& settings) {
  const Exception archived =
      settings.dynamodb.archived_validation ? Exception::VALIDATION : Exception::RESOURCE_NOT_FOUND;
  switch (table.lifecycle) {
    case Lifecycle::live:
      return Exception::NONE;
    case Lifecycle::deleting:
      // The content of one that was archived lives in its backup alone (dynamodb.md 1.1).
      return table.detail->archived == sim::Time() ? Exception::NONE : archived;
    case Lifecycle::archiving:
    case Lifecycle::archived:
      return archived;
    default:
      return Exception::RESOURCE_NOT_FOUND;
  }
}

Exception failure_of(const State& state, std::uint32_t table) {
  if (state.faults.empty()) return Exception::NONE;
  return region_failure(state, state.table_region(table));
}

void hold_key(Deciding& d, std::uint32_t table, sim::Time until) {
  const std::uint32_t needed = needed_version(d.state.tables[table]);
  if (needed != 0) d.vault.hold_table_key(d.state, table, needed, until);
}

sim::Duration request_latency(const Deciding& d, std::uint32_t connection, std::uint64_t ordinal) {
  const sim::Distribution& latency = d.settings().request_latency;
  // A draw that decides nothing need not be made: nobody else's moves.
  if (latency.kind() == sim::Distribution::Kind::constant) return latency.sample_duration({});
  return latency.sample_duration(
      draw(d.random, d.state.connection_entity(connection), Draw::request_latency, ordinal));
}

std::uint32_t written_version(const State& state, std::uint32_t table, std::uint32_t item) {
  const Table& owner = state.tables[table];
  if (item < owner.items.size() && owner.items[item].version != 0) {
    const bool lost = planted(Planted::lost_write) && owner.items[item].version == 2;
    return owner.items[item].version +
           (lost ? 0 : 1);  // versions go on after a deletion: no IV input repeats
  }
  return item < owner.generated ? 2 : 1;
}

std::uint64_t request_bytes(const Deciding& d, const Serving& s) {
  if (!d.settings().cache.counts_bytes) return 0;
  const FamilyView& family = d.state.family(s.table);
  switch (s.operation) {
    case DataOperation::GET_ITEM:
    case DataOperation::DELETE_ITEM:
      return d.state.item(s.table, s.item).size;
    case DataOperation::QUERY:
      return std::uint64_t{family.item_size} * family.collection;
    case DataOperation::SCAN:
      return std::min<std::uint64_t>(kPageBytes, std::uint64_t{family.item_size} * family.items);
    default:
      return s.size != 0 ? s.size : family.item_size;
  }
}

std::uint32_t draw_jitter(const Deciding& d, std::uint32_t connection, std::uint64_t ordinal) {
  if (d.settings().cache.jitter_millionths == 0) return 0;
  return jitter_factor(d.settings(), draw(d.random, d.state.connection_entity(connection),
                                          Draw::cache_jitter, ordinal));
}

Renewal renewal_by(const Deciding& d, const CacheSlot& slot, std::uint32_t connection,
                   std::uint64_t ordinal) {
  return renewal(slot, d.settings(), d.now, [&] {
    return sim::unit(
        draw(d.random, d.state.connection_entity(connection), Draw::early_refresh, ordinal).high);
  });
}

bool is_closed_loop(const State& state, std::uint32_t connection) {
  const std::uint32_t workload = state.connections[connection].workload;
  return workload != kNone && state.scenario().workloads[workload].closed;
}

sim::Time answered_at(const Deciding& d, const Serving& s) {
  return d.now + sim::Duration::nanoseconds(s.latency - s.waited);
}

namespace {

// What the AWS SDKs send again.
bool may_pass(Exception exception) {
  switch (exception) {
    case Exception::INTERNAL_SERVER_ERROR:
    case Exception::SERVICE_UNAVAILABLE:
    case Exception::THROTTLING:
    case Exception::PROVISIONED_THROUGHPUT_EXCEEDED:
    case Exception::REQUEST_LIMIT_EXCEEDED:
    case Exception::TRANSACTION_IN_PROGRESS:
      return true;
    default:
      return false;
  }
}

}  // namespace

// A user thinks once the answer is there.
void plan_thought(const Deciding& d, Serving& s) {
  const WorkloadView& workload =
      d.state.scenario().workloads[d.state.connections[s.connection].workload];
  s.next = next_after_answer(d, workload, s.connection, answered_at(d, s));
}

std::int64_t retry_time(const Deciding& d, const Serving& s, Exception exception) {
  const std::uint32_t number = d.state.connections[s.connection].workload;
  if (number == kNone || s.step != 0 || !may_pass(exception)) return 0;
  const WorkloadView& workload = d.state.scenario().workloads[number];
  if (s.attempt + 1U >= workload.retries.attempts) return 0;
  const sim::Bits128 bits =
      draw(d.random, workload.entity_of(s.connection), Draw::back_off, s.ordinal);
  const sim::Time at = answered_at(d, s) + workload.retries.delay(s.attempt, bits);
  return std::max(at, d.now + sim::Duration::nanoseconds(1)).nanoseconds();
}

void fail(Deciding& d, Serving& s, events::Exception exception, events::KmsError kms_error,
          Uuid request) {
  const std::int64_t retry_at = retry_time(d, s, exception);
  if (s.closed && retry_at == 0) plan_thought(d, s);
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
  event.setRetryAt(retry_at);
  event.setAttempt(s.attempt);
  event.setKeyJitter(s.key_jitter);
}

namespace {

void read_item(Deciding& d, const Serving& s) {
  const State::ItemView view = d.state.item(s.table, s.item);
  auto event = d.out.initItemRead();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setItem(s.item);
  event.setVersion(view.version - (planted(Planted::stale_read) && view.version > 2 ? 1 : 0));
  event.setVia(s.via);
  if (view.version != 0) {
    const RecordTag tag = d.vault.read(d.state, s.table, s.item, s.usable_until);
    event.setTagHigh(tag.high);
    event.setTagLow(tag.low);
  } else {
    hold_key(d, s.table, s.usable_until);
  }
  event.setLatency(s.latency);
  event.setNext(s.next);
  event.setKeyJitter(s.key_jitter);
  event.setRefresh(s.refresh);
  event.setAttempt(s.attempt);
}

void write_item(Deciding& d, Serving& s) {
  const bool deleted = s.operation == DataOperation::DELETE_ITEM;
  const std::uint32_t version = written_version(d.state, s.table, s.item);
  const ItemSpace& space = d.state.scenario().items(d.state.tables[s.table].family);
  std::optional<items::AttributeMap> given;
  if (s.step != 0 && !deleted) {
    const auto value = d.state.scenario().reader().getSteps()[s.step - 1].getData().getValue();
    auto parsed = items::parse_item(std::string_view(value.cStr(), value.size()));
    if (!parsed || items::validate_item(*parsed, space.key())) {
      return fail(d, s, events::Exception::VALIDATION, events::KmsError::NONE, {});
    }
    given = std::move(*parsed);
  }
  Vault::Written written;
  if (deleted) {
    hold_key(d, s.table, s.usable_until);
  } else {
    written = d.vault.write(d.state, s.table, s.item, version, given ? &*given : nullptr,
                            space.generated_expiry(d.now), s.usable_until);
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
  event.setKeyJitter(s.key_jitter);
  event.setRefresh(s.refresh);
  event.setAttempt(s.attempt);
  event.setSize(written.size);
  event.setStep(given ? s.step : 0);
  event.setIvHead(written.iv_head);
  event.setIvTail(written.iv_tail);
  event.setLocalTag(written.local_tag);
  if (given) event.setSealed(capnp::Data::Reader(written.sealed.data(), written.sealed.size()));
}

// A page of the items of a Query, those that share a partition key, or of a Scan.
std::vector<std::uint32_t> page_of(const State& state, const Serving& s) {
  const ItemSpace& space = state.scenario().items(state.tables[s.table].family);
  const std::uint32_t workload = state.connections[s.connection].workload;
  const bool scan = s.operation == DataOperation::SCAN;
  const std::size_t most = scan || workload == kNone
                               ? std::numeric_limits<std::size_t>::max()
                               : state.scenario().workloads[workload].query_items;
  std::vector<std::uint32_t> candidates;
  if (!scan) candidates = space.collection_of(s.item);
  std::vector<std::uint32_t> page;
  std::uint64_t bytes = 0;
  for (const std::uint32_t item : scan ? space.scan_order() : candidates) {
    if (page.size() >= most) break;
    const State::ItemView view = state.item(s.table, item);
    if (view.version == 0) continue;
    bytes += view.size;
    if (bytes > kPageBytes && !page.empty()) break;
    page.push_back(item);
  }
  return page;
}

void read_items(Deciding& d, const Serving& s) {
  crypto::Sha256 digest;
  hold_key(d, s.table, s.usable_until);
  const std::vector<std::uint32_t> page = page_of(d.state, s);
  for (const std::uint32_t item : page) {
    const RecordTag tag = d.vault.read(d.state, s.table, item, s.usable_until);
    std::array<std::uint8_t, 16> bytes;
    crypto::store_big_endian<8>(tag.high, bytes.data());
    crypto::store_big_endian<8>(tag.low, bytes.data() + 8);
    digest.update(bytes);
  }
  const crypto::Digest total = digest.finish();
  auto event = d.out.initItemsRead();
  event.setConnection(s.connection);
  event.setTable(s.table);
  event.setFirst(page.empty() ? s.item : page.front());
  event.setCount(static_cast<std::uint32_t>(page.size()));
  event.setVia(s.via);
  event.setScan(s.operation == DataOperation::SCAN);
  event.setDigestHigh(crypto::load_big_endian<8>(total.data()));
  event.setDigestLow(crypto::load_big_endian<8>(total.data() + 8));
  event.setLatency(s.latency);
  event.setNext(s.next);
  event.setKeyJitter(s.key_jitter);
  event.setRefresh(s.refresh);
  event.setAttempt(s.attempt);
}

}  // namespace

void serve(Deciding& d, Serving& s) {
  if (exceeds_on_demand(d.state, s.table, s.operation, d.now)) {
    return fail(d, s, Exception::THROTTLING, KmsError::NONE, {});
  }
  if (s.closed) plan_thought(d, s);
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
      return serve_generated(d, s);
  }
}

}  // namespace tablekey::model
