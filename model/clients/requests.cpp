// The way of a request with all its parameters. Checked in this order, as DynamoDB does: its shape,
// its tables, their keys one after the other, and only then items and conditions.
#include "model/clients/requests.h"

#include <algorithm>
#include <set>

#include "model/clients/client_requests.h"
#include "model/clients/encryptors.h"
#include "model/clients/item_client.h"
#include "model/clients/operations.h"
#include "model/clients/queries.h"
#include "model/clients/records.h"
#include "model/clients/transactions.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/on_demand.h"
#include "model/dynamodb/realms.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/faults.h"
#include "model/kms/names.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Access;
using events::DataOperation;
using events::Exception;
using events::KmsError;

/// One request on its way: how it came here.
struct Way {
  Request request;  ///< of a request that has just arrived: as if it had asked nobody yet
  std::optional<ObtainedKey> answered;  ///< for the table of its connection
  /// The key store of its client's provider is at hand: how long that table's key may be held, and
  /// what its event has to say about the use of it.
  std::optional<sim::Time> store_until = std::nullopt;
  std::vector<KeyUse> store_uses = {};
  std::int64_t next = 0;  ///< of a workload's that has just arrived: when the next one comes
};

bool reads_stream(DataOperation operation) {
  return operation == DataOperation::GET_RECORDS || operation == DataOperation::GET_SHARD_ITERATOR;
}

bool reads_through(DataOperation operation) {
  return operation == DataOperation::QUERY || operation == DataOperation::SCAN ||
         reads_stream(operation);
}

// In the order in which the request names them.
std::vector<std::uint32_t> tables_of(const RequestWork& work) {
  if (reads_through(work.call.getOperation())) return {work.table_of(work.call.getTable())};
  std::vector<std::uint32_t> tables;
  for (auto item : work.call.getItems()) {
    const std::uint32_t table = work.table_of(item.getTable());
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
  }
  if (tables.empty() && work.call.getTable() != kNone) {
    tables.push_back(work.table_of(work.call.getTable()));
  }
  return tables;
}

class Attempt {
 public:
  Attempt(Deciding& d, Way way) : d_(d), way_(std::move(way)), work_(d, way_.request) {
    if (!encrypts(work_.call)) return;
    client_.emplace(work_, way_.request);
    work_.client_side = &*client_;
  }

  void go() {
    tables_ = tables_of(work_);
    const DataOperation operation = work_.call.getOperation();
    if (client_) {
      const Refused bad = client_refusal(d_.state, work_.call);
      if (bad.exception != Exception::NONE) return refuse(bad);
    }
    if (way_.store_until) open_store();
    if (for_material()) return go_for_material();
    if (Refused bad = shape(operation); bad.exception != Exception::NONE) return refuse(bad);
    if (client_ && !client_->reads() && !client_done()) return;
    for (const std::uint32_t table : tables_) {
      if (Refused bad = standing(table, operation); bad.exception != Exception::NONE) {
        return refuse(bad);
      }
    }
    if (operation == DataOperation::GET_SHARD_ITERATOR) {  // needs no key (dynamodb.md 3.5)
      run_iterator(work_);
      return finish();
    }
    for (const std::uint32_t table : tables_) {
      if (!obtain(table)) return;  // its event is made
      if (finished_) return finish();
    }
    if (!tables_.empty() && lost_.size() == tables_.size())
      return fail_for_key(lost_order_.front());
    if (throttled(operation)) return finish();
    run(operation);
    if (client_ && !client_done()) return;
    if (client_) client_->put_record();
    finish();
  }

  /// What the client asks KMS for next, found by going through the request once more; nullopt:
  /// nothing any more, as the table or the item has gone meanwhile.
  std::optional<encryption::KmsCall> client_call() {
    tables_ = tables_of(work_);
    const DataOperation operation = work_.call.getOperation();
    if (client_->store() != kNone) {
      if (standing(client_->store(), operation).exception != Exception::NONE) return std::nullopt;
      way_.store_until = d_.now;
      open_store();
    }
    if (for_material()) {
      client_->make_material();
      return client_->wanted();
    }
    if (shape(operation).exception != Exception::NONE) return std::nullopt;
    if (client_->reads()) {
      for (const std::uint32_t table : tables_) {
        if (standing(table, operation).exception != Exception::NONE) return std::nullopt;
        work_.until[table] = d_.now;
      }
      run(operation);
    }
    return client_->wanted();
  }

