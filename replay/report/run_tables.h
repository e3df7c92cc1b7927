// What the pictures of a run show, as tables, and the hierarchy of keys as nested lists.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "replay/report/sections.h"

namespace tablekey::replay::report {

Table lanes_table(const nlohmann::ordered_json& document);
Table exposure_table(const nlohmann::ordered_json& revocation);
Table rates_table(const nlohmann::ordered_json& rates);
Table steps_table(const nlohmann::ordered_json& steps);
/// The counts of the run's summary: all of it in a few lines, KMS calls by operation, requests.
Table counts_table(const nlohmann::ordered_json& counts);
Table calls_table(const nlohmann::ordered_json& counts);
Table requests_table(const nlohmann::ordered_json& counts);
/// Markup.
std::string hierarchy_tree(const nlohmann::ordered_json& hierarchy);

}  // namespace tablekey::replay::report
