// `faults:` — faults that come at random, again and again: the fields of a fault as a step has
// them, and how long the time between two and each of them are drawn.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/actions.h"
#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"
#include "sim/distribution.h"

namespace tablekey::scenarios {
namespace {

using FaultKind = events::Fault::Kind;

class FaultSourceReader {
 public:
  FaultSourceReader(const Node& node, Draft& draft, Diagnostics& diagnostics)
      : node_(node), draft_(draft), diagnostics_(diagnostics) {}
  void read();

 private:
  const Action* action();
  void read_name(const MapReader& reader, const Action& action);
  void read_times(MapReader& reader);
  void read_span(const MapReader& reader);
  std::string positive(const Node& node, std::string_view field);

  const Node& node_;
  Draft& draft_;
  Diagnostics& diagnostics_;
  DraftFaultSource source_;
};

// The kind of fault that the entry names; null after an error.
const Action* FaultSourceReader::action() {
  const Node* what = node_.is_map() ? node_.find("fault") : nullptr;
  if (what == nullptr) return nullptr;
  const std::string* text = read_text(*what, "fault", diagnostics_);
  if (text == nullptr) return nullptr;
  std::vector<std::string_view> names;
  for (const Action& one : actions()) {
    if (one.compile != compile_fault) continue;
    if (one.name == *text) return &one;
    names.push_back(one.name);
  }
  std::string hint = did_you_mean(*text, names);
  if (hint.empty()) hint = "one of " + one_of(names);
  diagnostics_.error(what->place, fmt::format("fault: no fault \'{}\'", printable(*text)),
                     std::move(hint));
  return nullptr;
}

void FaultSourceReader::read() {
  const std::size_t before = diagnostics_.errors();
  const Action* what = action();
  if (what == nullptr && diagnostics_.errors() != before) return;
  std::vector<std::string_view> known = {"fault", "name", "every", "lasts", "from", "to"};
  if (what != nullptr) {
    for (const std::string_view parameter : what->parameters) {
      if (parameter != "duration") known.push_back(parameter);
    }
  }
  MapReader reader(node_, what == nullptr ? "an entry of faults" : std::string(what->name), known,
                   diagnostics_);
  if (!reader.is_map()) return;
  if (what == nullptr) {
    (void)reader.require("fault", "for example fault: fault:KmsOutage");
    return;
  }
  source_.place = node_.place;
  DraftStep step;
  ActionContext context{reader, draft_, diagnostics_, step};
  const auto compiled = what->compile(context, *what);
  if (compiled) source_.fault = std::get<KmsFault>(*compiled);
  source_.fault.kind = static_cast<FaultKind>(what->variant);
  read_name(reader, *what);
  read_times(reader);
  read_span(reader);
  draft_.faults.push_back(std::move(source_));
}

// Its draws are its own by its name.
void FaultSourceReader::read_name(const MapReader& reader, const Action& what) {
  const Node* node = reader.get("name");
  const std::string* text = node == nullptr ? nullptr : read_text(*node, "name", diagnostics_);
  source_.name = text == nullptr ? std::string(what.name) : *text;
  for (const DraftFaultSource& other : draft_.faults) {
    if (other.name != source_.name) continue;
    diagnostics_
        .error(node == nullptr ? node_.place : node->place,
               fmt::format("there is already a random fault \'{}\'", printable(source_.name)),
               "give each a name of its own")
        .notes.push_back({other.place, "the first one is here"});
    return;
  }
}

std::string FaultSourceReader::positive(const Node& node, std::string_view field) {
  const auto text = read_distribution(node, field, diagnostics_);
  if (!text) return {};
  const auto parsed = sim::Distribution::parse(*text);
  if (parsed && parsed->mean() > 0) return *text;
  diagnostics_.error(node.place, fmt::format("{} must be longer than 0s", field));
  return {};
}

void FaultSourceReader::read_times(MapReader& reader) {
  if (const Node* every = reader.require("every", "for example every: exponential(mean=30d)")) {
    source_.every = positive(*every, "every");
  }
  if (source_.fault.kind == FaultKind::RESTART) {
    if (const Node* lasts = reader.get("lasts")) {
      diagnostics_.error(lasts->place, "a restart is over at once");
    }
    return;
  }
  const Node* lasts = reader.require("lasts", "for example lasts: exponential(mean=10m)");
  if (lasts != nullptr) source_.lasts = positive(*lasts, "lasts");
}

void FaultSourceReader::read_span(const MapReader& reader) {
  source_.from = draft_.start.nanoseconds();
  if (const Node* from = reader.get("from")) {
    const auto time = read_time(*from, "from", draft_.start, diagnostics_);
    if (time) source_.from = time->nanoseconds();
  }
  const Node* to = reader.get("to");
  if (to == nullptr) return;
  const auto time = read_time(*to, "to", draft_.start, diagnostics_);
  if (!time) return;
  source_.until = time->nanoseconds();
  if (source_.until <= source_.from) {
    diagnostics_.error(to->place, "to must lie behind from");
  }
}

}  // namespace

void compile_faults(const Node& section, Draft& draft, Diagnostics& diagnostics) {
  if (section.is_null()) return;
  if (!section.is_sequence()) {
    diagnostics.error(section.place,
                      fmt::format("faults must be a list, this is {}", kind_name(section)),
                      "for example - { fault: fault:KmsOutage, every: 30d, lasts: 10m }");
    return;
  }
  for (const Node& entry : section.items) FaultSourceReader(entry, draft, diagnostics).read();
}

}  // namespace tablekey::scenarios
