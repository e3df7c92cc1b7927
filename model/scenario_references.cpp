// One function for each kind of step; the rest by section.
#include "model/scenario_references.h"

#include <fmt/format.h>

#include "event.capnp.h"
#include "model/clients/workload.h"
#include "model/dynamodb/table_state.h"
#include "sim/distribution.h"

namespace tablekey::model {
namespace {

class Checker {
 public:
  explicit Checker(events::Scenario::Reader scenario) : scenario_(scenario) {}

  std::expected<void, std::string> check() {
    for (std::uint32_t key = 0; key < scenario_.getKeys().size(); ++key) check_key(key);
    for (std::uint32_t table = 0; table < scenario_.getTables().size(); ++table) {
      check_table(table);
    }
    for (auto encryptor : scenario_.getEncryptors()) check_encryptor(encryptor);
    check_eras();
    for (auto workload : scenario_.getWorkloads()) check_workload(workload);
    for (auto step : scenario_.getSteps()) check_step(step);
    for (auto source : scenario_.getFaults()) check_source(source);
    if (bad_.empty()) return {};
    return std::unexpected(fmt::format("the compiled scenario names a {} that it lacks", bad_));
  }

 private:
  void bad(std::string_view what) {
    if (bad_.empty()) bad_ = what;
  }
  void must(std::uint64_t index, std::uint64_t size, std::string_view what) {
    if (index >= size) bad(what);
  }
  void may(std::uint32_t index, std::uint64_t size, std::string_view what) {
    if (index != kNone) must(index, size, what);
  }
  // 1 + step, or 0
  void step_or_none(std::uint32_t number) {
    if (number != 0) must(number - 1, scenario_.getSteps().size(), "step");
  }

  void check_key(std::uint32_t index) {
    const auto key = scenario_.getKeys()[index];
    if (key.getPrimary() != kNone) check_replica(index, key);
    may(key.getStore(), scenario_.getCustomKeyStores().size(), "custom key store");
    may(key.getMaterial(), scenario_.getMaterials().size(), "key material");
  }

  // A replica follows the key that it is made from; one that is there from the start, a primary.
  void check_replica(std::uint32_t index, events::Key::Reader key) {
    if (key.getPrimary() >= index) return bad("primary key");
    const auto primary = scenario_.getKeys()[key.getPrimary()];
    const bool in_time = key.getByStep() || (!primary.getByStep() && primary.getPrimary() == kNone);
    if (!key.getMultiRegion() || !primary.getMultiRegion() || !in_time) bad("primary key");
  }

  void check_table(std::uint32_t index) {
    const auto table = scenario_.getTables()[index];
    must(table.getKey(), scenario_.getKeys().size(), "key");
    may(table.getCreator(), scenario_.getPrincipals().size(), "principal");
    if (table.getCopies() == 0) bad("copy");
    check_reference(table.getSse().getKmsMasterKeyId());
    if (table.getSpace() == kNone) return;
    // The numbering it shares is that of a table which has its own.
    must(table.getSpace(), scenario_.getTables().size(), "table");
    if (!bad_.empty()) return;
    const auto root = scenario_.getTables()[table.getSpace()];
    if (root.getSpace() != kNone || root.getCopies() != 1 || table.getCopies() != 1) bad("table");
  }

  void check_eras() {
    std::int64_t before = scenario_.getStart();
    for (auto era : scenario_.getEras()) {
      if (era.getAt() < before) bad("time in order");
      before = era.getAt();
    }
  }

  void check_control(events::TableCall::Reader call) {
    const std::size_t tables = scenario_.getTables().size();
    may(call.getTable(), tables, "table");
    may(call.getTarget(), tables, "table");
    check_reference(call.getSse().getKmsMasterKeyId());
    check_reference(call.getS3SseKmsKeyId());
    for (auto change : call.getReplicaChanges()) {
      may(change.getTable(), tables, "table");
      check_reference(change.getKmsMasterKeyId());
    }
    if (call.getTable() != kNone && bad_.empty()) {
      const std::size_t indexes = scenario_.getTables()[call.getTable()].getGlobalIndexes().size();
      for (auto change : call.getIndexChanges()) may(change.getIndex(), indexes, "index");
    }
    const auto backup = call.getBackup();
    if (backup.isStep()) step_or_none(backup.getStep());
    if (backup.isArchival()) must(backup.getArchival(), tables, "table");
    if (backup.isSystem()) must(backup.getSystem(), tables, "table");
  }

  void check_request(events::DataCall::Reader call) {
    const std::size_t tables = scenario_.getTables().size();
    if (call.getItems().size() == 0) must(call.getTable(), tables, "table");
    may(call.getTable(), tables, "table");
    for (auto item : call.getItems()) must(item.getTable(), tables, "table");
    may(call.getEncryptor(), scenario_.getEncryptors().size(), "item encryptor");
    step_or_none(call.getStartAfterStep());
    step_or_none(call.getSequenceOfStep());
    step_or_none(call.getIteratorOfStep());
  }

