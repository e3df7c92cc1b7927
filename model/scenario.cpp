// Laying a compiled scenario out flat.
#include "model/scenario.h"

#include <capnp/message.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "crypto/sha256.h"
#include "events/text.h"
#include "model/clients/encryptors.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/item_groups.h"
#include "model/kms/grant_terms.h"
#include "model/scenario_references.h"

namespace tablekey::model {
namespace {

using events::string_of;

// A role session that the scenario names nowhere else.
constexpr std::string_view kDefaultSession = "tablekey";
constexpr std::uint32_t kNoPrincipal = events::K_NONE;

// AROA… and AIDA… are 21 characters of base 32 in AWS's samples.
std::string unique_id(std::uint64_t seed, std::string_view arn, events::Principal::Kind kind) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id = kind == events::Principal::Kind::USER ? "AIDA" : "AROA";
  const std::string material = fmt::format("tablekey/uniqueid/{}/{}", seed, arn);
  const crypto::Digest digest = crypto::sha256(crypto::bytes_of(material));
  for (std::size_t i = 0; i < 17; ++i) id += kAlphabet[digest[i] % kAlphabet.size()];
  return id;
}

std::string principal_arn(events::Principal::Reader principal) {
  const std::string account = string_of(principal.getAccount());
  switch (principal.getKind()) {
    case events::Principal::Kind::ROLE:
      return fmt::format("arn:aws:iam::{}:role{}{}", account, string_of(principal.getPath()),
                         string_of(principal.getName()));
    case events::Principal::Kind::USER:
      return fmt::format("arn:aws:iam::{}:user{}{}", account, string_of(principal.getPath()),
                         string_of(principal.getName()));
    default:
      return fmt::format("arn:aws:iam::{}:root", account);
  }
}

FamilyView family_view(events::Table::Reader table) {
  FamilyView view;
  view.name = string_of(table.getName());
  view.copies = table.getCopies();
  view.key = table.getKey();
  view.structures.emplace_back("partition");
  for (auto index : table.getLocalIndexes())
    view.structures.push_back("lsi/" + string_of(index.getName()));
  for (auto index : table.getGlobalIndexes()) {
    if (!index.getByStep()) view.structures.push_back("gsi/" + string_of(index.getName()));
  }
  if (table.getStream()) view.structures.emplace_back("stream");
  view.items = table.getItems();
  view.item_size = table.getItemSize();
  view.collection = std::max(1U, table.getCollection());
  view.hash_name = string_of(table.getHashKey().getName());
  view.hash_type = string_of(table.getHashKey().getType());
  view.range_name = string_of(table.getRangeKey().getName());
  view.range_type = string_of(table.getRangeKey().getType());
  view.entity = crypto::name_hash("table/" + string_of(table.getLogicalId()));
  view.local_indexes = table.getLocalIndexes().size();
  view.global_indexes = table.getGlobalIndexes().size();
  return view;
}

// The part of an item that is its primary key, in canonical form.
std::string key_of(const FamilyView& family, const std::string& value) {
  const auto item = nlohmann::ordered_json::parse(value, nullptr, false);
  nlohmann::ordered_json key = nlohmann::ordered_json::object();
  for (const std::string* name : {&family.hash_name, &family.range_name}) {
    if (!name->empty() && item.is_object() && item.contains(*name)) key[*name] = item[*name];
  }
  return key.dump();
}

std::string generated_attribute(const std::string& name, const std::string& type,
                                std::string_view prefix, std::uint32_t number) {
  if (type == "N") return fmt::format(R"("{}":{{"N":"{}"}})", name, number);
  return fmt::format(R"("{}":{{"{}":"{}{:08}"}})", name, type, prefix, number);
}

// Adds what is not there yet at the end, so that what a scenario says later renumbers nothing.
template <class Value>
void add_once(std::vector<Value>& all, std::map<Value, std::uint32_t>& index, const Value& value) {
  const auto [entry, fresh] = index.try_emplace(value, static_cast<std::uint32_t>(all.size()));
  if (fresh) all.push_back(value);
}

// Where it stands; behind all that there are, if it is none of them.
template <class Value>
std::uint32_t place_of(const std::map<Value, std::uint32_t>& index, const Value& value) {
  const auto found = index.find(value);
  return found == index.end() ? static_cast<std::uint32_t>(index.size()) : found->second;
}

// Everyone the scenario lets act, by principal and role session name.
class IdentityCollector {
 public:
  explicit IdentityCollector(events::Scenario::Reader scenario) : scenario_(scenario) {}

