// `explain`: a compiled scenario in sentences. It reads what a run would read, so it cannot tell
// another story than the run.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "model/settings.h"
#include "scenarios/draft.h"
#include "scenarios/expectation.h"
#include "scenarios/load.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Out = std::back_insert_iterator<std::string>;

std::string text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

std::string span(std::int64_t nanoseconds) {
  return sim::print(sim::Duration::nanoseconds(nanoseconds));
}

// One decimal place less than noise: 200/s, 0.0024/s.
std::string rate(double a_second) { return fmt::format("{:.4g}/s", a_second); }

std::uint32_t index(const std::vector<std::string>& list,
                    std::vector<std::string>::const_iterator at) {
  return static_cast<std::uint32_t>(at - list.begin());
}

std::string plural(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

// The mean time between requests at a rate, to the microsecond; a century stands for more.
std::string gap(double a_second) {
  constexpr double kLongest = 3.15576e15;  // microseconds
  const double microseconds = std::min(1e6 / a_second, kLongest);
  return sim::print(sim::Duration::microseconds(static_cast<std::int64_t>(microseconds + 0.5)));
}

class Explainer {
 public:
  explicit Explainer(events::Scenario::Reader scenario) : scenario_(scenario), out_(text_) {}
  std::string explain();

 private:
  void head();
  void resources();
  void workloads();
  void timeline();
  void expectations();
  void settings();

  void principal(events::Principal::Reader principal);
  void key(events::Key::Reader key);
  void table(events::Table::Reader table);
  void workload(events::Workload::Reader workload);
  std::string arrivals(events::Workload::Reader workload) const;
  std::string limits(events::Workload::Reader workload) const;
  std::string action(events::Step::Reader step) const;
  std::string kms_action(events::Step::Kms::Reader kms) const;
  std::string data_action(events::Step::Data::Reader data) const;
  std::string caller(events::Step::Reader step) const;
  std::string who(std::uint32_t principal) const;
  std::string key_name(std::uint32_t key) const;
  std::string table_name(std::uint32_t table) const;
  // Since the start.
  std::string when(std::int64_t time) const { return span(time - scenario_.getStart()); }

  events::Scenario::Reader scenario_;
  std::string text_;
  Out out_;
};

std::string Explainer::who(std::uint32_t principal) const {
  if (principal == kNone) return "the operator (permissions not checked)";
  return text(scenario_.getPrincipals()[principal].getName());
}

std::string Explainer::key_name(std::uint32_t key) const {
  const auto reader = scenario_.getKeys()[key];
  switch (reader.getManager()) {
    case events::Key::Manager::AWS:
      return "the AWS managed key alias/aws/dynamodb";
    case events::Key::Manager::OWNED:
      return "the AWS owned key";
    default:
      return text(reader.getLogicalId());
  }
}

std::string Explainer::table_name(std::uint32_t table) const {
  return text(scenario_.getTables()[table].getName());
}

void Explainer::head() {
  fmt::format_to(out_, "{}\n", text(scenario_.getName()));
  std::string description = text(scenario_.getDescription());
  while (description.ends_with('\n')) description.pop_back();
  if (!description.empty()) fmt::format_to(out_, "{}\n", description);
  fmt::format_to(out_,
                 "\nSimulated from {} for {} in account {}, Region {}. Seed {}, profile {}.\n",
                 sim::print(sim::Time::from_nanoseconds(scenario_.getStart())),
                 when(scenario_.getUntil()), text(scenario_.getAccount()),
                 text(scenario_.getRegion()), scenario_.getSeed(), text(scenario_.getProfile()));
}

void Explainer::principal(events::Principal::Reader principal) {
  const bool role = principal.getKind() == events::Principal::Kind::ROLE;
  fmt::format_to(out_, "  {} {}", role ? "Role" : "User", text(principal.getName()));
  if (principal.getPolicies().size() != 0) {
    std::string names;
    for (auto policy : principal.getPolicies()) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", text(policy.getName()));
    }
    fmt::format_to(out_, ", with the policies {}", names);
  }
  fmt::format_to(out_, ".\n");
}

