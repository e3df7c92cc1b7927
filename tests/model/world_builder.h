// Small worlds for the tests of model/: a scenario described in C++, run event by event, with every
// event kept. What a description leaves out has a value that makes times easy to foresee: a KMS
// call takes 10 ms (5 ms each way), a request 4 ms, CreateTable 3 s, and changes show at once.
#pragma once

#include <capnp/message.h>

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "events/digest_sink.h"
#include "events/recorder.h"
#include "model/law.h"
#include "model/scenario.h"
#include "model/world.h"
#include "tests/model/iam/seed_policies.h"

namespace tablekey::model::tests {

using Event = events::Event;
using Manager = events::Key::Manager;
using PrincipalKind = events::Principal::Kind;
using KmsKind = events::KmsOperation;
using Operation = events::DataOperation;
using KmsOperation = events::KmsOperation;
using KmsError = events::KmsError;

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kStart = 1'518'566'400 * kSecond;  // 2018-02-14T00:00:00Z
inline constexpr std::string_view kAccount = "111122223333";

/// Seconds after the start, as the absolute nanoseconds that scenarios and events hold.
constexpr std::int64_t at_seconds(double seconds) {
  return kStart + static_cast<std::int64_t>(seconds * 1e9 + 0.5);
}

/// The customer key policy of the seed's second kind for any number of users.
inline std::string policy_for(const std::vector<std::string>& arns) {
  std::string list;
  for (const std::string& arn : arns) list += (list.empty() ? "\"" : ",\"") + arn + "\"";
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":[)" + list +
         R"(]},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*",)"
         R"("kms:DescribeKey","kms:CreateGrant"],"Resource":"*",)"
         R"("Condition":{"StringLike":{"kms:ViaService":"dynamodb.*.amazonaws.com"}}}]})";
}
inline std::string user_arn(const std::string& name) {
  return "arn:aws:iam::" + std::string(kAccount) + ":user/" + name;
}

struct KeySpec {
  std::string name = {};
  Manager manager = Manager::CUSTOMER;
  std::string policy = std::string(iam::kCustomerKeyPolicy);
  bool enabled = true;
  std::string account = std::string(kAccount);
  std::string region = "us-west-2";
  /// Further fields: spec, origin, multiRegion, primary, store, tags, rotation, material, byStep, …
  std::function<void(events::Key::Builder)> more = {};
};

struct PrincipalSpec {
  std::string name = {};
  PrincipalKind kind = PrincipalKind::USER;
  std::string policy = {};  // an identity policy, if any
  std::string account = std::string(kAccount);
  std::function<void(events::Principal::Builder)> more = {};
};

struct TableSpec {
  std::string name = {};
  std::uint32_t key = 0;
  std::uint32_t creator = 0;  // principal; kNone: the operator
  double created = 1;         // seconds after the start; 0: only by a step
  std::uint32_t items = 10;
  std::uint32_t item_size = 100;
  std::uint32_t copies = 1;
  std::uint32_t collection = 1;
  bool range_key = false;
  std::vector<std::string> local_indexes = {}, global_indexes = {};
  bool stream = false;
};

struct StageSpec {
  double seconds = 1;
  double begin = 1, end = 1;
};

struct WorkloadSpec {
  std::string name = {};
  std::uint32_t table = 0;
  std::uint32_t principal = 0;
  std::uint32_t connections = 1;
  bool poisson = false;
  std::vector<StageSpec> stages = {{3600, 1, 1}};
  std::vector<std::pair<Operation, std::uint32_t>> operations = {{Operation::GET_ITEM, 1'000'000}};
  double skew = 0;  // above 0: Zipf
  double starts = 0, stops = 0;
  std::uint64_t requests_per_connection = 0;
  double lifetime = 0;
  std::uint32_t query_items = 10;
  std::uint64_t requests = 0;
  /// Further fields: process, pool, retries, trace, …
  std::function<void(events::Workload::Builder)> more = {};
};

struct StepSpec {
  double at = 0;
  std::uint32_t caller = kNone;
  std::function<void(events::Step::Builder)> fill;
};

// ---- steps ----
using Fill = std::function<void(events::Step::Builder)>;

