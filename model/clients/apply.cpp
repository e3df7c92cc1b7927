// What data requests change: connections, their cached table keys, items, and who waits for whom.
#include <algorithm>

#include "model/applier.h"
#include "model/clients/encryptors.h"
#include "model/clients/records.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/streams.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {

// A connection's first request on a fresh life opens it.
void Applier::open_life(Connection& connection, std::uint32_t index) {
  connection.open = true;
  connection.opened = now();
  connection.requests_in_life = 0;
  take_slot(connection, index);
  if (connection.workload == kNone) return;
  const WorkloadView& workload = state_.scenario().workloads[connection.workload];
  const sim::Duration life = workload.life ? connection.lifetime : workload.connection_lifetime;
  if (life.count() == 0) return;
  connection.closure = schedule(now() + life, Priority::client, ActionKind::close_connection, index,
                                static_cast<std::uint32_t>(events::Close::AGE));
}

// What every event that handles an arrival does: count it, and plan the next.
void Applier::arrived(Connection& connection, std::uint32_t index, std::int64_t next) {
  ++state_.counters.requests;
  if (!connection.open) open_life(connection, index);
  ++connection.requests;
  ++connection.requests_in_life;
  if (connection.workload != kNone) in_use(connection);
  if (action_.kind == ActionKind::pool_arrival) return pool_arrived(index, next);
  if (action_.kind == ActionKind::retry_request) state_.free_retries.push_back(action_.a);
  if (action_.kind != ActionKind::request) return;
  ++connection.arrivals;
  plan_arrival(connection, index, next);
}

void Applier::wake(const Call& call) {
  for (const std::uint32_t waiter : call.waiting) {
    Request& request = at(state_.waiters, waiter);
    request.version = call.version;
    request.error = call.error;
    request.request_id = call.request_id;
    schedule(wakes(request), Priority::client, ActionKind::resume_request, waiter);
  }
}

// The answer to a Decrypt is here. A slot that was emptied meanwhile keeps nothing, though it may
// have been filled again; nor does any of a table that is gone.
void Applier::answer_arrived(std::uint32_t key_jitter) {
  const std::uint32_t index = action_.a;
  const Call call = at(state_.calls, index);
  CacheSlot& slot = at(state_.cache, call.request.slot);
  if (keeps(state_, call.request)) {
    if (is_denial(call.error, settings_)) {
      drop_entry(slot, events::Miss::DROPPED);
      remember_denial(slot, call);
    } else if (call.error == events::KmsError::NONE &&
               call.version == needed_version(at(state_.tables, slot.table)) &&
               !comes_late(slot, call)) {
      insert_entry(call.request.slot, call.version, key_jitter);
    }
  }
  if (slot.call == index) slot.call = kNone;
  if (slot.extras && slot.extras->in_flight != 0) --slot.extras.make().in_flight;
  wake(call);
  free_call(index);
}

// A connection that has done its number of requests closes when nothing is under way on it.
void Applier::after_request(Connection& connection, std::uint32_t index) {
  if (connection.workload == kNone || !connection.open) return;
  const std::uint64_t limit =
      state_.scenario().workloads[connection.workload].requests_per_connection;
  if (limit == 0 || connection.requests_in_life < limit || connection.closing ||
      waits_on_own(connection, index)) {
    return;
  }
  connection.closing = true;
  state_.agenda_.cancel(connection.closure);
  connection.closure = schedule(now(), Priority::client, ActionKind::close_connection, index,
                                static_cast<std::uint32_t>(events::Close::REQUESTS));
}

void Applier::served(const ServedRequest& request) {
  Connection& connection = at(state_.connections, request.connection);
  const sim::Time answered = answered_at(connection, request.latency);
  ++state_.counters.served;
  if (request.via == events::Access::HIT) ++state_.counters.hits;
  if (request.via == events::Access::DELAYED_HIT) ++state_.counters.delayed_hits;
  switch (action_.kind) {
    case ActionKind::deliver_answer:
      answer_arrived(request.key_jitter);
      break;
    case ActionKind::resume_request:
      state_.free_waiters.push_back(action_.a);
      break;
    default:
      arrived(connection, request.connection, request.next);
      break;
  }
  if (request.via == events::Access::HIT) {
    use_entry(connection.slot, request.key_jitter, request.bytes);
    if (request.refresh) plan_refresh(request.connection);
  }
  after_answer(connection, request.connection, request.next, answered);
  after_request(connection, request.connection);
}

std::uint32_t Applier::read_halves(std::uint32_t table, std::uint32_t item) const {
  const std::uint32_t size = state_.item(table, item).size;
  return static_cast<std::uint32_t>(items::read_half_units(size, items::ReadMode::eventual));
}

