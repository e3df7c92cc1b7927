// A scenario as it is being compiled: plain structs that mirror events/scenario.capnp, with
// references as indices. emit.cpp writes them down in one go.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "scenario.capnp.h"
#include "scenarios/diagnostics.h"
#include "sim/time.h"

namespace tablekey::scenarios {

inline constexpr std::uint32_t kNone = events::K_NONE;

using TextPair = std::pair<std::string, std::string>;

struct DraftPrincipal {
  std::string logical_id;
  events::Principal::Kind kind = events::Principal::Kind::ROLE;
  std::string name, account, path = "/", unique_id;
  std::vector<TextPair> policies;  // name, JSON
  std::string boundary;            // JSON
  std::vector<TextPair> tags;
  std::string arn;
};

// AWS::IAM::Group: its policies become those of its users.
struct DraftGroup {
  std::string logical_id, name;
  std::vector<TextPair> policies;
  std::vector<std::string> users;  // logical ids or names
};

// AWS::IAM::ManagedPolicy, for whoever names it by its ARN.
struct DraftManagedPolicy {
  std::string logical_id, name, arn, document;
};

struct DraftOrganizationPolicy {
  std::string name, document, account;
  events::OrganizationPolicy::Kind kind = events::OrganizationPolicy::Kind::SERVICE_CONTROL;
};

struct DraftKey {
  std::string logical_id;
  events::Key::Manager manager = events::Key::Manager::CUSTOMER;
  std::string key_id, account, region, policy, description;
  bool enabled = true;
  std::vector<std::string> aliases;
  std::string arn;
  events::KeySpec spec = events::KeySpec::SYMMETRIC_DEFAULT;
  events::KeyUsage usage = events::KeyUsage::ENCRYPT_DECRYPT;
  events::Origin origin = events::Origin::AWS_KMS;
  bool multi_region = false;
  std::uint32_t primary = kNone, store = kNone, material = kNone;
  std::string xks_key_id;
  std::vector<TextPair> tags;
  std::uint32_t rotation_period_in_days = 0;
  bool by_step = false;
};

// AWS::KMS::Alias, for whoever names it by its logical id.
struct DraftAlias {
  std::string logical_id, name;
};

struct DraftKeyStore {
  std::string logical_id, name, id, account, region, cluster_id;
  events::CustomKeyStore::Type type = events::CustomKeyStore::Type::AWS_CLOUD_HSM;
  bool connected = false, by_step = false;
};

struct DraftAttribute {
  std::string name, type;
};

// How a request names a key: by the ARN or the id of one of the scenario's keys, or as written.
struct DraftKeyReference {
  enum class Kind : std::uint8_t { none, arn, id, text };
  Kind kind = Kind::none;
  std::uint32_t key = kNone;
  std::string text;
};

// SSESpecification as a request gives it; whether DynamoDB takes it is the run's business.
struct DraftSse {
  bool given = false, has_enabled = false, enabled = false;
  std::string type;
  DraftKeyReference key;
};

struct DraftIndex {
  std::string name;
  DraftAttribute hash, range;
  events::SecondaryIndex::Projection projection = events::SecondaryIndex::Projection::ALL;
  std::vector<std::string> non_key;
  std::uint32_t read_capacity = 0, write_capacity = 0;
  bool by_step = false;
};

struct DraftTable {
  std::string logical_id, name;
  Place place;
  std::string account, region;
  std::uint32_t copies = 1;
  std::uint32_t key = 0;  // what `sse` comes to; of one that is refused, the AWS owned key
  DraftSse sse;
  std::vector<DraftAttribute> attributes;  // AttributeDefinitions
  DraftAttribute hash, range;
  std::vector<DraftIndex> local_indexes, global_indexes;
  bool stream = false;
  std::string stream_view;
  std::string time_to_live;  // its attribute; empty: off
  bool point_in_time_recovery = false;
  std::uint32_t recovery_period = 35;  // days
  bool provisioned = false;
  std::uint32_t read_capacity = 0, write_capacity = 0;
  std::uint32_t on_demand_reads = 0, on_demand_writes = 0;  // OnDemandThroughput; 0: no limit
  std::string table_class;
  bool deletion_protection = false, contributor_insights = false;
  std::vector<TextPair> tags;
  bool by_step = false;                 // made by a restore, or as a replica by a step
  std::uint32_t restored_from = kNone;  // the table that a restore makes it from
  std::uint32_t space = kNone;          // table whose items have the same ordinals
  std::uint32_t group = kNone;          // of replicas, from the start
  std::string group_version;
  std::int64_t generated_ttl = 0;  // nanoseconds; 0: generated items do not expire
  bool created_at_start = true;
  bool create_given = false;  // Metadata says when it is created
  std::uint32_t creator = kNone;
  bool creator_given = false;
  std::uint32_t items = 0;
  bool items_given = false;
  std::uint32_t item_size = 400;
  std::uint32_t collection = 1;
  // Ordinals of items that steps name, by their key in canonical form.
  std::map<std::string, std::uint32_t> given_items;
};

struct DraftStage {
  sim::Duration duration;
  double rate_begin = 0, rate_end = 0;  // of one connection
};

// Recorded arrivals of one workload, in order of time.
struct DraftTrace {
  bool absolute = false;  // else they count from the workload's beginning
  std::vector<std::int64_t> times;
  std::vector<events::DataOperation> operations;  // empty: as the workload's shares say
  std::vector<std::uint32_t> copies;              // empty: the first
};

struct DraftWorkload {
  std::string name, session;
  Place place;
  std::uint32_t principal = kNone, table = kNone;
  std::uint32_t connections = 1;
  events::Workload::Process process = events::Workload::Process::CONSTANT;
  std::vector<DraftStage> stages;
  std::vector<std::pair<events::DataOperation, std::uint32_t>> operations;  // millionths
  events::Workload::Popularity popularity = events::Workload::Popularity::UNIFORM;
  double skew = 0;
  std::int64_t starts = 0, stops = 0;
  std::uint64_t requests_per_connection = 0, requests = 0;
  std::int64_t connection_lifetime = 0;
  std::uint32_t query_items = 10;
  std::uint32_t encryptor = kNone;
  double shape = 0;                                        // of gamma, weibull, pareto
  std::vector<std::pair<std::uint32_t, double>> branches;  // millionths, rate
  std::vector<std::pair<double, std::int64_t>> states;     // rate, mean length in nanoseconds
  std::string think, lifetime, item_size;                  // distributions; empty: none
  std::int64_t day_period = 0, day_peak = 0, start_spread = 0, idle_close = 0;
  std::uint32_t day_amplitude = 0;  // millionths
  events::Workload::Popularity table_popularity = events::Workload::Popularity::UNIFORM;
  double table_skew = 0;
  events::Pool::Dispatch dispatch = events::Pool::Dispatch::NONE;
  std::uint32_t attempts = 0, retry_jitter = 1'000'000;  // of retries; attempts 0: none
  std::int64_t retry_base = 0, retry_cap = 0;
  DraftTrace trace;
};

struct AssumeRole {
  std::uint32_t principal = kNone;
  std::string session, access_key_id, policy;
  std::vector<TextPair> tags;
};
// The request is kept as the message that it will be.
struct KmsCall {
  std::shared_ptr<capnp::MallocMessageBuilder> message;
  // CreateKey, ReplicateKey: the key that the first occurrence makes; those of the others follow
  // it.
  std::uint32_t first_key = kNone;
  std::uint32_t first_store = kNone;  // CreateCustomKeyStore, likewise
  std::int64_t valid_after = 0;       // ValidTo since each occurrence's own time; 0: it is absolute

