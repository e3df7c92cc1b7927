// What the faults that last do to a call. Which step began which fault stands in State; everything
// about it stands in the step, its beginning included.
#include "model/faults.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/sha256.h"
#include "model/draws.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Fault;
using events::KmsError;
using kms::OperationRow;
using kms::QuotaGroup;
using Kind = events::Fault::Kind;

constexpr std::uint32_t kMillion = 1'000'000;
constexpr double kRateMax = 1e9;  // calls a second; more cannot be told apart

std::string_view text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

/// A fault that lasts, with the time at which it began.
struct Lasting {
  Fault::Reader fault;
  sim::Time since;
};

Lasting lasting(const State& state, std::uint32_t step) {
  const auto described = at(state.scenario().reader().getSteps(), step);
  return {described.getFault(), sim::Time::from_nanoseconds(described.getAt())};
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

// Each call has its own draw for each fault.
bool hits(const Deciding& d, const Lasting& lasting, std::uint64_t entity, std::uint64_t ordinal) {
  const std::uint32_t share = lasting.fault.getShareMillionths();
  if (share >= kMillion) return true;
  const auto bits = draw(d.random, entity ^ entity_of(lasting), Draw::fault, ordinal);
  return sim::below(kMillion, bits) < share;
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
  return fault.getKind() == Kind::NEIGHBOUR &&
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
    if (outage.fault.getKind() != Kind::OUTAGE ||
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
    if (slow.fault.getKind() == Kind::LATENCY && region_of(d.state, slow.fault) == region &&
        hits(d, slow, entity, ordinal)) {
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
    if (broken.fault.getKind() != Kind::KEY_STORE || broken.fault.getStore() != store) continue;
    const auto error = broken.fault.getStoreError();
    return error == events::ConnectionError::NONE ? events::ConnectionError::INTERNAL_ERROR : error;
  }
  return events::ConnectionError::NONE;
}

void decide_fault_step(Deciding& d) { d.out.initFaultStarted().setStep(d.action.a); }

void decide_fault_end(Deciding& d) { d.out.initFaultEnded().setStep(d.action.a); }

}  // namespace tablekey::model
