// A story run to its end and held to the laws that every run keeps: folding its events gives its
// states, and a state that was written down and restored has the same future.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/apply.h"
#include "model/kms/names.h"
#include "tests/model/world_builder.h"

namespace tablekey::model::tests {

inline void require_laws(const Story& story, const Play& play) {
  const auto scenario = story.make();
  State folded(*scenario);
  const std::size_t third = play.all().size() / 3 + 1;
  for (std::size_t i = 0; i < play.all().size(); ++i) {
    apply(folded, play.all()[i].read());
    if (i % third != third / 2) continue;
    const auto saved = folded.save();
    Play resumed(story, saved);
    REQUIRE(resumed.state().save() == saved);
    resumed.run();
    REQUIRE(resumed.state().save() == play.state().save());
  }
  REQUIRE(folded.save() == play.state().save());
}

/// Runs the story and checks its laws.
inline std::unique_ptr<Play> lawful(const Story& story) {
  auto play = std::make_unique<Play>(story);
  play->run();
  require_laws(story, *play);
  return play;
}

/// An encryption context.
using Pairs = std::vector<std::pair<std::string, std::string>>;
inline void fill_pairs(capnp::List<events::Pair>::Builder list, const Pairs& pairs) {
  for (unsigned i = 0; i < pairs.size(); ++i) {
    list[i].setName(pairs[i].first);
    list[i].setValue(pairs[i].second);
  }
}

/// What KMS answered to the call of a step (its place in the story).
struct Answer {
  KmsError error = KmsError::NONE;
  std::string message;
  events::KmsOperation operation{};
};

inline Answer answer_to(const Play& play, std::size_t step) {
  for (const KeptEvent* kept : play.of(Event::KMS_ANSWERED)) {
    const auto answered = kept->read().getKmsAnswered();
    if (answered.getCall() == kNone && answered.getEffect().getStep() == step + 1) {
      return {answered.getError(), answered.getEffect().getMessage().cStr(),
              answered.getOperation()};
    }
  }
  FAIL("the step has no answer");
  return {};
}

inline std::string message_of(const Play& play, std::size_t step) {
  return answer_to(play, step).message;
}

inline events::KeyState state_of(const Play& play, std::uint32_t key) {
  return play.state().keys.at(key).state;
}

/// The exception as AWS names it; `none` for success.
inline std::string error_name(KmsError error) {
  return error == KmsError::NONE ? "none" : std::string(kms::exception_name(error));
}

/// The names of what the steps were answered, `none` for success: steps that call no KMS are "-".
inline std::vector<std::string> answers_of(const Story& story, const Play& play) {
  std::vector<std::string> found;
  const auto steps = play.scenario().reader().getSteps();
  for (std::size_t step = 0; step < story.steps.size(); ++step) {
    found.push_back(
        steps[static_cast<unsigned>(step)].isKms() ? error_name(answer_to(play, step).error) : "-");
  }
  return found;
}

}  // namespace tablekey::model::tests
