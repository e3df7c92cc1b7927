// KMS's request path: key lookup, authorization, key state, cryptography, and what CloudTrail will
// show of it (kms.md 2.5). An answer is one KmsAnswered event, whoever asked.
#include <algorithm>

#include "crypto/bytes.h"
#include "model/decide.h"
#include "model/draws.h"
#include "model/iam/policy.h"
#include "model/kms/authorize.h"
#include "model/kms/blob.h"
#include "model/kms/key_states.h"
#include "model/kms/step_grants.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Decider;
using events::KmsError;
using Operation = events::KmsOperation;
using StepKind = events::Step::KmsCallKind;

constexpr std::uint32_t kDefaultWindowDays = 30;
constexpr std::uint32_t kWindowDaysMin = 7, kWindowDaysMax = 30;

/// A request to KMS, from a call under way or from a step of the timeline.
struct KmsRequest {
  Operation operation{};
  std::uint32_t call = kNone;
  std::uint32_t session = 0;
  bool via_service = false, as_service = false;
  std::uint32_t key = kNone;
  std::uint32_t table = kNone;
  std::uint32_t version = 0;  // Decrypt
  std::uint32_t grant = kNone;
  std::uint32_t token = kNone;
  std::string_view policy;  // PutKeyPolicy
  std::uint32_t window_days = 0;
  std::uint64_t entity = 0, ordinal = 0;
  sim::Duration latency = sim::Duration::nanoseconds(-1);
};

struct Verdict {
  KmsError error = KmsError::NONE;
  Decider by = Decider::NOTHING;
  std::uint32_t number = kNone;
};

kms::AccessRequest access_request(const Deciding& d, const KmsRequest& request) {
  kms::AccessRequest access;
  access.operation = request.operation;
  access.session = request.session;
  access.via_service = request.via_service;
  access.as_service = request.as_service;
  access.key = request.key;
  access.table = request.table;
  access.token = request.token;
  access.window_days = request.window_days;
  access.now = d.now;
  return access;
}

std::vector<std::uint8_t> context_of(const Deciding& d, std::uint32_t table) {
  if (table == kNone) return kms::canonical_context({});  // a direct call without a context
  return kms::table_context(d.state.table_name(table), d.state.scenario().account);
}

// Decrypt of a table key: the blob says which key it is under.
bool opens(Deciding& d, const KmsRequest& request) {
  if (request.table == kNone) return false;
  const Table& table = d.state.tables[request.table];
  if (request.version == 0 || request.version > table.keys.size()) return false;
  const TableKey& wrapped = table.keys[request.version - 1];
  return d.vault.decrypts(wrapped.key, wrapped.blob, context_of(d, request.table));
}

KmsError effect_refusal(Deciding& d, const KmsRequest& request) {
  const KmsKey& key = d.state.keys[request.key];
  const auto manager = d.state.scenario().reader().getKeys()[request.key].getManager();
  switch (request.operation) {
    case Operation::DECRYPT:
      return opens(d, request) ? KmsError::NONE : KmsError::INVALID_CIPHERTEXT;
    case Operation::CREATE_GRANT:
      if (request.table == kNone) return KmsError::VALIDATION;  // our grants are all for a table
      // AWS managed keys are not counted (kms.md 5.1).
      return manager == events::Key::Manager::CUSTOMER &&
                     key.live_grants >= d.settings().grants_per_key_max
                 ? KmsError::LIMIT_EXCEEDED
                 : KmsError::NONE;
    case Operation::RETIRE_GRANT:
    case Operation::REVOKE_GRANT:
      return request.grant == kNone || d.state.grants[request.grant].ended ? KmsError::NOT_FOUND
                                                                           : KmsError::NONE;
    case Operation::SCHEDULE_KEY_DELETION:
      return request.window_days < kWindowDaysMin || request.window_days > kWindowDaysMax
                 ? KmsError::VALIDATION
                 : KmsError::NONE;
    case Operation::PUT_KEY_POLICY:
      return iam::Policy::compile(request.policy, iam::PolicyKind::key)
                 ? KmsError::NONE
                 : KmsError::MALFORMED_POLICY_DOCUMENT;
    default:
      return KmsError::NONE;
  }
}