/// A KMS call of any kind: operation, key (kNone: none is named), and the other parameters.
inline Fill call(KmsOperation operation, std::uint32_t key = kNone,
                 std::function<void(events::KmsCall::Builder)> more = {}) {
  return [=](events::Step::Builder step) {
    auto kms = step.initKms();
    kms.setOperation(operation);
    if (key != kNone) kms.initKeyId().setArn(key);
    if (more) more(kms);
  };
}
/// The short forms: a key or a table's grants, policy or days.
inline Fill kms(KmsKind kind, std::uint32_t key, std::uint32_t table = kNone,
                const std::string& policy = "", std::uint32_t days = 0,
                events::GrantReference::Choice grants = events::GrantReference::Choice::ALL) {
  return call(kind, kind == KmsKind::DECRYPT && table != kNone ? kNone : key,
              [=](events::KmsCall::Builder kms) {
                kms.setTable(table);
                kms.setPolicy(policy);
                if (kind == KmsKind::GENERATE_DATA_KEY) kms.setKeySpec("AES_256");
                if (days != 0) {
                  kms.setHasPendingWindow(true);
                  kms.setPendingWindowInDays(static_cast<std::int32_t>(days));
                }
                if (table == kNone) return;
                if (kind == KmsKind::DECRYPT) kms.initBlob().setTable(table);
                if (kind != KmsKind::REVOKE_GRANT && kind != KmsKind::RETIRE_GRANT) return;
                auto of_table = kms.initGrant().initOfTable();
                of_table.setTable(table);
                of_table.setKey(key);
                of_table.setChoice(grants);
              });
}
inline Fill create_table(std::uint32_t table) {
  return [=](events::Step::Builder step) { step.initCreateTable().setTable(table); };
}
inline Fill delete_table(std::uint32_t table) {
  return [=](events::Step::Builder step) { step.initDeleteTable().setTable(table); };
}
inline Fill update_table(std::uint32_t table, std::uint32_t key) {
  return [=](events::Step::Builder step) {
    auto update = step.initUpdateTable();
    update.setTable(table);
    update.setToKey(key);
  };
}
inline Fill data(Operation operation, std::uint32_t table, std::uint32_t item,
                 const std::string& value = "") {
  return [=](events::Step::Builder step) {
    auto request = step.initData();
    request.setTable(table);
    request.setOperation(operation);
    request.setItem(item);
    request.setValue(value);
  };
}
inline Fill close_connections(std::uint32_t workload, std::uint32_t millionths = 1'000'000) {
  return [=](events::Step::Builder step) {
    auto close = step.initCloseConnections();
    close.setWorkload(workload);
    close.setShareMillionths(millionths);
  };
}
inline Fill assume_role(std::uint32_t principal, const std::string& session) {
  return [=](events::Step::Builder step) {
    auto assume = step.initAssumeRole();
    assume.setPrincipal(principal);
    assume.setSessionName(session);
    assume.setAccessKeyId("AKIAIOSFODNN7EXAMPLE");
  };
}

/// The id of key number `index`, unless its `more` gives another.
inline std::string key_id(std::size_t index) {
  return index < 90 ? fmt::format("1234abcd-12ab-34cd-56ef-1234567890{}", 10 + index)
                    : fmt::format("1234abcd-12ab-34cd-56ef-{:012x}", index);
}

/// A scenario in the making. Indices are positions in the vectors.
struct Story {
  std::uint64_t seed = 1;
  double until = 60;  // seconds after the start
  std::map<std::string, std::string> settings = {
      {"model.kms.latency", "constant(10ms)"},
      {"model.kms.propagation", "constant(0s)"},
      {"model.kms.alias_propagation", "constant(0s)"},
      {"model.iam.propagation", "constant(0s)"},
      {"model.kms.key_state_propagation", "constant(0s)"},
      {"model.dynamodb.create_table", "constant(3s)"},
      {"model.dynamodb.delete_table", "constant(5s)"},
      {"model.dynamodb.sse_switch", "constant(22s)"},
      {"model.dynamodb.sse_switch_old_key_shown", "constant(8s)"}};
  std::vector<PrincipalSpec> principals = {{"db-lead", PrincipalKind::USER, ""}};
  std::vector<KeySpec> keys = {{}};
  std::vector<TableSpec> tables;
  std::vector<WorkloadSpec> workloads;
  std::vector<StepSpec> steps;
  std::vector<std::string> materials;
  /// Further parts: custom key stores, organisation policies, …
  std::function<void(events::Scenario::Builder)> more = {};
  Quirks quirks = Quirks::all();

  Story& set(const std::string& path, const std::string& value) {
    settings["model." + path] = value;
    return *this;
  }
  Story& step(double at, Fill fill, std::uint32_t caller = kNone) {
    steps.push_back({at, caller, std::move(fill)});
    return *this;
  }

  std::unique_ptr<ScenarioView> make() const;

 private:
  void fill_keys(events::Scenario::Builder scenario) const;
  void fill_tables(events::Scenario::Builder scenario) const;
  void fill_workloads(events::Scenario::Builder scenario) const;
  void fill_steps(events::Scenario::Builder scenario) const;
};

