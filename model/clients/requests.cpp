// The way of a request with all its parameters. Checked in this order, as DynamoDB does: its shape,
// its tables, their keys one after the other, and only then items and conditions.
#include "model/clients/requests.h"

#include <algorithm>
#include <set>

#include "model/clients/item_client.h"
#include "model/clients/operations.h"
#include "model/clients/queries.h"
#include "model/clients/records.h"
#include "model/clients/transactions.h"
#include "model/dynamodb/errors.h"
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
};

bool reads_through(DataOperation operation) {
  return operation == DataOperation::QUERY || operation == DataOperation::SCAN ||
         operation == DataOperation::GET_RECORDS;
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
  Attempt(Deciding& d, Way way) : d_(d), way_(std::move(way)), work_(d, way_.request.step) {
    if (!encrypts(work_.call)) return;
    client_.emplace(d, way_.request.step, way_.request.client_asked, way_.request.client_blob);
    work_.client_side = &*client_;
  }

  void go() {
    tables_ = tables_of(work_);
    const DataOperation operation = work_.call.getOperation();
    if (client_) {
      const Refused bad = client_refusal(d_.state, work_.call);
      if (bad.exception != Exception::NONE) return refuse(bad);
    }
    if (Refused bad = shape(operation); bad.exception != Exception::NONE) return refuse(bad);
    if (client_ && !client_->reads() && !client_done()) return;
    for (const std::uint32_t table : tables_) {
      if (Refused bad = standing(table, operation); bad.exception != Exception::NONE) {
        return refuse(bad);
      }
    }
    for (const std::uint32_t table : tables_) {
      if (!obtain(table)) return;  // its event is made
      if (finished_) return finish();
    }
    if (!tables_.empty() && lost_.size() == tables_.size())
      return fail_for_key(lost_order_.front());
    run(operation);
    if (client_ && !client_done()) return;
    finish();
  }

  /// What the client asks KMS for next, found by going through the request once more; nullopt:
  /// nothing any more, as the table or the item has gone meanwhile.
  std::optional<encryption::KmsCall> client_call() {
    tables_ = tables_of(work_);
    const DataOperation operation = work_.call.getOperation();
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
  void fail_client(KmsError error, const std::string& message) {
    const bool reads = client_->reads();
    const auto format =
        d_.state.scenario().reader().getEncryptors()[work_.call.getEncryptor()].getFormat();
    std::string text(kms::exception_name(error));
    if (!message.empty()) text += ": " + message;
    if (format == events::ItemEncryptor::Format::ENCRYPTION_CLIENT) {
      text = (reads ? "UnwrappingError: Failed to unwrap AES key ("
                    : "WrappingError: Failed to generate materials using AWS KMS (") +
             text + ")";
    }
    refuse(invalid(std::move(text)));
  }

 private:
  // False: an event is made, for KMS is asked or the client has failed.
  bool client_done() {
    if (const auto& failure = client_->failed()) {
      work_.answer.decrypted.clear();
      work_.answer.returned = 0;
      refuse(client_failure(*failure));
      return false;
    }
    if (!client_->wanted()) return true;
    if (client_->key() == kNone) {
      fail_client(KmsError::NOT_FOUND, "Invalid keyId");
      return false;
    }
    ask_for_client();
    return false;
  }

  void ask_for_client() {
    auto event = d_.out.initClientKeyRequested();
    event.setConnection(way_.request.connection);
    event.setStep(work_.step);
    event.setOperation(work_.call.getOperation());
    event.setCall(d_.action.kind == ActionKind::deliver_answer ? d_.action.a : next_call(d_.state));
    event.setLatency(latency_there(d_, d_.state.scenario().kms_step_entities[work_.step - 1],
                                   way_.request.client_asked)
                         .count());
  }

  Refused shape(DataOperation operation) {
    if (reads_through(operation)) {
      if (operation == DataOperation::GET_RECORDS) {
        if (stream_of(work_)) return {};
        return {Exception::RESOURCE_NOT_FOUND, "Requested resource not found: Stream not found"};
      }
      return parse_query(work_, query_);
    }
    if (Refused bad = work_.parse_items(); bad.exception != Exception::NONE) return bad;
    return check_operation(work_, operation);
  }

  // Whether the table is there, and the caller may name it.
  Refused standing(std::uint32_t table, DataOperation operation) const {
    const std::uint32_t session = dynamodb::session_of_identity(d_.state, work_.caller);
    if (const Exception failure = failure_of(d_.state, table); failure != Exception::NONE) {
      return {failure, std::string(kRegionFailureText)};
    }
    const Exception refusal = operation == DataOperation::GET_RECORDS
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
    return d_.state.scenario().step_connection(work_.caller, table);
  }

  // A stream may need another version than its table: one that a deleted table had.
  std::uint32_t needed_here(std::uint32_t table) const {
    if (work_.call.getOperation() == DataOperation::GET_RECORDS) {
      return stream_key_version(d_.state, stream_of(work_));
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
    return request.decrypt_ordinal();
  }

  void ask(std::uint32_t table, std::uint32_t connection, events::Miss why) {
    auto event = d_.out.initTableKeyRequested();
    event.setConnection(connection);
    event.setTable(table);
    event.setItem(0);
    event.setOperation(work_.call.getOperation());
    event.setWhy(why);
    event.setStep(work_.step);
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
    event.setItem(0);
    event.setOperation(work_.call.getOperation());
    event.setStep(work_.step);
    event.setCall(call);
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
      via = request.asked != 0 ? Access::MISS : Access::DELAYED_HIT;
    }
    if (stale_) via = Access::STALE;
    auto event = d_.out.initDataAnswered();
    event.setConnection(request.connection);
    event.setStep(work_.step);
    event.setOperation(work_.call.getOperation());
    event.setVia(via);
    write_answer(work_.answer, event);
    const sim::Duration own = request_latency(d_, request.connection, request.ordinal);
    event.setLatency((d_.now - request.arrived + own).count());
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

bool is_full_request(const State& state, std::uint32_t step) {
  return step != 0 && at(state.scenario().reader().getSteps(), step - 1).isRequest();
}

void decide_request_step(Deciding& d) {
  const ScenarioView& scenario = d.state.scenario();
  const auto step = scenario.reader().getSteps()[d.action.a];
  Way way;
  way.request.step = d.action.a + 1;
  way.request.operation = step.getRequest().getOperation();
  way.request.arrived = d.now;
  // It comes in on the connection to the first table that it names.
  const std::uint32_t caller = scenario.caller(step.getCaller(), step.getSession().cStr());
  const std::vector<std::uint32_t> tables = tables_of(RequestWork(d, way.request.step));
  law(!tables.empty(), "a request names a table");
  way.request.connection = scenario.step_connection(caller, tables.front());
  way.request.ordinal = d.state.connections[way.request.connection].requests;
  Attempt(d, std::move(way)).go();
}

void continue_request(Deciding& d, const Request& request, std::uint32_t version, KmsError error,
                      Uuid request_id) {
  Way way;
  way.request = request;
  way.answered =
      ObtainedKey{d.state.connections[request.connection].table, version, error, request_id};
  Attempt(d, std::move(way)).go();
}

void decide_client_answer(Deciding& d) {
  const Call& call = d.state.calls[d.action.a];
  Way way;
  way.request = call.request;
  if (call.operation == events::KmsOperation::GENERATE_DATA_KEY) {
    way.request.client_blob = call.blob;
  }
  Attempt attempt(d, std::move(way));
  // What was to be opened may have gone meanwhile; then the refusal is of nothing.
  if (call.error == KmsError::NONE || !client_kms_call(d, call)) return attempt.go();
  attempt.fail_client(call.error, call.message);
}

std::optional<encryption::KmsCall> client_kms_call(Deciding& d, const Call& call) {
  Way way;
  way.request = call.request;
  law(way.request.client_asked != 0, "a client's call is one that it asked for");
  --way.request.client_asked;
  return Attempt(d, std::move(way)).client_call();
}

}  // namespace tablekey::model
