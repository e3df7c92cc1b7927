// `timeline:` — what happens and when. It is read twice: first every entry's time and id, so that
// any step can name any other and the keys that steps make, then what each does.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "scenarios/actions.h"
#include "scenarios/characters.h"
#include "scenarios/declared_steps.h"
#include "scenarios/dynamodb_operations.h"
#include "scenarios/kms_call.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::int64_t kOccurrencesMax = 1'000'000;  // of all entries together

const std::vector<std::string_view>& common_keys() {
  static const std::vector<std::string_view> kKeys = {"at", "every", "from", "to",
                                                      "do", "id",    "as",   "repeat"};
  return kKeys;
}

// An entry between the two readings.
struct Entry {
  const Node* node;
  const Action* action;
  std::size_t step;  // its place in the draft
};

class TimelineReader {
 public:
  TimelineReader(Stack& stack, Draft& draft)
      : stack_(stack), draft_(draft), diagnostics_(stack.diagnostics()) {}
  void read(const Node& section);

 private:
  void declare(const Node& node, std::uint32_t number);
  void compile(const Entry& entry);
  const Action* action_of(const Node& node);
  [[nodiscard]] MapReader reader_of(const Node& node, const Action* action);
  bool read_times(const MapReader& reader, DraftStep& step);
  bool read_every(const MapReader& reader, const Node& every, DraftStep& step);
  bool read_repeat(const Node& repeat, DraftStep& step);
  bool count_occurrences(const Node& node, std::int64_t count, DraftStep& step);
  void read_caller(const MapReader& reader, DraftStep& step);
  bool read_session_of_step(const Node& node, DraftStep& step);
  void read_id(const MapReader& reader, DraftStep& step);
  void check_numbered_ids();
  // The keys and stores of CreateKey, ReplicateKey and CreateCustomKeyStore.
  void declare_made(MapReader& reader, DraftStep& step, events::KmsOperation operation);
  void declare_key(const DraftStep& step, const DeclaredStep& declared, std::uint32_t occurrence);

  Stack& stack_;
  Draft& draft_;
  Diagnostics& diagnostics_;
  std::vector<Entry> entries_;
  std::map<std::string, Place> ids_;
  std::int64_t occurrences_ = 0;
};

void TimelineReader::read(const Node& section) {
  for (std::uint32_t i = 0; i < section.items.size(); ++i) declare(section.items[i], i);
  check_numbered_ids();
  for (const Entry& entry : entries_) compile(entry);
}

// The action that an entry names; null after an error.
const Action* TimelineReader::action_of(const Node& node) {
  const Node* what = node.is_map() ? node.find("do") : nullptr;
  if (what == nullptr || !what->is_scalar() || what->is_null()) return nullptr;
  const Action* action = find_action(what->text);
  if (action != nullptr) return action;
  if (const LeftOut* known = left_out(what->text)) {
    diagnostics_.error(what->place, fmt::format("do: {}: {}", what->text, known->why),
                       std::string(known->instead));
    return nullptr;
  }
  std::vector<std::string_view> names;
  for (const Action& one : actions()) names.push_back(one.name);
  diagnostics_.error(what->place,
                     fmt::format("do: no action '{}' in this version", printable(what->text)),
                     did_you_mean(what->text, names));
  return nullptr;
}

MapReader TimelineReader::reader_of(const Node& node, const Action* action) {
  std::vector<std::string_view> known = common_keys();
  if (action != nullptr) {
    known.insert(known.end(), action->parameters.begin(), action->parameters.end());
  }
  return {node, action == nullptr ? "a step" : std::string(action->name), known, diagnostics_};
}

void TimelineReader::declare(const Node& node, std::uint32_t number) {
  const std::size_t before = diagnostics_.errors();
  const Action* action = action_of(node);
  if (action == nullptr && diagnostics_.errors() != before) return;
  MapReader reader = reader_of(node, action);
  if (!reader.is_map()) return;
  const Node* what = node.find("do");
  if (action == nullptr) {
    (void)reader.require("do", "for example do: kms:DisableKey");
    if (what != nullptr) (void)read_text(*what, "do", diagnostics_);
    return;
  }
  DraftStep step;
  step.place = what->place;
  step.name = action->name;
  const auto made = draft_.made_tables.find(number);
  if (made != draft_.made_tables.end()) step.made_table = made->second;
  read_id(reader, step);
  if (!read_times(reader, step)) step.times = 0;
  // An era is no step of the run.
  if (action->compile == compile_change_profile) step.times = 0;
  step.first = static_cast<std::uint32_t>(occurrences_);
  occurrences_ += step.times;
  if (action->compile == compile_kms_call) {
    const auto operation = static_cast<events::KmsOperation>(action->variant);
    step.action = KmsCall::make(operation);
    declare_made(reader, step, operation);
  }
  entries_.push_back({&node, action, draft_.steps.size()});
  draft_.steps.push_back(std::move(step));
}