void Applier::item_read(events::Event::ItemRead::Reader event) {
  Table& table = at(state_.tables, event.getTable());
  const bool watched = state_.item_count(event.getTable()) >= settings_.dynamodb.heat_min_items;
  if (watched || table.detail->on_demand_reads != 0) {
    const std::uint32_t halves = read_halves(event.getTable(), event.getItem());
    if (watched) heat(table, event.getItem(), halves, 0);
    consume(event.getTable(), halves, 0);
  }
  const std::uint64_t bytes =
      settings_.cache.counts_bytes ? state_.item(event.getTable(), event.getItem()).size : 0;
  served({event.getConnection(), event.getVia(), event.getNext(), event.getKeyJitter(),
          event.getRefresh(), bytes, event.getLatency()});
}

void Applier::items_read(events::Event::ItemsRead::Reader event) {
  const std::uint32_t table = event.getTable();
  const std::size_t bytes = std::size_t{event.getCount()} * state_.family(table).item_size;
  // A Query stays within one item collection; a Scan goes over all partitions alike.
  const auto halves = items::read_half_units(bytes, items::ReadMode::eventual);
  if (event.getScan()) {
    heat_all(table, halves);
  } else if (event.getCount() != 0) {
    heat(at(state_.tables, table), event.getFirst(), static_cast<std::uint32_t>(halves), 0);
  }
  consume(table, halves, 0);
  served({event.getConnection(), event.getVia(), event.getNext(), event.getKeyJitter(),
          event.getRefresh(), bytes, event.getLatency()});
}

// The TTL attribute of a value that a step gave.
sim::Time Applier::step_expiry(std::uint32_t table, std::uint32_t step) const {
  if (at(state_.tables, table).detail->ttl_attribute.empty()) return {};
  const auto described = at(state_.scenario().reader().getSteps(), step - 1);
  law(described.isData(), "a value is given by a data request");
  const auto value = described.getData().getValue();
  const auto item = items::parse_item(std::string_view(value.cStr(), value.size()));
  law(item.has_value(), "a value that was written is an item");
  return given_expiry(state_, table, *item);
}

void Applier::item_written(events::Event::ItemWritten::Reader event) {
  ItemWrite write;
  write.table = event.getTable();
  write.item = event.getItem();
  write.version = event.getVersion();
  write.size = event.getSize();
  write.deleted = event.getDeleted();
  write.tag_high = event.getTagHigh();
  write.tag_low = event.getTagLow();
  write.iv_head = event.getIvHead();
  write.iv_tail = event.getIvTail();
  write.sealed = std::span(event.getSealed().begin(), event.getSealed().size());
  if (event.getStep() != 0) write.expires = step_expiry(write.table, event.getStep());
  const bool of_step = event.getStep() != 0 && !write.deleted;
  law(write.sealed.empty() == !of_step, "a value that a step gives has its ciphertext");
  write_item(write);
  const std::uint64_t units = items::write_units(write.size);
  heat(at(state_.tables, write.table), write.item, 0, static_cast<std::uint32_t>(units));
  consume(write.table, 0, units);
  served({event.getConnection(), event.getVia(), event.getNext(), event.getKeyJitter(),
          event.getRefresh(), write.size, event.getLatency()});
}

void Applier::request_failed(events::Event::RequestFailed::Reader event) {
  const std::uint32_t index = event.getConnection();
  Connection& connection = at(state_.connections, index);
  const sim::Time answered = answered_at(connection, event.getLatency());
  if (event.getRetryAt() != 0) {
    plan_retry(event.getRetryAt(),
               {index, event.getItem(), event.getOperation(), event.getAttempt()});
  }
  ++state_.counters.failed;
  switch (action_.kind) {
    case ActionKind::deliver_answer:
      answer_arrived(event.getKeyJitter());
      break;
    case ActionKind::resume_request:
      state_.free_waiters.push_back(action_.a);
      break;
    default:
      arrived(connection, index, event.getNext());
      break;
  }
  after_answer(connection, index, event.getNext(), answered);
  after_request(connection, index);
}

// The request that goes on, on connection `index`: one that arrives there, one that waited for an
// answer, or one that needs several tables' keys and has got one of them.
Request Applier::take_request(std::uint32_t index, events::DataOperation operation,
                              std::int64_t next, std::uint32_t key_jitter) {
  Connection& connection = at(state_.connections, index);
  Request request;
  if (action_.kind == ActionKind::deliver_answer) {
    const Call& call = at(state_.calls, action_.a);
    request = call.request;
    if (call.purpose == Purpose::client) {
      // The request goes on where it was: this was no table's key.
      take_client_answer(request, call);
      free_call(action_.a);
      if (request.connection != index) come_to(connection, index, request);
      return request;
    }
    request.version = call.version;
    request.error = call.error;
    request.request_id = call.request_id;
    answer_arrived(key_jitter);
  } else if (action_.kind == ActionKind::resume_request) {
    request = at(state_.waiters, action_.a);
    state_.free_waiters.push_back(action_.a);
  } else {
    request.arrived = now();
    request.ordinal = connection.requests;
    if (action_.kind == ActionKind::retry_request) {
      request.attempt = at(state_.retries, action_.a).attempt;
    }
    arrived(connection, index, next);
    note_slot(connection, request);
    if (connection.workload != kNone) {
      const auto encryptor = state_.scenario().workloads[connection.workload].encryptor;
      if (encryptor != kNone && operation != events::DataOperation::DELETE_ITEM) {
        request.home = index;
        request.home_ordinal = request.ordinal;
      }
    }
    return request;
  }
  if (request.connection == index) return request;
  // It has one table's key, or its refusal; now it comes to another table's connection.
  keep_answer(request);
  come_to(connection, index, request);
  return request;
}

