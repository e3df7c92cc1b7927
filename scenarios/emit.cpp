// Field by field, in the order of the schema.
#include "scenarios/emit.h"

#include "scenarios/emit_workload.h"
#include "scenarios/profile.h"
#include "scenarios/sse_specification.h"

namespace tablekey::scenarios {
namespace {

template <class Texts, class Builder>
void emit_texts(const Texts& texts, Builder list) {
  for (std::uint32_t i = 0; i < list.size(); ++i) list.set(i, texts[i]);
}

template <class Builder>
void emit_pairs(const std::vector<TextPair>& pairs, Builder list) {
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    list[i].setName(pairs[i].first);
    list[i].setValue(pairs[i].second);
  }
}

// Each of a list by its own function.
template <class Items, class Builder, class Emit>
void emit_all(const Items& items, Builder list, const Emit& emit_one) {
  for (std::uint32_t i = 0; i < list.size(); ++i) emit_one(items[i], list[i]);
}

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
  to.setBoundary(from.boundary);
  emit_pairs(from.tags, to.initTags(size_of(from.tags)));
}

void emit_fault(const KmsFault& from, events::Fault::Builder fault) {
  fault.setKind(from.kind);
  fault.setDuration(from.duration);
  fault.setRegion(from.region);
  fault.setAccount(from.account);
  fault.setError(from.error);
  fault.setShareMillionths(from.share_millionths);
  fault.setLatency(from.latency);
  fault.setOperation(from.operation);
  fault.setRate(from.rate);
  fault.setStore(from.store);
  fault.setStoreError(from.store_error);
  emit_texts(from.routers, fault.initRouters(size_of(from.routers)));
  fault.setTimeout(from.timeout);
  fault.setException(from.exception);
}

void emit_fault_source(const DraftFaultSource& from, events::FaultSource::Builder to) {
  to.setName(from.name);
  emit_fault(from.fault, to.initFault());
  to.setEvery(from.every);
  to.setLasts(from.lasts);
  to.setFrom(from.from);
  to.setUntil(from.until);
  to.setLine(from.place.line);
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
  to.setSpec(from.spec);
  to.setUsage(from.usage);
  to.setOrigin(from.origin);
  to.setMultiRegion(from.multi_region);
  to.setPrimary(from.primary);
  to.setStore(from.store);
  to.setXksKeyId(from.xks_key_id);
  emit_pairs(from.tags, to.initTags(size_of(from.tags)));
  to.setRotationPeriodInDays(from.rotation_period_in_days);
  to.setMaterial(from.material);
  to.setByStep(from.by_step);
}

void emit_store(const DraftKeyStore& from, events::CustomKeyStore::Builder to) {
  to.setLogicalId(from.logical_id);
  to.setName(from.name);
  to.setId(from.id);
  to.setType(from.type);
  to.setAccount(from.account);
  to.setRegion(from.region);
  to.setClusterId(from.cluster_id);
  to.setConnected(from.connected);
  to.setByStep(from.by_step);
}

void emit_organization_policy(const DraftOrganizationPolicy& from,
                              events::OrganizationPolicy::Builder to) {
  to.setName(from.name);
  to.setDocument(from.document);
  to.setAccount(from.account);
  to.setKind(from.kind);
}

void emit_attribute(const DraftAttribute& from, events::Attribute::Builder to) {
  to.setName(from.name);
  to.setType(from.type);
}

}  // namespace

void emit_index(const DraftIndex& from, events::SecondaryIndex::Builder to) {
  to.setName(from.name);
  emit_attribute(from.hash, to.initHashKey());
  if (!from.range.name.empty()) emit_attribute(from.range, to.initRangeKey());
  to.setProjection(from.projection);
  emit_texts(from.non_key, to.initNonKeyAttributes(size_of(from.non_key)));
  to.setReadCapacity(from.read_capacity);
  to.setWriteCapacity(from.write_capacity);
  to.setByStep(from.by_step);
}

