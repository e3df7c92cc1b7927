// What the tests of CloudTrail's records have in common: a small world's trail as JSON, and the
// record that one step of its timeline left.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "replay/export/cloudtrail.h"
#include "tests/support/small_scenario.h"

namespace tablekey::test {

using Json = nlohmann::ordered_json;

inline Json trail_of(const model::ScenarioView& scenario, const std::string& account = {}) {
  std::string document;
  replay::CloudTrailExport cloudtrail([&](std::string_view piece) { document += piece; }, account);
  run_world(scenario, {&cloudtrail});
  cloudtrail.finish();
  Json parsed = Json::parse(document);
  CHECK(parsed["Records"].size() == cloudtrail.records());
  return parsed["Records"];
}

inline Json trail_of(const SmallScenario& scenario, const std::string& account = {}) {
  return trail_of(*scenario.view(), account);
}

/// The records of an operation, in order.
inline std::vector<Json> named(const Json& records, std::string_view name) {
  std::vector<Json> found;
  for (const Json& record : records) {
    if (record["eventName"] == name) found.push_back(record);
  }
  return found;
}

/// A world without a workload, whose only records besides its table's are those of its steps.
inline SmallScenario quiet_world(const std::string& version = "1.05") {
  SmallOptions options;
  options.connections = 0;
  SmallScenario scenario(options);
  scenario.set("model.cloudtrail.event_version", version);
  return scenario;
}

/// The record that one call of the operator on the key leaves; it must be the last of its name.
inline Json record_of(SmallScenario& scenario, events::KmsOperation operation,
                      std::string_view name, SmallScenario::FillCall fill = {},
                      std::uint32_t key = 0) {
  scenario.kms_call(sim::Duration::minutes(1), "asked", operation, key, std::move(fill));
  const std::vector<Json> found = named(trail_of(scenario), name);
  INFO(name);
  REQUIRE_FALSE(found.empty());
  return found.back();
}

}  // namespace tablekey::test
