#include "replay/report/outcome_rates.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "replay/metrics/kms_call.h"
#include "scenarios/expectation.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                       kDay = 24 * kHour;
constexpr std::int64_t kRound[] = {
    kSecond / 1000, kSecond / 200, kSecond / 100, kSecond / 20, kSecond / 10, kSecond / 2,
    kSecond,        2 * kSecond,   5 * kSecond,   10 * kSecond, 15 * kSecond, 30 * kSecond,
    kMinute,        2 * kMinute,   5 * kMinute,   10 * kMinute, 15 * kMinute, 30 * kMinute,
    kHour,          2 * kHour,     3 * kHour,     6 * kHour,    12 * kHour,   kDay,
    2 * kDay,       7 * kDay,      14 * kDay,     30 * kDay,    90 * kDay};
constexpr std::int64_t kStretchesMax = 120;

}  // namespace

std::int64_t round_stretch(std::int64_t whole) {
  for (const std::int64_t width : kRound) {
    if (whole / width <= kStretchesMax) return width;
  }
  return 365 * kDay;
}

OutcomeRates::OutcomeRates(std::int64_t begin, std::int64_t end)
    : begin_(begin),
      width_(round_stretch(end - begin)),
      stretches_(static_cast<std::size_t>((end - begin) / width_ + 1)) {}

void OutcomeRates::add(std::uint32_t outcome, std::int64_t time) {
  auto& counts = counts_[outcome];
  counts.resize(stretches_);
  const auto place = static_cast<std::size_t>(std::max<std::int64_t>(0, time - begin_) / width_);
  ++counts[std::min(place, stretches_ - 1)];
}

template <class Name>
Json OutcomeRates::json(Name name) const {
  Json series = Json::array();
  for (const auto& [outcome, counts] : counts_) {
    std::uint64_t total = 0;
    for (const std::uint64_t count : counts) total += count;
    series.push_back({{"name", name(outcome)}, {"total", total}, {"counts", counts}});
  }
  return {{"width", static_cast<double>(width_) / 1e9}, {"series", std::move(series)}};
}

void RunRates::event(const Seen& seen) {
  if (const auto call = sent_call(seen.after, seen.event)) {
    calls_.add(static_cast<std::uint32_t>(call->error), seen.time());
  }
  if (seen.answer != nullptr) {
    requests_.add(static_cast<std::uint32_t>(seen.answer->exception), seen.time());
  }
}

Json RunRates::calls() const {
  return calls_.json([](std::uint32_t error) {
    return std::string(scenarios::name_of(static_cast<events::KmsError>(error)));
  });
}

Json RunRates::requests() const {
  return requests_.json([](std::uint32_t exception) {
    return exception == 0
               ? std::string("served")
               : std::string(scenarios::name_of(static_cast<events::Exception>(exception)));
  });
}

}  // namespace tablekey::replay::report
