// The simulated world as a value: everything that is, and everything that is still to happen. Only
// apply() changes it; it holds no plaintext key byte. Indices stand for things in the order in
// which the scenario names them or in which they came into being.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "model/clients/encryption/most_recent.h"
#include "model/dynamodb/cache/entry.h"
#include "model/dynamodb/table_state.h"
#include "model/iam/policy.h"
#include "model/kms/alias_index.h"
#include "model/scenario.h"
#include "model/settings.h"
#include "sim/agenda.h"
#include "sim/time.h"

namespace tablekey::model {

/// What can be due. The comment says what a and b of the action mean.
enum class ActionKind : std::uint8_t {
  end_run,
  create_key,        ///< a: key
  step,              ///< a: step of the timeline, b: which of the calls it stands for
  create_table,      ///< a: table
  activate_table,    ///< a: table
  fail_creation,     ///< a: table
  finish_deletion,   ///< a: table
  rewrap_data_keys,  ///< a: table
  complete_switch,   ///< a: table
  open_connection,   ///< a: connection, b: 1 where its start was put off
  close_connection,  ///< a: connection, b: Close
  request,           ///< a: connection
  answer_kms,        ///< a: call
  deliver_answer,    ///< a: call
  resume_request,    ///< a: waiter
  refresh_key,       ///< a: connection
  make_visible,      ///< a: key, b: Change; the oldest change of that kind
  delete_key,        ///< a: key
  rotate_key,        ///< a: key, b: RotationType
  expire_material,   ///< a: key, b: material
  sync_material,     ///< a: key (a replica), b: material
  key_ready,         ///< a: key; Creating or Updating is over
  store_change,      ///< a: custom key store; connecting or disconnecting is over
  end_fault,         ///< a: number of the fault (see State::faults)

  // DynamoDB; a: table, unless it says otherwise
  finish_job,     ///< b: JobKind
  check_key,      ///< the health checker's next look
  archive_table,  ///< seven days have passed
  finish_archival,
  finish_backup,    ///< a: backup
  expire_backup,    ///< a: backup
  finish_export,    ///< a: export
  write_entries,    ///< b: global index; its oldest change is due
  write_records,    ///< the stream's oldest change is due
  backfill_index,   ///< b: global index
  split_partition,  ///< b: the structure of the partition
  change_shards,    ///< a shard is due to be closed or trimmed; b: 1 + former stream, or 0
  expire_items,     ///< TTL
  archive_log,
  take_snapshot,
  replicate,       ///< another replica's oldest change reaches the table; b: that replica
  change_replica,  ///< creation or deletion of a replica is over, or it leaves its group
  encrypt_table,   ///< a table of the time before encryption by default
  change_era,      ///< a: era

  pool_arrival,   ///< a: workload
  retry_request,  ///< a: retry
  // caches that KMS's changes reach (cache-theory.md 1), and faults
  plan_poll,           ///< a: cache slot; its polls' phase is drawn
  poll_key,            ///< a: cache slot
  send_invalidations,  ///< a: key, b: 1 + the table whose grant ended, or 0
  invalidate_key,      ///< a: cache slot, b: its generation when the message was sent
  plan_fault,          ///< a: random source of faults
  begin_fault,         ///< likewise
  // DynamoDB again
  follow_switch,  ///< a: a replica that takes the encryption of the group's, b: who leads it
  retire_grant,   ///< a: the grant that protected the history of a deleted table, b: table
};

/// A thing that is due at a simulated time; the agenda holds the time.
struct Action {
  ActionKind kind{};
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint64_t cause = 0;  ///< number of the event that scheduled it
};

/// Order of what is due at one instant (dynamodb.md 11): key and policy changes come first, clients
/// last.
enum class Priority : unsigned { key_change = 0, job = 1, checker = 2, client = 3, end = 7 };

using Agenda = sim::Agenda<Action>;

/// Who calls: a role session, or a user or root acting as itself.
struct Session {
  std::uint32_t principal = 0;
  std::string name;           ///< RoleSessionName; empty for a user or root
  std::string access_key_id;  ///< as the scenario gave it; empty: derived
  sim::Time created;
  std::uint32_t step =
      0;  ///< 1 + the sts:AssumeRole that made it: session policy and tags are there
};

/// A policy of an identity, as it was put.
struct NamedPolicy {
  std::string name, document;
};

/// Policies of an identity in the form that decides; a copy points into itself.
class CompiledPolicies {
 public:
  CompiledPolicies() = default;
  CompiledPolicies(const CompiledPolicies& other) : policies_(other.policies_) { point(); }
  CompiledPolicies& operator=(const CompiledPolicies& other) {
    policies_ = other.policies_;
    point();
    return *this;
  }
  CompiledPolicies(CompiledPolicies&&) = default;
  CompiledPolicies& operator=(CompiledPolicies&&) = default;
  ~CompiledPolicies() = default;

