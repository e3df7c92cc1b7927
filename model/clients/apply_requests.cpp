// What an answered request with all its parameters changes: its items, all at once, and what later
// requests may refer to.
#include <algorithm>

#include "model/applier.h"
#include "model/clients/client_requests.h"
#include "model/clients/encryptors.h"
#include "model/clients/records.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/on_demand.h"
#include "model/dynamodb/streams.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {
namespace {

struct KeyUseSeen {
  std::uint32_t jitter = 0;
  bool refresh = false;
  std::uint64_t bytes = 0;
};

}  // namespace

void Applier::data_answered(events::DataAnswered::Reader event) {
  const std::uint32_t index = event.getConnection();
  Connection& connection = at(state_.connections, index);
  const sim::Time answered = answered_at(connection, event.getLatency());
  if (event.getRetryAt() != 0) {
    plan_retry(event.getRetryAt(),
               {index, event.getItem(), event.getOperation(), event.getAttempt()});
  }
  const Request subject = subject_of(event);
  const bool done = event.getException() == events::Exception::NONE;
  law(done || event.getChanges().size() == 0, "a request that failed changed nothing");
  for (auto change : event.getChanges()) write_item(change, false, false);
  count_units(event);
  note_reader(event);
  ++(done ? state_.counters.served : state_.counters.failed);
  if (done && event.getVia() == events::Access::HIT) ++state_.counters.hits;
  if (done && event.getVia() == events::Access::DELAYED_HIT) ++state_.counters.delayed_hits;
  std::uint32_t made = kNone;  // the slot whose entry this answer makes
  switch (action_.kind) {
    case ActionKind::deliver_answer: {
      const Call& call = at(state_.calls, action_.a);
      made = call.request.slot;
      if (call.purpose == Purpose::client) {
        free_call(action_.a);
      } else {
        answer_arrived(jitter_in(event, call.request.connection));
      }
      break;
    }
    case ActionKind::resume_request:
      state_.free_waiters.push_back(action_.a);
      break;
    default:
      arrived(connection, index, event.getNext());
      break;
  }
  use_entries(event, made, provider_answered(event, subject));
  if (event.getStep() != 0) remember_answer(event);
  after_answer(connection, index, event.getNext(), answered);
  after_request(connection, index);
}

// What was drawn for the key that was got on this connection.
std::uint32_t Applier::jitter_in(events::DataAnswered::Reader event, std::uint32_t connection) {
  for (auto use : event.getKeyUses()) {
    if (use.getConnection() == connection) return use.getKeyJitter();
  }
  return 0;
}

// A request that got to its items has used the entries of all its tables, but for the one that it
// has just made.
void Applier::use_entries(events::DataAnswered::Reader event, std::uint32_t made,
                          std::uint32_t store) {
  const auto use = [&](std::uint32_t index) {
    const Connection& connection = at(state_.connections, index);
    if (connection.slot == kNone || connection.slot == made) return;
    const std::uint32_t needed = needed_version(at(state_.tables, connection.table));
    KeyUseSeen seen;
    for (auto one : event.getKeyUses()) {
      if (one.getConnection() == index) {
        seen = {one.getKeyJitter(), one.getRefresh(), one.getBytes()};
      }
    }
    const CacheSlot& slot = at(state_.cache, connection.slot);
    if (!usable(slot.entry, needed, settings_, now(), seen.bytes)) return;
    use_entry(connection.slot, seen.jitter, seen.bytes);
    if (seen.refresh) plan_refresh(index);
  };
  switch (event.getException()) {
    case events::Exception::NONE:
    case events::Exception::CONDITIONAL_CHECK_FAILED:
    case events::Exception::TRANSACTION_CANCELED:
      break;
    default:
      return;
  }
  if (event.getKmsError() != events::KmsError::NONE) return;
  if (event.getOperation() == events::DataOperation::GET_SHARD_ITERATOR) return;
  const ScenarioView& scenario = state_.scenario();
  if (event.getStep() == 0) {
    use(event.getConnection());
    if (store == kNone) return;
    return use(
        scenario.step_connection(at(state_.connections, event.getConnection()).identity, store));
  }
  const auto step = at(scenario.reader().getSteps(), event.getStep() - 1);
  const std::uint32_t caller = scenario.caller(step.getCaller(), step.getSession().cStr());
  for (const std::uint32_t family : ScenarioView::tables_of(step)) {
    const std::uint32_t table = scenario.families[family].first_table;
    use(scenario.step_connection(caller, table));
  }
  const auto about = ScenarioView::tables_of(step);
  const bool other = store != kNone && std::find(about.begin(), about.end(),
                                                 at(state_.tables, store).family) == about.end();
  if (other) use(scenario.step_connection(caller, store));
}