  static KmsCall make(events::KmsOperation operation);
  [[nodiscard]] events::KmsCall::Builder call() const {
    return message->getRoot<events::KmsCall>();
  }
};
struct IamChange {
  events::Step::IamOperation operation = events::Step::IamOperation::PUT_POLICY;
  std::uint32_t principal = kNone;
  std::string name, document;
};
// Something that goes wrong in KMS, in DynamoDB or between them.
struct KmsFault {
  events::Fault::Kind kind = events::Fault::Kind::OUTAGE;
  std::int64_t duration = 0, latency = 0, timeout = 0;
  std::vector<std::uint32_t> routers;
  events::Exception exception = events::Exception::NONE;
  std::string region, account, operation;
  events::KmsError error = events::KmsError::NONE;
  std::uint32_t share_millionths = 1'000'000, store = kNone;
  double rate = 0;
  events::ConnectionError store_error = events::ConnectionError::NONE;
};
struct CreateTable {
  std::uint32_t table = kNone;
};
struct DeleteTable {
  std::uint32_t table = kNone;
};
struct UpdateTable {
  std::uint32_t table = kNone, to_key = kNone;
};
struct DataRequest {
  std::uint32_t table = kNone;
  events::DataOperation operation = events::DataOperation::GET_ITEM;
  std::uint32_t item = 0;
  std::string value;
};
// A call of DynamoDB with its parameters, kept as the message that it will be.
struct TableCallStep {
  std::shared_ptr<capnp::MallocMessageBuilder> message;
};
struct DataCallStep {
  std::shared_ptr<capnp::MallocMessageBuilder> message;
};
struct CloseConnections {
  std::uint32_t workload = kNone, share_millionths = 1'000'000;
};
using StepAction =
    std::variant<std::monostate, AssumeRole, KmsCall, IamChange, KmsFault, CreateTable, DeleteTable,
                 UpdateTable, DataRequest, TableCallStep, DataCallStep, CloseConnections>;

// One entry of the timeline, which becomes as many steps as it has occurrences.
struct DraftStep {
  std::int64_t at = 0;      // of the first occurrence
  std::int64_t gap = 0;     // between two
  std::uint32_t times = 1;  // how many there are
  std::uint32_t first = 0;  // index of the first one among all steps
  bool numbered = false;    // the later ones are called id-2, id-3, …; else all have the id
  std::string id;
  std::string_view name;  // what it does: kms:Encrypt
  Place place;
  std::uint32_t caller = kNone;
  std::string session;
  std::uint32_t made_table = kNone;  // of a restore: the table that it makes
  StepAction action;                 // nothing until it is compiled, or after an error

