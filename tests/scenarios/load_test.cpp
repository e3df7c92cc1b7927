// Goal: the front door: defaults, overrides, includes, and an example that must load as it is.
// Method: whole files.
#include <capnp/serialize.h>

#include <catch2/catch.hpp>

#include <filesystem>

#include "model/scenario.h"
#include "sim/time.h"
#include "tests/scenarios/loading.h"
#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::load_test {

TEST_CASE("what a file leaves open has a default") {
  const Loaded loaded("tablekey: 1\nuntil: 1h\n");
  const auto scenario = loaded.scenario();
  CHECK(text(scenario.getName()) == "test");
  CHECK(scenario.getSeed() == 1);
  CHECK(text(scenario.getAccount()) == "111122223333");
  CHECK(text(scenario.getRegion()) == "eu-west-1");
  CHECK(text(scenario.getProfile()) == "seed");
  CHECK(sim::print(sim::Time::from_nanoseconds(scenario.getStart())) == "2026-01-01T00:00:00Z");
  CHECK(scenario.getUntil() - scenario.getStart() == sim::Duration::hours(1).count());
}

TEST_CASE("a scenario without errors has a message, one with errors has none") {
  CHECK(load("tablekey: 1\nuntil: 1h\n", "a.yaml").ok());
  CHECK_FALSE(load("tablekey: 1\nuntil: 1\n", "a.yaml").ok());
}

TEST_CASE("overrides change what the file says, in order, and the seed wins over both") {
  LoadOptions options;
  options.seed = 99;
  options.overrides = {{"seed", "5"},
                       {"workload.web.connections", "7"},
                       {"workload.0.arrivals", "{ process: poisson, rate: 14/s }"},
                       {"timeline.off.at", "3h"},
                       {"model.table_key_cache.policy", "idle-connection"},
                       {"model.table_key_cache.policy", "fixed-connection"}};
  const Loaded loaded(
      kHead +
          "workload: [{ name: web, principal: App, table: Orders, arrivals: { rate: 1/s } }]\n" +
          "timeline: [{ at: 1h, do: kms:DisableKey, key: Key, id: off }]\n" + kWorld,
      options);
  const auto scenario = loaded.scenario();
  CHECK(scenario.getSeed() == 99);
  CHECK(scenario.getWorkloads()[0].getConnections() == 7);
  CHECK(scenario.getWorkloads()[0].getStages()[0].getRateBegin() == 2.0);
  CHECK(scenario.getSteps()[0].getAt() == scenario.getStart() + sim::Duration::hours(3).count());
  REQUIRE(scenario.getSettings().size() == 1);
  CHECK(text(scenario.getSettings()[0].getValue()) == "fixed-connection");
}

TEST_CASE("an override reaches a setting that the file writes with a dotted key") {
  LoadOptions options;
  options.overrides = {{"model.kms.latency", "7ms"}};
  const Loaded loaded(kHead + "model: { kms.latency: 6ms }\n", options);
  REQUIRE(loaded.scenario().getSettings().size() == 1);
  CHECK(text(loaded.scenario().getSettings()[0].getValue()) == "constant(7ms)");
}

TEST_CASE("a template is included and may be referred to") {
  LoadOptions options;
  options.read_include = [](std::string_view path) -> std::expected<std::string, std::string> {
    CHECK(path == "keys.json");
    return R"({"Parameters": {"P": {"Type": "String", "Default": "x"}},
               "Resources": {"K": {"Type": "AWS::KMS::Key",
                                   "Properties": {"Description": {"Ref": "P"}}}}})";
  };
  const Loaded loaded(
      kHead + "include: keys.json\ntimeline: [{ at: 1h, do: kms:DisableKey, key: !Ref K }]\n",
      options);
  CHECK(text(loaded.scenario().getKeys()[0].getDescription()) == "x");
}

TEST_CASE("expectations arrive with their names, lines and severities") {
  const Loaded loaded(kHead +
                      "expect:\n  - requests.count >= 0\n"
                      "  - { name: safe, check: invariant(no_iv_reuse), severity: warn }\n");
  const auto expectations = loaded.scenario().getExpectations();
  REQUIRE(expectations.size() == 2);
  CHECK(text(expectations[0].getName()) == "requests.count >= 0");
  CHECK_FALSE(expectations[0].getWarn());
  CHECK(expectations[0].getLine() == 6);
  CHECK(text(expectations[1].getName()) == "safe");
  CHECK(text(expectations[1].getCheck()) == "invariant(no_iv_reuse)");
  CHECK(expectations[1].getWarn());
}

TEST_CASE("loading twice gives the same message, word for word") {
  const std::string source =
      kHead +
      "workload: [{ name: web, principal: App, table: Orders, arrivals: { rate: 1/s } }]\n" +
      kWorld;
  LoadResult a = load(source, "a.yaml"), b = load(source, "a.yaml");
  const auto words_a = capnp::messageToFlatArray(*a.message);
  const auto words_b = capnp::messageToFlatArray(*b.message);
  CHECK(words_a.asBytes() == words_b.asBytes());
}

TEST_CASE("the example of the language loads, compiles and is understood by the model") {
  const std::string path = std::string(TABLEKEY_SHARED_DIR) + "/examples/revoke-grant.yaml";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: no corpus");
    return;
  }
  const LoadResult result = load(read_file(path), "revoke-grant.yaml");
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  CHECK(result.study.has_value());
  CHECK(result.diagnostics.warnings() == 0);
  const auto scenario = result.scenario();
  CHECK(scenario.getSteps().size() == 8);
  CHECK(scenario.getExpectations().size() == 5);
  CHECK(scenario.getWorkloads().size() == 2);
  const auto view = model::ScenarioView::make(scenario);
  if (!view) FAIL(view.error());
  CHECK((*view)->connections == 42);
}

}  // namespace tablekey::scenarios::testing::load_test