void Applier::remember_answer(events::DataAnswered::Reader event) {
  const std::uint32_t step = event.getStep() - 1;
  const auto steps = state_.scenario().reader().getSteps();
  law(step < steps.size() && steps[step].isRequest(), "the answer is to a request of the timeline");
  if (state_.results.empty()) state_.results.resize(steps.size());
  StepResult& result = at(state_.results, step);
  result.answered = true;
  result.error = event.getKmsError();
  result.exception = event.getException();
  result.last_item = event.getLastItem();
  result.returned = event.getReturned();
  result.scanned = event.getScanned();
  result.last_sequence = event.getLastSequence();
  result.result_high = event.getResultHigh();
  result.result_low = event.getResultLow();
  result.decrypted_high = event.getDecryptedHigh();
  result.decrypted_low = event.getDecryptedLow();
  const auto call = steps[step].getRequest();
  const bool iterator = event.getOperation() == events::DataOperation::GET_SHARD_ITERATOR;
  if (iterator || has_iterator(state_, call)) result.valid_to = now() + kIteratorLifetime;
  const bool once = event.getOperation() == events::DataOperation::TRANSACT_WRITE_ITEMS &&
                    event.getException() == events::Exception::NONE &&
                    call.getClientRequestToken().size() != 0;
  if (!once) return;
  std::erase_if(state_.tokens, [this](const RequestToken& token) {
    return now() - token.at >= settings_.dynamodb.token_lifetime;
  });
  const std::uint32_t caller =
      state_.scenario().caller(steps[step].getCaller(), steps[step].getSession().cStr());
  const std::string token = call.getClientRequestToken();
  for (const RequestToken& known : state_.tokens) {
    if (known.caller == caller && known.token == token) return;  // it was only repeated
  }
  state_.tokens.push_back({token, caller, event.getStep(), now()});
}

// Who reads a shard keeps its place there for a while; the event is of a step, as nobody else reads
// streams.
void Applier::note_reader(events::DataAnswered::Reader event) {
  const bool reads = event.getOperation() == events::DataOperation::GET_RECORDS;
  const auto& figures = settings_.dynamodb;
  if (!reads || event.getException() != events::Exception::NONE) return;
  if (figures.shard_readers_max == 0 || event.getKmsError() != events::KmsError::NONE) return;
  law(event.getStep() != 0, "records are read by a step");
  const auto call = at(state_.scenario().reader().getSteps(), event.getStep() - 1).getRequest();
  const std::uint32_t table = at(state_.connections, event.getConnection()).table;
  const StreamPlace place = find_stream(state_, table, call.getFormer());
  const std::uint32_t shard = shard_structure(place, call.getShard());
  std::erase_if(state_.shard_readers, [&](const ShardReader& reader) {
    const bool same = reader.table == table && reader.structure == shard &&
                      reader.connection == event.getConnection();
    return same || now() - reader.at >= figures.shard_reader_window;
  });
  if (shard != kNone) {
    state_.shard_readers.push_back({table, shard, event.getConnection(), now()});
  }
}

// The global index that a Query or Scan of the timeline reads; kNone: the table, or a local index.
std::uint32_t Applier::index_read(events::DataAnswered::Reader event) const {
  if (event.getStep() == 0) return kNone;
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  const auto name = step.isRequest() ? step.getRequest().getIndex() : capnp::Text::Reader();
  if (name.size() == 0) return kNone;
  const std::uint32_t table = at(state_.connections, event.getConnection()).table;
  const auto& indexes = state_.scenario().items(at(state_.tables, table).family).global_indexes();
  for (std::uint32_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i].name == name.cStr()) return i;
  }
  return kNone;
}

