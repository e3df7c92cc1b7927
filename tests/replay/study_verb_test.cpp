// Goal: a study's files are the same bytes however it was run, nothing that was done is done again,
// nothing of another study is lost, and what cannot be is said. Method: the verbs in process, in a
// folder of their own; whole folders are compared.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/verbs/study.h"
#include "tests/events/sample.h"
#include "tests/replay/study_sample.h"

namespace tablekey::replay::verbs::study_verb_test {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Files files_in(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = text_of(entry.path());
  }
  return files;
}

class Desk {
 public:
  explicit Desk(std::string_view study = sample::kGrid) {
    put(scenario(), sample::study_text(study));
  }
  fs::path scenario() const { return folder_ / "small.yaml"; }
  fs::path at(const std::string& name) const { return folder_ / name; }

  StudyOptions options(const std::string& name, std::uint32_t threads = 2) const {
    StudyOptions options;
    options.scenario.file = scenario();
    options.output = at(name);
    options.threads = threads;
    return options;
  }
  int run(const StudyOptions& options) {
    return speak([&](Console& console) { return study(options, console); });
  }
  int merge(const std::vector<std::string>& shards, const std::string& name) {
    StudyMergeOptions options;
    for (const std::string& shard : shards) options.shards.push_back(at(shard));
    options.output = at(name);
    return speak([&](Console& console) { return study_merge(options, console); });
  }
  int plan(StudyPlanOptions options) {
    options.scenario.file = scenario();
    return speak([&](Console& console) { return study_plan(options, console); });
  }

  // What was said, with the folder's name taken out.
  std::string out() const { return plain(out_); }
  std::string err() const { return plain(err_); }

 private:
  int speak(const std::function<int(Console&)>& verb) {
    std::ostringstream out, err;
    Console console(out, err, "0.1.0");
    const int code = verb(console);
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  std::string plain(std::string text) const {
    const std::string here = (folder_ / "").string();
    for (std::size_t at; (at = text.find(here)) != std::string::npos;) text.erase(at, here.size());
    return text;
  }

  events::sample::TempFolder folder_;
  std::string out_, err_;
};

StudyShard shard(std::uint32_t index, std::uint32_t count) { return {index - 1, count}; }

}  // namespace

TEST_CASE("a study is the same bytes on 1, 2 and 4 threads") {
  Desk desk;
  REQUIRE(desk.run(desk.options("one", 1)) == kExitOk);
  const Files one = files_in(desk.at("one"));
  CHECK(one.size() == 4);
  for (const std::uint32_t threads : {2U, 4U}) {
    const std::string name = "threads" + std::to_string(threads);
    REQUIRE(desk.run(desk.options(name, threads)) == kExitOk);
    CHECK(files_in(desk.at(name)) == one);
  }
}

TEST_CASE("seven shards, one run twice and one killed and run again, are the study in one piece") {
  for (const std::string_view rule : {"", "  stop: { half_width: 20%, min: 2 }\n"}) {
    Desk desk(std::string(sample::kGrid) + std::string(rule));
    REQUIRE(desk.run(desk.options("whole", 4)) == kExitOk);
    std::vector<std::string> names;
    for (std::uint32_t i = 1; i <= 7; ++i) {
      StudyOptions options = desk.options("shard" + std::to_string(i), 1 + i % 3);
      options.shard = shard(i, 7);
      REQUIRE(desk.run(options) == kExitOk);
      names.push_back("shard" + std::to_string(i));
    }
    // Twice: into another folder, and into its own, where it finds itself done.
    StudyOptions twice = desk.options("again");
    twice.shard = shard(3, 7);
    REQUIRE(desk.run(twice) == kExitOk);
    CHECK(files_in(desk.at("again")) == files_in(desk.at("shard3")));
    REQUIRE(desk.run(twice) == kExitOk);
    names.push_back("again");
    // Killed: what is left is a journal whose last line is torn.
    const Files finished = files_in(desk.at("shard1"));
    const std::string& runs = finished.at("runs.jsonl");
    fs::remove_all(desk.at("shard1"));
    fs::create_directories(desk.at("shard1"));
    put(desk.at("shard1") / "journal.jsonl", runs.substr(0, runs.size() - 10));
    StudyOptions killed = desk.options("shard1");
    killed.shard = shard(1, 7);
    REQUIRE(desk.run(killed) == kExitOk);
    CHECK(desk.err().starts_with("going on after "));
    CHECK(files_in(desk.at("shard1")) == finished);

    REQUIRE(desk.merge(names, "merged") == kExitOk);
    CHECK(files_in(desk.at("merged")) == files_in(desk.at("whole")));
  }
}

