// Data events: requests for items. Values of keys are logged as they are, those of other attributes
// never (the guide's note).
#include <nlohmann/json.hpp>

#include "events/text.h"
#include "model/clients/records.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/streams.h"
#include "model/law.h"
#include "replay/data_answers.h"
#include "replay/export/dynamodb_trail.h"

namespace tablekey::replay::cloudtrail {
namespace {

using events::DataOperation;
using events::string_of;

/// {"id":{"S":"a"}} as {"id":"a"}.
Json bare(const Json& attributes) {
  Json object = Json::object();
  for (const auto& [name, value] : attributes.items()) {
    for (const auto& [type, inner] : value.items()) object[name] = inner;
  }
  return object;
}

Json bare(const std::string& json) {
  const Json parsed = Json::parse(json, nullptr, false);
  return parsed.is_object() ? bare(parsed) : Json(nullptr);
}

Json names_in(const std::string& json) {
  Json list = Json::array();
  const Json parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object()) return list;
  for (const auto& [name, value] : parsed.items()) list.push_back(name);
  return list;
}

Json item_key(const model::State& state, std::uint32_t table, std::uint32_t item) {
  const auto& families = state.scenario().families;
  return bare(families[state.family(table).space].item_key(item));
}

bool only_reads(DataOperation operation) {
  switch (operation) {
    case DataOperation::GET_ITEM:
    case DataOperation::QUERY:
    case DataOperation::SCAN:
    case DataOperation::BATCH_GET_ITEM:
    case DataOperation::TRANSACT_GET_ITEMS:
    case DataOperation::GET_RECORDS:
    case DataOperation::GET_SHARD_ITERATOR:
      return true;
    default:
      return false;
  }
}

TableRequest request_of(const model::State& state, std::uint32_t connection, std::uint32_t table,
                        DataOperation operation) {
  TableRequest request;
  request.data = true;
  request.name = model::dynamodb::operation_name(operation);
  const std::uint32_t identity = model::at(state.connections, connection).identity;
  request.session = identity == 0 ? 0 : 1 + state.latest_session[identity - 1];
  request.account = state.table_account(table);
  request.region = state.table_region(table);
  request.read_only = only_reads(operation);
  request.resources = table_resources(state, {table});
  request.parameters["tableName"] = state.table_name(table);
  return request;
}

TableRequest item_request(const model::State& state, std::uint32_t connection, std::uint32_t table,
                          std::uint32_t item, DataOperation operation) {
  TableRequest request = request_of(state, connection, table, operation);
  const bool range = operation == DataOperation::QUERY || operation == DataOperation::SCAN;
  if (!range) request.parameters["key"] = item_key(state, table, item);
  return request;
}

// ---- requests with all their parameters ----

void add_text(Json& object, const char* name, capnp::Text::Reader value) {
  if (value.size() != 0) object[name] = string_of(value);
}

void add_names(Json& object, capnp::List<events::Pair>::Reader names) {
  for (const auto name : names) {
    object["expressionAttributeNames"][name.getName().cStr()] = string_of(name.getValue());
  }
}

Json item_parameters(const model::State& state, events::ItemCall::Reader item, bool with_table) {
  Json object;
  if (with_table) {
    object["tableName"] = model::at(state.scenario().families, item.getTable()).name;
  }
  const std::string key = string_of(item.getKey());
  if (!key.empty()) object["key"] = bare(key);
  if (item.getValue().size() != 0) object["item"] = names_in(string_of(item.getValue()));
  add_text(object, "updateExpression", item.getUpdate());
  add_text(object, "conditionExpression", item.getCondition());
  add_text(object, "projectionExpression", item.getProjection());
  add_names(object, item.getNames());
  add_text(object, "returnValues", item.getReturnValues());
  if (item.getConsistentRead()) object["consistentRead"] = true;
  return object;
}

std::string_view kind_name(events::ItemCall::Kind kind) {
  switch (kind) {
    case events::ItemCall::Kind::GET:
      return "Get";
    case events::ItemCall::Kind::PUT:
      return "Put";
    case events::ItemCall::Kind::UPDATE:
      return "Update";
    case events::ItemCall::Kind::DELETE:
      return "Delete";
    case events::ItemCall::Kind::CONDITION_CHECK:
      return "ConditionCheck";
  }
  return "?";
}

Json range_parameters(const model::State& state, events::DataCall::Reader call) {
  Json object;
  if (call.getTable() != model::kNone) {
    object["tableName"] = model::at(state.scenario().families, call.getTable()).name;
  }
  add_text(object, "indexName", call.getIndex());
  add_text(object, "keyConditionExpression", call.getKeyCondition());
  add_text(object, "filterExpression", call.getFilter());
  add_text(object, "projectionExpression", call.getProjection());
  add_names(object, call.getNames());
  add_text(object, "select", call.getSelect());
  if (call.getHasLimit()) object["limit"] = call.getLimit();
  if (call.getBackward()) object["scanIndexForward"] = false;
  if (call.getConsistentRead()) object["consistentRead"] = true;
  if (call.getTotalSegments() != 0) {
    object["segment"] = call.getSegment();
    object["totalSegments"] = call.getTotalSegments();
  }
  return object;
}

std::string_view iterator_name(events::DataCall::IteratorType type) {
  constexpr std::string_view kNames[] = {"TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER",
                                         "AFTER_SEQUENCE_NUMBER"};
  return kNames[static_cast<std::size_t>(type)];
}

Json call_parameters(const model::State& state, events::DataCall::Reader call) {
  switch (call.getOperation()) {
    case DataOperation::BATCH_GET_ITEM:
    case DataOperation::BATCH_WRITE_ITEM:
    case DataOperation::TRANSACT_GET_ITEMS:
    case DataOperation::TRANSACT_WRITE_ITEMS: {
      Json object;
      Json& list = object["requestItems"] = Json::array();
      for (const auto item : call.getItems()) {
        Json element = {{"operation", kind_name(item.getKind())}};
        element.update(item_parameters(state, item, true));
        list.push_back(std::move(element));
      }
      return object;
    }
    case DataOperation::QUERY:
    case DataOperation::SCAN:
      return range_parameters(state, call);
    case DataOperation::GET_RECORDS:
      return call.getHasLimit() ? Json{{"limit", call.getLimit()}} : Json::object();
    case DataOperation::GET_SHARD_ITERATOR:
      return {{"shardIteratorType", iterator_name(call.getIterator())}};
    default:
      return call.getItems().size() == 0 ? Json::object()
                                         : item_parameters(state, call.getItems()[0], true);
  }
}

Json stream_resources(const model::State& state, std::uint32_t table,
                      events::DataCall::Reader call) {
  const model::StreamPlace place = model::stream_of(state, call);
  if (!place) return nullptr;
  return Json::array({{{"accountId", state.table_account(table)},
                       {"type", "AWS::DynamoDB::Stream"},
                       {"ARN", model::stream_arn(state, place)}}});
}

TableRequest answered_request(const model::State& state, events::DataAnswered::Reader answered) {
  const std::vector<std::uint32_t> tables = tables_of(state, answered);
  TableRequest request =
      request_of(state, answered.getConnection(), tables.front(), answered.getOperation());
  request.resources = table_resources(state, tables);
  request.error = model::dynamodb::exception_name(answered.getException());
  request.message = answered.getMessage().cStr();
  if (answered.getStep() == 0) {
    if (answered.getItem() != model::kNone) {
      request.parameters["key"] = item_key(state, tables.front(), answered.getItem());
    }
    return request;
  }
  const auto call =
      model::at(state.scenario().reader().getSteps(), answered.getStep() - 1).getRequest();
  request.parameters = call_parameters(state, call);
  if (answered.getOperation() == DataOperation::GET_RECORDS ||
      answered.getOperation() == DataOperation::GET_SHARD_ITERATOR) {
    if (Json stream = stream_resources(state, tables.front(), call); !stream.is_null()) {
      request.resources = std::move(stream);
    }
  }
  return request;
}

}  // namespace