// An AWS managed key cannot be changed by its account (kms.md 1.1); only its policy says who may
// revoke grants.
bool refused_for_aws_managed(Operation operation) {
  switch (operation) {
    case Operation::ENABLE_KEY:
    case Operation::DISABLE_KEY:
    case Operation::SCHEDULE_KEY_DELETION:
    case Operation::CANCEL_KEY_DELETION:
    case Operation::PUT_KEY_POLICY:
      return true;
    default:
      return false;
  }
}

// The checks in the order of kms.md 2.5: key, authorization, key state, then the operation's own.
Verdict judge(Deciding& d, const KmsRequest& request) {
  if (request.key == kNone || !d.state.keys[request.key].created ||
      d.state.keys[request.key].state == events::KeyState::DELETED) {
    // Through a blob, an unknown key and a forbidden one look the same (kms.md 2.5).
    const bool masked = request.operation == Operation::DECRYPT;
    return {masked ? KmsError::ACCESS_DENIED : KmsError::NOT_FOUND, Decider::KEY_STATE, kNone};
  }
  const auto manager = d.state.scenario().reader().getKeys()[request.key].getManager();
  if (manager != events::Key::Manager::CUSTOMER && refused_for_aws_managed(request.operation)) {
    return {request.operation == Operation::PUT_KEY_POLICY ? KmsError::UNSUPPORTED_OPERATION
                                                           : KmsError::ACCESS_DENIED,
            Decider::NOTHING, kNone};
  }
  const kms::Access access = kms::authorize(d.state, access_request(d, request));
  Verdict verdict{KmsError::NONE, access.by, access.number};
  if (!access.allowed) {
    verdict.error = KmsError::ACCESS_DENIED;
    return verdict;
  }
  const KmsKey& key = d.state.keys[request.key];
  const bool crypto = kms::is_cryptographic(request.operation);
  verdict.error = kms::state_refusal(request.operation, crypto ? key.effective : key.state,
                                     d.settings().pending_deletion_error);
  if (verdict.error != KmsError::NONE) {
    verdict.by = Decider::KEY_STATE;
    return verdict;
  }
  verdict.error = effect_refusal(d, request);
  if (verdict.error == KmsError::INVALID_CIPHERTEXT) verdict.by = Decider::CRYPTOGRAPHY;
  return verdict;
}

sim::Time propagated(const Deciding& d, const KmsRequest& request, const sim::Distribution& delay) {
  return d.now +
         delay.sample_duration(draw(d.random, request.entity, Draw::propagation, request.ordinal));
}

// When a change of a key takes effect: after its own delay, and never before an earlier change of
// the same kind.
std::int64_t key_change_visible(const Deciding& d, const KmsRequest& request, events::Change kind,
                                const sim::Distribution& delay) {
  sim::Time visible = propagated(d, request, delay);
  for (const PendingChange& change : d.state.changes) {
    if (change.kind == kind && change.key == request.key) {
      visible = std::max(visible, change.visible_at);
    }
  }
  return visible.nanoseconds();
}

void key_state_effect(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  auto change = effect.initKeyState();
  switch (request.operation) {
    case Operation::ENABLE_KEY:
      change.setState(events::KeyState::ENABLED);
      break;
    case Operation::SCHEDULE_KEY_DELETION:
      change.setState(events::KeyState::PENDING_DELETION);
      change.setDeletionDate(
          (d.now + sim::Duration::hours(24) * static_cast<std::int64_t>(request.window_days))
              .nanoseconds());
      break;
    default:  // DisableKey; a key whose deletion is cancelled is disabled too (kms.md 2.2)
      change.setState(events::KeyState::DISABLED);
      break;
  }
  change.setVisibleAt(key_change_visible(d, request, events::Change::KEY_STATE,
                                         d.settings().kms_key_state_propagation));
}

