// What each node of a fleet did from the beginning on: when it asked KMS, and what failed.
#pragma once

#include <functional>
#include <span>

#include "tests/theory/probe.h"

namespace tablekey::theory {

struct Node {
  std::vector<double> loads;  ///< when it asked KMS, s since kBegin
  std::uint64_t failures = 0;
};

using FromNodes = std::function<Reading(std::span<const Node> nodes)>;

class NodeProbe : public Probe {
 public:
  /// Nodes are the first so many connections; the run ends at `to`.
  NodeProbe(const model::ScenarioView& scenario, std::size_t nodes, double to, FromNodes from);

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  bool done() const override { return over_; }
  Reading reading(const model::State&) override { return from_(nodes_); }

 private:
  std::int64_t begin_, to_;
  FromNodes from_;
  std::vector<Node> nodes_;
  bool over_ = false;
};

}  // namespace tablekey::theory