  void add(std::uint32_t principal, std::string session) {
    if (principal == kNoPrincipal) return;
    identities_.push_back(normal(principal, std::move(session)));
  }
  const std::vector<Identity>& all() const { return identities_; }
  Identity normal(std::uint32_t principal, std::string session) const {
    const bool role =
        scenario_.getPrincipals()[principal].getKind() == events::Principal::Kind::ROLE;
    if (!role) session.clear();
    if (role && session.empty()) session = kDefaultSession;
    return {principal, std::move(session)};
  }

 private:
  events::Scenario::Reader scenario_;
  std::vector<Identity> identities_;
};

std::expected<void, std::string> good_policy(const std::string& document, const std::string& what) {
  auto compiled = iam::Policy::compile(document, iam::PolicyKind::identity);
  if (compiled) return {};
  return std::unexpected(fmt::format("{}: {}", what, compiled.error().print()));
}

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

std::uint32_t index_in(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::lower_bound(names.begin(), names.end(), name);
  if (found == names.end() || *found != name) return events::K_NONE;
  return static_cast<std::uint32_t>(found - names.begin());
}

}  // namespace

std::string workload_session(events::Workload::Reader workload) {
  return workload.getSession().size() != 0 ? string_of(workload.getSession())
                                           : string_of(workload.getName());
}

std::string FamilyView::item_key(std::uint32_t item) const {
  if (item >= items) {
    const std::uint32_t given = item - items;
    return given < given_keys.size() ? given_keys[given] : std::string("{}");
  }
  std::string text = "{" + generated_attribute(hash_name, hash_type, "item-", item / collection);
  if (!range_name.empty()) {
    text += "," + generated_attribute(range_name, range_type, "", item % collection);
  }
  return text + "}";
}

ScenarioView::ScenarioView() = default;
ScenarioView::~ScenarioView() = default;

std::expected<std::unique_ptr<ScenarioView>, std::string> ScenarioView::make(
    events::Scenario::Reader scenario, const std::vector<DefaultOverride>& defaults,
    Quirks quirks) {
  if (auto checked = check_references(scenario); !checked) {
    return std::unexpected(checked.error());
  }
  std::unique_ptr<ScenarioView> view(new ScenarioView);
  view->quirks_ = quirks;
  view->message_ = std::make_unique<capnp::MallocMessageBuilder>();
  view->message_->setRoot(scenario);
  view->reader_ = view->message_->getRoot<events::Scenario>().asReader();
  view->settings_ = Settings::defaults();
  for (const DefaultOverride& changed : defaults) {
    if (auto set = view->settings_.set(changed.path, changed.value); !set) {
      return std::unexpected(fmt::format("{}: {}", changed.path, set.error()));
    }
  }
  for (auto setting : scenario.getSettings()) {
    auto set = view->settings_.set(string_of(setting.getPath()), string_of(setting.getValue()));
    if (!set)
      return std::unexpected(fmt::format("{}: {}", string_of(setting.getPath()), set.error()));
  }
  view->settings_.resolve();
  if (auto laid = view->lay_out_eras(defaults); !laid) return std::unexpected(laid.error());
  if (auto laid = view->lay_out(); !laid) return std::unexpected(laid.error());
  return view;
}

// An era's settings replace all of the former ones.
std::expected<void, std::string> ScenarioView::lay_out_eras(
    const std::vector<DefaultOverride>& defaults) {
  for (auto era : reader_.getEras()) {
    Settings& settings = era_settings_.emplace_back(Settings::defaults());
    for (const DefaultOverride& changed : defaults) {
      if (auto set = settings.set(changed.path, changed.value); !set) return set;
    }
    for (auto setting : era.getSettings()) {
      auto set = settings.set(string_of(setting.getPath()), string_of(setting.getValue()));
      if (!set)
        return std::unexpected(fmt::format("{}: {}", string_of(setting.getPath()), set.error()));
    }
    settings.resolve();
  }
  return {};
}

