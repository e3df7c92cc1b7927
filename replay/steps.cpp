// Most events name their step. A plain data request that was served at once does not: it is the
// step that is due at that instant on the connection which carries the timeline's requests of one
// caller.
#include "replay/steps.h"

#include <algorithm>

#include "model/dynamodb/errors.h"
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
  messages_.resize(steps.size());
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
    const auto answered = event.getKmsAnswered();
    return ended(*step, outcome_of(answered.getError()), answered.getEffect().getMessage().cStr());
  }
  switch (event.which()) {
    case events::Event::IAM_ANSWERED:
      return ended(event.getIamAnswered().getStep(), outcome_of(event.getIamAnswered().getError()),
                   event.getIamAnswered().getMessage().cStr());
    case events::Event::FAULT_STARTED:
      if (event.getFaultStarted().getStep() == model::kNone) return;  // it came at random
      return ended(event.getFaultStarted().getStep(), kSuccess);
    case events::Event::ROUTERS_RESTARTED:
      if (event.getRoutersRestarted().getStep() == 0) return;
      return ended(event.getRoutersRestarted().getStep() - 1, kSuccess);
    case events::Event::CONNECTIONS_CLOSED:
      return ended(event.getConnectionsClosed().getStep(), kSuccess);
    case events::Event::ROLE_ASSUMED:
      if (event.getRoleAssumed().getStep() != 0) {
        ended(event.getRoleAssumed().getStep() - 1, kSuccess);
      }
      return;
    case events::Event::DATA_ANSWERED:
    case events::Event::CONTROL_ANSWERED:
      return request_event(event);
    default:
      table_event(after, event);
      data_event(after, event);
  }
}

void StepOutcomes::ended(std::uint32_t step, std::string_view outcome, std::string message) {
  std::string_view& known = model::at(outcomes_, step);
  if (!known.empty() && known != kSuccess) return;
  known = outcome;
  messages_[step] = std::move(message);
}

void StepOutcomes::request_event(events::Event::Reader event) {
  if (event.isControlAnswered()) {
    const auto control = event.getControlAnswered();
    if (control.getStep() == 0) return;
    return ended(control.getStep() - 1, outcome_of(control.getException()),
                 control.getMessage().cStr());
  }
  const auto data = event.getDataAnswered();
  if (data.getStep() == 0) return;
  ended(data.getStep() - 1, outcome_of(data.getException()), data.getMessage().cStr());
}

// CreateTable, UpdateTable of SSE alone, and DeleteTable.
void StepOutcomes::table_event(const model::State& after, events::Event::Reader event) {
  std::uint32_t step = 0;
  std::string_view outcome = kSuccess;
  std::string message;
  if (event.isTableCreationStarted()) step = event.getTableCreationStarted().getStep();
  if (event.isTableDeletionStarted()) step = event.getTableDeletionStarted().getStep();
  if (event.isSseSwitchStarted()) step = event.getSseSwitchStarted().getStep();
  if (event.isTableRequestRefused()) {
    step = event.getTableRequestRefused().getStep();
    outcome = outcome_of(event.getTableRequestRefused().getException());
    if (step != 0) {
      message = model::dynamodb::table_message(after, event.getTableRequestRefused());
    }
  }
  if (step != 0) ended(step - 1, outcome, std::move(message));
}

void StepOutcomes::data_event(const model::State& after, events::Event::Reader event) {
  const auto served = [&](auto read) {
    if (read.getConnection() < first_connection_) return;
    answered(read.getConnection(), event.getTime(), read.getVia() != events::Access::HIT, kSuccess);
  };
  const auto asks = [&](auto asked) {
    if (asked.getStep() == 0) return;
    const std::uint32_t step = asked.getStep() - 1;
    if (!model::at(scenario_.getSteps(), step).isData()) return;  // its answer will name it
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
           outcome_of(failed.getException()), model::dynamodb::request_message(after, failed));
}

void StepOutcomes::answered(std::uint32_t connection, std::int64_t time, bool waited,
                            std::string_view outcome, std::string message) {
  std::vector<std::uint32_t>& due = model::at(requests_, connection - first_connection_);
  std::vector<std::uint32_t>& waiting = waiting_[connection];
  const bool now = !due.empty() && scenario_.getSteps()[due.front()].getAt() == time;
  std::vector<std::uint32_t>& from = (waited || !now) && !waiting.empty() ? waiting : due;
  if (from.empty()) return;
  ended(from.front(), outcome, std::move(message));
  from.erase(from.begin());
}

}  // namespace tablekey::replay