// Partitions grow hot by what is read and written in them.
void Applier::count_units(events::DataAnswered::Reader event) {
  // Records of a stream lie in its shards.
  if (event.getOperation() == events::DataOperation::GET_RECORDS) return;
  const std::uint32_t index = index_read(event);
  const std::uint32_t about = at(state_.connections, event.getConnection()).table;
  for (auto read : event.getReads()) {
    if (read.getMaterial() != 0 && read.getVersion() == 0) continue;  // nothing was read
    // The key store of a client's provider is read as a table.
    if (index != kNone && read.getTable() == about) {
      heat_entry(about, index, read.getItem(), false);
      continue;
    }
    Table& table = at(state_.tables, read.getTable());
    const std::uint32_t size = state_.item(read.getTable(), read.getItem()).size;
    const auto halves = items::read_half_units(size, items::ReadMode::eventual);
    heat(table, read.getItem(), static_cast<std::uint32_t>(halves), 0);
  }
  for (auto change : event.getChanges()) {
    Table& table = at(state_.tables, change.getTable());
    heat(table, change.getItem(), 0,
         static_cast<std::uint32_t>(items::write_units(change.getSize())));
  }
  take_units(event, index == kNone ? kNone : about);
}

// As the answer says what it has consumed; else by the items. Indexes have limits of their own.
void Applier::take_units(events::DataAnswered::Reader event, std::uint32_t indexed) {
  for (auto one : event.getCapacity()) {
    if (one.getIndex().size() != 0) continue;
    consume(one.getTable(), one.getHalfReadUnits(), one.getWriteUnits());
  }
  if (event.getCapacity().size() != 0) return;
  for (auto read : event.getReads()) {
    if (read.getTable() == indexed || read.getVersion() == 0) continue;
    if (takes_write_units(event.getOperation())) continue;
    const std::uint32_t size = state_.item(read.getTable(), read.getItem()).size;
    consume(read.getTable(), items::read_half_units(size, items::ReadMode::eventual), 0);
  }
  for (auto change : event.getChanges()) {
    consume(change.getTable(), 0, items::write_units(change.getSize()));
  }
}

// A table's key that a request has just got, or not, serves it when it goes on.
void Applier::keep_answer(Request& request) const {
  if (request.version == 0 && request.error == events::KmsError::NONE) return;
  const std::uint32_t table = at(state_.connections, request.connection).table;
  request.obtained.push_back({table, request.version, request.error, request.request_id});
  request.version = 0;
  request.error = events::KmsError::NONE;
  request.request_id = {};
}

// The client calls KMS by itself, as the caller of its request. What it sends besides is a function
// of the request and of the items: see client_kms_call().
void Applier::client_key_requested(events::ClientKeyRequested::Reader event) {
  const ScenarioView& scenario = state_.scenario();
  if (event.getStep() != 0) {
    const auto step = at(scenario.reader().getSteps(), event.getStep() - 1);
    law(step.isRequest() && event.getOperation() == step.getRequest().getOperation(),
        "an event names its operation");
    law(at(state_.connections, event.getConnection()).workload == kNone,
        "a step's request comes on a connection of the timeline");
  }
  Call call;
  call.request = take_request(event.getConnection(), event.getOperation(), event.getNext(), 0);
  keep_answer(call.request);
  call.request.connection = event.getConnection();
  call.request.item = event.getItem();
  call.request.operation = event.getOperation();
  call.request.step = event.getStep();
  const std::uint32_t encryptor = encryptor_behind(state_, call.request);
  law(encryptor != kNone, "a client that asks for a key encrypts");
  call.purpose = Purpose::client;
  call.operation = client_operation(state_, call.request);
  call.session = session_of(sender_of(state_, call.request));
  call.key = client_key(state_, scenario.reader().getEncryptors()[encryptor], call.session);
  law(call.key < state_.keys.size(), "a client asks for a key that there is");
  call.step = event.getStep();
  call.entity = client_entity(state_, call.request);
  call.ordinal = client_ordinal(call.request);
  ++call.request.client_asked;
  begin_loading(call.request);
  open_call(event.getCall(), call, after(event.getLatency()), Priority::client);
}

}  // namespace tablekey::model
