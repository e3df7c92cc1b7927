// `timeline:` — what happens and when. A repeated entry becomes as many steps as it has
// occurrences, all with its id.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "scenarios/actions.h"
#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kOccurrencesMax = 100'000;

const std::vector<std::string_view>& common_keys() {
  static const std::vector<std::string_view> kKeys = {"at", "every", "from", "to",
                                                      "do", "id",    "as"};
  return kKeys;
}

class StepReader {
 public:
  StepReader(const Node& node, Draft& draft, Diagnostics& diagnostics)
      : node_(node), draft_(draft), diagnostics_(diagnostics) {}
  // Adds the steps of the entry.
  void read(std::map<std::string, Place>& ids);

 private:
  std::vector<std::int64_t> times(const MapReader& reader);
  std::vector<std::int64_t> repeated(const MapReader& reader, const Node& every);
  void read_caller(const MapReader& reader, DraftStep& step);
  bool read_session_of_step(const Node& node, DraftStep& step);
  void read_id(const MapReader& reader, DraftStep& step, std::map<std::string, Place>& ids);

  const Node& node_;
  Draft& draft_;
  Diagnostics& diagnostics_;
};

void StepReader::read(std::map<std::string, Place>& ids) {
  const Node* what = node_.is_map() ? node_.find("do") : nullptr;
  const Action* action = nullptr;
  if (what != nullptr && what->is_scalar() && !what->is_null()) {
    action = find_action(what->text);
    if (action == nullptr) {
      std::vector<std::string_view> names;
      for (const Action& one : actions()) names.push_back(one.name);
      diagnostics_.error(what->place,
                         fmt::format("do: no action '{}' in this version", printable(what->text)),
                         did_you_mean(what->text, names));
      return;
    }
  }
  std::vector<std::string_view> known = common_keys();
  if (action != nullptr) {
    known.insert(known.end(), action->parameters.begin(), action->parameters.end());
  }
  MapReader reader(node_, action == nullptr ? "a step" : std::string(action->name), known,
                   diagnostics_);
  if (!reader.is_map()) return;
  if (action == nullptr) {
    (void)reader.require("do", "for example do: kms:DisableKey");
    if (what != nullptr) (void)read_text(*what, "do", diagnostics_);
    return;
  }
  DraftStep step;
  step.place = what->place;
  read_id(reader, step, ids);
  read_caller(reader, step);
  const std::vector<std::int64_t> moments = times(reader);
  ActionContext context{reader, draft_, diagnostics_};
  auto compiled = action->compile(context, *action);
  if (!compiled) return;
  step.action = std::move(*compiled);
  for (const std::int64_t moment : moments) {
    step.at = moment;
    draft_.steps.push_back(step);
  }
}

void StepReader::read_id(const MapReader& reader, DraftStep& step,
                         std::map<std::string, Place>& ids) {
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
  const auto [first, fresh] = ids.emplace(*text, node->place);
  if (!fresh) {
    diagnostics_.error(node->place, fmt::format("there is already a step '{}'", *text))
        .notes.push_back({first->second, "the first one is here"});
  }
  step.id = *text;
}

std::vector<std::int64_t> StepReader::times(const MapReader& reader) {
  const Node* at = reader.get("at");
  const Node* every = reader.get("every");
  if ((at == nullptr) == (every == nullptr)) {
    diagnostics_.error(reader.place(), "a step has either 'at' or 'every'",
                       "for example at: 2h, or every: 30m, from: 3h, to: 5h");
    return {};
  }
  if (every != nullptr) return repeated(reader, *every);
  for (const std::string_view key : {"from", "to"}) {
    if (const Node* node = reader.get(key)) {
      diagnostics_.error(node->place, fmt::format("'{}' goes with 'every', not with 'at'", key));
    }
  }
  const auto time = read_time(*at, "at", draft_.start, diagnostics_);
  if (!time) return {};
  if (*time > draft_.until && draft_.until_known) {
    diagnostics_.warning(at->place, "this lies behind the end of the scenario",
                         "it will not happen");
  }
  return {time->nanoseconds()};
}

// From `from` (the start) to `to` (the end), both included.
std::vector<std::int64_t> StepReader::repeated(const MapReader& reader, const Node& every) {
  const auto gap = read_duration(every, "every", diagnostics_);
  const Node* from = reader.get("from");
  const Node* to = reader.get("to");
  const auto first = from == nullptr ? std::optional(draft_.start)
                                     : read_time(*from, "from", draft_.start, diagnostics_);
  const auto last = to == nullptr ? std::optional(draft_.until)
                                  : read_time(*to, "to", draft_.start, diagnostics_);
  if (!gap || !first || !last || (to == nullptr && !draft_.until_known)) return {};
  if (gap->count() == 0) {
    diagnostics_.error(every.place, "every must be longer than 0s");
    return {};
  }
  if (*last < *first) {
    diagnostics_.error(to == nullptr ? every.place : to->place, "to must not lie before from");
    return {};
  }
  const std::int64_t count = (*last - *first) / *gap;
  if (count >= static_cast<std::int64_t>(kOccurrencesMax)) {
    diagnostics_.error(every.place,
                       fmt::format("this happens more than {} times", kOccurrencesMax));
    return {};
  }
  std::vector<std::int64_t> moments;
  for (std::int64_t i = 0; i <= count; ++i) moments.push_back((*first + *gap * i).nanoseconds());
  return moments;
}

// `as: Admin` (a role or user), `as: Admin/user01` (a session of a role), `as: user01` (the role
// whose session an earlier entry assumed under that name).
void StepReader::read_caller(const MapReader& reader, DraftStep& step) {
  const Node* node = reader.get("as");
  if (node == nullptr) return;
  const std::string* text = read_text(*node, "as", diagnostics_);
  if (text == nullptr || read_session_of_step(*node, step)) return;
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

bool StepReader::read_session_of_step(const Node& node, DraftStep& step) {
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

void compile_timeline(const Node& section, Draft& draft, Diagnostics& diagnostics) {
  if (section.is_null()) return;
  if (!section.is_sequence()) {
    diagnostics.error(section.place,
                      fmt::format("timeline must be a list, this is {}", kind_name(section)),
                      "begin each step with '- at:' or '- every:'");
    return;
  }
  std::map<std::string, Place> ids;
  for (const Node& entry : section.items) StepReader(entry, draft, diagnostics).read(ids);
}

void settle_creation(Draft& draft, Diagnostics& diagnostics) {
  for (std::uint32_t index = 0; index < draft.tables.size(); ++index) {
    DraftTable& table = draft.tables[index];
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
    diagnostics.note(
        table.place,
        fmt::format("'{}' is created by the operator, whose permissions are not checked",
                    printable(table.logical_id)),
        "Metadata.tablekey.CreatedBy names someone else");
  }
}

}  // namespace tablekey::scenarios
