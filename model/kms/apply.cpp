// What KMS's answers and KMS's own clockwork change.
#include <algorithm>

#include "model/applier.h"
#include "model/kms/step_grants.h"

namespace tablekey::model {
namespace {

template <std::size_t n>
std::array<std::uint8_t, n> fixed(capnp::Data::Reader bytes) {
  law(bytes.size() == n, "a fixed-size field of an event has its size");
  std::array<std::uint8_t, n> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

sim::Time time_of(std::int64_t nanoseconds) { return sim::Time::from_nanoseconds(nanoseconds); }

}  // namespace

std::uint32_t Applier::open_call(std::uint32_t expected, const Call& call, sim::Time answer_at,
                                 Priority priority) {
  std::uint32_t index = static_cast<std::uint32_t>(state_.calls.size());
  if (state_.free_calls.empty()) {
    state_.calls.emplace_back();
  } else {
    index = state_.free_calls.back();
    state_.free_calls.pop_back();
  }
  law(index == expected, "a KMS call has the number that its event gave it");
  state_.calls[index] = call;
  state_.calls[index].sent = now();
  schedule(answer_at, priority, ActionKind::answer_kms, index);
  return index;
}

void Applier::free_call(std::uint32_t call) {
  at(state_.calls, call) = Call{};
  state_.free_calls.push_back(call);
}

void Applier::kms_answered(events::Event::KmsAnswered::Reader event) {
  ++state_.counters.kms_calls;
  if (event.getError() == events::KmsError::ACCESS_DENIED) ++state_.counters.kms_denied;
  const bool from_step = action_.kind == ActionKind::step;
  std::optional<StepGrant> next;
  if (from_step) next = next_step_grant(state_, action_.a, action_.b);
  if (event.getError() == events::KmsError::NONE && event.getEffect().which() != 0) {
    if (event.getEffect().isGrantCreated()) {
      create_grant(event, event.getEffect().getGrantCreated());
    } else {
      key_effect(event.getKey(), event.getEffect(), event.getOperation());
    }
  }
  if (from_step) {
    if (next) schedule(now(), Priority::key_change, ActionKind::step, action_.a, next->position);
  } else {
    answer_waits(event.getCall(), event);
  }
}

// The answer travels back to whoever asked.
void Applier::answer_waits(std::uint32_t index, const events::Event::KmsAnswered::Reader& event) {
  Call& call = at(state_.calls, index);
  law(call.purpose != Purpose::free && !call.answered, "an open call is answered once");
  call.answered = true;
  call.error = event.getError();
  call.decided_by = event.getDecidedBy();
  call.request_id = {event.getRequestHigh(), event.getRequestLow()};
  if (event.getEffect().isDataKey()) {
    const auto blob = event.getEffect().getDataKey().getCiphertextBlob();
    call.blob.assign(blob.begin(), blob.end());
    call.key_check_value = event.getEffect().getDataKey().getKeyCheckValue();
  }
  const Priority priority =
      call.purpose == Purpose::data_request ? Priority::client : Priority::job;
  schedule(after(event.getLatency()), priority, ActionKind::deliver_answer, index);
}

void Applier::key_effect(std::uint32_t key, events::KmsEffect::Reader effect,
                         events::KmsOperation operation) {
  if (effect.isKeyState()) {
    const auto change = effect.getKeyState();
    change_key_state(key, change.getState(), time_of(change.getVisibleAt()),
                     time_of(change.getDeletionDate()), operation);
  } else if (effect.isPolicy()) {
    const auto change = effect.getPolicy();
    const std::string document(change.getDocument().cStr(), change.getDocument().size());
    at(state_.keys, key).policy = document;
    pend({events::Change::KEY_POLICY, key, {}, document, time_of(change.getVisibleAt())});
  } else if (effect.isGrantEnded()) {
    end_grant(effect.getGrantEnded().getGrant(), time_of(effect.getGrantEnded().getVisibleAt()));
  }
}

void Applier::change_key_state(std::uint32_t index, events::KeyState to, sim::Time visible_at,
                               sim::Time deletion_date, events::KmsOperation operation) {
  KmsKey& key = at(state_.keys, index);
  law(to <= events::KeyState::PENDING_REPLICA_DELETION, "a key state is one of kms.md 2.1");
  key.state = to;
  if (operation == events::KmsOperation::SCHEDULE_KEY_DELETION) {
    key.deletion_date = deletion_date;
    law(deletion_date <= sim::Time::max() - settings_.deletion_lag, "a key's end is a time");
    key.deletion = schedule(deletion_date + settings_.deletion_lag, Priority::key_change,
                            ActionKind::delete_key, index);
  } else if (operation == events::KmsOperation::CANCEL_KEY_DELETION) {
    state_.agenda_.cancel(key.deletion);
    key.deletion = sim::kNoHandle;
    key.deletion_date = sim::Time();
  }
  pend({events::Change::KEY_STATE, index, to, {}, visible_at});
}

// A change that takes effect at once needs no action of its own.
void Applier::pend(PendingChange change) {
  if (change.visible_at <= now()) return make_effective(change);
  ++at(state_.keys, change.key).changes_pending;
  schedule(change.visible_at, Priority::key_change, ActionKind::make_visible, change.key,
           static_cast<std::uint32_t>(change.kind));
  state_.changes.push_back(std::move(change));
}

void Applier::change_visible(events::Change kind, std::uint32_t key) {
  const auto found = std::find_if(
      state_.changes.begin(), state_.changes.end(),
      [&](const PendingChange& change) { return change.kind == kind && change.key == key; });
  law(found != state_.changes.end(), "a change that becomes visible was pending");
  const PendingChange change = std::move(*found);
  state_.changes.erase(found);
  --at(state_.keys, key).changes_pending;
  make_effective(change);
}

void Applier::make_effective(const PendingChange& change) {
  KmsKey& key = at(state_.keys, change.key);
  if (key.effective == events::KeyState::DELETED) return;
  if (change.kind == events::Change::KEY_STATE) {
    key.effective = change.state;
  } else {
    key.effective_policy = change.policy;
    law(key.compile(), "a key policy that KMS accepted is one");
  }
}

void Applier::create_grant(const events::Event::KmsAnswered::Reader& event,
                           events::KmsEffect::GrantCreated::Reader effect) {
  const std::uint32_t index = static_cast<std::uint32_t>(state_.grants.size());
  law(effect.getGrant() == index, "a grant has the number that its event gave it");
  law(event.getCaller() <= state_.sessions.size(), "a grant's issuer has a session");
  Grant grant;
  grant.key = event.getKey();
  grant.table = event.getTable();
  grant.issuer = event.getCaller();
  grant.id = fixed<32>(effect.getGrantId());
  grant.created = now();
  grant.visible_at = time_of(effect.getVisibleAt());
  state_.grants.push_back(grant);
  KmsKey& key = at(state_.keys, grant.key);
  key.grants.push_back(index);
  ++key.live_grants;
  at(state_.tables, grant.table).grants.push_back(index);
}

void Applier::end_grant(std::uint32_t index, sim::Time visible_at) {
  Grant& grant = at(state_.grants, index);
  grant.ended = true;
  grant.end_visible_at = visible_at;
  --at(state_.keys, grant.key).live_grants;
}

void Applier::key_created(events::KeyCreated::Reader event) {
  KmsKey& key = at(state_.keys, event.getKey());
  const auto described = state_.scenario().reader().getKeys()[event.getKey()];
  key.created = true;
  key.state = described.getEnabled() ? events::KeyState::ENABLED : events::KeyState::DISABLED;
  key.effective = key.state;
  key.material_id = fixed<32>(event.getMaterialId());
  key.key_check_value = event.getKeyCheckValue();
  key.policy.assign(described.getPolicy().cStr(), described.getPolicy().size());
  key.effective_policy = key.policy;
  law(key.compile(), "the key policy of a compiled scenario is one");
}

void Applier::key_deleted(std::uint32_t index) {
  KmsKey& key = at(state_.keys, index);
  key.state = key.effective = events::KeyState::DELETED;
  key.deletion = sim::kNoHandle;
  key.policy.clear();
  key.effective_policy.clear();
  key.compiled.reset();
  for (const std::uint32_t grant : key.grants) {
    if (!state_.grants[grant].ended) end_grant(grant, now());
    state_.grants[grant].end_visible_at = now();
  }
}

void Applier::role_assumed(events::RoleAssumed::Reader event) {
  const auto session = static_cast<std::uint32_t>(state_.sessions.size());
  law(event.getSession() == session, "a session has the number that its event gave it");
  law(event.getPrincipal() < state_.scenario().principal_arns.size(), "a session is somebody's");
  const std::string name(event.getName().cStr(), event.getName().size());
  state_.sessions.push_back(
      {event.getPrincipal(), name, std::string(event.getAccessKeyId().cStr()), now()});
  const std::uint32_t identity = state_.scenario().identity(event.getPrincipal(), name);
  at(state_.latest_session, identity) = session;
}

}  // namespace tablekey::model