inline void Story::fill_keys(events::Scenario::Builder scenario) const {
  auto people = scenario.initPrincipals(static_cast<unsigned>(principals.size()));
  for (unsigned i = 0; i < principals.size(); ++i) {
    people[i].setLogicalId(principals[i].name);
    people[i].setKind(principals[i].kind);
    people[i].setName(principals[i].name);
    people[i].setAccount(principals[i].account);
    people[i].setPath("/");
    if (principals[i].more) principals[i].more(people[i]);
    if (principals[i].policy.empty()) continue;
    auto policies = people[i].initPolicies(1);
    policies[0].setName("own");
    policies[0].setDocument(principals[i].policy);
  }
  auto list = scenario.initKeys(static_cast<unsigned>(keys.size()));
  for (unsigned i = 0; i < keys.size(); ++i) {
    list[i].setLogicalId(keys[i].name.empty() ? "Key" + std::to_string(i) : keys[i].name);
    list[i].setManager(keys[i].manager);
    list[i].setKeyId(key_id(i));
    list[i].setAccount(keys[i].account);
    list[i].setRegion(keys[i].region);
    if (keys[i].manager != Manager::OWNED) list[i].setPolicy(keys[i].policy);
    list[i].setEnabled(keys[i].enabled);
    if (keys[i].more) keys[i].more(list[i]);
  }
}

inline void Story::fill_tables(events::Scenario::Builder scenario) const {
  auto list = scenario.initTables(static_cast<unsigned>(tables.size()));
  for (unsigned i = 0; i < tables.size(); ++i) {
    const TableSpec& from = tables[i];
    auto to = list[i];
    to.setLogicalId(from.name);
    to.setName(from.name);
    to.setCopies(from.copies);
    to.setKey(from.key);
    to.initHashKey().setName("id");
    to.getHashKey().setType("S");
    if (from.range_key) {
      to.initRangeKey().setName("at");
      to.getRangeKey().setType("N");
    }
    auto local = to.initLocalIndexes(static_cast<unsigned>(from.local_indexes.size()));
    for (unsigned j = 0; j < local.size(); ++j) local[j].setName(from.local_indexes[j]);
    auto global = to.initGlobalIndexes(static_cast<unsigned>(from.global_indexes.size()));
    for (unsigned j = 0; j < global.size(); ++j) global[j].setName(from.global_indexes[j]);
    to.setStream(from.stream);
    to.setCreated(from.created == 0 ? 0 : at_seconds(from.created));
    to.setCreator(from.creator);
    to.setItems(from.items);
    to.setItemSize(from.item_size);
    to.setCollection(from.collection);
  }
}

inline void Story::fill_workloads(events::Scenario::Builder scenario) const {
  auto list = scenario.initWorkloads(static_cast<unsigned>(workloads.size()));
  for (unsigned i = 0; i < workloads.size(); ++i) {
    const WorkloadSpec& from = workloads[i];
    auto to = list[i];
    to.setName(from.name);
    to.setPrincipal(from.principal);
    to.setTable(from.table);
    to.setConnections(from.connections);
    to.setProcess(from.poisson ? events::Workload::Process::POISSON
                               : events::Workload::Process::CONSTANT);
    auto stages = to.initStages(static_cast<unsigned>(from.stages.size()));
    for (unsigned j = 0; j < stages.size(); ++j) {
      stages[j].setDuration(static_cast<std::int64_t>(from.stages[j].seconds * 1e9));
      stages[j].setRateBegin(from.stages[j].begin);
      stages[j].setRateEnd(from.stages[j].end);
    }
    auto operations = to.initOperations(static_cast<unsigned>(from.operations.size()));
    for (unsigned j = 0; j < operations.size(); ++j) {
      operations[j].setOperation(from.operations[j].first);
      operations[j].setMillionths(from.operations[j].second);
    }
    to.setPopularity(from.skew > 0 ? events::Workload::Popularity::ZIPF
                                   : events::Workload::Popularity::UNIFORM);
    to.setSkew(from.skew);
    to.setStarts(from.starts == 0 ? 0 : at_seconds(from.starts));
    to.setStops(from.stops == 0 ? 0 : at_seconds(from.stops));
    to.setRequestsPerConnection(from.requests_per_connection);
    to.setConnectionLifetime(static_cast<std::int64_t>(from.lifetime * 1e9));
    to.setQueryItems(from.query_items);
    to.setRequests(from.requests);
    if (from.more) from.more(to);
  }
}

inline void Story::fill_steps(events::Scenario::Builder scenario) const {
  auto list = scenario.initSteps(static_cast<unsigned>(steps.size()));
  for (unsigned i = 0; i < steps.size(); ++i) {
    list[i].setAt(at_seconds(steps[i].at));
    list[i].setCaller(steps[i].caller);
    steps[i].fill(list[i]);
  }
}

