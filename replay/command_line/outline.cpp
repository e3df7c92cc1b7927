#include "replay/command_line/outline.h"

#include <algorithm>

namespace tablekey::replay::command_line {
namespace {

OutlinedOption outlined(const CLI::Option& option) {
  OutlinedOption out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) {
    out.value = option.get_option_text().empty() ? "VALUE" : option.get_option_text();
  }
  out.meaning = option.get_description();
  return out;
}

void walk(const CLI::App& app, std::vector<std::string> path, std::vector<OutlinedVerb>& out) {
  OutlinedVerb verb;
  verb.path = path;
  const std::string help = app.get_description();
  const std::size_t end = std::min(help.find('\n'), help.size());
  verb.sentence = help.substr(0, end);
  verb.text = help.substr(std::min(help.find_first_not_of('\n', end), help.size()));
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      const std::string& text = option->get_option_text();
      verb.positionals.push_back(text.empty() ? option->get_name() : text);
    } else {
      verb.options.push_back(outlined(*option));
    }
  }
  for (const CLI::App* below : app.get_subcommands({})) verb.verbs.push_back(below->get_name());
  out.push_back(std::move(verb));
  for (const CLI::App* below : app.get_subcommands({})) {
    auto longer = path;
    longer.push_back(below->get_name());
    walk(*below, std::move(longer), out);
  }
}

}  // namespace

std::vector<std::string> OutlinedOption::choices() const {
  std::vector<std::string> out;
  if (value.find('|') == std::string::npos) return out;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find('|', begin), value.size());
    out.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

bool OutlinedOption::takes_path() const {
  for (const std::string_view path : {"FILE", "FILE...", "TRACE", "DIR", "NEW"}) {
    if (value == path) return true;
  }
  return false;
}

std::string OutlinedVerb::name() const {
  std::string name;
  for (const std::string& word : path) name += (name.empty() ? "" : " ") + word;
  return name;
}

std::vector<OutlinedVerb> outline(const CLI::App& app) {
  std::vector<OutlinedVerb> verbs;
  walk(app, {}, verbs);
  return verbs;
}

}  // namespace tablekey::replay::command_line