void Explainer::key(events::Key::Reader key) {
  switch (key.getManager()) {
    case events::Key::Manager::CUSTOMER:
      fmt::format_to(out_, "  Key {}, customer managed, id {}", text(key.getLogicalId()),
                     text(key.getKeyId()));
      break;
    case events::Key::Manager::AWS:
      fmt::format_to(out_, "  The AWS managed key alias/aws/dynamodb, id {}", text(key.getKeyId()));
      break;
    case events::Key::Manager::OWNED:
      fmt::format_to(out_, "  The AWS owned key of DynamoDB, which nobody can revoke");
      break;
  }
  if (key.getManager() == events::Key::Manager::CUSTOMER) {
    for (auto alias : key.getAliases()) fmt::format_to(out_, ", {}", text(alias));
    if (!key.getEnabled()) fmt::format_to(out_, ", disabled");
  }
  fmt::format_to(out_, ".\n");
}

void Explainer::table(events::Table::Reader table) {
  const std::string name = text(table.getName());
  if (table.getCopies() == 1) {
    fmt::format_to(out_, "  Table {}", name);
  } else {
    fmt::format_to(out_, "  Tables {}-0 to {}-{}", name, name, table.getCopies() - 1);
  }
  fmt::format_to(out_, ": partition key {} ({})", text(table.getHashKey().getName()),
                 text(table.getHashKey().getType()));
  if (table.getRangeKey().getName().size() != 0) {
    fmt::format_to(out_, ", sort key {} ({})", text(table.getRangeKey().getName()),
                   text(table.getRangeKey().getType()));
  }
  const std::uint32_t indexes = table.getLocalIndexes().size() + table.getGlobalIndexes().size();
  if (indexes != 0) {
    fmt::format_to(out_, ", {}", indexes == 1 ? "1 index" : fmt::format("{} indexes", indexes));
  }
  if (table.getStream()) fmt::format_to(out_, ", with a stream");
  fmt::format_to(out_, "; encrypted under {}; ", key_name(table.getKey()));
  if (table.getCreated() != 0) {
    fmt::format_to(out_, "created at the start by {}", who(table.getCreator()));
  } else {
    fmt::format_to(out_, "created by a step of the timeline");
  }
  if (table.getItems() != 0) {
    fmt::format_to(out_, "; starts with {} of {} B", plural(table.getItems(), "item"),
                   table.getItemSize());
    if (table.getCollection() > 1) {
      fmt::format_to(out_, ", {} to a partition key", table.getCollection());
    }
  }
  fmt::format_to(out_, ".\n");
}

void Explainer::resources() {
  fmt::format_to(out_, "\nWhat exists\n");
  for (auto one : scenario_.getPrincipals()) principal(one);
  for (auto one : scenario_.getKeys()) key(one);
  for (auto one : scenario_.getTables()) table(one);
}

std::string Explainer::arrivals(events::Workload::Reader workload) const {
  const double connections = workload.getConnections();
  const bool poisson = workload.getProcess() == events::Workload::Process::POISSON;
  const auto stages = workload.getStages();
  const auto first = stages[0];
  std::string out = poisson ? "Poisson requests" : "evenly spaced requests";
  const bool flat = stages.size() == 1 && first.getDuration() == 0;
  if (flat) {
    // Both ways to say it, since a cache sees the gap on its connection.
    if (connections > 1 || first.getRateBegin() >= 1) {
      out += fmt::format(", {} in all", rate(first.getRateBegin() * connections));
    }
    if (first.getRateBegin() > 0) {
      out += fmt::format(", {}one every {} on {}", poisson ? "on average " : "",
                         gap(first.getRateBegin()), connections > 1 ? "each connection" : "it");
    }
    return out;
  }
  double before = first.getRateBegin() * connections;
  out += fmt::format(", {} in all at first", rate(before));
  for (auto stage : stages) {
    const double after = stage.getRateEnd() * connections;
    out += after == before
               ? fmt::format(", then for {} {}", span(stage.getDuration()), rate(after))
               : fmt::format(", then over {} to {}", span(stage.getDuration()), rate(after));
    before = after;
  }
  return out;
}

