// `expect:` — what must hold, each line parsed now so that a mistake does not wait for the end of a
// run.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Mention = Expectation::Mention;

struct Known {
  bool found;
  std::vector<std::string_view> names;
  std::string_view kind;
};

Known look_up(const Mention& mention, const Draft& draft) {
  Known known{false, {}, ""};
  switch (mention.kind) {
    case Mention::Kind::step:
      known.kind = "step";
      for (const DraftStep& step : draft.steps) {
        if (!step.id.empty()) known.names.push_back(step.id);
      }
      known.found = find_step(draft, mention.name).has_value();
      break;
    case Mention::Kind::workload:
      known.kind = "workload";
      for (const DraftWorkload& one : draft.workloads) known.names.push_back(one.name);
      known.found = find_workload(draft, mention.name) != kNone;
      break;
    case Mention::Kind::table:
      known.kind = "table";
      for (const DraftTable& one : draft.tables) known.names.push_back(one.logical_id);
      known.found = find_table(draft, mention.name) != kNone;
      break;
    case Mention::Kind::key:
      known.kind = "key";
      for (const DraftKey& one : draft.keys) known.names.push_back(one.logical_id);
      known.found = find_key(draft, mention.name) != kNone;
      break;
    case Mention::Kind::caller:
      known.kind = "role or user";
      for (const DraftPrincipal& one : draft.principals) known.names.push_back(one.logical_id);
      known.found = mention.name == "dynamodb" || find_principal(draft, mention.name) != kNone;
      break;
  }
  return known;
}

void read_expectation(const Node& entry, Draft& draft, Diagnostics& diagnostics) {
  // A line alone is short for { check: line }.
  const bool bare = entry.is_scalar() && !entry.is_null();
  Node wrapped;
  if (bare) {
    wrapped.kind = Node::Kind::map;
    wrapped.place = entry.place;
    Node key;
    key.text = "check";
    wrapped.members.push_back({key, entry});
  }
  MapReader reader(bare ? wrapped : entry, "an expectation", {"name", "check", "severity"},
                   diagnostics);
  const Node* check = reader.require("check");
  if (check == nullptr) return;
  DraftExpectation expectation;
  expectation.line = check->place.line;
  if (const Node* severity = reader.get("severity")) {
    const auto choice = read_choice(*severity, "severity", {"fail", "warn"}, diagnostics);
    expectation.warn = choice.value_or(0) == 1;
  }
  const std::string* text = read_text(*check, "check", diagnostics);
  if (text == nullptr) return;
  expectation.check = *text;
  expectation.name = *text;
  if (const Node* name = reader.get("name")) {
    const std::string* given = read_text(*name, "name", diagnostics);
    if (given != nullptr) expectation.name = *given;
  }
  const auto parsed = parse_expectation(*text);
  if (!parsed) {
    const ExpectationError& error = parsed.error();
    diagnostics.error(part_of(*check, error.offset, error.length), error.message, error.hint);
    return;
  }
  check_mentions(*parsed, *check, draft, diagnostics);
  draft.expectations.push_back(std::move(expectation));
}

}  // namespace

void check_mentions(const Expectation& expectation, const Node& line, const Draft& draft,
                    Diagnostics& diagnostics) {
  for (const Mention& mention : expectation.mentions) {
    const Known known = look_up(mention, draft);
    if (known.found) continue;
    std::string hint = did_you_mean(mention.name, known.names);
    if (hint.empty() && mention.kind == Mention::Kind::step && known.names.empty()) {
      hint = "no step of the timeline has an id";
    }
    diagnostics.error(
        part_of(line, mention.offset, mention.length),
        fmt::format("no {} '{}' in this scenario", known.kind, printable(mention.name)),
        std::move(hint));
  }
}

void note_asked_answers(const Node& section, Draft& draft) {
  if (!section.is_sequence()) return;
  for (const Node& entry : section.items) {
    const Node* check = entry.is_map() ? entry.find("check") : &entry;
    if (check == nullptr || !check->is_scalar()) continue;
    const auto parsed = parse_expectation(check->text);
    if (!parsed) continue;
    switch (parsed->measure) {
      case Measure::returned:
      case Measure::same:
      case Measure::differ:
        for (const std::string& id : parsed->filters.steps) draft.asked_answers.push_back(id);
        break;
      default:
        break;
    }
  }
}

void compile_expect(const Node& section, Draft& draft, Diagnostics& diagnostics) {
  if (section.is_null()) return;
  if (!section.is_sequence()) {
    diagnostics.error(section.place,
                      fmt::format("expect must be a list, this is {}", kind_name(section)),
                      "begin each expectation with '- check:'");
    return;
  }
  for (const Node& entry : section.items) read_expectation(entry, draft, diagnostics);
}

}  // namespace tablekey::scenarios
