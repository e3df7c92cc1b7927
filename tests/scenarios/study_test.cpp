// Goal: a study's points are those that its matrix, exclude and include describe, each compiled as
// the file with its settings; what is wrong is said. Method: small studies, and the texts of
// messages/study.txt.
#include "scenarios/study.h"

#include <catch2/catch.hpp>

#include "scenarios/study_section.h"
#include "tests/scenarios/loading.h"
#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::study_test {
namespace {

Study study_of(const std::string& section, const LoadOptions& options = {}) {
  LoadResult loaded = load(kHead + "study:\n" + section + kWorld +
                               "workload: [{ name: web, principal: App, table: Orders, "
                               "arrivals: { rate: 1/s } }]\n",
                           "test.yaml", options);
  INFO(loaded.diagnostics.render(false));
  REQUIRE(loaded.ok());
  REQUIRE(loaded.study.has_value());
  return std::move(*loaded.study);
}

// "ttl=1m connections=2", one line a point.
std::string points_of(const Study& study) {
  std::string out;
  for (std::uint64_t point = 0; point < study.points(); ++point) {
    std::string line;
    for (const auto& [path, value] : study.settings_of(point)) {
      if (!line.empty()) line += ' ';
      line += path.substr(path.rfind('.') + 1) + "=" + value;
    }
    out += line + "\n";
  }
  return out;
}

const std::string kMatrix = R"(  measure: [requests.count]
  matrix:
    model.table_key_cache.ttl: [1m, 5m]
    workload.web.connections: [1, 2]
)";

}  // namespace

TEST_CASE("a matrix is every combination, the last axis fastest") {
  const Study study = study_of(kMatrix);
  CHECK(points_of(study) ==
        "ttl=1m connections=1\nttl=1m connections=2\n"
        "ttl=5m connections=1\nttl=5m connections=2\n");
  CHECK(study.seed == 7);
  CHECK(study.seed_of(2) == 9);
}

TEST_CASE("exclude drops what matches all keys of an entry") {
  CHECK(points_of(study_of(kMatrix + R"(  exclude:
    - { model.table_key_cache.ttl: 1m, workload.web.connections: 2 }
)")) == "ttl=1m connections=1\nttl=5m connections=1\nttl=5m connections=2\n");
  CHECK(points_of(study_of(kMatrix + R"(  exclude:
    - { model.table_key_cache.ttl: 5m }
)")) == "ttl=1m connections=1\nttl=1m connections=2\n");
}

TEST_CASE("include adds keys where its axis keys match, and is a point of its own elsewhere") {
  CHECK(points_of(study_of(kMatrix + R"(  exclude:
    - { model.table_key_cache.ttl: 1m }
  include:
    - { until: 2h }
    - { workload.web.connections: 2, until: 3h }
    - { workload.web.connections: 9 }
    - { model.table_key_cache.ttl: 1m, workload.web.connections: 1 }
)")) == "ttl=5m connections=1 until=2h\n"
        "ttl=5m connections=2 until=3h\n"
        "connections=9\n"
        "ttl=1m connections=1\n");
}

TEST_CASE("include without a matrix is its entries, and neither is the file as it is") {
  CHECK(points_of(study_of(R"(  measure: [requests.count]
  include: [{ until: 2h }, { until: 3h }]
)")) == "until=2h\nuntil=3h\n");
  CHECK(points_of(study_of("  measure: [requests.count]\n  repeat: 2\n")) == "\n");
}

TEST_CASE("a value may be a list or a map") {
  const Study study = study_of(R"(  measure: [requests.count]
  matrix:
    workload.web.arrivals: [{ process: constant, every: 10s }, { rate: 2/s }]
)");
  CHECK(points_of(study) == "arrivals={process: constant, every: 10s}\narrivals={rate: 2/s}\n");
  CHECK(study.make(0, 0).ok());
}

TEST_CASE("a point is the file with its settings, each run with a seed of its own") {
  const Study study = study_of(kMatrix);
  const StudyScenario made = study.make(3, 4);
  REQUIRE(made.ok());
  CHECK(made.scenario().getSeed() == 11);
  CHECK(made.scenario().getWorkloads()[0].getConnections() == 2);
  LoadOptions options;
  options.seed = 100;
  CHECK(study_of(kMatrix, options).make(0, 1).scenario().getSeed() == 101);
}

TEST_CASE("values that do not go together are shown with the values that make it so") {
  const Study study = study_of(R"(  measure: [requests.count]
  matrix:
    Resources.Orders.Properties.TableName: [orders, shared]
    Resources.Events.Properties.TableName: [events, shared]
)");
  CHECK(study.make(0, 0).ok());
  CHECK(study.make(2, 0).ok());
  const StudyScenario refused = study.make(3, 0);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.diagnostics.render(false) ==
        "test.yaml:9:53: error: there is already a table 'shared'\n"
        "    9 |     Resources.Events.Properties.TableName: [events, shared]\n"
        "      |                                                     ^~~~~~\n"
        "test.yaml:8:53: note: with Resources.Orders.Properties.TableName = shared of the "
        "study\n");
}

TEST_CASE("measures count from the end of the warm-up unless they say from when") {
  const Study study = study_of(R"(  repeat: 2
  warmup: 1h
  measure: [requests.count, requests(after=2h).count, table(Orders).items]
)");
  const auto after = [&](std::size_t i) { return study.measures[i].expectation.filters.after; };
  REQUIRE(after(0).has_value());
  CHECK(after(0)->nanoseconds == 3'600'000'000'000);
  CHECK(after(1)->nanoseconds == 7'200'000'000'000);
  CHECK_FALSE(after(2).has_value());
}

TEST_CASE("a check over seeds keeps its places, and without a function is about the mean") {
  const auto plain = parse_over_seeds("requests.count <= 5");
  REQUIRE(plain);
  CHECK(plain->over == OverSeeds::mean);
  const auto quantile = parse_over_seeds("p99.9(requests(workload=web).count) <= 5");
  REQUIRE(quantile);
  CHECK(quantile->over == OverSeeds::p99_9);
  CHECK(quantile->expectation.mentions.at(0).offset == 24);
  const auto word = parse_over_seeds("outcome(step=a) == success");
  REQUIRE(word);
  CHECK(word->over == OverSeeds::every);
  const auto wrong = parse_over_seeds("max(requests.cuont) <= 5");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().offset == 13);
}

TEST_CASE("messages about studies come out as written down") {
  const std::string folder = std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios/messages";
  const auto cases = read_cases(folder, "study.txt");
  REQUIRE(cases.size() >= 10);
  for (const MessageCase& one : cases) {
    INFO(one.name);
    CHECK(load_case(one).diagnostics.render(false) == one.expected);
  }
}

}  // namespace tablekey::scenarios::testing::study_test