  /// KMS has refused the client its data key.
  void fail_client(KmsError error, const std::string& message, bool decrypts) {
    const auto format =
        d_.state.scenario().reader().getEncryptors()[work_.call.getEncryptor()].getFormat();
    std::string text(kms::exception_name(error));
    if (!message.empty()) text += ": " + message;
    if (format == events::ItemEncryptor::Format::ENCRYPTION_CLIENT) {
      text = (decrypts ? "UnwrappingError: Failed to unwrap AES key ("
                       : "WrappingError: Failed to generate materials using AWS KMS (") +
             text + ")";
    }
    refuse(invalid(std::move(text)));
  }

 private:
  // False: an event is made, for KMS is asked or the client has failed.
  bool client_done() {
    if (const auto& failure = client_->failed()) {
      return_nothing();
      refuse(client_failure(*failure));
      return false;
    }
    switch (client_->pause()) {
      case ClientPause::none:
        return true;
      case ClientPause::key_store:
        seek_store();
        return false;
      case ClientPause::provider:
        wait_for_provider();
        return false;
      default:
        break;
    }
    if (client_->key() == kNone) {
      const bool decrypts = client_->wanted()->operation == encryption::KmsOperation::decrypt;
      fail_client(KmsError::NOT_FOUND, "Invalid keyId", decrypts);
      return false;
    }
    ask_for_client();
    return false;
  }

  // DynamoDB has answered, and the client has nothing for its caller.
  void return_nothing() {
    work_.answer.decrypted.clear();
    work_.answer.returned = 0;
  }

  // The request is for the next version of the client's material alone.
  bool for_material() const {
    return client_ && client_->store() != kNone && makes_material(work_.call);
  }

  void go_for_material() {
    client_->make_material();
    if (!client_done()) return;
    client_->put_record();
    finish();
  }

  // The caching provider's key store is a table, whose key its reader needs like anybody's. With it
  // the request begins again.
  void seek_store() {
    const std::uint32_t store = client_->store();
    return_nothing();
    // Its connection hears of it first, and then it goes to the key store.
    if (just_arrived()) return wait_for_provider();
    const Refused bad = standing(store, DataOperation::GET_ITEM);
    if (bad.exception != Exception::NONE) return refuse(bad);
    if (!obtain(store)) return;  // its event is made
    if (finished_) return finish();
    if (lost_.contains(store)) return fail_for_key(lost_order_.back());
    Way again = way_;
    again.store_until = work_.until.at(store);
    const std::uint32_t connection = connection_of(store);
    for (const KeyUse& use : work_.answer.key_uses) {
      if (use.connection == connection) again.store_uses.push_back(use);
    }
    Attempt(d_, std::move(again)).go();
  }

  void open_store() {
    const std::uint32_t store = client_->store(), needed = needed_here(store);
    work_.until[store] = *way_.store_until;
    work_.answer.key_uses = way_.store_uses;
    if (needed != 0) d_.vault.hold_table_key(d_.state, store, needed, *way_.store_until);
    client_->open_store();
  }

  void wait_for_provider() {
    auto event = d_.out.initRequestWaited();
    event.setConnection(way_.request.connection);
    event.setTable(d_.state.connections[way_.request.connection].table);
    event.setItem(way_.request.item);
    event.setOperation(work_.call.getOperation());
    event.setStep(work_.step);
    event.setCall(kNone);
    event.setNext(way_.next);
    event.setAttempt(way_.request.attempt);
  }

  void ask_for_client() {
    auto event = d_.out.initClientKeyRequested();
    event.setConnection(way_.request.connection);
    event.setStep(work_.step);
    event.setOperation(work_.call.getOperation());
    event.setCall(d_.action.kind == ActionKind::deliver_answer ? d_.action.a : next_call(d_.state));
    event.setLatency(
        latency_there(d_, client_entity(d_.state, way_.request), client_ordinal(way_.request))
            .count());
    event.setNext(way_.next);
    event.setItem(way_.request.item);
    event.setAttempt(way_.request.attempt);
  }