std::expected<void, std::string> ScenarioView::lay_out() {
  seed = reader_.getSeed();
  start = sim::Time::from_nanoseconds(reader_.getStart());
  until = sim::Time::from_nanoseconds(reader_.getUntil());
  account = string_of(reader_.getAccount());
  region = string_of(reader_.getRegion());
  for (auto key : reader_.getKeys()) {
    key_ids.push_back(string_of(key.getKeyId()));
    key_entities.push_back(crypto::name_hash("key/" + string_of(key.getLogicalId())));
  }
  if (auto done = lay_out_principals(); !done) return done;
  lay_out_realms();
  if (auto done = lay_out_policies(); !done) return done;
  if (auto done = lay_out_steps(); !done) return done;
  lay_out_identities();
  lay_out_providers();
  lay_out_tables();
  lay_out_workloads();
  lay_out_step_connections();
  lay_out_kms_steps();
  for (std::uint32_t family = 0; family < families.size(); ++family) {
    item_spaces_.push_back(std::make_unique<const ItemSpace>(*this, family));
  }
  return check_groups();
}

// Each group of items has a data key on record, so that their number has a bound.
std::expected<void, std::string> ScenarioView::check_groups() const {
  for (std::uint32_t era = 0; era <= era_settings_.size(); ++era) {
    const std::uint32_t size = settings(era).dynamodb.item_group;
    if (size == 0) continue;
    for (std::uint32_t family = 0; family < families.size(); ++family) {
      const std::uint32_t items = item_spaces_[family]->count();
      const std::uint32_t groups = items / size + (items % size != 0 ? 1 : 0);
      if (groups <= kItemGroupsMax) continue;
      return std::unexpected(
          fmt::format("model.dynamodb.structure_granularity: item_group({}) gives table {} {} data "
                      "keys, and at "
                      "most {} are simulated; write item_group({}) or more",
                      size, families[family].name, groups, kItemGroupsMax,
                      items / kItemGroupsMax + (items % kItemGroupsMax != 0 ? 1 : 0)));
    }
  }
  return {};
}

std::expected<void, std::string> ScenarioView::lay_out_principals() {
  for (auto principal : reader_.getPrincipals()) {
    const std::string arn = principal_arn(principal);
    principal_arns.push_back(arn);
    principal_ids.push_back(principal.getUniqueId().size() != 0
                                ? string_of(principal.getUniqueId())
                                : unique_id(seed, arn, principal.getKind()));
    for (auto policy : principal.getPolicies()) {
      if (auto good = good_policy(string_of(policy.getDocument()),
                                  fmt::format("policy {} of {}", string_of(policy.getName()), arn));
          !good) {
        return good;
      }
    }
    if (principal.getBoundary().size() == 0) continue;
    if (auto good =
            good_policy(string_of(principal.getBoundary()), "permissions boundary of " + arn);
        !good) {
      return good;
    }
  }
  return {};
}

void ScenarioView::lay_out_identities() {
  IdentityCollector collector(reader_);
  for (auto table : reader_.getTables()) collector.add(table.getCreator(), "");
  for (auto workload : reader_.getWorkloads()) {
    collector.add(workload.getPrincipal(), workload_session(workload));
  }
  for (auto step : reader_.getSteps()) {
    collector.add(step.getCaller(), string_of(step.getSession()));
    if (step.isAssumeRole()) {
      collector.add(step.getAssumeRole().getPrincipal(),
                    string_of(step.getAssumeRole().getSessionName()));
    }
  }
  for (const Identity& one : collector.all()) add_once(identities, identity_index_, one);
}

std::string ScenarioView::table_name(std::uint32_t family, std::uint32_t table) const {
  const FamilyView& view = families[family];
  return view.copies == 1 ? view.name : fmt::format("{}-{}", view.name, table - view.first_table);
}

