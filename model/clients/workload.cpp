// From the compiled scenario's words to what arrivals and requests need at hand.
#include "model/clients/workload.h"

#include <algorithm>

#include "crypto/sha256.h"
#include "events/shares.h"
#include "events/text.h"
#include "model/clients/byte_sizes.h"

namespace tablekey::model {
namespace {

using ArrivalProcess = events::Workload::Process;
using events::kWhole;
using events::string_of;

constexpr double kMillion = 1e6;
constexpr std::int64_t kLongest = sim::Duration::days(73'000).count();  // 200 years
constexpr std::int64_t kLongestWait = sim::Duration::days(30).count();

bool is_length(std::int64_t nanoseconds) { return nanoseconds >= 0 && nanoseconds <= kLongest; }
bool is_rate(double rate) { return rate >= 0 && rate < 1e12; }
bool is_skew(double skew) { return skew >= 0 && skew <= sim::Zipf::kExponentMax; }
bool is_distribution(capnp::Text::Reader value) {
  return sim::Distribution::parse(std::string_view(value.cStr(), value.size())).has_value();
}

bool good_stages(events::Workload::Reader workload) {
  std::int64_t sum = 0;
  for (auto stage : workload.getStages()) {
    if (!is_length(stage.getDuration()) || !is_rate(stage.getRateBegin())) return false;
    if (!is_rate(stage.getRateEnd()) || !is_length(sum += stage.getDuration())) return false;
  }
  return workload.getStages().size() != 0;
}

bool good_branches(events::Workload::Reader workload) {
  for (auto one : workload.getBranches()) {
    if (one.getMillionths() == 0 || one.getMillionths() > kWhole) return false;
    if (!(one.getRate() > 0) || !is_rate(one.getRate())) return false;
  }
  return workload.getBranches().size() != 0;
}

bool good_states(events::Workload::Reader workload) {
  for (auto one : workload.getStates()) {
    if (!is_rate(one.getRate()) || one.getHold() <= 0 || !is_length(one.getHold())) return false;
  }
  return workload.getStates().size() != 0;
}

bool good_process(events::Workload::Reader workload) {
  const double shape = workload.getShape();
  switch (workload.getProcess()) {
    case ArrivalProcess::CONSTANT:
    case ArrivalProcess::POISSON:
      return true;
    case ArrivalProcess::GAMMA:
    case ArrivalProcess::WEIBULL:
      return shape >= Gap::kShapeMin && shape <= Gap::kShapeMax;
    case ArrivalProcess::PARETO:
      return shape >= Gap::kLomaxShapeMin && shape <= Gap::kShapeMax;
    case ArrivalProcess::HYPEREXPONENTIAL:
      return good_branches(workload);
    case ArrivalProcess::MMPP:
      return good_states(workload);
    case ArrivalProcess::CLOSED:
      return is_distribution(workload.getThink()) &&
             workload.getPool().getDispatch() == events::Pool::Dispatch::NONE;
    case ArrivalProcess::TRACE:
      return true;
  }
  return false;
}

bool good_trace(events::Workload::Reader workload, std::uint32_t copies) {
  const auto trace = workload.getTrace();
  const auto size = trace.getTimes().size();
  if (trace.getOperations().size() != 0 && trace.getOperations().size() != size) return false;
  if (trace.getCopies().size() != 0 && trace.getCopies().size() != size) return false;
  std::int64_t before = 0;
  for (const std::int64_t time : trace.getTimes()) {
    if (time < before) return false;
    before = time;
  }
  const std::uint32_t served = std::min(copies, workload.getConnections());
  for (const std::uint32_t copy : trace.getCopies()) {
    if (copy >= served) return false;
  }
  for (const auto operation : trace.getOperations()) {
    if (operation > events::DataOperation::TRANSACT_WRITE_ITEMS) return false;
  }
  return workload.getProcess() != ArrivalProcess::TRACE || size != 0;
}

std::vector<RateStage> stages_of(events::Workload::Reader workload) {
  std::vector<RateStage> stages;
  for (auto stage : workload.getStages()) {
    stages.push_back({sim::Duration::nanoseconds(stage.getDuration()), stage.getRateBegin(),
                      stage.getRateEnd()});
  }
  return stages;
}

Gap gap_of(events::Workload::Reader workload) {
  switch (workload.getProcess()) {
    case ArrivalProcess::POISSON:
      return Gap::exponential();
    case ArrivalProcess::GAMMA:
      return Gap::gamma(workload.getShape());
    case ArrivalProcess::WEIBULL:
      return Gap::weibull(workload.getShape());
    case ArrivalProcess::PARETO:
      return Gap::lomax(workload.getShape());
    case ArrivalProcess::HYPEREXPONENTIAL: {
      std::vector<GapBranch> branches;
      for (auto one : workload.getBranches()) {
        branches.push_back({one.getMillionths() / kMillion, one.getRate()});
      }
      return Gap::hyperexponential(std::move(branches));
    }
    default:
      return Gap::even();
  }
}

Arrivals arrivals_of(events::Workload::Reader workload) {
  const auto diurnal = workload.getDiurnal();
  const DailyCourse course{sim::Duration::nanoseconds(diurnal.getPeriod()),
                           diurnal.getAmplitudeMillionths() / kMillion,
                           sim::Duration::nanoseconds(diurnal.getPeak())};
  if (workload.getProcess() == ArrivalProcess::MMPP) {
    std::vector<ModulatedState> states;
    for (auto one : workload.getStates()) {
      states.push_back({one.getRate(), sim::Duration::nanoseconds(one.getHold())});
    }
    return Arrivals(std::move(states), course);
  }
  if (workload.getProcess() == ArrivalProcess::HYPEREXPONENTIAL) {
    const Gap gap = gap_of(workload);
    const double rate = 1 / gap.mean_seconds();
    return Arrivals(gap, {{sim::Duration(), rate, rate}}, course);
  }
  return Arrivals(gap_of(workload), stages_of(workload), course);
}

void read_connections(events::Workload::Reader workload, WorkloadView& view) {
  view.requests_per_connection = workload.getRequestsPerConnection();
  view.connection_lifetime = sim::Duration::nanoseconds(workload.getConnectionLifetime());
  if (workload.getLifetime().size() != 0) {
    view.life = sim::Distribution::parse(string_of(workload.getLifetime())).value();
  }
  view.start_spread = sim::Duration::nanoseconds(workload.getStartSpread());
  view.dispatch = workload.getPool().getDispatch();
  view.idle_close = sim::Duration::nanoseconds(workload.getPool().getIdleClose());
  const auto retries = workload.getRetries();
  view.retries = {
      std::max(1U, retries.getAttempts()), sim::Duration::nanoseconds(retries.getBase()),
      sim::Duration::nanoseconds(retries.getCap()), retries.getJitterMillionths() / kMillion};
  if (workload.getTablePopularity() != events::Workload::Popularity::ZIPF) return;
  const sim::Zipf popularity(view.copies, workload.getTableSkew());
  view.table_popularity = popularity;
  if (view.shared) return;
  // Each connection's part of its table's share, in units of an even one.
  double sum = 0;
  for (std::uint32_t copy = 0; copy < view.copies; ++copy) sum += popularity.weight(copy);
  for (std::uint32_t copy = 0; copy < view.copies; ++copy) {
    const double even = static_cast<double>(view.connections_of(copy)) / view.connections;
    view.weights.push_back(popularity.weight(copy) / sum / even);
  }
}

void read_requests(events::Workload::Reader workload, WorkloadView& view) {
  std::vector<std::uint64_t> weights;
  for (auto share : workload.getOperations()) {
    view.operations.push_back(share.getOperation());
    weights.push_back(share.getMillionths());
  }
  view.one_operation = view.operations.size() == 1;
  view.mix.emplace(weights);
  view.query_items = std::max(1U, workload.getQueryItems());
  view.encryptor = workload.getEncryptor();
  view.requests = workload.getRequests();
}

}  // namespace

sim::Duration RetryRule::delay(std::uint32_t attempt, sim::Bits128 bits) const {
  std::int64_t longest = base.count();
  for (std::uint32_t i = 0; i < attempt && longest < cap.count(); ++i) longest *= 2;
  longest = std::min(longest, cap.count());
  const double share = 1 - jitter + jitter * sim::unit(bits.high);
  return sim::Duration::nanoseconds(
      static_cast<std::int64_t>(static_cast<double>(longest) * share + 0.5));
}

std::optional<sim::Time> WorkloadView::recorded_at(std::uint64_t number, sim::Time origin) const {
  const auto times = trace.getTimes();
  if (number >= times.size()) return std::nullopt;
  const std::int64_t time = times[static_cast<unsigned>(number)];
  if (trace.getAbsolute()) return sim::Time::from_nanoseconds(time);
  if (time > INT64_MAX - origin.nanoseconds()) return std::nullopt;
  return origin + sim::Duration::nanoseconds(time);
}

std::uint64_t WorkloadView::first_recorded(sim::Time origin) const {
  if (!trace.getAbsolute()) return 0;
  const auto times = trace.getTimes();
  unsigned low = 0, high = times.size();
  while (low < high) {
    const unsigned middle = low + (high - low) / 2;
    times[middle] < origin.nanoseconds() ? low = middle + 1 : high = middle;
  }
  return low;
}

std::string_view workload_problem(events::Workload::Reader workload, std::uint32_t copies) {
  if (!good_stages(workload) || workload.getOperations().size() == 0) return "rate or operation";
  if (!good_process(workload)) return "arrival process";
  if (!good_trace(workload, copies)) return "recorded arrival";
  const auto diurnal = workload.getDiurnal();
  const bool course = diurnal.getPeriod() == 0 || diurnal.getPeriod() >= 1'000'000;
  if (!course || !is_length(diurnal.getPeriod()) || !is_length(diurnal.getPeak()) ||
      diurnal.getAmplitudeMillionths() > kWhole) {
    return "daily course";
  }
  if (workload.getLifetime().size() != 0 && !is_distribution(workload.getLifetime())) {
    return "connection lifetime";
  }
  if (!is_length(workload.getConnectionLifetime()) || !is_length(workload.getStartSpread()) ||
      !is_length(workload.getPool().getIdleClose()) ||
      workload.getPool().getDispatch() > events::Pool::Dispatch::MOST_RECENT) {
    return "connection";
  }
  if (workload.getItemSize().size() != 0 && !parse_byte_sizes(string_of(workload.getItemSize()))) {
    return "item size";
  }
  const bool zipf = workload.getTablePopularity() == events::Workload::Popularity::ZIPF;
  if (zipf && (!is_skew(workload.getTableSkew()) || workload.getConnections() < copies)) {
    return "popularity of tables";
  }
  const auto retries = workload.getRetries();
  const auto is_wait = [](std::int64_t wait) { return wait >= 0 && wait <= kLongestWait; };
  if (retries.getAttempts() > 100 || !is_wait(retries.getBase()) || !is_wait(retries.getCap()) ||
      retries.getJitterMillionths() > kWhole) {
    return "rule of retries";
  }
  return {};
}

WorkloadView workload_view(events::Workload::Reader workload, std::uint32_t copies) {
  WorkloadView view;
  view.name = string_of(workload.getName());
  view.entity = crypto::name_hash("workload/" + view.name);
  view.shared_entity = crypto::name_hash("pool/" + view.name);
  view.family = workload.getTable();
  view.copies = copies;
  view.connections = workload.getConnections();
  view.recorded = workload.getProcess() == ArrivalProcess::TRACE;
  view.closed = workload.getProcess() == ArrivalProcess::CLOSED;
  view.shared = view.recorded || workload.getPool().getDispatch() != events::Pool::Dispatch::NONE;
  if (view.closed) view.think = sim::Distribution::parse(string_of(workload.getThink())).value();
  view.trace = workload.getTrace();
  view.arrivals = arrivals_of(workload);
  view.starts = sim::Time::from_nanoseconds(workload.getStarts());
  view.stops = sim::Time::from_nanoseconds(workload.getStops());
  read_connections(workload, view);
  read_requests(workload, view);
  return view;
}

}  // namespace tablekey::model