  void set(std::vector<iam::Policy> policies) {
    policies_ = std::move(policies);
    point();
  }
  std::span<const iam::Policy* const> views() const { return views_; }

 private:
  void point() {
    views_.clear();
    for (const iam::Policy& policy : policies_) views_.push_back(&policy);
  }
  std::vector<iam::Policy> policies_;
  std::vector<const iam::Policy*> views_;
};

/// What an identity may do: what IAM shows, and what its data plane decides by (kms.md 10).
struct PrincipalState {
  bool deleted = false;
  std::vector<NamedPolicy> policies;
  std::string boundary;  ///< empty: none
  bool effective_deleted = false;
  std::vector<NamedPolicy> effective_policies;
  std::string effective_boundary;

  // compiled from the effective documents; not written down
  CompiledPolicies compiled;
  std::optional<iam::Policy> compiled_boundary;
  /// False: a document is no policy.
  [[nodiscard]] bool compile();
};

/// States of key material (kms.md 4.5).
enum class MaterialState : std::uint8_t { current, non_current, pending_rotation, pending_sync };

/// One version of a key's secret. Its bytes are the vault's, who derives them from `source`.
struct KeyMaterial {
  std::array<std::uint8_t, 32> id{};  ///< KeyMaterialId
  std::uint64_t key_check_value = 0;
  bool imported = false;
  std::uint32_t source = 0;  ///< imported: index into the scenario's materials; else which draw
  MaterialState state = MaterialState::current;
  bool present = true;  ///< ImportState IMPORTED; false: deleted or expired
  bool bound = true;    ///< permanently part of the key: its loss makes the key unusable
  sim::Time valid_to;   ///< zero: it does not expire
  sim::Handle expiry = sim::kNoHandle;
  sim::Time rotated;  ///< RotationDate: when it became current; zero for the first
  events::RotationType rotation{};
  std::string description;
};

/// How a key rotates (kms.md 4.3, 4.4).
struct Rotation {
  bool enabled = false;
  std::uint32_t period_days = 0;
  sim::Time next;                    ///< NextRotationDate; kept while the key cannot rotate
  sim::Handle due = sim::kNoHandle;  ///< the pending automatic rotation
  std::uint32_t on_demand = 0;       ///< on-demand rotations so far
  sim::Time on_demand_since;         ///< OnDemandRotationStartDate; zero: none under way
  sim::Handle on_demand_done = sim::kNoHandle;
};

struct Tag {
  std::string name, value;
};

/// A KMS key (kms.md 1-2). `state` is what DescribeKey shows, `effective` what the data plane acts
/// on (kms.md 10). `state` follows from the facts below it: see kms::derived_state.
struct KmsKey {
  bool created = false;
  sim::Time creation_date;
  sim::Time visible_at;  ///< from then on it can be found
  events::KeyState state = events::KeyState::ENABLED;
  events::KeyState effective = events::KeyState::ENABLED;
  bool deleted = false;
  bool enabled = true;            ///< what EnableKey and DisableKey last said
  bool pending_deletion = false;  ///< scheduled, and not cancelled
  bool creating = false, updating = false;
  sim::Handle ready = sim::kNoHandle;     ///< the pending key_ready
  sim::Time deletion_date;                ///< zero while a primary waits for its replicas' end
  std::uint32_t deletion_window = 0;      ///< days
  sim::Handle deletion = sim::kNoHandle;  ///< the pending delete_key
  bool primary = false;  ///< of its multi-Region set, at present (UpdatePrimaryRegion moves it)
  std::vector<KeyMaterial> materials;  ///< in the order in which they came
  std::uint32_t current = kNone;       ///< index of the CURRENT one; kNone: none yet
  Rotation rotation;
  std::string description;
  std::vector<Tag> tags, effective_tags;  ///< the latter as authorization sees them
  std::string policy;                     ///< what GetKeyPolicy shows
  std::string effective_policy;           ///< what decides
  std::uint32_t changes_pending = 0;
  std::vector<std::uint32_t> grants;
  std::uint32_t live_grants = 0;
  sim::Time last_used;  ///< by a successful cryptographic operation; zero: never (GetKeyLastUsage)
  events::KmsOperation last_operation{};