  // Of a workload: nobody knows of it yet.
  bool just_arrived() const {
    return work_.home != kNone && d_.action.kind != ActionKind::deliver_answer &&
           d_.action.kind != ActionKind::resume_request;
  }

  Refused shape(DataOperation operation) {
    if (reads_through(operation)) {
      if (reads_stream(operation)) {
        if (lacks_iterator(d_.state, work_.call)) return invalid("Invalid ShardIterator");
        if (stream_of(d_.state, work_.call)) return {};
        return {Exception::RESOURCE_NOT_FOUND, "Requested resource not found: Stream not found"};
      }
      return parse_query(work_, query_);
    }
    if (Refused bad = work_.parse_items(); bad.exception != Exception::NONE) return bad;
    return check_operation(work_, operation);
  }

  // A table takes no more than its OnDemandThroughput.
  bool throttled(DataOperation operation) {
    if (reads_stream(operation)) return false;
    if (query_.global != kNone) return false;  // an index has a limit of its own
    for (const std::uint32_t table : tables_) {
      if (!exceeds_on_demand(d_.state, table, operation, d_.now)) continue;
      const Refused refused{Exception::THROTTLING, std::string(on_demand_message(operation))};
      const bool transaction = operation == DataOperation::TRANSACT_GET_ITEMS ||
                               operation == DataOperation::TRANSACT_WRITE_ITEMS;
      if (transaction) {
        cancel_for_key(work_, table, refused);
      } else {
        work_.answer.refused = refused;
      }
      return true;
    }
    return false;
  }

  // Whether the table is there, and the caller may name it.
  Refused standing(std::uint32_t table, DataOperation operation) const {
    const std::uint32_t session = dynamodb::session_of_identity(d_.state, work_.caller);
    if (const Exception failure = failure_of(d_.state, table); failure != Exception::NONE) {
      return {failure, std::string(kRegionFailureText)};
    }
    const Exception refusal = reads_stream(operation)
                                  ? Exception::NONE  // its stream may outlive the table
                                  : refusal_of(d_.state.tables[table], d_.settings());
    if (refusal == Exception::RESOURCE_NOT_FOUND) {
      return {refusal,
              "Requested resource not found: Table: " + d_.state.table_name(table) + " not found"};
    }
    if (refusal != Exception::NONE) {
      return {refusal, "Table is archived: " + d_.state.table_name(table)};
    }
    if (!dynamodb::in_own_account(d_.state, session, table)) {
      return {Exception::ACCESS_DENIED,
              dynamodb::foreign_table_message(d_.state, session,
                                              dynamodb::operation_name(operation), table)};
    }
    return {};
  }

  const ObtainedKey* obtained(std::uint32_t table) const {
    if (way_.answered && way_.answered->table == table) return &*way_.answered;
    const ObtainedKey* found = nullptr;
    for (const ObtainedKey& key : way_.request.obtained) {
      if (key.table == table) found = &key;
    }
    return found;
  }

  std::uint32_t connection_of(std::uint32_t table) const {
    const std::uint32_t home = work_.home;
    if (home != kNone && d_.state.connections[home].table == table) return home;
    return d_.state.scenario().step_connection(work_.caller, table);
  }

  // A stream may need another version than its table: one that a deleted table had.
  std::uint32_t needed_here(std::uint32_t table) const {
    if (work_.call.getOperation() == DataOperation::GET_RECORDS) {
      return stream_key_version(d_.state, stream_of(d_.state, work_.call));
    }
    return needed_version(d_.state.tables[table]);
  }