std::string Explainer::limits(events::Workload::Reader workload) const {
  std::string out;
  if (workload.getStarts() != 0) out += fmt::format(", from {}", when(workload.getStarts()));
  if (workload.getStops() != 0) out += fmt::format(", until {}", when(workload.getStops()));
  if (workload.getRequests() != 0) {
    out +=
        fmt::format(", at most {} on each connection", plural(workload.getRequests(), "request"));
  }
  if (workload.getRequestsPerConnection() != 0) {
    out += fmt::format(", a new connection after {}",
                       plural(workload.getRequestsPerConnection(), "request"));
  }
  if (workload.getConnectionLifetime() != 0) {
    out += fmt::format(", a new connection after {}", span(workload.getConnectionLifetime()));
  }
  return out;
}

void Explainer::workload(events::Workload::Reader workload) {
  fmt::format_to(out_, "  {}: {} on {} over {}; {}; ", text(workload.getName()),
                 who(workload.getPrincipal()), table_name(workload.getTable()),
                 plural(workload.getConnections(), "connection"), arrivals(workload));
  std::string operations;
  for (auto share : workload.getOperations()) {
    operations += fmt::format("{}{} {}", operations.empty() ? "" : ", ",
                              name_of(share.getOperation()), print_share(share.getMillionths()));
  }
  const bool zipf = workload.getPopularity() == events::Workload::Popularity::ZIPF;
  fmt::format_to(out_, "{}; {}{}.\n", operations,
                 zipf ? fmt::format("items by Zipf's law with exponent {}", workload.getSkew())
                      : "all items alike",
                 limits(workload));
}

void Explainer::workloads() {
  if (scenario_.getWorkloads().size() == 0) return;
  fmt::format_to(out_, "\nWho uses it\n");
  for (auto one : scenario_.getWorkloads()) workload(one);
}

std::string Explainer::kms_action(events::Step::Kms::Reader kms) const {
  static constexpr std::string_view kNames[] = {
      "DisableKey",      "EnableKey",   "ScheduleKeyDeletion", "CancelKeyDeletion",
      "PutKeyPolicy",    "RevokeGrant", "RetireGrant",         "Decrypt",
      "GenerateDataKey", "DescribeKey", "CreateGrant",         "Encrypt"};
  std::string out = fmt::format(
      "kms:{} on {}", kNames[static_cast<std::size_t>(kms.getOperation())], key_name(kms.getKey()));
  using Kind = events::Step::KmsCallKind;
  const bool grant =
      kms.getOperation() == Kind::REVOKE_GRANT || kms.getOperation() == Kind::RETIRE_GRANT;
  if (grant) {
    static constexpr std::string_view kChoices[] = {"all grants", "the first grant",
                                                    "the second grant"};
    out += fmt::format(", {} for table {}", kChoices[static_cast<std::size_t>(kms.getGrants())],
                       table_name(kms.getTable()));
  } else if (kms.getTable() != kNone) {
    out += fmt::format(", with the encryption context of {}", table_name(kms.getTable()));
  }
  if (kms.getOperation() == Kind::SCHEDULE_KEY_DELETION) {
    out += fmt::format(", waiting {}", plural(kms.getPendingWindowInDays(), "day"));
  }
  return out;
}

std::string Explainer::data_action(events::Step::Data::Reader data) const {
  const std::string value = text(data.getValue());
  return fmt::format("dynamodb:{} on {}{}{}", name_of(data.getOperation()),
                     table_name(data.getTable()), value.empty() ? "" : ", ", value);
}

