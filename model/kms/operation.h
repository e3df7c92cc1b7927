// The table of KMS's operations: what each is called, what it acts on, what it counts against, and
// the functions that check it and say what it changes. decide.cpp walks every request through the
// same checks in the order of kms.md 2.5; only what is particular to an operation stands in its
// row.
//
// To add an operation: its row in the file of its kind under operations/, its row in
// key_states.cpp, its name in the event's enum, and where it changes the world its effect in the
// event and in apply.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "model/decide.h"
#include "model/kms/grant_operations.h"
#include "model/state.h"
#include "scenario.capnp.h"

namespace tablekey::model::kms {

/// How many there are.
inline constexpr std::size_t kOperations =
    static_cast<std::size_t>(events::KmsOperation::UPDATE_CUSTOM_KEY_STORE) + 1;

/// What an operation acts on, and so how its subject is found and who may use it (kms.md 1.3, 6.3).
enum class Subject : std::uint8_t {
  key,       ///< KeyId
  blob,      ///< Decrypt: the key is found through the ciphertext; a KeyId is only compared
  two_keys,  ///< ReEncrypt: the source as in `blob`, and DestinationKeyId
  grant,     ///< RetireGrant: by token, or key ARN and grant id
  alias,     ///< CreateAlias, UpdateAlias, DeleteAlias: alias and key(s)
  store,     ///< custom key stores
  account,   ///< CreateKey, ListKeys, GenerateRandom, …: identity policies alone decide
};

/// Which ways of naming a key an operation takes (kms.md 1.3).
enum class KeyForms : std::uint8_t { any, id_or_arn };

/// The groups of request quotas (kms.md 8.1): operations of one group share its rate.
enum class QuotaGroup : std::uint8_t {
  symmetric,  ///< the shared one of symmetric cryptography; rsa, ecc and mldsa for such keys
  rsa,
  ecc,
  mldsa,
  data_key_pair_ecc,
  data_key_pair_rsa_2048,
  data_key_pair_rsa_3072,
  data_key_pair_rsa_4096,
  own,  ///< the operation has a quota of its own
};

/// A request to KMS on its way through the checks. Views are into State and the scenario.
struct KmsRequest {
  events::KmsOperation operation{};
  std::uint32_t call = kNone;          ///< the open call that is answered; kNone: a step's
  std::uint32_t step = 0;              ///< 1 + step of the timeline
  events::KmsCall::Reader parameters;  ///< of a step's call; else the struct's defaults

  // who and whence
  std::uint32_t session = 0;              ///< 1 + session; 0: a service, or the operator
  bool via_service = false;               ///< a service calls on behalf of the session
  bool as_service = false;                ///< a service calls as itself
  std::string_view service = "dynamodb";  ///< which service, without its domain
  std::uint32_t realm = 0;  ///< the caller's account at the Region whose endpoint is called

  // what it is about, once resolved
  std::uint32_t key = kNone;
  std::uint32_t destination = kNone;  ///< ReEncrypt: the second key; UpdateAlias: the old target
  std::uint32_t alias = kNone;        ///< that named the key, or that is the subject
  std::uint32_t table = kNone;        ///< whose encryption context the request carries
  std::vector<std::pair<std::string, std::string>> context;  ///< of a client that encrypts items
  std::uint32_t grant = kNone;
  std::uint32_t named = kNone;         ///< Decrypt, ReEncrypt: what KeyId names, to be compared
  std::vector<std::uint32_t> tokens;   ///< grants whose tokens the request carries
  std::span<const std::uint8_t> blob;  ///< CiphertextBlob: in State, or in `altered`
  std::vector<std::uint8_t> altered;   ///< a blob that the step changed
  std::uint32_t material = kNone;      ///< that the blob names, or that was used
  std::uint32_t destination_material = kNone;

  // its draws
  std::uint64_t entity = 0, ordinal = 0;
  sim::Duration latency = sim::Duration::nanoseconds(-1);  ///< of the answer; -1: nobody waits

