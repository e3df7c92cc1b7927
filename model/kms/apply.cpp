// What KMS's answers and KMS's own clockwork change.
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/cache/holders.h"
#include "model/kms/key_changes.h"
#include "model/kms/operation.h"
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

bool of_key(events::Change kind) {
  return kind != events::Change::IDENTITY_POLICY && kind != events::Change::ALIAS;
}

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
  law(event.getTable() == kNone || event.getTable() < state_.tables.size(),
      "an answer is about a table of the scenario, or about none");
  count_requests(event);
  occupy_server(event);
  const bool from_step = action_.kind == ActionKind::step;
  std::optional<StepGrant> next;
  if (from_step) next = next_step_grant(state_, action_.a, action_.b);
  if (event.getError() == events::KmsError::NONE) {
    used(event);
    kms_effect(event);
  }
  if (from_step) {
    remember_result(event);
    if (next) schedule(now(), Priority::key_change, ActionKind::step, action_.a, next->position);
  } else {
    answer_waits(event.getCall(), event);
  }
}

// GetKeyLastUsage: only successful cryptographic operations count (kms.md 3.2).
void Applier::used(const events::Event::KmsAnswered::Reader& event) {
  if (event.getKey() == kNone || !kms::operation_row(event.getOperation()).cryptographic) return;
  KmsKey& key = at(state_.keys, event.getKey());
  key.last_used = now();
  key.last_operation = event.getOperation();
}

void Applier::kms_effect(const events::Event::KmsAnswered::Reader& event) {
  using Effect = events::KmsEffect;
  const auto effect = event.getEffect();
  switch (effect.which()) {
    case Effect::NONE:
    case Effect::DATA_KEY:
    case Effect::PLAINTEXT:
    case Effect::LISTED:
      return;
    case Effect::KEY_STATE:
      return key_state_effect(event);
    case Effect::POLICY: {
      const auto change = effect.getPolicy();
      const std::string document(change.getDocument().cStr(), change.getDocument().size());
      at(state_.keys, event.getKey()).policy = document;
      return pend({events::Change::KEY_POLICY,
                   event.getKey(),
                   {},
                   document,
                   time_of(change.getVisibleAt())});
    }
    case Effect::GRANT_CREATED:
      return create_grant(event);
    case Effect::GRANT_ENDED:
      return end_grant(effect.getGrantEnded().getGrant(),
                       time_of(effect.getGrantEnded().getVisibleAt()));
    case Effect::KEY_SETTINGS:
      return key_settings_effect(event);
    case Effect::ALIAS_CHANGE:
      return alias_effect(event);
    case Effect::ROTATION:
      return rotation_effect(event);
    case Effect::ROTATION_STARTED:
      return rotation_started(event);
    case Effect::KEY_MADE:
      return key_made(event);
    case Effect::IMPORT_PARAMETERS:
      return import_parameters(event);
    case Effect::MATERIAL_IMPORTED:
      return material_imported(event);
    case Effect::MATERIAL_DELETED:
      return material_deleted(event);
    case Effect::PRIMARY_UPDATED:
      return primary_updated(event);
    case Effect::CUSTOM_KEY_STORE:
      return store_effect(event);
  }
  law(false, "an answer's effect is of a known kind");
}