  std::optional<iam::Policy> compiled;  ///< effective_policy, compiled; not written down
  /// False: the policy is none.
  [[nodiscard]] bool compile();
};

/// An alias (kms.md 1.9): of one account and Region.
struct Alias {
  std::string name;                     ///< alias/…
  std::uint32_t realm = 0;              ///< account and Region: index into ScenarioView::realms
  std::uint32_t key = kNone;            ///< its target; kNone: it was deleted
  std::uint32_t effective_key = kNone;  ///< as kms:ResourceAliases sees it
  sim::Time created, updated;
};

/// A custom key store (kms.md 1.7); what is fixed about it stands in the scenario.
struct CustomKeyStore {
  events::ConnectionState state = events::ConnectionState::ABSENT;
  events::ConnectionError error{};
  std::string name, cluster_id;
  sim::Handle change = sim::kNoHandle;  ///< the pending end of connecting or disconnecting
  std::uint32_t changes = 0;            ///< of its connection so far: ordinal of their draws
  events::ConnectionError broken{};     ///< a fault: operations fail although it is connected
};

/// What a step's KMS call returned, for steps that use it.
struct StepResult {
  bool answered = false;
  events::KmsError error{};
  std::uint32_t key = kNone;
  std::uint32_t material = kNone;
  std::uint64_t key_check_value = 0;  ///< of the plaintext
  std::vector<std::uint8_t> blob;     ///< CiphertextBlob
  std::uint32_t grant = kNone;
  std::uint32_t token = 0;  ///< ordinal of the grant's token that was returned
  std::vector<std::uint8_t> import_token;
  sim::Time valid_to;  ///< of the import token, or of the shard iterator

  // of a DynamoDB step
  events::Exception exception{};
  std::uint32_t backup = kNone, exported = kNone;
  std::uint32_t last_item = kNone;  ///< LastEvaluatedKey; of an iterator its shard
  std::uint32_t returned = 0, scanned = 0;
  std::uint64_t last_sequence = 0;  ///< GetRecords
  std::uint64_t result_high = 0, result_low = 0;
  std::uint64_t decrypted_high = 0, decrypted_low = 0;
};

/// A client request token that TransactWriteItems remembers (dynamodb.md 9).
struct RequestToken {
  std::string token;
  std::uint32_t caller = 0;
  std::uint32_t step = 0;  ///< 1 + the step that used it first
  sim::Time at;
};

/// Requests counted against a quota in the present window (kms.md 8.1).
struct QuotaWindow {
  sim::Time begins;
  std::uint32_t used = 0;
};

/// The servers of a Region's KMS, where it is a queue (kms/servers.h).
struct KmsServers {
  std::vector<sim::Time> free_at;  ///< of those that ever worked
  std::vector<sim::Time> begins;   ///< of the service of calls that may still wait
};

/// A change that KMS or IAM has accepted and that the data plane will see later.
struct PendingChange {
  events::Change kind{};
  std::uint32_t key = 0;  ///< what it is about: see events::Change
  events::KeyState state{};
  std::string policy;
  sim::Time visible_at;
  std::uint32_t step = 0;        ///< 1 + step whose parameters say what changes
  std::uint32_t target = kNone;  ///< of an alias: the key that it points to then; kNone: none
};

/// A grant (kms.md 5): one that DynamoDB holds for a table (dynamodb.md 5.1), or one with the terms
/// that the step gave which made it (ScenarioView::grant_terms).
struct Grant {
  std::uint32_t key = 0;
  std::uint32_t table = kNone;  ///< DynamoDB's grant for this table; kNone: terms of a step
  std::uint32_t step = 0;       ///< 1 + step that made it
  std::uint32_t issuer = 0;     ///< 1 + session; 0: the operator
  std::array<std::uint8_t, 32> id{};
  sim::Time created;
  sim::Time visible_at;      ///< from then on usable without its token
  std::uint32_t tokens = 1;  ///< issued so far
  bool ended = false;        ///< retired or revoked; ListGrants no longer shows it
  sim::Time end_visible_at;  ///< until then it may still be used

