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

WatchKeys::WatchKeys(const model::ScenarioView& scenario) : books_(scenario) {}

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
  const auto state = books_.state(answered.getKey(), time);
  if (state != KeyState::ENABLED) {
    broken("key-state", number, "{} by {} succeeded though the key is {}", what(after, answered),
           who(after, answered), kms::state_name(*state));
  }
  if (!books_.permission(after, answered, time).some_rule_allows) {
    broken("allowed", number, "{} by {} succeeded though no policy and no grant allows it",
           what(after, answered), who(after, answered));
  }
}

bool WatchKeys::lawful(const model::State& after, events::Event::KmsAnswered::Reader answered,
                       std::int64_t time) const {
  const auto state = books_.state(answered.getKey(), time);
  switch (answered.getError()) {
    case KmsError::ACCESS_DENIED:
      return !books_.permission(after, answered, time).surely;
    case KmsError::DISABLED:
      return state == KeyState::DISABLED || state == KeyState::PENDING_DELETION;
    case KmsError::KMS_INVALID_STATE:
      return state != KeyState::ENABLED && state != KeyState::DISABLED;
    case KmsError::NOT_FOUND:
      return state == KeyState::DELETED;
    case KmsError::KMS_INTERNAL:
    case KmsError::KEY_UNAVAILABLE:
    case KmsError::DEPENDENCY_TIMEOUT:
      return books_.failing();
    case KmsError::THROTTLING:
      return books_.throttling() || after.settings().kms_queue.has_value();
    default:  // of a step's own making: a blob that is none, a size that is too large
      return answered.getEffect().getStep() != 0;
  }
}

void WatchKeys::refused(const model::State& after, events::Event::KmsAnswered::Reader answered,
                        std::int64_t time, std::uint64_t number) {
  if (lawful(after, answered, time)) return;
  broken("forbidden", number, "{} by {} was refused with {}, for which there is no reason",
         what(after, answered), who(after, answered), kms::exception_name(answered.getError()));
}

}  // namespace tablekey::replay::explore
