// Loads by the requests that asked.
#include "tests/theory/node_probe.h"

#include <utility>

#include "tests/theory/setup.h"

namespace tablekey::theory {

NodeProbe::NodeProbe(const model::ScenarioView& scenario, std::size_t nodes, double to,
                     FromNodes from)
    : begin_(moment_of(scenario, 0)),
      to_(moment_of(scenario, to)),
      from_(std::move(from)),
      nodes_(nodes) {}

void NodeProbe::event(const model::State&, events::Event::Reader event, std::uint64_t) {
  over_ = event.getTime() >= to_;
  if (over_) return;
  if (event.isTableKeyRequested()) {
    const std::uint32_t node = event.getTableKeyRequested().getConnection();
    if (node >= nodes_.size()) return;
    nodes_[node].loads.push_back(static_cast<double>(event.getTime() - begin_) / 1e9);
  }
  if (event.isRequestFailed()) {
    const std::uint32_t node = event.getRequestFailed().getConnection();
    if (node < nodes_.size()) ++nodes_[node].failures;
  }
}

}  // namespace tablekey::theory