void TimelineReader::compile(const Entry& entry) {
  // What is unknown was said when the entry was declared, and is kept once.
  MapReader reader = reader_of(*entry.node, entry.action);
  // Actions may add keys to the draft, but no steps.
  DraftStep& step = draft_.steps[entry.step];
  read_caller(reader, step);
  ActionContext context{reader, draft_, diagnostics_, step};
  auto compiled = entry.action->compile(context, *entry.action);
  if (compiled) step.action = std::move(*compiled);
}

void TimelineReader::read_id(const MapReader& reader, DraftStep& step) {
  const Node* node = reader.get("id");
  if (node == nullptr) return;
  const std::string* text = read_text(*node, "id", diagnostics_);
  if (text == nullptr) return;
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool digit = (*text)[0] >= '0' && (*text)[0] <= '9';
  if (text->empty() || digit || text->find_first_not_of(kAllowed) != std::string::npos) {
    diagnostics_.error(node->place, fmt::format("'{}' cannot be an id", printable(*text)),
                       "a letter, then letters, digits, '_' and '-'");
    return;
  }
  const auto [first, fresh] = ids_.emplace(*text, node->place);
  if (!fresh) {
    diagnostics_.error(node->place, fmt::format("there is already a step '{}'", *text))
        .notes.push_back({first->second, "the first one is here"});
  }
  step.id = *text;
}

// An id that someone wrote is none that a repeated step has for one of its occurrences.
void TimelineReader::check_numbered_ids() {
  for (const auto& [id, place] : ids_) {
    const std::size_t dash = id.rfind('-');
    if (dash == std::string::npos || !ids_.contains(id.substr(0, dash))) continue;
    for (const DraftStep& step : draft_.steps) {
      if (!step.numbered || step.id != id.substr(0, dash)) continue;
      for (std::uint32_t i = 1; i < step.times && step.id_of(i).size() <= id.size(); ++i) {
        if (step.id_of(i) != id) continue;
        diagnostics_
            .error(place, fmt::format("'{}' is what a repeated step calls one of its times", id))
            .notes.push_back({step.place, fmt::format("'{}' is repeated here", step.id)});
      }
    }
  }
}

bool TimelineReader::read_times(const MapReader& reader, DraftStep& step) {
  const Node* at = reader.get("at");
  const Node* every = reader.get("every");
  const Node* repeat = reader.get("repeat");
  if ((at == nullptr) == (every == nullptr)) {
    diagnostics_.error(reader.place(), "a step has either 'at' or 'every'",
                       "for example at: 2h, or every: 30m, from: 3h, to: 5h");
    return false;
  }
  if (every != nullptr) {
    if (repeat == nullptr) return read_every(reader, *every, step);
    diagnostics_.error(repeat->place, "'repeat' goes with 'at', not with 'every'");
    return false;
  }
  for (const std::string_view key : {"from", "to"}) {
    if (const Node* node = reader.get(key)) {
      diagnostics_.error(node->place, fmt::format("'{}' goes with 'every', not with 'at'", key));
    }
  }
  const auto time = read_time(*at, "at", draft_.start, diagnostics_);
  if (!time) return false;
  step.at = time->nanoseconds();
  if (repeat != nullptr && !read_repeat(*repeat, step)) return false;
  const std::int64_t last = step.at_of(step.times - 1);
  if (last > draft_.until.nanoseconds() && draft_.until_known) {
    const bool all = *time > draft_.until;
    diagnostics_.warning(all ? at->place : repeat->place,
                         all ? "this lies behind the end of the scenario"
                             : "the last of these lie behind the end of the scenario",
                         all ? "it will not happen" : "they will not happen");
  }
  return repeat != nullptr || count_occurrences(*at, 1, step);
}

