// Reading cases. Members that nobody here needs are left alone: the form may grow.
#include "tests/theory/case.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tablekey::theory {
namespace {

using Json = nlohmann::json;

Parameters parameters_of(const Json& given) {
  Parameters parameters;
  for (const auto& [name, value] : given.items()) {
    if (value.is_number()) parameters.set(name, value.get<double>());
    if (value.is_boolean()) parameters.set(name, value.get<bool>() ? 1.0 : 0.0);
    if (value.is_string()) parameters.set(name, value.get<std::string>());
  }
  return parameters;
}

Case case_of(const Json& given) {
  Case made;
  made.id = given.at("id").get<std::string>();
  made.family = given.at("family").get<std::string>();
  if (const auto found = given.find("params"); found != given.end()) {
    made.parameters = parameters_of(*found);
  }
  const auto expected = given.find("expected");
  if (expected != given.end() && expected->is_number()) made.expected = expected->get<double>();
  const auto tolerance = given.find("tolerance");
  if (tolerance != given.end() && tolerance->is_object()) {
    made.tolerance.model = tolerance->value("model", "clt");
    made.tolerance.relative = tolerance->value("rel", 0.0);
  }
  return made;
}

}  // namespace

bool Parameters::has(std::string_view name) const {
  return numbers_.contains(name) || words_.contains(name);
}

double Parameters::number(std::string_view name) const {
  const auto found = numbers_.find(name);
  if (found == numbers_.end()) throw CaseError{fmt::format("it lacks the parameter {}", name)};
  return found->second;
}

double Parameters::number_or(std::string_view name, double standard) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? standard : found->second;
}

double Parameters::one_of(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names) {
    if (numbers_.contains(name)) return number(name);
  }
  return number(*names.begin());
}

std::string Parameters::word_or(std::string_view name, std::string standard) const {
  const auto found = words_.find(name);
  return found == words_.end() ? standard : found->second;
}

std::expected<std::vector<Case>, std::string> read_cases(const std::string& text) {
  std::vector<Case> cases;
  try {
    const Json file = Json::parse(text);
    const Json& list = file.is_object() ? file.at("cases") : file;
    for (const Json& entry : list) cases.push_back(case_of(entry));
  } catch (const Json::exception& error) {
    return std::unexpected(std::string(error.what()));
  }
  return cases;
}

}  // namespace tablekey::theory