namespace {

void emit_table_settings(const DraftTable& from, events::Table::Builder to) {
  set_sse(from.sse, to.initSse());
  to.setStreamView(from.stream_view);
  to.setTimeToLive(from.time_to_live);
  to.setPointInTimeRecovery(from.point_in_time_recovery);
  to.setRecoveryPeriodInDays(from.recovery_period);
  to.setProvisioned(from.provisioned);
  to.setReadCapacity(from.read_capacity);
  to.setWriteCapacity(from.write_capacity);
  to.setOnDemandReads(from.on_demand_reads);
  to.setOnDemandWrites(from.on_demand_writes);
  to.setTableClass(from.table_class);
  to.setDeletionProtection(from.deletion_protection);
  emit_pairs(from.tags, to.initTags(size_of(from.tags)));
  to.setContributorInsights(from.contributor_insights);
}

void emit_table(const DraftTable& from, const Draft& draft, events::Table::Builder to) {
  to.setLogicalId(from.logical_id);
  to.setName(from.name);
  to.setCopies(from.copies);
  to.setKey(from.key);
  emit_attribute(from.hash, to.initHashKey());
  if (!from.range.name.empty()) emit_attribute(from.range, to.initRangeKey());
  emit_all(from.local_indexes, to.initLocalIndexes(size_of(from.local_indexes)), emit_index);
  emit_all(from.global_indexes, to.initGlobalIndexes(size_of(from.global_indexes)), emit_index);
  to.setStream(from.stream);
  to.setCreated(from.created_at_start && !from.by_step ? draft.start.nanoseconds() : 0);
  to.setCreator(from.creator);
  to.setItems(from.items);
  to.setItemSize(from.item_size);
  to.setCollection(from.collection);
  // Empty: the scenario's own.
  if (from.region != draft.region) to.setRegion(from.region);
  if (from.account != draft.account) to.setAccount(from.account);
  emit_table_settings(from, to);
  to.setByStep(from.by_step);
  to.setSpace(from.space);
  if (from.group != kNone) to.setGlobalTable(1 + from.group);
  to.setGlobalTableVersion(from.group_version);
  to.setGeneratedTtl(from.generated_ttl);
}

// One overload for each action of a step. Occurrences differ in what they make and in what counts
// from their own time.
struct ActionEmitter {
  const DraftStep& step;
  std::uint32_t occurrence;
  events::Step::Builder to;

