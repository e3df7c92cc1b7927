// Finding the steps that an id means. Occurrences of one entry stand next to each other in file
// order and share its line.
#include <algorithm>
#include <charconv>

#include "scenarios/expectation.h"

namespace tablekey::scenarios {
namespace {

// `burst-12` for `burst`.
bool is_later_occurrence(std::string_view name, std::string_view id) {
  if (name.size() < id.size() + 2 || !name.starts_with(id) || name[id.size()] != '-') return false;
  const std::string_view digits = name.substr(id.size() + 1);
  return digits.find_first_not_of("0123456789") == std::string_view::npos && digits[0] != '0';
}

}  // namespace

std::vector<std::uint32_t> steps_named(events::Scenario::Reader scenario, std::string_view id) {
  const auto steps = scenario.getSteps();
  std::vector<std::uint32_t> found;
  std::uint32_t line = 0;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const auto text = steps[i].getId();
    const std::string_view name(text.cStr(), text.size());
    const bool first = name == id;
    if (first && found.empty()) line = steps[i].getLine();
    const bool follows =
        !found.empty() && steps[i].getLine() == line && is_later_occurrence(name, id);
    if (first || follows) found.push_back(i);
  }
  std::ranges::stable_sort(found, {}, [&](std::uint32_t i) { return steps[i].getAt(); });
  return found;
}

}  // namespace tablekey::scenarios