  bool from_step() const { return step != 0; }
  std::uint32_t account(const State& state) const {
    return realm / static_cast<std::uint32_t>(state.scenario().regions.size());
  }
  const std::string& region(const State& state) const {
    return state.scenario().realm_region(realm);
  }
};

/// A refusal, or none.
struct Refusal {
  events::KmsError error = events::KmsError::NONE;
  std::string message;
  events::Decider by = events::Decider::NOTHING;
  std::uint32_t number = kNone;  ///< statement or grant that decided
  explicit operator bool() const { return error != events::KmsError::NONE; }
};

/// One operation. A function that is null has nothing to say.
struct OperationRow {
  events::KmsOperation operation{};
  std::string_view name;  ///< as the API spells it
  Subject subject = Subject::key;
  KeyForms forms = KeyForms::id_or_arn;
  bool cryptographic =
      false;  ///< sees the key's state as the data plane does (kms.md 10); "C" of 6.5
  bool cross_account = false;               ///< may be used on another account's key (kms.md 3.0)
  bool dry_run = false;                     ///< takes DryRun
  bool tokens = false;                      ///< takes GrantTokens
  bool read_only = true;                    ///< CloudTrail's readOnly
  bool ends_aws_managed = false;            ///< refused on AWS managed keys (kms.md 3.2)
  std::optional<GrantOperation> grantable;  ///< what a grant must list
  QuotaGroup quota = QuotaGroup::own;
  std::uint32_t quota_default = 5;  ///< requests a second, where `quota` is own (kms.md 8.1)

  /// ValidationException of the request's shape: before its key is looked up.
  Refusal (*validate)(const Deciding&, const KmsRequest&) = nullptr;
  /// After authorization and key state: what the operation itself refuses, cryptography included.
  /// It may fill in what it found (material, …).
  Refusal (*check)(Deciding&, KmsRequest&) = nullptr;
  /// What it changes or hands out. Called only where nothing refused and DryRun is not set.
  void (*effect)(Deciding&, const KmsRequest&, events::KmsEffect::Builder) = nullptr;
};

/// The row of an operation; every operation has one.
const OperationRow& operation_row(events::KmsOperation operation);
/// All rows in the order of the event's enum.
std::span<const OperationRow> operation_rows();

// ---- the rows, by kind; each file under operations/ defines its own ----
std::span<const OperationRow> key_operations();            // operations/keys.cpp
std::span<const OperationRow> policy_operations();         // operations/policies.cpp
std::span<const OperationRow> cryptographic_operations();  // operations/cryptography.cpp
std::span<const OperationRow> asymmetric_operations();     // operations/asymmetric.cpp
std::span<const OperationRow> grant_operations_rows();     // operations/grants.cpp
std::span<const OperationRow> alias_operations();          // operations/aliases.cpp
std::span<const OperationRow> rotation_operations();       // operations/rotation.cpp
std::span<const OperationRow> import_operations();         // operations/import.cpp
std::span<const OperationRow> replica_operations();        // operations/replicas.cpp
std::span<const OperationRow> store_operations();          // operations/stores.cpp

// ---- what the rows' functions share (request.cpp) ----
/// `1 validation error detected: Value at '<path>' failed to satisfy constraint: <constraint>`.
Refusal validation_error(std::string_view path, std::string_view constraint);
Refusal refusal(events::KmsError error, std::string message);
/// When a change that this request makes reaches the data plane, by the delay given (kms.md 10),
/// and never before an earlier change of the same kind and subject.
std::int64_t visible_at(const Deciding& d, const KmsRequest& request, events::Change kind,
                        std::uint32_t subject, const sim::Distribution& delay);
/// The encryption context that the request carries: pairs in the order given.
std::vector<std::pair<std::string, std::string>> encryption_context(const State& state,
                                                                    const KmsRequest& request,
                                                                    bool destination = false);
/// The key as scenario.capnp describes it.
events::Key::Reader described(const State& state, std::uint32_t key);

// ---- facts about keys (key_facts.cpp) ----
/// The state that DescribeKey shows, from the facts in State (kms.md 2.1, 2.2).
events::KeyState derived_state(const State& state, std::uint32_t key);
/// The same if `facts` were the key's.
events::KeyState derived_state(const State& state, std::uint32_t key, const KmsKey& facts);
/// The multi-Region set that a key is in: every key made so far with the same root, itself
/// included, in order; deleted ones not.
std::vector<std::uint32_t> key_set(const State& state, std::uint32_t key);
/// Whether all permanently bound material is there.
bool has_material(const KmsKey& key);

}  // namespace tablekey::model::kms
