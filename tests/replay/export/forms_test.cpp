// Goal: each form says of every event what `events --json` says, no more and no less, in the syntax
// of its kind. Method: traces of busy worlds and of the bundled scenarios, read again by readers of
// our own.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "replay/event_text.h"
#include "replay/export/export.h"
#include "replay/query.h"
#include "scenarios/gunzip.h"
#include "tests/replay/export/exported.h"

namespace forms_test {

namespace {

using namespace tablekey;
using namespace tablekey::replay;
using Json = nlohmann::ordered_json;
using test::export_all;
using test::export_text;
using test::ExportedRun;

std::vector<Json> events_of(const RecordedRun& recorded, const ExportWindow& window = {}) {
  struct Collector : Observer {
    std::vector<Json> events;
    void event(const model::State& after, events::Event::Reader event,
               std::uint64_t number) override {
      events.push_back(event_json(after, event, number));
    }
  } collector;
  EventQuery query;
  query.from = window.from;
  query.to = window.until;
  REQUIRE(show_events(recorded, query, collector).has_value());
  return std::move(collector.events);
}

// RFC 4180: fields between commas, quoted ones with doubled quotes inside.
std::vector<std::vector<std::string>> read_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      const bool doubled = c == '"' && i + 1 < text.size() && text[i + 1] == '"';
      if (c == '"' && !doubled) quoted = false;
      if (c != '"' || doubled) row.back() += c;
      if (doubled) ++i;
    } else if (c == '"') {
      REQUIRE(row.back().empty());
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::exchange(row, std::vector<std::string>(1)));
    } else {
      row.back() += c;
    }
  }
  REQUIRE_FALSE(quoted);
  REQUIRE(row == std::vector<std::string>(1));
  return rows;
}