  // A caching provider keeps its keys in a table with the library's own key attributes.
  void check_encryptor(events::ItemEncryptor::Reader encryptor) {
    check_reference(encryptor.getKey());
    may(encryptor.getKeyStore(), scenario_.getTables().size(), "table");
    const bool caches = encryptor.getProvider() == events::ItemEncryptor::Provider::MOST_RECENT;
    if (!bad_.empty() || !caches) return;
    if (encryptor.getKeyStore() == kNone) return bad("key store");
    const auto table = scenario_.getTables()[encryptor.getKeyStore()];
    const auto is = [](events::Attribute::Reader attribute, std::string_view name,
                       std::string_view type) {
      return attribute.getName() == kj::StringPtr(name.data(), name.size()) &&
             attribute.getType() == kj::StringPtr(type.data(), type.size());
    };
    if (!is(table.getHashKey(), "N", "S") || !is(table.getRangeKey(), "V", "N")) bad("key store");
  }

  void check_workload(events::Workload::Reader workload) {
    must(workload.getTable(), scenario_.getTables().size(), "table");
    must(workload.getPrincipal(), scenario_.getPrincipals().size(), "principal");
    if (!bad_.empty()) return;
    if (scenario_.getTables()[workload.getTable()].getItems() == 0) bad("generated item");
    if (workload.getEncryptor() != events::K_NONE) {
      must(workload.getEncryptor(), scenario_.getEncryptors().size(), "encryptor");
      if (!bad_.empty()) return;
      const auto encryptor = scenario_.getEncryptors()[workload.getEncryptor()];
      if (encryptor.getKeyStore() == workload.getTable()) bad("key store as table");
    }
    const auto copies = scenario_.getTables()[workload.getTable()].getCopies();
    const auto problem = workload_problem(workload, copies);
    if (!problem.empty()) bad(problem);
  }

  void check_fault(events::Fault::Reader fault) {
    if (fault.getKind() != events::Fault::Kind::KEY_STORE) return;
    must(fault.getStore(), scenario_.getCustomKeyStores().size(), "custom key store");
  }

  void check_source(events::FaultSource::Reader source) {
    check_fault(source.getFault());
    const auto reads = [](capnp::Text::Reader text) {
      return sim::Distribution::parse({text.cStr(), text.size()}).has_value();
    };
    const bool restart = source.getFault().getKind() == events::Fault::Kind::RESTART;
    if (!reads(source.getEvery())) return bad("distribution");
    if (restart != (source.getLasts().size() == 0)) return bad("distribution");
    if (!restart && !reads(source.getLasts())) bad("distribution");
  }

  void check_step(events::Step::Reader step) {
    may(step.getCaller(), scenario_.getPrincipals().size(), "principal");
    const std::size_t tables = scenario_.getTables().size();
    switch (step.which()) {
      case events::Step::ASSUME_ROLE:
        return must(step.getAssumeRole().getPrincipal(), scenario_.getPrincipals().size(),
                    "principal");
      case events::Step::KMS:
        return check_call(step.getKms());
      case events::Step::CREATE_TABLE:
        return must(step.getCreateTable().getTable(), tables, "table");
      case events::Step::DELETE_TABLE:
        return must(step.getDeleteTable().getTable(), tables, "table");
      case events::Step::UPDATE_TABLE:
        must(step.getUpdateTable().getTable(), tables, "table");
        return must(step.getUpdateTable().getToKey(), scenario_.getKeys().size(), "key");
      case events::Step::DATA:
        return must(step.getData().getTable(), tables, "table");
      case events::Step::CLOSE_CONNECTIONS:
        return must(step.getCloseConnections().getWorkload(), scenario_.getWorkloads().size(),
                    "workload");
      case events::Step::IAM:
        return must(step.getIam().getPrincipal(), scenario_.getPrincipals().size(), "principal");
      case events::Step::FAULT:
        return check_fault(step.getFault());
      case events::Step::CONTROL:
        return check_control(step.getControl());
      case events::Step::REQUEST:
        return check_request(step.getRequest());
    }
    bad("kind of step");
  }

  void check_reference(events::KeyReference::Reader key) {
    if (key.isArn()) must(key.getArn(), scenario_.getKeys().size(), "key");
    if (key.isId()) must(key.getId(), scenario_.getKeys().size(), "key");
  }

  void check_grant(events::GrantReference::Reader grant) {
    if (grant.isStep()) must(grant.getStep(), scenario_.getSteps().size(), "step");
    if (!grant.isOfTable()) return;
    must(grant.getOfTable().getTable(), scenario_.getTables().size(), "table");
    may(grant.getOfTable().getKey(), scenario_.getKeys().size(), "key");
  }

  void check_call(events::KmsCall::Reader call) {
    check_reference(call.getKeyId());
    check_reference(call.getDestinationKeyId());
    may(call.getTable(), scenario_.getTables().size(), "table");
    if (call.getBlob().isStep())
      must(call.getBlob().getStep(), scenario_.getSteps().size(), "step");
    if (call.getBlob().isTable()) {
      must(call.getBlob().getTable(), scenario_.getTables().size(), "table");
    }
    check_grant(call.getGrant());
    for (auto token : call.getGrantTokens()) check_grant(token);
    may(call.getNewKey(), scenario_.getKeys().size(), "key");
    if (call.getStore() != kNone ||
        call.getOperation() == events::KmsOperation::CREATE_CUSTOM_KEY_STORE) {
      must(call.getStore(), scenario_.getCustomKeyStores().size(), "custom key store");
    }
    may(call.getMaterial(), scenario_.getMaterials().size(), "key material");
    step_or_none(call.getImportToken());
    step_or_none(call.getWrappedFor());
  }

  events::Scenario::Reader scenario_;
  std::string bad_;
};

}  // namespace

std::expected<void, std::string> check_references(events::Scenario::Reader scenario) {
  return Checker(scenario).check();
}

}  // namespace tablekey::model
