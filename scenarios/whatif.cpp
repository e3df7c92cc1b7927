#include "scenarios/whatif.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/branch.h"
#include "scenarios/expectation.h"
#include "scenarios/flow_text.h"
#include "scenarios/load.h"
#include "scenarios/map_reader.h"
#include "scenarios/paths.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

class Section {
 public:
  Section(const Node& root, sim::Time start, const Variant& variant, Diagnostics& diagnostics)
      : root_(root), start_(start), variant_(variant), diagnostics_(diagnostics) {}

  WhatIf read(const Node& section) {
    MapReader reader(section, "whatif", {"at", "measure", "alternatives"}, diagnostics_);
    if (!reader.is_map()) return std::move(out_);
    const Node* at = reader.require("at", "when the alternatives part, for example at: 2h");
    const auto time = at == nullptr ? std::nullopt : read_time(*at, "at", start_, diagnostics_);
    if (const Node* measures = reader.get("measure")) read_measures(*measures);
    const Node* list =
        reader.require("alternatives",
                       "for example - { name: DisableKey, timeline: [{ do: kms:DisableKey, … }] }");
    if (list == nullptr || !time) return std::move(out_);
    out_.at = *time;
    if (!list->is_sequence() || list->items.empty()) {
      diagnostics_.error(list->place, "alternatives must be a list of at least one");
      return std::move(out_);
    }
    for (const Node& entry : list->items) read_alternative(entry);
    return std::move(out_);
  }

 private:
  void read_measures(const Node& list) {
    if (!list.is_sequence()) {
      diagnostics_.error(list.place,
                         fmt::format("measure must be a list, this is {}", kind_name(list)),
                         "for example measure: [requests(result=failed).count]");
      return;
    }
    for (const Node& line : list.items) {
      const std::string* text = read_text(line, "a measure", diagnostics_);
      if (text == nullptr) continue;
      const auto parsed = parse_measure(*text);
      if (parsed) {
        out_.measures.push_back(*text);
      } else {
        diagnostics_.error(part_of(line, parsed.error().offset, parsed.error().length),
                           parsed.error().message, parsed.error().hint);
      }
    }
  }

  void read_alternative(const Node& entry) {
    MapReader reader(entry, "an alternative", {"name", "timeline", "set"}, diagnostics_);
    if (!reader.is_map()) return;
    const Node* name = reader.require("name", "for example name: DisableKey");
    const std::string* text = name == nullptr ? nullptr : read_text(*name, "name", diagnostics_);
    if (text == nullptr) return;
    const bool known = std::ranges::any_of(
        out_.alternatives, [&](const Alternative& other) { return other.name == *text; });
    if (known) {
      diagnostics_.error(name->place, fmt::format("there are two alternatives '{}'", *text));
      return;
    }
    Node changed = root_;
    Alternative alternative{*text, {}};
    if (const Node* set = reader.get("set")) read_settings_of(*set, alternative, changed);
    if (const Node* steps = reader.get("timeline")) read_steps(*steps, alternative, changed);
    if (!diagnostics_.has_errors()) variant_(changed, diagnostics_);
    out_.alternatives.push_back(std::move(alternative));
  }

  void apply(const Override& change, const Node& path, const Node& value, Node& changed,
             Alternative& alternative) {
    if (const auto set = set_path(changed, path, value); !set) {
      diagnostics_.error(set.error().place, set.error().message, set.error().hint);
    }
    alternative.changes.push_back(change);
  }

  void read_settings_of(const Node& set, Alternative& alternative, Node& changed) {
    if (!set.is_map()) {
      diagnostics_.error(set.place, "set must be a map of paths to values",
                         "for example set: { model.table_key_cache.idle_timeout: 1m }");
      return;
    }
    std::vector<Override> given;
    for (const Member& member : set.members) {
      given.push_back({member.key.text, flow_text(member.value)});
      // What does not become an era is tried where it stands.
      if (member.key.text.starts_with("model.")) continue;
      if (const auto applied = set_path(changed, member.key, member.value); !applied) {
        diagnostics_.error(applied.error().place, applied.error().message, applied.error().hint);
      }
    }
    for (Override& change : setting_overrides(given, out_.at)) {
      if (change.path == "eras.+") {
        add_era(set, changed);
      }
      alternative.changes.push_back(std::move(change));
    }
  }

  Node scalar_node(std::string text, Place place) const {
    Node node;
    node.text = std::move(text);
    node.place = place;
    return node;
  }

  Node time_member(Place place) const { return scalar_node(sim::print(out_.at), place); }

  void add_era(const Node& set, Node& changed) {
    Node era;
    era.kind = Node::Kind::map;
    era.place = set.place;
    era.members.push_back({scalar_node("at", set.place), time_member(set.place)});
    for (const Member& member : set.members) {
      if (!member.key.text.starts_with("model.")) continue;
      if (const auto put = set_path(era, member.key, member.value); !put) {
        diagnostics_.error(put.error().place, put.error().message, put.error().hint);
      }
    }
    const Node path = scalar_node("eras.+", set.place);
    if (const auto put = set_path(changed, path, era); !put) {
      diagnostics_.error(put.error().place, put.error().message, put.error().hint);
    }
  }

  void read_steps(const Node& steps, Alternative& alternative, Node& changed) {
    if (!steps.is_sequence()) {
      diagnostics_.error(steps.place,
                         fmt::format("timeline must be a list, this is {}", kind_name(steps)),
                         "for example timeline: [{ do: kms:DisableKey, key: OrdersKey }]");
      return;
    }
    for (Node step : steps.items) {
      if (step.is_map() && step.find("at") == nullptr && step.find("every") == nullptr) {
        step.members.insert(step.members.begin(),
                            {scalar_node("at", step.place), time_member(step.place)});
      }
      const Node path = scalar_node("timeline.+", step.place);
      apply({path.text, flow_text(step)}, path, step, changed, alternative);
    }
  }

  const Node& root_;
  sim::Time start_;
  const Variant& variant_;
  Diagnostics& diagnostics_;
  WhatIf out_;
};

}  // namespace

WhatIf read_what_if(const Node& section, const Node& root, sim::Time start, const Variant& variant,
                    Diagnostics& diagnostics) {
  return Section(root, start, variant, diagnostics).read(section);
}

}  // namespace tablekey::scenarios
