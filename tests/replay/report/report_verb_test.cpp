// Goal: a report says the numbers that the run and the study said, lets nothing of a scenario
// become markup, is the same bytes every time, and replaces nothing unasked. Method: the verbs in
// process, in a folder of their own.
#include "replay/verbs/report.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "crypto/sha256.h"
#include "model/dynamodb/items/base64.h"
#include "replay/report/html.h"
#include "replay/verbs/run.h"
#include "replay/verbs/study.h"
#include "tests/events/sample.h"
#include "tests/replay/study_sample.h"

namespace tablekey::replay::verbs::report_verb_test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kExpected = R"yaml(expect:
  - name: everybody lets go
    check: exposure(after=disable).max <= 10m
  - check: exposure(after=disable, workload=web).min <= 5m
  - { check: kms.calls(op=Decrypt).count == 0, severity: warn }
  - check: invariant(plaintext_table_key_never_in_trace)
)yaml";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

class Desk {
 public:
  fs::path at(const std::string& name) const { return folder_ / name; }

  // A run of the small world, with these expectations.
  Json run(std::string_view expectations = kExpected, const std::string& world = world_text()) {
    put(at("small.yaml"), world + std::string(expectations));
    RunOptions options;
    options.scenario.file = at("small.yaml");
    options.writer.overwrite = true;
    options.json = true;
    speak([&](Console& console) { return verbs::run(options, console); });
    return Json::parse(out);
  }
  Json study(std::string_view section, StudyShard shard = {}) {
    put(at("small.yaml"), sample::study_text(section));
    StudyOptions options;
    options.scenario.file = at("small.yaml");
    options.output = at("small.study");
    options.threads = 2;
    options.shard = shard;
    options.json = true;
    speak([&](Console& console) { return verbs::study(options, console); });
    return Json::parse(out);
  }
  int report(const std::string& input, ReportOptions options = {}) {
    options.input = at(input);
    return speak([&](Console& console) { return verbs::report(options, console); });
  }
  Json document(const std::string& input) {
    ReportOptions options;
    options.json = true;
    REQUIRE(report(input, options) == kExitOk);
    return Json::parse(out);
  }
  std::string page(const std::string& input) {
    ReportOptions options;
    options.force = true;
    REQUIRE(report(input, options) == kExitOk);
    return text_of(at("small.html"));
  }
  // Keys are let go five minutes after they were got.
  static std::string world_text() {
    return std::string(sample::kStudyWorld) +
           "model: { table_key_cache: { policy: fixed-connection } }\n";
  }

  std::string out, err;  // of the last verb, without the folder's name

 private:
  int speak(const std::function<int(Console&)>& verb) {
    std::ostringstream results, messages;
    Console console(results, messages, "0.1.0");
    const int code = verb(console);
    out = plain(results.str());
    err = plain(messages.str());
    return code;
  }
  std::string plain(std::string text) const {
    const std::string here = (folder_ / "").string();
    for (std::size_t at; (at = text.find(here)) != std::string::npos;) text.erase(at, here.size());
    return text;
  }
  events::sample::TempFolder folder_;
};

std::string digest_in_policy(const std::string& page, const std::string& open,
                             const std::string& close) {
  const std::size_t begin = page.find(open) + open.size();
  const std::string text = page.substr(begin, page.find(close, begin) - begin);
  const auto digest =
      crypto::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  std::string base64;
  model::items::append_base64(base64, {digest.begin(), digest.end()});
  return "'sha256-" + base64 + "'";
}

// Without the program's own script and style.
std::string own_text(std::string page) {
  for (const auto& [open, close] : {std::pair("<style>", "</style>"), {"<script>", "</script>"}}) {
    const std::size_t begin = page.find(open);
    page.erase(begin, page.find(close, begin) - begin);
  }
  return page;
}

}  // namespace

TEST_CASE("a report's expectations and counts are those of run --json") {
  Desk desk;
  const Json run = desk.run();
  const Json report = desk.document("small.tk");
  CHECK(report["format"] == "tablekey.report/1");
  CHECK(report["expectations"] == run["expectations"]);
  CHECK(report["counts"] == run["counts"]);
  for (const char* name : {"scenario", "seed", "events", "time", "chain", "verdict"}) {
    CHECK(report[name] == run[name]);
  }
  CHECK(report["command"] == "tablekey run small.yaml --seed 5");
}

