// The stages of loading, in order: compose, include, override, check keys, head, resources, our
// sections, study, emit. Each stage reports and the next goes on with what there is.
#include "scenarios/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "scenarios/characters.h"
#include "scenarios/compose.h"
#include "scenarios/declared_steps.h"
#include "scenarios/dynamodb_call.h"
#include "scenarios/emit.h"
#include "scenarios/header_section.h"
#include "scenarios/loops.h"
#include "scenarios/map_reader.h"
#include "scenarios/parameters.h"
#include "scenarios/paths.h"
#include "scenarios/resource_types.h"
#include "scenarios/sections.h"
#include "scenarios/study_section.h"

namespace tablekey::scenarios {
namespace {

bool is_cloudformation(std::string_view key) {
  return !key.empty() && key[0] >= 'A' && key[0] <= 'Z';
}

// Keys of our sections are ours to be strict about; pasted templates are not.
void check_keys(const Node& root, Diagnostics& diagnostics) {
  Node top;  // the top level alone
  top.kind = Node::Kind::map;
  for (const Member& member : root.members) {
    const bool pasted = is_cloudformation(member.key.text);
    check_duplicate_keys(member.value, pasted ? Severity::warning : Severity::error, diagnostics);
    Member key{member.key, Node{}};
    top.members.push_back(std::move(key));
  }
  check_duplicate_keys(top, Severity::error, diagnostics);
}

void apply_override(const Override& given, Node& root, Diagnostics& diagnostics) {
  const std::uint32_t source = diagnostics.add_source("override", given.path + "=" + given.value);
  const auto width = static_cast<std::uint32_t>(characters_of(given.path).size());
  const Node path = text_node(given.path, {source, 1, 1, std::max(width, 1U)});
  if (given.path.empty() || given.value.empty()) {
    diagnostics.error({source, 1, width + 1, 1},
                      given.path.empty() ? "nothing before the '='" : "nothing behind the '='");
    return;
  }
  // The value keeps its column, so that messages point into `path=value`.
  const std::string blanked = std::string(width + 1, ' ') + given.value;
  auto value = compose(source, blanked, diagnostics);
  if (!value) return;
  if (const auto set = set_path(root, path, *value); !set) {
    diagnostics.error(set.error().place, set.error().message, set.error().hint);
  }
}

// CloudFormation allows letters, digits and hyphens.
std::string stack_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool allowed =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    out += allowed ? c : '-';
  }
  return out;
}

// In our own sections nothing stands for a value that is not there: whoever writes them can give
// it.
Node own(Node node) {
  node.stand_in.clear();
  for (Node& item : node.items) item = own(std::move(item));
  for (Member& member : node.members) member.value = own(std::move(member.value));
  return node;
}

class Loader {
 public:
  Loader(std::string_view file_name, const LoadOptions& options)
      : file_name_(file_name), options_(options) {}

  // The whole scenario but its study.
  Draft compile(const Node& file, Diagnostics& diagnostics) const;
  std::optional<Study> study(const Node& root, const Draft& draft, Diagnostics& diagnostics) const;
  std::optional<WhatIf> what_if(const Node& root, const Draft& draft,
                                Diagnostics& diagnostics) const;

 private:
  using Section = void (*)(const Node&, Draft&, Diagnostics&);
  static void section(std::string_view name, Section compile, const Node& root, Stack& stack,
                      Draft& draft) {
    const Node* part = root.find(name);
    if (part != nullptr) compile(own(stack.resolve(*part)), draft, stack.diagnostics());
  }

  std::string_view file_name_;
  const LoadOptions& options_;
};

// Whoever includes a template and nothing else gets tables that nobody uses.
void note_idle_tables(const Node& root, const Draft& draft, Diagnostics& diagnostics) {
  const Node* include = root.find("include");
  const bool busy = root.find("workload") != nullptr || root.find("timeline") != nullptr;
  if (include == nullptr || busy || draft.tables.empty()) return;
  diagnostics.note(include->place, "nothing uses the tables of this template",
                   "workload: default gives each of them a connection");
}

Draft Loader::compile(const Node& file, Diagnostics& diagnostics) const {
  Draft draft;
  draft.options = &options_;
  compile_header(file, file_name_, options_, draft, diagnostics);
  const Environment environment{draft.account, draft.region, stack_name(draft.name), draft.seed};
  Node expanded;
  if (has_loops(file)) {
    expanded = file;
    expand_loops(expanded, environment, diagnostics);
  }
  const Node& root = has_loops(file) ? expanded : file;
  Stack stack(root, environment, diagnostics);
  check_parameters(stack);
  const Node* timeline = root.find("timeline");
  if (timeline != nullptr) declare_steps(*timeline, stack);
  compile_resources(stack, draft);
  Node steps;
  if (timeline != nullptr) {
    steps = own(stack.resolve(*timeline));
    declare_made_tables(steps, draft);
  }
  section("model", compile_model, root, stack, draft);
  if (const Node* eras = root.find("eras")) {
    compile_eras(own(stack.resolve(*eras)), options_, draft, diagnostics);
  }
  section("workload", compile_workload, root, stack, draft);
  settle_items(draft);
  if (const Node* expect = root.find("expect")) note_asked_answers(*expect, draft);
  if (timeline != nullptr) compile_timeline(steps, stack, draft);
  section("faults", compile_faults, root, stack, draft);
  settle_creation(draft, diagnostics);
  settle_eras(draft);
  section("expect", compile_expect, root, stack, draft);
  note_idle_tables(root, draft, diagnostics);
  return draft;
}

