// What `explain` says of a fault, of a step or at random.
#include <fmt/format.h>

#include "scenarios/expectation_words.h"
#include "scenarios/explain_steps.h"
#include "scenarios/kms_words.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using FaultKind = events::Fault::Kind;

std::string routers(events::Fault::Reader fault) {
  if (fault.getRouters().size() == 0) {
    if (fault.getShareMillionths() == 1'000'000) return "all routers";
    return fmt::format("{} of the routers", print_share(fault.getShareMillionths()));
  }
  std::string list;
  for (const std::uint32_t router : fault.getRouters()) {
    if (!list.empty()) list += ", ";
    list += fmt::format("{}", router);
  }
  return fmt::format("router{} {}", fault.getRouters().size() == 1 ? "" : "s", list);
}

std::string what(events::Scenario::Reader scenario, events::Fault::Reader fault) {
  const std::string share = print_share(fault.getShareMillionths());
  switch (fault.getKind()) {
    case FaultKind::OUTAGE:
      return fmt::format("KMS answers {} of calls with {}", share, name_of(fault.getError()));
    case FaultKind::LATENCY:
      return fmt::format("KMS takes {} longer for {} of calls", span(fault.getLatency()), share);
    case FaultKind::NEIGHBOUR:
      return fmt::format("somebody else in account {} makes {:.4g} {} calls a second",
                         text(fault.getAccount()), fault.getRate(), text(fault.getOperation()));
    case FaultKind::KEY_STORE:
      return fmt::format("custom key store {} fails with {}",
                         text(scenario.getCustomKeyStores()[fault.getStore()].getLogicalId()),
                         name_of(fault.getStoreError()));
    case FaultKind::BROWN_OUT:
      return fmt::format("KMS answers {} of calls with {} and takes {} longer for the others",
                         share, name_of(fault.getError()), span(fault.getLatency()));
    case FaultKind::PARTITION:
      return fmt::format("{} cannot reach KMS and give calls up after {}", routers(fault),
                         span(fault.getTimeout()));
    case FaultKind::RESTART:
      return fmt::format("{} restart: connections close, caches are cold", routers(fault));
    case FaultKind::REGION_FAILURE:
      return fmt::format("KMS and DynamoDB of {} fail, requests with {}", text(fault.getRegion()),
                         name_of(fault.getException()));
    case FaultKind::PROPAGATION:
      return fmt::format("changes take {} longer to reach KMS\'s data plane",
                         span(fault.getLatency()));
  }
  return "?";
}

}  // namespace

std::string fault_line(events::Scenario::Reader scenario, events::Fault::Reader fault,
                       bool at_random) {
  std::string out = what(scenario, fault);
  const bool of_calls = fault.getKind() == FaultKind::OUTAGE ||
                        fault.getKind() == FaultKind::LATENCY ||
                        fault.getKind() == FaultKind::BROWN_OUT;
  if (of_calls && fault.getOperation().size() != 0) {
    out += fmt::format(", only {}", text(fault.getOperation()));
  }
  if (at_random || fault.getKind() == FaultKind::RESTART) return out;
  return out + (fault.getDuration() == 0 ? ", to the end" : ", for " + span(fault.getDuration()));
}

}  // namespace tablekey::scenarios
