// Small worlds built by hand, for tests that want to know every number beforehand: one key, one
// role, one table, one workload, nothing random. Each part can be changed or added to before the
// world runs; latencies and propagation are nought and table creation takes nothing unless a test
// says otherwise.
#pragma once

#include <capnp/message.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/digest_sink.h"
#include "events/recorder.h"
#include "model/world.h"
#include "replay/observer.h"
#include "scenario.capnp.h"
#include "sim/time.h"

namespace tablekey::test {

inline constexpr std::string_view kAccount = "111122223333";
inline constexpr std::string_view kRegion = "us-west-2";
inline constexpr std::string_view kKeyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
// Everyone in the account may use the key, through DynamoDB or directly, and manage it.
inline constexpr std::string_view kOpenPolicy =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"all","Effect":"Allow","Principal":"*",)"
    R"("Action":"kms:*","Resource":"*"}]})";

/// What a test may choose of the one workload, and of how keys are cached.
struct SmallOptions {
  sim::Duration until = sim::Duration::hours(1);
  std::uint32_t connections = 1;
  double rate = 1.0 / 30.0;  ///< of one connection, a second
  std::string policy = "fixed-connection";
  std::string ttl = "5m";
  std::uint32_t items = 4;
  std::uint64_t seed = 1;
};

class SmallScenario {
 public:
  explicit SmallScenario(const SmallOptions& options = {})
      : start_(sim::parse_time("2018-02-14T00:00:00Z").value()), options_(options) {}

  sim::Time start() const { return start_; }
  std::int64_t at(sim::Duration since_start) const { return (start_ + since_start).nanoseconds(); }

  /// A setting other than the defaults of this class.
  void set(std::string path, std::string value) {
    settings_.emplace_back(std::move(path), std::move(value));
  }
  void expect(std::string check, std::string name = "", bool warn = false) {
    expectations_.push_back({std::move(name), std::move(check), warn});
  }

  using Fill = std::function<void(events::Step::Builder)>;
  /// A step of the timeline; `fill` says what it does.
  void step(sim::Duration since_start, std::string id, Fill fill) {
    steps_.push_back({since_start, std::move(id), std::move(fill)});
  }
  using FillCall = std::function<void(events::KmsCall::Builder)>;
  /// A KMS call of a principal, or of the operator; `fill` gives its parameters besides the key.
  void kms_call(sim::Duration since_start, std::string id, events::KmsOperation operation,
                std::uint32_t key = 0, FillCall fill = {}, std::uint32_t caller = events::K_NONE) {
    step(since_start, std::move(id), [=](events::Step::Builder step) {
      step.setCaller(caller);
      auto call = step.initKms();
      call.setOperation(operation);
      if (key != events::K_NONE) call.initKeyId().setArn(key);
      if (fill) fill(call);
    });
  }
  /// A call of the operator on the key.
  void kms_step(sim::Duration since_start, std::string id, events::KmsOperation operation,
                std::uint32_t key = 0) {
    kms_call(since_start, std::move(id), operation, key);
  }
  /// A call of the operator that ends all grants of the table, or one of them.
  void revoke_step(sim::Duration since_start, std::string id,
                   events::GrantReference::Choice choice = events::GrantReference::Choice::ALL) {
    kms_call(since_start, std::move(id), events::KmsOperation::REVOKE_GRANT, 0,
             [choice](events::KmsCall::Builder call) {
               auto grants = call.initGrant().initOfTable();
               grants.setTable(0);
               grants.setKey(0);
               grants.setChoice(choice);
             });
  }

  /// Changes anything of the finished scenario.
  void change(std::function<void(events::Scenario::Builder)> change) {
    changes_.push_back(std::move(change));
  }

  /// The scenario as the world reads it. Throws if it does not fit.
  std::unique_ptr<model::ScenarioView> view() const {
    capnp::MallocMessageBuilder message;
    auto scenario = message.initRoot<events::Scenario>();
    fill(scenario);
    for (const auto& change : changes_) change(scenario);
    auto made = model::ScenarioView::make(scenario.asReader());
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
  }

 private:
  struct Step {
    sim::Duration at;
    std::string id;
    Fill fill;
  };
  struct Check {
    std::string name, check;
    bool warn = false;
  };

  void fill(events::Scenario::Builder scenario) const {
    scenario.setName("small");
    scenario.setSeed(options_.seed);
    scenario.setStart(start_.nanoseconds());
    scenario.setUntil(at(options_.until));
    scenario.setAccount(std::string(kAccount));
    scenario.setRegion(std::string(kRegion));
    scenario.setProfile("seed");
    fill_settings(scenario);
    fill_principal(scenario.initPrincipals(1)[0]);
    fill_key(scenario.initKeys(1)[0]);
    fill_table(scenario.initTables(1)[0]);
    fill_workload(scenario.initWorkloads(1)[0]);
    auto steps = scenario.initSteps(static_cast<unsigned>(steps_.size()));
    for (unsigned i = 0; i < steps_.size(); ++i) {
      steps[i].setAt(at(steps_[i].at));
      steps[i].setId(steps_[i].id);
      steps[i].setLine(i + 1);
      steps[i].setCaller(events::K_NONE);
      steps_[i].fill(steps[i]);
    }
    auto checks = scenario.initExpectations(static_cast<unsigned>(expectations_.size()));
    for (unsigned i = 0; i < expectations_.size(); ++i) {
      checks[i].setName(expectations_[i].name);
      checks[i].setCheck(expectations_[i].check);
      checks[i].setWarn(expectations_[i].warn);
      checks[i].setLine(100 + i);
    }
  }

