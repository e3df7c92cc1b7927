// Corners in time are whole nanoseconds, so that walking along them always gets on.
#include "model/clients/arrivals_rate.h"

#include <algorithm>
#include <utility>

#include "model/law.h"
#include "sim/math.h"

namespace tablekey::model {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kFarthestSeconds = 8e9;  // within what 64-bit nanoseconds hold

double seconds(sim::Duration duration) {
  return static_cast<double>(duration.count()) / kNanosecondsPerSecond;
}

// The time within a stretch of rate r + s*t at which its integral reaches `area`.
double solve(double rate, double slope, double area) {
  if (slope == 0) return area / rate;
  // The stable form of the quadratic's root: no difference of nearly equal numbers.
  // At the end of a ramp to zero what is left under the root may round to less than nothing.
  const double left = rate * rate + 2 * slope * area;
  return 2 * area / (rate + (left > 0 ? sim::sqrt(left) : 0));
}

// cos(2 pi x) for x in [-1, 1], from 1 - 2 sin^2(pi x) and the sine's series.
double cosine_of_turn(double x) {
  constexpr double kPi = 0x1.921fb54442d18p+1;
  if (x > 0.5) x -= 1;
  if (x < -0.5) x += 1;
  const double y = kPi * x;  // within a quarter of a turn
  double term = y, sine = y;
  for (int k = 1; k <= 11; ++k) {
    term *= -y * y / (2.0 * k * (2.0 * k + 1.0));
    sine += term;
  }
  return 1 - 2 * sine * sine;
}

}  // namespace

RateProfile::RateProfile(std::vector<RateStage> stages, const DailyCourse& course)
    : stages_(std::move(stages)), course_(course) {
  law(!stages_.empty(), "a rate has a stage");
  const double rate = stages_.front().begin;
  bool flat = rate > 0;
  for (const RateStage& stage : stages_) {
    flat = flat && stage.begin == rate && stage.end == rate;
    stages_end_ += stage.length;
  }
  if (course_.period.count() == 0) {
    if (flat) flat_unit_ = kNanosecondsPerSecond / rate;
    return;
  }
  law(course_.period >= sim::Duration::nanoseconds(kCorners), "a daily course has a period");
  const double peak = static_cast<double>((course_.peak % course_.period).count()) /
                      static_cast<double>(course_.period.count());
  for (std::int64_t i = 0; i < kCorners; ++i) {
    const double turn = static_cast<double>(i) / static_cast<double>(kCorners) - peak;
    corners_[static_cast<std::size_t>(i)] = 1 + course_.amplitude * cosine_of_turn(turn);
  }
}

// The daily factor at an instant, linear between corners.
double RateProfile::daily(sim::Duration at) const {
  const double place = static_cast<double>((at % course_.period).count()) /
                       static_cast<double>(course_.period.count()) * kCorners;
  const auto corner = std::min(static_cast<std::size_t>(place), corners_.size() - 1);
  const double next = corners_[(corner + 1) % corners_.size()];
  return corners_[corner] + (next - corners_[corner]) * (place - static_cast<double>(corner));
}

RateProfile::Piece RateProfile::piece(sim::Duration at) const {
  Piece piece{{}, stages_.back().end, stages_.back().end};
  sim::Duration begun;
  double slope = 0;
  for (const RateStage& stage : stages_) {
    const sim::Duration end = begun + stage.length;
    if (at < end) {
      slope = (stage.end - stage.begin) / seconds(stage.length);
      piece = {end - at, stage.begin + slope * seconds(at - begun), stage.end};
      break;
    }
    begun = end;
  }
  if (course_.period.count() == 0) return piece;
  // The next corner of the course, in whole nanoseconds.
  const sim::Duration into = at % course_.period;
  const double place =
      static_cast<double>(into.count()) / static_cast<double>(course_.period.count()) * kCorners;
  std::int64_t corner = static_cast<std::int64_t>(place);
  const std::int64_t whole = course_.period.count() / kCorners;
  const std::int64_t rest = course_.period.count() % kCorners;
  const auto time_of = [&](std::int64_t i) { return whole * i + rest * i / kCorners; };
  while (time_of(corner) <= into.count()) ++corner;
  const sim::Duration length = sim::Duration::nanoseconds(time_of(corner) - into.count());
  if (piece.length.count() == 0 || length < piece.length) {
    piece.end = slope == 0 ? piece.begin : piece.begin + slope * seconds(length);
    piece.length = length;
  }
  piece.begin *= daily(at);
  piece.end *= daily(at + piece.length);
  return piece;
}

std::optional<double> RateProfile::time_to(sim::Duration at, double area) const {
  if (flat_unit_ > 0) return area * flat_unit_;
  return time_through(at, area);
}

std::optional<double> RateProfile::time_through(sim::Duration at, double area) const {
  double passed = 0;  // seconds
  while (passed < kFarthestSeconds) {
    const Piece part = piece(at);
    if (part.length.count() == 0) {
      if (part.begin <= 0) return std::nullopt;
      return (passed + area / part.begin) * kNanosecondsPerSecond;
    }
    const double length = seconds(part.length);
    const double part_area = (part.begin + part.end) / 2 * length;
    if (area <= part_area && part_area > 0) {
      const double slope = (part.end - part.begin) / length;
      return (passed + solve(part.begin, slope, area)) * kNanosecondsPerSecond;
    }
    area -= part_area;
    passed += length;
    at += part.length;
    if (course_.period.count() == 0 || at < stages_end_) continue;
    // Whole periods go by at once.
    const double rate = stages_.back().end;
    if (rate <= 0) return std::nullopt;
    const double period = seconds(course_.period);
    const double periods = area / (rate * period);
    if (!(periods * period < kFarthestSeconds)) return std::nullopt;
    if (periods < 2) continue;
    const auto whole = static_cast<std::int64_t>(periods) - 1;
    area -= static_cast<double>(whole) * rate * period;
    passed += static_cast<double>(whole) * period;
  }
  return std::nullopt;
}

double RateProfile::integral(sim::Duration at, sim::Duration length) const {
  if (flat_unit_ > 0) return static_cast<double>(length.count()) / flat_unit_;
  double area = 0;
  while (length.count() > 0) {
    const Piece part = piece(at);
    const bool whole = part.length.count() != 0 && part.length <= length;
    const sim::Duration span = whole ? part.length : length;
    double end = part.end;
    if (!whole && part.length.count() != 0) {
      end = part.begin + (part.end - part.begin) * seconds(span) / seconds(part.length);
    }
    area += (part.begin + end) / 2 * seconds(span);
    at += span;
    length -= span;
  }
  return area;
}

}  // namespace tablekey::model
