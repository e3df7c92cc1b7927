#include "replay/explore/watch_timers.h"

#include "replay/explore/story.h"

namespace tablekey::replay::explore {

void WatchTimers::closed(const model::State& after, events::Event::ConnectionClosed::Reader event,
                         std::int64_t time, std::uint64_t number) {
  const model::Connection& connection = after.connections[event.getConnection()];
  if (connection.workload == model::kNone) return;
  const model::WorkloadView& workload = after.scenario().workloads[connection.workload];
  if (event.getWhy() == events::Close::AGE && !workload.life) {
    ask();
    const std::int64_t age = time - connection.opened.nanoseconds();
    if (age == workload.connection_lifetime.count()) return;
    broken("timers", number, "a connection was closed for its age at {}, not at {}",
           duration_text(age), duration_text(workload.connection_lifetime.count()));
  }
  if (event.getWhy() == events::Close::IDLE) {
    ask();
    const std::int64_t unused = time - connection.free_at.nanoseconds();
    if (unused == workload.idle_close.count()) return;
    broken("timers", number, "a connection was closed as unused after {}, not after {}",
           duration_text(unused), duration_text(workload.idle_close.count()));
  }
}

void WatchTimers::event(const model::State& after, events::Event::Reader event,
                        std::uint64_t number) {
  if (event.isConnectionClosed()) {
    closed(after, event.getConnectionClosed(), event.getTime(), number);
  }
}

}  // namespace tablekey::replay::explore