std::optional<TableRequest> data_request(const model::State& state, events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::ITEM_READ: {
      const auto read = event.getItemRead();
      return item_request(state, read.getConnection(), read.getTable(), read.getItem(),
                          DataOperation::GET_ITEM);
    }
    case Event::ITEM_WRITTEN: {
      const auto written = event.getItemWritten();
      return item_request(
          state, written.getConnection(), written.getTable(), written.getItem(),
          written.getDeleted() ? DataOperation::DELETE_ITEM : DataOperation::PUT_ITEM);
    }
    case Event::ITEMS_READ: {
      const auto read = event.getItemsRead();
      return item_request(state, read.getConnection(), read.getTable(), read.getFirst(),
                          read.getScan() ? DataOperation::SCAN : DataOperation::QUERY);
    }
    case Event::REQUEST_FAILED: {
      const auto failed = event.getRequestFailed();
      TableRequest request = item_request(state, failed.getConnection(), failed.getTable(),
                                          failed.getItem(), failed.getOperation());
      request.error = model::dynamodb::exception_name(failed.getException());
      request.message = model::dynamodb::request_message(state, failed);
      return request;
    }
    case Event::DATA_ANSWERED:
      return answered_request(state, event.getDataAnswered());
    default:
      return std::nullopt;
  }
}

}  // namespace tablekey::replay::cloudtrail