  /// Whether KMS's data plane lets it be used, with its token or without.
  bool usable(sim::Time now, bool token) const {
    return (token || now >= visible_at) && !(ended && now >= end_visible_at);
  }
};

/// What became of a table's key for a request that needs those of several tables.
struct ObtainedKey {
  std::uint32_t table = 0;
  std::uint32_t version = 0;
  events::KmsError error{};
  Uuid request_id{};
};

/// A data request that waits for KMS.
struct Request {
  std::uint32_t connection = 0;
  std::uint32_t item = 0;
  std::uint32_t step = 0;  ///< 1 + step; 0: workload
  /// Of a workload's request whose client encrypts: the connection that it came on, and its number
  /// there; kNone: it is another.
  std::uint32_t home = kNone;
  std::uint64_t home_ordinal = 0;
  events::DataOperation operation{};
  events::Miss why{};
  sim::Time arrived;
  std::uint64_t ordinal = 0;   ///< of the connection's requests: its draws
  std::uint32_t asked = 0;     ///< times that KMS was asked for it
  std::uint8_t attempt = 0;    ///< retries before it
  std::uint32_t slot = kNone;  ///< where what it learns is cached, as long as the slot's generation
  std::uint32_t generation = 0;
  // what its Decrypt said, once it did
  std::uint32_t version = 0;
  events::KmsError error{};
  Uuid request_id{};
  std::vector<ObtainedKey> obtained;  ///< for its other tables, so far
  /// Client-side encryption: how often KMS was asked for its items' keys, and what each call that
  /// succeeded returned: the blob of a GenerateDataKey, nothing of a Decrypt.
  std::uint32_t client_asked = 0;
  std::vector<std::vector<std::uint8_t>> client_blobs;

