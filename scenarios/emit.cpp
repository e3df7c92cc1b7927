// Field by field, in the order of the schema.
#include "scenarios/emit.h"

namespace tablekey::scenarios {
namespace {

template <class Texts, class Builder>
void emit_texts(const Texts& texts, Builder list) {
  for (std::uint32_t i = 0; i < list.size(); ++i) list.set(i, texts[i]);
}

std::uint32_t size_of(const auto& items) { return static_cast<std::uint32_t>(items.size()); }

void emit_principal(const DraftPrincipal& from, events::Principal::Builder to) {
  to.setLogicalId(from.logical_id);
  to.setKind(from.kind);
  to.setName(from.name);
  to.setAccount(from.account);
  to.setPath(from.path);
  to.setUniqueId(from.unique_id);
  auto policies = to.initPolicies(size_of(from.policies));
  for (std::uint32_t i = 0; i < policies.size(); ++i) {
    policies[i].setName(from.policies[i].first);
    policies[i].setDocument(from.policies[i].second);
  }
}

void emit_key(const DraftKey& from, events::Key::Builder to) {
  to.setLogicalId(from.logical_id);
  to.setManager(from.manager);
  to.setKeyId(from.key_id);
  to.setAccount(from.account);
  to.setRegion(from.region);
  to.setPolicy(from.policy);
  to.setDescription(from.description);
  to.setEnabled(from.enabled);
  emit_texts(from.aliases, to.initAliases(size_of(from.aliases)));
}

void emit_table(const DraftTable& from, std::int64_t start, events::Table::Builder to) {
  to.setLogicalId(from.logical_id);
  to.setName(from.name);
  to.setCopies(from.copies);
  to.setKey(from.key);
  to.initHashKey().setName(from.hash.name);
  to.getHashKey().setType(from.hash.type);
  if (!from.range.name.empty()) {
    to.initRangeKey().setName(from.range.name);
    to.getRangeKey().setType(from.range.type);
  }
  emit_texts(from.local_indexes, to.initLocalIndexes(size_of(from.local_indexes)));
  emit_texts(from.global_indexes, to.initGlobalIndexes(size_of(from.global_indexes)));
  to.setStream(from.stream);
  to.setCreated(from.created_at_start ? start : 0);
  to.setCreator(from.creator);
  to.setItems(from.items);
  to.setItemSize(from.item_size);
  to.setCollection(from.collection);
}

void emit_workload(const DraftWorkload& from, events::Workload::Builder to) {
  to.setName(from.name);
  to.setPrincipal(from.principal);
  to.setSession(from.session);
  to.setTable(from.table);
  to.setConnections(from.connections);
  to.setProcess(from.process);
  auto stages = to.initStages(size_of(from.stages));
  for (std::uint32_t i = 0; i < stages.size(); ++i) {
    stages[i].setDuration(from.stages[i].duration.count());
    stages[i].setRateBegin(from.stages[i].rate_begin);
    stages[i].setRateEnd(from.stages[i].rate_end);
  }
  auto operations = to.initOperations(size_of(from.operations));
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    operations[i].setOperation(from.operations[i].first);
    operations[i].setMillionths(from.operations[i].second);
  }
  to.setPopularity(from.popularity);
  to.setSkew(from.skew);
  to.setStarts(from.starts);
  to.setStops(from.stops);
  to.setRequestsPerConnection(from.requests_per_connection);
  to.setConnectionLifetime(from.connection_lifetime);
  to.setQueryItems(from.query_items);
  to.setRequests(from.requests);
}

// One overload for each action of a step.
struct ActionEmitter {
  events::Step::Builder to;

  void operator()(const AssumeRole& from) {
    auto step = to.initAssumeRole();
    step.setPrincipal(from.principal);
    step.setSessionName(from.session);
    step.setAccessKeyId(from.access_key_id);
  }
  void operator()(const KmsCall& from) {
    auto step = to.initKms();
    step.setOperation(from.operation);
    step.setKey(from.key);
    step.setTable(from.table);
    step.setPolicy(from.policy);
    step.setPendingWindowInDays(from.pending_window_in_days);
    step.setGrants(from.grants);
  }
  void operator()(const CreateTable& from) { to.initCreateTable().setTable(from.table); }
  void operator()(const DeleteTable& from) { to.initDeleteTable().setTable(from.table); }
  void operator()(const UpdateTable& from) {
    auto step = to.initUpdateTable();
    step.setTable(from.table);
    step.setToKey(from.to_key);
  }
  void operator()(const DataRequest& from) {
    auto step = to.initData();
    step.setTable(from.table);
    step.setOperation(from.operation);
    step.setItem(from.item);
    step.setValue(from.value);
  }
  void operator()(const CloseConnections& from) {
    auto step = to.initCloseConnections();
    step.setWorkload(from.workload);
    step.setShareMillionths(from.share_millionths);
  }
};

void emit_step(const DraftStep& from, events::Step::Builder to) {
  to.setAt(from.at);
  to.setId(from.id);
  to.setLine(from.place.line);
  to.setCaller(from.caller);
  to.setSession(from.session);
  std::visit(ActionEmitter{to}, from.action);
}

void emit_expectation(const DraftExpectation& from, events::Expectation::Builder to) {
  to.setName(from.name);
  to.setCheck(from.check);
  to.setWarn(from.warn);
  to.setLine(from.line);
}

}  // namespace

void emit(const Draft& draft, events::Scenario::Builder scenario) {
  scenario.setName(draft.name);
  scenario.setDescription(draft.description);
  scenario.setSeed(draft.seed);
  scenario.setStart(draft.start.nanoseconds());
  scenario.setUntil(draft.until.nanoseconds());
  scenario.setAccount(draft.account);
  scenario.setRegion(draft.region);
  scenario.setProfile(draft.profile);
  auto settings = scenario.initSettings(size_of(draft.settings));
  std::uint32_t next = 0;
  for (const auto& [path, value] : draft.settings) {
    settings[next].setPath(path);
    settings[next++].setValue(value);
  }
  auto principals = scenario.initPrincipals(size_of(draft.principals));
  for (std::uint32_t i = 0; i < principals.size(); ++i) {
    emit_principal(draft.principals[i], principals[i]);
  }
  auto keys = scenario.initKeys(size_of(draft.keys));
  for (std::uint32_t i = 0; i < keys.size(); ++i) emit_key(draft.keys[i], keys[i]);
  auto tables = scenario.initTables(size_of(draft.tables));
  for (std::uint32_t i = 0; i < tables.size(); ++i) {
    emit_table(draft.tables[i], draft.start.nanoseconds(), tables[i]);
  }
  auto workloads = scenario.initWorkloads(size_of(draft.workloads));
  for (std::uint32_t i = 0; i < workloads.size(); ++i) {
    emit_workload(draft.workloads[i], workloads[i]);
  }
  auto steps = scenario.initSteps(size_of(draft.steps));
  for (std::uint32_t i = 0; i < steps.size(); ++i) emit_step(draft.steps[i], steps[i]);
  auto expectations = scenario.initExpectations(size_of(draft.expectations));
  for (std::uint32_t i = 0; i < expectations.size(); ++i) {
    emit_expectation(draft.expectations[i], expectations[i]);
  }
}

}  // namespace tablekey::scenarios