  // Makes sure of the table's key. False: KMS is asked, or another's answer waited for.
  bool obtain(std::uint32_t table) {
    const std::uint32_t needed = needed_here(table);
    const std::uint32_t index = connection_of(table);
    if (needed == 0) {
      work_.until[table] = d_.now;
      return true;
    }
    const ObtainedKey* key = obtained(table);
    if (key != nullptr && key->error != KmsError::NONE) {
      if (!serve_stale(table, index, *key, needed)) lose(*key);
      return true;
    }
    if (key != nullptr && key->version == needed) {
      work_.until[table] = held_until(table, *key);
      const std::uint32_t jitter = draw_jitter(d_, index, way_.request.ordinal);
      if (jitter != 0) work_.answer.key_uses.push_back({index, jitter, false, 0});
      return true;
    }
    static const CacheSlot kNothing;
    const CacheSlot* found = find_slot(d_.state, index);
    return seek(table, index, found == nullptr ? kNothing : *found, needed, key != nullptr);
  }

  // KMS is not there: an entry past its time may serve.
  bool serve_stale(std::uint32_t table, std::uint32_t index, const ObtainedKey& key,
                   std::uint32_t needed) {
    if (is_denial(key.error, d_.settings())) return false;
    const CacheSlot* slot = find_slot(d_.state, index);
    if (slot == nullptr || !serves_stale(slot->entry, needed, d_.settings(), d_.now)) return false;
    work_.until[table] = d_.now;
    stale_ = true;
    return true;
  }

  // Looks for the table's key in the cache.
  bool seek(std::uint32_t table, std::uint32_t index, const CacheSlot& slot, std::uint32_t needed,
            bool again) {
    const std::uint64_t ordinal = decrypt_ordinal(index);
    const std::uint64_t bytes = bytes_in(table);
    if (usable(slot.entry, needed, d_.settings(), d_.now, bytes)) {
      const Renewal due = renewal_by(d_, slot, index, ordinal);
      if (due == Renewal::ahead) return ask(table, index, events::Miss::EARLY), false;
      use(table, index, slot.entry, due == Renewal::behind, bytes);
      return true;
    }
    if (slot.extras && d_.now < slot.extras->denied_until) {
      lose({table,
            0,
            slot.extras->denial,
            {slot.extras->denial_request_high, slot.extras->denial_request_low}});
      return true;
    }
    if (d_.settings().cache.coalesce && slot.call != kNone && may_wait(slot)) {
      wait(table, index, slot.call);
    } else {
      ask(table, index,
          again ? events::Miss::VERSION : why_missed(slot, needed, d_.settings(), d_.now, bytes));
    }
    return false;
  }

  // A use of a cached key, with what its event has to say about it.
  void use(std::uint32_t table, std::uint32_t index, CacheEntry entry, bool refresh,
           std::uint64_t bytes) {
    KeyUse used{index, draw_jitter(d_, index, decrypt_ordinal(index)), refresh, bytes};
    entry.last_used = d_.now;
    entry.idle_jitter = used.jitter;
    work_.until[table] = usable_until(entry, d_.settings());
    if (used.jitter != 0 || used.refresh || used.bytes != 0) work_.answer.key_uses.push_back(used);
  }

  // What a rule on bytes counts: as many items as the request names.
  std::uint64_t bytes_in(std::uint32_t table) const {
    if (!d_.settings().cache.counts_bytes) return 0;
    std::uint64_t items = reads_through(work_.call.getOperation()) ? 1 : 0;
    for (auto item : work_.call.getItems()) items += work_.table_of(item.getTable()) == table;
    return items * d_.state.family(table).item_size;
  }

  // Its own call on this connection has just been answered: there is nothing to wait for.
  bool may_wait(const CacheSlot& slot) const {
    return d_.action.kind != ActionKind::deliver_answer || slot.call != d_.action.a;
  }

  // A connection that was closed meanwhile keeps nothing: the key serves this once.
  sim::Time held_until(std::uint32_t table, const ObtainedKey& key) const {
    const std::uint32_t index = connection_of(table);
    const bool just = way_.answered && way_.answered->table == table;
    const bool kept = just && index == way_.request.connection && keeps(d_.state, way_.request);
    return kept ? new_until(key.version, d_.settings(), d_.now) : d_.now;
  }

