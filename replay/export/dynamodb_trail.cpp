// A request that needs KMS as the caller is answered when KMS has: its record waits for that.
#include "replay/export/dynamodb_trail.h"

#include <fmt/format.h>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/names.h"
#include "model/law.h"

namespace tablekey::replay::cloudtrail {
namespace {

constexpr std::string_view kDynamoDb = "dynamodb.amazonaws.com";
constexpr std::string_view kConsole = "console.aws.amazon.com";
constexpr std::size_t kMessageBytesMax = 1024;

using events::TableOperation;

// DynamoDB's request ids are 52 characters, the last half of them always the same.
std::string request_id(const model::State& state, std::uint64_t number) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  const std::string material =
      fmt::format("tablekey/cloudtrail/{}/dynamodbRequestID/{}", state.scenario().seed, number);
  const crypto::Digest digest = crypto::sha256(crypto::bytes_of(material));
  std::string id;
  for (std::size_t i = 0; i < 26; ++i) id += kAlphabet[digest[i] % kAlphabet.size()];
  return id + "VV4KQNSO5AEMVJF66Q9ASUAAJG";
}

bool read_only(TableOperation operation) {
  const std::string_view name = model::dynamodb::operation_name(operation);
  return name.starts_with("Describe") || name.starts_with("List");
}

Json record_of(const model::State& state, const TableRequest& request, const std::string& account,
               bool foreign, std::size_t copy) {
  const Manner& manner = manner_at(state.settings(), request.time);
  Json record;
  record["eventVersion"] = manner.version;
  record["userIdentity"] = caller_identity(state, request.session, request.account, foreign);
  record["eventTime"] = record_time(request.time);
  record["eventSource"] = kDynamoDb;
  record["eventName"] = request.name;
  record["awsRegion"] = request.region;
  record["sourceIPAddress"] = kDirectAddress;
  record["userAgent"] = kConsole;
  if (!request.error.empty()) {
    record["errorCode"] = request.error;
    if (!request.message.empty()) {
      record["errorMessage"] = capped(request.message, kMessageBytesMax);
    }
  }
  Json parameters = request.parameters, elements = request.elements;
  cap_element(parameters, kElementBytesMax);
  cap_element(elements, kElementBytesMax);
  record["requestParameters"] = std::move(parameters);
  record["responseElements"] = request.error.empty() ? std::move(elements) : Json(nullptr);
  record["requestID"] = request_id(state, request.number);
  record["eventID"] =
      drawn_uuid(state, request.number, copy == 0 ? "eventID" : "eventID" + std::to_string(copy));
  if (manner.resource_types) {
    record["readOnly"] = request.read_only;
    if (!request.resources.is_null()) record["resources"] = request.resources;
  }
  record["eventType"] = "AwsApiCall";
  record["apiVersion"] = "2012-08-10";
  if (manner.categories || request.data) record["managementEvent"] = !request.data;
  record["recipientAccountId"] = account;
  if (manner.categories || request.data) {
    record["eventCategory"] = request.data ? "Data" : "Management";
  }
  return record;
}

// In the caller's trail, and, if it was done, in that of the table's account.
Json records_of(const model::State& state, const TableRequest& request) {
  const std::string caller = session_account(state, request.session, request.account);
  Json records = Json::array({record_of(state, request, caller, false, 0)});
  if (caller != request.account && request.error.empty()) {
    records.push_back(record_of(state, request, request.account, true, 1));
  }
  return records;
}

TableRequest about_table(const model::State& state, std::uint32_t table, TableOperation operation,
                         std::uint32_t session, std::int64_t time, std::uint64_t number) {
  TableRequest request;
  request.time = time;
  request.number = number;
  request.name = model::dynamodb::operation_name(operation);
  request.session = session;
  request.read_only = read_only(operation);
  request.account = state.scenario().account;
  request.region = state.scenario().region;
  if (table == model::kNone) return request;
  request.account = state.table_account(table);
  request.region = state.table_region(table);
  request.resources = table_resources(state, {table});
  return request;
}

events::Step::Reader step_of(const model::State& state, std::uint32_t step) {
  return model::at(state.scenario().reader().getSteps(), step - 1);
}

// A replica is made and dropped by an UpdateTable, which has its own record.
bool of_another_call(const model::State& state, std::uint32_t step) {
  return step != 0 && step_of(state, step).isControl();
}

// The table that a call makes or changes under a key, and so waits for KMS with; kNone: none.
std::uint32_t awaited_table(events::ControlAnswered::Reader answered) {
  const auto effect = answered.getEffect();
  if (effect.isRestoreStarted()) return effect.getRestoreStarted().getTarget();
  return model::kNone;
}

}  // namespace

void DynamoDbTrail::event(const model::State& after, events::Event::Reader event,
                          std::uint64_t number) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::TABLE_CREATION_STARTED:
    case Event::TABLE_DELETION_STARTED:
    case Event::SSE_SWITCH_STARTED:
      return table_event(after, event, number);
    case Event::TABLE_REQUEST_REFUSED:
      return refused(after, event, number);
    case Event::TABLE_KEY_CREATED:
      return admitted(event.getTableKeyCreated().getTable());
    case Event::TABLE_DELETED:
      return admitted(event.getTableDeleted().getTable());
    case Event::SSE_SWITCH_STALLED:
      return admitted(event.getSseSwitchStalled().getTable());
    case Event::SSE_SWITCH_COMPLETED:
      return admitted(event.getSseSwitchCompleted().getTable());
    case Event::CONTROL_ANSWERED:
      return answered(after, event, number);
    default:
      if (data_events_) data_event(after, event, number);
  }
}