TEST_CASE("what a report says of exposure is what the expectations measured") {
  Desk desk;
  const Json run = desk.run();
  const Json report = desk.document("small.tk");
  REQUIRE(report["revocations"].size() == 1);
  const Json& revocation = report["revocations"][0];
  REQUIRE(revocation["groups"].size() == 1);
  const Json& web = revocation["groups"][0];
  CHECK(web["max"]["seconds"] == run["expectations"][0]["value"]);
  CHECK(web["min"]["seconds"] == run["expectations"][1]["value"]);
  CHECK(web["entries"] == 4);
  CHECK(revocation["limits"].size() == 2);
  const Json& story = revocation["stories"][0];
  CHECK(story["seconds"] == web["max"]["seconds"]);
  double before = -1e9;
  bool refused = false;
  for (const Json& line : story["lines"]) {
    CHECK(line["at"] >= before);
    before = line["at"];
    refused = refused || line["says"] == "KMS refuses";
  }
  CHECK(refused);
}

TEST_CASE("whom KMS goes on allowing is not counted among those who should be gone") {
  Desk desk;
  std::string world =
      replaced(Desk::world_text(), "  Key:\n",
               "  Other:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: other\n"
               "      AssumeRolePolicyDocument: {Version: \"2012-10-17\", Statement: [\n"
               "        {Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "
               "sts:AssumeRole}]}\n  Key:\n");
  world = replaced(world, "timeline:\n",
                   "  - name: other\n    principal: !Ref Other\n    table: !Ref Orders\n"
                   "    connections: 2\n    arrivals: { process: poisson, rate: 3/m }\n"
                   "    operations: { GetItem: 100% }\ntimeline:\n");
  world = replaced(world, "  - { at: 20m, do: kms:DisableKey, id: disable, key: !Ref Key }",
                   "  - at: 20m\n    do: kms:PutKeyPolicy\n    id: disable\n    key: !Ref Key\n"
                   "    policy: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Principal: "
                   "{AWS: !GetAtt Other.Arn}, Action: \"kms:*\", Resource: \"*\"}]}");
  const Json run = desk.run(kExpected, world);
  const Json report = desk.document("small.tk");
  REQUIRE(report["revocations"].size() == 1);
  const Json& revocation = report["revocations"][0];
  REQUIRE(revocation["groups"].size() == 3);
  CHECK(revocation["groups"][0]["name"] == "other");
  CHECK(revocation["groups"][0]["allowed"] == 2);
  CHECK(revocation["groups"][1]["allowed"] == 0);
  // The metric without a filter is about all of them, and the report's table says the same.
  CHECK(revocation["groups"][2]["max"]["seconds"] == run["expectations"][0]["value"]);
  CHECK(revocation["stories"][0]["seconds"] == revocation["groups"][1]["max"]["seconds"]);
  CHECK(revocation["stories"][0]["atLeast"] == false);
  CHECK(revocation["sentence"].get<std::string>().ends_with(
      " 2 more caches belong to callers whom it went on allowing."));
}

TEST_CASE("the lanes of a report end where the exposure of their caches ends") {
  Desk desk;
  desk.run();
  const Json report = desk.document("small.tk");
  double last = 0;
  for (const Json& lane : report["lanes"]["caches"]) {
    CHECK(lane["holdsAtEnd"] == false);
    last = std::max(last, lane["spans"].back()[1].get<double>());
  }
  const Json& revocation = report["revocations"][0];
  CHECK(last == Approx(revocation["at"].get<double>() +
                       revocation["groups"][0]["max"]["seconds"].get<double>()));
}

TEST_CASE("charts count every call and every request of the run once") {
  Desk desk;
  desk.run();
  const Json report = desk.document("small.tk");
  const auto total = [&](const char* chart) {
    std::uint64_t sum = 0, all = 0;
    for (const Json& series : report[chart]["series"]) {
      all += series["total"].get<std::uint64_t>();
      for (const Json& count : series["counts"]) sum += count.get<std::uint64_t>();
    }
    CHECK(sum == all);
    return all;
  };
  CHECK(total("calls") == report["counts"]["kmsCalls"]["total"]);
  CHECK(total("requests") == report["counts"]["requests"]["answered"]);
}

