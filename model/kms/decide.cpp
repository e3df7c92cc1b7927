// KMS's request path: every request, whoever makes it, walks through the checks of kms.md 2.5 in
// their order and becomes one KmsAnswered. What is particular to an operation stands in its row.
#include "model/decide.h"

#include <algorithm>
#include <utility>

#include "crypto/bytes.h"
#include "model/clients/client_requests.h"
#include "model/clients/requests.h"
#include "model/draws.h"
#include "model/faults.h"
#include "model/kms/authorize.h"
#include "model/kms/blob.h"
#include "model/kms/judge.h"
#include "model/kms/key_states.h"
#include "model/kms/operation.h"
#include "model/kms/operations/stores.h"
#include "model/kms/quota.h"
#include "model/kms/resolve.h"
#include "model/kms/servers.h"
#include "model/kms/step_grants.h"
#include "model/law.h"
#include "model/planted.h"

namespace tablekey::model {
namespace {

using events::Decider;
using events::KmsError;
using kms::KmsRequest;
using kms::OperationRow;
using kms::Refusal;
using Operation = events::KmsOperation;

/// How the answer came about: who let it pass or refused it.
struct Verdict {
  Refusal refusal;
  Decider by = Decider::NOTHING;
  std::uint32_t number = kNone;
  Decider destination_by = Decider::NOTHING;
  std::uint32_t destination_number = kNone;
};

// A refusal names what decided; where its maker did not, the check that it failed does.
Verdict refused(Refusal refusal, Decider by) {
  Verdict verdict;
  verdict.by = refusal.by == Decider::NOTHING ? by : refusal.by;
  verdict.number = refusal.number;
  verdict.refusal = std::move(refusal);
  return verdict;
}

// An AWS managed key cannot be changed by its account (kms.md 1.1, 3.2).
Refusal aws_managed_refusal(const Deciding& d, const KmsRequest& request, const OperationRow& row) {
  if (!row.ends_aws_managed || request.key == kNone) return {};
  const auto key = kms::described(d.state, request.key);
  if (key.getManager() == events::Key::Manager::CUSTOMER) return {};
  const std::string arn = d.state.key_arn(request.key);
  if (row.operation == Operation::PUT_KEY_POLICY) {
    return kms::refusal(KmsError::UNSUPPORTED_OPERATION, arn + " is an AWS managed key.");
  }
  return kms::refusal(KmsError::ACCESS_DENIED, kms::aws_managed_denial(d.state, request, row.name));
}

Refusal state_check(const Deciding& d, const KmsRequest& request, const OperationRow& row) {
  // An alias leaves a key in whatever state; only where it goes to counts (kms.md 2.4, note 10).
  if (row.operation == Operation::UPDATE_ALIAS) {
    return kms::state_refusal(d.state, row, request.key, true);
  }
  if (request.key != kNone) {
    if (Refusal refusal = kms::state_refusal(d.state, row, request.key, false)) return refusal;
  }
  if (request.destination != kNone) {
    return kms::state_refusal(d.state, row, request.destination, true);
  }
  return {};
}

// A custom key store may not work although it is connected (kms.md 1.7).
Refusal store_check(const Deciding& d, const KmsRequest& request, const OperationRow& row) {
  if (!row.cryptographic) return {};
  for (const std::uint32_t key : {request.key, request.destination}) {
    if (key == kNone) continue;
    if (Refusal refusal = kms::broken_store_refusal(d.state, key)) return refusal;
  }
  return {};
}

Verdict judge(Deciding& d, KmsRequest& request, const OperationRow& row) {
  if (Refusal refusal = faulted(d, request)) return refused(std::move(refusal), Decider::FAULT);
  if (Refusal refusal = kms::quota_refusal(d, request, row)) {
    return refused(std::move(refusal), Decider::QUOTA);
  }
  if (Refusal refusal = kms::no_room(d, request)) {
    return refused(std::move(refusal), Decider::QUOTA);
  }
  if (row.validate != nullptr && request.from_step()) {
    if (Refusal refusal = row.validate(d, request)) {
      return refused(std::move(refusal), Decider::VALIDATION);
    }
  }
  if (Refusal refusal = kms::resolve(d, request, row)) {
    return refused(std::move(refusal), Decider::KEY_STATE);
  }
  if (Refusal refusal = aws_managed_refusal(d, request, row)) {
    return refused(std::move(refusal), Decider::NOTHING);
  }
  Verdict verdict;
  const kms::Access access = kms::authorize(d, request, row);
  verdict.by = access.by;
  verdict.number = access.number;
  verdict.destination_by = access.destination_by;
  verdict.destination_number = access.destination_number;
  if (!access.allowed) {
    verdict.refusal.error = KmsError::ACCESS_DENIED;
    verdict.refusal.message = access.message;
    return verdict;
  }
  const bool overlooked = planted(Planted::disabled_with_token) && !request.tokens.empty();
  if (Refusal refusal = overlooked ? Refusal() : state_check(d, request, row)) {
    return refused(std::move(refusal), Decider::KEY_STATE);
  }
  if (Refusal refusal = store_check(d, request, row)) {
    return refused(std::move(refusal), Decider::FAULT);
  }
  if (row.check != nullptr) {
    if (Refusal refusal = row.check(d, request)) {
      const bool by_cryptography =
          refusal.error == KmsError::INVALID_CIPHERTEXT || refusal.error == KmsError::INCORRECT_KEY;
      return refused(std::move(refusal),
                     by_cryptography ? Decider::CRYPTOGRAPHY : Decider::VALIDATION);
    }
  }
  if (row.dry_run && request.from_step() && request.parameters.getDryRun()) {
    verdict.refusal = kms::refusal(KmsError::DRY_RUN_OPERATION,
                                   "The request would have succeeded, but the DryRun option is "
                                   "set.");
  }
  return verdict;
}

// Texts are for people: of a data request they follow from the rest, and there may be many.
bool tells(const Deciding& d, const KmsRequest& request) {
  return request.from_step() ||
         (request.call != kNone && tells_why(d.state.calls[request.call].purpose));
}

void fill_details(Deciding& d, const KmsRequest& request, const OperationRow& row,
                  const Verdict& verdict, events::Event::KmsAnswered::Builder event) {
  const bool failed = static_cast<bool>(verdict.refusal);
  const bool changes = !failed && row.effect != nullptr;
  if (!tells(d, request)) return;  // a data request's Decrypt changes nothing
  auto effect = event.initEffect();
  effect.setStep(request.step);
  if (failed) effect.setMessage(verdict.refusal.message);
  effect.setMaterial(request.material);
  effect.setDestinationKey(request.destination);
  effect.setDestinationMaterial(request.destination_material);
  effect.setDestinationDecidedBy(verdict.destination_by);
  effect.setDestinationDecider(verdict.destination_number);
  effect.setAlias(request.alias);
  if (changes) row.effect(d, request, effect);
}

// For Planted::uninitialised: a buffer that is used again and of which too much is read.
std::uint64_t leftover(std::uint64_t next) {
  thread_local std::uint64_t buffer = 0;
  return std::exchange(buffer, next) & 0xff;
}

void answer(Deciding& d, KmsRequest& request) {
  const OperationRow& row = kms::operation_row(request.operation);
  const Verdict verdict = judge(d, request, row);
  const auto id = as_uuid(draw(d.random, request.entity, Draw::request_id, request.ordinal));
  auto event = d.out.initKmsAnswered();
  event.setCall(request.call);
  event.setOperation(request.operation);
  event.setCaller(request.session);
  event.setKey(request.key);
  event.setTable(request.table);
  event.setError(verdict.refusal.error);
  event.setDecidedBy(verdict.by);
  event.setDecider(verdict.number);
  event.setRequestHigh(id.high);
  event.setRequestLow(id.low ^ (planted(Planted::uninitialised) ? leftover(id.high) : 0));
  const bool served = verdict.by != Decider::QUOTA && verdict.by != Decider::FAULT;
  const sim::Duration sojourn = served ? kms::sojourn(d, request) : sim::Duration();
  event.setLatency((request.latency + sojourn).count());
  event.setServedAfter(sojourn.count());
  event.setViaService(request.via_service);
  event.setAsService(request.as_service);
  event.setGrant(request.grant);
  fill_details(d, request, row, verdict, event);
}

// The call of a client that encrypts items: its context and ciphertext are the item's. The blob
// names its key, which the client's is compared with where the client sends it (the format of
// 2023).
void take_client_call(Deciding& d, const Call& call, KmsRequest& request) {
  const auto sent = client_kms_call(d, call);
  if (sent) request.context.assign(sent->context.begin(), sent->context.end());
  if (call.operation != Operation::DECRYPT) return;
  if (sent) request.altered = sent->ciphertext_blob;
  request.blob = request.altered;
  const auto encryptor = at(d.state.scenario().reader().getEncryptors(),
                            encryptor_behind(d.state, call.request));
  if (encryptor.getFormat() == events::ItemEncryptor::Format::DATABASE_ENCRYPTION_SDK) {
    request.named = call.key;
  }
  const auto header = kms::parse_blob(request.blob);
  if (header) request.key = kms::key_of_blob(d, request, header->key_id);
}

}  // namespace

kms::Judgement kms::judge_now(Deciding& d, KmsRequest& request) {
  const Verdict verdict = judge(d, request, operation_row(request.operation));
  return {verdict.refusal.error, verdict.by};
}

namespace {

// A router's call does not get through to KMS: whoever waits for the answer gives it up in time.
void lose_call(Deciding& d, const Call& call, const CutOff& partition) {
  const std::uint32_t steps = d.state.scenario().reader().getSteps().size();
  const sim::Duration left = partition.timeout - (d.now - call.sent);
  auto event = d.out.initCallLost();
  event.setCall(d.action.a);
  event.setStep(partition.number < steps ? partition.number : kNone);
  event.setSource(partition.number < steps ? 0 : partition.number - steps);
  event.setLatency(std::max(left, sim::Duration()).count());
}

// Requests and refreshes go through a router; what the service does by itself does not.
std::optional<CutOff> cut_off_call(const Deciding& d, const Call& call) {
  if (call.purpose != Purpose::data_request && call.purpose != Purpose::refresh) {
    return std::nullopt;
  }
  return cut_off(d, at(d.state.connections, call.request.connection).router);
}

}  // namespace

void decide_kms_answer(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  if (!d.state.faults.empty()) {
    if (const auto partition = cut_off_call(d, call)) return lose_call(d, call, *partition);
  }
  KmsRequest request;
  request.operation = call.operation;
  request.call = d.action.a;
  request.session = call.session;
  request.via_service = call.via_service;
  request.as_service = call.as_service;
  request.realm = kms::realm_of_call(d.state, call);
  request.key = call.key;
  request.table = call.table;
  request.grant = call.operation == Operation::RETIRE_GRANT ? call.grant : kNone;
  if (call.grant != kNone) request.tokens.push_back(call.grant);
  if (call.purpose == Purpose::client) {
    take_client_call(d, call, request);
  } else if (call.operation == Operation::DECRYPT) {
    request.blob = at(at(d.state.tables, call.table).keys, call.version - 1).blob;
  }
  request.entity = call.entity;
  request.ordinal = call.ordinal;
  request.latency = latency_back(d, call.entity, call.ordinal, call.table);
  answer(d, request);
}

// A step's call reaches KMS at the step's own time; nobody waits for the answer.
void decide_kms_step(Deciding& d) {
  const ScenarioView& scenario = d.state.scenario();
  const auto step = scenario.reader().getSteps()[d.action.a];
  KmsRequest request;
  request.step = d.action.a + 1;
  request.parameters = step.getKms();
  request.operation = request.parameters.getOperation();
  const std::uint32_t caller = scenario.caller(step.getCaller(), step.getSession().cStr());
  request.session = caller == 0 ? 0 : 1 + at(d.state.latest_session, caller - 1);
  kms::address(d, request);
  request.entity = scenario.kms_step_entities[d.action.a];
  request.ordinal = d.action.b;
  answer(d, request);
}

void decide_key_created(Deciding& d) {
  const std::uint32_t key = d.action.a;
  const kms::KeyId id = kms::raw_key_id(d.state.scenario().key_ids[key]).value();
  auto event = d.out.initKeyCreated();
  event.setKey(key);
  event.setKeyIdHigh(crypto::load_big_endian<8>(id.data()));
  event.setKeyIdLow(crypto::load_big_endian<8>(id.data() + 8));
  const auto first = d.vault.first_material(key);
  if (!first) return;  // Origin EXTERNAL, and nothing imported
  event.setMaterialId(capnp::Data::Reader(first->id.data(), first->id.size()));
  event.setKeyCheckValue(first->key_check_value);
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