  void operator()(std::monostate) {}
  void operator()(const AssumeRole& from) {
    auto assume = to.initAssumeRole();
    assume.setPrincipal(from.principal);
    assume.setSessionName(from.session);
    assume.setAccessKeyId(from.access_key_id);
    assume.setPolicy(from.policy);
    emit_pairs(from.tags, assume.initTags(size_of(from.tags)));
  }
  void operator()(const KmsCall& from) {
    to.setKms(from.call().asReader());
    auto call = to.getKms();
    if (from.first_key != kNone) call.setNewKey(from.first_key + occurrence);
    if (from.first_store != kNone) call.setStore(from.first_store + occurrence);
    if (from.valid_after != 0) call.setValidTo(step.at_of(occurrence) + from.valid_after);
  }
  void operator()(const IamChange& from) {
    auto change = to.initIam();
    change.setOperation(from.operation);
    change.setPrincipal(from.principal);
    auto policy = change.initPolicy();
    policy.setName(from.name);
    policy.setDocument(from.document);
  }
  void operator()(const KmsFault& from) { emit_fault(from, to.initFault()); }
  void operator()(const CreateTable& from) { to.initCreateTable().setTable(from.table); }
  void operator()(const DeleteTable& from) { to.initDeleteTable().setTable(from.table); }
  void operator()(const UpdateTable& from) {
    auto update = to.initUpdateTable();
    update.setTable(from.table);
    update.setToKey(from.to_key);
  }
  void operator()(const DataRequest& from) {
    auto data = to.initData();
    data.setTable(from.table);
    data.setOperation(from.operation);
    data.setItem(from.item);
    data.setValue(from.value);
  }
  void operator()(const TableCallStep& from) {
    to.setControl(from.message->getRoot<events::TableCall>().asReader());
  }
  void operator()(const DataCallStep& from) {
    to.setRequest(from.message->getRoot<events::DataCall>().asReader());
  }
  void operator()(const CloseConnections& from) {
    auto close = to.initCloseConnections();
    close.setWorkload(from.workload);
    close.setShareMillionths(from.share_millionths);
  }
};

void emit_occurrence(const DraftStep& from, std::uint32_t occurrence, events::Step::Builder to) {
  to.setAt(from.at_of(occurrence));
  to.setId(from.id_of(occurrence));
  to.setLine(from.place.line);
  to.setCaller(from.caller);
  to.setSession(from.session);
  std::visit(ActionEmitter{from, occurrence, to}, from.action);
}

void emit_steps(const Draft& draft, events::Scenario::Builder scenario) {
  std::uint32_t count = 0;
  for (const DraftStep& step : draft.steps) count += step.times;
  auto steps = scenario.initSteps(count);
  for (const DraftStep& step : draft.steps) {
    for (std::uint32_t i = 0; i < step.times; ++i) emit_occurrence(step, i, steps[step.first + i]);
  }
}

void emit_expectation(const DraftExpectation& from, events::Expectation::Builder to) {
  to.setName(from.name);
  to.setCheck(from.check);
  to.setWarn(from.warn);
  to.setLine(from.line);
}

void emit_encryptor(const DraftEncryptor& from, events::ItemEncryptor::Builder to) {
  to.setLogicalId(from.logical_id);
  to.setFormat(from.format);
  to.setProvider(from.provider);
  set_key_reference(from.key, to.initKey());
  to.setKeyName(from.key_name);
  if (!from.key_namespace.empty()) to.setKeyNamespace(from.key_namespace);
  to.setDefaultAction(from.standard);
  auto actions = to.initActions(size_of(from.actions));
  for (std::uint32_t i = 0; i < actions.size(); ++i) {
    actions[i].setName(from.actions[i].first);
    actions[i].setAction(from.actions[i].second);
  }
  to.setTtl(from.ttl);
  to.setCapacity(from.capacity);
  to.setWrapping(from.wrapping);
  to.setSignatures(from.signatures);
  to.setPlaintextPolicy(from.plaintext_policy);
  to.setLegacyPolicy(from.legacy_policy);
  to.setKeyStore(from.key_store);
}

void emit_settings(const SettingTexts& from, capnp::List<events::Setting>::Builder to) {
  std::uint32_t next = 0;
  for (const auto& [path, value] : from) {
    to[next].setPath(path);
    to[next++].setValue(value);
  }
}

void emit_era(const DraftEra& from, events::Era::Builder to) {
  to.setAt(from.at);
  to.setProfile(from.profile);
  emit_settings(from.settings, to.initSettings(size_of(from.settings)));
  to.setLine(from.place.line);
}

void emit_head(const Draft& draft, events::Scenario::Builder scenario) {
  scenario.setName(draft.name);
  scenario.setDescription(draft.description);
  scenario.setSeed(draft.seed);
  scenario.setStart(draft.start.nanoseconds());
  scenario.setUntil(draft.until.nanoseconds());
  scenario.setAccount(draft.account);
  scenario.setRegion(draft.region);
  scenario.setProfile(draft.profile);
  SettingTexts settings = draft.profile_settings;
  for (const auto& [path, value] : draft.settings) settings[path] = value;
  emit_settings(settings, scenario.initSettings(size_of(settings)));
}

}  // namespace

void emit(const Draft& draft, events::Scenario::Builder scenario) {
  emit_head(draft, scenario);
  emit_all(draft.principals, scenario.initPrincipals(size_of(draft.principals)), emit_principal);
  emit_all(draft.keys, scenario.initKeys(size_of(draft.keys)), emit_key);
  emit_all(draft.tables, scenario.initTables(size_of(draft.tables)),
           [&](const DraftTable& from, events::Table::Builder to) { emit_table(from, draft, to); });
  emit_all(draft.workloads, scenario.initWorkloads(size_of(draft.workloads)), emit_workload);
  emit_steps(draft, scenario);
  emit_all(draft.expectations, scenario.initExpectations(size_of(draft.expectations)),
           emit_expectation);
  emit_texts(draft.materials, scenario.initMaterials(size_of(draft.materials)));
  emit_all(draft.stores, scenario.initCustomKeyStores(size_of(draft.stores)), emit_store);
  emit_all(draft.organization_policies,
           scenario.initOrganizationPolicies(size_of(draft.organization_policies)),
           emit_organization_policy);
  emit_all(draft.encryptors, scenario.initEncryptors(size_of(draft.encryptors)), emit_encryptor);
  emit_all(draft.eras, scenario.initEras(size_of(draft.eras)), emit_era);
  emit_all(draft.faults, scenario.initFaults(size_of(draft.faults)), emit_fault_source);
}

}  // namespace tablekey::scenarios
