// Goal: every bundled scenario is one that teaches: it loads without a warning, says at its top
// what it shows, and has expectations. Method: all files of the folder.
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

#include "model/scenario.h"
#include "tests/scenarios/loading.h"
#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::library_test {

TEST_CASE("every bundled scenario loads, opens with what it teaches, and expects something") {
  std::set<std::string> names;
  const std::string folder = std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/library";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".yaml")) continue;
    INFO(name);
    const std::string source = read_file(entry.path().string());
    CHECK(source.starts_with("# "));
    LoadOptions options;
    options.read_arrivals = [&folder](std::string_view file) {
      return read_file(folder + "/" + std::string(file));
    };
    const LoadResult result = load(source, name, options);
    INFO(result.diagnostics.render(false));
    REQUIRE(result.ok());
    // This one is about two tables under keys of the wrong kind, and the loader points them out.
    CHECK(result.diagnostics.warnings() == (name == "asymmetric-key.yaml" ? 2U : 0U));
    const auto scenario = result.scenario();
    CHECK(text(scenario.getName()) + ".yaml" == name);
    CHECK(scenario.getDescription().size() > 40);
    CHECK(scenario.getExpectations().size() >= 3);
    const auto view = model::ScenarioView::make(scenario);
    if (!view) FAIL(view.error());
    names.insert(name);
  }
  // None that was there before is lost.
  for (const std::string known :
       {"books", "caller-removed", "cancel-deletion", "cross-account-key",
        "custom-store-disconnect", "disable-key-fixed", "disable-key-idle",
        "grant-revoked-active-table", "imported-material-expiry", "on-demand-rotation-limit",
        "policy-lockout", "revoke-grant", "rotation-never-revokes", "short-connections",
        "switch-key", "throttled-by-a-neighbour"}) {
    INFO(known);
    CHECK(names.contains(known + ".yaml"));
  }
}

TEST_CASE("a scenario of every operation of KMS is one that the model takes") {
  const std::string folder = std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios";
  const LoadResult result =
      load(read_file(folder + "/every_operation.yaml"), "every_operation.yaml");
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  std::set<events::KmsOperation> seen;
  for (auto step : result.scenario().getSteps()) {
    if (step.isKms()) seen.insert(step.getKms().getOperation());
  }
  // PutKeyPolicy and DisableKey have tests of their own.
  CHECK(seen.size() == 52);
  const auto view = model::ScenarioView::make(result.scenario());
  if (!view) FAIL(view.error());
}

TEST_CASE("the Books scenario pins what the sample records show") {
  const std::string path = std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/library/books.yaml";
  const Loaded loaded(read_file(path));
  const auto scenario = loaded.scenario();
  CHECK(text(scenario.getAccount()) == "111122223333");
  CHECK(text(scenario.getRegion()) == "us-west-2");
  bool pinned = false;
  for (auto key : scenario.getKeys()) {
    pinned = pinned || text(key.getKeyId()) == "1234abcd-12ab-34cd-56ef-1234567890ab";
  }
  CHECK(pinned);
  CHECK(text(scenario.getPrincipals()[0].getName()) == "Admin");
  CHECK(text(scenario.getPrincipals()[0].getUniqueId()) == "AROAIGDTESTANDEXAMPLE");
  const auto first = scenario.getSteps()[0];
  REQUIRE(first.isAssumeRole());
  CHECK(text(first.getAssumeRole().getSessionName()) == "user01");
  CHECK(text(first.getAssumeRole().getAccessKeyId()) == "AKIAIOSFODNN7EXAMPLE");
}

}  // namespace tablekey::scenarios::testing::library_test
