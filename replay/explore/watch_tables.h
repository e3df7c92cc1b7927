// The law that a table is encrypted under the key that was asked for: at its creation, by a switch,
// by a restore (dynamodb.md 2.5, 2.6, 7.3).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "replay/explore/finding.h"

namespace tablekey::replay::explore {

class WatchTables : public Watch {
 public:
  explicit WatchTables(const model::ScenarioView& scenario);

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

 private:
  std::optional<std::uint32_t> asked_for(std::uint32_t step) const;
  void created(std::uint32_t table, std::uint32_t key, std::uint32_t step, std::uint64_t number);
  void control(events::ControlAnswered::Reader control, std::uint64_t number);
  void switched(events::SseSwitchStarted::Reader event, std::uint64_t number);
  void answered(events::Event::KmsAnswered::Reader answered, std::uint64_t number);
  std::string name(std::uint32_t key) const;

  const model::ScenarioView& scenario_;
  std::map<std::uint32_t, std::uint32_t> key_;     // by table: which key its next data key is for
  std::map<std::uint32_t, std::uint32_t> backup_;  // by CreateBackup step: the key of that moment
  std::map<std::uint32_t, std::uint32_t> holds_;   // by table: the key that it is under
};

}  // namespace tablekey::replay::explore