  /// The ordinal of the draws of its next Decrypt: each one that is sent has its own.
  std::uint64_t decrypt_ordinal() const {
    return ordinal | static_cast<std::uint64_t>(asked) << 40;
  }
};

/// A caching most recent provider (dynamodb.md 8.1): that of one encryptor as one caller has it.
struct ClientProvider {
  encryption::MostRecent recent;
  /// Which keys it holds, one for each version in `recent.held`: indices into State::materials.
  std::vector<std::uint32_t> materials;
  std::uint64_t loader = 0;  ///< loader_mark() of the request that asks the key store; 0: none does
  std::vector<std::uint32_t> waiting;  ///< requests that wait for its outcome: into State::waiters
};

/// Keys that a client has put into a key store. What they are follows from the draws of its
/// request.
struct ClientMaterial {
  std::uint64_t version = 0;
  std::uint32_t step = 0;      ///< 1 + the step whose request made them; 0: a workload's did
  std::uint32_t home = kNone;  ///< the workload's connection
  std::uint64_t ordinal = 0;   ///< and the number of the request there
};

/// What a workload shares whose connections have one process of arrivals (WorkloadView::shared).
struct Pool {
  std::uint32_t opened = 0;    ///< connections so far; with the last one it begins
  sim::Time origin;            ///< when it began: rates and recorded times count from here
  std::uint64_t arrivals = 0;  ///< so far, skipped recorded ones among them: ordinal of its draws
  /// By group of connections: whose turn it is, or how many have been used (most recent).
  std::vector<std::uint32_t> turns;
  sim::Handle arrival = sim::kNoHandle;  ///< the pending pool_arrival
};

struct Connection {
  std::uint32_t workload = kNone;  ///< kNone: it carries the timeline's own requests
  std::uint32_t table = 0;
  std::uint32_t identity = 0;  ///< 1 + identity; 0: the operator
  bool open = false;
  bool closing = false;        ///< it has done its number of requests
  sim::Time origin;            ///< when it first opened: rates count from here
  std::uint64_t requests = 0;  ///< so far, over all its lives: ordinal of its draws
  std::uint64_t requests_in_life = 0;
  sim::Time opened;
  sim::Handle arrival = sim::kNoHandle;  ///< the pending request or opening
  sim::Handle closure = sim::kNoHandle;  ///< the pending end of its life
  std::uint64_t arrivals = 0;            ///< of its own process so far: ordinal of their draws
  sim::Duration lifetime;                ///< of its present or next life, where it is drawn
  /// Of a pool: when its last answer is with the client; until that is known, never.
  sim::Time free_at;
  sim::Handle idle_closure = sim::kNoHandle;  ///< of a pool: the pending end for want of use
  std::uint32_t lives = 0;                    ///< so far; each is on the next router
  std::uint32_t router = 0;                   ///< of its present or last life
  std::uint32_t slot = kNone;  ///< where its table's key is cached; kNone: nowhere yet
};

/// A KMS call between sending and arrival of the answer.
enum class Purpose : std::uint8_t {
  free,
  data_request,
  process,
  step,
  control,      ///< a control-plane request of a step that waits for KMS
  service_job,  ///< a job of the service; `argument` says which and about what
  refresh,      ///< of a connection's entry, behind its requests
  client,       ///< client-side encryption asks for an item's key
  retirement,   ///< RetireGrant of a grant that outlived its table
};

/// Whether a call's answer tells its exception's text: not where there may be very many.
constexpr bool tells_why(Purpose purpose) {
  return purpose != Purpose::data_request && purpose != Purpose::refresh;
}

struct Call {
  Purpose purpose = Purpose::free;
  events::KmsOperation operation{};
  std::uint32_t session = 0;  ///< 1 + session; 0: DynamoDB itself, or the operator on a step
  bool via_service = false;   ///< DynamoDB calls on behalf of the session
  bool as_service = false;    ///< DynamoDB calls as itself
  std::uint32_t key = kNone;
  std::uint32_t table = kNone;
  std::uint32_t version = 0;  ///< Decrypt: which version of the table key
  std::uint32_t grant = kNone;
  std::uint32_t step = 0;    ///< 1 + step
  std::uint64_t entity = 0;  ///< its draws: (entity, purpose, ordinal)
  std::uint64_t ordinal = 0;
  sim::Time sent;
  events::ServiceJob job{};            ///< service_job
  std::uint32_t argument = 0;          ///< service_job: index, partition…; control: the copy
  Request request;                     ///< data_request: the one that asked
  std::vector<std::uint32_t> waiting;  ///< data_request: those that wait for the same answer
  // the answer, once there is one
  bool answered = false;
  events::KmsError error{};
  events::Decider decided_by{};
  Uuid request_id{};
  std::string message;  ///< of an exception, except for a data request
  std::vector<std::uint8_t> blob;
  std::uint64_t key_check_value = 0;
};

/// A source of faults that come at random: the fault that lasts, or is to come.
struct FaultSource {
  std::uint64_t faults = 0;  ///< so far: ordinal of their draws
  sim::Time at;              ///< when it begins or began
  sim::Duration duration;
};

/// Totals that a run reports.
struct Counters {
  std::uint64_t requests = 0, served = 0, failed = 0, hits = 0, delayed_hits = 0;
  std::uint64_t kms_calls = 0, kms_denied = 0;
};

class State {
 public:
  /// The world before RunStarted. The scenario must outlive the state.
  explicit State(const ScenarioView& scenario);

  const ScenarioView& scenario() const { return *scenario_; }
  /// The settings in force: an era may have replaced those that the scenario began with.
  const Settings& settings() const { return scenario_->settings(era); }
  sim::Time now() const { return now_; }
  std::uint64_t events() const { return events_; }
  bool ended() const { return ended_; }