inline std::unique_ptr<ScenarioView> Story::make() const {
  capnp::MallocMessageBuilder message;
  auto scenario = message.initRoot<events::Scenario>();
  scenario.setName("test");
  scenario.setSeed(seed);
  scenario.setStart(kStart);
  scenario.setUntil(at_seconds(until));
  scenario.setAccount(std::string(kAccount));
  scenario.setRegion("us-west-2");
  auto values = scenario.initSettings(static_cast<unsigned>(settings.size()));
  unsigned i = 0;
  for (const auto& [path, value] : settings) {
    values[i].setPath(path);
    values[i++].setValue(value);
  }
  fill_keys(scenario);
  fill_tables(scenario);
  fill_workloads(scenario);
  fill_steps(scenario);
  auto names = scenario.initMaterials(static_cast<unsigned>(materials.size()));
  for (unsigned m = 0; m < names.size(); ++m) names.set(m, materials[m]);
  if (more) more(scenario);
  auto view = ScenarioView::make(scenario.asReader(), {}, quirks);
  if (!view) throw std::runtime_error(view.error());
  return std::move(*view);
}

/// An event that outlives its chunk.
class KeptEvent {
 public:
  explicit KeptEvent(Event::Reader event)
      : message_(std::make_unique<capnp::MallocMessageBuilder>(
            static_cast<unsigned>(event.totalSize().wordCount) + 1)) {
    message_->setRoot(event);
  }
  Event::Reader read() const { return message_->getRoot<Event>().asReader(); }
  double seconds() const { return static_cast<double>(read().getTime() - kStart) / 1e9; }

 private:
  std::unique_ptr<capnp::MallocMessageBuilder> message_;
};

/// A run that keeps its events. `number(i)` of an event is its place in `events`.
class Play {
 public:
  explicit Play(const Story& story) : scenario_(story.make()), world_(*scenario_) { begin(); }
  /// A run that goes on from a state that was written down. It has no chain.
  Play(const Story& story, std::span<const std::uint8_t> saved)
      : scenario_(story.make()), world_(*scenario_, State::restore(*scenario_, saved)) {
    recorder_.emplace(512, 0, sink_);
    sink_.identity(std::array<std::uint8_t, 8>{});
  }

  const State& state() const { return world_.state(); }
  World& world() { return world_; }
  const ScenarioView& scenario() const { return *scenario_; }
  const std::vector<KeptEvent>& all() const { return kept_; }

  /// One turn; false: the run is over.
  bool turn() {
    if (!world_.next_due()) return false;
    kept_.emplace_back(world_.turn(*recorder_));
    recorder_->commit();
    return true;
  }
  Play& run() {
    while (turn()) {
    }
    return *this;
  }
  /// Runs everything that is due up to `seconds` after the start, that instant included.
  Play& run_to(double seconds) {
    while (world_.next_due() && world_.next_due()->nanoseconds() <= at_seconds(seconds)) turn();
    return *this;
  }
  /// The digest of the chain so far.
  crypto::Digest chain() {
    recorder_->cut();
    return sink_.chain();
  }
  std::vector<KeptEvent const*> of(Event::Which which) const {
    std::vector<KeptEvent const*> found;
    for (const KeptEvent& event : kept_) {
      if (event.read().which() == which) found.push_back(&event);
    }
    return found;
  }
  /// KMS's answers, in order, to calls of this operation.
  std::vector<KeptEvent const*> answers(KmsOperation operation) const {
    std::vector<KeptEvent const*> found;
    for (const KeptEvent* event : of(Event::KMS_ANSWERED)) {
      if (event->read().getKmsAnswered().getOperation() == operation) found.push_back(event);
    }
    return found;
  }

 private:
  void begin() {
    sink_.identity(std::array<std::uint8_t, 8>{});
    recorder_.emplace(512, world_.state().events(), sink_);
  }

  std::unique_ptr<ScenarioView> scenario_;
  World world_;
  events::DigestSink sink_;
  std::optional<events::Recorder> recorder_;
  std::vector<KeptEvent> kept_;
};

/// The seed's story: one customer key with the seed's second policy, one table of db-lead's.
inline Story books(double until = 60) {
  Story story;
  story.until = until;
  story.tables.push_back({.name = "Books"});
  return story;
}

/// Books with one connection that reads every `gap` seconds from the moment the table is ACTIVE.
inline Story books_read_every(double gap, double until) {
  Story story = books(until);
  WorkloadSpec reader;
  reader.name = "reader";
  reader.stages = {{1e6, 1 / gap, 1 / gap}};
  story.workloads.push_back(reader);
  return story;
}

}  // namespace tablekey::model::tests
