// One round of the scanner: what it finds, and what it deletes, under the table's grant.
#include "model/dynamodb/time_to_live.h"

#include <algorithm>

#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/service_jobs.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

// More than so many in one round wait for the next event of the same instant.
constexpr std::size_t kRoundMax = 10'000;
constexpr std::uint32_t kVersionBits = 0xffff;  // of a draw's ordinal
constexpr sim::Duration kFiveYears = sim::Duration::days(5 * 365);

using Due = std::map<std::pair<std::int64_t, std::uint32_t>, std::uint32_t>;

}  // namespace

bool expires_items(const State& state, std::uint32_t table) {
  return !at(state.tables, table).detail->ttl_attribute.empty();
}

bool expiry_applies(const State& state, std::uint32_t table, const State::ItemView& item) {
  if (item.version == 0 || item.expires == sim::Time()) return false;
  if (item.given) return true;
  const Table& owner = at(state.tables, table);
  const auto families = state.scenario().reader().getTables();
  const auto declared = families[state.scenario().families[owner.family].space].getTimeToLive();
  return owner.detail->ttl_attribute == declared.cStr();
}

sim::Time scan_time(const State& state, std::uint32_t table, sim::Time wanted, sim::Time now) {
  const sim::Duration period =
      std::max(state.settings().dynamodb.ttl_scan_period, sim::Duration::nanoseconds(1));
  const sim::Time first = at(state.tables, table).activated;
  const sim::Time from = std::max({wanted, first, now});
  const std::int64_t rounds = ((from - first).count() + period.count() - 1) / period.count();
  return first + period * rounds;
}

sim::Time next_scan(const State& state, std::uint32_t table, sim::Time now) {
  const TableDetail& detail = *at(state.tables, table).detail;
  sim::Time wanted = sim::Time::max();
  if (!detail.ttl_ahead.empty()) wanted = ttl_time(detail.ttl_ahead.begin()->first.first);
  if (!detail.ttl_due.empty()) {
    wanted = std::min(wanted, sim::Time::from_nanoseconds(detail.ttl_due.begin()->first.first));
  }
  if (wanted == sim::Time::max()) return wanted;
  return scan_time(state, table, wanted, now);
}

namespace {

/// One round in the making.
class Round {
 public:
  Round(Deciding& d, std::uint32_t table)
      : d_(d), table_(table), detail_(*d.state.tables[table].detail) {}

  void decide() {
    auto event = d_.out.initItemsExpired();
    event.setTable(table_);
    delete_due(event);
    find(event);
    event.setNext(next());
  }

 private:
  // An item that was written since it was found is left alone.
  bool still_due(std::uint32_t item, std::uint32_t version) const {
    const State::ItemView view = d_.state.item(table_, item);
    return view.version == version && expiry_applies(d_.state, table_, view) &&
           d_.now - view.expires <= kFiveYears;
  }

  void delete_due(events::ItemsExpired::Builder event) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> leaving;  // item, version
    auto entry = detail_.ttl_due.begin();
    for (; entry != detail_.ttl_due.end() && passed_ < kRoundMax; ++entry, ++passed_) {
      const auto [when, item] = entry->first;
      if (when > d_.now.nanoseconds()) break;
      if (still_due(item, entry->second)) leaving.emplace_back(item, entry->second);
    }
    rest_ = entry;
    event.setPassed(static_cast<std::uint32_t>(passed_));
    const sim::Time until = service_key_until(d_.state, table_, events::ServiceJob::TIME_TO_LIVE);
    auto changes = event.initChanges(static_cast<unsigned>(leaving.size()));
    for (unsigned i = 0; i < leaving.size(); ++i) {
      d_.vault.read(d_.state, table_, leaving[i].first, until);  // the scanner looks at the item
      changes[i].setTable(table_);
      changes[i].setItem(leaving[i].first);
      changes[i].setVersion(leaving[i].second + 1);
      changes[i].setDeleted(true);
    }
  }

  void find(events::ItemsExpired::Builder event) {
    std::vector<std::pair<std::uint32_t, std::int64_t>> found;  // item, when it is deleted
    auto entry = detail_.ttl_ahead.begin();
    for (; entry != detail_.ttl_ahead.end() && found.size() < kRoundMax; ++entry) {
      const auto [expires, item] = entry->first;
      if (ttl_time(expires) > d_.now) break;
      const sim::Duration delay = d_.settings().dynamodb.ttl_deletion.sample_duration(
          draw(d_.random, d_.state.table_entity(table_), Draw::ttl_deletion,
               std::uint64_t{entry->second & kVersionBits} << 32 | item));
      found.emplace_back(item, std::max(d_.now, ttl_time(expires) + delay).nanoseconds());
      earliest_ = std::min(earliest_, sim::Time::from_nanoseconds(found.back().second));
    }
    if (entry != detail_.ttl_ahead.end()) {
      earliest_ = std::min(earliest_, ttl_time(entry->first.first));
    }
    auto list = event.initFound(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < found.size(); ++i) {
      list[i].setItem(found[i].first);
      list[i].setAt(found[i].second);
    }
  }

  std::int64_t next() {
    if (rest_ != detail_.ttl_due.end()) {
      earliest_ = std::min(earliest_, sim::Time::from_nanoseconds(rest_->first.first));
    }
    if (earliest_ == sim::Time::max()) return -1;
    if (earliest_ <= d_.now) return 0;  // the round goes on
    return (scan_time(d_.state, table_, earliest_, d_.now) - d_.now).count();
  }

  Deciding& d_;
  std::uint32_t table_;
  const TableDetail& detail_;
  std::size_t passed_ = 0;
  Due::const_iterator rest_;
  sim::Time earliest_ = sim::Time::max();
};

}  // namespace

void decide_expiry(Deciding& d) {
  constexpr auto kJob = events::ServiceJob::TIME_TO_LIVE;
  const ServiceKeyState key = service_key_state(d.state, d.action.a, kJob, d.now);
  law(key != ServiceKeyState::asking, "a job that waits for its key is not due");
  if (key == ServiceKeyState::needed) return request_service_key(d, d.action.a, kJob, d.action.b);
  Round(d, d.action.a).decide();
}

}  // namespace tablekey::model