  // One table's key cannot be had (dynamodb.md 3.5): a batch may go on with the others.
  void lose(const ObtainedKey& key) {
    const DataOperation operation = work_.call.getOperation();
    const bool batch =
        operation == DataOperation::BATCH_GET_ITEM || operation == DataOperation::BATCH_WRITE_ITEM;
    if (batch && d_.settings().dynamodb.batch_unprocessed) {
      lost_.insert(key.table);
      lost_order_.push_back(key);
      return;
    }
    note_failure(key);
    finished_ = true;
  }

  void fail_for_key(const ObtainedKey& key) {
    note_failure(key);
    finish();
  }

  void note_failure(const ObtainedKey& key) {
    const Refused refused{
        dynamodb::exception_for(d_.settings(), key.error),
        dynamodb::kms_request_message(d_.state, key.table, key.error, key.request_id)};
    const DataOperation operation = work_.call.getOperation();
    if (operation == DataOperation::TRANSACT_GET_ITEMS ||
        operation == DataOperation::TRANSACT_WRITE_ITEMS) {
      cancel_for_key(work_, key.table, refused);
    } else {
      work_.answer.refused = refused;
    }
    work_.answer.kms_error = key.error;
    work_.answer.kms_table = key.table;
    work_.answer.request_id = key.request_id;
  }

  // The request goes on to another table's connection as if it came there now.
  std::uint64_t decrypt_ordinal(std::uint32_t connection) const {
    Request request = way_.request;
    const bool arrives = d_.action.kind == ActionKind::step || request.connection != connection;
    if (arrives) request.ordinal = d_.state.connections[connection].requests;
    if (connection == request.home) request.ordinal = request.home_ordinal;
    return request.decrypt_ordinal();
  }

  void ask(std::uint32_t table, std::uint32_t connection, events::Miss why) {
    auto event = d_.out.initTableKeyRequested();
    event.setConnection(connection);
    event.setTable(table);
    event.setItem(way_.request.item);
    event.setOperation(work_.call.getOperation());
    event.setWhy(why);
    event.setStep(work_.step);
    event.setNext(way_.next);
    event.setAttempt(way_.request.attempt);
    // An answered call gives its place back before this one takes it.
    event.setCall(d_.action.kind == ActionKind::deliver_answer ? d_.action.a : next_call(d_.state));
    event.setLatency(latency_there(d_, d_.state.connection_entity(connection),
                                   decrypt_ordinal(connection), table)
                         .count());
  }

  void wait(std::uint32_t table, std::uint32_t connection, std::uint32_t call) {
    auto event = d_.out.initRequestWaited();
    event.setConnection(connection);
    event.setTable(table);
    event.setItem(way_.request.item);
    event.setOperation(work_.call.getOperation());
    event.setStep(work_.step);
    event.setCall(call);
    event.setNext(way_.next);
    event.setAttempt(way_.request.attempt);
  }

  void run(DataOperation operation) {
    for (const std::uint32_t table : tables_) {
      const std::uint32_t needed = needed_here(table);
      if (needed == 0 || lost_.contains(table)) continue;
      d_.vault.hold_table_key(d_.state, table, needed, work_.until[table]);
    }
    switch (operation) {
      case DataOperation::QUERY:
      case DataOperation::SCAN:
        return run_query(work_, query_);
      case DataOperation::GET_RECORDS:
        return run_records(work_);
      default:
        return run_operation(work_, operation, lost_);
    }
  }

  void refuse(Refused refused) {
    work_.answer.refused = std::move(refused);
    finish();
  }

  void finish() {
    const Request& request = way_.request;
    Access via = Access::HIT;
    if (d_.action.kind == ActionKind::deliver_answer) {
      // The answer may have been the client's own.
      via = client_ && request.asked == 0 && !way_.answered ? Access::HIT : Access::MISS;
    }
    if (d_.action.kind == ActionKind::resume_request) {
      // It may have waited for its client's provider only.
      const Access first = way_.answered ? Access::DELAYED_HIT : Access::HIT;
      via = request.asked != 0 ? Access::MISS : first;
    }
    if (stale_) via = Access::STALE;
    if (work_.home != kNone) return finish_at_home(via);
    auto event = d_.out.initDataAnswered();
    event.setConnection(request.connection);
    event.setStep(work_.step);
    event.setOperation(work_.call.getOperation());
    event.setVia(via);
    write_answer(work_.answer, event);
    const sim::Duration own = request_latency(d_, request.connection, request.ordinal);
    event.setLatency((d_.now - request.arrived + own).count());
  }

