// Both methods work on the logarithm of a range that spans more than a factor of four: a cache's
// lifetime is looked for between seconds and hours, not mostly among the hours.
#include "replay/study/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/math.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using scenarios::StudySearch;

constexpr double kLogFrom = 4;  // times the low end
constexpr double kGolden = 0.618033988749894848;

// Where the methods look: the value or its logarithm.
class Scale {
 public:
  explicit Scale(const StudySearch& search)
      : log_(search.low > 0 && search.high / search.low > kLogFrom) {}
  double in(double value) const { return log_ ? sim::log(value) : value; }
  double out(double place) const { return log_ ? sim::exp(place) : place; }

 private:
  bool log_;
};

std::int64_t rounded(double value) { return static_cast<std::int64_t>(value + 0.5); }

// How far a judged value is over its limit, in the direction that breaks it.
std::optional<double> excess_of(const scenarios::StudyExpectation& limit,
                                const ExpectationResult& result) {
  if (!result.value) return std::nullopt;
  const double over = *result.value - result.limit;
  const bool upper = limit.expectation.comparison == scenarios::Comparison::less ||
                     limit.expectation.comparison == scenarios::Comparison::less_equal;
  return upper ? over : -over;
}

// The weighted sum run by run, so that its interval is the sum's own. A run that lacks one of the
// terms has no sum.
SeedValues sums_of(const StudySearch& search, const std::vector<StudyRun>& runs) {
  SeedValues sums;
  for (const StudyRun& run : runs) {
    std::optional<SeedValue> sum = SeedValue{};
    for (const StudySearch::Term& term : search.minimise) {
      const StudyNumber& number = run.measured[term.measure];
      if (!number.value) sum.reset();
      if (!sum) break;
      sum->value += term.weight * *number.value;
      sum->at_least = sum->at_least || number.at_least;
    }
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace

std::string text_of(StudySearch::Unit unit, double value) {
  switch (unit) {
    case StudySearch::Unit::duration:
      return sim::print(sim::Duration::nanoseconds(rounded(value * 1e3) * 1'000'000));
    case StudySearch::Unit::rate:
      return fmt::format("{}/s", value);
    case StudySearch::Unit::share:
      return fmt::format("{}%", static_cast<double>(rounded(value * 1e4)) / 1e4);
    case StudySearch::Unit::number:
      return fmt::format("{}", value);
    case StudySearch::Unit::count:
      return fmt::format("{}", rounded(value));
  }
  return {};
}

StudySearcher::StudySearcher(const scenarios::Study& study, Evaluate evaluate)
    : study_(study),
      search_(*study.search),
      evaluate_(std::move(evaluate)),
      student_(study.confidence) {}

SearchPoint StudySearcher::judge_point(double value, std::string text,
                                       const std::vector<StudyRun>& runs) {
  SearchPoint point;
  point.value = value;
  point.text = std::move(text);
  if (!search_.minimise.empty()) {
    const MeanInterval sum = mean_of(sums_of(search_, runs), student_);
    if (sum.runs != 0 && sum.runs == runs.size()) {
      point.cost = sum.mean;
      point.half_width = sum.half_width;
    }
  }
  if (search_.limit) {
    const scenarios::StudyExpectation& limit = study_.expectations[*search_.limit];
    const ExpectationResult result = judge(limit, *search_.limit, runs, student_);
    point.allowed = result.met == Met::met;
    point.excess = excess_of(limit, result);
  }
  return point;
}

// A value that was tried is not tried again.
std::expected<std::optional<std::size_t>, StudyRefused> StudySearcher::at(double value) {
  std::string text = text_of(search_.unit, value);
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    if (tried_[i].text == text) return i;
  }
  auto runs = evaluate_(tried_.size(), text);
  if (!runs) return std::unexpected(std::move(runs.error()));
  if (!*runs) return std::nullopt;
  tried_.push_back(judge_point(value, std::move(text), **runs));
  return tried_.size() - 1;
}

bool StudySearcher::better(std::size_t a, std::size_t b) const {
  const SearchPoint& x = tried_[a];
  const SearchPoint& y = tried_[b];
  if (x.allowed != y.allowed) return x.allowed;
  if (!x.allowed || search_.minimise.empty()) {
    if (!x.excess || !y.excess) return x.excess.has_value() && !y.excess;
    // Without a cost the best is what keeps the limit most narrowly.
    return x.allowed ? *x.excess > *y.excess : *x.excess < *y.excess;
  }
  if (!x.cost || !y.cost) return x.cost.has_value() && !y.cost;
  return *x.cost < *y.cost;
}

std::optional<std::size_t> StudySearcher::best() const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    if (!best || better(i, *best)) best = i;
  }
  if (best && !tried_[*best].allowed) return std::nullopt;
  return best;
}

std::expected<bool, StudyRefused> StudySearcher::run() {
  return search_.method == StudySearch::Method::bisection ? bisection() : golden_section();
}

std::expected<bool, StudyRefused> StudySearcher::golden_section() {
  const Scale scale(search_);
  double low = scale.in(search_.low), high = scale.in(search_.high);
  for (const double end : {search_.low, search_.high}) {
    const auto tried = at(end);
    if (!tried) return std::unexpected(tried.error());
    if (!*tried) return false;
  }
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  while (!spent()) {
    const auto a = at(scale.out(left));
    if (!a) return std::unexpected(a.error());
    if (!*a) return false;
    const auto b = at(scale.out(right));
    if (!b) return std::unexpected(b.error());
    if (!*b) return false;
    const double width = scale.out(high) - scale.out(low);
    if (width <= search_.tolerance * scale.out(low + (high - low) / 2) || **a == **b) {
      close_enough_ = true;
      return true;
    }
    if (better(**a, **b)) {
      high = right;
      right = left;
      left = high - kGolden * (high - low);
    } else {
      low = left;
      left = right;
      right = low + kGolden * (high - low);
    }
  }
  return true;
}

std::expected<bool, StudyRefused> StudySearcher::bisection() {
  const Scale scale(search_);
  double low = scale.in(search_.low), high = scale.in(search_.high);
  std::size_t ends[2] = {};
  for (const int i : {0, 1}) {
    const auto tried = at(i == 0 ? search_.low : search_.high);
    if (!tried) return std::unexpected(tried.error());
    if (!*tried) return false;
    ends[i] = **tried;
  }
  const bool low_allowed = tried_[ends[0]].allowed;
  if (low_allowed == tried_[ends[1]].allowed) return true;  // there is no edge between them
  while (!spent()) {
    const double width = scale.out(high) - scale.out(low);
    const double middle = low + (high - low) / 2;
    if (width <= search_.tolerance * scale.out(middle)) {
      close_enough_ = true;
      return true;
    }
    const std::size_t before = tried_.size();
    const auto tried = at(scale.out(middle));
    if (!tried) return std::unexpected(tried.error());
    if (!*tried) return false;
    (tried_[**tried].allowed == low_allowed ? low : high) = middle;
    if (tried_.size() == before) {  // the unit has nothing between
      close_enough_ = true;
      return true;
    }
  }
  return true;
}

}  // namespace tablekey::replay
