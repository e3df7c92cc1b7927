#include "replay/same_past.h"

#include <capnp/any.h>
#include <capnp/dynamic.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace tablekey::replay {
namespace {

using Scenario = events::Scenario::Reader;

// What a past does not depend on, or what is compared one by one below.
constexpr std::string_view kFree[] = {"description", "until", "steps", "expectations", "eras"};

bool same_value(const capnp::DynamicValue::Reader& a, const capnp::DynamicValue::Reader& b) {
  switch (a.getType()) {
    case capnp::DynamicValue::TEXT:
      return a.as<capnp::Text>() == b.as<capnp::Text>();
    case capnp::DynamicValue::INT:
      return a.as<std::int64_t>() == b.as<std::int64_t>();
    case capnp::DynamicValue::UINT:
      return a.as<std::uint64_t>() == b.as<std::uint64_t>();
    case capnp::DynamicValue::LIST:
      return capnp::AnyList::Reader(a.as<capnp::DynamicList>()) ==
             capnp::AnyList::Reader(b.as<capnp::DynamicList>());
    default:
      return false;  // the schema has no other kind here; a new one is decided anew
  }
}

bool same_world(Scenario a, Scenario b) {
  const capnp::DynamicStruct::Reader first(a), second(b);
  for (const auto field : first.getSchema().getFields()) {
    const std::string_view name = field.getProto().getName().cStr();
    if (std::ranges::find(kFree, name) != std::end(kFree)) continue;
    if (!same_value(first.get(field), second.get(field))) return false;
  }
  return true;
}

// Entries before `at` are the same ones in the same places; all others lie at it or behind.
template <class List>
bool same_before(const List& before, const List& after, sim::Time at) {
  if (after.size() < before.size()) return false;
  for (unsigned i = 0; i < after.size(); ++i) {
    const bool late = after[i].getAt() >= at.nanoseconds();
    if (i >= before.size()) {
      if (!late) return false;
      continue;
    }
    if (late && before[i].getAt() >= at.nanoseconds()) continue;
    if (!(capnp::AnyStruct::Reader(before[i]) == capnp::AnyStruct::Reader(after[i]))) return false;
  }
  return true;
}

template <class Values>
bool continues(const Values& before, const Values& after) {
  return before.size() <= after.size() && std::equal(before.begin(), before.end(), after.begin());
}

bool same_families(const model::ScenarioView& before, const model::ScenarioView& after) {
  for (std::size_t i = 0; i < before.families.size(); ++i) {
    const auto& a = before.families[i];
    const auto& b = after.families[i];
    if (!continues(a.given_keys, b.given_keys) || a.structures != b.structures) return false;
  }
  return true;
}

bool same_materials(const model::ScenarioView& before, const model::ScenarioView& after) {
  if (before.material_items.size() != after.material_items.size()) return false;
  for (std::size_t i = 0; i < before.material_items.size(); ++i) {
    if (!continues(before.material_items[i], after.material_items[i])) return false;
  }
  return true;
}

// Draws of KMS steps go by what they do and when, told apart by their order.
bool same_draws(const model::ScenarioView& before, const model::ScenarioView& after, sim::Time at) {
  const auto steps = before.reader().getSteps();
  for (unsigned i = 0; i < steps.size(); ++i) {
    if (steps[i].getAt() >= at.nanoseconds()) continue;
    if (before.kms_step_entities[i] != after.kms_step_entities[i]) return false;
  }
  return true;
}

}  // namespace

bool same_past(const model::ScenarioView& before, const model::ScenarioView& after, sim::Time at) {
  const Scenario a = before.reader(), b = after.reader();
  return after.until >= at && same_world(a, b) && same_before(a.getSteps(), b.getSteps(), at) &&
         same_before(a.getEras(), b.getEras(), at) &&
         continues(before.identities, after.identities) &&
         continues(before.step_connections, after.step_connections) &&
         continues(before.providers, after.providers) && before.regions == after.regions &&
         before.accounts == after.accounts && same_families(before, after) &&
         same_materials(before, after) && same_draws(before, after, at);
}

}  // namespace tablekey::replay