  const Agenda& agenda() const { return agenda_; }
  std::vector<Session> sessions;
  std::vector<std::uint32_t> latest_session;  ///< by identity (see ScenarioView::identities)
  std::vector<KmsKey> keys;
  std::vector<PendingChange> changes;  ///< not yet visible, in the order in which they were made
  std::vector<PrincipalState> principals;
  std::vector<Alias> aliases;
  kms::AliasIndex alias_index;  ///< of `aliases`; not written down
  std::vector<CustomKeyStore> stores;
  std::vector<StepResult> results;      ///< by step; empty until a step's call returned something
  std::vector<QuotaWindow> quotas;      ///< see kms/quota.h
  std::vector<KmsServers> kms_servers;  ///< by Region; empty: none ever worked
  /// Faults that last, in the order in which they began: their steps, or the number of steps plus
  /// the index of the random source.
  std::vector<std::uint32_t> faults;
  std::vector<FaultSource> fault_sources;  ///< as the scenario lists them
  std::vector<Grant> grants;
  std::uint32_t era = 0;  ///< 0: the scenario's settings; e: those of eras[e - 1]
  std::vector<Table> tables;
  std::vector<Origin> origins;
  std::vector<Backup> backups;
  std::vector<Export> exports;
  std::vector<ReplicaGroup> groups;
  std::vector<RequestToken> tokens;
  std::vector<ShardReader> shard_readers;    ///< those of the last streams.reader_window
  std::vector<ClientProvider> providers;     ///< as ScenarioView::providers lists them
  std::vector<ClientMaterial> materials;     ///< in the order in which they were stored
  std::vector<StoredBoundary> boundaries;    ///< in the order in which they were stored
  std::vector<FormerStream> former_streams;  ///< of deleted tables; numbers are not used again
  std::vector<Connection> connections;
  /// Cached table keys. The first ones are the connections' own, in their order; those that several
  /// share follow as they come into being.
  std::vector<CacheSlot> cache;
  std::vector<Cache> caches;                               ///< those that are shared
  std::map<std::uint64_t, std::uint32_t> cache_of_domain;  ///< into caches; not written down
  /// By table and cache: into `cache`, of shared ones; not written down.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> slot_of_cache;
  std::vector<Call> calls;
  std::vector<std::uint32_t> free_calls;
  std::vector<Request> waiters;
  std::vector<std::uint32_t> free_waiters;
  std::vector<Request> retries;  ///< requests that failed and will be sent again
  std::vector<std::uint32_t> free_retries;
  std::vector<Pool> pools;  ///< by workload; used by those that share one process
  std::vector<std::uint32_t>
      workload_tables_ready;  ///< by workload: how many of its tables are active
  Counters counters;

  // ---- what is looked up often ----
  std::uint64_t table_entity(std::uint32_t table) const;  ///< of its draws
  std::uint64_t connection_entity(std::uint32_t connection) const;
  const FamilyView& family(std::uint32_t table) const {
    return scenario_->families[tables[table].family];
  }
  /// The current record of an item. version 0: there is no such item.
  struct ItemView {
    std::uint32_t version = 0, size = 0, origin = 0;
    bool given = false, has_tag = false;
    std::uint64_t tag_high = 0, tag_low = 0;
    sim::Time expires;  ///< its TTL attribute, whole seconds; zero: none
  };
  ItemView item(std::uint32_t table, std::uint32_t item) const;
  /// How many item ordinals of the table may be in use: generated ones and those that steps name.
  std::uint32_t item_count(std::uint32_t table) const;

  // ---- names and identifiers, as AWS prints them ----
  std::string table_name(std::uint32_t table) const;
  /// The account and the Region that a table is in, and with it all that DynamoDB does for it.
  const std::string& table_account(std::uint32_t table) const;
  const std::string& table_region(std::uint32_t table) const;
  std::string table_arn(std::uint32_t table) const;
  std::string key_arn(std::uint32_t key) const;
  std::string session_arn(std::uint32_t session) const;

  /// The state written down, canonically: the payload of a snapshot, and what its digest covers.
  std::vector<std::uint8_t> save() const;
  /// The state that save() wrote. Throws BadSnapshot.
  static State restore(const ScenarioView& scenario, std::span<const std::uint8_t> saved);

  /// Fills what finds cached keys. False: `cache` and `caches` do not belong together.
  [[nodiscard]] bool index_cache();

 private:
  friend class Applier;
  template <class Archive, class S>
  static void visit_state(Archive& archive, S& state);
  const ScenarioView* scenario_;
  sim::Time now_;
  std::uint64_t events_ = 0;
  bool ended_ = false;
  Agenda agenda_;
};

}  // namespace tablekey::model
