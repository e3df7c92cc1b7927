// `explain`: a compiled scenario in sentences. It reads what a run would read, so it cannot tell
// another story than the run.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "model/settings.h"
#include "scenarios/draft.h"
#include "scenarios/expectation.h"
#include "scenarios/explain_steps.h"
#include "scenarios/explain_workload.h"
#include "scenarios/load.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Out = std::back_insert_iterator<std::string>;

std::uint32_t index(const std::vector<std::string>& list,
                    std::vector<std::string>::const_iterator at) {
  return static_cast<std::uint32_t>(at - list.begin());
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
  void eras();
  void faults();
  void expectations();
  void settings();

  void principal(events::Principal::Reader principal);
  void key(events::Key::Reader key);
  void table(events::Table::Reader table);
  void store(events::CustomKeyStore::Reader store);
  void organization_policy(events::OrganizationPolicy::Reader policy);
  [[nodiscard]] std::string who(std::uint32_t index) const {
    return principal_name(scenario_, index);
  }
  [[nodiscard]] std::string key(std::uint32_t index) const { return key_name(scenario_, index); }
  [[nodiscard]] std::string table(std::uint32_t index) const {
    return table_name(scenario_, index);
  }
  // Since the start.
  std::string when(std::int64_t time) const { return span(time - scenario_.getStart()); }

  events::Scenario::Reader scenario_;
  std::string text_;
  Out out_;
};

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
  switch (principal.getKind()) {
    case events::Principal::Kind::ROLE:
      fmt::format_to(out_, "  Role {}", text(principal.getName()));
      break;
    case events::Principal::Kind::USER:
      fmt::format_to(out_, "  User {}", text(principal.getName()));
      break;
    case events::Principal::Kind::ROOT:
      fmt::format_to(out_, "  The root user of account {}", text(principal.getAccount()));
      break;
  }
  if (principal.getAccount() != scenario_.getAccount() &&
      principal.getKind() != events::Principal::Kind::ROOT) {
    fmt::format_to(out_, " of account {}", text(principal.getAccount()));
  }
  if (principal.getPolicies().size() != 0) {
    std::string names;
    for (auto policy : principal.getPolicies()) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", text(policy.getName()));
    }
    fmt::format_to(out_, ", with the policies {}", names);
  }
  if (principal.getBoundary().size() != 0) fmt::format_to(out_, ", within a boundary");
  if (principal.getTags().size() != 0)
    fmt::format_to(out_, ", tagged {}", pairs(principal.getTags()));
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
    text_ += key_particulars(scenario_, key);
  }
  fmt::format_to(out_, ".\n");
}

void Explainer::store(events::CustomKeyStore::Reader store) {
  const bool hsm = store.getType() == events::CustomKeyStore::Type::AWS_CLOUD_HSM;
  fmt::format_to(out_, "  Custom key store {} ({}), {}, {}.\n", text(store.getLogicalId()),
                 text(store.getId()), hsm ? "AWS CloudHSM" : "external",
                 store.getByStep()      ? "made by a step"
                 : store.getConnected() ? "connected"
                                        : "disconnected");
}

void Explainer::organization_policy(events::OrganizationPolicy::Reader policy) {
  static constexpr std::string_view kKinds[] = {"Service control policy", "Resource control policy",
                                                "Endpoint policy"};
  const std::string account = text(policy.getAccount());
  fmt::format_to(out_, "  {} {}, on {}.\n", kKinds[static_cast<std::size_t>(policy.getKind())],
                 text(policy.getName()),
                 account.empty() ? std::string("every account") : "account " + account);
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
  if (table.getRegion().size() != 0) fmt::format_to(out_, ", in {}", text(table.getRegion()));
  if (table.getAccount().size() != 0) {
    fmt::format_to(out_, ", of account {}", text(table.getAccount()));
  }
  if (table.getTimeToLive().size() != 0) {
    fmt::format_to(out_, ", items expire by {}", text(table.getTimeToLive()));
  }
  if (table.getPointInTimeRecovery()) fmt::format_to(out_, ", with point-in-time recovery");
  if (table.getGlobalTable() != 0) {
    fmt::format_to(out_, ", a replica of a global table (version {})",
                   text(table.getGlobalTableVersion()));
  }
  fmt::format_to(out_, "; encrypted under {}; ", key(table.getKey()));
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
  for (auto one : scenario_.getOrganizationPolicies()) organization_policy(one);
  for (auto one : scenario_.getCustomKeyStores()) store(one);
  for (auto one : scenario_.getKeys()) key(one);
  for (auto one : scenario_.getTables()) table(one);
  for (auto one : scenario_.getEncryptors()) text_ += encryptor_sentence(scenario_, one);
}

void Explainer::workloads() {
  if (scenario_.getWorkloads().size() == 0) return;
  fmt::format_to(out_, "\nWho uses it\n");
  for (auto one : scenario_.getWorkloads()) text_ += workload_sentence(scenario_, one);
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
    fmt::format_to(out_, "  {:<12} {}{}\n", moment, step_line(scenario_, steps[i]),
                   id.empty() ? "" : fmt::format("  ({})", id));
    i = last + 1;
  }
}

// Each era's settings replace those before, so what differs from the former ones is said.
void Explainer::eras() {
  if (scenario_.getEras().size() == 0) return;
  fmt::format_to(out_, "\nWhen the rules change\n");
  const auto texts = [](auto settings) {
    std::map<std::string, std::string> all;
    for (auto setting : settings) all[text(setting.getPath())] = text(setting.getValue());
    return all;
  };
  const model::Settings defaults = model::Settings::defaults();
  auto before = texts(scenario_.getSettings());
  for (auto era : scenario_.getEras()) {
    fmt::format_to(out_, "  {:<12} profile {}\n", when(era.getAt()), text(era.getProfile()));
    const auto now = texts(era.getSettings());
    auto paths = before;
    paths.insert(now.begin(), now.end());
    for (const auto& [path, value] : paths) {
      const auto value_in = [&](const std::map<std::string, std::string>& all) {
        const auto found = all.find(path);
        return found == all.end() ? defaults.text(path) : found->second;
      };
      const std::string old = value_in(before), next = value_in(now);
      if (old == next) continue;
      fmt::format_to(out_, "    {} = {}  (before {})\n", path, next, old);
    }
    before = now;
  }
}

void Explainer::faults() {
  if (scenario_.getFaults().size() == 0) return;
  fmt::format_to(out_, "\nWhat goes wrong at random\n");
  for (auto source : scenario_.getFaults()) {
    const std::string lasts = text(source.getLasts());
    fmt::format_to(out_, "  {:<12} {}{}, {} after the last one{}\n", text(source.getName()),
                   fault_line(scenario_, source.getFault(), true),
                   lasts.empty() ? "" : ", for " + lasts, text(source.getEvery()),
                   source.getUntil() == 0 ? "" : ", until " + when(source.getUntil()));
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
  const std::string profile = text(scenario_.getProfile());
  fmt::format_to(out_, "\nSettings (* set by this scenario{})\n",
                 profile == "seed" ? "" : fmt::format(" or its profile {}", profile));
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
  eras();
  faults();
  expectations();
  settings();
  return std::move(text_);
}

}  // namespace

std::string explain(events::Scenario::Reader scenario) { return Explainer(scenario).explain(); }

}  // namespace tablekey::scenarios
