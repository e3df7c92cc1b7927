// What all metrics of windows do alike.
#include "replay/metrics/window_metric.h"

#include <fmt/format.h>

#include <algorithm>

namespace tablekey::replay {
namespace {

using scenarios::Statistic;

// A connection between two lives is a cache domain that holds nothing.
bool in_use(const model::Connection& connection) {
  const bool between = connection.origin != sim::Time() && connection.arrival != sim::kNoHandle;
  return connection.open || between;
}

}  // namespace

void WindowMetric::before(const Seen& seen) {
  if (revocation_.begins_before(seen)) begin(seen);
}

void WindowMetric::event(const Seen& seen) {
  if (revocation_.begins_at(seen)) begin(seen);
  if (!revocation_.begun()) return;
  revocation_.event(seen);
  measure(seen);
}

void WindowMetric::finish(Outcome& outcome, const model::State& end) {
  if (!revocation_.begun()) return report_nothing(outcome, revocation_.why_not_begun());
  const WindowSample windows = sample(end);
  if (windows.size() == 0 && expectation_.statistic != Statistic::count) {
    return report_nothing(outcome, nothing());
  }
  outcome.note = windows.size() == 0 ? nothing() : note_on(windows);
  outcome.samples = windows.size();
  if (expectation_.statistic == Statistic::count) {
    return report_count(outcome, expectation_, windows.positive());
  }
  const bool share = expectation_.statistic == Statistic::zero;
  report_bounds(outcome, expectation_, asked_of(windows), share ? Unit::share : unit());
}

Bounds WindowMetric::asked_of(const WindowSample& sample) const {
  switch (expectation_.statistic) {
    case Statistic::min:
      return sample.min();
    case Statistic::mean:
      return sample.mean();
    case Statistic::zero:
      return sample.zero();
    case Statistic::quantile:
      return sample.quantile(expectation_.quantile);
    default:
      return sample.max();
  }
}

std::string WindowMetric::note_on(const WindowSample& windows) const {
  std::string note;
  const std::size_t zero = windows.size() - windows.positive();
  if (zero != 0) note = fmt::format("{} of {} {}", zero, windows.size(), zero_words());
  if (windows.censored() != 0) {
    if (!note.empty()) note += "; ";
    note += fmt::format("{} of {} {}", windows.censored(), windows.size(), censored_words());
  }
  return note;
}

KeyWindows::Window& KeyWindows::at(std::uint32_t entry) {
  if (entry >= windows_.size()) windows_.resize(entry + 1);
  return windows_[entry];
}

void KeyWindows::begin(const Seen& seen, const Revocation& revocation) {
  const Holdings& holdings = *seen.holdings;
  windows_.assign(holdings.entries(), {});
  for (std::uint32_t i = 0; i < revocation.connections(); ++i) {
    if (!revocation.about(i)) continue;
    const std::uint32_t entry = Holdings::entry_of(seen.after, i);
    if (entry == model::kNone) continue;
    Window& window = at(entry);
    window.about = true;
    window.connection = i;
    if (holdings.until(entry) > revocation.time()) window.until = holdings.until(entry);
    window.member = window.member || window.until != 0 || in_use(seen.after.connections[i]);
  }
}

void KeyWindows::event(const Seen& seen, const Revocation& revocation) {
  const std::int64_t now = seen.time();
  for (const Holdings::Change& change : seen.holdings->changed()) {
    Window& window = at(change.entry);
    if (!window.about && change.connection != model::kNone) {
      window.about = revocation.about(change.connection);
      window.connection = change.connection;
    }
    if (!window.about) continue;
    const std::int64_t until = seen.holdings->until(change.entry);
    if (until > now && revocation.covers(seen, change.entry)) {
      window.until = until;
      window.member = true;
    } else if (window.until > now) {
      window.until = now;  // closed, dropped, of an older version or replaced by a newer permission
    }
  }
}

void KeyWindows::stretch(std::uint32_t entry, std::int64_t until) {
  Window& window = at(entry);
  window.until = std::max(window.until, until);
}

}  // namespace tablekey::replay
