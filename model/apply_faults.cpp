// Faults begin and end, come again at random, and do what they do at once: routers that restart,
// and calls that are lost on their way to KMS.
#include <algorithm>
#include <vector>

#include "model/applier.h"
#include "model/dynamodb/cache/holders.h"
#include "model/faults.h"

namespace tablekey::model {
namespace {

events::Fault::Reader described(const State& state, std::uint32_t step, std::uint32_t source) {
  if (step == kNone) return at(state.scenario().reader().getFaults(), source).getFault();
  const auto found = at(state.scenario().reader().getSteps(), step);
  law(found.isFault(), "a fault is a step that describes one");
  return found.getFault();
}

}  // namespace

void Applier::fault_started(events::FaultEvent::Reader event) {
  const std::uint32_t step = event.getStep(), source = event.getSource();
  const auto fault = described(state_, step, source);
  const std::uint32_t number = fault_number(state_, step, source);
  state_.faults.push_back(number);
  const std::int64_t duration =
      step != kNone ? fault.getDuration() : state_.fault_sources[source].duration.count();
  if (duration != 0) {
    schedule(after(duration), Priority::key_change, ActionKind::end_fault, number);
  }
  settle_store_fault(fault);
}

void Applier::fault_ended(events::FaultEvent::Reader event) {
  const std::uint32_t step = event.getStep(), source = event.getSource();
  const std::uint32_t number = fault_number(state_, step, source);
  const auto found = std::find(state_.faults.begin(), state_.faults.end(), number);
  law(found != state_.faults.end(), "a fault that ends had begun");
  state_.faults.erase(found);
  settle_store_fault(described(state_, step, source));
  if (step == kNone) plan_fault(source, now());
}

void Applier::start_fault_sources() {
  const auto sources = state_.scenario().reader().getFaults();
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    plan_fault(i, sim::Time::from_nanoseconds(sources[i].getFrom()));
  }
}

void Applier::plan_fault(std::uint32_t source, sim::Time from) {
  schedule(std::max(from, now()), Priority::key_change, ActionKind::plan_fault, source);
}

void Applier::fault_planned(events::FaultPlanned::Reader event) {
  FaultSource& source = at(state_.fault_sources, event.getSource());
  ++source.faults;
  if (event.getAt() == 0) return;
  source.at = sim::Time::from_nanoseconds(event.getAt());
  source.duration = sim::Duration::nanoseconds(event.getDuration());
  schedule(source.at, Priority::key_change, ActionKind::begin_fault, event.getSource());
}

// Whoever waits for the answer learns nothing until it gives up.
void Applier::call_lost(events::CallLost::Reader event) {
  Call& call = at(state_.calls, event.getCall());
  law(call.purpose != Purpose::free && !call.answered, "a call that is lost was open");
  law(event.getStep() == kNone || event.getSource() == 0, "a fault is a step's or a source's");
  ++state_.counters.kms_calls;
  call.answered = true;
  call.error = events::KmsError::DEPENDENCY_TIMEOUT;
  call.decided_by = events::Decider::FAULT;
  const Priority priority =
      call.purpose == Purpose::data_request ? Priority::client : Priority::job;
  schedule(after(event.getLatency()), priority, ActionKind::deliver_answer, event.getCall());
}

// A router that restarts loses its connections and what they and it had cached. Each connection
// opens again with its next request, on the next router. Requests that are under way are served
// once their answer is there, and leave nothing behind.
void Applier::routers_restarted(events::RoutersRestarted::Reader event) {
  law(event.getStep() == 0 || event.getSource() == 0, "a fault is a step's or a source's");
  std::vector<bool> restarted(settings_.routers);
  for (const std::uint32_t router : event.getRouters()) at(restarted, router) = true;
  // An era may have fewer routers than the connections that it found open.
  const auto hit = [&](std::uint32_t router) {
    return router < restarted.size() && restarted[router];
  };
  for (std::uint32_t i = 0; i < state_.connections.size(); ++i) {
    const Connection& connection = state_.connections[i];
    if (!connection.open || !hit(connection.router)) continue;
    const bool own = connection.slot == i;
    close_now(i);
    if (own) state_.cache[i].lost = events::Miss::RESTARTED;
  }
  const auto shared = static_cast<std::uint32_t>(state_.connections.size());
  for (std::uint32_t i = shared; i < state_.cache.size(); ++i) {
    if (hit(router_of_slot(state_, i))) empty_slot(i, events::Miss::RESTARTED);
  }
  if (event.getStep() == 0) plan_fault(event.getSource(), now());
}

}  // namespace tablekey::model
