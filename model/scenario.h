// A compiled scenario as the world reads it: the header's message plus what is looked up often,
// laid out flat. It never changes during a run, so it is no part of State.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/clients/workload.h"
#include "model/iam/policy.h"
#include "model/kms/grant_rules.h"
#include "model/quirks.h"
#include "model/settings.h"
#include "scenario.capnp.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace capnp {
class MallocMessageBuilder;
}

namespace tablekey::model {

class ItemSpace;

/// A default that differs from this program's own: how tests and `replay` ask "what if the default
/// had been another".
struct DefaultOverride {
  std::string path;
  std::string value;
};

/// Someone the scenario lets act: a principal under a role session name (empty for users and root).
struct Identity {
  std::uint32_t principal = 0;
  std::string session;
  auto operator<=>(const Identity&) const = default;
};

struct FamilyView {
  std::string name;
  std::uint32_t first_table = 0;  ///< its copies are first_table, first_table + 1, …
  std::uint32_t copies = 1;
  std::uint32_t key = 0;
  std::uint32_t creator = 0;  ///< 1 + identity; 0: the operator
  std::vector<std::string>
      structures;  ///< base partition, local indexes, global indexes, stream shard
  std::uint32_t items = 0, item_size = 0, collection = 1;
  std::string hash_name, hash_type, range_name, range_type;
  std::vector<std::uint32_t> workloads;  ///< that use it
  std::vector<std::string> given_keys;   ///< keys of items that steps name; ordinals follow `items`
  std::uint64_t entity = 0;
  std::uint32_t realm = 0;  ///< account and Region
  /// Family whose numbering of items it shares: its own, or a restore's source.
  std::uint32_t space = 0;
  std::uint32_t local_indexes = 0, global_indexes = 0;  ///< declared, those of steps among them

  /// The item's primary key in canonical DynamoDB JSON.
  std::string item_key(std::uint32_t item) const;
};

/// A connection that carries the timeline's own data requests: one per identity and table.
struct StepConnection {
  std::uint32_t identity = 0;  ///< 1 + identity; 0: the operator
  std::uint32_t table = 0;
  auto operator<=>(const StepConnection&) const = default;
};

/// A caching provider of a client: one per encryptor and identity that uses it.
struct ProviderPlace {
  std::uint32_t encryptor = 0;
  std::uint32_t identity = 0;  ///< 1 + identity; 0: the operator
  auto operator<=>(const ProviderPlace&) const = default;
};

/// The RoleSessionName of a workload's sessions.
std::string workload_session(events::Workload::Reader workload);

class ScenarioView {
 public:
  /// Copies the message and lays it out. Error: a sentence (a header that does not fit this
  /// program).
  static std::expected<std::unique_ptr<ScenarioView>, std::string> make(
      events::Scenario::Reader scenario, const std::vector<DefaultOverride>& defaults = {},
      Quirks quirks = Quirks::all());
  ~ScenarioView();

  events::Scenario::Reader reader() const { return reader_; }
  /// The rules of its run that older runs had not.
  bool has(Quirk quirk) const { return quirks_.has(quirk); }
  Quirks quirks() const { return quirks_; }
  /// Of the scenario's beginning, or of one of its eras (1 and up).
  const Settings& settings(std::uint32_t era = 0) const {
    return era == 0 ? settings_ : era_settings_[era - 1];
  }

  std::uint64_t seed = 0;
  sim::Time start, until;
  std::string account, region;
  std::vector<Identity> identities;  ///< in the order in which the scenario first names them
  std::vector<FamilyView> families;
  std::vector<WorkloadView> workloads;
  /// In the order of the steps; they follow the workloads' connections.
  std::vector<StepConnection> step_connections;
  std::vector<std::uint64_t> step_entities;  ///< of their draws, likewise
  std::vector<ProviderPlace> providers;      ///< in the order of the steps
  /// By encryptor with a key store: the items there that may be its material's versions 0, 1, ….
  std::vector<std::vector<std::uint32_t>> material_items;
  std::uint32_t tables = 0, connections = 0;
  std::uint32_t first_step_connection = 0;
  std::vector<std::uint64_t> kms_step_entities;  ///< by step: of the draws of its own KMS calls
  std::vector<std::string> key_ids;              ///< by key
  std::vector<std::string> principal_arns;       ///< of the role or user itself
  std::vector<std::string> principal_ids;        ///< AROA…, AIDA…
  std::vector<std::uint64_t> key_entities;
  std::vector<std::string> regions;       ///< sorted, all that the scenario names
  std::vector<std::string> accounts;      ///< likewise
  std::vector<std::uint32_t> key_realms;  ///< by key
  std::vector<std::uint32_t>
      key_roots;  ///< by key: whose key material it shares; itself, if no replica
  std::vector<std::uint32_t> principal_accounts;  ///< by principal: index into accounts
  std::vector<std::optional<kms::GrantTerms>>
      grant_terms;  ///< by step: of a CreateGrant that can be
  std::vector<std::optional<iam::Policy>> session_policies;  ///< by step: of an AssumeRole

