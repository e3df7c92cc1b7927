// A step names its tables; a workload's connection has one.
#include "replay/data_answers.h"

#include "model/law.h"

namespace tablekey::replay {
namespace {

events::Step::Reader step_of(const model::State& state, std::uint32_t step) {
  return model::at(state.scenario().reader().getSteps(), step - 1);
}

}  // namespace

std::vector<std::uint32_t> tables_of(const model::State& state,
                                     events::DataAnswered::Reader answered) {
  const model::ScenarioView& scenario = state.scenario();
  if (answered.getStep() == 0) {
    return {model::at(state.connections, answered.getConnection()).table};
  }
  std::vector<std::uint32_t> tables;
  for (const std::uint32_t family :
       model::ScenarioView::tables_of(step_of(state, answered.getStep()))) {
    tables.push_back(model::at(scenario.families, family).first_table);
  }
  return tables;
}

std::vector<std::uint32_t> connections_of(const model::State& state, std::uint32_t connection,
                                          std::uint32_t step) {
  const model::ScenarioView& scenario = state.scenario();
  if (step == 0) return {connection};
  const auto described = step_of(state, step);
  if (!described.isRequest()) return {connection};
  const std::uint32_t caller =
      scenario.caller(described.getCaller(), described.getSession().cStr());
  std::vector<std::uint32_t> connections;
  for (const std::uint32_t family : model::ScenarioView::tables_of(described)) {
    const std::uint32_t table = model::at(scenario.families, family).first_table;
    connections.push_back(scenario.step_connection(caller, table));
  }
  return connections;
}

std::uint32_t refused_connection(const model::State& state, events::DataAnswered::Reader answered) {
  if (answered.getKmsError() == events::KmsError::NONE) return model::kNone;
  for (const std::uint32_t connection :
       connections_of(state, answered.getConnection(), answered.getStep())) {
    if (model::at(state.connections, connection).table == answered.getKmsTable()) return connection;
  }
  return answered.getConnection();
}

bool was_served(events::DataAnswered::Reader answered) {
  switch (answered.getException()) {
    case events::Exception::NONE:
    case events::Exception::CONDITIONAL_CHECK_FAILED:
      return true;
    default:
      return false;
  }
}

}  // namespace tablekey::replay