std::uint32_t ScenarioView::identity(std::uint32_t principal, std::string_view session) const {
  const Identity wanted = IdentityCollector(reader_).normal(principal, std::string(session));
  return place_of(identity_index_, wanted);
}

std::uint32_t ScenarioView::caller(std::uint32_t principal, std::string_view session) const {
  return principal == kNoPrincipal ? 0 : 1 + identity(principal, session);
}

void ScenarioView::lay_out_tables() {
  for (auto table : reader_.getTables()) {
    FamilyView& family = families.emplace_back(family_view(table));
    family.first_table = tables;
    tables += family.copies;
    family.creator = caller(table.getCreator(), "");
    const auto index = static_cast<std::uint32_t>(families.size() - 1);
    family.space = table.getSpace() == events::K_NONE ? index : table.getSpace();
    family.realm = realm(
        account_index(table.getAccount().size() == 0 ? account : string_of(table.getAccount())),
        region_index(table.getRegion().size() == 0 ? region : string_of(table.getRegion())));
  }
  for (auto step : reader_.getSteps()) {
    if (step.isData()) {
      const auto data = step.getData();
      add_given_key(data.getTable(), data.getItem(), string_of(data.getValue()));
    }
    if (!step.isRequest()) continue;
    for (auto call : step.getRequest().getItems()) {
      const auto key = call.getKey().size() == 0 ? call.getValue() : call.getKey();
      add_given_key(call.getTable(), call.getItem(), string_of(key));
    }
  }
  lay_out_materials();
  for (FamilyView& family : families) {
    const FamilyView& root = families[family.space];
    if (&root == &family) continue;
    family.items = root.items;
    family.item_size = root.item_size;
    family.collection = root.collection;
    family.given_keys = root.given_keys;
  }
}

// Keys that steps name get ordinals after the generated ones, in the table whose numbering it is.
void ScenarioView::add_given_key(std::uint32_t table, std::uint32_t item,
                                 const std::string& value) {
  FamilyView& family = families[families[table].space];
  if (item < family.items || item == events::K_NONE) return;
  if (family.given_keys.size() <= item - family.items) {
    family.given_keys.resize(item - family.items + 1);
  }
  family.given_keys[item - family.items] = key_of(family, value);
}

void ScenarioView::lay_out_workloads() {
  for (auto workload : reader_.getWorkloads()) {
    WorkloadView& view =
        workloads.emplace_back(workload_view(workload, families[workload.getTable()].copies));
    view.identity = identity(workload.getPrincipal(), workload_session(workload));
    view.first_connection = connections;
    connections += view.connections;
    FamilyView& family = families[view.family];
    family.workloads.push_back(static_cast<std::uint32_t>(workloads.size() - 1));
    if (workload.getPopularity() == events::Workload::Popularity::ZIPF) {
      view.popularity.emplace(std::max(1U, family.items), workload.getSkew());
    }
  }
}

// The tables that a data request is about: those of its items, or the one it reads through.
std::vector<std::uint32_t> ScenarioView::tables_of(events::Step::Reader step) {
  if (step.isData()) return {step.getData().getTable()};
  std::vector<std::uint32_t> tables;
  for (auto item : step.getRequest().getItems()) tables.push_back(item.getTable());
  if (tables.empty()) tables.push_back(step.getRequest().getTable());
  std::sort(tables.begin(), tables.end());
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  return tables;
}

void ScenarioView::lay_out_step_connections() {
  // Clients of workloads go to their key stores on connections of their own. They come first, so
  // that a step more renumbers none of them.
  for (auto workload : reader_.getWorkloads()) {
    if (workload.getEncryptor() == events::K_NONE) continue;
    const auto encryptor = reader_.getEncryptors()[workload.getEncryptor()];
    if (encryptor.getKeyStore() == events::K_NONE) continue;
    add_once(step_connections, step_connection_index_,
             {caller(workload.getPrincipal(), workload_session(workload)),
              families[encryptor.getKeyStore()].first_table});
  }
  for (auto step : reader_.getSteps()) {
    if (!step.isData() && !step.isRequest()) continue;
    const std::uint32_t who = caller(step.getCaller(), string_of(step.getSession()));
    for (const std::uint32_t table : tables_of(step)) {
      add_once(step_connections, step_connection_index_, {who, families[table].first_table});
    }
    if (!caches_keys(reader_, step)) continue;
    const auto encryptor = reader_.getEncryptors()[step.getRequest().getEncryptor()];
    add_once(step_connections, step_connection_index_,
             {who, families[encryptor.getKeyStore()].first_table});
  }
  first_step_connection = connections;
  connections += static_cast<std::uint32_t>(step_connections.size());
  for (const StepConnection& connection : step_connections) {
    step_entities.push_back(step_entity(connection));
  }
}

