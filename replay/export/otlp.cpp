// OpenTelemetry traces in OTLP's JSON encoding: a request to DynamoDB is a span, the calls to KMS
// that it had to wait for are its children; what DynamoDB and the timeline ask of KMS by themselves
// are spans without a parent. A request that waited for another one's call is linked to it.
//
// A line is one document (an ExportTraceServiceRequest) of at most 4,096 spans, so that a short run
// is one document, which can be posted to a collector, and a long one is what its file receiver
// reads. As the encoding wants it: ids in hexadecimal, 64-bit numbers as texts, enums as numbers.
//
// Attributes are those of the semantic conventions for AWS SDK and DynamoDB spans; tablekey.* are
// ours. Ids are drawn from the digest of the trace and the number of the event that answered.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/dynamodb/errors.h"
#include "replay/data_answers.h"
#include "replay/event_fields.h"
#include "replay/export/export.h"
#include "replay/export/kms_calls.h"
#include "replay/metrics/answers.h"
#include "replay/metrics/kms_call.h"
#include "replay/steps.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kSpansMax = 4096;       // of a document
constexpr std::uint64_t kAskersKept = 65536;  // events after which nobody waits any more
constexpr int kClient = 3;                    // SPAN_KIND_CLIENT
constexpr int kError = 2;                     // STATUS_CODE_ERROR

template <class Enum>
std::string enum_name(Enum value) {
  return enumerant_text(
      capnp::DynamicEnum(capnp::Schema::from<Enum>(), static_cast<std::uint16_t>(value)));
}

class Attributes {
 public:
  Attributes& text(const char* key, std::string_view value) {
    if (!value.empty()) list_.push_back({{"key", key}, {"value", {{"stringValue", value}}}});
    return *this;
  }
  Attributes& texts(const char* key, const std::vector<std::string>& values) {
    Json array = Json::array();
    for (const std::string& value : values) array.push_back({{"stringValue", value}});
    list_.push_back({{"key", key}, {"value", {{"arrayValue", {{"values", std::move(array)}}}}}});
    return *this;
  }
  Attributes& number(const char* key, std::uint64_t value) {
    list_.push_back({{"key", key}, {"value", {{"intValue", std::to_string(value)}}}});
    return *this;
  }
  Json take() { return std::move(list_); }

 private:
  Json list_ = Json::array();
};

/// Spans into documents.
class Documents {
 public:
  Documents(const RecordedRun& recorded, const ExportSink& sink) : sink_(sink) {
    const model::ScenarioView& scenario = recorded.scenario();
    Attributes attributes;
    attributes.text("service.name", scenario.reader().getName().cStr());
    attributes.text("cloud.provider", "aws");
    attributes.text("cloud.account.id", scenario.account);
    attributes.text("cloud.region", scenario.region);
    attributes.number("tablekey.seed", scenario.seed);
    resource_ = {{"attributes", attributes.take()}};
  }
  void add(Json span) {
    spans_.push_back(std::move(span));
    ++count_;
    if (spans_.size() == kSpansMax) flush();
  }
  /// An empty run is a document without spans.
  std::uint64_t finish() {
    if (!spans_.empty() || count_ == 0) flush();
    return count_;
  }

 private:
  void flush() {
    Json scope = {{"scope", {{"name", "tablekey"}}}, {"spans", std::move(spans_)}};
    Json document;
    document["resourceSpans"] =
        Json::array({{{"resource", resource_}, {"scopeSpans", Json::array({std::move(scope)})}}});
    sink_.write(document.dump(-1, ' ', false, Json::error_handler_t::replace));
    sink_.write("\n");
    spans_ = Json::array();
  }

  const ExportSink& sink_;
  Json resource_, spans_ = Json::array();
  std::uint64_t count_ = 0;
};

class Spans : public Observer {
 public:
  Spans(const RecordedRun& recorded, const ExportChoices& choices, const ExportSink& sink)
      : window_(choices.window), documents_(recorded, sink) {
    for (const std::uint8_t byte : recorded.file().chain()) chain_ += fmt::format("{:02x}", byte);
  }

