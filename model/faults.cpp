// What the faults that last do to a call. Which of them last stands in State; everything about one
// stands in its step or its random source.
#include "model/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "crypto/sha256.h"
#include "events/shares.h"
#include "events/text.h"
#include "model/draws.h"
#include "model/law.h"
#include "sim/distribution.h"

namespace tablekey::model {
namespace {

using events::Fault;
using events::KmsError;
using kms::OperationRow;
using kms::QuotaGroup;
using FaultKind = events::Fault::Kind;
using events::kWhole;
using events::text;

constexpr double kRateMax = 1e9;  // calls a second; more cannot be told apart

/// A fault that lasts, with the time at which it began.
struct Lasting {
  Fault::Reader fault;
  sim::Time since;
};

Lasting lasting(const State& state, std::uint32_t number) {
  const auto steps = state.scenario().reader().getSteps();
  if (number < steps.size()) {
    return {steps[number].getFault(), sim::Time::from_nanoseconds(steps[number].getAt())};
  }
  const std::uint32_t source = number - steps.size();
  return {at(state.scenario().reader().getFaults(), source).getFault(),
          at(state.fault_sources, source).at};
}

// A fault that names no Region or account is about the scenario's own.
std::string_view region_of(const State& state, Fault::Reader fault) {
  return fault.getRegion().size() == 0 ? std::string_view(state.scenario().region)
                                       : text(fault.getRegion());
}

std::string_view account_of(const State& state, Fault::Reader fault) {
  return fault.getAccount().size() == 0 ? std::string_view(state.scenario().account)
                                        : text(fault.getAccount());
}

// Named after what the fault is and when it begins, so that another step moves none of its draws.
std::uint64_t entity_of(const Lasting& lasting) {
  return crypto::name_hash(fmt::format(
      "fault/{}/{}/{}/{}", lasting.since.nanoseconds(), static_cast<int>(lasting.fault.getKind()),
      text(lasting.fault.getRegion()), text(lasting.fault.getOperation())));
}

// Whether a fault is about a router: named, or among a share of all, each by its own draw.
bool about_router(const Deciding& d, const Lasting& lasting, std::uint32_t router) {
  const auto named = lasting.fault.getRouters();
  for (const std::uint32_t one : named) {
    if (one == router) return true;
  }
  if (named.size() != 0) return false;
  const std::uint32_t share = lasting.fault.getShareMillionths();
  if (share >= kWhole) return true;
  const auto bits = draw(d.random, entity_of(lasting), Draw::fault_router, router);
  return sim::below(kWhole, bits) < share;
}

// Those that make calls fail: all of a Region, or what an outage or a brown-out is about.
bool fails_calls(FaultKind kind) {
  return kind == FaultKind::OUTAGE || kind == FaultKind::BROWN_OUT ||
         kind == FaultKind::REGION_FAILURE;
}

// Each call has its own draw for each fault.
bool hits(const Deciding& d, const Lasting& lasting, std::uint64_t entity, std::uint64_t ordinal) {
  const std::uint32_t share = lasting.fault.getShareMillionths();
  if (share >= kWhole) return true;
  const auto bits = draw(d.random, entity ^ entity_of(lasting), Draw::fault, ordinal);
  return sim::below(kWhole, bits) < share;
}

bool about_operation(Fault::Reader fault, events::KmsOperation operation) {
  return fault.getOperation().size() == 0 ||
         text(fault.getOperation()) == kms::operation_row(operation).name;
}

// What a neighbour's calls count against: the shared quota of symmetric cryptography unless it says
// otherwise.
bool shares_quota(Fault::Reader fault, events::KmsOperation operation) {
  const OperationRow& ours = kms::operation_row(operation);
  if (fault.getOperation().size() == 0) return ours.quota == QuotaGroup::symmetric;
  for (const OperationRow& row : kms::operation_rows()) {
    if (row.name != text(fault.getOperation())) continue;
    return row.quota == ours.quota &&
           (row.quota != QuotaGroup::own || row.operation == ours.operation);
  }
  return false;
}

bool is_neighbour(const State& state, Fault::Reader fault, std::uint32_t realm,
                  events::KmsOperation operation) {
  const ScenarioView& scenario = state.scenario();
  return fault.getKind() == FaultKind::NEIGHBOUR &&
         account_of(state, fault) == scenario.realm_account(realm) &&
         region_of(state, fault) == scenario.realm_region(realm) && shares_quota(fault, operation);
}

double rate_of(Fault::Reader fault) {
  const double rate = fault.getRate();
  return rate > 0 ? std::min(rate, kRateMax) : 0;
}

// Arrivals come at since, since + 1/rate, …: how many of them before `until`.
std::uint64_t arrivals(const Lasting& lasting, sim::Time until) {
  const double rate = rate_of(lasting.fault);
  if (until <= lasting.since || rate == 0) return 0;
  const double expected = static_cast<double>((until - lasting.since).count()) * rate / 1e9;
  const auto whole = static_cast<std::uint64_t>(expected);
  return whole + (static_cast<double>(whole) < expected ? 1 : 0);
}

}  // namespace

std::string_view fault_message(KmsError error) {
  switch (error) {
    case KmsError::KMS_INTERNAL:
      return "The request was rejected because an internal exception occurred. The request can be "
             "retried.";
    case KmsError::DEPENDENCY_TIMEOUT:
      return "The system timed out while trying to fulfill the request. You can retry the request.";
    case KmsError::KEY_UNAVAILABLE:
      return "The request was rejected because the specified KMS key was not available. You can "
             "retry the request.";
    case KmsError::THROTTLING:
      return "You have exceeded the rate at which you may call KMS. Reduce the frequency of your "
             "calls.";
    default:
      return "";
  }
}

kms::Refusal faulted(const Deciding& d, const kms::KmsRequest& request) {
  for (const std::uint32_t step : d.state.faults) {
    const Lasting outage = lasting(d.state, step);
    if (!fails_calls(outage.fault.getKind()) ||
        region_of(d.state, outage.fault) != request.region(d.state) ||
        !about_operation(outage.fault, request.operation) ||
        !hits(d, outage, request.entity, request.ordinal)) {
      continue;
    }
    const KmsError error = outage.fault.getError() == KmsError::NONE ? KmsError::KMS_INTERNAL
                                                                     : outage.fault.getError();
    return {error, std::string(fault_message(error)), events::Decider::FAULT, step};
  }
  return {};
}

sim::Duration extra_latency(const Deciding& d, std::string_view region, std::uint64_t entity,
                            std::uint64_t ordinal) {
  sim::Duration extra;
  for (const std::uint32_t step : d.state.faults) {
    const Lasting slow = lasting(d.state, step);
    const FaultKind kind = slow.fault.getKind();
    if (kind != FaultKind::LATENCY && kind != FaultKind::BROWN_OUT) continue;
    // What a brown-out lets through is slow.
    if (region_of(d.state, slow.fault) == region &&
        hits(d, slow, entity, ordinal) == (kind == FaultKind::LATENCY)) {
      extra += sim::Duration::nanoseconds(slow.fault.getLatency());
    }
  }
  return extra;
}

double neighbour_rate(const State& state, std::uint32_t realm, events::KmsOperation operation) {
  double rate = 0;
  for (const std::uint32_t step : state.faults) {
    const Lasting neighbour = lasting(state, step);
    if (is_neighbour(state, neighbour.fault, realm, operation)) rate += rate_of(neighbour.fault);
  }
  return rate;
}

std::uint64_t neighbour_calls(const State& state, std::uint32_t realm,
                              events::KmsOperation operation, sim::Time from, sim::Time until) {
  std::uint64_t calls = 0;
  for (const std::uint32_t step : state.faults) {
    const Lasting neighbour = lasting(state, step);
    if (!is_neighbour(state, neighbour.fault, realm, operation) || until <= from) continue;
    calls += arrivals(neighbour, until) - arrivals(neighbour, from);
  }
  return calls;
}

events::ConnectionError store_fault(const State& state, std::uint32_t store) {
  for (auto step = state.faults.rbegin(); step != state.faults.rend(); ++step) {
    const Lasting broken = lasting(state, *step);
    if (broken.fault.getKind() != FaultKind::KEY_STORE || broken.fault.getStore() != store)
      continue;
    const auto error = broken.fault.getStoreError();
    return error == events::ConnectionError::NONE ? events::ConnectionError::INTERNAL_ERROR : error;
  }
  return events::ConnectionError::NONE;
}

std::optional<CutOff> cut_off(const Deciding& d, std::uint32_t router) {
  if (router == kNone) return std::nullopt;
  for (const std::uint32_t number : d.state.faults) {
    const Lasting cut = lasting(d.state, number);
    if (cut.fault.getKind() != FaultKind::PARTITION || !about_router(d, cut, router)) continue;
    return CutOff{number, sim::Duration::nanoseconds(cut.fault.getTimeout())};
  }
  return std::nullopt;
}

events::Exception region_failure(const State& state, std::string_view region) {
  for (const std::uint32_t number : state.faults) {
    const Fault::Reader fault = lasting(state, number).fault;
    if (fault.getKind() != FaultKind::REGION_FAILURE || region_of(state, fault) != region) continue;
    const auto exception = fault.getException();
    return exception == events::Exception::NONE ? events::Exception::SERVICE_UNAVAILABLE
                                                : exception;
  }
  return events::Exception::NONE;
}

sim::Duration extra_propagation(const State& state, std::string_view region) {
  sim::Duration extra;
  for (const std::uint32_t number : state.faults) {
    const Fault::Reader fault = lasting(state, number).fault;
    if (fault.getKind() != FaultKind::PROPAGATION) continue;
    if (!region.empty() && region_of(state, fault) != region) continue;
    extra += sim::Duration::nanoseconds(fault.getLatency());
  }
  return extra;
}

std::uint32_t fault_number(const State& state, std::uint32_t step, std::uint32_t source) {
  return step != kNone ? step : state.scenario().reader().getSteps().size() + source;
}

namespace {

void restart(Deciding& d, const Lasting& fault, std::uint32_t step, std::uint32_t source) {
  std::vector<std::uint32_t> routers;
  for (std::uint32_t router = 0; router < d.settings().routers; ++router) {
    if (about_router(d, fault, router)) routers.push_back(router);
  }
  auto event = d.out.initRoutersRestarted();
  event.setStep(step);
  event.setSource(source);
  auto list = event.initRouters(static_cast<unsigned>(routers.size()));
  for (unsigned i = 0; i < routers.size(); ++i) list.set(i, routers[i]);
}

// A random source's draws are its own: named after it, so that no other source moves them.
std::uint64_t source_entity(events::FaultSource::Reader source) {
  return crypto::name_hash(fmt::format("fault-source/{}", text(source.getName())));
}

sim::Duration sampled(const Deciding& d, std::string_view distribution, std::uint64_t entity,
                      Draw purpose, std::uint64_t ordinal) {
  const auto parsed = sim::Distribution::parse(distribution);
  law(parsed.has_value(), "a random fault's times are distributions");
  const sim::Duration drawn = parsed->sample_duration(draw(d.random, entity, purpose, ordinal));
  return std::max(drawn, sim::Duration::nanoseconds(1));  // time goes on
}

void plan_random(Deciding& d, std::uint32_t index) {
  const auto source = at(d.state.scenario().reader().getFaults(), index);
  const std::uint64_t entity = source_entity(source);
  const std::uint64_t ordinal = at(d.state.fault_sources, index).faults;
  const sim::Time at =
      d.now + sampled(d, text(source.getEvery()), entity, Draw::fault_gap, ordinal);
  const bool ends = source.getUntil() != 0 && at.nanoseconds() >= source.getUntil();
  auto event = d.out.initFaultPlanned();
  event.setSource(index);
  if (ends || at >= d.state.scenario().until) return;
  event.setAt(at.nanoseconds());
  if (source.getLasts().size() == 0) return;
  event.setDuration(
      sampled(d, text(source.getLasts()), entity, Draw::fault_duration, ordinal).count());
}

}  // namespace

void decide_fault_step(Deciding& d) {
  const Lasting fault = lasting(d.state, d.action.a);
  if (fault.fault.getKind() == FaultKind::RESTART) return restart(d, fault, d.action.a + 1, 0);
  d.out.initFaultStarted().setStep(d.action.a);
}

void decide_fault_end(Deciding& d) {
  const std::uint32_t steps = d.state.scenario().reader().getSteps().size();
  auto event = d.out.initFaultEnded();
  event.setStep(d.action.a < steps ? d.action.a : kNone);
  event.setSource(d.action.a < steps ? 0 : d.action.a - steps);
}

void decide_random_fault(Deciding& d) {
  const std::uint32_t source = d.action.a;
  if (d.action.kind == ActionKind::plan_fault) return plan_random(d, source);
  const Lasting fault = lasting(d.state, fault_number(d.state, kNone, source));
  if (fault.fault.getKind() == FaultKind::RESTART) return restart(d, fault, 0, source);
  auto event = d.out.initFaultStarted();
  event.setStep(kNone);
  event.setSource(source);
}

}  // namespace tablekey::model