TEST_CASE("a study that was stopped anywhere goes on, and does no run twice") {
  Desk desk;
  REQUIRE(desk.run(desk.options("whole")) == kExitOk);
  const Files whole = files_in(desk.at("whole"));
  std::vector<std::string> lines;
  std::istringstream runs(whole.at("runs.jsonl"));
  for (std::string line; std::getline(runs, line);) lines.push_back(line);
  for (const std::size_t kept : {1U, 2U, 9U, 18U}) {
    const std::string name = "kept" + std::to_string(kept);
    fs::create_directories(desk.at(name));
    std::string journal = lines[0] + "\n";
    // In the order of their ends, which may be any; the value of one gives away a run made anew.
    for (std::size_t i = kept; i >= 1; --i) journal += lines[i] + "\n";
    const std::size_t mark = journal.find("\"events\":");
    journal.replace(mark, 9, "\"events\":9");
    put(desk.at(name) / "journal.jsonl", journal);
    REQUIRE(desk.run(desk.options(name)) == kExitOk);
    CHECK(desk.err() == "going on after " + counted(kept, "run") + "\n");
    const Files found = files_in(desk.at(name));
    CHECK(found.at("runs.jsonl").size() == whole.at("runs.jsonl").size() + 1);
    CHECK(found.at("results.csv") == whole.at("results.csv"));
    CHECK_FALSE(found.contains("journal.jsonl"));
  }
}

TEST_CASE("a study at its time limit says how to go on") {
  Desk desk;
  StudyOptions options = desk.options("late", 1);
  options.time_limit = sim::Duration();
  options.repeat = 2000;
  CHECK(desk.run(options) == kExitTimeLimit);
  CHECK(desk.err().find("  go on: tablekey study small.yaml --repeat 2000 -o late\n") !=
        std::string::npos);
  CHECK(fs::exists(desk.at("late") / "journal.jsonl"));
  CHECK_FALSE(fs::exists(desk.at("late") / "manifest.json"));
}

TEST_CASE("a manifest holds all that makes the study again") {
  Desk desk;
  StudyOptions options = desk.options("here");
  options.scenario.set = {{"model.table_key_cache.ttl", "3m"}};
  options.scenario.seed = 40;
  REQUIRE(desk.run(options) == kExitOk);
  const auto manifest = nlohmann::ordered_json::parse(text_of(desk.at("here") / "manifest.json"));
  CHECK(manifest["command"] ==
        "tablekey study small.yaml --seed 40 --set model.table_key_cache.ttl=3m");
  CHECK(manifest["seeds"]["last"] == 42);
  CHECK(manifest["settings"]["model.table_key_cache.ttl"] == "3m");
  CHECK(manifest["text"]["source"] == text_of(desk.scenario()));
  CHECK(manifest["choices"].contains("boundary"));
  CHECK(manifest["files"].size() == 3);
  fs::remove(desk.scenario());
  REQUIRE(desk.merge({"here"}, "again") == kExitOk);
  CHECK(files_in(desk.at("again")) == files_in(desk.at("here")));
}

TEST_CASE("what another study left is kept, unless it is to be replaced") {
  Desk desk;
  REQUIRE(desk.run(desk.options("here")) == kExitOk);
  const Files before = files_in(desk.at("here"));
  StudyOptions other = desk.options("here");
  other.repeat = 2;
  CHECK(desk.run(other) == kExitIo);
  CHECK(desk.err() ==
        "error: here holds another study and is not overwritten\n"
        "  --force replaces it, -o DIR writes elsewhere\n");
  CHECK(files_in(desk.at("here")) == before);
  other.force = true;
  CHECK(desk.run(other) == kExitOk);
  CHECK(files_in(desk.at("here")) != before);
}

