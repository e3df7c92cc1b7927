// Goal: spans have the shape of OTLP's JSON encoding and tell of requests and calls what the events
// tell. Method: the fields of the protocol's own example (opentelemetry-proto, examples/trace.json)
// and its rules for JSON, and the counts of events, over traces of bundled scenarios.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "replay/event_text.h"
#include "replay/metrics/answers.h"
#include "replay/query.h"
#include "tests/replay/export/exported.h"

namespace otlp_test {

namespace {

using namespace tablekey;
using test::export_text;
using test::ExportedRun;
using Json = nlohmann::ordered_json;

std::vector<std::string> names_of(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

bool is_hex(const std::string& text, std::size_t size) {
  return text.size() == size && text.find_first_not_of("0123456789abcdef") == std::string::npos &&
         text.find_first_not_of('0') != std::string::npos;
}

void check_value(const Json& value) {
  REQUIRE(value.size() == 1);
  const std::string kind = value.begin().key();
  if (kind == "stringValue") {
    CHECK(value[kind].is_string());
  } else if (kind == "intValue") {  // an int64 is a text
    const auto number = value[kind].get<std::string>();
    CHECK(number.find_first_not_of("0123456789") == std::string::npos);
  } else {
    REQUIRE(kind == "arrayValue");
    for (const Json& inner : value[kind]["values"]) check_value(inner);
  }
}

std::map<std::string, std::string> attributes_of(const Json& list) {
  std::map<std::string, std::string> attributes;
  for (const Json& attribute : list) {
    CHECK(names_of(attribute) == std::vector<std::string>{"key", "value"});
    check_value(attribute["value"]);
    const Json& value = attribute["value"].begin().value();
    const bool added =
        attributes
            .emplace(attribute["key"], value.is_string() ? value.get<std::string>() : value.dump())
            .second;
    CHECK(added);
  }
  return attributes;
}

std::vector<Json> spans_of(const std::string& text) {
  std::vector<Json> spans;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const Json document = Json::parse(line);
    REQUIRE(names_of(document) == std::vector<std::string>{"resourceSpans"});
    for (const Json& resource : document["resourceSpans"]) {
      CHECK(names_of(resource) == std::vector<std::string>{"resource", "scopeSpans"});
      CHECK(attributes_of(resource["resource"]["attributes"]).at("cloud.provider") == "aws");
      for (const Json& scope : resource["scopeSpans"]) {
        CHECK(names_of(scope) == std::vector<std::string>{"scope", "spans"});
        CHECK(scope["scope"]["name"] == "tablekey");
        CHECK(scope["spans"].size() <= 4096);
        spans.insert(spans.end(), scope["spans"].begin(), scope["spans"].end());
      }
    }
  }
  return spans;
}

void check_shape(const Json& span) {
  static const std::set<std::string> kKnown = {
      "traceId",           "spanId",          "parentSpanId", "name",  "kind",
      "startTimeUnixNano", "endTimeUnixNano", "attributes",   "links", "status"};
  INFO(span.dump());
  for (const std::string& name : names_of(span)) CHECK(kKnown.contains(name));
  CHECK(is_hex(span["traceId"], 32));
  CHECK(is_hex(span["spanId"], 16));
  CHECK(span["kind"] == 3);
  const auto begin = span["startTimeUnixNano"].get<std::string>();
  const auto end = span["endTimeUnixNano"].get<std::string>();
  CHECK(std::stoll(begin) <= std::stoll(end));
  const auto attributes = attributes_of(span["attributes"]);
  CHECK(attributes.at("rpc.system") == "aws-api");
  CHECK(span["name"] == attributes.at("rpc.service") + "." + attributes.at("rpc.method"));
  const bool failed = span["status"].contains("code");
  if (failed) CHECK(span["status"]["code"] == 2);
  CHECK(attributes.contains("error.type") == failed);
  CHECK(attributes.contains("db.system") == (attributes.at("rpc.service") == "DynamoDB"));
}

struct Counted : replay::Observer {
  std::size_t requests = 0, calls = 0;
  void event(const model::State&, events::Event::Reader event, std::uint64_t) override {
    if (replay::answer_of(event)) ++requests;
    if (event.isKmsAnswered() || event.isKeyPolled() || event.isCallLost()) ++calls;
  }
};

TEST_CASE("every request and every call is a span of OTLP's shape, calls within their requests") {
  const char* name = GENERATE("books", "disable-key-fixed", "kms-outage", "retries-ride-out",
                              "client-side-encryption", "switch-key", "revoked-during-outage");
  INFO(name);
  const auto run = ExportedRun::bundled(name);
  const std::vector<Json> spans = spans_of(export_text(run.recorded(), "otlp"));
  Counted counted;
  REQUIRE(replay::show_events(run.recorded(), {}, counted).has_value());
  std::map<std::string, const Json*> by_id;
  std::size_t requests = 0;
  for (const Json& span : spans) {
    if (by_id.size() < 3000) check_shape(span);
    CHECK(by_id.emplace(span["spanId"], &span).second);
    if (span["name"].get_ref<const std::string&>().starts_with("DynamoDB.")) ++requests;
  }
  CHECK(requests == counted.requests);
  CHECK(spans.size() - requests == counted.calls);
  for (const Json& span : spans) {
    for (const Json& link : span.value("links", Json::array())) {
      REQUIRE(by_id.contains(link["spanId"]));
      CHECK((*by_id.at(link["spanId"]))["traceId"] == link["traceId"]);
    }
    if (!span.contains("parentSpanId")) continue;
    REQUIRE(by_id.contains(span["parentSpanId"]));
    const Json& parent = *by_id.at(span["parentSpanId"]);
    CHECK(parent["traceId"] == span["traceId"]);
    CHECK(parent["name"].get_ref<const std::string&>().starts_with("DynamoDB."));
    CHECK(parent["startTimeUnixNano"] <= span["startTimeUnixNano"]);
    CHECK(parent["endTimeUnixNano"] >= span["endTimeUnixNano"]);
  }
}

TEST_CASE("a refused request says what DynamoDB said, its call what KMS said") {
  const auto run = ExportedRun::bundled("disable-key-fixed");
  std::set<std::string> messages;
  for (const Json& span : spans_of(export_text(run.recorded(), "otlp"))) {
    if (!span["status"].contains("code")) continue;
    const auto attributes = attributes_of(span["attributes"]);
    const std::string message = span["status"]["message"];
    if (attributes.at("rpc.service") == "KMS") {
      CHECK(attributes.at("error.type") == "DisabledException");
      CHECK(attributes.at("tablekey.decided_by") == "keyState");
      CHECK(attributes.at("aws.request_id").size() == 36);
    } else {
      CHECK(attributes.at("error.type") == "ValidationException");
      CHECK(message.starts_with("KMS key disabled error: com.amazonaws.services.kms.model."));
      messages.insert(message);
    }
  }
  CHECK(messages.size() > 1);
}

TEST_CASE("a request that waited for another one's call is linked to that one") {
  const auto run = ExportedRun::bundled("retries-ride-out");
  std::size_t linked = 0;
  for (const Json& span : spans_of(export_text(run.recorded(), "otlp"))) {
    if (!span.contains("links")) continue;
    ++linked;
    CHECK_FALSE(span.contains("parentSpanId"));
    const std::string access = attributes_of(span["attributes"])["tablekey.key_access"];
    CHECK((access == "delayedHit" || access.empty()));
  }
  CHECK(linked > 100);
}

}  // namespace

}  // namespace otlp_test
