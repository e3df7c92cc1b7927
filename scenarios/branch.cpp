#include "scenarios/branch.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "scenarios/characters.h"
#include "scenarios/compose.h"

namespace tablekey::scenarios {
namespace {

constexpr std::string_view kModel = "model.";

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// The words of a short step. Blanks within brackets and quotes belong to their word.
std::vector<std::string_view> words_of_step(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (!blank(c) || (depth > 0 && i < text.size())) continue;
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  if (begin < text.size()) words.push_back(text.substr(begin));  // an open quote or bracket
  return words;
}

std::expected<std::string, std::string> step_of_words(std::string_view text) {
  const auto words = words_of_step(text);
  std::string step = fmt::format("{{do: {}", words.front());
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return std::unexpected(fmt::format("'{}' is not name=value", printable(words[i])));
    }
    step += fmt::format(", {}: {}", words[i].substr(0, equals), words[i].substr(equals + 1));
  }
  return step + "}";
}

// Whether the step says itself when it happens.
std::expected<bool, std::string> has_time(const std::string& step) {
  Diagnostics diagnostics;
  const auto node = compose(diagnostics.add_source("step", step), diagnostics);
  if (!node || !node->is_map()) {
    return std::unexpected("is not a step: write for example 'kms:DisableKey key=OrdersKey'");
  }
  if (node->find("do") == nullptr) return std::unexpected("says nothing to do: it lacks 'do'");
  return node->find("at") != nullptr || node->find("every") != nullptr;
}

/// Dotted paths as maps within each other.
struct Tree {
  std::map<std::string, Tree, std::less<>> below;
  std::string value;

  void put(std::string_view path, std::string_view text) {
    const std::string_view name = path.substr(0, path.find('.'));
    Tree& next = below[std::string(name)];
    if (name.size() == path.size()) {
      next = {};
      next.value = text;
    } else {
      next.put(path.substr(name.size() + 1), text);
    }
  }
  std::string text() const {
    if (below.empty()) return value;
    std::string out;
    for (const auto& [name, tree] : below) {
      out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", name, tree.text());
    }
    return "{" + out + "}";
  }
};

}  // namespace

std::expected<Override, std::string> step_override(std::string_view given, sim::Time at) {
  const std::string_view text = trimmed(given);
  if (text.empty()) return std::unexpected("is empty");
  std::string step(text);
  if (text.front() != '{') {
    auto made = step_of_words(text);
    if (!made) return std::unexpected(made.error());
    step = std::move(*made);
  }
  const auto timed = has_time(step);
  if (!timed) return std::unexpected(timed.error());
  if (!*timed) step = fmt::format("{{at: {}, {}", sim::print(at), step.substr(1));
  return Override{"timeline.+", step};
}

std::vector<Override> setting_overrides(const std::vector<Override>& settings, sim::Time at) {
  std::vector<Override> out;
  Tree model;
  for (const Override& one : settings) {
    if (one.path.starts_with(kModel)) {
      model.put(std::string_view(one.path).substr(kModel.size()), one.value);
    } else {
      out.push_back(one);
    }
  }
  if (!model.below.empty()) {
    out.push_back({"eras.+", fmt::format("{{at: {}, model: {}}}", sim::print(at), model.text())});
  }
  return out;
}

}  // namespace tablekey::scenarios