TEST_CASE("shards that do not make one study are refused") {
  Desk desk;
  const auto make = [&](const std::string& name, std::uint32_t index, std::uint32_t count,
                        std::optional<std::uint64_t> repeat = {}) {
    StudyOptions options = desk.options(name);
    options.shard = shard(index, count);
    options.repeat = repeat;
    REQUIRE(desk.run(options) == kExitOk);
  };
  make("a", 1, 3);
  make("b", 2, 3);
  make("other", 3, 3, 2);
  make("fourth", 4, 4);
  CHECK(desk.merge({"a"}, "out") == kExitUsage);
  CHECK(desk.err() ==
        "error: missing: shards 2, 3 of 3\n"
        "  tablekey study small.yaml --shard 2/3 makes the first\n");
  CHECK(desk.merge({"a", "b"}, "out") == kExitUsage);
  CHECK(desk.err() ==
        "error: missing: shard 3 of 3\n"
        "  tablekey study small.yaml --shard 3/3 makes it\n");
  CHECK(desk.merge({"a", "b", "other"}, "out") == kExitUsage);
  CHECK(desk.err() ==
        "error: a and other are of different studies\n"
        "  their manifests say from which file and settings each is\n");
  CHECK(desk.merge({"a", "b", "fourth"}, "out") == kExitUsage);
  CHECK(desk.err() ==
        "error: a is shard 1 of 3, fourth is shard 4 of 4\n"
        "  all shards are cut from one number\n");
  CHECK(desk.merge({"a", "nowhere"}, "out") == kExitUsage);
  CHECK(desk.err() == "error: nowhere holds no study\n");
  CHECK_FALSE(fs::exists(desk.at("out")));
}

TEST_CASE("a shard that was changed, and one that is not finished, are refused") {
  Desk desk;
  StudyOptions options = desk.options("a");
  options.shard = shard(1, 1);
  REQUIRE(desk.run(options) == kExitOk);
  std::string runs = text_of(desk.at("a") / "runs.jsonl");
  runs.replace(runs.find("\"events\":"), 9, "\"events\":1");
  put(desk.at("a") / "runs.jsonl", runs);
  CHECK(desk.merge({"a"}, "out") == kExitIo);
  CHECK(desk.err() ==
        "error: a/runs.jsonl is not what its manifest says\n"
        "  make this shard anew with --force\n");
  fs::create_directories(desk.at("half"));
  put(desk.at("half") / "journal.jsonl", "{}\n");
  CHECK(desk.merge({"half"}, "out") == kExitUsage);
  CHECK(desk.err() ==
        "error: half is not finished\n"
        "  run the same command again: it goes on where it was stopped\n");
}

TEST_CASE("an impossible shard is refused before anything is read") {
  CHECK(parse_shard("0/3").error() == "there is no shard 0 of 3: they are counted from 1 to 3");
  CHECK(parse_shard("4/3").error() == "there is no shard 4 of 3: they are counted from 1 to 3");
  CHECK(parse_shard("1/0").error() == "a study has at least one shard, as in 1/1");
  for (const std::string text : {"x", "1", "1/", "/3", "-1/3", "1/3/4", "1.5/3", ""}) {
    CHECK(parse_shard(text).error() == "'" + text + "' is not a shard, such as 3/20");
  }
  CHECK(parse_shard("3/20")->index == 2);
  CHECK(parse_shard("3/20")->count == 20);
}

TEST_CASE("a file without a study is told what one looks like") {
  Desk desk;
  put(desk.scenario(), std::string(sample::kStudyWorld));
  CHECK(desk.run(desk.options("here")) == kExitUsage);
  CHECK(desk.err() ==
        "error: small.yaml has no study\n"
        "  give it a section such as  study: { repeat: 30, measure: [requests.count] }\n");
}

TEST_CASE("a measure and a check that never saw data are shown where they stand") {
  Desk desk(R"(  repeat: 2
  measure:
    - requests.count
    - exposure(after=45m).p99
  expect:
    - requests(workload=web, after=45m).count <= 5
)");
  CHECK(desk.run(desk.options("here")) == kExitUsage);
  CHECK(desk.err() ==
        "small.yaml:41:7: error: no run of the study saw data for this\n"
        "   41 |     - exposure(after=45m).p99\n"
        "      |       ^~~~~~~~~~~~~~~~~~~~~~~ the run ended before the moment that after= names\n"
        "\n"
        "small.yaml:43:7: error: no run saw data for this check\n"
        "   43 |     - requests(workload=web, after=45m).count <= 5\n"
        "      |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the run ended before the "
        "moment that after= names\n");
}

