#include "replay/explore/watch_keys.h"

#include "model/kms/names.h"

namespace tablekey::replay::explore {
namespace {

using events::KeyState;
using events::KmsError;
using Operation = events::KmsOperation;
namespace kms = model::kms;

std::string who(const model::State& state, events::Event::KmsAnswered::Reader answered) {
  if (answered.getAsService()) return "DynamoDB";
  if (answered.getCaller() == 0) return "the operator";
  return state.session_arn(answered.getCaller() - 1);
}

std::string what(const model::State& state, events::Event::KmsAnswered::Reader answered) {
  const auto key = state.scenario().reader().getKeys()[answered.getKey()];
  std::string out = fmt::format("{} on {}", kms::operation_name(answered.getOperation()),
                                key.getLogicalId().cStr());
  if (answered.getTable() != model::kNone) {
    out += " for " + state.table_name(answered.getTable());
  }
  return out;
}

}  // namespace

WatchKeys::WatchKeys(const model::ScenarioView& scenario) : scenario_(scenario), books_(scenario) {}

void WatchKeys::event(const model::State& after, events::Event::Reader event,
                      std::uint64_t number) {
  if (event.isKmsAnswered()) answered(after, event.getKmsAnswered(), event.getTime(), number);
  books_.note(after, event);
}

void WatchKeys::answered(const model::State& after, events::Event::KmsAnswered::Reader answered,
                         std::int64_t time, std::uint64_t number) {
  switch (answered.getOperation()) {
    case Operation::DECRYPT:
    case Operation::ENCRYPT:
    case Operation::GENERATE_DATA_KEY:
      break;
    default:
      return;
  }
  if (answered.getKey() == model::kNone || !books_.state(answered.getKey(), time)) return;
  ask();
  if (answered.getError() == KmsError::NONE) {
    served(after, answered, time, number);
  } else {
    refused(after, answered, time, number);
  }
}

void WatchKeys::served(const model::State& after, events::Event::KmsAnswered::Reader answered,
                       std::int64_t time, std::uint64_t number) {
  const KeyState state = *books_.state(answered.getKey(), time);
  if (state != KeyState::ENABLED) {
    broken("key-state", number, "{} by {} succeeded though the key is {}", what(after, answered),
           who(after, answered), kms::state_name(state));
  }
  if (!books_.permission(after, answered, time).some_rule_allows) {
    broken("allowed", number, "{} by {} succeeded though no policy and no grant allows it",
           what(after, answered), who(after, answered));
  }
}

void WatchKeys::refused(const model::State& after, events::Event::KmsAnswered::Reader answered,
                        std::int64_t time, std::uint64_t number) {
  const KeyState state = *books_.state(answered.getKey(), time);
  bool lawful = true;
  switch (answered.getError()) {
    case KmsError::ACCESS_DENIED:
      lawful = !books_.permission(after, answered, time).surely;
      break;
    case KmsError::DISABLED:
      lawful = state == KeyState::DISABLED || state == KeyState::PENDING_DELETION;
      break;
    case KmsError::KMS_INVALID_STATE:
      lawful = state != KeyState::ENABLED && state != KeyState::DISABLED;
      break;
    case KmsError::NOT_FOUND:
      lawful = state == KeyState::DELETED;
      break;
    case KmsError::KMS_INTERNAL:
    case KmsError::KEY_UNAVAILABLE:
    case KmsError::DEPENDENCY_TIMEOUT:
      lawful = books_.failing();
      break;
    case KmsError::THROTTLING:
      lawful = books_.throttling() || after.settings().kms_queue.has_value();
      break;
    default:  // of a step's own making: a blob that is none, a size that is too large
      lawful = answered.getEffect().getStep() != 0;
      break;
  }
  if (lawful) return;
  broken("forbidden", number, "{} by {} was refused with {}, for which there is no reason",
         what(after, answered), who(after, answered), kms::exception_name(answered.getError()));
}

}  // namespace tablekey::replay::explore
