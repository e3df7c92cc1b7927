// Goal: profiles are what they say: each bundled one is read without a word, the seed's is the
// program's defaults, and a run crosses from one into another. Method: all bundled files; scenarios
// that name them.
#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "model/settings.h"
#include "scenarios/profile.h"
#include "scenarios/sections.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::profile_test {
namespace {

std::map<std::string, std::string> settings_of(capnp::List<events::Setting>::Reader list) {
  std::map<std::string, std::string> settings;
  for (auto setting : list) settings[text(setting.getPath())] = text(setting.getValue());
  return settings;
}

std::map<std::string, std::string> settings_under(const std::string& profile) {
  const Loaded loaded(kHead + "profile: " + profile + "\n");
  return settings_of(loaded.scenario().getSettings());
}

}  // namespace

TEST_CASE("every bundled profile is read and says what it is") {
  std::set<std::string_view> names;
  for (const BundledProfile& profile : bundled_profiles()) {
    INFO(profile.name);
    names.insert(profile.name);
    CHECK(profile.text.starts_with("# "));
    CHECK_FALSE(head_of(profile).title.empty());
    CHECK(head_of(profile).from.size() == 10);
    const Loaded loaded(kHead + "profile: " + std::string(profile.name) + "\n");
    CHECK(text(loaded.scenario().getProfile()) == profile.name);
    CHECK(loaded.result().diagnostics.all().empty());
  }
  CHECK(names ==
        std::set<std::string_view>{"2018-02", "2018-11", "2023-02", "current", "measured", "seed"});
}

TEST_CASE("the profile of a scenario that names none is the program's defaults") {
  CHECK(settings_under("seed").empty());
  const Loaded loaded(kHead);
  CHECK(text(loaded.scenario().getProfile()) == "seed");
  CHECK(loaded.scenario().getSettings().size() == 0);
}

TEST_CASE("eras differ in what existed then") {
  const auto february = settings_under("2018-02");
  CHECK(february.at("model.dynamodb.sse.by_default") == "false");
  CHECK(february.at("model.dynamodb.sse.change") == "none");
  CHECK(february.at("model.dynamodb.sse.customer_keys") == "false");
  CHECK(february.at("model.kms.era") == "classic");
  const auto november = settings_under("2018-11");
  CHECK_FALSE(november.contains("model.dynamodb.sse.by_default"));
  CHECK(november.at("model.dynamodb.sse.change") == "aws");
  CHECK(settings_under("2023-02").at("model.dynamodb.global_tables.customer_keys") == "true");
  CHECK(settings_under("current").at("model.dynamodb.recovery.window_configurable") == "true");
  CHECK(settings_under("measured").at("model.table_key_cache.policy") == "fixed-connection");
}

TEST_CASE("what a scenario sets itself wins over its profile") {
  const Loaded loaded(kHead + "profile: 2018-02\nmodel: { kms: { era: modern } }\n");
  CHECK(settings_of(loaded.scenario().getSettings()).at("model.kms.era") == "modern");
}

TEST_CASE("a profile of one's own builds upon another") {
  LoadOptions options;
  options.read_include = [](std::string_view) {
    return "profile: mine\nbase: 2018-11\nmodel: { dynamodb: { grants_per_table: 1 } }\n";
  };
  const Loaded loaded(kHead + "profile: ./mine.yaml\n", options);
  const auto settings = settings_of(loaded.scenario().getSettings());
  CHECK(settings.at("model.dynamodb.grants_per_table") == "1");
  CHECK(settings.at("model.dynamodb.sse.change") == "aws");
}

TEST_CASE("a run crosses from one era into another, by a list or by steps") {
  const std::string own = "profile: 2018-02\nmodel: { dynamodb: { grants_per_table: 1 } }\n";
  const Loaded listed(kHead + own +
                      "eras:\n  - { at: 2h, profile: seed }\n  - { at: 1h, profile: 2018-11, "
                      "model: { dynamodb: { rewrap_batch: 8 } } }\n");
  const auto eras = listed.scenario().getEras();
  REQUIRE(eras.size() == 2);
  CHECK(text(eras[0].getProfile()) == "2018-11");
  const auto first = settings_of(eras[0].getSettings()),
             second = settings_of(eras[1].getSettings());
  CHECK(first.at("model.dynamodb.sse.change") == "aws");
  CHECK(first.at("model.dynamodb.grants_per_table") == "1");
  CHECK_FALSE(second.contains("model.dynamodb.sse.change"));
  // What an era's own model set goes on.
  CHECK(second.at("model.dynamodb.rewrap_batch") == "8");
  const Loaded stepped(kHead + own +
                       "timeline:\n  - { at: 1h, do: tablekey:ChangeProfile, profile: 2018-11 }\n");
  CHECK(stepped.scenario().getSteps().size() == 0);
  REQUIRE(stepped.scenario().getEras().size() == 1);
  CHECK(stepped.scenario().getEras()[0].getAt() ==
        stepped.scenario().getStart() + sim::Duration::hours(1).count());
}

TEST_CASE("explain says when the rules change, and what differs then") {
  const Loaded loaded(kHead + "profile: 2018-02\neras: [{ at: 1h, profile: 2018-11 }]\n");
  const std::string told = explain(loaded.scenario());
  CHECK(told.find("profile 2018-02.") != std::string::npos);
  CHECK(told.find("  1h           profile 2018-11\n") != std::string::npos);
  CHECK(told.find("    model.dynamodb.sse.by_default = true  (before false)\n") !=
        std::string::npos);
  CHECK(told.find("Settings (* set by this scenario or its profile 2018-02)") != std::string::npos);
}

}  // namespace tablekey::scenarios::testing::profile_test