// A request on several tables comes to another one's connection.
void Applier::come_to(Connection& connection, std::uint32_t index, Request& request) {
  if (!connection.open) open_life(connection, index);
  note_slot(connection, request);
  if (index == request.home) {  // back where it was counted
    request.ordinal = request.home_ordinal;
    return;
  }
  request.ordinal = connection.requests;
  ++connection.requests;
  ++connection.requests_in_life;
}

// A stream may outlive its table, and then needs a key that the table had.
std::uint32_t Applier::asked_version(events::Event::TableKeyRequested::Reader event) const {
  const std::uint32_t table = event.getTable();
  const bool records = event.getOperation() == events::DataOperation::GET_RECORDS;
  if (!records || event.getStep() == 0) return needed_version(at(state_.tables, table));
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  law(step.isRequest(), "records are read by a request with all its parameters");
  return stream_key_version(state_, stream_of(state_, step.getRequest()));
}

void Applier::table_key_requested(events::Event::TableKeyRequested::Reader event) {
  const std::uint32_t index = event.getConnection();
  Connection& connection = at(state_.connections, index);
  const Table& table = at(state_.tables, event.getTable());
  Call call;
  const bool again = action_.kind == ActionKind::deliver_answer &&
                     at(state_.calls, action_.a).purpose != Purpose::client &&
                     at(state_.calls, action_.a).request.connection == index;
  if (again) {
    // The table's key changed while the answer was under way: it is asked for again, and those
    // that waited go on waiting.
    call.request = at(state_.calls, action_.a).request;
    call.waiting = state_.calls[action_.a].waiting;
    free_call(action_.a);
  } else {
    call.request = take_request(index, event.getOperation(), event.getNext(), event.getKeyJitter());
  }
  call.purpose = Purpose::data_request;
  call.operation = events::KmsOperation::DECRYPT;
  call.table = event.getTable();
  call.version = asked_version(event);
  call.key = at(table.keys, call.version - 1).key;
  const bool owned =
      state_.scenario().reader().getKeys()[call.key].getManager() == events::Key::Manager::OWNED;
  call.as_service = owned;
  call.via_service = !owned;
  call.session = owned ? 0 : session_of(connection.identity);
  call.entity = state_.connection_entity(index);
  call.ordinal = call.request.decrypt_ordinal();
  ++call.request.asked;
  call.step = event.getStep();
  call.request.connection = index;
  call.request.item = event.getItem();
  call.request.operation = event.getOperation();
  call.request.step = event.getStep();
  call.request.why = event.getWhy();
  const std::uint32_t opened =
      open_call(event.getCall(), call, after(event.getLatency()), Priority::client);
  if (keeps(state_, call.request)) asked(at(state_.cache, call.request.slot), opened);
  begin_loading(call.request);
}

void Applier::request_waited(events::Event::RequestWaited::Reader event) {
  const std::uint32_t index = event.getConnection();
  Connection& connection = at(state_.connections, index);
  // One that is resumed had waited for what was of no use: the table's key had changed.
  Request request = take_request(index, event.getOperation(), event.getNext(), 0);
  const bool for_provider = event.getCall() == kNone;
  if (for_provider) {
    keep_answer(request);
  } else {
    law(at(state_.cache, connection.slot).call == event.getCall(),
        "a request waits for a call about the same table's key");
  }
  request.connection = index;
  request.item = event.getItem();
  request.operation = event.getOperation();
  request.step = event.getStep();
  if (!for_provider) begin_loading(request);
  std::uint32_t waiter = static_cast<std::uint32_t>(state_.waiters.size());
  if (state_.free_waiters.empty()) {
    state_.waiters.push_back(request);
  } else {
    waiter = state_.free_waiters.back();
    state_.free_waiters.pop_back();
    state_.waiters[waiter] = request;
  }
  if (for_provider) return wait_for_provider(request, waiter);
  at(state_.calls, event.getCall()).waiting.push_back(waiter);
}

}  // namespace tablekey::model