  void before(const model::State& state, std::int64_t) override {
    arrived_ = arrival_before(state);
    delivered_ = delivered_call(state);
  }

  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    std::vector<Call> calls = take_delivered();
    if (const auto answer = answer_of(event)) {
      request(after, event, number, *answer, calls);
    } else if (const auto ended = tracker_.ended(event, number)) {
      kms_call(after, event, *ended);
    } else {
      const std::vector<std::uint32_t> opened = tracker_.opened(after, event, number);
      // A request that goes on to another call has both.
      const bool goes_on = opened.size() == 1 && of_request(after, opened[0]);
      if (goes_on) {
        earlier_[opened[0]] = std::move(calls);
        calls.clear();
      }
    }
    for (Call& call : calls) write(call, call.number, {});  // nobody answered a request with it
  }

  std::uint64_t finish() {
    for (auto& [place, calls] : awaited_) {
      for (Call& call : calls) write(call, call.number, {});
    }
    return documents_.finish();
  }

 private:
  struct Call {
    std::uint64_t number = 0;
    std::int64_t begin = 0, end = 0;
    Json span;
  };

  std::string id(std::string_view kind, std::uint64_t number, std::size_t bytes) const {
    const std::string material = fmt::format("tablekey/otlp/{}/{}/{}", chain_, kind, number);
    const crypto::Digest digest = crypto::sha256(crypto::bytes_of(material));
    return hex(digest.data(), bytes);
  }
  std::string trace_id(std::uint64_t number) const { return id("trace", number, 16); }
  std::string span_id(std::uint64_t number) const { return id("span", number, 8); }

  static bool of_request(const model::State& state, std::uint32_t call) {
    const model::Purpose purpose = state.calls[call].purpose;
    return purpose == model::Purpose::data_request || purpose == model::Purpose::client;
  }

  std::vector<Call> take_delivered() {
    const auto found = awaited_.find(delivered_);
    if (found == awaited_.end()) return {};
    std::vector<Call> calls = std::move(found->second);
    awaited_.erase(found);
    return calls;
  }

  static Json span_of(std::string name, std::int64_t begin, std::int64_t end) {
    Json span;
    span["traceId"] = span["spanId"] = "";  // their place; see write()
    span["name"] = std::move(name);
    span["kind"] = kClient;
    span["startTimeUnixNano"] = std::to_string(begin);
    span["endTimeUnixNano"] = std::to_string(end);
    return span;
  }

  void write(Call& call, std::uint64_t root, const std::string& parent) {
    if (!window_.contains(call.end)) return;
    Json span;
    span["traceId"] = trace_id(root);
    span["spanId"] = span_id(call.number);
    if (!parent.empty()) span["parentSpanId"] = parent;
    for (auto& [name, value] : call.span.items()) {
      if (!span.contains(name)) span[name] = std::move(value);
    }
    documents_.add(std::move(span));
  }

  void kms_call(const model::State& after, events::Event::Reader event, const TrackedCall& tracked);
  void request(const model::State& after, events::Event::Reader event, std::uint64_t number,
               const Answer& answer, std::vector<Call>& calls);

  ExportWindow window_;
  Documents documents_;
  std::string chain_;
  CallTracker tracker_;
  std::optional<std::int64_t> arrived_;
  std::uint32_t delivered_ = model::kNone;
  std::map<std::uint32_t, std::vector<Call>> awaited_;  // answered calls, by place
  std::map<std::uint32_t, std::vector<Call>>
      earlier_;                     // of the request that now waits for that one
  std::set<std::uint64_t> askers_;  // events that answered requests which had asked KMS, of late
};

std::string caller_arn(const model::State& state, const SentCall& sent) {
  if (sent.as_service) return "dynamodb.amazonaws.com";
  return sent.caller == 0 ? "" : name_of_id(state, FieldMeaning::session, sent.caller - 1);
}

Json failure(std::string_view error, std::string_view message) {
  Json status = {{"message", message.empty() ? error : message}, {"code", kError}};
  return status;
}

