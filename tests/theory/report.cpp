// The table of a validation.
#include "tests/theory/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tablekey::theory {
namespace {

constexpr double k99Percent = 2.5758293035489004;
constexpr double kFar = 5;

// Whether what it is off by is chance alone: the formula is exact, and so is not the run.
bool of_chance(const Case& given) {
  return given.tolerance.model != "approx" && given.tolerance.model != "exact";
}

}  // namespace

std::optional<double> z_of(const Case& given, const Result& result) {
  if (!given.expected || !(result.estimate.se > 0)) return std::nullopt;
  return (result.estimate.value - *given.expected) / result.estimate.se;
}

std::string line_of(const Case& given, const Result& result) {
  const Estimate& e = result.estimate;
  const double half = k99Percent * e.se;
  std::string line = fmt::format("{:34} {:>12.6g}  {:>11.6g} ..{:>11.6g}", given.id, e.value,
                                 e.value - half, e.value + half);
  line += given.expected ? fmt::format("  {:>12.6g}", *given.expected) : fmt::format("{:14}", "");
  const auto z = z_of(given, result);
  line += z ? fmt::format("  z {:>6.2f}", *z) : fmt::format("  {:8}", "");
  const double relative = e.value != 0 ? e.se / std::abs(e.value) * 100 : 0;
  line +=
      fmt::format("  se {:>6.3f} %  n {:>10}  {:>5} runs {:>7.1f} M events {:>6.1f} s", relative,
                  e.n, result.runs, static_cast<double>(result.events) / 1e6, result.seconds);
  return line;
}

bool is_off(const std::vector<std::pair<Case, Result>>& all) {
  return std::any_of(all.begin(), all.end(), [](const auto& one) {
    const auto z = of_chance(one.first) ? z_of(one.first, one.second) : std::nullopt;
    return z && std::abs(*z) > kFar;
  });
}

std::string summary_of(const std::vector<std::pair<Case, Result>>& all) {
  double squares = 0, worst = 0;
  std::size_t compared = 0, held = 0;
  for (const auto& [given, result] : all) {
    if (!of_chance(given)) continue;
    const auto z = z_of(given, result);
    if (!z) continue;
    ++compared;
    if (std::abs(*z) <= k99Percent) ++held;
    squares += *z * *z;
    worst = std::max(worst, std::abs(*z));
  }
  if (compared == 0) return "nothing to compare with\n";
  const auto count = static_cast<double>(compared);
  return fmt::format(
      "{} of {} 99 % intervals hold the exact value ({:.1f} %), mean z^2 {:.2f}, worst |z| "
      "{:.2f}\n",
      held, compared, 100 * static_cast<double>(held) / count, squares / count, worst);
}

}  // namespace tablekey::theory
