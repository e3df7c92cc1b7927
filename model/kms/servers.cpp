// The queue in front of KMS's servers. State holds when each server becomes free and when those who
// wait will begin; both follow from what the events say.
#include "model/kms/servers.h"

#include <algorithm>

#include "model/applier.h"
#include "model/draws.h"
#include "model/faults.h"
#include "model/kms/resolve.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

std::uint32_t region_of(const State& state, std::uint32_t realm) {
  return realm % static_cast<std::uint32_t>(state.scenario().regions.size());
}

// When a call that comes now begins to be served.
sim::Time begins(const State& state, std::uint32_t region, sim::Time now) {
  if (state.kms_servers.empty()) return now;
  const KmsServers& servers = at(state.kms_servers, region);
  if (servers.free_at.size() < *state.settings().kms_servers) return now;
  return std::max(now, *std::min_element(servers.free_at.begin(), servers.free_at.end()));
}

}  // namespace

namespace kms {

Refusal no_room(const Deciding& d, const KmsRequest& request) {
  const Settings& settings = d.settings();
  if (!settings.kms_servers || !settings.kms_queue || request.from_step()) return {};
  const std::uint32_t region = region_of(d.state, request.realm);
  if (begins(d.state, region, d.now) <= d.now) return {};
  const KmsServers& servers = at(d.state.kms_servers, region);
  const auto waiting = std::count_if(servers.begins.begin(), servers.begins.end(),
                                     [&](sim::Time begin) { return begin > d.now; });
  if (static_cast<std::uint64_t>(waiting) < *settings.kms_queue) return {};
  return {events::KmsError::THROTTLING, std::string(fault_message(events::KmsError::THROTTLING)),
          events::Decider::QUOTA, kNone};
}

sim::Duration sojourn(const Deciding& d, const KmsRequest& request) {
  if (!d.settings().kms_servers || request.from_step()) return {};
  const sim::Time begin = begins(d.state, region_of(d.state, request.realm), d.now);
  const sim::Duration service = d.settings().kms_service_time.sample_duration(
      draw(d.random, request.entity, Draw::service_time, request.ordinal));
  return begin - d.now + service;
}

}  // namespace kms

// The call takes the server that is free first.
void Applier::occupy_server(const events::Event::KmsAnswered::Reader& event) {
  if (!settings_.kms_servers || event.getServedAfter() == 0) return;
  const std::uint32_t region = region_of(state_, kms::realm_of_answer(state_, event));
  if (state_.kms_servers.empty()) state_.kms_servers.resize(state_.scenario().regions.size());
  const sim::Time begin = begins(state_, region, now());
  const sim::Time end = after(event.getServedAfter());
  KmsServers& servers = at(state_.kms_servers, region);
  std::erase_if(servers.begins, [&](sim::Time waits) { return waits <= now(); });
  if (begin > now()) servers.begins.push_back(begin);
  if (servers.free_at.size() < *settings_.kms_servers) {
    servers.free_at.push_back(end);
  } else {
    *std::min_element(servers.free_at.begin(), servers.free_at.end()) = end;
  }
}

}  // namespace tablekey::model