void DynamoDbTrail::table_event(const model::State& after, events::Event::Reader event,
                                std::uint64_t number) {
  const std::int64_t time = event.getTime();
  if (event.isTableDeletionStarted()) {
    const auto deletion = event.getTableDeletionStarted();
    const std::uint32_t table = deletion.getTable();
    if (of_another_call(after, deletion.getStep())) return;
    TableRequest request = about_table(after, table, TableOperation::DELETE_TABLE,
                                       deletion.getSession(), time, number);
    request.parameters = {{"tableName", after.table_name(table)}};
    request.elements = {{"tableDescription", table_description(after, table)}};
    return write(after, request);
  }
  if (event.isTableCreationStarted()) {
    const auto creation = event.getTableCreationStarted();
    const std::uint32_t table = creation.getTable();
    if (of_another_call(after, creation.getStep())) return;
    TableRequest request = about_table(after, table, TableOperation::CREATE_TABLE,
                                       creation.getSession(), time, number);
    request.parameters = creation_parameters(after, table);
    request.elements = {{"tableDescription", table_description(after, table)}};
    return wait(after, table, request);
  }
  const auto change = event.getSseSwitchStarted();
  const std::uint32_t table = change.getTable();
  TableRequest request =
      about_table(after, table, TableOperation::UPDATE_TABLE, change.getSession(), time, number);
  const bool with_all = of_another_call(after, change.getStep());
  request.parameters =
      with_all ? control_parameters(after, step_of(after, change.getStep()).getControl())
               : switch_parameters(after, table, change.getToKey());
  // The answer has the old description, UPDATING already (dynamodb.md 2.5).
  request.elements = {{"tableDescription", table_description(after, table)}};
  request.elements["tableDescription"]["sSEDescription"]["status"] = "UPDATING";
  wait(after, table, request);
}

void DynamoDbTrail::refused(const model::State& after, events::Event::Reader event,
                            std::uint64_t number) {
  const auto refusal = event.getTableRequestRefused();
  const std::string error(model::dynamodb::exception_name(refusal.getException()));
  const std::string message = model::dynamodb::table_message(after, refusal);
  const auto waiting = waiting_.find(refusal.getTable());
  if (waiting != waiting_.end()) {
    // It was on its way: the record that was made then says now how it ended.
    Json record = waiting->second.front();
    waiting_.erase(waiting);
    Json failed = Json::object();
    for (auto& [name, value] : record.items()) {
      if (name == "requestParameters") {
        failed["errorCode"] = error;
        if (!message.empty()) failed["errorMessage"] = capped(message, kMessageBytesMax);
      }
      failed[name] = name == "responseElements" ? Json(nullptr) : value;
    }
    return write_(failed);
  }
  TableRequest request = about_table(after, refusal.getTable(), refusal.getOperation(),
                                     refusal.getSession(), event.getTime(), number);
  request.error = error;
  request.message = message;
  const bool control = of_another_call(after, refusal.getStep());
  if (control) {
    request.parameters = control_parameters(after, step_of(after, refusal.getStep()).getControl());
  } else if (refusal.getOperation() == TableOperation::CREATE_TABLE) {
    request.parameters = creation_parameters(after, refusal.getTable());
  } else {
    const bool update = refusal.getStep() != 0 && step_of(after, refusal.getStep()).isUpdateTable();
    request.parameters =
        update ? switch_parameters(after, refusal.getTable(),
                                   step_of(after, refusal.getStep()).getUpdateTable().getToKey())
               : Json{{"tableName", after.table_name(refusal.getTable())}};
  }
  write(after, request);
}

void DynamoDbTrail::answered(const model::State& after, events::Event::Reader event,
                             std::uint64_t number) {
  const auto answer = event.getControlAnswered();
  if (answer.getStep() == 0) return;
  const auto step = step_of(after, answer.getStep());
  TableRequest request = about_table(after, answer.getTable(), answer.getOperation(),
                                     answer.getSession(), event.getTime(), number);
  if (step.isControl()) {
    request.parameters = control_parameters(after, step.getControl());
    request.elements = control_elements(after, answer, step.getControl());
    const std::string_view region = step.getControl().getRegion().cStr();
    if (!region.empty()) request.region = region;
  }
  request.error = model::dynamodb::exception_name(answer.getException());
  request.message = answer.getMessage().cStr();
  const std::uint32_t awaited = awaited_table(answer);
  if (request.error.empty() && awaited != model::kNone) return wait(after, awaited, request);
  write(after, request);
}

void DynamoDbTrail::data_event(const model::State& after, events::Event::Reader event,
                               std::uint64_t number) {
  std::optional<TableRequest> request = data_request(after, event);
  if (!request) return;
  request->time = event.getTime();
  request->number = number;
  write(after, *request);
}

void DynamoDbTrail::wait(const model::State& after, std::uint32_t table,
                         const TableRequest& request) {
  admitted(table);
  waiting_[table] = records_of(after, request);
}

void DynamoDbTrail::admitted(std::uint32_t table) {
  const auto found = waiting_.find(table);
  if (found == waiting_.end()) return;
  for (const Json& record : found->second) write_(record);
  waiting_.erase(found);
}

void DynamoDbTrail::write(const model::State& after, const TableRequest& request) {
  for (const Json& record : records_of(after, request)) write_(record);
}

void DynamoDbTrail::finish() {
  for (const auto& [table, records] : waiting_) {
    for (const Json& record : records) write_(record);
  }
  waiting_.clear();
}

}  // namespace tablekey::replay::cloudtrail
