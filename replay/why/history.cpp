#include "replay/why/history.h"

#include "replay/steps.h"

namespace tablekey::replay {
namespace {

// Requests change nothing that anybody is asked about here.
bool of_requests(events::Event::Reader event) {
  return event.isItemRead() || event.isItemWritten() || event.isItemsRead() ||
         event.isRequestFailed() || event.isTableKeyRequested() || event.isRequestWaited();
}

}  // namespace

void History::before(const model::State& state, std::int64_t) {
  if (!holdings_) holdings_.emplace(state);
  holdings_->before(state);
}

void History::event(const model::State& after, events::Event::Reader event, std::uint64_t number) {
  holdings_->event(after, event);
  if (of_requests(event)) return;
  using Event = events::Event;
  Change change{number, event.getTime(), kms_step(event), 0, {}, {}};
  switch (event.which()) {
    case Event::KMS_ANSWERED:
      kms(event.getKmsAnswered(), change);
      change.api = event.getKmsAnswered().getOperation();
      break;
    case Event::IAM_ANSWERED: {
      const auto answered = event.getIamAnswered();
      if (answered.getError() != events::IamError::NONE) break;
      change.step = answered.getStep();
      change.visible = answered.getVisibleAt();
      const auto step = after.scenario().reader().getSteps()[answered.getStep()];
      identities_[step.getIam().getPrincipal()] = change;
      break;
    }
    case Event::FAULT_STARTED: {
      const auto fault = event.getFaultStarted();
      const std::uint32_t steps = after.scenario().reader().getSteps().size();
      const bool of_step = fault.getStep() != model::kNone;
      if (of_step) change.step = fault.getStep();
      faults_[of_step ? fault.getStep() : steps + fault.getSource()] = change;
      break;
    }
    case Event::TABLE_KEY_CREATED: {
      const auto made = event.getTableKeyCreated();
      table_keys_[{made.getTable(), made.getVersion()}] = change;
      break;
    }
    default:
      break;
  }
  look_at_keys(after, change);
}

void History::kms(events::Event::KmsAnswered::Reader answered, Change change) {
  if (answered.getError() != events::KmsError::NONE) return;
  const auto effect = answered.getEffect();
  change.api = answered.getOperation();
  if (effect.isPolicy()) {
    change.visible = effect.getPolicy().getVisibleAt();
    policies_[answered.getKey()] = change;
  } else if (effect.isGrantCreated()) {
    change.visible = effect.getGrantCreated().getVisibleAt();
    grants_made_[effect.getGrantCreated().getGrant()] = change;
  } else if (effect.isGrantEnded()) {
    change.visible = effect.getGrantEnded().getVisibleAt();
    grants_ended_[effect.getGrantEnded().getGrant()] = change;
  }
}

void History::look_at_keys(const model::State& after, const Change& now) {
  const auto note = [&](Changes& changes, std::uint32_t key, events::KeyState state) {
    const Change* known = find(changes, key);
    if (known != nullptr && known->state == state) return;
    Change change = now;
    change.state = state;
    changes[key] = change;
  };
  for (std::uint32_t key = 0; key < after.keys.size(); ++key) {
    if (!after.keys[key].created) continue;
    note(shown_, key, after.keys[key].state);
    note(effective_, key, after.keys[key].effective);
  }
}

}  // namespace tablekey::replay
