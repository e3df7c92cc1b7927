// How many of each outcome there were in each stretch of a run: the charts of KMS calls and of
// requests.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "replay/metrics/metric.h"

namespace tablekey::replay::report {

/// The length (ns) of the stretches that a time is cut into: a round one, such that there are at
/// most about 120 of them.
std::int64_t round_stretch(std::int64_t whole);

class OutcomeRates {
 public:
  /// Of [begin, end], ns since the Unix epoch.
  OutcomeRates(std::int64_t begin, std::int64_t end);

  /// `outcome` 0 is success.
  void add(std::uint32_t outcome, std::int64_t time);
  /// {"width": seconds, "series": [{"name": …, "total": …, "counts": […]}]}, success first.
  template <class Name>
  nlohmann::ordered_json json(Name name) const;

 private:
  std::int64_t begin_, width_;
  std::size_t stretches_;
  std::map<std::uint32_t, std::vector<std::uint64_t>> counts_;
};

/// Both charts of a run.
class RunRates {
 public:
  RunRates(std::int64_t begin, std::int64_t end) : calls_(begin, end), requests_(begin, end) {}
  void event(const Seen& seen);
  nlohmann::ordered_json calls() const;
  nlohmann::ordered_json requests() const;

 private:
  OutcomeRates calls_, requests_;
};

}  // namespace tablekey::replay::report
