// Both ways to say a rate, of all connections and of one, since a cache sees the gap on its own.
#include "scenarios/explain_workload.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/clients/encryptors.h"
#include "scenarios/expectation.h"
#include "scenarios/explain_steps.h"
#include "scenarios/values.h"
#include "sim/time.h"

namespace tablekey::scenarios {
namespace {

using Process = events::Workload::Process;
using Dispatch = events::Pool::Dispatch;

// One decimal place less than noise: 200/s, 0.0024/s.
std::string rate(double a_second) { return fmt::format("{:.4g}/s", a_second); }

// The mean time between requests at a rate, to the microsecond; a century stands for more.
std::string gap(double a_second) {
  constexpr double kLongest = 3.15576e15;  // microseconds
  const double microseconds = std::min(1e6 / a_second, kLongest);
  return sim::print(sim::Duration::microseconds(static_cast<std::int64_t>(microseconds + 0.5)));
}

bool pooled(events::Workload::Reader workload) {
  return workload.getPool().getDispatch() != Dispatch::NONE;
}

std::string kind_of(events::Workload::Reader workload) {
  switch (workload.getProcess()) {
    case Process::CONSTANT:
      return "evenly spaced requests";
    case Process::POISSON:
      return "Poisson requests";
    case Process::GAMMA:
      return fmt::format("requests with gamma gaps (shape {})", workload.getShape());
    case Process::WEIBULL:
      return fmt::format("requests with Weibull gaps (shape {})", workload.getShape());
    case Process::PARETO:
      return fmt::format("requests with Pareto (Lomax) gaps (shape {})", workload.getShape());
    case Process::HYPEREXPONENTIAL: {
      std::string branches;
      for (auto one : workload.getBranches()) {
        branches += fmt::format("{}{} at {}", branches.empty() ? "" : ", ",
                                print_share(one.getMillionths()), rate(one.getRate()));
      }
      return fmt::format("requests with hyperexponential gaps ({})", branches);
    }
    case Process::MMPP: {
      std::string states;
      for (auto one : workload.getStates()) {
        states +=
            fmt::format("{}{} for {} on average", states.empty() ? "" : ", then ",
                        one.getRate() > 0 ? rate(one.getRate()) : "nothing", span(one.getHold()));
      }
      return fmt::format("requests in phases ({})", states);
    }
    case Process::CLOSED:
      return fmt::format("a user on each connection, who sends a request {} after each answer",
                         text(workload.getThink()));
    case Process::TRACE:
      return fmt::format("{} from a recording",
                         plural(workload.getTrace().getTimes().size(), "request"));
  }
  return "requests";
}

std::string rates(events::Workload::Reader workload) {
  if (workload.getProcess() == Process::CLOSED || workload.getProcess() == Process::TRACE) {
    return {};
  }
  const double sources = pooled(workload) ? 1 : workload.getConnections();
  const auto stages = workload.getStages();
  const auto first = stages[0];
  if (stages.size() == 1 && first.getDuration() == 0) {
    std::string out;
    if (sources > 1 || first.getRateBegin() >= 1) {
      out += fmt::format(", {} in all", rate(first.getRateBegin() * sources));
    }
    if (first.getRateBegin() > 0) {
      const bool even = workload.getProcess() == Process::CONSTANT;
      out += fmt::format(", {}one every {} on {}", even ? "" : "on average ",
                         gap(first.getRateBegin()), sources > 1 ? "each connection" : "it");
    }
    return out;
  }
  double before = first.getRateBegin() * sources;
  std::string out = fmt::format(", {} in all at first", rate(before));
  for (auto stage : stages) {
    const double after = stage.getRateEnd() * sources;
    out += after == before
               ? fmt::format(", then for {} {}", span(stage.getDuration()), rate(after))
               : fmt::format(", then over {} to {}", span(stage.getDuration()), rate(after));
    before = after;
  }
  return out;
}

std::string shared_out(events::Workload::Reader workload) {
  std::string out;
  const auto diurnal = workload.getDiurnal();
  if (diurnal.getPeriod() != 0) {
    out += fmt::format(", {} more and less every {}, most at {}",
                       print_share(diurnal.getAmplitudeMillionths()), span(diurnal.getPeriod()),
                       span(diurnal.getPeak()));
  }
  if (workload.getTablePopularity() == events::Workload::Popularity::ZIPF) {
    out += fmt::format(", split over its tables by Zipf's law with exponent {}",
                       workload.getTableSkew());
  }
  switch (workload.getPool().getDispatch()) {
    case Dispatch::NONE:
      break;
    case Dispatch::ROUND_ROBIN:
      out += ", to one connection after the other";
      break;
    case Dispatch::RANDOM:
      out += ", each to a random connection";
      break;
    case Dispatch::MOST_RECENT:
      out += ", each to the free connection that was used last";
      break;
  }
  return out;
}

std::string limits(events::Scenario::Reader scenario, events::Workload::Reader workload) {
  const auto when = [&](std::int64_t time) { return span(time - scenario.getStart()); };
  std::string out;
  if (workload.getStarts() != 0) out += fmt::format(", from {}", when(workload.getStarts()));
  if (workload.getStops() != 0) out += fmt::format(", until {}", when(workload.getStops()));
  if (workload.getStartSpread() != 0) {
    out += fmt::format(", connections open within {}", span(workload.getStartSpread()));
  }
  if (workload.getRequests() != 0) {
    out += fmt::format(", at most {} {}", plural(workload.getRequests(), "request"),
                       pooled(workload) ? "in all" : "on each connection");
  }
  if (workload.getRequestsPerConnection() != 0) {
    out += fmt::format(", a new connection after {}",
                       plural(workload.getRequestsPerConnection(), "request"));
  }
  if (workload.getConnectionLifetime() != 0) {
    out += fmt::format(", a new connection after {}", span(workload.getConnectionLifetime()));
  }
  if (workload.getLifetime().size() != 0) {
    out += fmt::format(", a new connection after {}", text(workload.getLifetime()));
  }
  if (workload.getPool().getIdleClose() != 0) {
    out += fmt::format(", an idle connection closes after {}",
                       span(workload.getPool().getIdleClose()));
  }
  const auto retries = workload.getRetries();
  if (retries.getAttempts() > 1) {
    out += fmt::format(", up to {} attempts within {} doubling to {}, {} of it drawn",
                       retries.getAttempts(), span(retries.getBase()), span(retries.getCap()),
                       print_share(retries.getJitterMillionths()));
  }
  return out;
}

std::string operations(events::Workload::Reader workload) {
  std::string out;
  if (workload.getTrace().getOperations().size() != 0) {
    out = "operations as recorded";
  } else {
    for (auto share : workload.getOperations()) {
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name_of(share.getOperation()),
                         print_share(share.getMillionths()));
    }
  }
  if (workload.getItemSize().size() != 0) {
    out += fmt::format(" of {} bytes", text(workload.getItemSize()));
  }
  return out;
}

std::string client(events::Scenario::Reader scenario, events::Workload::Reader workload) {
  if (workload.getEncryptor() == events::K_NONE) return {};
  const auto encryptor = scenario.getEncryptors()[workload.getEncryptor()];
  return fmt::format(", through encryptor {}{}", text(encryptor.getLogicalId()),
                     model::reads_plaintext(encryptor)
                         ? ""
                         : ", in a table that starts without items, which it could not read");
}

}  // namespace

std::string workload_sentence(events::Scenario::Reader scenario,
                              events::Workload::Reader workload) {
  const bool zipf = workload.getPopularity() == events::Workload::Popularity::ZIPF;
  return fmt::format(
      "  {}: {} on {} over {}; {}{}{}; {}{}; {}{}.\n", text(workload.getName()),
      principal_name(scenario, workload.getPrincipal()), table_name(scenario, workload.getTable()),
      plural(workload.getConnections(), "connection"), kind_of(workload), rates(workload),
      shared_out(workload), operations(workload), client(scenario, workload),
      zipf ? fmt::format("items by Zipf's law with exponent {}", workload.getSkew())
           : "all items alike",
      limits(scenario, workload));
}

}  // namespace tablekey::scenarios
