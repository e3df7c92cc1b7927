// The timeline's steps as a run answers them: which step an event of KMS is the answer to, and how
// each step ended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

/// The step whose KMS call the event answers; nullopt: none, or it is a call of DynamoDB.
inline std::optional<std::uint32_t> kms_step(events::Event::Reader event) {
  if (!event.isKmsAnswered()) return std::nullopt;
  const std::uint32_t step = event.getKmsAnswered().getEffect().getStep();
  return step == 0 ? std::nullopt : std::optional(step - 1);
}

/// How steps ended: a call by its exception, everything else by having happened. A call of
/// DynamoDB's control plane ends when it is accepted, or refused at once or later.
class StepOutcomes {
 public:
  static constexpr std::string_view kSuccess = "success";

  explicit StepOutcomes(const model::ScenarioView& scenario);

  void event(const model::State& after, events::Event::Reader event);

  /// `success`, or the full name of an exception; empty: the step has not ended. A step that stands
  /// for several calls ended like the first that failed.
  std::string_view of(std::uint32_t step) const { return outcomes_[step]; }
  /// What the exception said, as the caller got it; empty: nothing.
  std::string_view message(std::uint32_t step) const { return messages_[step]; }

 private:
  void ended(std::uint32_t step, std::string_view outcome, std::string message = {});
  void table_event(const model::State& after, events::Event::Reader event);
  void request_event(events::Event::Reader event);
  void data_event(const model::State& after, events::Event::Reader event);
  void answered(std::uint32_t connection, std::int64_t time, bool waited, std::string_view outcome,
                std::string message = {});

  std::vector<std::string_view> outcomes_;            // by step
  std::vector<std::string> messages_;                 // by step
  std::vector<std::vector<std::uint32_t>> requests_;  // data steps yet to come, by step connection
  // Data steps that wait for KMS, by connection: answers come in this order.
  std::map<std::uint32_t, std::vector<std::uint32_t>> waiting_;
  std::uint32_t first_connection_ = 0;
  events::Scenario::Reader scenario_;
};

}  // namespace tablekey::replay
