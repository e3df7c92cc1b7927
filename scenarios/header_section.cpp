// Reading the head of a file.
#include "scenarios/header_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/compose.h"
#include "scenarios/map_reader.h"
#include "scenarios/profile.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// What a template has besides what counts here; a whole template may be pasted into a scenario.
const std::vector<std::string_view>& top_level_keys() {
  static const std::vector<std::string_view> kKeys = {
      "tablekey",    "name",       "description", "seed",     "until",
      "start",       "account",    "region",      "profile",  "include",
      "Resources",   "Parameters", "Conditions",  "Mappings", "model",
      "workload",    "timeline",   "expect",      "study",    "AWSTemplateFormatVersion",
      "Description", "Metadata",   "Transform",   "Outputs",  "Rules",
      "Globals",     "parameters", "Hooks",       "eras",     "faults",
      "whatif"};
  return kKeys;
}

std::string stem_of(std::string_view file_name) {
  const std::size_t slash = file_name.rfind('/');
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  const std::string_view stem = file_name.substr(0, file_name.find('.'));
  return stem.empty() ? "scenario" : std::string(stem);
}

class HeaderReader {
 public:
  HeaderReader(const Node& root, Draft& draft, Diagnostics& diagnostics)
      : root_(root),
        reader_(root, "the scenario", top_level_keys(), diagnostics),
        draft_(draft),
        diagnostics_(diagnostics) {}

  void refuse_functions();
  void read_version();
  void read_names(std::string_view file_name, const LoadOptions& options);
  void read_seed(const std::optional<std::uint64_t>& given);
  void read_place();
  void read_span();

 private:
  // The text of an optional key.
  const Node* text_of(std::string_view key) {
    const Node* node = reader_.get(key);
    if (node == nullptr || read_text(*node, key, diagnostics_) == nullptr) return nullptr;
    return node;
  }

  const Node& root_;
  MapReader reader_;
  Draft& draft_;
  Diagnostics& diagnostics_;
};

// The head is read before the functions that refer to it can be.
void HeaderReader::refuse_functions() {
  for (const Member& member : root_.members) {
    const std::string& key = member.key.text;
    const bool ours = !key.empty() && key[0] >= 'a' && key[0] <= 'z';
    if (!ours || !member.value.is_scalar() || !member.value.tag.starts_with('!')) continue;
    diagnostics_.error(
        member.value.place,
        fmt::format("{} cannot be a function ({})", printable(key), printable(member.value.tag)));
  }
}

void HeaderReader::read_version() {
  const Node* version = reader_.get("tablekey");
  if (version == nullptr) {
    Place place = root_.place;
    place.line = place.column = 1;
    const bool pasted = root_.find("Resources") != nullptr;
    diagnostics_.error(place, "this is no scenario: 'tablekey: 1' is missing",
                       pasted ? "a template goes behind 'tablekey: 1', or into 'include'"
                              : "write it as the first line");
    return;
  }
  if (version->is_scalar() && version->text == "1") return;
  diagnostics_.error(version->place,
                     fmt::format("this version reads format 1, not '{}'",
                                 printable(version->is_scalar() ? version->text : "?")),
                     "write tablekey: 1");
}

void HeaderReader::read_names(std::string_view file_name, const LoadOptions& options) {
  const Node* name = text_of("name");
  draft_.name = name == nullptr ? stem_of(file_name) : name->text;
  if (draft_.name.size() > 128 && name != nullptr) {
    diagnostics_.error(name->place, "name has at most 128 characters");
  }
  const Node* description = text_of("description");
  if (description != nullptr) draft_.description = description->text;
  const Node* profile = text_of("profile");
  Node standard;
  standard.text = kProfileStandard;
  const auto choice = read_profile(profile == nullptr ? standard : *profile, options, diagnostics_);
  if (!choice) return;
  draft_.profile = choice->name;
  draft_.profile_settings = choice->settings;
}

void HeaderReader::read_seed(const std::optional<std::uint64_t>& given) {
  const Node* seed = reader_.get("seed");
  draft_.seed = kSeedStandard;
  if (seed != nullptr) draft_.seed = read_count(*seed, "seed", {}, diagnostics_).value_or(1);
  if (given) draft_.seed = *given;
}