// Named after who uses which table, so that another step of the timeline moves nobody's draws.
// A step's draws go by what it does and when, not by its place in the file: another step, or a
// comment above it, moves none of them. Equal steps are told apart by their order.
void ScenarioView::lay_out_kms_steps() {
  std::map<std::string, std::uint32_t> seen;
  for (auto step : reader_.getSteps()) {
    if (step.isRequest() && step.getRequest().getEncryptor() != events::K_NONE) {
      const std::string name = client_step_name(step);
      kms_step_entities.push_back(crypto::name_hash(fmt::format("{}/{}", name, seen[name]++)));
      continue;
    }
    if (!step.isKms()) {
      kms_step_entities.push_back(0);
      continue;
    }
    const auto kms = step.getKms();
    const std::uint64_t table =
        kms.getTable() == events::K_NONE ? 0 : families[kms.getTable()].entity;
    const std::string name =
        fmt::format("kms-step/{}/{}/{:016x}/{:016x}", step.getAt(),
                    static_cast<int>(kms.getOperation()), subject_entity(kms), table);
    kms_step_entities.push_back(crypto::name_hash(fmt::format("{}/{}", name, seen[name]++)));
  }
}

// A request whose client encrypts has draws of its own: its KMS calls, keys and nonces.
std::string ScenarioView::client_step_name(events::Step::Reader step) const {
  const auto call = step.getRequest();
  const auto items = call.getItems();
  const std::uint32_t table = items.size() == 0 ? call.getTable() : items[0].getTable();
  return fmt::format("client-step/{}/{}/{:016x}/{}", step.getAt(),
                     static_cast<int>(call.getOperation()),
                     table == events::K_NONE ? 0 : families[table].entity,
                     items.size() == 0 ? events::K_NONE : items[0].getItem());
}

// The key that a call is about, as its draws know it.
std::uint64_t ScenarioView::subject_entity(events::KmsCall::Reader call) const {
  if (call.getNewKey() != events::K_NONE) return key_entities[call.getNewKey()];
  const auto key = call.getKeyId();
  if (key.isArn()) return key_entities[key.getArn()];
  if (key.isId()) return key_entities[key.getId()];
  return key.isText() ? crypto::name_hash("key-text/" + string_of(key.getText())) : 0;
}

// Every account and every Region that a request may come from or go to.
void ScenarioView::lay_out_realms() {
  accounts = {account};
  regions = {region};
  for (auto key : reader_.getKeys()) {
    accounts.push_back(string_of(key.getAccount()));
    regions.push_back(string_of(key.getRegion()));
  }
  for (auto principal : reader_.getPrincipals())
    accounts.push_back(string_of(principal.getAccount()));
  for (auto store : reader_.getCustomKeyStores()) {
    accounts.push_back(string_of(store.getAccount()));
    regions.push_back(string_of(store.getRegion()));
  }
  for (auto table : reader_.getTables()) {
    if (table.getAccount().size() != 0) accounts.push_back(string_of(table.getAccount()));
    if (table.getRegion().size() != 0) regions.push_back(string_of(table.getRegion()));
  }
  for (auto step : reader_.getSteps()) {
    if (step.isKms() && step.getKms().getRegion().size() != 0) {
      regions.push_back(string_of(step.getKms().getRegion()));
    }
    if (step.isFault()) {
      if (step.getFault().getRegion().size() != 0)
        regions.push_back(string_of(step.getFault().getRegion()));
      if (step.getFault().getAccount().size() != 0)
        accounts.push_back(string_of(step.getFault().getAccount()));
    }
  }
  for (auto source : reader_.getFaults()) {
    const auto fault = source.getFault();
    if (fault.getRegion().size() != 0) regions.push_back(string_of(fault.getRegion()));
    if (fault.getAccount().size() != 0) accounts.push_back(string_of(fault.getAccount()));
  }
  sort_unique(accounts);
  sort_unique(regions);
  for (auto principal : reader_.getPrincipals()) {
    principal_accounts.push_back(account_index(string_of(principal.getAccount())));
  }
  for (std::uint32_t key = 0; key < key_ids.size(); ++key) {
    const auto described = reader_.getKeys()[key];
    key_realms.push_back(realm(account_index(string_of(described.getAccount())),
                               region_index(string_of(described.getRegion()))));
    // A replica is made from a key that stands before it.
    key_roots.push_back(described.getPrimary() < key ? key_roots[described.getPrimary()] : key);
  }
}