TEST_CASE("the title of a report says how many expectations are not met") {
  Desk desk;
  desk.run();
  CHECK(desk.document("small.tk")["title"] ==
        "small: 3 of 4 expectations met, 1 not met that only warns");
  desk.run(
      "expect: [{ check: exposure(after=disable).max <= 1s }, { check: requests.count > 1 }]\n");
  CHECK(desk.document("small.tk")["title"] == "small: 1 of 2 expectations not met");
  CHECK(desk.page("small.tk").find("<title>small: 1 of 2 expectations not met</title>") !=
        std::string::npos);
  CHECK(desk.out == "small: 1 of 2 expectations not met\nreport  small.html\n");
  desk.run("");
  CHECK(desk.document("small.tk")["title"] == "small: it expects nothing");
}

TEST_CASE("a page holds every number of its expectations without JavaScript") {
  Desk desk;
  const Json run = desk.run();
  const std::string page = own_text(desk.page("small.tk"));
  for (const Json& one : run["expectations"]) {
    const std::string cell = ">" + report::breakable(one["measured"].get<std::string>()) + "</td>";
    CHECK(page.find(cell) != std::string::npos);
  }
  for (const char* id : {"expectations", "timeline", "revocation-1", "calls", "requests",
                         "hierarchy", "counts", "steps", "settings", "again"}) {
    CHECK(page.find("<section id=\"" + std::string(id) + "\"") != std::string::npos);
  }
  CHECK(page.find("kms:DisableKey on Key") != std::string::npos);
  CHECK(page.find(run["chain"].get<std::string>()) != std::string::npos);
}

TEST_CASE("the policy of a page names its script and its style and allows nothing else") {
  Desk desk;
  desk.run();
  const std::string page = desk.page("small.tk");
  const std::string policy = "default-src 'none'; script-src " +
                             digest_in_policy(page, "\n<script>", "</script>") + "; style-src " +
                             digest_in_policy(page, "<style>", "</style>") +
                             "; base-uri 'none'; form-action 'none'";
  CHECK(page.find("content=\"" + policy + "\"") != std::string::npos);
  const std::string own = own_text(page);
  for (const char* request : {"src=", "http://", "https://", "url(", "@import", "style=\""}) {
    CHECK(own.find(request) == std::string::npos);
  }
}

