// CSV (RFC 4180, but lines end in LF): one row an event, the same columns for all. A column that
// says nothing about an event is empty. Values are those of `tablekey events --json`.
//
//   number     of the event
//   time       nanoseconds since the Unix epoch
//   at         the same as ISO 8601
//   type       ItemRead, KmsAnswered, …
//   operation  of DynamoDB or KMS, by its API name
//   entity     what it happened to, in a word: a connection (web/3), else a table, else a key, …
//   table      name
//   key        ARN
//   principal  ARN of who asked; a service by its name
//   outcome    ok, or the exception
//   latency    nanoseconds until whoever asked has the answer
//   cause      number of the event that this one came of
//   step       id of the timeline's step, or its line
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "replay/event_text.h"
#include "replay/export/export.h"
#include "replay/metrics/answers.h"
#include "replay/query.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHeader =
    "number,time,at,type,operation,entity,table,key,principal,outcome,latency,cause,step\n";

// Quoted only where it must be: a reader that splits at commas gets most rows right.
std::string cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// The first of these members that is there and a text with something in it; empty: none is.
std::string text_in(const Json& event, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = event.find(name);
    if (found != event.end() && found->is_string() && !found->get_ref<const std::string&>().empty())
      return found->get<std::string>();
  }
  return {};
}

std::string connection_in(const Json& event) {
  const auto workload = event.find("workload"), number = event.find("workloadConnection");
  if (workload == event.end() || !workload->is_string() || number == event.end()) return {};
  return fmt::format("{}/{}", workload->get_ref<const std::string&>(),
                     number->get<std::uint64_t>());
}

std::string principal_of(const model::State& state, const Json& event) {
  const std::string named = text_in(event, {"callerArn", "sessionArn", "principalArn"});
  if (!named.empty()) return named;
  if (const auto service = event.find("asService"); service != event.end() && *service == true) {
    return "dynamodb.amazonaws.com";
  }
  const auto connection = event.find("connection");
  if (connection == event.end() || *connection >= state.connections.size()) return {};
  const std::uint32_t identity =
      state.connections[connection->get<std::uint32_t>()].identity;  // 1 + identity
  if (identity == 0 || state.latest_session.size() < identity) return {};
  const std::uint32_t session = state.latest_session[identity - 1];
  return session < state.sessions.size() ? state.session_arn(session) : std::string();
}

std::string operation_of(events::Event::Reader event, const Json& json) {
  const std::string named = text_in(json, {"operation"});
  if (!named.empty()) return named;
  if (event.isKeyPolled()) return "DescribeKey";
  if (event.isItemRead()) return "GetItem";
  if (event.isItemWritten()) return event.getItemWritten().getDeleted() ? "DeleteItem" : "PutItem";
  if (event.isItemsRead()) return event.getItemsRead().getScan() ? "Scan" : "Query";
  return {};
}

std::string outcome_of(events::Event::Reader event, const Json& json) {
  const std::string exception = text_in(json, {"exception"});
  if (!exception.empty()) return exception;
  const std::string error = text_in(json, {"error"});
  if (!error.empty()) return error;
  return answer_of(event) ? "ok" : "";
}

std::string row(const model::State& after, events::Event::Reader event, std::uint64_t number) {
  const Json json = event_json(after, event, number);
  const std::string table = text_in(json, {"tableName", "targetName"});
  const std::string key = text_in(json, {"keyArn", "toKeyArn"});
  const std::string principal = principal_of(after, json);
  std::string entity = connection_in(json);
  for (const std::string& other : {table, text_in(json, {"keyLogicalId"}), principal}) {
    if (entity.empty()) entity = other;
  }
  const auto latency = json.find("latency");
  const bool waited = latency != json.end() && latency->is_number() && *latency >= 0;
  std::string step = text_in(json, {"stepId"});
  if (const auto effect = json.find("effect"); step.empty() && effect != json.end()) {
    step = text_in(*effect, {"stepId"});
  }
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", number, event.getTime(),
                     json["at"].get_ref<const std::string&>(), event_name(event),
                     operation_of(event, json), cell(entity), cell(table), cell(key),
                     cell(principal), cell(outcome_of(event, json)), waited ? latency->dump() : "",
                     event.getCause(), cell(step));
}

class Rows : public Observer {
 public:
  explicit Rows(const ExportSink& sink) : sink_(sink) {}
  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    sink_.write(row(after, event, number));
  }

 private:
  const ExportSink& sink_;
};

}  // namespace

Exported export_csv(const RecordedRun& recorded, const ExportChoices& choices,
                    const ExportSink& sink) {
  EventQuery query;
  query.from = choices.window.from;
  query.to = choices.window.until;
  sink.write(kHeader);
  Rows rows(sink);
  return show_events(recorded, query, rows);
}

}  // namespace tablekey::replay