  [[nodiscard]] std::string id_of(std::uint32_t occurrence) const;
  [[nodiscard]] std::int64_t at_of(std::uint32_t occurrence) const { return at + gap * occurrence; }
};

// Tablekey::DynamoDB::ItemEncryptor
struct DraftEncryptor {
  std::string logical_id, key_name, key_namespace, wrapping, plaintext_policy, legacy_policy;
  events::ItemEncryptor::Format format = events::ItemEncryptor::Format::ENCRYPTION_CLIENT;
  events::ItemEncryptor::Provider provider = events::ItemEncryptor::Provider::DIRECT_KMS;
  DraftKeyReference key;
  events::ItemEncryptor::Action standard = events::ItemEncryptor::Action::ENCRYPT_AND_SIGN;
  std::vector<std::pair<std::string, events::ItemEncryptor::Action>> actions;
  std::int64_t ttl = 0;  // nanoseconds
  std::uint32_t capacity = 1000;
  std::uint32_t key_store = kNone;  // table
  bool signatures = false;
};

struct DraftExpectation {
  std::string name, check;
  bool warn = false;
  std::uint32_t line = 0;
};

// From a time on, other settings.
struct DraftEra {
  std::int64_t at = 0;
  Place place;
  std::string profile;  // empty: it stays the one before
  std::map<std::string, std::string> profile_settings, own;
  std::map<std::string, std::string> settings;  // all that hold, once the eras are in order
};

struct LoadOptions;

// An entry of `faults`: one that comes again and again.
struct DraftFaultSource {
  std::string name;
  KmsFault fault;
  std::string every, lasts;          // distributions; lasts empty: it is over at once
  std::int64_t from = 0, until = 0;  // until 0: the end
  Place place;
};

struct Draft {
  std::string name, description;
  std::uint64_t seed = 1;
  sim::Time start, until;
  bool until_known = true;  // false: `until` is missing or wrong, which was reported
  std::string account, region, profile;
  std::map<std::string, std::string> profile_settings;  // of the profile it begins with
  std::map<std::string, std::string> settings;          // what `model:` sets, which wins
  std::vector<DraftEra> eras;
  const LoadOptions* options = nullptr;  // of this load, for what steps read
  std::vector<DraftPrincipal> principals;
  std::vector<DraftKey> keys;
  std::vector<DraftTable> tables;
  std::uint32_t groups_of_replicas = 0;
  std::vector<DraftWorkload> workloads;
  std::vector<DraftStep> steps;
  std::vector<DraftFaultSource> faults;
  std::vector<std::string> materials;  // names
  std::vector<DraftKeyStore> stores;
  std::vector<DraftAlias> aliases;
  std::vector<DraftManagedPolicy> managed_policies;
  std::vector<DraftGroup> groups;
  std::vector<DraftOrganizationPolicy> organization_policies;
  std::vector<DraftExpectation> expectations;
  std::vector<DraftEncryptor> encryptors;
  std::map<std::uint32_t, std::uint32_t> made_tables;  // by the number of the timeline's entry
  // Ids of steps about whose answers checks ask: they are recorded with all that they returned.
  std::vector<std::string> asked_answers;
};

// Looking things up by what a scenario may call them. kNone if there is no such thing.
[[nodiscard]] std::uint32_t find_principal(const Draft& draft,
                                           std::string_view name);  // id, name, ARN
[[nodiscard]] std::uint32_t find_key(const Draft& draft,
                                     std::string_view name);  // id, key id, ARN, alias
[[nodiscard]] std::uint32_t find_table(const Draft& draft, std::string_view name);  // id, name, ARN
[[nodiscard]] std::uint32_t find_workload(const Draft& draft, std::string_view name);
[[nodiscard]] std::uint32_t find_store(const Draft& draft,
                                       std::string_view name);  // id, name, cks-…
[[nodiscard]] const DraftManagedPolicy* find_managed_policy(const Draft& draft,
                                                            std::string_view name);  // id, ARN
// An occurrence of a step by its own id.
struct Occurrence {
  const DraftStep* step = nullptr;
  std::uint32_t number = 0;
};
[[nodiscard]] std::optional<Occurrence> find_step(const Draft& draft, std::string_view id);
// The index of a named key material, which exists from its first mention on.
[[nodiscard]] std::uint32_t material_named(Draft& draft, std::string_view name);
// The account's own root user, likewise.
[[nodiscard]] std::uint32_t root_user(Draft& draft, std::string_view account);

// An account and Region: where a table or a key is.
struct Whereabouts {
  std::string account, region;
};
// The AWS managed key alias/aws/dynamodb and the AWS owned key of an account's Region; each is made
// when it is first asked for. Without a place, those of the scenario's own.
[[nodiscard]] std::uint32_t managed_key(Draft& draft);
[[nodiscard]] std::uint32_t managed_key(Draft& draft, const Whereabouts& where);
[[nodiscard]] std::uint32_t owned_key(Draft& draft, const Whereabouts& where);
// A customer managed key that stands for one that a template takes from elsewhere.
[[nodiscard]] std::uint32_t stand_in_key(Draft& draft, std::string_view name,
                                         const Whereabouts& where);
[[nodiscard]] std::string table_arn(const DraftTable& table);

inline constexpr std::string_view kManagedAlias = "alias/aws/dynamodb";
inline constexpr std::string_view kManagedLogicalId = "aws/dynamodb";
inline constexpr std::string_view kOwnedLogicalId = "AWS owned key";

// A key id is part of ARNs and so of policies, so it is fixed when the scenario is compiled:
// version 4 UUID form over SHA-256("tablekey/keyid/<seed>/<account>/<region>/<logical id>").
[[nodiscard]] std::string derived_key_id(std::uint64_t seed, std::string_view account,
                                         std::string_view region, std::string_view logical_id);
// The same of a multi-Region key: mrk- and 32 hexadecimal digits (kms.md 1.3).
[[nodiscard]] std::string derived_multi_region_key_id(std::uint64_t seed, std::string_view account,
                                                      std::string_view logical_id);
// Of a custom key store: cks- and 17 hexadecimal digits.
[[nodiscard]] std::string derived_store_id(std::uint64_t seed, std::string_view account,
                                           std::string_view region, std::string_view logical_id);
[[nodiscard]] std::string key_arn(std::string_view region, std::string_view account,
                                  std::string_view key_id);
[[nodiscard]] std::string partition_of(std::string_view region);

// The policy of the AWS managed key (the seed's first example) and the one of a key without a
// KeyPolicy (kms.md 6.6), as JSON.
[[nodiscard]] std::string managed_key_policy(std::string_view account, std::string_view region);
[[nodiscard]] std::string default_key_policy(std::string_view account, std::string_view region);

}  // namespace tablekey::scenarios