TEST_CASE("names in a scenario cannot become markup or end the page's script") {
  Desk desk;
  std::string world = replaced(Desk::world_text(), "name: small",
                               "name: small\ndescription: \"</script><script>alert(2)<!--\"");
  desk.run(
      "expect:\n  - name: '</td></script><script>alert(1)</script><!--<b>&\"'\n"
      "    check: requests.count > 1\n",
      world);
  const std::string page = desk.page("small.tk");
  const auto count = [&](std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = page.find(what, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  CHECK(count("<script") == 2);
  CHECK(count("</script") == 2);
  CHECK(count("<!--") == 0);
  CHECK(count("<b>") == 0);
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = page.find(open) + open.size();
  const Json data = Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  CHECK(data["expectations"][0]["name"] == "</td></script><script>alert(1)</script><!--<b>&\"");
}

TEST_CASE("a report of the same trace is the same bytes, whatever its file is called") {
  Desk desk;
  desk.run();
  const std::string page = desk.page("small.tk");
  CHECK(desk.page("small.tk") == page);
  fs::copy_file(desk.at("small.tk"), desk.at("other.tk"));
  REQUIRE(desk.report("other.tk") == kExitOk);
  CHECK(text_of(desk.at("other.html")) == page);
  CHECK(page.find(desk.at("").string()) == std::string::npos);
}

TEST_CASE("a report replaces nothing unasked") {
  Desk desk;
  desk.run();
  put(desk.at("small.html"), "mine");
  CHECK(desk.report("small.tk") == kExitIo);
  CHECK(desk.err ==
        "error: small.html exists and is not overwritten\n"
        "  --force replaces it, -o FILE writes elsewhere\n");
  CHECK(text_of(desk.at("small.html")) == "mine");
  ReportOptions options;
  options.output = desk.at("small.tk");
  options.force = true;
  CHECK(desk.report("small.tk", options) == kExitUsage);
  CHECK(desk.err == "error: the report would replace what it is about\n");
  options.output = desk.at("no/such/folder.html");
  CHECK(desk.report("small.tk", options) == kExitIo);
  CHECK(desk.err.starts_with("error: cannot write no/such/folder.html"));
}

TEST_CASE("a torn trace is reported as far as it goes, and what is no trace is not") {
  Desk desk;
  desk.run();
  const std::string whole = text_of(desk.at("small.tk"));
  put(desk.at("torn.tk"), whole.substr(0, whole.size() - 40));
  CHECK(desk.report("torn.tk") == kExitTorn);
  CHECK(desk.err.starts_with("warning: torn.tk is torn at its end: only its first "));
  const std::string page = text_of(desk.at("torn.html"));
  CHECK(page.find("The end of the trace is missing") != std::string::npos);
  put(desk.at("text.tk"), "no trace");
  CHECK(desk.report("text.tk") == kExitNotATrace);
  CHECK_FALSE(fs::exists(desk.at("text.html")));
  CHECK(desk.report("absent.tk") == kExitIo);
  CHECK(desk.err.starts_with("error: "));
  CHECK_FALSE(fs::exists(desk.at("absent.html")));
}

TEST_CASE("a study's report has the points of results.jsonl and every value of its runs") {
  Desk desk;
  const Json study = desk.study(sample::kGrid);
  const Json report = desk.document("small.study");
  CHECK(report["kind"] == "study");
  CHECK(report["study"] == study["study"]);
  CHECK(report["runs"] == study["runs"]);
  CHECK(report["events"] == study["events"]);
  REQUIRE(report["results"].size() == study["results"].size());
  for (std::size_t i = 0; i < study["results"].size(); ++i) {
    Json point = report["results"][i];
    point.erase("label");
    CHECK(point == study["results"][i]);
    for (std::size_t m = 0; m < study["results"][i]["measures"].size(); ++m) {
      const Json& measure = study["results"][i]["measures"][m];
      CHECK(report["curves"][m][i]["runs"] ==
            measure["runs"].get<int>() - measure["no_data"].get<int>());
    }
  }
  REQUIRE(desk.report("small.study") == kExitOk);
  const std::string page = text_of(desk.at("small.html"));
  CHECK(page.find("data-picture=\"heat\"") != std::string::npos);
}

TEST_CASE("a study that is not whole has no report, and is told what to do") {
  Desk desk;
  desk.study(sample::kGrid);
  const std::string runs = text_of(desk.at("small.study/runs.jsonl"));
  put(desk.at("small.study/runs.jsonl"), replaced(runs, "\"run\":1", "\"run\":2"));
  CHECK(desk.report("small.study") == kExitIo);
  CHECK(desk.err ==
        "error: small.study/runs.jsonl is not what its manifest says\n"
        "  make the study anew with --force\n");
  fs::remove(desk.at("small.study/manifest.json"));
  put(desk.at("small.study/journal.jsonl"), "");
  CHECK(desk.report("small.study") == kExitIo);
  CHECK(desk.err ==
        "error: the study in small.study is not finished\n"
        "  tablekey study, given its scenario again, goes on with it\n");
  fs::remove_all(desk.at("small.study"));
  fs::create_directory(desk.at("small.study"));
  CHECK(desk.report("small.study") == kExitUsage);
  CHECK(desk.err ==
        "error: small.study is no study: it has no manifest.json\n"
        "  tablekey study FILE makes one; a run's report takes its trace\n");
  fs::remove_all(desk.at("small.study"));
  desk.study(sample::kGrid, {1, 3});
  CHECK(desk.report("small.study") == kExitUsage);
  CHECK(desk.err ==
        "error: small.study is shard 2 of 3, whose results are not there yet\n"
        "  tablekey study merge puts the shards together\n");
}

TEST_CASE("a search's report says what it found") {
  Desk desk;
  const Json search = desk.study(
      "  repeat: 2\n  optimise:\n    setting: model.table_key_cache.idle_timeout\n"
      "    range: [30s, 8m]\n    minimise: 1 * kms.calls(op=Decrypt, before=disable).count\n"
      "    subject_to: exposure(after=disable).max <= 20m\n    evaluations: 5\n");
  const Json report = desk.document("small.study");
  CHECK(report["kind"] == "search");
  CHECK(report["search"]["curve"].size() == search["curve"].size());
  for (const Json& one : report["search"]["curve"]) {
    if (one["best"] == true) CHECK(report["search"]["best"] == one["text"]);
  }
  CHECK(report["title"].get<std::string>().starts_with("small: idle_timeout = "));
  REQUIRE(desk.report("small.study") == kExitOk);
  CHECK(text_of(desk.at("small.html")).find("data-picture=\"search\"") != std::string::npos);
}

}  // namespace tablekey::replay::verbs::report_verb_test