// `repeat: { times: 26, every: 1d }`: ids are id, id-2, id-3, …
bool TimelineReader::read_repeat(const Node& repeat, DraftStep& step) {
  MapReader reader(repeat, "repeat", {"times", "every"}, diagnostics_);
  const Node* times = reader.require("times", "for example repeat: { times: 10, every: 1m }");
  const Node* every = reader.require("every");
  if (times == nullptr || every == nullptr) return false;
  const auto count = read_count(*times, "times", {1}, diagnostics_);
  const auto gap = read_duration(*every, "every", diagnostics_);
  if (!count || !gap) return false;
  const std::int64_t most = kOccurrencesMax + 1;
  if (!count_occurrences(*times,
                         static_cast<std::int64_t>(
                             std::min<std::uint64_t>(*count, static_cast<std::uint64_t>(most))),
                         step)) {
    return false;
  }
  constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
  if (gap->count() > (kForever - step.at) / static_cast<std::int64_t>(*count)) {
    diagnostics_.error(every->place, "the last of these lies beyond the year 2262");
    return false;
  }
  step.gap = gap->count();
  step.numbered = true;
  return true;
}

// From `from` (the start) to `to` (the end), both included.
bool TimelineReader::read_every(const MapReader& reader, const Node& every, DraftStep& step) {
  const auto gap = read_duration(every, "every", diagnostics_);
  const Node* from = reader.get("from");
  const Node* to = reader.get("to");
  const auto first = from == nullptr ? std::optional(draft_.start)
                                     : read_time(*from, "from", draft_.start, diagnostics_);
  const auto last = to == nullptr ? std::optional(draft_.until)
                                  : read_time(*to, "to", draft_.start, diagnostics_);
  if (!gap || !first || !last || (to == nullptr && !draft_.until_known)) return false;
  if (gap->count() == 0) {
    diagnostics_.error(every.place, "every must be longer than 0s");
    return false;
  }
  if (*last < *first) {
    diagnostics_.error(to == nullptr ? every.place : to->place, "to must not lie before from");
    return false;
  }
  step.at = first->nanoseconds();
  step.gap = gap->count();
  return count_occurrences(every, (*last - *first) / *gap + 1, step);
}

bool TimelineReader::count_occurrences(const Node& node, std::int64_t count, DraftStep& step) {
  if (count > kOccurrencesMax - occurrences_) {
    diagnostics_.error(
        node.place,
        fmt::format("a timeline has at most {} steps, repeated ones included", kOccurrencesMax));
    return false;
  }
  step.times = static_cast<std::uint32_t>(count);
  return true;
}

void TimelineReader::declare_made(MapReader& reader, DraftStep& step,
                                  events::KmsOperation operation) {
  const bool store = operation == events::KmsOperation::CREATE_CUSTOM_KEY_STORE;
  const bool key = operation == events::KmsOperation::CREATE_KEY ||
                   operation == events::KmsOperation::REPLICATE_KEY;
  if (!store && !key) return;
  if (reader.require("id", "what it makes is called by it") == nullptr || step.id.empty()) return;
  const DeclaredStep* declared = stack_.find_step(step.id);
  if (declared == nullptr) return;  // the id is not plain text, which was reported
  if (stack_.find(step.id) != nullptr) {
    diagnostics_.error(step.place, fmt::format("'{}' is already a resource", step.id));
    return;
  }
  auto& made = std::get<KmsCall>(step.action);
  auto& first = store ? made.first_store : made.first_key;
  first = static_cast<std::uint32_t>(store ? draft_.stores.size() : draft_.keys.size());
  for (std::uint32_t i = 0; i < step.times; ++i) declare_key(step, *declared, i);
}

void TimelineReader::declare_key(const DraftStep& step, const DeclaredStep& declared,
                                 std::uint32_t occurrence) {
  // With `every` all occurrences have one id, but what they make has to differ.
  const std::string id = occurrence == 0 ? step.id : fmt::format("{}-{}", step.id, occurrence + 1);
  const Identity identity = identity_of_step(stack_, declared, id);
  if (step.name == "kms:CreateCustomKeyStore") {
    DraftKeyStore store;
    store.logical_id = id;
    store.id = identity.ref;
    store.account = declared.account;
    store.region = declared.region;
    store.by_step = true;
    draft_.stores.push_back(std::move(store));
    return;
  }
  DraftKey key;
  key.logical_id = id;
  key.key_id = identity.ref;
  key.arn = identity.attributes.at("Arn");
  key.account = declared.account;
  key.region = declared.region;
  key.by_step = true;
  // A replica is a multi-Region key only if its primary is one, which is settled with its call.
  key.multi_region = declared.multi_region && step.name == "kms:CreateKey";
  draft_.keys.push_back(std::move(key));
}

