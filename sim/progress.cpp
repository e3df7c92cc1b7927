#include "sim/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace tablekey::sim {

namespace {

// The rate follows the last two seconds or so: a sample's weight grows with the time that it spans.
constexpr double kMemorySeconds = 2.0;

std::string with_commas(std::uint64_t number) {
  std::string text = fmt::format("{}", number);
  for (std::size_t digits = 3; digits < text.size(); digits += 4) {
    text.insert(text.size() - digits, 1, ',');
  }
  return text;
}

double span(Time from, Time to) {
  return static_cast<double>(to.nanoseconds()) - static_cast<double>(from.nanoseconds());
}

std::string rounded(double seconds) {
  constexpr double kLongest = 1e9;
  return print(Duration::seconds(static_cast<std::int64_t>(std::min(seconds, kLongest) + 0.5)));
}

}  // namespace

void ProgressMeter::add(const ProgressSample& sample) {
  const double seconds = sample.wall_seconds - last_.wall_seconds;
  if (seconds > 0) {
    const double rate = static_cast<double>(sample.turns - last_.turns) / seconds;
    const double weight = has_rate_ ? std::min(1.0, seconds / kMemorySeconds) : 1.0;
    rate_ += weight * (rate - rate_);
    has_rate_ = true;
  }
  last_ = sample;
}

std::optional<double> ProgressMeter::share() const {
  if (!begin_ || !end_ || *end_ <= *begin_) {
    return std::nullopt;
  }
  return std::clamp(span(*begin_, last_.now) / span(*begin_, *end_), 0.0, 1.0);
}

std::optional<double> ProgressMeter::seconds_left() const {
  const std::optional<double> done = share();
  if (!done || *done <= 0) {
    return std::nullopt;
  }
  return last_.wall_seconds * (1.0 - *done) / *done;
}

std::string ProgressMeter::line() const {
  std::string text =
      fmt::format("{} events  {}/s  {}", with_commas(last_.turns),
                  with_commas(static_cast<std::uint64_t>(rate_ + 0.5)), print(last_.now));
  if (const auto done = share()) {
    text += fmt::format("  {:.0f}%", *done * 100.0);
  }
  if (const auto left = seconds_left()) {
    text += fmt::format("  {} left", rounded(*left));
  }
  return text;
}

std::string ProgressMeter::json(bool last) const {
  std::string text = fmt::format(
      R"({{"format":"tablekey-progress/1","events":{},"events_per_second":{:.0f},"simulated":"{}")",
      last_.turns, rate_, print(last_.now));
  if (const auto done = share()) {
    text += fmt::format(R"(,"share":{:.4f})", *done);
  }
  if (const auto left = seconds_left()) {
    text += fmt::format(R"(,"seconds_left":{:.1f})", *left);
  }
  return text + fmt::format(R"(,"last":{}}})", last);
}

}  // namespace tablekey::sim
