// Windows are read off the same Holdings that the product's exposure() uses. From R on KMS denies
// (or has ceased to allow), so every key that is usable later rests on an authorization from
// before.
#include "tests/theory/window_probe.h"

#include <algorithm>

#include "tests/theory/setup.h"

namespace tablekey::theory {

WindowProbe::WindowProbe(const model::ScenarioView& scenario, const WindowPlan& plan,
                         FromWindows from)
    : plan_(plan),
      from_(std::move(from)),
      revoked_(moment_of(scenario, plan.revoked)),
      all_(plan.count),
      to_deny_(plan.until_denied ? plan.count : 0) {}

void WindowProbe::before(const model::State& state, std::int64_t time) {
  if (!holdings_) holdings_.emplace(state);
  holdings_->before(state);
  if (!begun_ && time >= revoked_) begin(state);
}

void WindowProbe::begin(const model::State& state) {
  begun_ = true;
  of_entry_.assign(state.cache.size(), model::kNone);
  for (std::uint32_t i = 0; i < plan_.count; ++i) {
    all_[i].until = revoked_;
    const std::uint32_t entry = replay::Holdings::entry_of(state, i);
    if (entry >= of_entry_.size()) continue;  // it never had one
    of_entry_[entry] = i;
    all_[i].until = std::max(holdings_->until(entry), revoked_);
    look_ = std::max(look_, all_[i].until);
  }
  done_ = plan_.at_once;
}

void WindowProbe::event(const model::State& after, events::Event::Reader event, std::uint64_t) {
  using Event = events::Event;
  holdings_->event(after, event);
  if (!begun_) return;
  const std::int64_t now = event.getTime();
  for (const replay::Holdings::Change& change : holdings_->changed()) held(change.entry, now);
  if (event.which() == Event::ITEM_READ) served(event.getItemRead().getConnection(), now);
  if (event.which() == Event::ITEM_WRITTEN) served(event.getItemWritten().getConnection(), now);
  if (event.which() == Event::REQUEST_FAILED) {
    One* one = of_connection(event.getRequestFailed().getConnection());
    if (one != nullptr && one->denied == 0) {
      one->denied = now;
      if (to_deny_ > 0) --to_deny_;
    }
  }
  if (to_deny_ == 0 && (now >= look_ || ++unseen_ >= all_.size())) look_for_end(now);
}

// The entry is usable for longer, or no more.
void WindowProbe::held(std::uint32_t entry, std::int64_t now) {
  if (entry >= of_entry_.size() || of_entry_[entry] == model::kNone) return;
  One& one = all_[of_entry_[entry]];
  const std::int64_t until = holdings_->until(entry);
  one.until = until > now ? until : std::min(one.until, std::max(now, revoked_));
}

void WindowProbe::served(std::uint32_t connection, std::int64_t now) {
  One* one = of_connection(connection);
  if (one == nullptr) return;
  ++one->stale;
  one->last = now;
}

WindowProbe::One* WindowProbe::of_connection(std::uint32_t connection) {
  return connection < all_.size() ? &all_[connection] : nullptr;
}

void WindowProbe::look_for_end(std::int64_t now) {
  look_ = 0;
  unseen_ = 0;
  for (const One& one : all_) look_ = std::max(look_, one.until);
  done_ = look_ <= now;
}

Reading WindowProbe::reading(const model::State&) {
  std::vector<Windows> windows(all_.size());
  const auto since = [&](std::int64_t time) { return static_cast<double>(time - revoked_) / 1e9; };
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const One& one = all_[i];
    windows[i].key = since(one.until);
    windows[i].stale = one.stale;
    if (one.last != 0) windows[i].serve = since(one.last);
    if (one.denied != 0) windows[i].deny = since(one.denied);
  }
  return from_(windows);
}

}  // namespace tablekey::theory
