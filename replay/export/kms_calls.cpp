// Which events send calls is read off their fields: a new kind of event with a call needs nothing
// here.
#include "replay/export/kms_calls.h"

#include <capnp/dynamic.h>

#include <algorithm>

namespace tablekey::replay {
namespace {

void add_calls(const capnp::DynamicStruct::Reader& fields, std::vector<std::uint32_t>& calls) {
  for (const char* name : {"call", "nextCall"}) {
    KJ_IF_MAYBE (field, fields.getSchema().findFieldByName(name)) {
      const auto value = fields.get(*field);
      if (value.getType() != capnp::DynamicValue::UINT) continue;
      const auto call = value.as<std::uint64_t>();
      if (call < model::kNone) calls.push_back(static_cast<std::uint32_t>(call));
    }
  }
}

// Hits, by far the most events, send nothing.
bool sends_nothing(events::Event::Reader event) {
  return event.isItemRead() || event.isItemWritten() || event.isItemsRead() ||
         event.isKmsAnswered() || event.isCallLost();
}

std::vector<std::uint32_t> calls_named(events::Event::Reader event) {
  std::vector<std::uint32_t> calls;
  if (sends_nothing(event)) return calls;
  const capnp::DynamicStruct::Reader dynamic = capnp::toDynamic(event);
  KJ_IF_MAYBE (member, dynamic.which()) {
    add_calls(dynamic.get(*member).as<capnp::DynamicStruct>(), calls);
  }
  if (event.isControlAnswered() && event.getControlAnswered().getEffect().isRestoreStarted()) {
    calls.push_back(event.getControlAnswered().getEffect().getRestoreStarted().getNextCall());
  }
  return calls;
}

}  // namespace

std::vector<std::uint32_t> CallTracker::opened(const model::State& after,
                                               events::Event::Reader event, std::uint64_t number) {
  std::vector<std::uint32_t> calls = calls_named(event);
  std::erase_if(calls, [&](std::uint32_t call) {
    if (call >= after.calls.size()) return true;
    const model::Call& sent = after.calls[call];
    const bool is_new = sent.purpose != model::Purpose::free && !sent.answered &&
                        sent.sent.nanoseconds() == event.getTime();
    return !is_new || !under_way_.try_emplace(call, event.getTime(), number).second;
  });
  return calls;
}

std::optional<TrackedCall> CallTracker::ended(events::Event::Reader event, std::uint64_t number) {
  TrackedCall tracked;
  std::int64_t latency = 0;
  if (event.isKmsAnswered()) {
    tracked.call = event.getKmsAnswered().getCall();
    latency = event.getKmsAnswered().getLatency();
  } else if (event.isCallLost()) {
    tracked.call = event.getCallLost().getCall();
    latency = event.getCallLost().getLatency();
  } else if (!event.isKeyPolled()) {
    return std::nullopt;
  }
  tracked.number = number;
  tracked.sent = tracked.decided = event.getTime();
  tracked.arrives = event.getTime() + std::max<std::int64_t>(latency, 0);
  tracked.awaited = latency >= 0 && tracked.call != model::kNone;
  const auto sent = under_way_.find(tracked.call);
  if (sent != under_way_.end()) {
    tracked.sent = sent->second.sent;
    tracked.opened_by = sent->second.opened_by;
    under_way_.erase(sent);
  }
  return tracked;
}

std::uint32_t delivered_call(const model::State& before) {
  if (!before.agenda().next()) return model::kNone;
  const model::Action action = before.agenda().front();
  return action.kind == model::ActionKind::deliver_answer ? action.a : model::kNone;
}

}  // namespace tablekey::replay
