// Steps in the order in which the agenda holds them.
#include "replay/steps.h"

#include <algorithm>

namespace tablekey::replay {

// A step that ends several grants answers once for each; all but the first are caused by the one
// before.
Steps::Steps(const model::ScenarioView& scenario) {
  const auto steps = scenario.reader().getSteps();
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].isKms()) order_.push_back(i);
  }
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return steps[a].getAt() < steps[b].getAt();
  });
}

std::optional<std::uint32_t> Steps::event(events::Event::Reader event, std::uint64_t number) {
  last_.reset();
  if (event.isKmsAnswered() && event.getKmsAnswered().getCall() == model::kNone) {
    last_ = step_of(event.getCause());
    if (last_) answered_[number] = *last_;
  }
  return last_;
}

std::optional<std::uint32_t> Steps::step_of(std::uint64_t cause) {
  if (const auto found = answered_.find(cause); found != answered_.end()) return found->second;
  if (next_ == order_.size()) return std::nullopt;
  return order_[next_++];
}

}  // namespace tablekey::replay