  // A workload's request is answered on the connection that it came on.
  void finish_at_home(Access via) {
    const Request& request = way_.request;
    Serving s;
    s.connection = request.home;
    s.item = request.item;
    s.operation = request.operation;
    s.ordinal = request.home_ordinal;
    s.attempt = request.attempt;
    s.next = way_.next;
    s.closed = is_closed_loop(d_.state, s.connection);
    s.waited = (d_.now - request.arrived).count();
    s.latency = s.waited + request_latency(d_, s.connection, s.ordinal).count();
    const std::int64_t retry_at = retry_time(d_, s, work_.answer.refused.exception);
    if (s.closed) {
      plan_thought(d_, s);
      if (retry_at != 0) s.next = 0;  // a user waits for the last attempt
    }
    work_.answer.first_item = s.item;
    auto event = d_.out.initDataAnswered();
    event.setConnection(s.connection);
    event.setOperation(s.operation);
    event.setVia(via);
    write_answer(work_.answer, event);
    event.setLatency(s.latency);
    event.setNext(s.next);
    event.setRetryAt(retry_at);
    event.setAttempt(s.attempt);
  }

  Deciding& d_;
  bool stale_ = false;  ///< an entry past its time serves
  Way way_;
  RequestWork work_;
  std::optional<ItemClient> client_;
  QueryWork query_;
  std::vector<std::uint32_t> tables_;
  std::set<std::uint32_t> lost_;
  std::vector<ObtainedKey> lost_order_;
  bool finished_ = false;
};

}  // namespace

void decide_request_step(Deciding& d) {
  const ScenarioView& scenario = d.state.scenario();
  const auto step = scenario.reader().getSteps()[d.action.a];
  Way way;
  way.request.step = d.action.a + 1;
  way.request.operation = step.getRequest().getOperation();
  way.request.arrived = d.now;
  // It comes in on the connection to the first table that it names.
  const std::uint32_t caller = scenario.caller(step.getCaller(), step.getSession().cStr());
  const std::vector<std::uint32_t> tables = tables_of(RequestWork(d, way.request));
  law(!tables.empty(), "a request names a table");
  way.request.connection = scenario.step_connection(caller, tables.front());
  way.request.ordinal = d.state.connections[way.request.connection].requests;
  Attempt(d, std::move(way)).go();
}

void decide_client_request(Deciding& d, const Serving& s) {
  Way way;
  way.request.connection = way.request.home = s.connection;
  way.request.ordinal = way.request.home_ordinal = s.ordinal;
  way.request.item = s.item;
  way.request.operation = s.operation;
  way.request.arrived = d.now;
  way.request.attempt = s.attempt;
  way.next = s.next;
  Attempt(d, std::move(way)).go();
}

void continue_request(Deciding& d, const Request& request, std::uint32_t version, KmsError error,
                      Uuid request_id) {
  Way way;
  way.request = request;
  if (version != 0 || error != KmsError::NONE) {
    way.answered =
        ObtainedKey{d.state.connections[request.connection].table, version, error, request_id};
  }
  Attempt(d, std::move(way)).go();
}

void decide_client_answer(Deciding& d) {
  const Call& call = d.state.calls[d.action.a];
  Way way;
  way.request = call.request;
  take_client_answer(way.request, call);
  Attempt attempt(d, std::move(way));
  // What was to be opened may have gone meanwhile; then the refusal is of nothing.
  if (call.error == KmsError::NONE || !client_kms_call(d, call)) return attempt.go();
  const bool decrypts = call.operation == events::KmsOperation::DECRYPT;
  attempt.fail_client(call.error, call.message, decrypts);
}

std::optional<encryption::KmsCall> client_kms_call(Deciding& d, const Call& call) {
  Way way;
  way.request = call.request;
  law(way.request.client_asked != 0, "a client's call is one that it asked for");
  --way.request.client_asked;
  return Attempt(d, std::move(way)).client_call();
}

}  // namespace tablekey::model