std::string member(const Json& event, const char* name) {
  const auto found = event.find(name);
  if (found == event.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

void check_row(const std::map<std::string, std::string>& row, const Json& event) {
  INFO(event.dump());
  CHECK(row.at("number") == member(event, "number"));
  CHECK(row.at("time") == member(event, "time"));
  CHECK(row.at("at") == member(event, "at"));
  CHECK(row.at("type") == member(event, "event"));
  CHECK(row.at("cause") == member(event, "cause"));
  if (event.contains("tableName")) CHECK(row.at("table") == member(event, "tableName"));
  if (event.contains("keyArn")) CHECK(row.at("key") == member(event, "keyArn"));
  if (event.contains("operation")) CHECK(row.at("operation") == member(event, "operation"));
  if (event.contains("callerArn")) CHECK(row.at("principal") == member(event, "callerArn"));
  if (event.contains("exception")) CHECK(row.at("outcome") == member(event, "exception"));
  if (event["event"] == "KmsAnswered") CHECK(row.at("outcome") == member(event, "error"));
  if (event["event"] == "ItemRead") CHECK(row.at("outcome") == "ok");
  const bool waits = event.contains("latency") && event["latency"] >= 0;
  CHECK(row.at("latency") == (waits ? member(event, "latency") : ""));
}

TEST_CASE("NDJSON has a document for each event, the one of events --json") {
  const ExportedRun run(replay::sample::kBusy);
  const std::vector<Json> events = events_of(run.recorded());
  std::istringstream lines(export_text(run.recorded(), "ndjson"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    REQUIRE(count < events.size());
    REQUIRE(Json::parse(line) == events[count]);
  }
  CHECK(count == run.recorded().file().event_count());
}

TEST_CASE("CSV has a row for each event, whose fields are those of events --json") {
  const bool splits = GENERATE(false, true);  // partitions are split `at` a boundary
  const ExportedRun run =
      splits ? ExportedRun::bundled("split-leaks-sort-key") : ExportedRun(replay::sample::kBusy);
  const std::vector<Json> events = events_of(run.recorded());
  const auto rows = read_csv(export_text(run.recorded(), "csv"));
  REQUIRE(rows.size() == events.size() + 1);
  CHECK(rows[0].front() == "number");
  for (std::size_t i = 0; i < events.size(); ++i) {
    REQUIRE(rows[i + 1].size() == rows[0].size());
    std::map<std::string, std::string> row;
    for (std::size_t column = 0; column < rows[0].size(); ++column) {
      row[rows[0][column]] = rows[i + 1][column];
    }
    check_row(row, events[i]);
  }
}

TEST_CASE("CSV quotes what has commas and quotes in it") {
  std::string source(replay::sample::kBusy);
  const std::size_t name = source.find("  - name: people");
  source.replace(name, 16, "  - name: 'the \"people\", all'");
  const ExportedRun run(source);
  const std::string text = export_text(run.recorded(), "csv");
  CHECK(text.find("\"the \"\"people\"\", all/0\"") != std::string::npos);
  std::set<std::string> entities;
  for (const auto& row : read_csv(text)) entities.insert(row[5]);
  CHECK(entities.contains("the \"people\", all/0"));
}

TEST_CASE("a window keeps what happened in it, both ends included") {
  const ExportedRun run(replay::sample::kBusy);
  ExportChoices choices;
  choices.window.from = run.recorded().scenario().start + sim::Duration::minutes(3);
  choices.window.until = choices.window.from + sim::Duration::minutes(2);
  const std::vector<Json> events = events_of(run.recorded(), choices.window);
  REQUIRE(events.size() > 2);
  const auto rows = read_csv(export_text(run.recorded(), "csv", choices));
  REQUIRE(rows.size() == events.size() + 1);
  CHECK(rows[1][2] == "2026-01-01T00:03:00Z");
  const Json trail = Json::parse(export_text(run.recorded(), "cloudtrail", choices));
  REQUIRE_FALSE(trail["Records"].empty());
  for (const Json& record : trail["Records"]) {
    CHECK(record["eventTime"] >= "2026-01-01T00:03:00Z");
    CHECK(record["eventTime"] <= "2026-01-01T00:05:00Z");
  }
}

TEST_CASE("delivered files hold the records of the document, by hour, account and Region") {
  const auto run = ExportedRun::bundled("global-table-regional-keys");
  const Json trail = Json::parse(export_text(run.recorded(), "cloudtrail"));
  std::multiset<std::string> expected, found;
  for (const Json& record : trail["Records"]) expected.insert(record.dump());
  const auto exported = export_all(run.recorded(), "cloudtrail-files");
  std::set<std::string> places;
  for (const auto& [path, bytes] : exported.files) {
    INFO(path);
    CHECK(bytes.substr(0, 10) == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
    const auto text = scenarios::gunzip(bytes, std::size_t{1} << 26);
    REQUIRE(text.has_value());
    const std::size_t stamp = path.rfind('_', path.rfind('_') - 1) + 1;
    const std::string until = path.substr(stamp, 14);  // 20260101T0300Z
    const Json document = Json::parse(*text);
    for (const Json& record : document["Records"]) {
      found.insert(record.dump());
      const std::string account = record["recipientAccountId"], region = record["awsRegion"];
      CHECK(path.starts_with("AWSLogs/" + account + "/CloudTrail/" + region + "/" +
                             until.substr(0, 4) + "/" + until.substr(4, 2) + "/" +
                             until.substr(6, 2) + "/" + account + "_CloudTrail_" + region + "_"));
      const std::string time = record["eventTime"];
      const std::string hour = time.substr(0, 4) + time.substr(5, 2) + time.substr(8, 5);
      CHECK(hour < until.substr(0, 11));
      places.insert(region);
    }
  }
  CHECK(found == expected);
  CHECK(places.size() > 1);
  CHECK(export_all(run.recorded(), "cloudtrail-files").files == exported.files);
}

TEST_CASE("every form has a name of its own, and a window without events is a document too") {
  const ExportedRun run(replay::sample::kBusy);
  ExportChoices nothing;
  nothing.window.from = run.recorded().scenario().until + sim::Duration::hours(1);
  std::set<std::string_view> names;
  for (const ExportForm& form : export_forms()) {
    INFO(form.name);
    CHECK(names.insert(form.name).second);
    CHECK(find_export_form(form.name) == &form);
    const auto exported = export_all(run.recorded(), form.name, nothing);
    CHECK(exported.count == 0);
    CHECK(exported.files.empty());
  }
  CHECK(find_export_form("yaml") == nullptr);
}

}  // namespace

}  // namespace forms_test
