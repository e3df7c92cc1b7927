// Walking a table's grants for the timeline.
#include "model/kms/step_grants.h"

#include "model/law.h"

namespace tablekey::model {
namespace {

using Choice = events::Step::GrantChoice;

std::optional<StepGrant> live_from(const State& state, const Table& table, std::uint32_t key,
                                   std::uint32_t position) {
  for (; position < table.grants.size(); ++position) {
    const Grant& grant = state.grants[table.grants[position]];
    if (!grant.ended && (key == kNone || grant.key == key)) {
      return StepGrant{table.grants[position], position};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<StepGrant> step_grant(const State& state, std::uint32_t step, std::uint32_t from) {
  const auto kms = at(state.scenario().reader().getSteps(), step).getKms();
  if (kms.getTable() == kNone) return std::nullopt;
  const std::uint32_t first = state.scenario().families[kms.getTable()].first_table;
  const Table& table = at(state.tables, first);
  auto found = live_from(state, table, kms.getKey(), from);
  if (found && kms.getGrants() == Choice::SECOND) {
    found = live_from(state, table, kms.getKey(), found->position + 1);
  }
  return found;
}

std::optional<StepGrant> next_step_grant(const State& state, std::uint32_t step,
                                         std::uint32_t from) {
  const auto chosen = at(state.scenario().reader().getSteps(), step);
  if (!chosen.isKms()) return std::nullopt;
  const auto operation = chosen.getKms().getOperation();
  const bool ends = operation == events::Step::KmsCallKind::REVOKE_GRANT ||
                    operation == events::Step::KmsCallKind::RETIRE_GRANT;
  if (!ends || chosen.getKms().getGrants() != Choice::ALL) return std::nullopt;
  const auto present = step_grant(state, step, from);
  if (!present) return std::nullopt;
  return step_grant(state, step, present->position + 1);
}

}  // namespace tablekey::model