// `as: Admin` (a role or user), `as: Admin/user01` (a session of a role), `as: user01` (the role
// whose session an earlier entry assumed under that name).
void TimelineReader::read_caller(const MapReader& reader, DraftStep& step) {
  const Node* node = reader.get("as");
  if (node == nullptr) return;
  const std::string* text = read_text(*node, "as", diagnostics_);
  if (text == nullptr || read_session_of_step(*node, step)) return;
  const std::string own_root =
      fmt::format("arn:{}:iam::{}:root", partition_of(draft_.region), draft_.account);
  const bool any_root =
      text->starts_with("arn:") && text->ends_with(":root") && text->size() == own_root.size();
  if (any_root || (*text == "root" && node->resource.empty())) {
    const std::string& arn = any_root ? *text : own_root;
    step.caller = root_user(draft_, arn.substr(arn.size() - 17, 12));
    return;
  }
  step.caller = find_principal(draft_, node->resource.empty() ? *text : node->resource);
  if (step.caller != kNone) return;
  std::vector<std::string_view> names;
  for (const DraftPrincipal& one : draft_.principals) names.push_back(one.logical_id);
  for (const DraftStep& earlier : draft_.steps) {
    if (const auto* assumed = std::get_if<AssumeRole>(&earlier.action)) {
      names.push_back(assumed->session);
    }
  }
  diagnostics_.error(node->place,
                     fmt::format("as: no role, user or session '{}'", printable(*text)),
                     did_you_mean(*text, names));
}

bool TimelineReader::read_session_of_step(const Node& node, DraftStep& step) {
  const std::size_t slash = node.text.find('/');
  const bool plain = node.resource.empty() && !node.text.starts_with("arn:");
  if (plain && slash != std::string::npos) {
    const std::uint32_t role = find_principal(draft_, node.text.substr(0, slash));
    if (role == kNone || draft_.principals[role].kind != events::Principal::Kind::ROLE) {
      return false;
    }
    Node session = node;
    session.text = node.text.substr(slash + 1);
    session.place = part_of(node, slash + 1, session.text.size());
    step.caller = role;
    step.session = read_session(session, "as", diagnostics_);
    return true;
  }
  if (!plain || find_principal(draft_, node.text) != kNone) return false;
  for (auto earlier = draft_.steps.rbegin(); earlier != draft_.steps.rend(); ++earlier) {
    const auto* assumed = std::get_if<AssumeRole>(&earlier->action);
    if (assumed == nullptr || assumed->session != node.text) continue;
    step.caller = assumed->principal;
    step.session = assumed->session;
    return true;
  }
  return false;
}

}  // namespace

void compile_timeline(const Node& section, Stack& stack, Draft& draft) {
  if (section.is_null()) return;
  if (!section.is_sequence()) {
    stack.diagnostics().error(
        section.place, fmt::format("timeline must be a list, this is {}", kind_name(section)),
        "begin each step with '- at:' or '- every:'");
    return;
  }
  TimelineReader(stack, draft).read(section);
}

namespace {

// One note for all of them.
void note_operator(const std::vector<const DraftTable*>& tables, Diagnostics& diagnostics) {
  if (tables.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (i != 0) names += i + 1 == tables.size() ? " and " : ", ";
    names += fmt::format("'{}'", printable(tables[i]->logical_id));
  }
  diagnostics.note(tables.front()->place,
                   fmt::format("{} {} created by the operator, whose permissions are not checked",
                               names, tables.size() == 1 ? "is" : "are"),
                   "Metadata.tablekey.CreatedBy names someone else");
}

}  // namespace

void settle_creation(Draft& draft, Diagnostics& diagnostics) {
  std::vector<const DraftTable*> by_operator;
  for (std::uint32_t index = 0; index < draft.tables.size(); ++index) {
    DraftTable& table = draft.tables[index];
    if (table.by_step) continue;
    const bool by_step = std::ranges::any_of(draft.steps, [&](const DraftStep& step) {
      const auto* create = std::get_if<CreateTable>(&step.action);
      return create != nullptr && create->table == index;
    });
    if (!table.create_given) table.created_at_start = !by_step;
    if (!table.created_at_start && !by_step) {
      diagnostics.warning(table.place,
                          fmt::format("no step creates '{}'", printable(table.logical_id)),
                          "add do: dynamodb:CreateTable, or Create: start");
    }
    if (table.creator_given || !table.created_at_start) continue;
    const auto user = std::ranges::find_if(
        draft.workloads, [&](const DraftWorkload& one) { return one.table == index; });
    if (user != draft.workloads.end()) {
      table.creator = user->principal;
      continue;
    }
    by_operator.push_back(&table);
  }
  note_operator(by_operator, diagnostics);
}

}  // namespace tablekey::scenarios