void grant_created_effect(Deciding& d, const KmsRequest& request,
                          events::KmsEffect::Builder effect) {
  const auto head = draw(d.random, request.entity, Draw::grant_id_head, request.ordinal);
  const auto tail = draw(d.random, request.entity, Draw::grant_id_tail, request.ordinal);
  std::array<std::uint8_t, 32> id;
  crypto::store_big_endian<8>(head.high, id.data());
  crypto::store_big_endian<8>(head.low, id.data() + 8);
  crypto::store_big_endian<8>(tail.high, id.data() + 16);
  crypto::store_big_endian<8>(tail.low, id.data() + 24);
  const auto grant = static_cast<std::uint32_t>(d.state.grants.size());
  auto created = effect.initGrantCreated();
  created.setGrant(grant);
  created.setGrantId(capnp::Data::Reader(id.data(), id.size()));
  created.setVisibleAt(propagated(d, request, d.settings().kms_propagation).nanoseconds());
}

void fill_effect(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  switch (request.operation) {
    case Operation::ENABLE_KEY:
    case Operation::DISABLE_KEY:
    case Operation::SCHEDULE_KEY_DELETION:
    case Operation::CANCEL_KEY_DELETION:
      return key_state_effect(d, request, effect);
    case Operation::PUT_KEY_POLICY: {
      auto policy = effect.initPolicy();
      policy.setDocument(std::string(request.policy));
      policy.setVisibleAt(
          key_change_visible(d, request, events::Change::KEY_POLICY, d.settings().kms_propagation));
      return;
    }
    case Operation::CREATE_GRANT:
      return grant_created_effect(d, request, effect);
    case Operation::RETIRE_GRANT:
    case Operation::REVOKE_GRANT: {
      auto ended = effect.initGrantEnded();
      ended.setGrant(request.grant);
      ended.setVisibleAt(propagated(d, request, d.settings().kms_propagation).nanoseconds());
      return;
    }
    case Operation::GENERATE_DATA_KEY: {
      auto made = effect.initDataKey();
      std::uint64_t key_check_value = 0;
      const auto blob = d.vault.generate_data_key(request.key, request.entity, request.ordinal,
                                                  context_of(d, request.table), key_check_value);
      made.setCiphertextBlob(capnp::Data::Reader(blob.data(), blob.size()));
      made.setKeyCheckValue(key_check_value);
      return;
    }
    default:
      return;
  }
}

bool has_effect(Operation operation) {
  return operation != Operation::DECRYPT && operation != Operation::DESCRIBE_KEY &&
         operation != Operation::ENCRYPT;
}

void answer(Deciding& d, const KmsRequest& request) {
  const Verdict verdict = judge(d, request);
  const auto id = as_uuid(draw(d.random, request.entity, Draw::request_id, request.ordinal));
  auto event = d.out.initKmsAnswered();
  event.setCall(request.call);
  event.setOperation(request.operation);
  event.setCaller(request.session);
  event.setKey(request.key);
  event.setTable(request.table);
  event.setError(verdict.error);
  event.setDecidedBy(verdict.by);
  event.setDecider(verdict.number);
  event.setRequestHigh(id.high);
  event.setRequestLow(id.low);
  event.setLatency(request.latency.count());
  event.setViaService(request.via_service);
  event.setAsService(request.as_service);
  event.setGrant(request.grant);
  if (verdict.error == KmsError::NONE && has_effect(request.operation)) {
    fill_effect(d, request, event.initEffect());
  }
}

Operation operation_of(StepKind kind) {
  switch (kind) {
    case StepKind::DISABLE_KEY:
      return Operation::DISABLE_KEY;
    case StepKind::ENABLE_KEY:
      return Operation::ENABLE_KEY;
    case StepKind::SCHEDULE_KEY_DELETION:
      return Operation::SCHEDULE_KEY_DELETION;
    case StepKind::CANCEL_KEY_DELETION:
      return Operation::CANCEL_KEY_DELETION;
    case StepKind::PUT_KEY_POLICY:
      return Operation::PUT_KEY_POLICY;
    case StepKind::REVOKE_GRANT:
      return Operation::REVOKE_GRANT;
    case StepKind::RETIRE_GRANT:
      return Operation::RETIRE_GRANT;
    case StepKind::DECRYPT:
      return Operation::DECRYPT;
    case StepKind::GENERATE_DATA_KEY:
      return Operation::GENERATE_DATA_KEY;
    case StepKind::DESCRIBE_KEY:
      return Operation::DESCRIBE_KEY;
    case StepKind::CREATE_GRANT:
      return Operation::CREATE_GRANT;
    case StepKind::ENCRYPT:
      return Operation::ENCRYPT;
  }
  law(false, "a step's KMS operation is known");
  return Operation::DESCRIBE_KEY;
}

}  // namespace

