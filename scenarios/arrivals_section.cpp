// When a workload's requests come: the process with its own parameters, and what holds for all
// processes (stages, a daily course, a pool, the popularity of tables).
#include <fmt/format.h>

#include <algorithm>

#include "events/shares.h"
#include "model/clients/arrivals_gap.h"
#include "scenarios/arrivals_trace.h"
#include "scenarios/characters.h"
#include "scenarios/values.h"
#include "scenarios/workload_section.h"
#include "sim/distribution.h"

namespace tablekey::scenarios {
namespace {

using Process = events::Workload::Process;
using events::kWhole;

constexpr std::size_t kStatesMax = 1000;  // of mmpp, of hyperexponential
constexpr sim::Duration kPeriodMin = sim::Duration::seconds(1);
constexpr sim::Duration kLongest = sim::Duration::days(36'500);

// The words of `process`. on-off is an mmpp of two states.
const std::vector<std::string_view> kProcesses = {
    "constant",         "poisson", "gamma",  "weibull", "pareto",
    "hyperexponential", "mmpp",    "on-off", "closed",  "trace"};
constexpr std::size_t kOnOff = 7;

constexpr Process kKinds[] = {
    Process::CONSTANT,         Process::POISSON, Process::GAMMA, Process::WEIBULL, Process::PARETO,
    Process::HYPEREXPONENTIAL, Process::MMPP,    Process::MMPP,  Process::CLOSED,  Process::TRACE};

// Which processes take a key of `arrivals`.
struct Parameter {
  std::string_view key;
  std::vector<std::string_view> processes;
};
const std::vector<Parameter>& parameters() {
  static const std::vector<std::string_view> rated = {"constant", "poisson", "gamma", "weibull",
                                                      "pareto"};
  static const std::vector<Parameter> kAll = {
      {"rate", rated},
      {"every", rated},
      {"shape", {"gamma", "weibull", "pareto"}},
      {"shares", {"hyperexponential"}},
      {"rates", {"hyperexponential"}},
      {"states", {"mmpp"}},
      {"on", {"on-off"}},
      {"off", {"on-off"}},
      {"think", {"closed"}},
      {"file", {"trace"}},
      {"align", {"trace"}},
      {"decrypts", {"trace"}},
  };
  return kAll;
}

std::vector<std::string_view> arrival_keys() {
  std::vector<std::string_view> keys = {"process"};
  for (const Parameter& one : parameters()) keys.push_back(one.key);
  return keys;
}

class ArrivalsReader {
 public:
  ArrivalsReader(MapReader& reader, Draft& draft, Diagnostics& diagnostics, DraftWorkload& workload)
      : reader_(reader), draft_(draft), diagnostics_(diagnostics), workload_(workload) {}

  void read(std::vector<DraftWorkload>& others);

 private:
  void read_pool();
  void read_process(const Node& node, std::vector<DraftWorkload>& others);
  void refuse_others(const MapReader& arrivals);
  void read_overall(const MapReader& arrivals);
  void read_shape(const MapReader& arrivals);
  void read_branches(const MapReader& arrivals);
  void read_states(const MapReader& arrivals);
  void read_on_off(const MapReader& arrivals);
  void add_state(const Node& node, std::string_view what, bool silent);
  void settle_states(Place place);
  void read_think(const MapReader& arrivals);
  void read_stages();
  void read_course();
  void read_spread();
  void read_table_popularity();

  // A rate of the whole workload is split evenly over its connections, unless they are a pool.
  [[nodiscard]] double share(double rate) const {
    return pooled() ? rate : rate / workload_.connections;
  }
  [[nodiscard]] bool pooled() const { return workload_.dispatch != events::Pool::Dispatch::NONE; }
  [[nodiscard]] std::string_view word() const { return kProcesses[word_]; }
  // Whether it is one of those whose rate is given, and moved by stages.
  [[nodiscard]] bool rated() const { return word_ < 5; }

  MapReader& reader_;
  Draft& draft_;
  Diagnostics& diagnostics_;
  DraftWorkload& workload_;
  std::size_t word_ = 0;  // of kProcesses
  std::optional<double> rate_;
  const Node* every_ = nullptr;
};

void ArrivalsReader::read(std::vector<DraftWorkload>& others) {
  read_pool();
  const Node* stages = reader_.get("stages");
  const Node* node = stages == nullptr ? reader_.require("arrivals") : reader_.get("arrivals");
  if (node != nullptr) read_process(*node, others);
  if (workload_.stages.empty()) {
    workload_.stages = {{sim::Duration(), rate_.value_or(0), rate_.value_or(0)}};
  }
  if (stages != nullptr) read_stages();
  read_course();
  read_spread();
  read_table_popularity();
}

void ArrivalsReader::read_pool() {
  const Node* node = reader_.get("pool");
  if (node == nullptr) return;
  MapReader pool(*node, "pool", {"dispatch", "idle_close"}, diagnostics_);
  if (const Node* dispatch = pool.require("dispatch", "round-robin, random or most-recent")) {
    const auto choice =
        read_choice(*dispatch, "dispatch", {"round-robin", "random", "most-recent"}, diagnostics_);
    if (choice) workload_.dispatch = static_cast<events::Pool::Dispatch>(*choice + 1);
  }
  if (const Node* close = pool.get("idle_close")) {
    const auto length = read_duration(*close, "idle_close", diagnostics_);
    if (length && length->count() == 0) {
      diagnostics_.error(close->place, "idle_close must be longer than 0s");
    }
    workload_.idle_close = length.value_or(sim::Duration()).count();
  }
}

void ArrivalsReader::read_process(const Node& node, std::vector<DraftWorkload>& others) {
  MapReader arrivals(node, "arrivals", arrival_keys(), diagnostics_);
  if (const Node* process = arrivals.get("process")) {
    const auto choice = read_choice(*process, "process", kProcesses, diagnostics_);
    if (!choice) return;
    word_ = *choice;
  }
  workload_.process = kKinds[word_];
  if (!arrivals.is_map()) return;
  refuse_others(arrivals);
  switch (workload_.process) {
    case Process::GAMMA:
    case Process::WEIBULL:
    case Process::PARETO:
      read_shape(arrivals);
      [[fallthrough]];
    case Process::CONSTANT:
    case Process::POISSON:
      return read_overall(arrivals);
    case Process::HYPEREXPONENTIAL:
      return read_branches(arrivals);
    case Process::MMPP:
      return word_ == kOnOff ? read_on_off(arrivals) : read_states(arrivals);
    case Process::CLOSED:
      return read_think(arrivals);
    case Process::TRACE:
      return read_trace(arrivals, draft_, diagnostics_, workload_, others);
  }
}

void ArrivalsReader::refuse_others(const MapReader& arrivals) {
  for (const Parameter& one : parameters()) {
    const Node* node = arrivals.get(one.key);
    const auto& takes = one.processes;
    if (node == nullptr || std::find(takes.begin(), takes.end(), word()) != takes.end()) continue;
    diagnostics_.error(node->place, fmt::format("{} arrivals have no '{}'", word(), one.key),
                       fmt::format("it goes with {}", one_of(takes)));
  }
}

void ArrivalsReader::read_overall(const MapReader& arrivals) {
  const Node* rate_node = arrivals.get("rate");
  every_ = arrivals.get("every");
  if (rate_node != nullptr && every_ != nullptr) {
    diagnostics_.error(every_->place,
                       "give either rate (of the whole workload) or every (the gap "
                       "on each connection)");
  } else if (rate_node != nullptr) {
    if (const auto value = read_rate(*rate_node, "rate", diagnostics_)) rate_ = share(*value);
  } else if (every_ != nullptr) {
    const auto gap = read_duration(*every_, "every", diagnostics_);
    if (gap && gap->count() == 0) {
      diagnostics_.error(every_->place, "every must be longer than 0s");
    }
    if (gap && gap->count() > 0) rate_ = 1e9 / static_cast<double>(gap->count());
  } else if (reader_.get("stages") == nullptr) {
    diagnostics_.error(arrivals.place(), "arrivals lacks 'rate' or 'every'",
                       "for example rate: 200/s, or every: 30s");
  }
}

void ArrivalsReader::read_shape(const MapReader& arrivals) {
  const Node* node = arrivals.get("shape");
  if (node == nullptr) {
    diagnostics_.error(
        arrivals.place(), fmt::format("{} arrivals lack 'shape'", word()),
        workload_.process == Process::PARETO ? "for example shape: 2.2" : "for example shape: 0.7");
    return;
  }
  const auto shape = read_number(*node, "shape", diagnostics_);
  if (!shape) return;
  const double least =
      workload_.process == Process::PARETO ? model::Gap::kLomaxShapeMin : model::Gap::kShapeMin;
  if (*shape < least || *shape > model::Gap::kShapeMax) {
    diagnostics_.error(
        node->place,
        fmt::format("{}'s shape must be from {} to {}", word(), least, model::Gap::kShapeMax),
        workload_.process == Process::PARETO && *shape <= 1 ? "at 1 and below there is no mean gap"
                                                            : "");
    return;
  }
  workload_.shape = *shape;
}

void ArrivalsReader::read_branches(const MapReader& arrivals) {
  const Node* shares = arrivals.get("shares");
  const Node* rates = arrivals.get("rates");
  if (shares == nullptr || rates == nullptr || !shares->is_sequence() || !rates->is_sequence() ||
      shares->items.size() != rates->items.size() || shares->items.empty() ||
      shares->items.size() > kStatesMax) {
    diagnostics_.error(arrivals.place(),
                       "hyperexponential arrivals need 'shares' and 'rates', as many of each",
                       "for example shares: [90%, 10%], rates: [0.1/s, 0.002/s]");
    return;
  }
  std::uint64_t sum = 0;
  double mean = 0;
  bool good = true;
  for (std::size_t i = 0; i < shares->items.size(); ++i) {
    const auto part = read_share(shares->items[i], "a share", diagnostics_);
    const auto rate = read_rate(rates->items[i], "a rate", diagnostics_);
    if (rate && *rate <= 0) {
      diagnostics_.error(rates->items[i].place, "a rate must be more than nothing");
    }
    good = good && part && rate && *rate > 0;
    sum += part.value_or(0);
    if (!good || *part == 0) continue;
    workload_.branches.emplace_back(*part, *rate);
    mean += *part / static_cast<double>(kWhole) / *rate;
  }
  if (!good) return;
  if (sum != kWhole) {
    diagnostics_.error(shares->place,
                       fmt::format("the shares add up to {}, not 100%", print_share(sum)));
    return;
  }
  rate_ = 1 / mean;
}

void ArrivalsReader::add_state(const Node& node, std::string_view what, bool silent) {
  MapReader state(node, std::string(what),
                  silent ? std::vector<std::string_view>{"hold"}
                         : std::vector<std::string_view>{"rate", "hold"},
                  diagnostics_);
  const Node* rate_node = silent ? nullptr : state.require("rate", "for example rate: 0.1/s");
  const Node* hold_node = state.require("hold", "its mean length: hold: 300s");
  std::optional<double> rate;
  if (rate_node != nullptr) rate = read_rate(*rate_node, "rate", diagnostics_);
  if (hold_node == nullptr) return;
  const auto hold = read_duration(*hold_node, "hold", diagnostics_);
  if (!hold) return;
  if (hold->count() == 0 || *hold > kLongest) {
    diagnostics_.error(hold_node->place, hold->count() == 0 ? "hold must be longer than 0s"
                                                            : "hold must be at most 100 years");
    return;
  }
  if (silent || rate) workload_.states.emplace_back(rate.value_or(0), hold->count());
}

// The mean rate is known from here on, for whoever wants to say it.
void ArrivalsReader::settle_states(Place place) {
  double time = 0, requests = 0;
  for (const auto& [rate, hold] : workload_.states) {
    time += static_cast<double>(hold);
    requests += rate * static_cast<double>(hold);
  }
  if (time > 0 && requests <= 0) {
    diagnostics_.error(place, "no state has a rate: there would be no request");
  }
  if (time > 0) rate_ = requests / time;
}

void ArrivalsReader::read_states(const MapReader& arrivals) {
  const Node* states = arrivals.get("states");
  if (states == nullptr || !states->is_sequence() || states->items.empty() ||
      states->items.size() > kStatesMax) {
    diagnostics_.error(states == nullptr ? arrivals.place() : states->place,
                       "mmpp arrivals need 'states', a list of { rate, hold }",
                       "for example states: [{ rate: 0.1/s, hold: 300s }, { rate: 0.002/s, hold: "
                       "900s }]");
    return;
  }
  for (const Node& state : states->items) add_state(state, "a state", false);
  if (workload_.states.size() == states->items.size()) settle_states(states->place);
}

void ArrivalsReader::read_on_off(const MapReader& arrivals) {
  const Node* on = arrivals.get("on");
  const Node* off = arrivals.get("off");
  if (on == nullptr || off == nullptr) {
    diagnostics_.error(arrivals.place(), "on-off arrivals need 'on' and 'off'",
                       "for example on: { rate: 1/s, hold: 5m }, off: { hold: 1h }");
    return;
  }
  add_state(*on, "on", false);
  add_state(*off, "off", true);
  if (workload_.states.size() == 2) settle_states(on->place);
}

void ArrivalsReader::read_think(const MapReader& arrivals) {
  const Node* node = arrivals.get("think");
  if (node == nullptr) {
    diagnostics_.error(arrivals.place(), "closed arrivals lack 'think'",
                       "for example think: exponential(mean=5s)");
    return;
  }
  const std::string* text = read_text(*node, "think", diagnostics_);
  if (text == nullptr) return;
  const auto think = sim::Distribution::parse(*text);
  if (!think) {
    diagnostics_.error(node->place, fmt::format("think: {}", printable(think.error())));
    return;
  }
  workload_.think = think->print();
  if (pooled()) {
    diagnostics_.error(reader_.get("pool")->place,
                       "closed arrivals have no pool: each connection is one user's");
  }
}

// k6 style: from the rate before, linearly to the target. The first stage begins at arrivals.rate,
// or at nothing.
void ArrivalsReader::read_stages() {
  const Node& list = *reader_.get("stages");
  if (!list.is_sequence() || list.items.empty()) {
    diagnostics_.error(list.place, "stages must be a list of { duration, target }");
    return;
  }
  if (!rated()) {
    diagnostics_.error(list.place, fmt::format("{} arrivals have no stages", word()),
                       fmt::format("they go with {}", one_of(parameters().front().processes)));
    return;
  }
  double before = rate_.value_or(0);
  std::vector<DraftStage> stages;
  for (const Node& entry : list.items) {
    MapReader stage(entry, "a stage", {"duration", "target"}, diagnostics_);
    const Node* duration = stage.require("duration");
    const Node* target = stage.require("target");
    if (duration == nullptr || target == nullptr) continue;
    const auto length = read_duration(*duration, "duration", diagnostics_);
    const auto total = read_rate(*target, "target", diagnostics_);
    if (!length || !total) continue;
    stages.push_back({*length, before, share(*total)});
    before = share(*total);
  }
  if (!stages.empty()) workload_.stages = std::move(stages);
}

void ArrivalsReader::read_course() {
  const Node* node = reader_.get("diurnal");
  if (node == nullptr) return;
  MapReader course(*node, "diurnal", {"period", "amplitude", "peak"}, diagnostics_);
  if (workload_.process == Process::CLOSED || workload_.process == Process::TRACE) {
    diagnostics_.error(node->place, fmt::format("{} arrivals have no daily course", word()),
                       "it changes a rate");
    return;
  }
  std::optional<sim::Duration> period = sim::Duration::hours(24);
  if (const Node* given = course.get("period")) {
    period = read_duration(*given, "period", diagnostics_);
    if (period && (*period < kPeriodMin || *period > kLongest)) {
      diagnostics_.error(given->place, "period must be from 1s to 100 years");
      return;
    }
  }
  const Node* amplitude = course.require("amplitude", "for example amplitude: 50%");
  if (amplitude == nullptr || !period) return;
  const auto share_of = read_share(*amplitude, "amplitude", diagnostics_);
  if (!share_of) return;
  // The rate begins at its mean and rises.
  sim::Duration peak = *period / 4;
  if (const Node* given = course.get("peak")) {
    peak = read_duration(*given, "peak", diagnostics_).value_or(peak);
  }
  workload_.day_period = period->count();
  workload_.day_amplitude = *share_of;
  workload_.day_peak = (peak % *period).count();
}

void ArrivalsReader::read_spread() {
  const Node* node = reader_.get("start_spread");
  if (node == nullptr) return;
  if (pooled() || workload_.process == Process::TRACE) {
    diagnostics_.error(node->place, "the connections of a pool open when they are needed",
                       "leave start_spread out");
    return;
  }
  const auto spread = read_duration(*node, "start_spread", diagnostics_);
  workload_.start_spread = spread.value_or(sim::Duration()).count();
}

void ArrivalsReader::read_table_popularity() {
  const Node* node = reader_.get("table_popularity");
  if (node == nullptr) return;
  const auto skew =
      read_skew(*node, "table_popularity", "write uniform, or { zipf: 1 }", diagnostics_);
  if (!skew) return;
  if (workload_.process == Process::CLOSED || workload_.process == Process::TRACE) {
    diagnostics_.error(node->place, fmt::format("{} arrivals have no rate to split", word()));
    return;
  }
  if (every_ != nullptr) {
    diagnostics_.error(node->place, "table_popularity splits the rate of the whole workload",
                       "give rate instead of every");
    return;
  }
  if (workload_.table == kNone) return;
  const DraftTable& table = draft_.tables[workload_.table];
  if (table.copies == 1) {
    diagnostics_.warning(node->place, fmt::format("'{}' is one table", printable(table.logical_id)),
                         "Metadata: { tablekey: { Copies: 100 } } makes it a family");
  }
  if (workload_.connections < table.copies) {
    diagnostics_.error(
        node->place,
        fmt::format("connections: {} cannot reach the {} copies of '{}'", workload_.connections,
                    table.copies, printable(table.logical_id)),
        fmt::format("write connections: {}", table.copies));
    return;
  }
  workload_.table_popularity = events::Workload::Popularity::ZIPF;
  workload_.table_skew = *skew;
}

}  // namespace

void read_arrivals(MapReader& reader, Draft& draft, Diagnostics& diagnostics,
                   DraftWorkload& workload, std::vector<DraftWorkload>& others) {
  ArrivalsReader(reader, draft, diagnostics, workload).read(others);
}

}  // namespace tablekey::scenarios