  void fill_settings(events::Scenario::Builder scenario) const {
    std::vector<std::pair<std::string, std::string>> all = {
        {"model.dynamodb.create_table", "constant(0s)"},
        {"model.dynamodb.request_latency", "constant(0s)"},
        {"model.dynamodb.table_key_delay", "0s"},
        {"model.iam.propagation", "constant(0s)"},
        {"model.kms.alias_propagation", "constant(0s)"},
        {"model.kms.key_state_propagation", "constant(0s)"},
        {"model.kms.latency", "constant(0s)"},
        {"model.kms.propagation", "constant(0s)"},
        {"model.table_key_cache.policy", options_.policy},
        {"model.table_key_cache.ttl", options_.ttl},
    };
    all.insert(all.end(), settings_.begin(), settings_.end());
    auto list = scenario.initSettings(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < all.size(); ++i) {
      list[i].setPath(all[i].first);
      list[i].setValue(all[i].second);
    }
  }

  static void fill_principal(events::Principal::Builder principal) {
    principal.setLogicalId("Admin");
    principal.setKind(events::Principal::Kind::ROLE);
    principal.setName("Admin");
    principal.setAccount(std::string(kAccount));
    principal.setPath("/");
    principal.setUniqueId("AROAIGDTESTANDEXAMPLE");
  }

  static void fill_key(events::Key::Builder key) {
    key.setLogicalId("BooksKey");
    key.setManager(events::Key::Manager::CUSTOMER);
    key.setKeyId(std::string(kKeyId));
    key.setAccount(std::string(kAccount));
    key.setRegion(std::string(kRegion));
    key.setPolicy(std::string(kOpenPolicy));
    key.setEnabled(true);
    key.initAliases(1).set(0, "alias/books");
  }

  void fill_table(events::Table::Builder table) const {
    table.setLogicalId("BooksTable");
    table.setName("Books");
    table.setCopies(1);
    table.setKey(0);
    table.getHashKey().setName("id");
    table.getHashKey().setType("S");
    table.initLocalIndexes(0);
    table.initGlobalIndexes(1)[0].setName("by-author");
    table.setStream(false);
    table.setCreated(start_.nanoseconds());
    table.setCreator(0);
    table.setItems(options_.items);
    table.setItemSize(100);
    table.setCollection(1);
  }

  void fill_workload(events::Workload::Builder workload) const {
    workload.setName("web");
    workload.setPrincipal(0);
    workload.setSession("web-1");
    workload.setTable(0);
    workload.setConnections(options_.connections);
    workload.setProcess(events::Workload::Process::CONSTANT);
    auto stage = workload.initStages(1)[0];
    stage.setDuration(0);
    stage.setRateBegin(options_.rate);
    stage.setRateEnd(options_.rate);
    auto share = workload.initOperations(1)[0];
    share.setOperation(events::DataOperation::GET_ITEM);
    share.setMillionths(1'000'000);
    workload.setPopularity(events::Workload::Popularity::UNIFORM);
  }

  sim::Time start_;
  SmallOptions options_;
  std::vector<std::pair<std::string, std::string>> settings_;
  std::vector<Step> steps_;
  std::vector<Check> expectations_;
  std::vector<std::function<void(events::Scenario::Builder)>> changes_;
};

/// Runs a world to its end, or until it has had `events_max` events, before `observers`.
inline std::unique_ptr<model::World> run_world(const model::ScenarioView& scenario,
                                               const std::vector<replay::Observer*>& observers = {},
                                               std::uint64_t events_max = UINT64_MAX) {
  constexpr std::array<std::uint8_t, 8> kNoIdentity{};
  events::DigestSink sink;
  sink.identity(kNoIdentity);
  events::Recorder recorder(512, 0, sink);
  auto world = std::make_unique<model::World>(scenario);
  while (world->next_due() && world->state().events() < events_max) {
    const std::uint64_t number = world->state().events();
    const std::int64_t due = world->next_due()->nanoseconds();
    for (replay::Observer* observer : observers) observer->before(world->state(), due);
    const events::Event::Reader event = world->turn(recorder);
    for (replay::Observer* observer : observers) observer->event(world->state(), event, number);
    recorder.commit();
  }
  return world;
}

}  // namespace tablekey::test