void decide_kms_answer(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  KmsRequest request;
  request.operation = call.operation;
  request.call = d.action.a;
  request.session = call.session;
  request.via_service = call.via_service;
  request.as_service = call.as_service;
  request.key = call.key;
  request.table = call.table;
  request.version = call.version;
  request.grant = call.operation == Operation::RETIRE_GRANT ? call.grant : kNone;
  request.token = call.grant;
  request.entity = call.entity;
  request.ordinal = call.ordinal;
  request.latency = latency_back(d, call.entity, call.ordinal);
  answer(d, request);
}

// A step's call reaches KMS at the step's own time; nobody waits for the answer.
void decide_kms_step(Deciding& d) {
  const ScenarioView& scenario = d.state.scenario();
  const auto step = scenario.reader().getSteps()[d.action.a];
  const auto kms = step.getKms();
  KmsRequest request;
  request.operation = operation_of(kms.getOperation());
  const std::uint32_t caller = scenario.caller(step.getCaller(), step.getSession().cStr());
  request.session = caller == 0 ? 0 : 1 + at(d.state.latest_session, caller - 1);
  request.key = kms.getKey();
  if (kms.getTable() != kNone) {
    request.table = scenario.families[kms.getTable()].first_table;
    const Table& table = d.state.tables[request.table];
    if (request.key == kNone) request.key = table.key;
    request.version = static_cast<std::uint32_t>(table.keys.size());
    if (request.operation == Operation::DECRYPT && request.version != 0) {
      request.key = table.keys.back().key;  // Decrypt finds the key through the blob
    }
  }
  if (const auto found = step_grant(d.state, d.action.a, d.action.b);
      found && (request.operation == Operation::REVOKE_GRANT ||
                request.operation == Operation::RETIRE_GRANT)) {
    request.grant = found->grant;
    request.key = d.state.grants[found->grant].key;
  }
  request.policy = {kms.getPolicy().cStr(), kms.getPolicy().size()};
  if (request.operation == Operation::SCHEDULE_KEY_DELETION) {
    request.window_days =
        kms.getPendingWindowInDays() == 0 ? kDefaultWindowDays : kms.getPendingWindowInDays();
  }
  request.entity = scenario.kms_step_entities[d.action.a];
  request.ordinal = d.action.b;
  answer(d, request);
}

void decide_key_created(Deciding& d) {
  const std::uint32_t key = d.action.a;
  const kms::KeyId id = kms::raw_key_id(d.state.scenario().key_ids[key]).value();
  const kms::MaterialId material = d.vault.material_id(key);
  auto event = d.out.initKeyCreated();
  event.setKey(key);
  event.setKeyIdHigh(crypto::load_big_endian<8>(id.data()));
  event.setKeyIdLow(crypto::load_big_endian<8>(id.data() + 8));
  event.setMaterialId(capnp::Data::Reader(material.data(), material.size()));
  event.setKeyCheckValue(d.vault.backing_key_check_value(key));
}

void decide_visible(Deciding& d) {
  auto event = d.out.initChangeVisible();
  event.setKind(static_cast<events::Change>(d.action.b));
  event.setKey(d.action.a);
}

void decide_role_assumed(Deciding& d) {
  const auto step = d.state.scenario().reader().getSteps()[d.action.a].getAssumeRole();
  auto event = d.out.initRoleAssumed();
  event.setSession(static_cast<std::uint32_t>(d.state.sessions.size()));
  event.setPrincipal(step.getPrincipal());
  event.setName(step.getSessionName());
  event.setAccessKeyId(step.getAccessKeyId());
  event.setStep(d.action.a + 1);
}

}  // namespace tablekey::model