void HeaderReader::read_place() {
  draft_.account = kAccountStandard;
  draft_.region = kRegionStandard;
  if (const Node* account = text_of("account")) {
    if (is_account(account->text)) {
      draft_.account = account->text;
    } else {
      diagnostics_.error(account->place, fmt::format("account must be 12 digits, this is '{}'",
                                                     printable(account->text)));
    }
  }
  if (const Node* region = text_of("region")) {
    if (is_region(region->text)) {
      draft_.region = region->text;
    } else {
      diagnostics_.error(region->place, fmt::format("'{}' is no Region", printable(region->text)),
                         "for example eu-west-1");
    }
  }
}

void HeaderReader::read_span() {
  draft_.start = sim::parse_time(kStartStandard).value();
  draft_.until = draft_.start;
  const sim::Time latest = sim::parse_time("2200-01-01T00:00:00Z").value();
  if (const Node* start = text_of("start")) {
    const auto time = sim::parse_time(start->text);
    if (!time) {
      diagnostics_.error(start->place, fmt::format("start: {}", printable(time.error())),
                         "for example 2026-01-01T00:00:00Z");
    } else if (*time <= sim::Time() || *time > latest) {
      diagnostics_.error(start->place, "start must lie between 1970 and 2200");
    } else {
      draft_.start = *time;
    }
  }
  const Node* until = reader_.get("until");
  draft_.until = draft_.start + sim::Duration::hours(1);
  draft_.until_known = false;
  if (until == nullptr) {
    Place place = root_.place;
    place.line = place.column = 1;
    diagnostics_.error(place, "the scenario lacks 'until'", "for example until: 6h");
    return;
  }
  const auto end = read_time(*until, "until", draft_.start, diagnostics_);
  if (!end) return;
  if (*end == draft_.start) {
    diagnostics_.error(until->place, "until must lie behind the start");
    return;
  }
  draft_.until = *end;
  draft_.until_known = true;
}

void merge_template(Node& root, Node&& included, Diagnostics& diagnostics) {
  constexpr auto kMerged = std::to_array<std::string_view>(
      {"Parameters", "Mappings", "Conditions", "Resources", "Transform", "Globals"});
  for (Member& part : included.members) {
    if (std::ranges::find(kMerged, part.key.text) == kMerged.end()) continue;
    Node* present = root.find(part.key.text);
    if (present == nullptr) {
      root.members.push_back(std::move(part));
      continue;
    }
    if (part.key.text == "Globals") continue;  // those of the first template that has some
    for (Member& member : part.value.members) {
      const auto same = std::ranges::find_if(
          present->members, [&](const Member& one) { return one.key.text == member.key.text; });
      if (same != present->members.end()) {
        diagnostics
            .error(member.key.place,
                   fmt::format("'{}' is already in {}", printable(member.key.text), part.key.text))
            .notes.push_back({same->key.place, "the first one is here"});
        continue;
      }
      present->members.push_back(std::move(member));
    }
  }
}

void include_one(const Node& name, Node& root, const LoadOptions& options,
                 Diagnostics& diagnostics) {
  const std::string* path = read_text(name, "include", diagnostics);
  if (path == nullptr) return;
  const auto fail = [&](const std::string& why) {
    diagnostics.error(name.place, fmt::format("cannot read '{}': {}", printable(*path), why));
  };
  if (!options.read_include) return fail("files cannot be included here");
  auto text = options.read_include(*path);
  if (!text) return fail(printable(text.error()));
  if (text->size() > kSourceBytesMax) return fail("it is larger than 4 MiB");
  const std::uint32_t source = diagnostics.add_source(*path, std::move(*text));
  auto tree = compose(source, diagnostics);
  if (!tree) return;
  if (!tree->is_map()) {
    diagnostics.error(tree->place,
                      fmt::format("a template must be a map, this is {}", kind_name(*tree)));
    return;
  }
  check_duplicate_keys(*tree, Severity::warning, diagnostics);
  merge_template(root, std::move(*tree), diagnostics);
}

}  // namespace

void compile_header(const Node& root, std::string_view file_name, const LoadOptions& options,
                    Draft& draft, Diagnostics& diagnostics) {
  HeaderReader reader(root, draft, diagnostics);
  reader.refuse_functions();
  reader.read_version();
  reader.read_names(file_name, options);
  reader.read_seed(options.seed);
  reader.read_place();
  reader.read_span();
}

void include_templates(Node& root, const LoadOptions& options, Diagnostics& diagnostics) {
  const Node* include = root.find("include");
  if (include == nullptr || include->is_null()) return;
  const Node names = *include;  // the tree changes below
  if (names.is_sequence()) {
    for (const Node& name : names.items) include_one(name, root, options, diagnostics);
  } else {
    include_one(names, root, options, diagnostics);
  }
}

}  // namespace tablekey::scenarios