void Spans::kms_call(const model::State& after, events::Event::Reader event,
                     const TrackedCall& tracked) {
  const auto sent = sent_call(after, event);
  if (!sent) return;
  const std::string method = enum_name(sent->operation);
  Call call{tracked.number, tracked.sent, tracked.arrives,
            span_of("KMS." + method, tracked.sent, tracked.arrives)};
  const bool failed = sent->error != events::KmsError::NONE;
  const std::string error = failed ? std::string(scenarios::name_of(sent->error)) : "";
  Attributes attributes;
  attributes.text("rpc.system", "aws-api").text("rpc.service", "KMS").text("rpc.method", method);
  std::string message;
  if (event.isKmsAnswered()) {
    const auto answer = event.getKmsAnswered();
    message = answer.getEffect().getMessage().cStr();
    attributes.text("aws.request_id",
                    model::dynamodb::uuid(answer.getRequestHigh(), answer.getRequestLow()));
    attributes.text("tablekey.decided_by", enum_name(answer.getDecidedBy()));
  }
  attributes.text("tablekey.key", name_of_id(after, FieldMeaning::key, sent->key));
  attributes.text("tablekey.table", name_of_id(after, FieldMeaning::table, sent->table));
  attributes.text("tablekey.caller", caller_arn(after, *sent)).text("error.type", error);
  attributes.number("tablekey.event", tracked.number);
  call.span["attributes"] = attributes.take();
  call.span["status"] = failed ? failure(error, message) : Json::object();
  if (!tracked.awaited) return write(call, call.number, {});
  std::vector<Call> calls;
  if (const auto before = earlier_.find(tracked.call); before != earlier_.end()) {
    calls = std::move(before->second);
    earlier_.erase(before);
  }
  calls.push_back(std::move(call));
  awaited_[tracked.call] = std::move(calls);
}

void Spans::request(const model::State& after, events::Event::Reader event, std::uint64_t number,
                    const Answer& answer, std::vector<Call>& calls) {
  const std::int64_t begin = arrived_.value_or(event.getTime());
  const std::string method = enum_name(answer.operation);
  Call root{number, begin, begin + answer.latency,
            span_of("DynamoDB." + method, begin, begin + answer.latency)};
  const bool failed = answer.exception != events::Exception::NONE;
  const std::string error = failed ? std::string(scenarios::name_of(answer.exception)) : "";
  std::vector<std::string> tables;
  if (event.isDataAnswered()) {
    for (const std::uint32_t table : tables_of(after, event.getDataAnswered())) {
      tables.push_back(after.table_name(table));
    }
  } else {
    tables.push_back(after.table_name(answer.table));
  }
  Attributes attributes;
  attributes.text("rpc.system", "aws-api").text("rpc.service", "DynamoDB");
  attributes.text("rpc.method", method).text("db.system", "dynamodb");
  attributes.text("db.operation", method).texts("aws.dynamodb.table_names", tables);
  attributes.text("tablekey.connection",
                  name_of_id(after, FieldMeaning::connection, answer.connection));
  if (answer.served) attributes.text("tablekey.key_access", enum_name(answer.via));
  attributes.text("error.type", error).number("tablekey.event", number);
  root.span["attributes"] = attributes.take();
  // What it waited for without having asked itself.
  if (calls.empty() && arrived_ && askers_.contains(event.getCause())) {
    root.span["links"] = Json::array(
        {{{"traceId", trace_id(event.getCause())}, {"spanId", span_id(event.getCause())}}});
  }
  if (!calls.empty()) {
    askers_.insert(number);
    askers_.erase(askers_.begin(), askers_.lower_bound(number - std::min(number, kAskersKept)));
  }
  std::string message;
  if (event.isRequestFailed()) {
    message = model::dynamodb::request_message(after, event.getRequestFailed());
  } else if (event.isDataAnswered()) {
    message = event.getDataAnswered().getMessage().cStr();
  }
  root.span["status"] = failed ? failure(error, message) : Json::object();
  const bool shown = window_.contains(root.end);
  write(root, number, {});
  for (Call& call : calls) {
    if (shown) write(call, number, span_id(number));
  }
  calls.clear();
}

}  // namespace

Exported export_otlp(const RecordedRun& recorded, const ExportChoices& choices,
                     const ExportSink& sink) {
  Spans spans(recorded, choices, sink);
  if (auto folded = fold_window(recorded, choices.window, {&spans}); !folded) {
    return std::unexpected(folded.error());
  }
  return spans.finish();
}

}  // namespace tablekey::replay