  /// The policies of an organisation that speak about an account (kms.md 6.1).
  struct AccountPolicies {
    std::vector<const iam::Policy*> scps, rcps;
    const iam::Policy* endpoint = nullptr;
  };
  std::vector<AccountPolicies> account_policies;  ///< by account

  /// An account in a Region: what quotas, aliases and key ids belong to.
  std::uint32_t realm(std::uint32_t account_index, std::uint32_t region_index) const {
    return account_index * static_cast<std::uint32_t>(regions.size()) + region_index;
  }
  std::uint32_t realms() const {
    return static_cast<std::uint32_t>(accounts.size() * regions.size());
  }
  const std::string& realm_account(std::uint32_t realm) const {
    return accounts[realm / regions.size()];
  }
  const std::string& realm_region(std::uint32_t realm) const {
    return regions[realm % regions.size()];
  }
  /// kNone: the scenario names no such account or Region.
  std::uint32_t account_index(std::string_view name) const;
  std::uint32_t region_index(std::string_view name) const;

  /// The name of a table: its family's, with the number of the copy if there are several.
  std::string table_name(std::uint32_t family, std::uint32_t table) const;
  /// The index of an identity, which must exist.
  std::uint32_t identity(std::uint32_t principal, std::string_view session) const;
  /// 1 + identity, or 0 where the principal is kNone: the operator.
  std::uint32_t caller(std::uint32_t principal, std::string_view session) const;
  /// The connection that carries a data step of this identity (1 + identity, or 0) on this table.
  std::uint32_t step_connection(std::uint32_t identity, std::uint32_t table) const;
  /// The caching provider of an encryptor as this client (1 + identity, or 0) has it, as index into
  /// providers; it exists.
  std::uint32_t provider_of(std::uint32_t encryptor, std::uint32_t identity) const;
  /// Keys, indexes and generated values of a family's items (dynamodb/item_content.h).
  const ItemSpace& items(std::uint32_t family) const { return *item_spaces_[family]; }
  /// The families that a data step is about, sorted.
  static std::vector<std::uint32_t> tables_of(events::Step::Reader step);

 private:
  ScenarioView();
  std::expected<void, std::string> lay_out_eras(const std::vector<DefaultOverride>& defaults);
  std::expected<void, std::string> lay_out();
  std::expected<void, std::string> lay_out_principals();
  std::expected<void, std::string> check_groups() const;
  void lay_out_realms();
  std::expected<void, std::string> lay_out_policies();
  std::expected<void, std::string> lay_out_steps();
  void lay_out_identities();
  void lay_out_tables();
  void lay_out_providers();
  void lay_out_materials();
  std::uint32_t material_item(std::uint32_t table, const std::string& key);
  void add_given_key(std::uint32_t table, std::uint32_t item, const std::string& value);
  void lay_out_workloads();
  void lay_out_step_connections();
  std::uint64_t step_entity(const StepConnection& connection) const;
  void lay_out_kms_steps();
  std::uint64_t subject_entity(events::KmsCall::Reader call) const;
  std::string client_step_name(events::Step::Reader step) const;

  std::unique_ptr<capnp::MallocMessageBuilder> message_;
  events::Scenario::Reader reader_;
  Quirks quirks_;
  Settings settings_;
  std::vector<Settings> era_settings_;
  std::vector<iam::Policy> organization_policies_;
  std::vector<std::unique_ptr<const ItemSpace>> item_spaces_;  // by family
  std::map<Identity, std::uint32_t> identity_index_;
  std::map<StepConnection, std::uint32_t> step_connection_index_;
  std::map<ProviderPlace, std::uint32_t> provider_index_;
};

}  // namespace tablekey::model