std::uint32_t ScenarioView::account_index(std::string_view name) const {
  return index_in(accounts, name);
}
std::uint32_t ScenarioView::region_index(std::string_view name) const {
  return index_in(regions, name);
}

std::expected<void, std::string> ScenarioView::lay_out_policies() {
  using Kind = events::OrganizationPolicy::Kind;
  const auto policies = reader_.getOrganizationPolicies();
  for (auto policy : policies) {
    const bool of_caller = policy.getKind() == Kind::SERVICE_CONTROL;
    auto compiled =
        iam::Policy::compile(string_of(policy.getDocument()),
                             of_caller ? iam::PolicyKind::identity : iam::PolicyKind::key);
    if (!compiled) {
      return std::unexpected(
          fmt::format("policy {}: {}", string_of(policy.getName()), compiled.error().print()));
    }
    organization_policies_.push_back(std::move(*compiled));
  }
  account_policies.resize(accounts.size());
  for (std::uint32_t i = 0; i < policies.size(); ++i) {
    const std::string target = string_of(policies[i].getAccount());
    for (std::uint32_t a = 0; a < accounts.size(); ++a) {
      if (!target.empty() && accounts[a] != target) continue;
      const iam::Policy* policy = &organization_policies_[i];
      if (policies[i].getKind() == Kind::SERVICE_CONTROL)
        account_policies[a].scps.push_back(policy);
      if (policies[i].getKind() == Kind::RESOURCE_CONTROL)
        account_policies[a].rcps.push_back(policy);
      if (policies[i].getKind() == Kind::ENDPOINT) account_policies[a].endpoint = policy;
    }
  }
  return {};
}

std::expected<void, std::string> ScenarioView::lay_out_steps() {
  for (auto step : reader_.getSteps()) {
    auto& terms = grant_terms.emplace_back();
    auto& policy = session_policies.emplace_back();
    if (step.isKms() && step.getKms().getOperation() == events::KmsOperation::CREATE_GRANT) {
      terms = kms::terms_of(step.getKms());
    }
    if (!step.isAssumeRole() || step.getAssumeRole().getPolicy().size() == 0) continue;
    auto compiled = iam::Policy::compile(string_of(step.getAssumeRole().getPolicy()),
                                         iam::PolicyKind::identity);
    if (!compiled) {
      return std::unexpected(fmt::format("session policy of step {}: {}", string_of(step.getId()),
                                         compiled.error().print()));
    }
    policy = std::move(*compiled);
  }
  return {};
}

std::uint64_t ScenarioView::step_entity(const StepConnection& connection) const {
  std::string name = "step-connection";
  if (connection.identity != 0) {
    const Identity& who = identities[connection.identity - 1];
    name += fmt::format("/{}/{}", principal_arns[who.principal], who.session);
  }
  const auto family = std::find_if(families.begin(), families.end(), [&](const FamilyView& view) {
    return view.first_table == connection.table;
  });
  return crypto::name_hash(fmt::format("{}/{:016x}", name, family->entity));
}

std::uint32_t ScenarioView::step_connection(std::uint32_t who, std::uint32_t table) const {
  return first_step_connection + place_of(step_connection_index_, {who, table});
}

}  // namespace tablekey::model
