// The law about timers: a connection that ends for its age or for want of use has that age, or was
// unused so long. A timer that was cancelled and fires all the same ends another life too early.
#pragma once

#include "replay/explore/finding.h"

namespace tablekey::replay::explore {

class WatchTimers : public Watch {
 public:
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

 private:
  void closed(const model::State& after, events::Event::ConnectionClosed::Reader event,
              std::int64_t time, std::uint64_t number);
};

}  // namespace tablekey::replay::explore