// What later steps may ask for.
void Applier::remember_result(const events::Event::KmsAnswered::Reader& event) {
  const auto effect = event.getEffect();
  if (state_.results.empty()) {
    state_.results.resize(state_.scenario().reader().getSteps().size());
  }
  StepResult& result = at(state_.results, action_.a);
  result.answered = true;
  result.error = event.getError();
  result.key = event.getKey();
  result.material = effect.getMaterial();
  if (event.getError() != events::KmsError::NONE) return;
  if (effect.isDataKey()) {
    const auto blob = effect.getDataKey().getCiphertextBlob();
    result.blob.assign(blob.begin(), blob.end());
    result.key_check_value = effect.getDataKey().getKeyCheckValue();
  } else if (effect.isPlaintext()) {
    result.key_check_value = effect.getPlaintext().getKeyCheckValue();
  } else if (effect.isGrantCreated()) {
    result.grant = effect.getGrantCreated().getGrant();
    result.token = at(state_.grants, result.grant).tokens - 1;
  } else if (effect.isImportParameters()) {
    const auto token = effect.getImportParameters().getToken();
    result.import_token.assign(token.begin(), token.end());
    result.valid_to = time_of(effect.getImportParameters().getValidTo());
  } else if (effect.isKeyMade()) {
    result.key = effect.getKeyMade().getKey();
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
  if (event.hasEffect()) call.message = event.getEffect().getMessage();
  if (event.getEffect().isDataKey()) {
    const auto blob = event.getEffect().getDataKey().getCiphertextBlob();
    call.blob.assign(blob.begin(), blob.end());
    call.key_check_value = event.getEffect().getDataKey().getKeyCheckValue();
  }
  const bool of_client = call.purpose == Purpose::data_request || call.purpose == Purpose::client;
  const Priority priority = of_client ? Priority::client : Priority::job;
  schedule(after(event.getLatency()), priority, ActionKind::deliver_answer, index);
}

// EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion change a fact each; the state that
// the event names must be the one that follows.
void Applier::key_state_effect(const events::Event::KmsAnswered::Reader& event) {
  const auto change = event.getEffect().getKeyState();
  const std::uint32_t index = event.getKey();
  KmsKey& key = at(state_.keys, index);
  using Operation = events::KmsOperation;
  switch (event.getOperation()) {
    case Operation::ENABLE_KEY:
      key.enabled = true;
      break;
    case Operation::DISABLE_KEY:
      key.enabled = false;
      break;
    case Operation::SCHEDULE_KEY_DELETION:
      schedule_deletion(index, time_of(change.getDeletionDate()));
      break;
    case Operation::CANCEL_KEY_DELETION:
      key.pending_deletion = false;
      key.enabled = false;  // a key that is saved is disabled (kms.md 2.2)
      state_.agenda_.cancel(key.deletion);
      key.deletion = sim::kNoHandle;
      key.deletion_date = sim::Time();
      break;
    default:
      law(false, "four operations change a key's state");
  }
  settle_key_state(index, time_of(change.getVisibleAt()));
  law(key.state == change.getState(), "a key's state follows from what was asked");
}

// A primary with replicas has no date yet (kms.md 1.8).
void Applier::schedule_deletion(std::uint32_t index, sim::Time date) {
  KmsKey& key = at(state_.keys, index);
  const auto call = at(state_.scenario().reader().getSteps(), action_.a).getKms();
  key.pending_deletion = true;
  key.deletion_window = kms::deletion_window(call);
  key.deletion_date = date;
  if (date == sim::Time()) return;
  law(date <= sim::Time::max() - settings_.deletion_lag, "a key's end is a time");
  key.deletion =
      schedule(date + settings_.deletion_lag, Priority::key_change, ActionKind::delete_key, index);
}

void Applier::settle_key_state(std::uint32_t index, sim::Time visible_at) {
  KmsKey& key = at(state_.keys, index);
  const events::KeyState to = kms::derived_state(state_, index);
  if (to != key.state) {
    key.state = to;
    pend({events::Change::KEY_STATE, index, to, {}, visible_at});
  }
  plan_rotation(index);
}

// UpdateKeyDescription, TagResource, UntagResource: what changes stands in the step.
void Applier::key_settings_effect(const events::Event::KmsAnswered::Reader& event) {
  KmsKey& key = at(state_.keys, event.getKey());
  const auto effect = event.getEffect();
  const auto call = at(state_.scenario().reader().getSteps(), action_.a).getKms();
  if (event.getOperation() == events::KmsOperation::UPDATE_KEY_DESCRIPTION) {
    key.description = call.getDescription();
    return;
  }
  kms::change_tags(key.tags, event.getOperation(), call);
  PendingChange change{events::Change::TAGS,
                       event.getKey(),
                       {},
                       {},
                       time_of(effect.getKeySettings().getVisibleAt())};
  change.step = action_.a + 1;
  pend(std::move(change));
}

// A change that takes effect at once needs no action of its own.
void Applier::pend(PendingChange change) {
  if (change.visible_at <= now()) return make_effective(change);
  if (of_key(change.kind)) ++at(state_.keys, change.key).changes_pending;
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
  if (of_key(kind)) --at(state_.keys, key).changes_pending;
  make_effective(change);
}

void Applier::make_effective(const PendingChange& change) {
  if (change.kind == events::Change::IDENTITY_POLICY) return make_identity_effective(change);
  if (change.kind == events::Change::ALIAS) return make_alias_effective(change);
  KmsKey& key = at(state_.keys, change.key);
  if (key.effective == events::KeyState::DELETED) return;
  switch (change.kind) {
    case events::Change::KEY_STATE:
      key.effective = change.state;
      if (ends_use(change.state)) push_change(change.key, now());
      return watch_key(change.key);
    case events::Change::KEY_POLICY:
      key.effective_policy = change.policy;
      law(key.compile(), "a key policy that KMS accepted is one");
      push_change(change.key, now());
      return watch_key(change.key);
    case events::Change::TAGS:
      return make_tags_effective(change);
    default:
      return;
  }
}

// What a key of the scenario is from its first moment on.
void Applier::make_key(std::uint32_t index, capnp::Data::Reader material_id,
                       std::uint64_t check_value) {
  KmsKey& key = at(state_.keys, index);
  law(!key.created, "a key is made once");
  const auto described = state_.scenario().reader().getKeys()[index];
  key.created = true;
  key.creation_date = key.visible_at = now();
  key.enabled = described.getEnabled();
  key.description = described.getDescription();
  for (const auto tag : described.getTags()) key.tags.push_back({tag.getName(), tag.getValue()});
  key.effective_tags = key.tags;
  key.policy.assign(described.getPolicy().cStr(), described.getPolicy().size());
  key.effective_policy = key.policy;
  law(key.compile(), "the key policy of a compiled scenario is one");
  key.primary = described.getMultiRegion() && described.getPrimary() == kNone;
  if (material_id.size() != 0) {
    KeyMaterial& material = key.materials.emplace_back();
    material.id = fixed<32>(material_id);
    material.key_check_value = check_value;
    material.imported = described.getOrigin() == events::Origin::EXTERNAL;
    material.source = material.imported ? described.getMaterial() : 0;
    key.current = 0;
  }
}

void Applier::key_created(events::KeyCreated::Reader event) {
  const std::uint32_t index = event.getKey();
  make_key(index, event.getMaterialId(), event.getKeyCheckValue());
  const auto described = state_.scenario().reader().getKeys()[index];
  if (described.getPrimary() != kNone) replica_made(index, 0);
  KmsKey& key = state_.keys[index];
  key.state = key.effective = kms::derived_state(state_, index);
  if (described.getRotationPeriodInDays() != 0 ||
      described.getManager() == events::Key::Manager::AWS) {
    start_rotation(index);
  }
}

// CreateKey and ReplicateKey: the same, made by a step; a replica is Creating for a while.
void Applier::key_made(const events::Event::KmsAnswered::Reader& event) {
  const auto made = event.getEffect().getKeyMade();
  const std::uint32_t index = made.getKey();
  make_key(index, made.getMaterialId(), made.getKeyCheckValue());
  KmsKey& key = state_.keys[index];
  key.visible_at = time_of(made.getVisibleAt());
  if (event.getOperation() == events::KmsOperation::REPLICATE_KEY) {
    replica_made(index, made.getReadyAt());
  }
  key.state = key.effective = kms::derived_state(state_, index);
}

void Applier::key_ready(std::uint32_t index) {
  KmsKey& key = at(state_.keys, index);
  law(key.creating || key.updating, "a key that becomes ready was being made or moved");
  key.creating = key.updating = false;
  key.ready = sim::kNoHandle;
  settle_key_state(index, now());
}

void Applier::key_deleted(std::uint32_t index) {
  KmsKey& key = at(state_.keys, index);
  key.deleted = true;
  key.state = key.effective = events::KeyState::DELETED;
  key.deletion = sim::kNoHandle;
  key.policy.clear();
  key.effective_policy.clear();
  key.compiled.reset();
  key.tags.clear();
  key.effective_tags.clear();
  plan_rotation(index);
  for (KeyMaterial& material : key.materials) {
    state_.agenda_.cancel(material.expiry);
    material.expiry = sim::kNoHandle;
    material.present = false;
  }
  for (const std::uint32_t grant : key.grants) {
    if (!state_.grants[grant].ended) end_grant(grant, now());
    state_.grants[grant].end_visible_at = now();
  }
  drop_aliases(index);
  replica_deleted(index);
  push_change(index, now());
  watch_key(index);
}

void Applier::role_assumed(events::RoleAssumed::Reader event) {
  const auto session = static_cast<std::uint32_t>(state_.sessions.size());
  law(event.getSession() == session, "a session has the number that its event gave it");
  law(event.getPrincipal() < state_.scenario().principal_arns.size(), "a session is somebody's");
  const std::string name(event.getName().cStr(), event.getName().size());
  state_.sessions.push_back({event.getPrincipal(), name, std::string(event.getAccessKeyId().cStr()),
                             now(), event.getStep()});
  const std::uint32_t identity = state_.scenario().identity(event.getPrincipal(), name);
  at(state_.latest_session, identity) = session;
}

}  // namespace tablekey::model