std::optional<Study> Loader::study(const Node& root, const Draft& draft,
                                   Diagnostics& diagnostics) const {
  const Node* section = root.find("study");
  if (section == nullptr || section->is_null() || options_.run_alone) return std::nullopt;
  Trial trial;
  if (!diagnostics.has_errors()) {
    trial = [this](const Node& variant, Diagnostics& found) { (void)compile(variant, found); };
  }
  return read_study(*section, root, draft, trial, diagnostics);
}

std::optional<WhatIf> Loader::what_if(const Node& root, const Draft& draft,
                                      Diagnostics& diagnostics) const {
  const Node* section = root.find("whatif");
  if (section == nullptr || section->is_null() || options_.run_alone) return std::nullopt;
  const Variant variant = [this](const Node& changed, Diagnostics& found) {
    (void)compile(changed, found);
  };
  return read_what_if(*section, root, draft.start, variant, diagnostics);
}

// What `include` and profiles read: once, so that all runs of a study are of the same texts.
class Includes {
 public:
  explicit Includes(decltype(LoadOptions::read_include) read) : read_(std::move(read)) {}

  std::expected<std::string, std::string> operator()(std::string_view path) {
    const std::lock_guard lock(mutex_);
    const auto [entry, fresh] = texts_.try_emplace(std::string(path), std::string());
    if (fresh) entry->second = read_(path);
    return entry->second;
  }

 private:
  std::mutex mutex_;
  decltype(LoadOptions::read_include) read_;
  std::map<std::string, std::expected<std::string, std::string>, std::less<>> texts_;
};

LoadOptions reading_once(const LoadOptions& options) {
  LoadOptions out = options;
  if (!options.read_include) return out;
  const auto includes = std::make_shared<Includes>(options.read_include);
  out.read_include = [includes](std::string_view path) { return (*includes)(path); };
  return out;
}

// A way to compile variants of a file that outlives its loading.
Study::Compile compiler(std::string file_name, const LoadOptions& options,
                        const Diagnostics& diagnostics) {
  return [file_name = std::move(file_name), options, sources = diagnostics.without_findings()](
             const Node& root, std::uint64_t seed) {
    LoadOptions own_options = options;
    own_options.seed = seed;
    StudyScenario made;
    made.diagnostics = sources;
    const Draft draft = Loader(file_name, own_options).compile(root, made.diagnostics);
    if (made.diagnostics.has_errors()) return made;
    made.message = std::make_unique<capnp::MallocMessageBuilder>();
    emit(draft, made.message->initRoot<events::Scenario>());
    return made;
  };
}

}  // namespace

events::Scenario::Reader LoadResult::scenario() const {
  return message->getRoot<events::Scenario>().asReader();
}

LoadResult load(std::string_view source_text, std::string file_name, const LoadOptions& given) {
  LoadResult result;
  const LoadOptions options = reading_once(given);
  Diagnostics& diagnostics = result.diagnostics;
  if (source_text.size() > kSourceBytesMax) {
    const std::uint32_t source = diagnostics.add_source(file_name, "");
    diagnostics.error({source, 0, 0, 1}, "the file is larger than 4 MiB");
    return result;
  }
  const std::uint32_t source = diagnostics.add_source(file_name, std::string(source_text));
  std::optional<Node> root = compose(source, diagnostics);
  if (!root) return result;
  if (!root->is_map()) {
    diagnostics.error(root->place,
                      fmt::format("a scenario must be a map, this is {}", kind_name(*root)),
                      "begin with tablekey: 1");
    return result;
  }
  check_keys(*root, diagnostics);
  include_templates(*root, options, diagnostics);
  for (const Override& one : options.overrides) apply_override(one, *root, diagnostics);
  const Loader loader(file_name, options);
  const Draft draft = loader.compile(*root, diagnostics);
  std::optional<Study> study = loader.study(*root, draft, diagnostics);
  std::optional<WhatIf> what_if = loader.what_if(*root, draft, diagnostics);
  if (diagnostics.has_errors()) return result;
  result.what_if = std::move(what_if);
  if (study) {
    study->root = *root;
    study->sources = diagnostics.without_findings();
    study->compile = compiler(file_name, options, diagnostics);
    result.study = std::move(study);
  }
  result.message = std::make_unique<capnp::MallocMessageBuilder>();
  emit(draft, result.message->initRoot<events::Scenario>());
  return result;
}

}  // namespace tablekey::scenarios