std::string Explainer::action(events::Step::Reader step) const {
  switch (step.which()) {
    case events::Step::ASSUME_ROLE: {
      const auto assume = step.getAssumeRole();
      return fmt::format("sts:AssumeRole {}, session {}", who(assume.getPrincipal()),
                         text(assume.getSessionName()));
    }
    case events::Step::KMS:
      return kms_action(step.getKms());
    case events::Step::CREATE_TABLE:
      return fmt::format("dynamodb:CreateTable {}", table_name(step.getCreateTable().getTable()));
    case events::Step::DELETE_TABLE:
      return fmt::format("dynamodb:DeleteTable {}", table_name(step.getDeleteTable().getTable()));
    case events::Step::UPDATE_TABLE:
      return fmt::format("dynamodb:UpdateTable {} to {}",
                         table_name(step.getUpdateTable().getTable()),
                         key_name(step.getUpdateTable().getToKey()));
    case events::Step::DATA:
      return data_action(step.getData());
    case events::Step::CLOSE_CONNECTIONS: {
      const auto close = step.getCloseConnections();
      return fmt::format("net:CloseConnections {} of {}", print_share(close.getShareMillionths()),
                         text(scenario_.getWorkloads()[close.getWorkload()].getName()));
    }
  }
  return "?";
}

std::string Explainer::caller(events::Step::Reader step) const {
  if (step.isAssumeRole() || step.isCloseConnections()) return "";
  std::string name = who(step.getCaller());
  if (step.getSession().size() != 0) name += "/" + text(step.getSession());
  return name + ": ";
}

void Explainer::timeline() {
  const auto steps = scenario_.getSteps();
  if (steps.size() == 0) return;
  fmt::format_to(out_, "\nWhat happens\n");
  for (std::uint32_t i = 0; i < steps.size();) {
    // Occurrences of one entry stand together and share its line.
    std::uint32_t last = i;
    while (last + 1 < steps.size() && steps[last + 1].getLine() == steps[i].getLine()) ++last;
    std::string moment = when(steps[i].getAt());
    if (last != i) {
      moment += fmt::format(" to {}, {} times", when(steps[last].getAt()), last - i + 1);
    }
    const std::string id = text(steps[i].getId());
    fmt::format_to(out_, "  {:<12} {}{}{}\n", moment, caller(steps[i]), action(steps[i]),
                   id.empty() ? "" : fmt::format("  ({})", id));
    i = last + 1;
  }
}

void Explainer::expectations() {
  if (scenario_.getExpectations().size() == 0) return;
  fmt::format_to(out_, "\nWhat must hold\n");
  for (auto expectation : scenario_.getExpectations()) {
    const std::string name = text(expectation.getName());
    const std::string check = text(expectation.getCheck());
    fmt::format_to(out_, "  {}{}{}\n", name == check ? "" : name + ": ", check,
                   expectation.getWarn() ? "  (a warning only)" : "");
  }
}

void Explainer::settings() {
  model::Settings values = model::Settings::defaults();
  std::vector<std::string> own;
  for (auto setting : scenario_.getSettings()) {
    own.push_back(text(setting.getPath()));
    // load() checked it; a trace of another version may differ, and explain then shows the default.
    (void)values.set(own.back(), text(setting.getValue()));
  }
  values.resolve();
  fmt::format_to(out_, "\nSettings (* set by this scenario)\n");
  const model::Settings defaults = model::Settings::defaults();
  for (const model::SettingRow& row : model::settings_table()) {
    const auto set = std::find(own.begin(), own.end(), row.path);
    const std::string standard = defaults.text(row.path);
    std::string value = values.text(row.path);
    std::string remark;
    if (set != own.end()) {
      // What has no effect is not kept in the settings, but the scenario said it.
      if (!row.has_effect) value = text(scenario_.getSettings()[index(own, set)].getValue());
      remark = value == standard ? "  (the default)" : fmt::format("  (default {})", standard);
    }
    fmt::format_to(out_, "{} {} = {}{}\n", set != own.end() ? '*' : ' ', row.path, value, remark);
    fmt::format_to(out_, "      {}. {}.{}\n", row.meaning, row.source,
                   row.has_effect ? "" : " No effect in this version.");
  }
}

std::string Explainer::explain() {
  head();
  resources();
  workloads();
  timeline();
  expectations();
  settings();
  return std::move(text_);
}

}  // namespace

std::string explain(events::Scenario::Reader scenario) { return Explainer(scenario).explain(); }

}  // namespace tablekey::scenarios