TEST_CASE("what is expected holds for means and quantiles over the seeds of every point") {
  Desk desk(R"(  repeat: 5
  matrix: { workload.web.connections: [1, 4] }
  measure: [requests.count]
  expect:
    - requests.count >= 1
    - max(requests.count) <= 200
    - { name: few, check: p90(requests.count) <= 60, severity: warn }
    - outcome(step=disable) == success
)");
  CHECK(desk.run(desk.options("here")) == kExitOk);
  CHECK(desk.out().starts_with("small: met, 6 of 8 expectations held; 2 points, 10 runs\n"));
  StudyOptions strict = desk.options("strict");
  strict.scenario.set = {{"study.expect.1", "mean(requests.count) <= 3"}};
  CHECK(desk.run(strict) == kExitDiffers);
  CHECK(desk.out().find("  not met  mean(requests.count) <= 3, is ") != std::string::npos);
}

TEST_CASE("more runs are made only until the interval is narrow enough") {
  Desk desk(R"(  repeat: 200
  matrix: { workload.web.connections: [1, 4] }
  stop: { half_width: 2%, of: requests.count, min: 4 }
  measure: [requests.count]
)");
  REQUIRE(desk.run(desk.options("one", 1)) == kExitOk);
  REQUIRE(desk.run(desk.options("four", 4)) == kExitOk);
  CHECK(files_in(desk.at("one")) == files_in(desk.at("four")));
  std::istringstream lines(text_of(desk.at("one") / "results.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto point = nlohmann::json::parse(line);
    CHECK(point["runs"] < 200);
    const auto& mean = point["measures"][0]["mean"];
    const double half = (mean["high"].get<double>() - mean["low"].get<double>()) / 2;
    CHECK(half <= 0.0201 * mean["mean"].get<double>());
  }
}

TEST_CASE("a search goes the same way on any number of threads, and on after a stop") {
  const std::string text = R"(  repeat: 4
  optimise:
    setting: model.table_key_cache.ttl
    range: [10s, 1h]
    minimise: 10 * kms.calls(op=Decrypt).count + 1 * exposure(after=15m).mean
    tolerance: 10%
)";
  Desk desk(text);
  REQUIRE(desk.run(desk.options("one", 1)) == kExitOk);
  const std::string said = desk.out();
  REQUIRE(desk.run(desk.options("four", 4)) == kExitOk);
  const Files one = files_in(desk.at("one"));
  CHECK(files_in(desk.at("four")) == one);
  CHECK(one.at("curve.csv").starts_with("value,text,cost,"));
  fs::create_directories(desk.at("torn"));
  put(desk.at("torn") / "journal.jsonl", one.at("runs.jsonl").substr(0, 900));
  REQUIRE(desk.run(desk.options("torn", 3)) == kExitOk);
  CHECK(files_in(desk.at("torn")) == one);
  StudyOptions part = desk.options("part");
  part.shard = shard(1, 2);
  CHECK(desk.run(part) == kExitUsage);
  CHECK(desk.err() == "error: a search has no shards: each value depends on those before it\n");
}

TEST_CASE("a plan counts runs and gives the commands of shards") {
  Desk desk;
  StudyPlanOptions options;
  options.shards = 4;
  CHECK(desk.plan(options) == kExitOk);
  CHECK(desk.out() ==
        "small: 6 points, 3 runs of each, seeds 5 to 7: 18 runs\n\n"
        "     0  ttl=1m connections=1\n"
        "     1  ttl=1m connections=4\n"
        "     2  ttl=5m connections=1\n"
        "     3  ttl=5m connections=4\n"
        "     4  ttl=10m connections=1\n"
        "     5  ttl=10m connections=4\n\n"
        "tablekey study small.yaml --shard 1/4  # 5 runs\n"
        "tablekey study small.yaml --shard 2/4  # 5 runs\n"
        "tablekey study small.yaml --shard 3/4  # 4 runs\n"
        "tablekey study small.yaml --shard 4/4  # 4 runs\n");
  options.json = true;
  CHECK(desk.plan(options) == kExitOk);
  const auto plan = nlohmann::json::parse(desk.out());
  CHECK(plan["runs"] == 18);
  CHECK(plan["settings"].size() == 6);
  CHECK(plan["shards"][0]["command"] == "tablekey study small.yaml --shard 1/4");
}

}  // namespace tablekey::replay::verbs::study_verb_test
