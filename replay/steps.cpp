// Most events name their step. A data request that was served at once does not: it is the step that
// is due at that instant on the connection which carries the timeline's requests of one caller.
#include "replay/steps.h"

#include <algorithm>

#include "model/law.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {
namespace {

template <class Error>
std::string_view outcome_of(Error error) {
  return error == Error::NONE ? StepOutcomes::kSuccess : scenarios::name_of(error);
}

}  // namespace

StepOutcomes::StepOutcomes(const model::ScenarioView& scenario)
    : first_connection_(scenario.first_step_connection), scenario_(scenario.reader()) {
  const auto steps = scenario_.getSteps();
  outcomes_.resize(steps.size());
  requests_.resize(scenario.step_connections.size());
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].isData()) continue;
    const std::uint32_t caller =
        scenario.caller(steps[i].getCaller(), steps[i].getSession().cStr());
    const std::uint32_t table =
        model::at(scenario.families, steps[i].getData().getTable()).first_table;
    const std::uint32_t connection = scenario.step_connection(caller, table);
    model::at(requests_, connection - first_connection_).push_back(i);
  }
  for (auto& list : requests_) {
    std::stable_sort(list.begin(), list.end(), [&](std::uint32_t a, std::uint32_t b) {
      return steps[a].getAt() < steps[b].getAt();
    });
  }
}

void StepOutcomes::event(const model::State& after, events::Event::Reader event) {
  if (const auto step = kms_step(event)) {
    return ended(*step, outcome_of(event.getKmsAnswered().getError()));
  }
  switch (event.which()) {
    case events::Event::IAM_ANSWERED:
      return ended(event.getIamAnswered().getStep(), outcome_of(event.getIamAnswered().getError()));
    case events::Event::FAULT_STARTED:
      return ended(event.getFaultStarted().getStep(), kSuccess);
    case events::Event::CONNECTIONS_CLOSED:
      return ended(event.getConnectionsClosed().getStep(), kSuccess);
    case events::Event::ROLE_ASSUMED:
      if (event.getRoleAssumed().getStep() != 0) {
        ended(event.getRoleAssumed().getStep() - 1, kSuccess);
      }
      return;
    default:
      table_event(event);
      data_event(after, event);
  }
}

void StepOutcomes::ended(std::uint32_t step, std::string_view outcome) {
  std::string_view& known = model::at(outcomes_, step);
  if (known.empty() || known == kSuccess) known = outcome;
}

// A control-plane call ends when it was accepted, or refused, at once or later.
void StepOutcomes::table_event(events::Event::Reader event) {
  std::uint32_t step = 0;
  std::string_view outcome = kSuccess;
  if (event.isTableCreationStarted()) step = event.getTableCreationStarted().getStep();
  if (event.isTableDeletionStarted()) step = event.getTableDeletionStarted().getStep();
  if (event.isSseSwitchStarted()) step = event.getSseSwitchStarted().getStep();
  if (event.isTableRequestRefused()) {
    step = event.getTableRequestRefused().getStep();
    outcome = outcome_of(event.getTableRequestRefused().getException());
  }
  if (step != 0) ended(step - 1, outcome);
}

void StepOutcomes::data_event(const model::State& after, events::Event::Reader event) {
  const auto served = [&](auto read) {
    if (read.getConnection() < first_connection_) return;
    answered(read.getConnection(), event.getTime(), read.getVia() != events::Access::HIT, kSuccess);
  };
  const auto asks = [&](auto asked) {
    if (asked.getStep() == 0) return;
    const std::uint32_t step = asked.getStep() - 1;
    waiting_[asked.getConnection()].push_back(step);
    std::erase(model::at(requests_, asked.getConnection() - first_connection_), step);
  };
  if (event.isItemRead()) return served(event.getItemRead());
  if (event.isItemWritten()) return served(event.getItemWritten());
  if (event.isItemsRead()) return served(event.getItemsRead());
  if (event.isTableKeyRequested()) return asks(event.getTableKeyRequested());
  if (event.isRequestWaited()) return asks(event.getRequestWaited());
  if (!event.isRequestFailed()) return;
  const auto failed = event.getRequestFailed();
  if (failed.getConnection() < first_connection_) return;
  const bool asked = failed.getKmsError() != events::KmsError::NONE;
  answered(failed.getConnection(), after.now().nanoseconds(), asked,
           outcome_of(failed.getException()));
}

void StepOutcomes::answered(std::uint32_t connection, std::int64_t time, bool waited,
                            std::string_view outcome) {
  std::vector<std::uint32_t>& due = model::at(requests_, connection - first_connection_);
  std::vector<std::uint32_t>& waiting = waiting_[connection];
  const bool now = !due.empty() && scenario_.getSteps()[due.front()].getAt() == time;
  std::vector<std::uint32_t>& from = (waited || !now) && !waiting.empty() ? waiting : due;
  if (from.empty()) return;
  ended(from.front(), outcome);
  from.erase(from.begin());
}

}  // namespace tablekey::replay
