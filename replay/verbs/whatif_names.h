// File names for alternatives, which may be called anything.
#pragma once

#include <string>
#include <vector>

namespace tablekey::replay::verbs {

/// "Disable the key" as "Disable-the-key.tk": letters, digits and hyphens; a number is added where
/// two would be the same.
inline std::vector<std::string> trace_names(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    std::string file;
    for (const char c : name) {
      const bool letter =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (letter) {
        file += c;
      } else if (!file.empty() && file.back() != '-') {
        file += '-';
      }
    }
    while (file.ends_with('-')) file.pop_back();
    if (file.empty()) file = "alternative";
    const std::string stem = file;
    const auto taken = [&] {
      for (const std::string& other : out) {
        if (other == file + ".tk") return true;
      }
      return false;
    };
    for (int number = 2; taken(); ++number) file = stem + "-" + std::to_string(number);
    out.push_back(file + ".tk");
  }
  return out;
}

}  // namespace tablekey::replay::verbs
