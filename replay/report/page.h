// A report's document as one HTML page. Everything that the page says it says without JavaScript;
// the script adds the pictures. The same document gives the same bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tablekey::replay::report {

std::string page_of(const nlohmann::ordered_json& document);

}  // namespace tablekey::replay::report
